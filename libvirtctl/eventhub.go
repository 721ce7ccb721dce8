package libvirtctl

import (
	"slices"
	"sync"
	"time"
)

// mostEvents is how many events wait for a subscriber that takes none.
const mostEvents = 4096

// An eventHub gives a connection's events to subscribers. Who wants events
// subscribes before it asks libvirt for them, so that none is lost between the
// two.
type eventHub struct {
	mu    sync.Mutex
	subs  map[*subscription]bool
	known map[EventKind]bool
	turns map[EventKind]chan struct{} // held while a kind is asked for
}

type subscription struct {
	kinds  []EventKind
	some   chan struct{} // has one element if events may wait
	queue  []Event       // by eventHub.mu
	missed int64         // by eventHub.mu
}

func (b *eventHub) subscribe(kinds []EventKind) *subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = make(map[*subscription]bool)
	}
	s := &subscription{kinds: kinds, some: make(chan struct{}, 1)}
	b.subs[s] = true
	return s
}

func (b *eventHub) unsubscribe(s *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.subs, s)
}

// turn returns the semaphore of a kind.
func (b *eventHub) turn(k EventKind) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.turns == nil {
		b.turns = make(map[EventKind]chan struct{})
	}
	if b.turns[k] == nil {
		b.turns[k] = make(chan struct{}, 1)
	}
	return b.turns[k]
}

func (b *eventHub) registered(k EventKind) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known[k]
}

func (b *eventHub) setRegistered(k EventKind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil {
		b.known = make(map[EventKind]bool)
	}
	b.known[k] = true
}

// message takes a message of the daemon. What is no event, or a broken one, is
// left out. It is called by the goroutine that reads the connection and does
// not wait for anybody.
func (b *eventHub) message(procedure uint32, body []byte) {
	i := slices.IndexFunc(eventTypes, func(t eventType) bool { return t.procedure == procedure })
	if i < 0 {
		return
	}
	e, err := eventTypes[i].parse(body)
	if err != nil {
		return
	}
	e.Time = time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		if slices.Contains(s.kinds, e.Kind) {
			s.put(e)
		}
	}
}

// put queues an event. The caller holds eventHub.mu.
func (s *subscription) put(e Event) {
	if len(s.queue) >= mostEvents {
		s.missed++
	} else {
		s.queue = append(s.queue, e)
	}
	select {
	case s.some <- struct{}{}:
	default:
	}
}

// take returns the events that wait.
func (b *eventHub) take(s *subscription) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := s.queue
	if s.missed > 0 {
		events = append(events, Event{Time: time.Now(), Kind: KindMissed, ID: -1, What: "events were missed", Value: s.missed})
	}
	s.queue, s.missed = nil, 0
	return events
}

func (b *eventHub) waits(s *subscription) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(s.queue) > 0
}
