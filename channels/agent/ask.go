package agent

import (
	"context"
	"slices"
	"time"
)

// requestTimeout bounds the wait for an answer, and for more of it.
const requestTimeout = 15 * time.Second

// A waiting is a request of this side that waits for its answer. It is guarded
// by Agent.mu.
type waiting struct {
	sel    Selection
	format Format
	result chan result // capacity 1
	timer  *time.Timer
	moved  func(done int) // see watch; nil before there is anything to tell
}

type result struct {
	data []byte
	err  error
}

// Request asks the guest for what it holds, and returns it: text with the line
// ends of this system and without NUL behind it, everything else as it came. One
// request at a time is under way for each selection, others wait. The error is
// ctx's, ErrNotHeld, ErrNoData, ErrTimeout, a *TooLargeError, or why there is no
// agent to ask.
func (a *Agent) Request(ctx context.Context, sel Selection, f Format) ([]byte, error) {
	if sel >= selections {
		return nil, ErrNoSelection
	}
	s := &a.held[sel]
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	w, err := a.begin(sel, f)
	if err != nil {
		return nil, err
	}
	var r result
	select {
	case r = <-w.result:
	case <-ctx.Done():
		r.err = context.Cause(ctx)
	}
	a.end(w)
	if r.err != nil {
		return nil, r.err
	}
	if f == Text {
		r.data = fromGuest(r.data, a.Has(CapLineEndCRLF))
	}
	return r.data, nil
}

// begin sends a request.
func (a *Agent) begin(sel Selection, f Format) (*waiting, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.usable(); err != nil {
		return nil, err
	}
	if err := a.shares(sel); err != nil {
		return nil, err
	}
	s := &a.held[sel]
	if s.owner != guest || !slices.Contains(s.formats, f) {
		return nil, ErrNotHeld
	}
	w := &waiting{sel: sel, format: f, result: make(chan result, 1)}
	w.timer = time.AfterFunc(requestTimeout, func() { a.expire(w) })
	s.waiting = w
	a.postBody(msgRequest, &request{a.layoutLocked(), sel, f})
	return w, nil
}

// end forgets a request.
func (a *Agent) end(w *waiting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w.timer.Stop()
	if s := &a.held[w.sel]; s.waiting == w {
		s.waiting = nil
	}
}

func (a *Agent) expire(w *waiting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := &a.held[w.sel]; s.waiting == w {
		s.fail(ErrTimeout)
	}
}

// fail ends the request that waits. The caller holds mu.
func (s *selection) fail(err error) { s.resolve(result{err: err}) }

// resolve answers the request that waits. The caller holds mu.
func (s *selection) resolve(r result) {
	if s.waiting != nil {
		s.waiting.timer.Stop()
		s.waiting.result <- r
		s.waiting = nil
	}
}

// takeContent reports whether content of a clipboard is to be received, of size
// bytes with its head: if somebody waits for it, and it is not too large.
func (a *Agent) takeContent(size uint32) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if int64(size) <= a.max+maxHead {
		return slices.ContainsFunc(a.held[:], func(s selection) bool { return s.waiting != nil })
	}
	// What selection it is of is not known yet: it is the one that was asked for.
	for i := range a.held {
		a.held[i].fail(&TooLargeError{int64(size) - maxHead, a.max})
	}
	return false
}

// contentProgress notes that content comes.
func (a *Agent) contentProgress(body []byte, size uint32) {
	a.mu.Lock()
	l := a.layoutLocked()
	sel := Clipboard
	if l.selection && len(body) > 0 {
		sel = Selection(body[0])
	}
	if sel >= selections || a.held[sel].waiting == nil {
		a.mu.Unlock()
		return
	}
	w := a.held[sel].waiting
	w.timer.Reset(requestTimeout)
	watcher, ok := a.o.Local.(Watcher)
	if ok && w.moved == nil && size >= watchedSize {
		w.moved = watch(watcher, sel, false, int64(size))
	}
	moved := w.moved
	a.mu.Unlock()
	if moved != nil {
		moved(len(body))
	}
}

// answered takes content. Nobody may wait for it any more, or for another
// format.
func (a *Agent) answered(m *content) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if m.Selection >= selections {
		return
	}
	s := &a.held[m.Selection]
	switch {
	case s.waiting == nil || m.Format != None && m.Format != s.waiting.format:
	case m.Format == None || len(m.Data) == 0:
		s.fail(ErrNoData)
	case int64(len(m.Data)) > a.max:
		s.fail(&TooLargeError{int64(len(m.Data)), a.max})
	default:
		s.resolve(result{data: m.Data})
	}
}
