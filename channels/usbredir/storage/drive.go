package storage

import (
	"io"
	"slices"
	"sync"

	"saffron/channels/usbredir"
)

// A Medium is what a drive has in it.
type Medium interface {
	io.ReaderAt
	io.WriterAt  // not called if the drive is read-only
	Sync() error // makes what was written last
}

// Options are the choices of New.
type Options struct {
	Medium   Medium // required
	Size     int64  // of the medium, in bytes
	CD       bool   // a CD drive, which is read-only, not a disk
	ReadOnly bool
	Name     string // what the guest may show, at most 16 characters of ASCII count
	Serial   string // hexadecimal digits that tell drives of one kind apart

	// Ejected is told that the guest has taken the medium out, or put it back.
	// It is called by the drive's goroutine and must not call the drive.
	Ejected func(out bool)
}

// Block sizes in bytes.
const (
	diskBlock = 512
	cdBlock   = 2048
)

// A Drive is one device. Any goroutine may call its methods.
type Drive struct {
	o      Options
	block  int64 // size of a block in bytes
	blocks int64

	mu            sync.Mutex
	wake          *sync.Cond           // on mu; there is work, or closed
	queue         []*usbredir.Transfer // guarded by mu; to be done, in order
	hungry        []*usbredir.Transfer // guarded by mu; wait until there is something for the guest
	configuration uint8                // guarded by mu
	halted        [2]bool              // guarded by mu; the endpoints out and in
	generation    int                  // guarded by mu; goes up with each reset
	stage         stage                // guarded by mu, but owned by run while it is busy
	busy          bool                 // guarded by mu; run works on a transfer
	worked        int                  // guarded by mu; generation that stage is of
	closed        bool                 // guarded by mu
	ended         chan struct{}        // closed when run has ended

	unit unit // owned by run
}

var _ usbredir.Device = (*Drive)(nil)

// New returns a drive that works until it is closed.
func New(o Options) *Drive {
	d := &Drive{o: o, block: diskBlock, ended: make(chan struct{})}
	if o.CD {
		d.o.ReadOnly, d.block = true, cdBlock
	}
	d.blocks = o.Size / d.block
	if d.o.ReadOnly { // the rest of a last block can be read as zeros
		d.blocks = (o.Size + d.block - 1) / d.block
	}
	d.unit = unit{drive: d}
	d.wake = sync.NewCond(&d.mu)
	go d.run()
	return d
}

// Close ends the drive. It has been unplugged. What was written is made last.
func (d *Drive) Close() error {
	d.mu.Lock()
	closed := d.closed
	d.closed = true
	d.wake.Signal()
	d.mu.Unlock()
	<-d.ended
	if closed || d.o.ReadOnly {
		return nil
	}
	return d.o.Medium.Sync()
}

// Endpoints.
const (
	control = 0
	bulkIn  = 0x81
	bulkOut = 0x02
	packet  = 512 // bytes, at high speed
)

// Describe implements usbredir.Device.
func (d *Drive) Describe() usbredir.Description {
	return usbredir.Description{
		Speed: usbredir.High, Vendor: vendorID, Product: d.product(), Version: deviceVersion,
		Interfaces: []usbredir.Interface{{Class: classStorage, SubClass: subClassSCSI, Protocol: protocolBulkOnly}},
		Endpoints: []usbredir.Endpoint{
			{Address: bulkIn, Type: usbredir.BulkEndpoint, MaxPacket: packet},
			{Address: bulkOut, Type: usbredir.BulkEndpoint, MaxPacket: packet},
		},
	}
}

// Reset implements usbredir.Device.
func (d *Drive) Reset() {
	d.mu.Lock()
	d.configuration = 0
	d.generation++
	waiting := slices.Concat(d.queue, d.hungry)
	d.queue, d.hungry = nil, nil
	d.halted = [2]bool{}
	if !d.busy {
		d.stage = stage{}
	}
	d.mu.Unlock()
	for _, t := range waiting {
		end(t, usbredir.Cancelled)
	}
}

// end ends a transfer that has carried nothing.
func end(t *usbredir.Transfer, s usbredir.Status) { t.Took(s, 0) }

// SetConfiguration implements usbredir.Device: there is 1, and none.
func (d *Drive) SetConfiguration(n uint8) usbredir.Status {
	if n > 1 {
		return usbredir.Stall
	}
	d.mu.Lock()
	d.configuration = n
	d.halted = [2]bool{}
	d.mu.Unlock()
	return usbredir.Success
}

// Configuration implements usbredir.Device.
func (d *Drive) Configuration() uint8 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.configuration
}

// SetAlt implements usbredir.Device: there is only setting 0 of interface 0.
func (d *Drive) SetAlt(iface, alt uint8) usbredir.Status {
	if iface != 0 || alt != 0 {
		return usbredir.Stall
	}
	return usbredir.Success
}

// Alt implements usbredir.Device.
func (d *Drive) Alt(iface uint8) (uint8, usbredir.Status) {
	if iface != 0 {
		return 0, usbredir.Stall
	}
	return 0, usbredir.Success
}

// Submit implements usbredir.Device.
func (d *Drive) Submit(t *usbredir.Transfer) {
	if t.Endpoint&0x7f == control {
		d.control(t)
		return
	}
	d.mu.Lock()
	if d.closed || t.Endpoint != bulkIn && t.Endpoint != bulkOut {
		d.mu.Unlock()
		end(t, usbredir.Stall)
		return
	}
	d.queue = append(d.queue, t)
	d.wake.Signal()
	d.mu.Unlock()
}

// Cancel implements usbredir.Device.
func (d *Drive) Cancel(t *usbredir.Transfer) {
	d.mu.Lock()
	found := false
	for _, list := range []*[]*usbredir.Transfer{&d.queue, &d.hungry} {
		if i := slices.Index(*list, t); i >= 0 {
			*list = slices.Delete(*list, i, i+1)
			found = true
		}
	}
	d.mu.Unlock()
	if found {
		end(t, usbredir.Cancelled)
	}
}

// next waits for work.
func (d *Drive) next() (t *usbredir.Transfer, generation int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = false
	if d.worked != d.generation { // a reset came that left the stage to run
		d.stage = stage{}
	}
	for len(d.queue) == 0 && !d.closed {
		d.wake.Wait()
	}
	if d.closed {
		return nil, 0, false
	}
	t = d.queue[0]
	d.queue = d.queue[1:]
	d.busy, d.worked = true, d.generation
	return t, d.generation, true
}

// run does all that may take long, in order.
func (d *Drive) run() {
	defer close(d.ended)
	for {
		t, generation, ok := d.next()
		if !ok {
			d.Reset() // nothing waits for ever
			return
		}
		d.work(t, generation)
		d.feed(generation)
	}
}

// feed serves those that waited for something to be there for the guest.
func (d *Drive) feed(generation int) {
	for {
		d.mu.Lock()
		if d.generation != generation { // a reset came meanwhile
			d.stage = stage{}
			d.mu.Unlock()
			return
		}
		if len(d.hungry) == 0 || !d.stage.feeds() {
			d.mu.Unlock()
			return
		}
		t := d.hungry[0]
		d.hungry = d.hungry[1:]
		d.mu.Unlock()
		d.work(t, generation)
	}
}

// work does one transfer, or puts it aside.
func (d *Drive) work(t *usbredir.Transfer, generation int) {
	in := t.Endpoint == bulkIn
	which := 0
	if in {
		which = 1
	}
	d.mu.Lock()
	stale, halted := d.generation != generation, d.halted[which]
	aside := !stale && !halted && in && !d.stage.feeds()
	if aside {
		d.hungry = append(d.hungry, t)
	}
	d.mu.Unlock()
	switch {
	case aside:
	case stale:
		end(t, usbredir.Cancelled)
	case halted:
		end(t, usbredir.Stall)
	case in:
		data, ok := d.in(t.Length)
		if !ok {
			d.halt(false)
			end(t, usbredir.Stall)
			return
		}
		t.Finish(usbredir.Success, data)
	default:
		if !d.out(t.Data) {
			d.halt(true)
			end(t, usbredir.Stall)
			return
		}
		t.Took(usbredir.Success, len(t.Data))
	}
}

// halt makes the endpoints stall until the host clears them: both, if what came
// cannot be understood.
func (d *Drive) halt(both bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.halted[1] = true
	d.halted[0] = d.halted[0] || both
}
