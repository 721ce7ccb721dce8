package usbredir

import (
	"bytes"

	"saffron/spice/wire"
)

// Caps are capabilities (usb_redir_cap_*), one bit each.
type Caps uint32

// The capabilities. What they add exists if both sides have announced them.
const (
	CapBulkStreams Caps = 1 << iota
	CapDeviceVersion
	CapFilter
	CapDisconnectAck
	CapMaxPacketSize
	Cap64BitIDs
	Cap32BitLength
	CapBulkReceiving
)

// A Type is that of a packet (usb_redir_*).
type Type uint32

// The types of packets.
const (
	TypeHello                    Type = 0
	TypeDeviceConnect            Type = 1
	TypeDeviceDisconnect         Type = 2
	TypeReset                    Type = 3
	TypeInterfaceInfo            Type = 4
	TypeEndpointInfo             Type = 5
	TypeSetConfiguration         Type = 6
	TypeGetConfiguration         Type = 7
	TypeConfigurationStatus      Type = 8
	TypeSetAlt                   Type = 9
	TypeGetAlt                   Type = 10
	TypeAltStatus                Type = 11
	TypeStartIso                 Type = 12
	TypeStopIso                  Type = 13
	TypeIsoStatus                Type = 14
	TypeStartInterruptReceiving  Type = 15
	TypeStopInterruptReceiving   Type = 16
	TypeInterruptReceivingStatus Type = 17
	TypeAllocBulkStreams         Type = 18
	TypeFreeBulkStreams          Type = 19
	TypeBulkStreamsStatus        Type = 20
	TypeCancel                   Type = 21
	TypeFilterReject             Type = 22
	TypeFilter                   Type = 23
	TypeDisconnectAck            Type = 24
	TypeStartBulkReceiving       Type = 25
	TypeStopBulkReceiving        Type = 26
	TypeBulkReceivingStatus      Type = 27
	TypeControl                  Type = 100
	TypeBulk                     Type = 101
	TypeIso                      Type = 102
	TypeInterrupt                Type = 103
	TypeBufferedBulk             Type = 104
)

// A body is what follows the header of a packet. Fields depend on what both
// sides can do.
type body interface {
	encode(w *wire.Writer, c Caps)
	decode(r *wire.Reader, c Caps)
}

// bodies make the body of each type that is known here, in either direction.
var bodies = map[Type]func() body{
	TypeHello:                    func() body { return new(hello) },
	TypeDeviceConnect:            func() body { return new(deviceConnect) },
	TypeDeviceDisconnect:         newEmpty,
	TypeReset:                    newEmpty,
	TypeInterfaceInfo:            func() body { return new(interfaceInfo) },
	TypeEndpointInfo:             func() body { return new(endpointInfo) },
	TypeSetConfiguration:         newFields(1),
	TypeGetConfiguration:         newEmpty,
	TypeConfigurationStatus:      newFields(2),
	TypeSetAlt:                   newFields(2),
	TypeGetAlt:                   newFields(1),
	TypeAltStatus:                newFields(3),
	TypeStartIso:                 newFields(3),
	TypeStopIso:                  newFields(1),
	TypeIsoStatus:                newFields(2),
	TypeStartInterruptReceiving:  newFields(1),
	TypeStopInterruptReceiving:   newFields(1),
	TypeInterruptReceivingStatus: newFields(2),
	TypeAllocBulkStreams:         newFields(8),
	TypeFreeBulkStreams:          newFields(4),
	TypeBulkStreamsStatus:        newFields(9),
	TypeCancel:                   newEmpty,
	TypeFilterReject:             newEmpty,
	TypeFilter:                   func() body { return new(filterRules) },
	TypeDisconnectAck:            newEmpty,
	TypeStartBulkReceiving:       newFields(10),
	TypeStopBulkReceiving:        newFields(5),
	TypeBulkReceivingStatus:      newFields(6),
	TypeControl:                  func() body { return new(control) },
	TypeBulk:                     func() body { return new(bulk) },
	TypeIso:                      func() body { return new(short) },
	TypeInterrupt:                func() body { return new(short) },
}

// fields is a body of so many bytes, each a field or a part of one.
type fields []byte

func newFields(n int) func() body {
	return func() body {
		f := make(fields, n)
		return &f
	}
}

func newEmpty() body { return new(fields) }

func (f *fields) encode(w *wire.Writer, _ Caps) { w.Bytes(*f) }
func (f *fields) decode(r *wire.Reader, _ Caps) { copy(*f, r.Bytes(len(*f))) }

// hello comes first from both sides.
type hello struct {
	version string // at most 63 bytes
	caps    Caps
}

const versionSize = 64

func (h *hello) encode(w *wire.Writer, _ Caps) {
	var text [versionSize]byte
	copy(text[:versionSize-1], h.version)
	w.Bytes(text[:])
	w.U32(uint32(h.caps))
}

func (h *hello) decode(r *wire.Reader, _ Caps) {
	text, _, _ := bytes.Cut(r.Bytes(versionSize), []byte{0})
	h.version = string(text)
	if r.Remaining() >= 4 { // very old ones have no capabilities
		h.caps = Caps(r.U32())
	}
	r.Rest() // capabilities that nobody has
}

type deviceConnect struct {
	speed                     Speed
	class, subClass, protocol uint8
	vendor, product, version  uint16
}

func (d *deviceConnect) encode(w *wire.Writer, c Caps) {
	w.U8(uint8(d.speed))
	w.U8(d.class)
	w.U8(d.subClass)
	w.U8(d.protocol)
	w.U16(d.vendor)
	w.U16(d.product)
	if c&CapDeviceVersion != 0 {
		w.U16(d.version)
	}
}

func (d *deviceConnect) decode(r *wire.Reader, c Caps) {
	d.speed, d.class, d.subClass, d.protocol = Speed(r.U8()), r.U8(), r.U8(), r.U8()
	d.vendor, d.product = r.U16(), r.U16()
	if c&CapDeviceVersion != 0 {
		d.version = r.U16()
	}
}

const maxInterfaces = 32

type interfaceInfo struct {
	count                             uint32
	number, class, subClass, protocol [maxInterfaces]uint8
}

func (i *interfaceInfo) encode(w *wire.Writer, _ Caps) {
	w.U32(i.count)
	for _, list := range []*[maxInterfaces]uint8{&i.number, &i.class, &i.subClass, &i.protocol} {
		w.Bytes(list[:])
	}
}

func (i *interfaceInfo) decode(r *wire.Reader, _ Caps) {
	i.count = r.U32()
	for _, list := range []*[maxInterfaces]uint8{&i.number, &i.class, &i.subClass, &i.protocol} {
		copy(list[:], r.Bytes(maxInterfaces))
	}
}

const maxEndpoints = 32

// endpointInfo has a place for each endpoint, those towards the host behind the
// others.
type endpointInfo struct {
	types           [maxEndpoints]EndpointType
	interval, iface [maxEndpoints]uint8
	maxPacket       [maxEndpoints]uint16 // with CapMaxPacketSize
	maxStreams      [maxEndpoints]uint32 // with CapBulkStreams
}

// place returns where an endpoint has its place.
func place(address uint8) int { return int(address&0x80>>3 | address&0x0f) }

func (e *endpointInfo) encode(w *wire.Writer, c Caps) {
	for _, t := range e.types {
		w.U8(uint8(t))
	}
	w.Bytes(e.interval[:])
	w.Bytes(e.iface[:])
	if c&CapMaxPacketSize != 0 {
		for _, n := range e.maxPacket {
			w.U16(n)
		}
	}
	if c&CapBulkStreams != 0 {
		for _, n := range e.maxStreams {
			w.U32(n)
		}
	}
}

func (e *endpointInfo) decode(r *wire.Reader, c Caps) {
	for i := range e.types {
		e.types[i] = EndpointType(r.U8())
	}
	copy(e.interval[:], r.Bytes(maxEndpoints))
	copy(e.iface[:], r.Bytes(maxEndpoints))
	if c&CapMaxPacketSize != 0 {
		for i := range e.maxPacket {
			e.maxPacket[i] = r.U16()
		}
	}
	if c&CapBulkStreams != 0 {
		for i := range e.maxStreams {
			e.maxStreams[i] = r.U32()
		}
	}
}

// maxFilter bounds a filter, in bytes: some thousand rules.
const maxFilter = 64 << 10

// filterRules is a filter as text.
type filterRules struct{ text string }

func (f *filterRules) encode(w *wire.Writer, _ Caps) {
	w.Bytes([]byte(f.text))
	w.U8(0)
}

func (f *filterRules) decode(r *wire.Reader, _ Caps) {
	if r.Remaining() > maxFilter {
		r.Fail(errTooLarge)
		return
	}
	text, _, _ := bytes.Cut(r.Rest(), []byte{0})
	f.text = string(text)
}

// control is a control transfer, asked for or ended.
type control struct {
	endpoint, request, requestType uint8
	status                         Status
	value, index, length           uint16
	data                           []byte // aliases the packet
}

func (p *control) encode(w *wire.Writer, _ Caps) {
	w.U8(p.endpoint)
	w.U8(p.request)
	w.U8(p.requestType)
	w.U8(uint8(p.status))
	w.U16(p.value)
	w.U16(p.index)
	w.U16(p.length)
	w.Bytes(p.data)
}

func (p *control) decode(r *wire.Reader, _ Caps) {
	p.endpoint, p.request, p.requestType, p.status = r.U8(), r.U8(), r.U8(), Status(r.U8())
	p.value, p.index, p.length = r.U16(), r.U16(), r.U16()
	p.data = r.Rest()
}

// bulk is a bulk transfer.
type bulk struct {
	endpoint uint8
	status   Status
	length   uint32 // 16 bits without Cap32BitLength
	stream   uint32
	data     []byte // aliases the packet
}

func (p *bulk) encode(w *wire.Writer, c Caps) {
	w.U8(p.endpoint)
	w.U8(uint8(p.status))
	w.U16(uint16(p.length))
	w.U32(p.stream)
	if c&Cap32BitLength != 0 {
		w.U16(uint16(p.length >> 16))
	}
	w.Bytes(p.data)
}

func (p *bulk) decode(r *wire.Reader, c Caps) {
	p.endpoint, p.status = r.U8(), Status(r.U8())
	p.length, p.stream = uint32(r.U16()), r.U32()
	if c&Cap32BitLength != 0 {
		p.length |= uint32(r.U16()) << 16
	}
	p.data = r.Rest()
}

// short is an isochronous or interrupt transfer.
type short struct {
	endpoint uint8
	status   Status
	length   uint16
	data     []byte // aliases the packet
}

func (p *short) encode(w *wire.Writer, _ Caps) {
	w.U8(p.endpoint)
	w.U8(uint8(p.status))
	w.U16(p.length)
	w.Bytes(p.data)
}

func (p *short) decode(r *wire.Reader, _ Caps) {
	p.endpoint, p.status, p.length = r.U8(), Status(r.U8()), r.U16()
	p.data = r.Rest()
}
