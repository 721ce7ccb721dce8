package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"saffron/channels/usbredir"
	"saffron/cmd/saffron/usbhost"
)

// defaultUSBFilter is what other viewers plug in by themselves: all but what
// people type and point with.
const defaultUSBFilter = "0x03,-1,-1,-1,0|-1,-1,-1,-1,1"

// usbRules say which devices of this computer are plugged in without being asked
// for.
type usbRules struct {
	atStart usbredir.Filter   // those that are there when the window opens
	later   usbredir.Filter   // those that come while it is open
	allowed []usbredir.Filter // each must allow what can be plugged in at all
}

// parseUSBRule reads a filter; "default" stands for that of other viewers.
func parseUSBRule(text string) (usbredir.Filter, error) {
	if text == "default" {
		text = defaultUSBFilter
	}
	return usbredir.ParseFilter(text)
}

// shows reports whether a device can be plugged in. Keyboards and mice can only
// if a rule plugs them in by itself: whoever has no others would be locked out.
func (r *usbRules) shows(d usbredir.Description) bool {
	for _, f := range r.allowed {
		if !f.Allows(d) {
			return false
		}
	}
	return !isInput(d) || r.atStart.Allows(d) || r.later.Allows(d)
}

// isInput reports whether a device is a keyboard or a mouse.
func isInput(d usbredir.Description) bool {
	return slices.ContainsFunc(d.Interfaces, func(i usbredir.Interface) bool {
		return i.Class == 3 && (i.Protocol == 1 || i.Protocol == 2)
	})
}

// A usbComputer is the USB of this computer.
type usbComputer struct {
	bus   *usbBus
	host  *usbhost.Bus
	rules usbRules

	scanning sync.Mutex // held while what there is is brought in step

	mu    sync.Mutex
	found []*usbDevice // guarded by mu
	begun bool         // guarded by mu; what is new has come later
}

// A usbDevice is a device of this computer.
type usbDevice struct {
	computer *usbComputer
	item     *usbItem
	info     usbhost.Info // not changed but by scan, where Denied does
	command  string       // its name for hotkeys

	mu     sync.Mutex
	taken  *usbhost.Device // guarded by mu; while it is plugged in
	denied bool            // guarded by mu; this user may not open it, as far as is known
}

// useComputer lets devices of this computer be plugged in. An error says that
// there is no libusb.
func (b *usbBus) useComputer(rules usbRules) error {
	host, err := usbhost.Open()
	if err != nil {
		return err
	}
	b.host = &usbComputer{bus: b, host: host, rules: rules}
	b.host.scan()
	return nil
}

// close ends the use of the library. All devices are closed.
func (c *usbComputer) close() { c.host.Close() }

// devices are those that can be plugged in.
func (c *usbComputer) devices() []*usbDevice {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.found)
}

// scan brings the devices in step with what there is. It returns those that have
// come and are to be plugged in.
func (c *usbComputer) scan() []*usbDevice {
	c.scanning.Lock()
	defer c.scanning.Unlock()
	list, err := c.host.List()
	if err != nil {
		c.bus.app.log.Debug("USB", "error", err)
		return nil
	}
	list = slices.DeleteFunc(list, func(i usbhost.Info) bool { return !c.rules.shows(i.Description) })
	c.mu.Lock()
	before, first := c.found, !c.begun
	c.found, c.begun = nil, true
	var came []*usbDevice
	for _, i := range list {
		at := slices.IndexFunc(before, func(d *usbDevice) bool { return d.is(i) })
		if at >= 0 {
			if d := before[at]; d.info.Denied != i.Denied {
				d.info.Denied = i.Denied
				d.know(i.Denied)
			}
			c.found = append(c.found, before[at])
			before = slices.Delete(before, at, at+1)
			continue
		}
		d := &usbDevice{computer: c, info: i, command: c.commandFor(i), denied: i.Denied}
		rule := c.rules.later
		if first {
			rule = c.rules.atStart
		}
		d.item = &usbItem{usbSource: d, bus: c.bus, wanted: rule.Allows(i.Description)}
		c.found = append(c.found, d)
		if d.item.wanted {
			came = append(came, d)
		}
	}
	c.mu.Unlock()
	for _, d := range before {
		c.gone(d)
	}
	return came
}

// is reports whether a device is the one that is listed.
func (d *usbDevice) is(i usbhost.Info) bool {
	return d.info.Bus == i.Bus && d.info.Address == i.Address && d.info.Vendor == i.Vendor && d.info.Product == i.Product
}

// commandFor returns the name of a device's command: toggle-usb-046d-c52b, with a
// number behind it if there are several. mu is held.
func (c *usbComputer) commandFor(i usbhost.Info) string {
	name := fmt.Sprintf("toggle-usb-%04x-%04x", i.Vendor, i.Product)
	free := name
	for n := 2; slices.ContainsFunc(c.found, func(d *usbDevice) bool { return d.command == free }); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// gone takes a device out that is not there any more.
func (c *usbComputer) gone(d *usbDevice) {
	d.item.want(false)
	if u := d.item.port(); u != nil && c.bus.takeOut(d.item, u) {
		c.bus.say(upperFirst(d.label()) + " has been unplugged from this computer")
	}
}

// scanEvery is how often this computer is asked for devices.
const scanEvery = 2 * time.Second

// serve follows what is plugged into this computer until ctx ends. While the
// machine has no ports it does nothing.
func (b *usbBus) serve(ctx context.Context) {
	if b.host == nil {
		return
	}
	ticks := time.NewTicker(scanEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.kick:
		case <-ticks.C:
			if !b.hasPorts() {
				continue
			}
		}
		came := b.host.scan()
		b.fill()
		b.tellFull(came)
	}
}

// fill plugs in what is wanted, as far as there are ports. Until all have come,
// those of drives are left to them.
func (b *usbBus) fill() {
	if b.host == nil {
		return
	}
	for _, d := range b.host.devices() {
		if !d.item.wants() || d.item.port() != nil {
			continue
		}
		from := len(b.drives)
		if b.hasSettled() {
			from = 0
		}
		if u := b.free(from); u != nil {
			b.plug(d.item, u)
		}
	}
}

func (b *usbBus) hasSettled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settled
}

// tellFull says for which of the devices that have come there is no port.
func (b *usbBus) tellFull(came []*usbDevice) {
	if !b.hasSettled() {
		return
	}
	for _, d := range came {
		if d.item.wants() && d.item.port() == nil {
			b.say(fmt.Sprintf("%s is not plugged in: %v", upperFirst(d.label()), errNoPort))
		}
	}
}

// start implements usbSource: this computer lets go of the device.
func (d *usbDevice) start() (usbredir.Device, error) {
	taken, err := d.computer.host.Take(d.info, usbhost.Options{Log: d.computer.bus.app.log, Gone: func() { d.computer.gone(d) }})
	d.know(errors.Is(err, usbhost.ErrDenied))
	switch {
	case errors.Is(err, usbhost.ErrDenied):
		return nil, fmt.Errorf("no permission. A udev rule gives it:\n%s", udevRule(d.info))
	case err != nil:
		return nil, err
	}
	d.mu.Lock()
	d.taken = taken
	d.mu.Unlock()
	return taken, nil
}

// know notes whether this user may not open the device.
func (d *usbDevice) know(denied bool) {
	d.mu.Lock()
	d.denied = denied
	d.mu.Unlock()
}

// udevRule is what lets those who sit at this computer use a device.
func udevRule(i usbhost.Info) string {
	return fmt.Sprintf(`SUBSYSTEM=="usb", ATTR{idVendor}=="%04x", ATTR{idProduct}=="%04x", TAG+="uaccess"`, i.Vendor, i.Product)
}

// stop implements usbSource.
func (d *usbDevice) stop() error {
	d.mu.Lock()
	taken := d.taken
	d.taken = nil
	d.mu.Unlock()
	if taken == nil {
		return nil
	}
	return taken.Close()
}

// usbClasses are what devices without a name are called.
var usbClasses = map[uint8]string{
	1: "Sound", 2: "Modem or network", 3: "Input", 6: "Camera", 7: "Printer", 8: "Storage", 10: "Modem or network",
	11: "Smartcard reader", 13: "Fingerprint reader", 14: "Video", 224: "Wireless", 255: "Of its maker's own kind",
}

// usbClass returns what kind of device one is.
func usbClass(d usbredir.Description) string {
	if name := usbClasses[d.Class]; name != "" && d.Class != 255 {
		return name
	}
	for _, i := range d.Interfaces {
		if name := usbClasses[i.Class]; name != "" {
			return name
		}
	}
	return "Other"
}

// name is what a device is called, with its numbers.
func (d *usbDevice) name() string {
	return fmt.Sprintf("%s (%04x:%04x)", cmp.Or(d.info.Name, usbClass(d.info.Description)), d.info.Vendor, d.info.Product)
}

func (d *usbDevice) label() string { return "the device " + d.name() }

func (d *usbDevice) title() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.denied {
		return d.name() + ": no permission"
	}
	return d.name()
}
