package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"saffron/channels/agent"
	"saffron/cmd/saffron/share"
	"saffron/render/clipboard"
)

// A desktopClipboard is the clipboard of this computer. *clipboard.Board is one.
type desktopClipboard interface {
	Offer(clipboard.Selection, []clipboard.Format, clipboard.Fetch) error
	Withdraw(clipboard.Selection) error
	Owns(clipboard.Selection) bool
	Read(context.Context, clipboard.Selection, clipboard.Format) ([]byte, error)
}

// A guestClipboard is the clipboard of the guest. *agent.Agent is one.
type guestClipboard interface {
	Grab(agent.Selection, []agent.Format) error
	Release(agent.Selection) error
	Request(context.Context, agent.Selection, agent.Format) ([]byte, error)
}

// A clipboardShare keeps the clipboards of the desktop and of the guest one.
//
// What each side holds is announced to the other at once, and transferred only
// when somebody there pastes. Both sides may change owners at any time and at
// the same time, so nothing is done in answer to a single piece of news: each
// selection has a goroutine that looks who has taken it last, and makes the
// other side agree.
//
// It outlives sessions. It is the agent.Local of all of them.
type clipboardShare struct {
	board desktopClipboard
	log   *slog.Logger
	say   func(text string) // to the user; must not block
	wake  func()            // what is held, or how far a transfer is, has changed
	limit int64             // of what is transferred, in bytes; to be named

	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	halves  [2]*clipboardHalf // by selection

	mu     sync.Mutex // guards what follows, and the halves
	rules  clipboardRules
	copies *share.Copies  // files for the guest; nil: none are given to it
	reach  bool           // the guest can get at them
	guest  guestClipboard // of the session; nil before the first
	moving clipboardMove  // a transfer that takes its time
}

var (
	_ agent.Local   = (*clipboardShare)(nil)
	_ agent.Watcher = (*clipboardShare)(nil)
)

// A side is one that holds a selection.
type side uint8

const (
	nobodyHolds side = iota
	desktopHolds
	guestHolds
)

// A clipboardHalf is one selection. The share's mu guards it.
type clipboardHalf struct {
	sel     agent.Selection
	news    chan struct{} // something has changed
	changes int           // counts what has
	holder  side          // who took it last
	desktop []agent.Format
	guest   []agent.Format
}

// A clipboardMove is how far a transfer is.
type clipboardMove struct {
	toGuest     bool
	done, total int64 // in bytes; total 0: there is none
}

// newClipboardShare makes a share that begins with nothing held. The caller
// sets board before anything happens, and closes it.
func newClipboardShare(log *slog.Logger, rules clipboardRules, say func(string), wake func()) *clipboardShare {
	s := &clipboardShare{log: log, rules: rules, say: say, wake: wake}
	s.ctx, s.stop = context.WithCancel(context.Background())
	for i := range s.halves {
		s.halves[i] = &clipboardHalf{sel: agent.Selection(i), news: make(chan struct{}, 1)}
	}
	return s
}

// run begins to keep the sides one.
func (s *clipboardShare) run() {
	for _, h := range s.halves {
		s.running.Go(func() { s.follow(h) })
	}
}

// How often a selection is settled. People copy seldom; but programs on both
// sides that take over what they see in a clipboard would pass it to and fro for
// ever. What changes meanwhile is settled at once.
const (
	settleBurst = 25
	settleEvery = 200 * time.Millisecond
)

// follow settles a selection whenever something has changed.
func (s *clipboardShare) follow(h *clipboardHalf) {
	free := settleBurst // settlings that need not wait
	last := time.Now()
	for {
		select {
		case <-h.news:
		case <-s.ctx.Done():
			return
		}
		s.settle(h)
		regained := int(time.Since(last) / settleEvery)
		last = last.Add(time.Duration(regained) * settleEvery)
		if free = min(free+regained, settleBurst) - 1; free >= 0 {
			continue
		}
		free = 0
		select {
		case <-time.After(settleEvery):
			last = time.Now() // this wait was for the one that is spent
		case <-s.ctx.Done():
			return
		}
	}
}

// close ends that. The board is closed before.
func (s *clipboardShare) close() {
	s.stop()
	s.running.Wait()
}

// changed notes that something has. mu is locked.
func (s *clipboardShare) changed(h *clipboardHalf) {
	h.changes++
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// half changes a selection, if it is one that is shared at all.
func (s *clipboardShare) half(sel agent.Selection, change func(h *clipboardHalf)) {
	if int(sel) >= len(s.halves) {
		return
	}
	s.mu.Lock()
	h := s.halves[sel]
	change(h)
	s.changed(h)
	s.mu.Unlock()
	s.wake()
}

// desktopChanged is told what programs of the desktop hold.
func (s *clipboardShare) desktopChanged(sel clipboard.Selection, formats []clipboard.Format) {
	s.half(agent.Selection(sel), func(h *clipboardHalf) {
		h.desktop = toGuestFormats(formats)
		switch {
		case len(formats) > 0:
			h.holder = desktopHolds
		case h.holder == desktopHolds && len(h.guest) > 0: // it was never told
			h.holder = guestHolds
		case h.holder == desktopHolds:
			h.holder = nobodyHolds
		}
	})
}

// Offered implements agent.Local.
func (s *clipboardShare) Offered(sel agent.Selection, formats []agent.Format) {
	s.half(sel, func(h *clipboardHalf) { h.guest, h.holder = formats, guestHolds })
}

// Withdrawn implements agent.Local.
func (s *clipboardShare) Withdrawn(sel agent.Selection) {
	s.half(sel, func(h *clipboardHalf) { h.letGo() })
}

// letGo notes that the guest holds it no more: then the desktop may.
func (h *clipboardHalf) letGo() {
	h.guest = nil
	if h.holder == guestHolds {
		h.holder = nobodyHolds
		if len(h.desktop) > 0 {
			h.holder = desktopHolds
		}
	}
}

// attach takes the clipboard of the guest of a new session, which is told what
// is held here.
func (s *clipboardShare) attach(guest guestClipboard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.guest = guest
	for _, h := range s.halves {
		s.changed(h)
	}
}

// setRules changes what may go over.
func (s *clipboardShare) setRules(r clipboardRules) {
	s.mu.Lock()
	s.rules = r
	if !r.toGuest || !r.carries(agent.FileList) {
		s.copies.Clear()
	}
	for _, h := range s.halves {
		s.changed(h)
	}
	s.mu.Unlock()
	s.wake()
}

// settle makes the side that does not hold a selection agree with the one that
// does.
func (s *clipboardShare) settle(h *clipboardHalf) {
	s.mu.Lock()
	changes, holder, rules := h.changes, h.holder, s.rules
	offered := rules.toDesktop(h.sel, h.guest)
	s.mu.Unlock()
	here := clipboard.Selection(h.sel)
	switch {
	case holder == desktopHolds && s.board.Owns(here):
		s.outdated(h, changes)
	case holder == guestHolds && len(offered) > 0:
		s.offer(h, changes, toDesktopFormats(offered))
	default:
		if err := s.board.Withdraw(here); err != nil {
			s.log.Debug("the clipboard is not given up", "err", err)
		}
		s.tellGuest(h, changes)
	}
}

// outdated puts right that the desktop was said to hold what we have taken from
// it since.
func (s *clipboardShare) outdated(h *clipboardHalf, changes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.changes != changes {
		return
	}
	h.desktop, h.holder = nil, nobodyHolds
	if len(h.guest) > 0 {
		h.holder = guestHolds // as it was offered
		return
	}
	s.changed(h)
}

// offer lets programs of the desktop paste what the guest holds.
func (s *clipboardShare) offer(h *clipboardHalf, changes int, formats []clipboard.Format) {
	err := s.board.Offer(clipboard.Selection(h.sel), formats, func(ctx context.Context, f clipboard.Format) ([]byte, error) {
		return s.fetch(ctx, h.sel, guestFormats[f])
	})
	if err != nil { // another has it by now, of which we shall hear
		s.log.Debug("the guest's clipboard is not offered", "selection", h.sel.String(), "err", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.changes == changes {
		h.desktop = nil
	}
}

// tellGuest tells the guest what the desktop holds, unless something has changed
// meanwhile: the guest may have taken it.
func (s *clipboardShare) tellGuest(h *clipboardHalf, changes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.changes != changes || s.guest == nil {
		return
	}
	var formats []agent.Format
	if h.holder == desktopHolds {
		formats = s.forGuest(h.sel, h.desktop)
	}
	var err error
	if len(formats) > 0 {
		h.guest = nil
		err = s.guest.Grab(h.sel, formats)
	} else if h.holder != guestHolds {
		err = s.guest.Release(h.sel)
	}
	if err != nil {
		s.log.Debug("the guest is not told of the clipboard", "selection", h.sel.String(), "err", err)
	}
}

// errNotShared is why nothing is transferred: the rules have changed since it
// was offered.
var errNotShared = errors.New("the clipboard is not shared any more")

// fetch brings what the guest holds.
func (s *clipboardShare) fetch(ctx context.Context, sel agent.Selection, f agent.Format) ([]byte, error) {
	s.mu.Lock()
	guest, rules := s.guest, s.rules
	s.mu.Unlock()
	if guest == nil || len(rules.toDesktop(sel, []agent.Format{f})) == 0 {
		return nil, errNotShared
	}
	data, err := guest.Request(ctx, sel, f)
	s.explain(err, false)
	return data, err
}

// wantedTime bounds how long a program of the desktop may take to hand out what
// it holds.
const wantedTime = 60 * time.Second

// Wanted implements agent.Local.
func (s *clipboardShare) Wanted(sel agent.Selection, f agent.Format, answer func([]byte, error)) {
	s.mu.Lock()
	given := s.forGuest(sel, []agent.Format{f})
	s.mu.Unlock()
	here, known := desktopFormats[f]
	if !known || int(sel) >= len(s.halves) || len(given) == 0 {
		answer(nil, errNotShared)
		return
	}
	go func() { // it ends when the board is closed at the latest
		ctx, cancel := context.WithTimeout(s.ctx, wantedTime)
		defer cancel()
		data, err := s.board.Read(ctx, clipboard.Selection(sel), here)
		s.explain(err, true)
		if f == agent.FileList && err == nil {
			data, err = s.fileList(data)
		}
		answer(data, err)
	}()
}

// explain tells the user why a transfer was not made, if that is no everyday
// reason.
func (s *clipboardShare) explain(err error, toGuest bool) {
	const hint = "--clipboard-max sets the limit."
	var here *clipboard.TooLargeError
	var there *agent.TooLargeError
	switch {
	case errors.As(err, &here):
		s.say("The clipboard is not given to the guest: it holds " + size(uint64(here.Size)) + " or more,\nthe limit is " + size(uint64(here.Max)) + ". " + hint)
	case errors.As(err, &there) && !toGuest:
		s.say("The guest's clipboard is not taken: it holds " + size(uint64(there.Size)) + ",\nthe limit is " + size(uint64(there.Limit)) + ". " + hint)
	case errors.Is(err, agent.ErrTimeout):
		s.say("The guest does not hand out its clipboard.")
	case errors.Is(err, clipboard.ErrSlow):
		s.say("The program that holds the clipboard does not hand it out.")
	case errors.Is(err, agent.ErrNoData):
		s.say("The guest gave nothing of its clipboard. Perhaps it exceeds\nthe limit of " + size(uint64(s.limit)) + ". " + hint)
	}
}

// Progress implements agent.Watcher.
func (s *clipboardShare) Progress(_ agent.Selection, toGuest bool, done, total int64) {
	s.mu.Lock()
	s.moving = clipboardMove{toGuest, done, total}
	if done < 0 || done >= total {
		s.moving = clipboardMove{}
	}
	s.mu.Unlock()
	if done < 0 {
		s.say("The transfer of the clipboard was cut off.")
	}
	s.wake()
}

// note says how far a transfer is, "" if there is none.
func (s *clipboardShare) note() string {
	s.mu.Lock()
	m := s.moving
	s.mu.Unlock()
	if m.total == 0 {
		return ""
	}
	way := "Clipboard from the guest: "
	if m.toGuest {
		way = "Clipboard to the guest: "
	}
	return way + size(uint64(m.done)) + " of " + size(uint64(m.total))
}

// heldBy says who holds a selection.
func (s *clipboardShare) heldBy(sel agent.Selection) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halves[sel].holder.String()
}

func (s side) String() string { return [...]string{"nobody", "this computer", "the guest"}[s] }

// held says who holds a selection, and what.
func (s *clipboardShare) held(sel agent.Selection) string {
	s.mu.Lock()
	h := s.halves[sel]
	holder, list := h.holder, h.desktop
	if holder == guestHolds {
		list = h.guest
	}
	kinds := make([]string, len(list))
	for i, f := range list {
		kinds[i] = f.String()
	}
	s.mu.Unlock()
	if holder == nobodyHolds {
		return holder.String()
	}
	return holder.String() + ": " + strings.Join(kinds, ", ")
}
