package usbredir

import (
	"errors"
	"fmt"
)

var (
	errLength = errors.New("a transfer carries other data than it says")
	errTwice  = errors.New("two transfers have one number")
)

// transfer begins one that the guest asks for.
func (h *Host) transfer(d Device, m packet) error {
	t, end, err := h.prepare(m)
	if err != nil {
		return err
	}
	if t.Length > MaxTransfer {
		t.done = func(status Status, data []byte, n int) { h.send(end(status, data, n)) }
		t.Finish(Invalid, nil)
		return nil
	}
	t.done = func(status Status, data []byte, n int) { h.finish(m.id, t, end(status, data, n)) }
	if full, err := h.hold(m.id, t); err != nil || full {
		if full {
			h.send(end(IOError, nil, 0))
		}
		return err
	}
	d.Submit(t)
	return nil
}

// prepare makes a transfer of a packet. end makes the packet that ends it.
func (h *Host) prepare(m packet) (t *Transfer, end func(Status, []byte, int) packet, err error) {
	t = new(Transfer)
	in, length := false, 0
	switch p := m.body.(type) {
	case *control:
		t.Endpoint, t.Setup, t.Data = p.endpoint, Setup{p.requestType, p.request, p.value, p.index, p.length}, p.data
		in, length = t.Setup.In(), int(p.length)
		end = func(s Status, data []byte, n int) packet {
			return packet{m.typ, m.id, &control{p.endpoint, p.request, p.requestType, s, p.value, p.index, uint16(n), data}}
		}
	case *bulk:
		t.Endpoint, t.Data = p.endpoint, p.data
		in, length = p.endpoint&0x80 != 0, int(p.length)
		end = func(s Status, data []byte, n int) packet {
			return packet{m.typ, m.id, &bulk{p.endpoint, s, uint32(n), p.stream, data}}
		}
	case *short:
		t.Endpoint, t.Data = p.endpoint, p.data
		in, length = p.endpoint&0x80 != 0, int(p.length)
		end = func(s Status, data []byte, n int) packet {
			return packet{m.typ, m.id, &short{p.endpoint, s, uint16(n), data}}
		}
	}
	switch {
	case in:
		t.Length = length
		if len(t.Data) > 0 {
			err = errLength
		}
	case len(t.Data) != length:
		err = errLength
	}
	if err != nil {
		err = fmt.Errorf("%w: %d bytes, not %d", err, len(t.Data), length)
	}
	return t, end, err
}

// hold keeps a transfer until it ends, and waits while there is too much of
// them. It reports whether there are too many.
func (h *Host) hold(id uint64, t *Transfer) (full bool, err error) {
	for {
		h.mu.Lock()
		switch {
		case h.closed:
			h.mu.Unlock()
			return false, ErrClosed
		case h.transfers[id] != nil:
			h.mu.Unlock()
			return false, errTwice
		case len(h.transfers) >= maxTransfers:
			h.mu.Unlock()
			return true, nil
		case h.held == 0 || h.held+len(t.Data) <= maxHeld:
			h.transfers[id] = t
			h.held += len(t.Data)
			h.mu.Unlock()
			return false, nil
		}
		change := h.change
		h.mu.Unlock()
		<-change
	}
}

// finish lets go of a transfer and tells the guest, unless it has forgotten it.
func (h *Host) finish(id uint64, t *Transfer, end packet) {
	h.mu.Lock()
	known := h.transfers[id] == t
	if known {
		delete(h.transfers, id)
		h.held -= len(t.Data)
		h.changed()
	}
	h.mu.Unlock()
	if known {
		h.send(end)
	}
}

// cancel ends a transfer, if it has not ended.
func (h *Host) cancel(d Device, id uint64) {
	h.mu.Lock()
	t := h.transfers[id]
	h.mu.Unlock()
	if t != nil {
		d.Cancel(t)
	}
}
