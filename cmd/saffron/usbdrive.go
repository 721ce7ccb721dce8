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

	"saffron/channels/usbredir"
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

	mu    sync.Mutex
	drive *storage.Drive // guarded by mu; while it is plugged in
}

func newUSB(a *app, say func(string)) *usbBus {
	return &usbBus{app: a, say: say, kick: make(chan struct{}, 1)}
}

// openUSB opens images of CDs and disks. The caller closes the bus.
func openUSB(a *app, cds, disks []string, readOnly bool, say func(string)) (*usbBus, error) {
	b := newUSB(a, say)
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
	d.bus = b
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
	b.drives = append(b.drives, &usbItem{usbSource: d, bus: b, wanted: true})
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
func (d *usbDrive) start() (usbredir.Device, error) {
	drive := storage.New(storage.Options{
		Medium: d.file, Size: d.size, CD: d.cd, ReadOnly: d.readOnly,
		Name: filepath.Base(d.path), Serial: d.serial(), Ejected: d.ejected,
	})
	d.mu.Lock()
	d.drive = drive
	d.mu.Unlock()
	return drive, nil
}

// ejected tells the user what the guest has done with the medium.
func (d *usbDrive) ejected(out bool) {
	if out {
		d.bus.say("The guest has ejected " + d.label())
	}
}

// stop implements usbSource.
func (d *usbDrive) stop() error {
	d.mu.Lock()
	drive := d.drive
	d.drive = nil
	d.mu.Unlock()
	if drive == nil {
		return nil
	}
	return drive.Close()
}

// label is what a drive is called in a sentence.
func (d *usbDrive) label() string {
	if d.cd {
		return "the CD " + filepath.Base(d.path)
	}
	return "the disk " + filepath.Base(d.path)
}

// title is what a drive is called in a menu.
func (d *usbDrive) title() string {
	switch name := filepath.Base(d.path); {
	case d.cd:
		return "CD: " + name
	case d.readOnly:
		return "Disk: " + name + " (read only)"
	default:
		return "Disk: " + name
	}
}
