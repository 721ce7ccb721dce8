package usbredir

// A Receiver is a Device with endpoints of interrupts towards the host, which it
// reads by itself.
type Receiver interface {
	Device
	// StartReceiving begins to read an endpoint. got is told of each packet in
	// order, never by two goroutines at once; a status other than Success ends
	// it, and so do StopReceiving and Reset. got may block, and owns the data.
	StartReceiving(endpoint uint8, got func(status Status, data []byte)) Status
	StopReceiving(endpoint uint8) Status
}

// A Streamer is a Device with isochronous endpoints.
type Streamer interface {
	Device
	// StartIso begins to read an endpoint, or makes ready to write it, with so
	// many transfers (urbs) of so many packets under way. got is as that of
	// StartReceiving, but a packet that failed does not end it: that does a call
	// with no data and a status other than Success and last set.
	StartIso(endpoint, packets, urbs uint8, got func(status Status, data []byte, last bool)) Status
	StopIso(endpoint uint8) Status
	// SendIso writes one packet, which it owns, to an endpoint that was started.
	SendIso(endpoint uint8, data []byte)
}

// maxIsoPackets and maxIsoTransfers bound what a guest may ask to be under way.
const (
	maxIsoPackets   = 32
	maxIsoTransfers = 16
)

// stream does what begins and ends streams. It reports whether m was such.
func (h *Host) stream(d Device, m packet, b fields) bool {
	switch m.typ {
	case TypeStartInterruptReceiving, TypeStopInterruptReceiving:
		r, ok := d.(Receiver)
		if !ok {
			return false
		}
		if m.typ == TypeStopInterruptReceiving {
			h.answerStream(TypeInterruptReceivingStatus, m.id, r.StopReceiving(b[0]), b[0])
			return true
		}
		h.startReceiving(r, m.id, b[0])
	case TypeStartIso, TypeStopIso:
		s, ok := d.(Streamer)
		if !ok {
			return false
		}
		if m.typ == TypeStopIso {
			h.answerStream(TypeIsoStatus, m.id, s.StopIso(b[0]), b[0])
			return true
		}
		h.startIso(s, m.id, b)
	default:
		return false
	}
	return true
}

func (h *Host) answerStream(typ Type, id uint64, status Status, endpoint uint8) {
	h.send(packet{typ, id, &fields{byte(status), endpoint}})
}

// startReceiving begins a stream of interrupts. Nothing of it overtakes the
// answer.
func (h *Host) startReceiving(r Receiver, id uint64, endpoint uint8) {
	answered := make(chan struct{})
	var next uint64 // the packets of a stream count from 0
	status := r.StartReceiving(endpoint, func(status Status, data []byte) {
		<-answered
		if !h.has(r) {
			return
		}
		if status != Success {
			h.answerStream(TypeInterruptReceivingStatus, 0, status, endpoint)
			return
		}
		h.send(packet{TypeInterrupt, next, &short{endpoint, Success, uint16(len(data)), data}})
		next++
	})
	h.answerStream(TypeInterruptReceivingStatus, id, status, endpoint)
	close(answered)
}

// startIso begins an isochronous stream, likewise. b is the endpoint, packets of
// a transfer, and transfers.
func (h *Host) startIso(s Streamer, id uint64, b fields) {
	endpoint := b[0]
	if b[1] == 0 || b[1] > maxIsoPackets || b[2] == 0 || b[2] > maxIsoTransfers {
		h.answerStream(TypeIsoStatus, id, Invalid, endpoint)
		return
	}
	answered := make(chan struct{})
	var next uint64
	status := s.StartIso(endpoint, b[1], b[2], func(status Status, data []byte, last bool) {
		<-answered
		if !h.has(s) {
			return
		}
		if last {
			h.answerStream(TypeIsoStatus, 0, status, endpoint)
			return
		}
		h.send(packet{TypeIso, next, &short{endpoint, status, uint16(len(data)), data}})
		next++
	})
	h.answerStream(TypeIsoStatus, id, status, endpoint)
	close(answered)
}

// sendIso takes an isochronous packet of the guest, which nothing answers.
func (h *Host) sendIso(d Device, p *short) error {
	if p.endpoint&0x80 != 0 || len(p.data) != int(p.length) {
		return errLength
	}
	if s, ok := d.(Streamer); ok {
		s.SendIso(p.endpoint, p.data)
	}
	return nil
}

// has reports whether a device is the one that the guest knows.
func (h *Host) has(d Device) bool { return h.plugged() == d }
