package usbhost

import (
	"slices"

	"saffron/channels/usbredir"
)

// A stream is an endpoint that is read, or written, all the time.
type stream struct {
	device   *Device
	endpoint usbredir.Endpoint
	packets  int // of a transfer; 0: it is no isochronous one
	got      func(status usbredir.Status, data []byte, last bool)

	flights []*flight // guarded by the device's mu; all of it
	idle    []*flight // guarded by the device's mu; those to be written with
	queued  [][]byte  // guarded by the device's mu; packets to be written
	running bool      // guarded by the device's mu; writing has begun
	ended   bool      // guarded by the device's mu
}

// interruptTransfers are how many wait for interrupts at an endpoint.
const interruptTransfers = 4

// StartReceiving implements usbredir.Receiver.
func (d *Device) StartReceiving(address uint8, got func(status usbredir.Status, data []byte)) usbredir.Status {
	return d.startStream(address, usbredir.InterruptEndpoint, 0, interruptTransfers, func(status usbredir.Status, data []byte, _ bool) {
		got(status, data)
	})
}

// StopReceiving implements usbredir.Receiver.
func (d *Device) StopReceiving(address uint8) usbredir.Status { return d.stopStream(address) }

// StartIso implements usbredir.Streamer.
func (d *Device) StartIso(address, packets, urbs uint8, got func(status usbredir.Status, data []byte, last bool)) usbredir.Status {
	return d.startStream(address, usbredir.IsoEndpoint, int(packets), int(urbs), got)
}

// StopIso implements usbredir.Streamer.
func (d *Device) StopIso(address uint8) usbredir.Status { return d.stopStream(address) }

// startStream begins a stream of so many transfers.
func (d *Device) startStream(address uint8, kind usbredir.EndpointType, packets, transfers int, got func(usbredir.Status, []byte, bool)) usbredir.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, ok := d.endpoint(address)
	in := address&0x80 != 0
	switch {
	case d.closed || d.gone:
		return usbredir.IOError
	case !ok || e.Type != kind || e.MaxPacket == 0 || kind == usbredir.InterruptEndpoint && !in || d.streams[address] != nil:
		return usbredir.Invalid
	}
	s := &stream{device: d, endpoint: e, packets: packets, got: got}
	for range transfers {
		f := d.newFlight(address, uint8(kind), make([]byte, int(e.MaxPacket)*max(packets, 1)), packets)
		if f == nil {
			break
		}
		f.stream = s
		s.flights = append(s.flights, f)
	}
	if !in {
		s.idle = slices.Clone(s.flights)
	} else if !s.read() {
		s.ended = true
		s.cancel()
		return usbredir.IOError
	}
	d.streams[address] = s
	return usbredir.Success
}

// read begins to read with all transfers. It reports whether that goes. The
// device's mu is held.
func (s *stream) read() bool {
	for _, f := range s.flights {
		if s.fill(f) < 0 {
			return false
		}
	}
	return len(s.flights) > 0
}

// fill starts a transfer that reads. The device's mu is held.
func (s *stream) fill(f *flight) code {
	for i := range f.isoPackets() {
		f.isoPackets()[i].length = uint32(s.endpoint.MaxPacket)
	}
	return f.start()
}

// cancel ends the transfers of a stream that has ended; those that the library
// has are freed when they land. The device's mu is held.
func (s *stream) cancel() {
	for _, f := range s.flights {
		switch {
		case f.flying:
			_ = s.device.bus.lib.cancel(f.raw) // it may have ended
		case !f.busy:
			f.free()
		}
	}
	s.flights, s.idle, s.queued = nil, nil, nil
}

// stopStream ends a stream, if there is one.
func (d *Device) stopStream(address uint8) usbredir.Status {
	d.endStreams([]uint8{address})
	return usbredir.Success
}

// endStreams ends the streams of endpoints.
func (d *Device) endStreams(endpoints []uint8) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range endpoints {
		if s := d.streams[e]; s != nil {
			s.ended = true
			s.cancel()
			delete(d.streams, e)
		}
	}
}

// land takes a transfer of a stream that has ended, and starts it again. It is
// called by the device's goroutine.
func (s *stream) land(f *flight) {
	d := s.device
	d.mu.Lock()
	f.flying, f.busy = false, true
	ended := s.ended
	if ended {
		f.free()
	}
	d.mu.Unlock()
	if ended {
		return
	}
	status := d.statusOf(f.raw.status)
	if s.packets == 0 && status != usbredir.Success || status == usbredir.Cancelled || f.raw.status == transferNoDevice {
		s.fail(status)
		f.free()
		return
	}
	if s.endpoint.Address&0x80 == 0 {
		s.written(f)
		return
	}
	s.deliver(f)
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.ended {
		f.free() // cancel did not, while it was here
		return
	}
	if s.fill(f) < 0 {
		go s.fail(usbredir.IOError)
	}
}

// deliver tells the guest what has been read. Nobody else has the transfer.
func (s *stream) deliver(f *flight) {
	if s.packets == 0 {
		n := max(0, min(int(f.raw.actual), len(f.buf)))
		s.got(usbredir.Success, slices.Clone(f.buf[:n]), false)
		return
	}
	size := int(s.endpoint.MaxPacket)
	for i, p := range f.isoPackets() {
		n := min(int(p.actual), size)
		s.got(s.device.statusOf(p.status), slices.Clone(f.buf[i*size:][:n]), false)
	}
}

// fail ends a stream and says so.
func (s *stream) fail(status usbredir.Status) {
	d := s.device
	d.mu.Lock()
	if s.ended {
		d.mu.Unlock()
		return
	}
	s.ended = true
	s.cancel()
	delete(d.streams, s.endpoint.Address)
	d.mu.Unlock()
	if status == usbredir.Stall {
		d.shaping.Lock()
		if _, usable := d.state(); usable {
			d.check(d.bus.lib.clearHalt(d.handle, s.endpoint.Address))
		}
		d.shaping.Unlock()
	}
	s.got(status, nil, true)
}

// SendIso implements usbredir.Streamer. What is too much is lost, as it would be
// on the wire.
func (d *Device) SendIso(address uint8, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.streams[address]
	if s == nil || s.packets == 0 || len(data) > int(s.endpoint.MaxPacket) || len(s.queued) >= s.packets*len(s.flights) {
		return
	}
	s.queued = append(s.queued, data)
	// Half of what it may have is kept in hand, so that it does not run dry.
	if !s.running && len(s.queued) < (s.packets*len(s.flights)+1)/2 {
		return
	}
	s.running = true
	s.write()
}

// write starts transfers with what there is. The device's mu is held.
func (s *stream) write() {
	for len(s.idle) > 0 && len(s.queued) >= s.packets {
		f := s.idle[0]
		s.idle = s.idle[1:]
		n := 0
		packets := f.isoPackets()
		for i, data := range s.queued[:s.packets] {
			n += copy(f.buf[n:], data)
			packets[i].length = uint32(len(data))
		}
		s.queued = slices.Delete(s.queued, 0, s.packets)
		f.raw.length = int32(n)
		if f.start() < 0 {
			s.idle = append(s.idle, f)
			go s.fail(usbredir.IOError)
			return
		}
	}
}

// written takes a transfer that has been written.
func (s *stream) written(f *flight) {
	s.device.mu.Lock()
	defer s.device.mu.Unlock()
	if s.ended {
		f.free()
		return
	}
	f.busy = false
	s.idle = append(s.idle, f)
	if len(s.idle) == len(s.flights) {
		s.running = false // it has run dry
	}
	s.write()
}
