//go:build linux || freebsd || netbsd

package clipboard

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// A reading is a transfer to us. It has a window of its own: what an owner
// that was given up sends later goes to a window that nobody reads.
type reading struct {
	win      xproto.Window
	answered chan xproto.Atom // the owner's answer: the property, or 0
	news     chan struct{}    // the property has a new value
	pieces   bool             // the owner sends it in pieces
}

// A chunk is the value of a property.
type chunk struct {
	typ    xproto.Atom
	format byte
	data   []byte
	more   int64 // bytes that were not read
}

func (b *x11) read(ctx context.Context, sel Selection, f Format, secrets bool) ([]byte, error) {
	if sel >= selections || f >= formats {
		return nil, ErrNothing
	}
	o, ours := b.watches[sel].now()
	if ours || o.win == 0 || b.owns(sel) {
		return nil, ErrNothing
	}
	names, err := b.targets(ctx, sel, o)
	switch {
	case errors.Is(err, ErrNothing) && f == Text:
		names = []string{"UTF8_STRING"}
	case err != nil:
		return nil, err
	}
	// Who asks may not have heard of this owner yet.
	if !secrets && slices.Contains(names, hintTarget) && b.secret(sel, o) {
		return nil, ErrNothing
	}
	name := bestName(names, f)
	if name == "" {
		return nil, ErrNothing
	}
	got, err := b.transfer(ctx, sel, b.atoms[name], o, b.o.max(), dataTime)
	if err != nil {
		return nil, err
	}
	if now, _ := b.watches[sel].now(); now.count != o.count {
		return nil, ErrLost // it may be another's that was read
	}
	if f != Text {
		return got.data, nil
	}
	text, ok := decodeText(b.names([]uint32{uint32(got.typ)})[0], got.data)
	if !ok {
		return nil, ErrNothing
	}
	return text, nil
}

// transfer asks the owner of a selection for it and returns what it sends.
func (b *x11) transfer(ctx context.Context, sel Selection, target xproto.Atom, o owner, limit int64, patience time.Duration) (*chunk, error) {
	r, err := b.begin()
	if err != nil {
		return nil, err
	}
	property := b.atoms["SAFFRON_DATA"]
	xproto.ConvertSelection(b.x, r.win, b.sels[sel], target, property, o.since)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case p := <-r.answered:
		if p == 0 {
			b.finish(r)
			return nil, ErrNothing
		}
	case <-late.C:
		b.abandon(r)
		return nil, ErrSlow
	case <-o.reign.Done():
		b.abandon(r)
		return nil, ErrLost
	case <-ctx.Done():
		b.abandon(r)
		return nil, ctx.Err()
	case <-b.ctx.Done():
		return nil, ErrClosed
	}
	got, err := b.receive(ctx, r, limit)
	switch {
	case err == nil:
		b.finish(r)
	case b.ctx.Err() == nil && r.pieces:
		b.running.Go(func() { b.drain(r) })
	default:
		b.abandon(r)
	}
	return got, err
}

// drainTime bounds how long a transfer that was given up is taken to its end.
const drainTime = 30 * time.Second

// drain takes the rest of a transfer, unread: there are programs that serve
// nobody else until their pieces are taken.
func (b *x11) drain(r *reading) {
	ctx, cancel := context.WithTimeout(b.ctx, drainTime)
	defer cancel()
	for {
		got, err := b.get(r.win, false, 0)
		switch {
		case err != nil:
			b.abandon(r)
			return
		case got.typ == 0:
			if b.await(ctx, r.news) != nil {
				b.abandon(r)
				return
			}
			continue
		}
		xproto.DeleteProperty(b.x, r.win, b.atoms["SAFFRON_DATA"])
		if got.more == 0 {
			b.finish(r)
			return
		}
	}
}

// begin makes a window to read into.
func (b *x11) begin() (*reading, error) {
	win, err := b.newWindow()
	if err != nil {
		return nil, ErrClosed
	}
	r := &reading{win: win, answered: make(chan xproto.Atom, 1), news: make(chan struct{}, 1)}
	b.mu.Lock()
	b.reads[win] = r
	b.mu.Unlock()
	return r, nil
}

func (b *x11) finish(r *reading) {
	b.mu.Lock()
	delete(b.reads, r.win)
	b.mu.Unlock()
	xproto.DestroyWindow(b.x, r.win)
}

// maxLeft bounds the windows of readings that were given up.
const maxLeft = 32

// abandon gives up on a reading. Its window stays for a while: a program that
// still writes to it may be one that a missing window would kill.
func (b *x11) abandon(r *reading) {
	b.mu.Lock()
	delete(b.reads, r.win)
	b.left = append(b.left, r.win)
	var oldest xproto.Window
	if len(b.left) > maxLeft {
		oldest, b.left = b.left[0], b.left[1:]
	}
	b.mu.Unlock()
	if oldest != 0 {
		xproto.DestroyWindow(b.x, oldest)
	}
}

// answered takes an owner's answer.
func (b *x11) answered(e xproto.SelectionNotifyEvent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.reads[e.Requestor]; r != nil {
		select {
		case r.answered <- e.Property:
		default:
		}
	}
}

// receive reads what the owner has begun to send.
func (b *x11) receive(ctx context.Context, r *reading, limit int64) (*chunk, error) {
	head, err := b.get(r.win, false, 4) // the size that a transfer in pieces begins with
	if err != nil {
		return nil, err
	}
	if head.typ == b.atoms["INCR"] {
		r.pieces = true
		if n := lowerBound(head); n > limit {
			return nil, &TooLargeError{Size: n, Max: limit}
		}
		return b.pieces(ctx, r, limit)
	}
	if size := int64(len(head.data)) + head.more; size > limit {
		return nil, &TooLargeError{Size: size, Max: limit}
	}
	return b.get(r.win, true, int64(len(head.data))+head.more)
}

// lowerBound returns how much a transfer in pieces will bring at least.
func lowerBound(head *chunk) int64 {
	if head.format != 32 || len(head.data) < 4 {
		return 0
	}
	return int64(xgb.Get32(head.data))
}

// pieces reads a transfer in pieces: each is there when the one before has been
// deleted, and the last is empty.
func (b *x11) pieces(ctx context.Context, r *reading, limit int64) (*chunk, error) {
	if _, err := b.get(r.win, true, 4); err != nil {
		return nil, err
	}
	whole := new(chunk)
	for {
		got, err := b.get(r.win, true, limit-int64(len(whole.data))+1)
		switch {
		case err != nil:
			return nil, err
		case got.typ == 0: // not there yet
			if err := b.await(ctx, r.news); err != nil {
				return nil, err
			}
			continue
		case len(got.data) == 0:
			return whole, nil
		}
		whole.typ, whole.format = got.typ, got.format
		whole.data = append(whole.data, got.data...)
		if size := int64(len(whole.data)) + got.more; size > limit {
			return nil, &TooLargeError{Size: size, Max: limit}
		}
	}
}

// await waits for a sign that a transfer goes on.
func (b *x11) await(ctx context.Context, sign <-chan struct{}) error {
	late := time.NewTimer(progressTime)
	defer late.Stop()
	select {
	case <-sign:
		return nil
	case <-late.C:
		return ErrSlow
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ctx.Done():
		return ErrClosed
	}
}

// get reads up to n bytes of the property of a window, more by up to three. It
// deletes the property if remove is set and nothing of it remains.
func (b *x11) get(win xproto.Window, remove bool, n int64) (*chunk, error) {
	words := min((n+3)/4, 1<<28)
	p, err := xproto.GetProperty(b.x, remove, win, b.atoms["SAFFRON_DATA"], xproto.GetPropertyTypeAny, 0, uint32(words)).Reply()
	if err != nil {
		if b.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, err
	}
	return &chunk{typ: p.Type, format: p.Format, data: p.Value, more: int64(p.BytesAfter)}, nil
}
