package usbredir

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
)

// Options are the choices of New.
type Options struct {
	// Version is what this side calls itself.
	Version string

	// Refused is told of a device that the guest does not want. It is unplugged
	// by then. It is called by the goroutine of Receive, and must not block.
	Refused func(Device)

	Log *slog.Logger // nil is silent
}

// hostCaps are what this side can do.
const hostCaps = CapDeviceVersion | CapFilter | CapDisconnectAck | CapMaxPacketSize | Cap64BitIDs | Cap32BitLength

const (
	// maxTransfers bounds the transfers that have not ended.
	maxTransfers = 1024
	// maxHeld bounds what they carry for the device, in bytes. Beyond that the
	// guest waits.
	maxHeld = 2 * MaxTransfer
)

// A Host is this side's end of one virtual USB port. Opened, Closed and Receive
// are for one goroutine, the other methods for any.
type Host struct {
	o      Options
	log    *slog.Logger
	out    io.Writer
	parser parser // owned by Receive

	writing sync.Mutex // held while a packet is encoded and written
	buf     []byte     // guarded by writing; reused

	mu        sync.Mutex
	caps      Caps                 // guarded by mu; of both sides
	begun     bool                 // guarded by mu; the guest's hello has come
	closed    bool                 // guarded by mu
	device    Device               // guarded by mu; nil while nothing is plugged
	connected bool                 // guarded by mu; the guest knows of it
	leaving   bool                 // guarded by mu; the guest has to take note of an unplugging
	filter    Filter               // guarded by mu; the guest's; nil allows all
	transfers map[uint64]*Transfer // guarded by mu; that have not ended
	held      int                  // guarded by mu; bytes that they carry for the device
	change    chan struct{}        // guarded by mu; closed and replaced when one ends
}

// New returns the Host of a channel, and begins to speak on it. Each packet is
// one Write to out, which any goroutine may call. Writing blocks while the guest
// does not read; New does not wait for that.
func New(out io.Writer, o Options) *Host {
	h := &Host{o: o, log: o.Log, out: out, parser: parser{ours: hostCaps}, change: make(chan struct{}),
		transfers: map[uint64]*Transfer{}}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.send(packet{TypeHello, 0, &hello{o.Version, hostCaps}})
	return h
}

// send writes one packet. A link that fails is noticed by its reader.
func (h *Host) send(m packet) {
	h.writing.Lock()
	defer h.writing.Unlock()
	h.mu.Lock()
	caps := h.caps
	h.mu.Unlock()
	h.buf = appendPacket(h.buf[:0], m, caps)
	_, _ = h.out.Write(h.buf)
	if cap(h.buf) > 1<<20 {
		h.buf = nil
	}
}

// Opened and Closed are for channels that have a state; this one has none.
func (h *Host) Opened() {}

// Closed does nothing, see Opened.
func (h *Host) Closed() {}

// Close ends the port: what is plugged is unplugged, without a word.
func (h *Host) Close() error {
	h.mu.Lock()
	d := h.drop()
	h.closed = true
	h.mu.Unlock()
	if d != nil {
		d.Reset()
	}
	return nil
}

// drop forgets the device, which is returned, and its transfers. mu is held.
func (h *Host) drop() Device {
	d := h.device
	h.device, h.connected = nil, false
	clear(h.transfers)
	h.held = 0
	h.changed()
	return d
}

// changed wakes those who wait. mu is held.
func (h *Host) changed() {
	close(h.change)
	h.change = make(chan struct{})
}

// Errors of Plug.
var (
	ErrBusy    = errors.New("usbredir: there is a device in this port")
	ErrClosed  = errors.New("usbredir: the port is closed")
	ErrRefused = errors.New("usbredir: the guest does not want such a device")
)

// Plug plugs a device in. If the guest is not ready for it, it is told later.
func (h *Host) Plug(d Device) error {
	h.mu.Lock()
	switch {
	case h.closed:
		h.mu.Unlock()
		return ErrClosed
	case h.device != nil:
		h.mu.Unlock()
		return ErrBusy
	case h.filter != nil && !h.filter.Allows(d.Describe()):
		h.mu.Unlock()
		return ErrRefused
	}
	h.device = d
	h.mu.Unlock()
	h.connect()
	return nil
}

// connect tells the guest of the device, if there is one and it may.
func (h *Host) connect() {
	h.mu.Lock()
	d := h.device
	if d == nil || h.connected || h.leaving || !h.begun {
		h.mu.Unlock()
		return
	}
	if h.filter != nil && !h.filter.Allows(d.Describe()) {
		h.drop()
		h.mu.Unlock()
		h.refused(d)
		return
	}
	h.connected = true
	h.mu.Unlock()
	info := d.Describe()
	h.describe(info)
	h.send(packet{TypeDeviceConnect, 0, &deviceConnect{info.Speed, info.Class, info.SubClass, info.Protocol, info.Vendor, info.Product, info.Version}})
}

// describe tells the guest what the device has in its present configuration.
func (h *Host) describe(d Description) {
	var interfaces interfaceInfo
	for _, i := range d.Interfaces[:min(len(d.Interfaces), maxInterfaces)] {
		n := interfaces.count
		interfaces.number[n], interfaces.class[n] = i.Number, i.Class
		interfaces.subClass[n], interfaces.protocol[n] = i.SubClass, i.Protocol
		interfaces.count++
	}
	var endpoints endpointInfo
	for i := range endpoints.types {
		endpoints.types[i] = noEndpoint
	}
	for _, e := range append([]Endpoint{{MaxPacket: 64}, {Address: 0x80, MaxPacket: 64}}, d.Endpoints...) {
		i := place(e.Address)
		endpoints.types[i], endpoints.interval[i] = e.Type, e.Interval
		endpoints.iface[i], endpoints.maxPacket[i] = e.Interface, e.MaxPacket
	}
	h.send(packet{TypeInterfaceInfo, 0, &interfaces})
	h.send(packet{TypeEndpointInfo, 0, &endpoints})
}

// Unplug takes the device out and returns it, nil if there is none. Its
// transfers end.
func (h *Host) Unplug() Device {
	h.mu.Lock()
	told := h.connected
	d := h.drop()
	if told && h.caps&CapDisconnectAck != 0 {
		h.leaving = true
	}
	h.mu.Unlock()
	if d == nil {
		return nil
	}
	d.Reset()
	if told {
		h.send(packet{TypeDeviceDisconnect, 0, newEmpty()})
	}
	return d
}

// refused is called when the guest does not want a device.
func (h *Host) refused(d Device) {
	h.log.Info("the guest does not want a USB device")
	d.Reset()
	if h.o.Refused != nil {
		h.o.Refused(d)
	}
}

// Receive takes the next bytes of the stream. An error says that they cannot be
// understood.
func (h *Host) Receive(p []byte) error {
	if err := h.parser.feed(p, h.handle); err != nil {
		return fmt.Errorf("usbredir: %w", err)
	}
	return nil
}

// plugged returns the device if the guest knows of it.
func (h *Host) plugged() Device {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.connected {
		return nil
	}
	return h.device
}

func (h *Host) handle(m packet) error {
	switch b := m.body.(type) {
	case *hello:
		h.begin(b)
		return nil
	case *filterRules:
		return h.setFilter(b.text)
	}
	switch m.typ {
	case TypeDisconnectAck:
		h.mu.Lock()
		h.leaving = false
		h.mu.Unlock()
		h.connect()
		return nil
	case TypeFilterReject:
		h.mu.Lock()
		d := h.drop()
		h.mu.Unlock()
		if d != nil {
			h.refused(d)
		}
		return nil
	}
	d := h.plugged()
	if d == nil {
		return nil // the guest did not know yet
	}
	switch m.body.(type) {
	case *control, *bulk, *short:
		if p, ok := m.body.(*short); ok && m.typ == TypeIso {
			return h.sendIso(d, p)
		}
		return h.transfer(d, m)
	}
	return h.request(d, m)
}

// begin takes the guest's hello.
func (h *Host) begin(b *hello) {
	h.log.Debug("a USB port", "guest", b.version, "capabilities", uint32(b.caps))
	h.writing.Lock() // what is written from now on goes by what both can do
	h.mu.Lock()
	h.caps, h.begun = h.parser.caps, true
	h.mu.Unlock()
	h.writing.Unlock()
	h.connect()
}

func (h *Host) setFilter(text string) error {
	f, err := ParseFilter(text)
	if err != nil {
		return err
	}
	h.log.Debug("the guest's filter of USB devices", "rules", f.String())
	if f == nil {
		f = Filter{}
	}
	h.mu.Lock()
	h.filter = f
	h.mu.Unlock()
	return nil
}

// request does what is no transfer.
func (h *Host) request(d Device, m packet) error {
	f, ok := m.body.(*fields)
	if !ok {
		return fmt.Errorf("a packet of type %d does not come from a guest", m.typ)
	}
	b := *f
	answer := func(typ Type, values ...byte) { h.send(packet{typ, m.id, (*fields)(&values)}) }
	switch m.typ {
	case TypeReset:
		d.Reset()
	case TypeSetConfiguration:
		status := d.SetConfiguration(b[0])
		h.describe(d.Describe())
		answer(TypeConfigurationStatus, byte(status), d.Configuration())
	case TypeGetConfiguration:
		answer(TypeConfigurationStatus, byte(Success), d.Configuration())
	case TypeSetAlt:
		status := d.SetAlt(b[0], b[1])
		alt, _ := d.Alt(b[0])
		h.describe(d.Describe())
		answer(TypeAltStatus, byte(status), b[0], alt)
	case TypeGetAlt:
		alt, status := d.Alt(b[0])
		answer(TypeAltStatus, byte(status), b[0], alt)
	case TypeCancel:
		h.cancel(d, m.id)
	default:
		if !h.stream(d, m, b) {
			return h.refuse(m.typ, b, answer)
		}
	}
	return nil
}

// refuse answers requests for what devices of this side do not have.
func (h *Host) refuse(typ Type, b fields, answer func(Type, ...byte)) error {
	switch typ {
	case TypeStartIso, TypeStopIso:
		answer(TypeIsoStatus, byte(Invalid), b[0])
	case TypeStartInterruptReceiving, TypeStopInterruptReceiving:
		answer(TypeInterruptReceivingStatus, byte(Invalid), b[0])
	case TypeAllocBulkStreams:
		answer(TypeBulkStreamsStatus, append(b[:8:8], byte(Invalid))...)
	case TypeFreeBulkStreams:
		answer(TypeBulkStreamsStatus, append(append(b[:4:4], 0, 0, 0, 0), byte(Invalid))...)
	case TypeStartBulkReceiving:
		answer(TypeBulkReceivingStatus, append(b[:4:4], b[8], byte(Invalid))...)
	case TypeStopBulkReceiving:
		answer(TypeBulkReceivingStatus, append(b[:5:5], byte(Invalid))...)
	default:
		return fmt.Errorf("a packet of type %d does not come from a guest", typ)
	}
	return nil
}
