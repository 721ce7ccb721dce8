package agent

import (
	"errors"
	"slices"

	"saffron/spice/wire"
)

// A Monitor is one of the guest's, in pixels of the device. The list of them
// goes by the guest's numbers.
type Monitor struct {
	X, Y, Width, Height int
	Enabled             bool
}

func (m *Monitor) overlaps(o *Monitor) bool {
	return m.X < o.X+o.Width && o.X < m.X+m.Width && m.Y < o.Y+o.Height && o.Y < m.Y+m.Height
}

const (
	// maxMonitors is what fits into one piece, and more than guests have.
	maxMonitors = 64
	// maxSide bounds a side and a coordinate.
	maxSide = 1 << 15
)

// Errors of SetMonitors.
var (
	errMonitors = errors.New("agent: too many monitors")
	errMonitor  = errors.New("agent: a monitor of impossible size")
)

// monitorState is the arrangement that the guest is to have. It is guarded by
// Agent.mu.
type monitorState struct {
	wanted []Monitor // nil: the guest's own affair
	sent   []byte    // what was sent last
	due    bool      // it may have to be sent
}

func (s *monitorState) drop() { s.due = false }

func (s *monitorState) greet() { s.due, s.sent = s.wanted != nil, nil }

// SetMonitors asks the guest to arrange its monitors so. It is remembered for
// agents that come later. Without an agent it is sent, too: the server may have
// the guest's graphics driver do it. Nothing is sent twice. Whether the guest
// does it, and how exactly, its displays tell.
//
// An empty list forgets what was wanted and sent: agents that come are asked for
// nothing, and the next list is sent whatever it is.
//
// Sizes are made even and positions moved so that the leftmost and topmost are
// at 0; if monitors overlap they are put in a row.
func (a *Agent) SetMonitors(monitors []Monitor) error {
	if len(monitors) > maxMonitors {
		return errMonitors
	}
	arranged, err := arrange(monitors)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	if len(arranged) == 0 {
		a.monitor = monitorState{}
		return nil
	}
	a.monitor.wanted = arranged
	a.monitor.due = true
	a.notify()
	if a.ready && !a.caps.Has(CapMonitorsConfig) {
		return ErrNotAgent
	}
	return nil
}

// arrange returns monitors as they are sent; those that are off have no size.
func arrange(monitors []Monitor) ([]Monitor, error) {
	all := make([]Monitor, len(monitors))
	var on []*Monitor
	for i, m := range monitors {
		if !m.Enabled {
			continue
		}
		if m.Width < 2 || m.Height < 2 || m.Width > maxSide || m.Height > maxSide ||
			max(m.X, -m.X) > maxSide || max(m.Y, -m.Y) > maxSide {
			return nil, errMonitor
		}
		m.Width &^= 1
		m.Height &^= 1
		all[i] = m
		on = append(on, &all[i])
	}
	if overlap(on) {
		inARow(on)
	}
	toOrigin(on)
	return all, nil
}

func overlap(monitors []*Monitor) bool {
	for i, m := range monitors {
		if slices.ContainsFunc(monitors[:i], m.overlaps) {
			return true
		}
	}
	return false
}

func inARow(monitors []*Monitor) {
	x := 0
	for _, m := range monitors {
		m.X, m.Y = x, 0
		x += m.Width
	}
}

func toOrigin(monitors []*Monitor) {
	if len(monitors) == 0 {
		return
	}
	left, top := monitors[0].X, monitors[0].Y
	for _, m := range monitors {
		left, top = min(left, m.X), min(top, m.Y)
	}
	for _, m := range monitors {
		m.X, m.Y = m.X-left, m.Y-top
	}
}

// nextMonitors returns the arrangement if the agent does not know it. The caller
// holds mu.
func (a *Agent) nextMonitors() *message {
	if !a.monitor.due || !a.caps.Has(CapMonitorsConfig) {
		return nil
	}
	body, changed := a.monitor.take(a.caps.Has(CapSparseMonitors))
	if !changed {
		return nil
	}
	return &message{typ: msgMonitorsConfig, head: body}
}

// nextWithout sends the arrangement to a server that has no agent, which costs no
// token. The caller holds mu.
func (a *Agent) nextWithout(b []byte) func() error {
	if !a.monitor.due {
		return nil
	}
	body, changed := a.monitor.take(true)
	if !changed {
		return nil
	}
	b = append(appendHeader(b, msgMonitorsConfig, uint32(len(body))), body...)
	return func() error { return a.o.Out.SendAgentData(b) }
}

// take returns the arrangement, and false if it was sent last.
func (s *monitorState) take(sparse bool) (body []byte, changed bool) {
	s.due = false
	body = wire.Marshal(&monitorsConfig{s.wanted, sparse})
	if slices.Equal(body, s.sent) {
		return nil, false
	}
	s.sent = body
	return body, true
}

// monitorsConfig asks for an arrangement (VD_AGENT_MONITORS_CONFIG). Sizes in
// millimetres stay out: agents drop the whole message for them.
type monitorsConfig struct {
	Monitors []Monitor
	Sparse   bool // those that are off have a place, all zero
}

const (
	usePositions = 1
	depth        = 32
)

// Encode implements wire.Encoder.
func (m *monitorsConfig) Encode(w *wire.Writer) {
	list := m.Monitors
	if !m.Sparse {
		list = nil
		for _, one := range m.Monitors {
			if one.Enabled {
				list = append(list, one)
			}
		}
	}
	w.U32(uint32(len(list)))
	w.U32(usePositions)
	for _, one := range list {
		bits := uint32(depth)
		if !one.Enabled {
			bits = 0
		}
		w.U32(uint32(one.Height)) // before the width
		w.U32(uint32(one.Width))
		w.U32(bits)
		w.I32(int32(one.X))
		w.I32(int32(one.Y))
	}
}

// Decode implements wire.Message.
func (m *monitorsConfig) Decode(r *wire.Reader) {
	n := r.U32()
	r.U32()
	m.Sparse = true
	m.Monitors = make([]Monitor, r.Count(n, 20))
	for i := range m.Monitors {
		one := &m.Monitors[i]
		one.Height, one.Width = int(r.U32()), int(r.U32())
		r.U32()
		one.X, one.Y = int(r.I32()), int(r.I32())
		one.Enabled = one.Width > 0 && one.Height > 0
	}
}
