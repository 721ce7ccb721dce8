package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"saffron/channels/port"
	"saffron/channels/usbredir"
)

// A usbBus is the guest's ports for USB devices, and what can be plugged into
// them: drives, and devices of this computer. Sessions may come and go: what the
// user wants plugged is plugged into the next one. Any goroutine may call its
// methods.
type usbBus struct {
	app *app
	say func(text string) // tells the user what happens; it must not block

	drives []*usbItem    // not changed
	host   *usbComputer  // nil: no devices of this computer
	kick   chan struct{} // holds one; a port has come

	mu      sync.Mutex
	ports   []*usbPort // guarded by mu; by their channel's number
	settled bool       // guarded by mu; all ports of the session have come
}

// A usbSource is what a usbItem is.
type usbSource interface {
	label() string // what it is called in a sentence
	title() string // in a menu
	// start makes a device of it, which stop ends. An error of stop says that
	// what was written last may be lost.
	start() (usbredir.Device, error)
	stop() error
}

// A usbItem is something that can be plugged into the guest.
type usbItem struct {
	usbSource
	bus *usbBus

	working sync.Mutex // held while it is plugged in and taken out

	in     *usbPort // guarded by bus.mu; nil while it is not plugged in
	wanted bool     // guarded by bus.mu; the user wants it plugged in
}

// A usbPort is one port of the guest in the present session.
type usbPort struct {
	*usbredir.Host
	bus    *usbBus
	number uint8
	item   *usbItem // guarded by bus.mu; nil: there is none in it
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
	select {
	case b.kick <- struct{}{}:
	default:
	}
	return u
}

// Close implements port.Sink: the session has ended.
func (u *usbPort) Close() error {
	b := u.bus
	b.mu.Lock()
	b.ports = slices.DeleteFunc(b.ports, func(p *usbPort) bool { return p == u })
	b.settled = b.settled && len(b.ports) > 0
	d := u.item
	u.item = nil
	b.mu.Unlock()
	err := u.Host.Close()
	if d != nil {
		d.leave()
	}
	return err
}

// errNoPort says why nothing can be plugged.
var errNoPort = errors.New("the machine has no free port for USB devices")

// free returns the first port with nothing in it, from a number on, or nil.
func (b *usbBus) free(from int) *usbPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, u := range b.ports {
		if u.item == nil && int(u.number) >= from {
			return u
		}
	}
	return nil
}

// plug plugs something into a port, or any that is free if that is nil.
func (b *usbBus) plug(d *usbItem, u *usbPort) {
	d.working.Lock()
	defer d.working.Unlock()
	if d.port() != nil || !d.wants() {
		return
	}
	if u == nil {
		u = b.free(0)
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
		if _, real := d.usbSource.(*usbDevice); real && u != nil {
			d.want(false) // it would be tried again and again
		}
		b.say(fmt.Sprintf("%s cannot be plugged in: %v", upperFirst(d.label()), err))
	}
}

// insert plugs something into a port.
func (b *usbBus) insert(d *usbItem, u *usbPort) error {
	b.mu.Lock()
	if u.item != nil {
		b.mu.Unlock()
		return errNoPort
	}
	u.item, d.in = d, u
	b.mu.Unlock()
	device, err := d.start()
	if err == nil {
		err = u.Plug(device)
	}
	if err != nil {
		b.empty(u)
		_ = d.stop() // nothing was written
		return err
	}
	b.app.log.Info("plugged in", "what", d.label(), "port", u.number)
	return nil
}

// empty notes that there is nothing in a port.
func (b *usbBus) empty(u *usbPort) *usbItem {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := u.item
	u.item = nil
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

// toggle plugs something in, or takes it out.
func (b *usbBus) toggle(d *usbItem) {
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
	if b.takeOut(d, u) {
		b.say(fmt.Sprintf("Taken out: %s", d.label()))
	}
}

// takeOut unplugs something that is in a port. It reports whether it did, and all
// is well.
func (b *usbBus) takeOut(d *usbItem, u *usbPort) bool {
	d.working.Lock()
	defer d.working.Unlock()
	if d.port() != u { // somebody was faster, and another may be there by now
		return false
	}
	b.empty(u)
	u.Unplug()
	return d.leave()
}

// missing returns what is to be plugged in and is not, now that all ports that
// the machine has are known, or "".
func (b *usbBus) missing() string {
	b.mu.Lock()
	b.settled = true
	b.mu.Unlock()
	b.fill()
	for _, d := range b.items() {
		if d.wants() && d.port() == nil {
			return fmt.Sprintf("%s is not plugged in: %v", upperFirst(d.label()), errNoPort)
		}
	}
	return ""
}

// items are all that can be plugged in.
func (b *usbBus) items() []*usbItem {
	list := slices.Clone(b.drives)
	if b.host != nil {
		for _, d := range b.host.devices() {
			list = append(list, d.item)
		}
	}
	return list
}

// close closes all. The session has ended.
func (b *usbBus) close() {
	for _, d := range b.items() {
		if err := d.end(); err != nil {
			b.app.warn("what was written to %s last may be lost: %v", d.label(), err)
		}
	}
	for _, d := range b.drives {
		d.usbSource.(*usbDrive).file.Close()
	}
	if b.host != nil {
		b.host.close()
	}
}

// commands are those of the menu.
func (b *usbBus) commands() []command {
	var list []command
	for i, d := range b.drives {
		list = append(list, b.command(fmt.Sprintf("toggle-usb-%d", i+1), d))
	}
	if b.host == nil || !b.hasPorts() {
		return list
	}
	for _, d := range b.host.devices() {
		list = append(list, b.command(d.command, d.item))
	}
	return list
}

func (b *usbBus) command(name string, d *usbItem) command {
	return command{
		name: name, label: d.title(),
		do:      func() { b.toggle(d) },
		checked: func() bool { return d.port() != nil },
	}
}

// hasPorts reports whether the machine has any.
func (b *usbBus) hasPorts() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ports) > 0
}

// end ends the device that it is, if there is one.
func (d *usbItem) end() error {
	err := d.stop()
	d.bus.mu.Lock()
	d.in = nil
	d.bus.mu.Unlock()
	return err
}

// leave ends the device and says so if what was written last may be lost. It
// reports whether all is well.
func (d *usbItem) leave() bool {
	err := d.end()
	if err != nil {
		d.bus.say(fmt.Sprintf("What was written to %s last may be lost: %v", d.label(), err))
	}
	return err == nil
}

// port returns what it is plugged into, or nil.
func (d *usbItem) port() *usbPort {
	d.bus.mu.Lock()
	defer d.bus.mu.Unlock()
	return d.in
}

func (d *usbItem) wants() bool {
	d.bus.mu.Lock()
	defer d.bus.mu.Unlock()
	return d.wanted
}

func (d *usbItem) want(on bool) {
	d.bus.mu.Lock()
	d.wanted = on
	d.bus.mu.Unlock()
}
