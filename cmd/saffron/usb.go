package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"saffron/channels/port"
	"saffron/channels/usbredir"
)

// A usbBus is the guest's ports for USB devices, and the drives that can be
// plugged into them. Sessions may come and go: what the user wants plugged is
// plugged into the next one. Any goroutine may call its methods.
type usbBus struct {
	app *app
	say func(text string) // tells the user what happens; it must not block

	mu     sync.Mutex
	ports  []*usbPort  // guarded by mu; by their channel's number
	drives []*usbDrive // not changed; their fields are guarded by mu
}

// A usbPort is one port of the guest in the present session.
type usbPort struct {
	*usbredir.Host
	bus    *usbBus
	number uint8
	drive  *usbDrive // guarded by bus.mu; nil: there is none in it
}

// channel takes a port that the guest has. The drive of its number, if there is
// one, is plugged into it.
func (b *usbBus) channel(p *port.Port) port.Sink {
	u := &usbPort{bus: b, number: p.ID().ID}
	u.Host = usbredir.New(p, usbredir.Options{Version: "Saffron", Log: b.app.log, Refused: func(usbredir.Device) { b.refused(u) }})
	b.mu.Lock()
	b.ports = append(b.ports, u)
	slices.SortFunc(b.ports, func(x, y *usbPort) int { return cmp.Compare(x.number, y.number) })
	b.mu.Unlock()
	if int(u.number) < len(b.drives) {
		if d := b.drives[u.number]; d.wants() {
			go b.plug(d, u) // it may have to wait for the guest
		}
	}
	return u
}

// Close implements port.Sink: the session has ended.
func (u *usbPort) Close() error {
	b := u.bus
	b.mu.Lock()
	b.ports = slices.DeleteFunc(b.ports, func(p *usbPort) bool { return p == u })
	d := u.drive
	u.drive = nil
	b.mu.Unlock()
	err := u.Host.Close()
	if d != nil {
		d.leave()
	}
	return err
}

// errNoPort says why nothing can be plugged.
var errNoPort = errors.New("the machine has no free port for USB devices")

// free returns the first port with nothing in it, or nil.
func (b *usbBus) free() *usbPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.ports {
		if u.drive == nil {
			return u
		}
	}
	return nil
}

// plug plugs a drive into a port, or any that is free if that is nil.
func (b *usbBus) plug(d *usbDrive, u *usbPort) {
	d.working.Lock()
	defer d.working.Unlock()
	if d.port() != nil || !d.wants() {
		return
	}
	if u == nil {
		u = b.free()
	}
	err := errNoPort
	if u != nil {
		err = b.insert(d, u)
	}
	switch {
	case errors.Is(err, usbredir.ErrClosed): // the session has just ended
	case errors.Is(err, usbredir.ErrRefused):
		d.want(false)
		b.say(fmt.Sprintf("The guest does not want %s", d.label()))
	case err != nil:
		b.say(fmt.Sprintf("%s cannot be plugged in: %v", upperFirst(d.label()), err))
	}
}

// insert plugs a drive into a port.
func (b *usbBus) insert(d *usbDrive, u *usbPort) error {
	device := d.start()
	b.mu.Lock()
	if u.drive != nil {
		b.mu.Unlock()
		_ = d.stop() // nothing was written
		return errNoPort
	}
	u.drive, d.in = d, u
	b.mu.Unlock()
	if err := u.Plug(device); err != nil {
		b.empty(u)
		_ = d.stop() // likewise
		return err
	}
	b.app.log.Info("plugged in", "drive", d.path, "port", u.number)
	return nil
}

// empty notes that there is nothing in a port.
func (b *usbBus) empty(u *usbPort) *usbDrive {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := u.drive
	u.drive = nil
	if d != nil {
		d.in = nil
	}
	return d
}

// refused is called when the guest has refused what was plugged in.
func (b *usbBus) refused(u *usbPort) {
	if d := b.empty(u); d != nil {
		d.want(false)
		b.say(fmt.Sprintf("The guest does not want %s", d.label()))
		go d.leave()
	}
}

// toggle plugs a drive in, or takes it out.
func (b *usbBus) toggle(d *usbDrive) {
	u, before := d.port(), d.wants()
	d.want(u == nil)
	if u == nil {
		b.plug(d, nil)
		if d.port() == nil {
			d.want(before) // perhaps in the next session
		} else {
			b.say(fmt.Sprintf("Plugged in: %s", d.label()))
		}
		return
	}
	d.working.Lock()
	defer d.working.Unlock()
	if d.port() != u { // somebody was faster, and another may be there by now
		return
	}
	b.empty(u)
	u.Unplug()
	if d.leave() {
		b.say(fmt.Sprintf("Taken out: %s", d.label()))
	}
}

// missing returns what is to be plugged in and is not, now that all ports that
// the machine has are known, or "".
func (b *usbBus) missing() string {
	for _, d := range b.drives {
		if d.wants() && d.port() == nil {
			return fmt.Sprintf("%s is not plugged in: %v", upperFirst(d.label()), errNoPort)
		}
	}
	return ""
}

// close closes all drives. The session has ended.
func (b *usbBus) close() {
	for _, d := range b.drives {
		d.close()
	}
}

// commands are those of the menu.
func (b *usbBus) commands() []command {
	var list []command
	for i, d := range b.drives {
		list = append(list, command{
			name: fmt.Sprintf("toggle-usb-%d", i+1), label: d.title(),
			do:      func() { b.toggle(d) },
			checked: func() bool { return d.port() != nil },
		})
	}
	return list
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
