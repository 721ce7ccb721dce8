package agent

import (
	"slices"
	"sync"
	"time"

	"saffron/spice/wire"
)

// An answer is one request of the guest that is being answered.
type answer struct {
	sel    Selection
	format Format
	timer  *time.Timer
	given  bool // guarded by Agent.mu
}

// requested takes a request of the guest. One at a time is answered for each
// selection, and a few may wait; more are nobody's need.
func (a *Agent) requested(m *request) {
	a.mu.Lock()
	if a.shares(m.Selection) != nil || len(a.held[m.Selection].asked) >= maxAsked {
		a.mu.Unlock()
		return
	}
	s := &a.held[m.Selection]
	s.asked = append(s.asked, m.Format)
	ans, ask := a.startAnswer(m.Selection)
	a.mu.Unlock()
	if ask {
		a.ask(ans)
	}
}

// startAnswer begins to answer the first of the guest's requests, unless one is
// being answered. It reports whether Local is to be asked. The caller holds mu.
func (a *Agent) startAnswer(sel Selection) (ans *answer, ask bool) {
	s := &a.held[sel]
	if s.answer != nil || len(s.asked) == 0 {
		return nil, false
	}
	ans = &answer{sel: sel, format: s.asked[0]}
	s.answer = ans
	ans.timer = time.AfterFunc(answerTimeout, func() { a.give(ans, nil, ErrTimeout) })
	if s.owner != client || !slices.Contains(s.formats, ans.format) {
		a.postAnswer(ans, nil)
		return ans, false
	}
	return ans, true
}

// ask asks Local for an answer. The caller holds calls.
func (a *Agent) ask(ans *answer) {
	a.o.Local.Wanted(ans.sel, ans.format, func(data []byte, err error) { a.give(ans, data, err) })
}

// give takes an answer. Any goroutine. What comes too late, or twice, has no
// effect.
func (a *Agent) give(ans *answer, data []byte, err error) {
	a.mu.Lock()
	limit, crlf := a.max, a.caps.Has(CapLineEndCRLF)
	a.mu.Unlock()
	if err == nil && int64(len(data)) > limit {
		err = &TooLargeError{int64(len(data)), limit}
	}
	if err == nil && ans.format == Text {
		if data = toGuest(data, crlf); int64(len(data)) > limit {
			err = &TooLargeError{int64(len(data)), limit}
		}
	}
	if err != nil {
		data = nil
		a.log.Info("the clipboard does not go to the guest", "selection", ans.sel.String(), "format", ans.format.String(), "err", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.held[ans.sel]
	if s.answer != ans || ans.given {
		return
	}
	if s.owner != client {
		data = nil
	}
	a.postAnswer(ans, data)
}

// postAnswer queues an answer, which is empty if there is nothing to give. The
// caller holds mu.
func (a *Agent) postAnswer(ans *answer, data []byte) {
	ans.timer.Stop()
	ans.given = true
	c := request{a.layoutLocked(), ans.sel, ans.format}
	if len(data) == 0 && a.caps.Has(CapLineEndCRLF) {
		// Windows agents wait for this; others look for whom it is by the format,
		// and without it leave the program that pastes waiting for ever.
		c.Format = None
	}
	m := &message{typ: msgClipboard, head: wire.Marshal(&c), data: data}
	var moved func(int)
	if w, ok := a.o.Local.(Watcher); ok && len(data) >= watchedSize {
		moved = watch(w, ans.sel, true, int64(len(data)))
	}
	m.moved = moved
	m.sent = func(err error) {
		if err == nil {
			a.nextAnswer(ans)
		} else if moved != nil {
			moved(-1)
		}
	}
	a.post(m)
}

// nextAnswer goes on with the guest's next request when an answer was sent.
func (a *Agent) nextAnswer(ans *answer) {
	go func() { // the goroutine that sends must not wait for the reader's calls
		a.calls.Lock()
		defer a.calls.Unlock()
		a.mu.Lock()
		s := &a.held[ans.sel]
		if s.answer != ans {
			a.mu.Unlock()
			return
		}
		s.answer = nil
		s.asked = s.asked[1:]
		next, ask := a.startAnswer(ans.sel)
		a.mu.Unlock()
		if ask {
			a.ask(next)
		}
	}()
}

const (
	// watchedSize is from which size on transfers are watched, in bytes.
	watchedSize = 1 << 20
	// watchStep is how often at most a Watcher is told.
	watchStep = 100 * time.Millisecond
)

// watch returns what tells w how far a transfer is, not too often, and nothing
// after its end. Any goroutine: who sends may be about to tell of a piece while
// the reader learns that the agent has gone.
func watch(w Watcher, sel Selection, toGuest bool, total int64) func(done int) {
	var (
		mu   sync.Mutex
		last time.Time // guarded by mu
		over bool      // guarded by mu
	)
	return func(done int) {
		mu.Lock()
		defer mu.Unlock()
		ends := int64(done) == total || done < 0
		if now := time.Now(); !over && (ends || now.Sub(last) >= watchStep) {
			last, over = now, ends
			w.Progress(sel, toGuest, int64(done), total)
		}
	}
}
