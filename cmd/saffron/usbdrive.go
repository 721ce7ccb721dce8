package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"saffron/channels/usbredir/storage"
)

// A usbDrive is an image that can be plugged into the guest.
type usbDrive struct {
	bus      *usbBus
	path     string
	cd       bool
	readOnly bool
	file     *os.File
	size     int64

	working sync.Mutex // held while it is plugged in and taken out

	in     *usbPort       // guarded by bus.mu; nil while it is not plugged in
	wanted bool           // guarded by bus.mu; the user wants it plugged in
	drive  *storage.Drive // guarded by bus.mu; while it is
}

// openUSB opens images of CDs and disks. The caller closes the bus.
func openUSB(a *app, cds, disks []string, readOnly bool, say func(string)) (*usbBus, error) {
	b := &usbBus{app: a, say: say}
	for _, path := range cds {
		if err := b.add("--share-cd", &usbDrive{path: path, cd: true, readOnly: true}); err != nil {
			b.close()
			return nil, err
		}
	}
	for _, arg := range disks {
		path, asked := splitMode(arg)
		if err := b.add("--usb-disk", &usbDrive{path: path, readOnly: asked || readOnly}); err != nil {
			b.close()
			return nil, err
		}
	}
	return b, nil
}

// add opens an image.
func (b *usbBus) add(flag string, d *usbDrive) error {
	d.bus, d.wanted = b, true
	if err := d.open(); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		if d.file != nil {
			d.file.Close()
		}
		hint := ""
		if errors.Is(err, fs.ErrPermission) && !d.readOnly {
			hint = "If the guest need only read it: " + flag + " " + d.path + ":ro."
		}
		return &failure{exitUsage, fmt.Errorf("%s: %s: %w", flag, d.path, err), hint}
	}
	b.drives = append(b.drives, d)
	return nil
}

var (
	errInUse   = errors.New("another program uses it")
	errNoImage = errors.New("it is neither a file nor a disk")
	errEmpty   = errors.New("it is empty")
)

func (d *usbDrive) open() error {
	flag := os.O_RDWR
	if d.readOnly {
		flag = os.O_RDONLY
	}
	info, err := os.Stat(d.path) // before it is opened: a pipe would wait
	if err != nil {
		return err
	}
	if disk := info.Mode()&(os.ModeDevice|os.ModeCharDevice) == os.ModeDevice; !info.Mode().IsRegular() && !disk {
		return errNoImage
	}
	if d.file, err = os.OpenFile(d.path, flag, 0); err != nil {
		return err
	}
	if d.size, err = d.file.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if d.size == 0 {
		return errEmpty
	}
	if lockImage(d.file, d.readOnly) != nil {
		return errInUse
	}
	return nil
}

// serial is a number by which the guest knows the drive again.
func (d *usbDrive) serial() string {
	path, err := filepath.Abs(d.path)
	if err != nil {
		path = d.path
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, path) // it cannot fail
	return fmt.Sprintf("%016X", h.Sum64())
}

// start makes a device of the image.
func (d *usbDrive) start() *storage.Drive {
	drive := storage.New(storage.Options{
		Medium: d.file, Size: d.size, CD: d.cd, ReadOnly: d.readOnly,
		Name: filepath.Base(d.path), Serial: d.serial(), Ejected: d.ejected,
	})
	d.bus.mu.Lock()
	d.drive = drive
	d.bus.mu.Unlock()
	return drive
}

// ejected tells the user what the guest has done with the medium.
func (d *usbDrive) ejected(out bool) {
	if out {
		d.bus.say("The guest has ejected " + d.label())
	}
}

// stop ends the device that the image is. The error says that what was written
// last may be lost.
func (d *usbDrive) stop() error {
	d.bus.mu.Lock()
	drive := d.drive
	d.drive, d.in = nil, nil
	d.bus.mu.Unlock()
	if drive == nil {
		return nil
	}
	return drive.Close()
}

// leave ends the device and says so if what was written last may be lost. It
// reports whether all is well.
func (d *usbDrive) leave() bool {
	err := d.stop()
	if err != nil {
		d.bus.say(fmt.Sprintf("What was written to %s last may be lost: %v", d.label(), err))
	}
	return err == nil
}

// port returns what the drive is plugged into, or nil.
func (d *usbDrive) port() *usbPort {
	d.bus.mu.Lock()
	defer d.bus.mu.Unlock()
	return d.in
}

func (d *usbDrive) wants() bool {
	d.bus.mu.Lock()
	defer d.bus.mu.Unlock()
	return d.wanted
}

func (d *usbDrive) want(on bool) {
	d.bus.mu.Lock()
	d.wanted = on
	d.bus.mu.Unlock()
}

func (d *usbDrive) close() {
	if err := d.stop(); err != nil {
		d.bus.app.warn("what was written to %s last may be lost: %v", d.path, err)
	}
	d.file.Close()
}
