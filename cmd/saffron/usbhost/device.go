package usbhost

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"saffron/channels/usbredir"
)

// Options are the choices of Take.
type Options struct {
	// Gone is told, once, that the device is not there any more. It is called by
	// a goroutine of its own.
	Gone func()

	Log *slog.Logger // nil is silent
}

// A Device is one that is taken from this computer: no driver or program of it
// has it. It is a device of a guest: a usbredir.Receiver and Streamer.
type Device struct {
	bus    *Bus
	handle *handle
	o      Options
	log    *slog.Logger

	air    air
	landed *queue[*flight]
	quit   chan struct{} // closed by Close
	done   chan struct{} // closed when its goroutine has ended

	shaping sync.Mutex // held while the configuration or a setting changes, and it is closed

	mu       sync.Mutex                     // never held while the library waits
	closed   bool                           // guarded by mu
	gone     bool                           // guarded by mu
	config   uint8                          // guarded by mu; 0: none
	first    uint8                          // the configuration that it had
	alts     map[uint8]uint8                // guarded by mu; settings that are not 0
	info     usbredir.Description           // guarded by mu
	claimed  []uint8                        // guarded by shaping; interfaces
	detached []uint8                        // guarded by shaping; interfaces that had a driver
	asked    map[*usbredir.Transfer]*flight // guarded by mu; what the guest asked for
	held     int                            // guarded by mu; bytes of that
	streams  map[uint8]*stream              // guarded by mu; by endpoint
}

var (
	_ usbredir.Receiver = (*Device)(nil)
	_ usbredir.Streamer = (*Device)(nil)
)

// maxHeld bounds what the transfers of one device may hold, in bytes.
const maxHeld = 32 << 20

var errGone = errors.New("it is not there any more")

// Take takes a device that List has returned. Drivers of this computer let go of
// it until it is closed. A disk with something mounted is not taken: what is
// written there would be lost.
func (b *Bus) Take(i Info, o Options) (*Device, error) {
	if where := inUse(i.Port); where != "" {
		return nil, fmt.Errorf("%s is mounted from it", where)
	}
	d := &Device{bus: b, o: o, log: o.Log, landed: newQueue[*flight](), quit: make(chan struct{}), done: make(chan struct{}),
		alts: map[uint8]uint8{}, asked: map[*usbredir.Transfer]*flight{}, streams: map[uint8]*stream{}}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	failed := errGone
	if err := b.each(func(raw *device) bool {
		if b.lib.busNumber(raw) != i.Bus || b.lib.deviceAddress(raw) != i.Address {
			return true
		}
		var desc deviceDescriptor
		if b.lib.deviceDescriptor(raw, &desc) >= 0 && desc.vendor == i.Vendor && desc.product == i.Product {
			failed = b.lib.open(raw, &d.handle).err()
		}
		return false
	}); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	b.serve(1)
	if err := d.begin(); err != nil {
		d.giveBack()
		b.lib.close(d.handle)
		b.serve(-1)
		return nil, err
	}
	go d.work()
	return d, nil
}

// begin claims what the device has.
func (d *Device) begin() error {
	d.shaping.Lock()
	defer d.shaping.Unlock()
	var config int32
	if err := d.bus.lib.getConfiguration(d.handle, &config).err(); err != nil {
		return err
	}
	d.config, d.first = uint8(config), uint8(config)
	d.read()
	return d.claim()
}

// read reads the descriptors of the present configuration.
func (d *Device) read() {
	d.mu.Lock()
	alts := make(map[uint8]uint8, len(d.alts))
	for k, v := range d.alts {
		alts[k] = v
	}
	d.mu.Unlock()
	info := d.bus.describe(d.bus.lib.getDevice(d.handle), alts)
	d.mu.Lock()
	d.info = info
	d.mu.Unlock()
}

// claim takes all interfaces, from the drivers that have them. shaping is held.
func (d *Device) claim() error {
	for _, i := range d.Describe().Interfaces {
		if err := d.detach(i.Number); err != nil {
			return err
		}
		if err := d.bus.lib.claim(d.handle, int32(i.Number)).err(); err != nil {
			return fmt.Errorf("interface %d: %w", i.Number, err)
		}
		d.claimed = append(d.claimed, i.Number)
	}
	return nil
}

// detach makes the driver of an interface let go. shaping is held.
func (d *Device) detach(number uint8) error {
	switch c := d.bus.lib.detachDriver(d.handle, int32(number)); {
	case c >= 0:
		if !slices.Contains(d.detached, number) {
			d.detached = append(d.detached, number)
		}
	case c != codeNotFound && c != codeNotSupported: // else there was none
		return fmt.Errorf("the driver of interface %d keeps it: %w", number, c)
	}
	return nil
}

// release lets go of all interfaces. shaping is held.
func (d *Device) release() {
	for _, n := range d.claimed {
		_ = d.bus.lib.release(d.handle, int32(n)) // nothing can be done if it fails
	}
	d.claimed = nil
}

// giveBack gives the device to the drivers that had it.
func (d *Device) giveBack() {
	d.shaping.Lock()
	defer d.shaping.Unlock()
	d.release()
	if now, _ := d.state(); now != d.first && d.first != 0 {
		_ = d.bus.lib.setConfiguration(d.handle, int32(d.first)) // the system finds drivers
		return
	}
	for _, n := range d.detached {
		_ = d.bus.lib.attachDriver(d.handle, int32(n)) // likewise
	}
	d.detached = nil
}

// Close gives the device back to this computer.
func (d *Device) Close() error {
	d.mu.Lock()
	closed := d.closed
	d.closed = true
	d.mu.Unlock()
	if closed {
		return nil
	}
	landed := d.clear()
	close(d.quit)
	<-d.done
	d.giveBack()
	if !landed { // the library has what it must not lose
		d.log.Warn("a USB device does not end its transfers")
		go func() { <-d.air.clear(); d.shut() }()
		return nil
	}
	d.shut()
	return nil
}

// shut closes the device. The library has none of its transfers.
func (d *Device) shut() {
	d.shaping.Lock()
	defer d.shaping.Unlock()
	d.bus.lib.close(d.handle)
	d.bus.serve(-1)
}

// landing bounds how long transfers may take to be cancelled.
const landing = 3 * time.Second

// clear cancels all transfers and waits until the library has none. It reports
// whether it has none.
func (d *Device) clear() bool {
	d.mu.Lock()
	for _, s := range d.streams {
		s.ended = true
		s.cancel()
	}
	clear(d.streams)
	for _, f := range d.asked {
		if f.flying {
			_ = d.bus.lib.cancel(f.raw) // it may have ended
		}
	}
	d.mu.Unlock()
	select {
	case <-d.air.clear():
		return true
	case <-time.After(landing):
		return false
	}
}

// lost notes that the device is gone.
func (d *Device) lost() {
	d.mu.Lock()
	gone := d.gone
	d.gone = true
	d.mu.Unlock()
	if !gone && d.o.Gone != nil {
		go d.o.Gone()
	}
}

// check notes what a code says of the device.
func (d *Device) check(c code) usbredir.Status {
	switch {
	case c >= 0:
		return usbredir.Success
	case c == codeNoDevice:
		d.lost()
	case c == codePipe:
		return usbredir.Stall
	}
	return usbredir.IOError
}

// Describe implements usbredir.Device.
func (d *Device) Describe() usbredir.Description {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.info
}

// state returns the configuration, and whether the device can be used.
func (d *Device) state() (config uint8, usable bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config, !d.closed && !d.gone
}

// Reset implements usbredir.Device.
func (d *Device) Reset() {
	landed := d.clear()
	d.shaping.Lock()
	defer d.shaping.Unlock()
	if _, usable := d.state(); !usable || !landed {
		return
	}
	if c := d.bus.lib.reset(d.handle); c == codeNotFound {
		d.lost() // it has another number now
	} else if d.check(c) != usbredir.Success {
		d.log.Debug("a USB device is not reset", "error", c)
	}
	d.plain()
}

// plain puts all interfaces into their first setting. shaping is held.
func (d *Device) plain() {
	d.mu.Lock()
	alts := d.alts
	d.alts = map[uint8]uint8{}
	d.mu.Unlock()
	for n := range alts {
		d.check(d.bus.lib.setAlt(d.handle, int32(n), 0))
	}
	d.read()
}

// Configuration implements usbredir.Device.
func (d *Device) Configuration() uint8 { n, _ := d.state(); return n }

// SetConfiguration implements usbredir.Device.
func (d *Device) SetConfiguration(n uint8) usbredir.Status {
	landed := d.clear()
	d.shaping.Lock()
	defer d.shaping.Unlock()
	now, usable := d.state()
	switch {
	case !usable || !landed:
		return usbredir.IOError
	case n == now:
		d.plain()
		return usbredir.Success
	}
	d.release()
	to := int32(n)
	if n == 0 {
		to = -1 // as the library calls none
	}
	status := d.check(d.bus.lib.setConfiguration(d.handle, to))
	d.mu.Lock()
	if status == usbredir.Success {
		d.config = n
	}
	clear(d.alts)
	d.mu.Unlock()
	d.read()
	if err := d.claim(); err != nil && status == usbredir.Success {
		d.log.Debug("a USB device is not configured", "error", err)
		status = usbredir.IOError
	}
	return status
}

// Alt implements usbredir.Device.
func (d *Device) Alt(number uint8) (uint8, usbredir.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.hasInterface(number) {
		return 0, usbredir.Invalid
	}
	return d.alts[number], usbredir.Success
}

// hasInterface reports whether there is an interface. mu is held.
func (d *Device) hasInterface(number uint8) bool {
	return slices.ContainsFunc(d.info.Interfaces, func(i usbredir.Interface) bool { return i.Number == number })
}

// SetAlt implements usbredir.Device. Transfers of the interface end.
func (d *Device) SetAlt(number, alt uint8) usbredir.Status {
	d.shaping.Lock()
	defer d.shaping.Unlock()
	if _, usable := d.state(); !usable {
		return usbredir.IOError
	}
	d.mu.Lock()
	ok := d.hasInterface(number)
	var endpoints []uint8
	for _, e := range d.info.Endpoints {
		if e.Interface == number {
			endpoints = append(endpoints, e.Address)
		}
	}
	d.mu.Unlock()
	if !ok {
		return usbredir.Invalid
	}
	d.endStreams(endpoints)
	status := d.check(d.bus.lib.setAlt(d.handle, int32(number), int32(alt)))
	if status == usbredir.Success {
		d.mu.Lock()
		d.alts[number] = alt
		d.mu.Unlock()
		d.read()
	}
	return status
}
