package usbhost

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"saffron/channels/usbredir"
)

// A Bus is all USB of this computer. Any goroutine may call its methods.
type Bus struct {
	lib     *library
	context *context

	mu     sync.Mutex
	taken  int           // guarded by mu; devices whose events are to be served
	idle   chan struct{} // guarded by mu; closed when the goroutine of events has ended
	closed bool          // guarded by mu
}

// Open loads libusb. The caller closes the Bus, after all devices.
func Open() (*Bus, error) {
	lib, err := load()
	if err != nil {
		return nil, err
	}
	return openWith(lib)
}

func openWith(lib *library) (*Bus, error) {
	b := &Bus{lib: lib}
	if err := lib.init(&b.context).err(); err != nil {
		return nil, fmt.Errorf("libusb does not begin: %w", err)
	}
	b.idle = make(chan struct{})
	close(b.idle)
	return b, nil
}

// Close ends the use of the library.
func (b *Bus) Close() {
	b.mu.Lock()
	closed, idle := b.closed, b.idle
	b.closed = true
	b.mu.Unlock()
	if closed {
		return
	}
	select {
	case <-idle:
		b.lib.exit(b.context)
	case <-time.After(landing): // a device was not closed, or does not end its transfers
	}
}

// An Info is a device of this computer.
type Info struct {
	Bus, Address uint8
	Port         string // where it is plugged in, as in 1-2.3
	Name         string // as it calls itself, "" if that cannot be read
	// Denied says that this user may not open it.
	Denied bool
	usbredir.Description
}

// maxDevices bounds a list; a bus has at most 127.
const maxDevices = 1024

// List returns the devices that there are, without hubs.
func (b *Bus) List() ([]Info, error) {
	var infos []Info
	err := b.each(func(d *device) bool {
		if info, ok := b.info(d); ok {
			infos = append(infos, info)
		}
		return true
	})
	return infos, err
}

var errClosed = errors.New("the bus is closed")

// each calls do with each device until that returns false.
func (b *Bus) each(do func(*device) bool) error {
	b.mu.Lock()
	defer b.mu.Unlock() // so that the library does not end
	if b.closed {
		return errClosed
	}
	var list **device
	n := b.lib.getDeviceList(b.context, &list)
	if n < 0 {
		return fmt.Errorf("the devices cannot be listed: %w", code(n))
	}
	defer b.lib.freeDeviceList(list, 1)
	for _, d := range unsafe.Slice(list, min(n, maxDevices)) {
		if !do(d) {
			break
		}
	}
	return nil
}

const classHub = 9

// info returns what a device is; false if it is a hub, or cannot be read.
func (b *Bus) info(d *device) (Info, bool) {
	var desc deviceDescriptor
	if b.lib.deviceDescriptor(d, &desc) < 0 || desc.class == classHub {
		return Info{}, false
	}
	i := Info{Bus: b.lib.busNumber(d), Address: b.lib.deviceAddress(d)}
	i.Port = b.port(d, i.Bus)
	i.Description = b.describe(d, nil)
	i.Name = b.nameOf(d, i.Port, &desc)
	i.Denied = denied(i.Bus, i.Address)
	return i, true
}

// port returns where a device is plugged in.
func (b *Bus) port(d *device, bus uint8) string {
	var ports [7]uint8 // as many as the standard allows
	n := b.lib.portNumbers(d, &ports[0], int32(len(ports)))
	text := fmt.Sprint(bus)
	for i, p := range ports[:max(0, min(int(n), len(ports)))] {
		text += fmt.Sprintf("%c%d", "-."[min(i, 1)], p)
	}
	return text
}

// serve counts devices that need events to be served, and does so while there is
// one.
func (b *Bus) serve(more int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken += more
	select {
	case <-b.idle:
		if b.taken > 0 {
			b.idle = make(chan struct{})
			go b.events(b.idle)
		}
	default: // it goes on by itself
	}
}

// events lets the library call back, until no device is taken.
func (b *Bus) events(idle chan struct{}) {
	for {
		b.mu.Lock()
		if b.taken == 0 {
			close(idle)
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
		// That a device is closed ends it early.
		if b.lib.handleEvents(b.context, &timeval{seconds: 1}, nil) < 0 {
			time.Sleep(10 * time.Millisecond) // it may be so again and again
		}
	}
}
