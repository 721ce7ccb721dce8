//go:build linux || freebsd || netbsd

package clipboard

import (
	"context"
	"errors"

	"github.com/jezek/xgb/xproto"
)

// A place is a property of another program's window.
type place struct {
	win      xproto.Window
	property xproto.Atom
}

// A sending is a transfer in pieces to another program, which deletes each
// when it has taken it.
type sending struct {
	taken chan struct{} // a piece was
	ended context.CancelFunc
}

var errGone = errors.New("the window that asked is gone, or has asked again")

// send begins a transfer in pieces. rest goes on with it once the program has
// been told; it must be called.
func (b *x11) send(ctx context.Context, to place, typ xproto.Atom, data []byte) (rest func() error, ok bool) {
	_ = ctx // bounds the fetching; from now on each piece has its time
	life, cancel := context.WithCancel(b.ctx)
	s := &sending{taken: make(chan struct{}, 1), ended: cancel}
	b.listen(to, s)
	size := min(int64(len(data)), 1<<31-1)
	if err := b.set(to, b.atoms["INCR"], 32, words([]xproto.Atom{xproto.Atom(size)})); err != nil {
		cancel()
		b.ignore(to, s)
		return nil, false
	}
	return func() error {
		defer cancel()
		defer b.ignore(to, s)
		return b.sendPieces(life, to, s, typ, data)
	}, true
}

// sendPieces sends the pieces, and an empty one at the end.
func (b *x11) sendPieces(life context.Context, to place, s *sending, typ xproto.Atom, data []byte) error {
	for {
		if err := b.await(life, s.taken); err != nil {
			if errors.Is(err, context.Canceled) {
				return errGone
			}
			return err
		}
		n := min(len(data), b.piece)
		if err := b.set(to, typ, 8, data[:n]); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		data = data[n:]
	}
}

// listen makes us hear of the properties of a window, and of its end.
func (b *x11) listen(to place, s *sending) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.sends[to]; old != nil {
		old.ended()
	}
	b.sends[to] = s
	b.heard[to.win]++
	// Each time: a window that has just gone may have left its id to this one.
	xproto.ChangeWindowAttributes(b.x, to.win, xproto.CwEventMask,
		[]uint32{xproto.EventMaskPropertyChange | xproto.EventMaskStructureNotify})
}

// ignore ends that.
func (b *x11) ignore(to place, s *sending) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sends[to] == s {
		delete(b.sends, to)
	}
	if b.heard[to.win]--; b.heard[to.win] <= 0 {
		delete(b.heard, to.win)
		xproto.ChangeWindowAttributes(b.x, to.win, xproto.CwEventMask, []uint32{0})
	}
}

// destroyed ends the transfers to a window that is no more.
func (b *x11) destroyed(win xproto.Window) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for to, s := range b.sends {
		if to.win == win {
			s.ended()
		}
	}
}
