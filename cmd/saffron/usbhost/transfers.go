package usbhost

import (
	"encoding/binary"

	"saffron/channels/usbredir"
)

const setupSize = 8 // bytes before the data of a control transfer

// Requests that are not for the device alone.
const (
	requestClearFeature     = 1
	requestSetAddress       = 5
	requestSetConfiguration = 9
	requestSetInterface     = 11

	toDevice    = 0x00 // request types: standard, without data for the host
	toInterface = 0x01
	toEndpoint  = 0x02
)

// endpoint returns an endpoint of the present configuration. mu is held.
func (d *Device) endpoint(address uint8) (usbredir.Endpoint, bool) {
	for _, e := range d.info.Endpoints {
		if e.Address == address {
			return e, true
		}
	}
	return usbredir.Endpoint{}, false
}

// Submit implements usbredir.Device.
func (d *Device) Submit(t *usbredir.Transfer) {
	if t.Endpoint&0x0f == 0 && d.special(t) {
		return
	}
	d.mu.Lock()
	status := d.begins(t)
	d.mu.Unlock()
	if status != usbredir.Success {
		end(t, status, nil, 0)
	}
}

// begins begins a transfer. mu is held.
func (d *Device) begins(t *usbredir.Transfer) usbredir.Status {
	if d.closed || d.gone {
		return usbredir.IOError
	}
	f, status := d.flightOf(t)
	if f == nil {
		return status
	}
	d.asked[t] = f
	d.held += len(f.buf)
	if c := f.start(); c < 0 {
		d.drop(f)
		if c == codeNoDevice {
			go d.lost()
		}
		return usbredir.IOError
	}
	return usbredir.Success
}

// flightOf makes the library's transfer of a guest's, nil with the status that
// says why there is none. mu is held.
func (d *Device) flightOf(t *usbredir.Transfer) (*flight, usbredir.Status) {
	kind, buf := uint8(kindControl), []byte(nil)
	size := max(t.Length, len(t.Data))
	if d.held+size+setupSize > maxHeld {
		return nil, usbredir.IOError
	}
	if t.Endpoint&0x0f == 0 {
		s := t.Setup
		buf = make([]byte, setupSize+size)
		buf[0], buf[1] = s.RequestType, s.Request
		binary.LittleEndian.PutUint16(buf[2:], s.Value)
		binary.LittleEndian.PutUint16(buf[4:], s.Index)
		binary.LittleEndian.PutUint16(buf[6:], uint16(size))
		copy(buf[setupSize:], t.Data)
	} else {
		e, ok := d.endpoint(t.Endpoint)
		if !ok || e.Type != usbredir.BulkEndpoint && e.Type != usbredir.InterruptEndpoint || d.streams[t.Endpoint] != nil {
			return nil, usbredir.Invalid
		}
		kind, buf = uint8(e.Type), t.Data
		if t.Endpoint&0x80 != 0 {
			buf = make([]byte, t.Length)
		}
	}
	f := d.newFlight(t.Endpoint, kind, buf, 0)
	if f == nil {
		return nil, usbredir.IOError
	}
	if kind == kindControl {
		f.raw.timeout = controlTimeout
	}
	f.asked = t
	return f, usbredir.Success
}

// special does control transfers that the system has to know of. It reports
// whether t is one of them.
func (d *Device) special(t *usbredir.Transfer) bool {
	s := t.Setup
	switch {
	case s.RequestType == toEndpoint && s.Request == requestClearFeature && s.Value == 0:
		go func() { // it waits for the device
			d.shaping.Lock()
			status := usbredir.IOError
			if _, usable := d.state(); usable {
				status = d.check(d.bus.lib.clearHalt(d.handle, uint8(s.Index)))
			}
			d.shaping.Unlock()
			t.Took(status, 0)
		}()
	case s.RequestType == toDevice && (s.Request == requestSetAddress || s.Request == requestSetConfiguration),
		s.RequestType == toInterface && s.Request == requestSetInterface:
		t.Took(usbredir.Stall, 0) // the protocol has packets for these
	default:
		return false
	}
	return true
}

// drop forgets a transfer that the library does not have. mu is held.
func (d *Device) drop(f *flight) {
	delete(d.asked, f.asked)
	d.held -= len(f.buf)
	f.free()
}

// Cancel implements usbredir.Device.
func (d *Device) Cancel(t *usbredir.Transfer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.asked[t]; f != nil && f.flying {
		_ = d.bus.lib.cancel(f.raw) // it ends as cancelled, or has ended
	}
}

// work takes what has ended, until the device is closed. It may wait for the
// guest.
func (d *Device) work() {
	defer close(d.done)
	for {
		for _, f := range d.landed.take() {
			if f.stream != nil {
				f.stream.land(f)
			} else {
				d.finish(f)
			}
		}
		select {
		case <-d.landed.more:
		case <-d.quit:
			for _, f := range d.landed.take() { // all that there was, see Close
				if f.stream != nil {
					f.free()
				} else {
					d.finish(f)
				}
			}
			return
		}
	}
}

// finish ends a transfer that the guest asked for.
func (d *Device) finish(f *flight) {
	t, status := f.asked, d.statusOf(f.raw.status)
	n := max(0, min(int(f.raw.actual), len(f.buf)))
	data := f.buf
	if t.Endpoint&0x0f == 0 {
		data = f.buf[setupSize:]
	}
	d.mu.Lock()
	d.drop(f)
	d.mu.Unlock()
	end(t, status, data, n)
}

// end ends a transfer, with n bytes of data for the guest, or taken.
func end(t *usbredir.Transfer, status usbredir.Status, data []byte, n int) {
	if t.Length > 0 {
		t.Finish(status, data[:min(n, t.Length, len(data))])
		return
	}
	t.Took(status, min(n, len(t.Data)))
}

// statusOf returns what a status of the library is to the guest.
func (d *Device) statusOf(status int32) usbredir.Status {
	switch status {
	case transferCompleted:
		return usbredir.Success
	case transferTimedOut:
		return usbredir.Timeout
	case transferCancelled:
		return usbredir.Cancelled
	case transferStall:
		return usbredir.Stall
	case transferOverflow:
		return usbredir.Babble
	case transferNoDevice:
		d.lost()
	}
	return usbredir.IOError
}
