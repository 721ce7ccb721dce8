package agent

import (
	"slices"
	"time"

	"saffron/spice/wire"
)

// An outbox is what is to be sent. It is guarded by Agent.mu.
type outbox struct {
	tokens uint64 // pieces that may be sent

	startDue     bool // the stream is to be opened
	announceDue  bool
	announceAsks bool   // and asks the agent for its capabilities
	grantDue     uint32 // pieces that the server is to be granted

	current *message   // begun, and not whole yet
	queue   []*message // in order
	starved *time.Timer
}

// A message goes to the agent in pieces. Its body is head and data.
type message struct {
	typ  uint32
	head []byte
	data []byte
	off  int // bytes sent, header included

	// sent is told once that all was handed to the connection, or why it was
	// not. Any goroutine, without locks. Nil: nobody.
	sent func(error)
	// moved is told how much of data has been sent, likewise.
	moved func(bytes int)
}

func (m *message) size() int { return headerSize + len(m.head) + len(m.data) }

func (m *message) finish(err error) {
	if m.sent != nil {
		m.sent(err)
	}
}

// piece writes what comes next to b, whose capacity is maxPiece.
func (m *message) piece(b []byte) []byte {
	header := appendHeader(make([]byte, 0, headerSize), m.typ, uint32(len(m.head)+len(m.data)))
	off := m.off
	for _, part := range [][]byte{header, m.head, m.data} {
		if off >= len(part) {
			off -= len(part)
			continue
		}
		part = part[off:]
		off = 0
		b = append(b, part[:min(len(part), maxPiece-len(b))]...)
	}
	return b
}

// clear empties the outbox and returns what was in it.
func (o *outbox) clear() []*message {
	dropped := o.queue
	if o.current != nil {
		dropped = append(dropped, o.current)
	}
	if o.starved != nil {
		o.starved.Stop()
	}
	*o = outbox{}
	return dropped
}

// post queues a message. The caller holds mu.
func (a *Agent) post(m *message) {
	a.queue = append(a.queue, m)
	a.notify()
}

// postBody queues a message of a few bytes. The caller holds mu.
func (a *Agent) postBody(typ uint32, body wire.Encoder) {
	a.post(&message{typ: typ, head: wire.Marshal(body)})
}

// unpost takes a message out of the queue unless it has begun. The caller holds
// mu.
func (a *Agent) unpost(m *message) {
	if i := slices.Index(a.queue, m); i >= 0 {
		a.queue = slices.Delete(a.queue, i, i+1)
	}
}

// queued reports whether a message has not begun.
func (a *Agent) queued(m *message) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.queue, m)
}

// Idle reports whether nothing is left to be sent. Any goroutine.
func (a *Agent) Idle() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current == nil && len(a.queue) == 0
}

// notify makes run look.
func (a *Agent) notify() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// fed notes that there are tokens. The caller holds mu.
func (a *Agent) fed() {
	if a.tokens == 0 {
		return
	}
	if a.starved != nil {
		a.starved.Stop()
		a.starved = nil
	}
	if a.stuck {
		a.stuck = false
		a.signal()
		go a.tell()
	}
	a.notify()
}

// run sends what is in the outbox until Close or the first error of the
// connection, which its reader notices.
func (a *Agent) run() {
	defer close(a.done)
	var b [maxPiece]byte
	for {
		send := a.next(b[:0])
		if send == nil {
			select {
			case <-a.wake:
			case <-a.stop:
				return
			}
			continue
		}
		if send() != nil {
			<-a.stop
			return
		}
		select {
		case <-a.stop:
			return
		default:
		}
	}
}

// next returns what does the next step, or nil if there is nothing to do. The
// order of what opens the stream is that of this goroutine, so that no piece for
// an earlier agent can come behind the opening for a later one.
func (a *Agent) next(b []byte) func() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.closed || !a.begun:
		return nil
	case !a.connected:
		return a.nextWithout(b)
	case a.startDue:
		a.startDue = false
		return func() error { return a.o.Out.StartAgent(grantAll) }
	case a.grantDue > 0:
		n := a.grantDue
		a.grantDue = 0
		return func() error { return a.o.Out.GrantAgentTokens(n) }
	}
	if a.current == nil {
		if a.current = a.choose(); a.current == nil {
			return nil
		}
	}
	if a.tokens == 0 {
		a.starve()
		return nil
	}
	m, p := a.current, a.current.piece(b)
	a.tokens--
	return func() error {
		err := a.o.Out.SendAgentData(p)
		a.sent(m, len(p), err)
		return err
	}
}

// sent notes that n bytes of m were written.
func (a *Agent) sent(m *message, n int, err error) {
	a.mu.Lock()
	if a.current != m { // the agent went, and m with it
		a.mu.Unlock()
		return
	}
	m.off += n
	whole := m.off == m.size()
	if whole || err != nil {
		a.current = nil
	}
	a.mu.Unlock()
	if m.moved != nil {
		m.moved(max(0, m.off-headerSize-len(m.head)))
	}
	if whole || err != nil {
		m.finish(err)
	}
}

// choose returns the next message: first what says how things stand, then what
// waits in the queue. The caller holds mu.
func (a *Agent) choose() *message {
	if a.announceDue {
		asks := announce{Caps: a.own}
		if a.announceAsks {
			asks.Request = announceRequest
		}
		a.announceDue, a.announceAsks = false, false
		return &message{typ: msgAnnounce, head: wire.Marshal(&asks)}
	}
	if !a.ready {
		return nil
	}
	for _, state := range []func() *message{a.nextSetting, a.nextMonitors, a.nextVolume, a.nextGrab} {
		if m := state(); m != nil {
			return m
		}
	}
	if len(a.queue) == 0 {
		return nil
	}
	m := a.queue[0]
	a.queue[0] = nil
	a.queue = a.queue[1:]
	return m
}

// starve waits for tokens, because there is something to send. The caller holds
// mu.
func (a *Agent) starve() {
	if a.starved != nil {
		return
	}
	generation := a.generation
	a.starved = time.AfterFunc(stuckAfter, func() { a.giveUp(generation) })
}

// giveUp notes that the agent takes nothing.
func (a *Agent) giveUp(generation uint64) {
	a.mu.Lock()
	stuck := a.generation == generation && a.connected && a.tokens == 0
	if stuck {
		a.stuck = true
		a.signal()
	}
	a.mu.Unlock()
	if stuck {
		a.log.Warn("the guest's agent takes nothing any more")
		a.tell()
	}
}
