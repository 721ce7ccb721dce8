package display

import (
	"context"
	"slices"
	"time"
)

// maxHeld bounds the frames of one video that wait for their time; when there
// are more the first is shown early.
const maxHeld = 100

// maxSleep bounds how long the committer relies on a clock that may be set
// meanwhile.
const maxSleep = 50 * time.Millisecond

// present deals with a frame whose turn has come: it is shown now, after those
// of its video that were held back, or held back itself until its time. It
// fails only when the pipeline ends.
func (p *pipeline) present(f *frame) error {
	s := f.s
	if s.gone {
		p.release(f)
		return nil
	}
	s.held = append(s.held, f)
	keep := maxHeld
	if !f.hold {
		keep = 0 // what waits in front is older: it is due, too
	}
	for len(s.held) > keep {
		if err := p.showFirst(s); err != nil {
			return err
		}
	}
	if len(s.held) > 0 && !slices.Contains(p.holding, s) {
		p.holding = append(p.holding, s)
	}
	return p.showDue()
}

// showFirst shows the first frame held back, waiting until it is decoded.
func (p *pipeline) showFirst(s *stream) error {
	f := s.held[0]
	s.held = slices.Delete(s.held, 0, 1)
	p.begin(f)
	select {
	case <-f.done:
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
	if err := f.draw(); err != nil {
		p.h.fail(err)
	}
	p.release(f)
	return nil
}

// begin sends a frame where it is decoded, unless decodeFrame has done that.
func (p *pipeline) begin(f *frame) {
	if !f.hold || f.begun || f.s.lane != nil {
		return
	}
	f.begun = true
	p.h.o.Shared.Workers.do(p.ctx, f)
}

// showDue shows the held frames whose time has come, and sets the alarm for the
// next. It is called in turn.
func (p *pipeline) showDue() error {
	next := maxSleep
	for _, s := range p.holding {
		for len(s.held) > 0 {
			left := p.left(s.held[0])
			if left > 0 {
				p.begin(s.held[0]) // so that it is ready in time
				next = min(next, left)
				break
			}
			if len(s.held) > 1 && s.overtaken(-left, p.left(s.held[1]) <= 0) {
				p.skip(s)
				continue
			}
			if err := p.showFirst(s); err != nil {
				return err
			}
		}
	}
	p.holding = slices.DeleteFunc(p.holding, func(s *stream) bool { return len(s.held) == 0 })
	if len(p.holding) > 0 {
		p.alarm.Reset(next)
	}
	return nil
}

// left returns how much time is left until a held frame is due.
func (p *pipeline) left(f *frame) time.Duration {
	ms, wait := p.h.margin(f.time)
	if !wait {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// skip leaves out the first frame held back.
func (p *pipeline) skip(s *stream) {
	f := s.held[0]
	s.held = slices.Delete(s.held, 0, 1)
	p.release(f)
}

// forget drops a video with all that it has not shown.
func (p *pipeline) forget(s *stream) {
	s.gone = true
	for len(s.held) > 0 {
		p.skip(s)
	}
}

// release gives back what a frame holds. One that is being decoded, whose
// memory cannot be used again, is left to the garbage collector.
func (p *pipeline) release(f *frame) {
	select {
	case <-f.done:
		givePixels(f.pixels)
		f.message.Free()
	default:
	}
	p.budget.give(f.weight)
}
