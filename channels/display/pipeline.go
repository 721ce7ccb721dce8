package display

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"saffron/render"
	"saffron/spice"
)

// A job is one message on its way to the canvas. One of draw, commit and frame
// is set, or none.
type job struct {
	serial  uint64 // 0: a sub-message
	message spice.Message
	weight  int64 // bytes held, see inFlight

	draw   drawing               // its images are below
	images [maxSources]*decoding // of draw; nil elements are absent images
	commit func() error          // anything else; fails only when the pipeline ends
	prompt bool                  // commit neither waits nor takes long
	frame  *frame                // of a video
	done   chan<- struct{}       // told when the job is committed

	// memory is what the commonest messages need: they come by the thousand.
	memory struct {
		decodings [maxSources]decoding
		copy      DrawCopy
		copyOp    render.Copy
		fill      DrawFill
		fillOp    render.Fill
		resolved  [maxSources]resolved
	}
}

// newJob returns an empty job.
func (p *pipeline) newJob() *job {
	if j, ok := p.spare.Get().(*job); ok {
		return j
	}
	return new(job)
}

// recycle forgets all of j but the memory worth keeping. A job that is given up
// with the pipeline is not recycled, since decoders may still be at it.
func (p *pipeline) recycle(j *job) {
	var done [maxSources]chan struct{}
	for i := range j.memory.decodings {
		done[i] = j.memory.decodings[i].done
	}
	*j = job{}
	for i := range done {
		j.memory.decodings[i].done = done[i]
	}
	p.spare.Put(j)
}

// A pipeline carries jobs from the reader to the committer, and their images
// through the workers or the GLZ lane. What is soon done the reader does itself
// while nothing is queued, see direct.
type pipeline struct {
	h        *Handler
	ctx      context.Context
	cancel   context.CancelCauseFunc
	jobs     chan *job      // reader to committer, in order
	queued   atomic.Int32   // jobs that the committer has not done yet
	lane     chan *decoding // reader to GLZ lane, in order
	inLane   atomic.Int32   // images that the lane has not done yet
	inflated []byte         // the lane's, see scratch
	budget   budget
	spare    sync.Pool // of *job

	turn    chan struct{} // capacity 1; filled by who draws: the committer, or the reader while nothing is queued
	holding []*stream     // guarded by turn; those with frames that wait for their time
	alarm   *time.Timer   // goes off when one is due

	mu     sync.Mutex
	closed bool // guarded by mu; nothing more is started
	ended  sync.WaitGroup
}

func newPipeline(h *Handler) *pipeline {
	ctx, cancel := context.WithCancelCause(context.Background())
	p := &pipeline{
		h: h, ctx: ctx, cancel: cancel,
		jobs: make(chan *job, queueLength),
		lane: make(chan *decoding, queueLength),
		turn: make(chan struct{}, 1),
	}
	p.budget.init(inFlight)
	p.alarm = time.NewTimer(0)
	p.ended.Go(p.commitAll)
	p.ended.Go(p.decodeLane)
	return p
}

// start runs f, which ends with ctx, unless the pipeline is closed.
func (p *pipeline) start(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.ended.Go(f)
	}
}

// pause lets tests hold a goroutine back where it takes a turn.
func (p *pipeline) pause(at string) {
	if delay := p.h.o.delay; delay != nil {
		delay(at)
	}
}

// close ends the goroutines of the pipeline and waits for them.
func (p *pipeline) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel(spice.ErrClosed)
	p.alarm.Stop()
	p.ended.Wait()
	p.turn <- struct{}{} // the reader may be drawing
	<-p.turn
}

// post does a job, or hands it on, in order. It blocks while queue or budget are
// full.
func (p *pipeline) post(j *job) error {
	if done, err := p.direct(j); done {
		return err
	}
	j.weight = int64(len(j.message.Body))
	for _, d := range j.images {
		if d != nil {
			j.weight += d.pixelBytes()
		}
	}
	if f := j.frame; f != nil {
		j.weight += f.pixelBytes()
		f.message, f.weight = j.message, j.weight
	}
	if err := p.budget.take(p.ctx, j.weight); err != nil {
		return err
	}
	images, frame := j.images, j.frame // j is the committer's from here on
	if err := p.queue(p.ctx, j); err != nil {
		return err
	}
	// Only now the images: workers and lane wait on nothing that the
	// committer holds, so the head of the queue can always be finished.
	for _, d := range images {
		if d != nil {
			p.decode(d)
		}
	}
	if frame != nil {
		p.decodeFrame(frame)
	}
	return nil
}

// queue hands a job to the committer. It fails when the pipeline or ctx ends.
func (p *pipeline) queue(ctx context.Context, j *job) error {
	p.queued.Add(1)
	select {
	case p.jobs <- j:
		return nil
	case <-ctx.Done():
		p.queued.Add(-1)
		return context.Cause(ctx)
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// decodeFrame sends a frame of a video where it is decoded. One that stands
// for itself and has to wait for its time is decoded only shortly before.
func (p *pipeline) decodeFrame(f *frame) {
	switch {
	case f.s.lane != nil:
		select {
		case f.s.lane <- f:
		case <-p.ctx.Done():
		}
	case !f.hold:
		p.h.o.Shared.Workers.do(p.ctx, f)
	}
}

// decode sends an image where it is decoded.
func (p *pipeline) decode(d *decoding) {
	switch {
	case !d.encoded():
		d.finished()
	case d.inDictionary():
		if d.small() && p.inLane.Load() == 0 && d.tryInWindow() {
			return
		}
		p.inLane.Add(1)
		select {
		case p.lane <- d:
		case <-p.ctx.Done():
		}
	case d.small():
		d.run()
	default:
		p.h.o.Shared.Workers.do(p.ctx, d)
	}
}

// keepInflated bounds the memory that the lane keeps for the next image.
const keepInflated = 32 << 20

// scratch returns n bytes with any content, until the next call. Only the lane
// calls it.
func (p *pipeline) scratch(n int) []byte {
	if n <= cap(p.inflated) {
		return p.inflated[:n]
	}
	buf := make([]byte, n)
	if n <= keepInflated {
		p.inflated = buf
	}
	return buf
}

// decodeLane decodes the channel's GLZ images one after the other: each may
// refer to those before it.
func (p *pipeline) decodeLane() {
	for {
		select {
		case d := <-p.lane:
			p.pause("lane")
			d.runInWindow(p.ctx)
			p.inLane.Add(-1)
		case <-p.ctx.Done():
			p.finishLane()
			return
		}
	}
}

// finishLane decodes what is here already, waiting for nothing: when a channel
// ends alone, others go on, and their images may refer to these.
func (p *pipeline) finishLane() {
	for {
		select {
		case d := <-p.lane:
			d.runInWindow(p.ctx)
			p.inLane.Add(-1)
		default:
			return
		}
	}
}

// commitAll is the committer, which draws all that was queued.
func (p *pipeline) commitAll() {
	for {
		select {
		case j := <-p.jobs:
			p.pause("committer")
			err := p.commit(j)
			p.queued.Add(-1)
			if err != nil {
				return
			}
		case <-p.alarm.C:
			if p.wake() != nil {
				return
			}
		case <-p.ctx.Done():
			return
		}
	}
}

// wake shows the frames that have waited for their time.
func (p *pipeline) wake() error {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	return p.showDue()
}

// commit finishes one job. It fails only when the pipeline ends.
func (p *pipeline) commit(j *job) error {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	if j.commit != nil {
		if err := j.commit(); err != nil {
			return err
		}
	}
	if j.draw != nil {
		if err := p.commitDraw(j); err != nil {
			return err
		}
	}
	if j.frame != nil {
		if err := p.present(j.frame); err != nil {
			return err
		}
	}
	if j.serial != 0 {
		p.h.o.Progress.Commit(p.h.id, j.serial)
	}
	if j.frame == nil { // else it goes with the frame, which may have to wait
		j.message.Free()
		p.budget.give(j.weight)
	}
	if j.done != nil {
		close(j.done)
	}
	p.recycle(j)
	return nil
}

// commitDraw waits for the images, settles their caching, and draws unless one
// of them failed.
func (p *pipeline) commitDraw(j *job) error {
	sources := &j.memory.resolved
	var failed error
	for i, d := range j.images {
		if d == nil {
			continue
		}
		var err error
		sources[i], err = p.resolve(d)
		if p.ctx.Err() != nil {
			return context.Cause(p.ctx)
		}
		if err != nil && failed == nil {
			failed = err
		}
	}
	if failed == nil {
		failed = j.drawOn(p.h.o.Canvas, sources)
	}
	if failed != nil {
		p.h.fail(failed)
	}
	for i := range sources {
		sources[i].release()
	}
	return nil
}

// drain posts an empty job and waits until it has gone through.
func (p *pipeline) drain(ctx context.Context) error {
	done := make(chan struct{})
	if err := p.queue(ctx, &job{done: done}); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	}
}

// A budget bounds the bytes that jobs under way hold.
type budget struct {
	mu    sync.Mutex
	limit int64
	used  int64         // guarded by mu
	freed chan struct{} // capacity 1; told when used shrinks
}

func (b *budget) init(limit int64) {
	b.limit = limit
	b.freed = make(chan struct{}, 1)
}

// take waits until n bytes fit, or until nothing else is held. One goroutine.
func (b *budget) take(ctx context.Context, n int64) error {
	for {
		b.mu.Lock()
		fits := b.used == 0 || b.used+n <= b.limit
		if fits {
			b.used += n
		}
		b.mu.Unlock()
		if fits {
			return nil
		}
		select {
		case <-b.freed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	b.used -= n
	b.mu.Unlock()
	select {
	case b.freed <- struct{}{}:
	default:
	}
}
