//go:build linux || freebsd || netbsd

package clipboard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
)

// quiet is how long the primary selection must stay with one owner before
// anybody is told: programs take it again with each move of the mouse.
const quiet = 50 * time.Millisecond

// A watch is what is known of the owner of a selection.
type watch struct {
	news chan struct{} // there is something to follow

	mu    sync.Mutex
	count int              // guarded by mu; owners that there were
	reign context.Context  // guarded by mu; ends when there is another owner
	over  func()           // guarded by mu; ends reign
	owner xproto.Window    // guarded by mu; 0 for none, and for us
	since xproto.Timestamp // guarded by mu; a time at which the owner was it
	ours  bool             // guarded by mu
	taken xproto.Timestamp // guarded by mu; when we have taken it last
	took  chan struct{}    // taken is another
	told  bool             // guarded by mu; Changed knows that somebody holds it

	telling sync.Mutex // held while Changed is called
}

func newWatch() *watch {
	w := &watch{news: make(chan struct{}, 1), took: make(chan struct{}, 1)}
	w.reign, w.over = context.WithCancel(context.Background())
	return w
}

// next begins another reign. mu is locked.
func (w *watch) next() {
	w.over()
	w.count++
	w.reign, w.over = context.WithCancel(context.Background())
}

// tell notes a new owner that is not us.
func (w *watch) tell(owner xproto.Window, t xproto.Timestamp) {
	w.mu.Lock()
	w.next()
	w.owner, w.since, w.ours = owner, t, false
	w.mu.Unlock()
	signal(w.news)
}

// take notes that we are the owner, since a time.
func (w *watch) take(t xproto.Timestamp) {
	w.mu.Lock()
	w.next()
	w.owner, w.ours, w.told, w.taken = 0, true, false, t
	w.mu.Unlock()
	signal(w.took)
}

// awaitTaken returns when it has been noted that we took it at a time, and what
// was before is told no more.
func (w *watch) awaitTaken(ctx context.Context, t xproto.Timestamp) error {
	for {
		w.mu.Lock()
		noted := !before(w.taken, t)
		w.mu.Unlock()
		if noted {
			w.telling.Lock() // until what is being told has been
			defer w.telling.Unlock()
			return nil
		}
		select {
		case <-w.took:
		case <-time.After(answerTime):
			return ErrSlow
		case <-ctx.Done():
			return ErrClosed
		}
	}
}

// An owner is a program that holds a selection.
type owner struct {
	count int
	reign context.Context // ends when there is another
	win   xproto.Window   // 0 for none
	since xproto.Timestamp
}

// now returns the owner; ours says that it is us.
func (w *watch) now() (o owner, ours bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return owner{w.count, w.reign, w.owner, w.since}, w.ours
}

// owned takes the news of an owner.
func (b *x11) owned(e xfixes.SelectionNotifyEvent) {
	sel, ok := b.selection(e.Selection)
	switch {
	case !ok:
	case e.Owner == b.win:
		b.watches[sel].take(e.SelectionTimestamp)
	default:
		b.watches[sel].tell(e.Owner, e.Timestamp)
	}
}

// follow finds out what new owners of a selection hold, and says so.
func (b *x11) follow(sel Selection) {
	w := b.watches[sel]
	for {
		select {
		case <-w.news:
		case <-b.ctx.Done():
			return
		}
		if sel == Primary && !b.settle(w) {
			return
		}
		o, ours := w.now()
		if ours {
			continue
		}
		var formats []Format
		if o.win != 0 {
			formats = b.ask(sel, o)
		}
		b.tell(sel, o.count, formats)
	}
}

// settle waits until a while has passed without a new owner. It is false when
// the board is closed.
func (b *x11) settle(w *watch) bool {
	for {
		select {
		case <-w.news:
		case <-time.After(quiet):
			return true
		case <-b.ctx.Done():
			return false
		}
	}
}

// tell says what is held, unless there has been another owner since.
func (b *x11) tell(sel Selection, count int, formats []Format) {
	w := b.watches[sel]
	w.telling.Lock()
	defer w.telling.Unlock()
	w.mu.Lock()
	stale := w.count != count || len(formats) == 0 && !w.told
	if !stale {
		w.told = len(formats) > 0
	}
	w.mu.Unlock()
	if !stale {
		b.o.Changed(sel, formats)
	}
}

// ask returns in which formats the owner of a selection has it: none if that is
// a secret.
func (b *x11) ask(sel Selection, o owner) []Format {
	names, err := b.targets(b.ctx, sel, o)
	if err != nil {
		b.o.Log.Debug("clipboard: the owner does not say what it holds", "selection", sel.String(), "err", err)
		if errors.Is(err, ErrNothing) {
			return []Format{Text} // it predates that question
		}
		return nil
	}
	if slices.Contains(names, hintTarget) && b.secret(sel, o) {
		b.o.Log.Debug("clipboard: a secret is left alone", "selection", sel.String())
		return nil
	}
	return formatsOf(names)
}

// targets returns the names of what is held.
func (b *x11) targets(ctx context.Context, sel Selection, o owner) ([]string, error) {
	got, err := b.transfer(ctx, sel, b.atoms["TARGETS"], o, 4*maxTargets, answerTime)
	if err != nil {
		return nil, err
	}
	return b.names(atomsIn(got.data)), nil
}

// secret reports whether the owner marks what it holds as a secret. It is
// believed to be one if it does not say.
func (b *x11) secret(sel Selection, o owner) bool {
	got, err := b.transfer(b.ctx, sel, b.atoms[hintTarget], o, 4096, answerTime)
	return err != nil || string(got.data) == secretHint
}
