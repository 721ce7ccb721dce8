package channels

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"saffron/spice"
	"saffron/spice/capture"
)

// PlayOptions are the choices of Play.
type PlayOptions struct {
	// Session are those of the session that the recording is of. Of Link only
	// Log counts.
	Session Options

	// Speed is how many times as fast as it was recorded the recording is
	// played. It defaults to 1.
	Speed float64
	// FullSpeed plays as fast as the picture can be drawn, whatever Speed says.
	FullSpeed bool
	// Paused begins before the first message.
	Paused bool

	// Timed makes the statistics of displays tell how long decoding took.
	Timed bool

	// Changed, if set, is called when State may be another in more than its
	// position. Any goroutine calls it; it must not block.
	Changed func()
}

// A Player plays a recording into the same handlers and sinks as a live
// session, without links. Any goroutine may call its methods.
//
// Of each channel the messages come in order; channels run side by side, so
// that they can wait for each other. Channels without a handler, and what the
// user types in, are left out. Sound is played only at the speed at which it was
// recorded.
type Player struct {
	o       PlayOptions
	source  io.ReadSeeker // owned by run
	summary capture.Summary
	sinks   *playedSinks
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	done    chan struct{} // closed when run has ended

	mu      sync.Mutex
	pace    pace          // guarded by mu
	ended   bool          // guarded by mu; all is played, and shown
	again   bool          // guarded by mu; the recording has to begin anew
	stage   *stage        // guarded by mu; nil before the first
	broken  error         // guarded by mu; see Broken
	err     error         // guarded by mu; set before done is closed
	changed chan struct{} // guarded by mu; closed and replaced when any of these changes
}

// State is where a Player is.
type State struct {
	Position time.Duration // or where it is going, if Seeking
	Duration time.Duration
	Speed    float64
	Paused   bool
	Seeking  bool // on its way to another position, as fast as it can
	Ended    bool // at the end, and nothing is left to be shown
}

// Play begins to play a recording, which it reads as it goes. It fails if
// source is none.
func Play(source io.ReadSeeker, o *PlayOptions) (*Player, error) {
	summary, err := capture.Stat(source)
	if err != nil {
		return nil, err
	}
	p := &Player{
		o: *o, source: source, summary: summary, done: make(chan struct{}), changed: make(chan struct{}),
	}
	if o.Speed <= 0 {
		p.o.Speed = 1
	}
	p.sinks = newPlayedSinks(&p.o.Session)
	p.pace = pace{speed: p.o.Speed, full: o.FullSpeed, paused: o.Paused, target: nowhere, since: time.Now()}
	p.sinks.setAloud(p.pace.aloud())
	p.ctx, p.cancel = context.WithCancel(context.Background())
	go p.run()
	return p, nil
}

// Summary returns what the recording is as a whole.
func (p *Player) Summary() capture.Summary { return p.summary }

// State returns where the player is.
func (p *Player) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := State{
		Position: min(p.pace.now(), p.summary.Duration), Duration: p.summary.Duration, Speed: p.pace.speed,
		Paused: p.pace.paused, Seeking: p.pace.target != nowhere, Ended: p.ended,
	}
	switch {
	case p.ended:
		s.Position = s.Duration
	case s.Seeking:
		s.Position = p.pace.target
	}
	return s
}

// Pause stops the time, or lets it go on.
func (p *Player) Pause(on bool) {
	p.update(func() {
		p.pace.rebase()
		p.pace.paused = on
	})
}

// SetSpeed makes the recording run at so many times the speed it was recorded
// with.
func (p *Player) SetSpeed(speed float64) {
	if speed <= 0 {
		return
	}
	p.update(func() {
		p.pace.rebase()
		p.pace.speed, p.pace.full = speed, false
	})
}

// Seek goes to a position: forward as fast as it can, backward by beginning
// anew. Await tells when it is there.
func (p *Player) Seek(to time.Duration) {
	p.update(func() {
		to = max(0, min(to, p.summary.Duration))
		if p.ended && to == p.summary.Duration {
			return
		}
		if p.ended || to < p.pace.now() {
			p.again = true
		}
		p.ended = false
		p.pace.rebase()
		p.pace.target = to
	})
}

// update changes what mu guards and tells those who wait.
func (p *Player) update(change func()) {
	p.mu.Lock()
	change()
	p.sinks.setAloud(p.pace.aloud() && !p.ended && !p.again)
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
	if p.o.Changed != nil {
		p.o.Changed()
	}
}

// Await returns when the position last asked for with Seek is shown, and at
// full speed when the end is. It fails with ctx, or when the player ends.
func (p *Player) Await(ctx context.Context) error {
	for {
		p.mu.Lock()
		there := p.ended || !p.pace.rushing()
		changed := p.changed
		p.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-changed:
		case <-p.done:
			return p.Wait()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Broken returns why the recording is not whole, if the player has come that
// far: capture.ErrTruncated or a *capture.FormatError. What is before is played
// as if it ended there.
func (p *Player) Broken() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.broken
}

// Info returns what is known about the session at this position.
func (p *Player) Info() Info {
	p.mu.Lock()
	st := p.stage
	p.mu.Unlock()
	if st == nil {
		return Info{}
	}
	return st.info()
}

// Done is closed when the player has ended: after Close, or because the
// recording cannot be played on. Reaching its end is not the player's.
func (p *Player) Done() <-chan struct{} { return p.done }

// Wait returns when the player has ended, with the reason: spice.ErrClosed
// after Close, or what went wrong.
func (p *Player) Wait() error {
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Close ends the player and returns when everything it started has ended. What
// was drawn stays.
func (p *Player) Close() error {
	p.cancel()
	<-p.done
	return nil
}

// run plays the recording, once for each time that it has to begin anew.
func (p *Player) run() {
	defer close(p.done)
	for {
		again, err := p.play()
		if err != nil {
			if p.ctx.Err() != nil {
				err = spice.ErrClosed
			}
			p.mu.Lock()
			p.err = err
			p.mu.Unlock()
			return
		}
		if again {
			p.sinks.reset()
		}
	}
}

// play plays the recording from its beginning. It returns when it has to begin
// anew, with true, or with an error.
func (p *Player) play() (again bool, err error) {
	if _, err := p.source.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("channels: %w", err)
	}
	r, err := capture.NewReader(p.source)
	if err != nil {
		return false, err
	}
	st := newStage(p)
	defer st.close()
	p.update(func() {
		p.stage, p.again, p.ended, p.pace.at, p.pace.since = st, false, false, 0, time.Now()
	})
	for {
		rec, err := r.Next()
		if err != nil {
			if err := p.finish(st, err); err != nil {
				return false, err
			}
			return true, nil
		}
		if again, err := p.until(st, rec.Time); again || err != nil {
			return again, err
		}
		if err := st.dispatch(&rec); err != nil {
			return false, err
		}
	}
}

// until returns when it is time for what was recorded at a moment, or with true
// when the recording has to begin anew.
func (p *Player) until(st *stage, moment time.Duration) (again bool, err error) {
	for {
		p.mu.Lock()
		again, changed := p.again, p.changed
		wait, arrived := p.pace.before(moment)
		p.mu.Unlock()
		switch {
		case again:
			return true, nil
		case arrived:
			if err := p.arrive(st); err != nil {
				return false, err
			}
			continue
		case wait == 0:
			return false, nil
		}
		if err := st.rest(wait, changed); err != nil {
			return false, err
		}
	}
}

// arrive shows the position that was asked for.
func (p *Player) arrive(st *stage) error {
	p.mu.Lock()
	target := p.pace.target
	p.mu.Unlock()
	if err := st.settle(settleTime); err != nil {
		return err
	}
	p.update(func() {
		if p.pace.target == target && !p.again {
			p.pace.arrive()
		}
	})
	return nil
}

// finish shows the end and waits until the recording is to begin anew.
func (p *Player) finish(st *stage, end error) error {
	_, format := end.(*capture.FormatError)
	switch {
	case end == capture.ErrTruncated || format:
		p.mu.Lock()
		p.broken = end
		p.mu.Unlock()
	case end != io.EOF:
		return end
	}
	if err := st.end(); err != nil {
		return err
	}
	p.update(func() {
		p.ended = !p.again
		p.pace.arrive()
		p.pace.at = p.summary.Duration
	})
	for {
		p.mu.Lock()
		again, changed := p.again, p.changed
		p.mu.Unlock()
		if again {
			return nil
		}
		select {
		case <-changed:
		case <-p.ctx.Done():
			return p.ctx.Err()
		}
	}
}
