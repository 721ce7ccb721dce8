package agent

import (
	"slices"
	"sync"
	"testing"
)

type progress struct {
	mu   sync.Mutex
	seen []int64
}

func (p *progress) Progress(_ Selection, _ bool, done, _ int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, done)
}

// TestWatchEnds tells nothing after a transfer was cut off, whoever tells it.
func TestWatchEnds(t *testing.T) {
	p := new(progress)
	moved := watch(p, Clipboard, true, 10<<20)
	moved(1)
	moved(-1)
	moved(10 << 20)
	if !slices.Equal(p.seen, []int64{1, -1}) {
		t.Errorf("told %v", p.seen)
	}
	var both sync.WaitGroup
	moved = watch(p, Clipboard, true, 10<<20)
	for done := range 2 {
		both.Go(func() { moved(-done) })
	}
	both.Wait()
	if last := p.seen[len(p.seen)-1]; last != -1 {
		t.Errorf("the last is %d", last)
	}
}
