package usbhost

import (
	"runtime"
	"sync"
	"unsafe"

	"saffron/channels/usbredir"
)

// A flight is a transfer of the library, with what the library must not know.
type flight struct {
	device *Device
	raw    *transfer
	buf    []byte
	pin    runtime.Pinner // of buf, while the library has it

	asked  *usbredir.Transfer // what the guest asked for, or
	stream *stream            // what it is of

	flying bool // guarded by the device's mu; the library has it, or the queue of what has landed
	busy   bool // guarded by the device's mu; the device's goroutine has it, and will free it
}

// flights are those that the library has, by the number it knows them by.
var flights = struct {
	sync.Mutex
	next uintptr
	all  map[uintptr]*flight
}{all: map[uintptr]*flight{}}

// Kinds of transfers.
const (
	kindControl   = 0
	kindIso       = 1
	kindBulk      = 2
	kindInterrupt = 3
)

// controlTimeout bounds how long a device may think, in milliseconds.
const controlTimeout = 5000

// newFlight makes a transfer with room for size bytes, in packets of equal size
// if those are not 0. It is nil if there is no memory.
func (d *Device) newFlight(endpoint, kind uint8, buf []byte, packets int) *flight {
	raw := d.bus.lib.allocTransfer(int32(packets))
	if raw == nil {
		return nil
	}
	f := &flight{device: d, raw: raw, buf: buf}
	if len(buf) == 0 {
		f.buf = make([]byte, 1) // for its address
	}
	raw.handle, raw.endpoint, raw.kind, raw.length = d.handle, endpoint, kind, int32(len(buf))
	raw.packets, raw.callback = int32(packets), d.bus.lib.landed
	return f
}

// isoPackets are those of an isochronous transfer.
func (f *flight) isoPackets() []isoPacket {
	behind := unsafe.Add(unsafe.Pointer(&f.raw.packets), unsafe.Sizeof(f.raw.packets))
	return unsafe.Slice((*isoPacket)(behind), f.raw.packets)
}

// start gives the transfer to the library. The device's mu is held.
func (f *flight) start() code {
	flights.Lock()
	flights.next++
	number := flights.next
	flights.all[number] = f
	flights.Unlock()
	f.pin.Pin(&f.buf[0])
	f.raw.user, f.raw.buffer = number, uintptr(unsafe.Pointer(&f.buf[0]))
	f.flying, f.busy = true, false
	f.device.air.up()
	c := f.device.bus.lib.submit(f.raw)
	if c < 0 && f.forget() {
		f.device.air.down()
		f.flying = false
	}
	return c
}

// forget takes the flight from those that the library has. It reports whether it
// was one of them.
func (f *flight) forget() bool {
	flights.Lock()
	defer flights.Unlock()
	number := f.raw.user
	if flights.all[number] != f {
		return false
	}
	delete(flights.all, number)
	f.pin.Unpin()
	return true
}

// free gives a transfer back that the library does not have.
func (f *flight) free() { f.device.bus.lib.freeTransfer(f.raw) }

// land is called by the library when a transfer has ended. It waits for nothing.
func land(raw *transfer) {
	flights.Lock()
	f := flights.all[raw.user]
	flights.Unlock()
	if f == nil || f.raw != raw || !f.forget() {
		return
	}
	f.device.landed.put(f)
	f.device.air.down()
}

// An air counts the flights that the library has.
type air struct {
	mu    sync.Mutex
	n     int           // guarded by mu
	empty chan struct{} // guarded by mu; closed when n is 0; nil unless somebody waits
}

func (a *air) up() { a.mu.Lock(); a.n++; a.mu.Unlock() }

func (a *air) down() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n--; a.n == 0 && a.empty != nil {
		close(a.empty)
		a.empty = nil
	}
}

// clear returns a channel that is closed when nothing is in the air.
func (a *air) clear() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.n == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if a.empty == nil {
		a.empty = make(chan struct{})
	}
	return a.empty
}

// A queue has what a goroutine is to do, without bound of its own: what is in it
// is bounded by what puts it there.
type queue[T any] struct {
	mu    sync.Mutex
	items []T           // guarded by mu
	more  chan struct{} // holds one
}

func newQueue[T any]() *queue[T] { return &queue[T]{more: make(chan struct{}, 1)} }

func (q *queue[T]) put(v T) {
	q.mu.Lock()
	q.items = append(q.items, v)
	q.mu.Unlock()
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take returns all that there is.
func (q *queue[T]) take() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	items := q.items
	q.items = nil
	return items
}
