package agent

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"saffron/spice/wire"
)

// A Selection is one of the clipboards that a desktop has.
type Selection uint8

// The selections (VD_AGENT_CLIPBOARD_SELECTION_*).
const (
	Clipboard Selection = 0 // what was copied
	Primary   Selection = 1 // what is selected
	Secondary Selection = 2

	selections = 3
)

func (s Selection) String() string {
	switch s {
	case Clipboard:
		return "clipboard"
	case Primary:
		return "primary"
	case Secondary:
		return "secondary"
	}
	return fmt.Sprintf("selection %d", uint8(s))
}

// A Format is a form in which a clipboard can be had.
type Format uint32

// The formats (VD_AGENT_CLIPBOARD_*).
const (
	None     Format = 0 // there is nothing
	Text     Format = 1 // UTF-8, lines end as on this system
	PNG      Format = 2 // images are whole files
	BMP      Format = 3
	TIFF     Format = 4
	JPEG     Format = 5
	FileList Format = 6 // "copy" or "cut" and paths, each with a NUL behind
)

func (f Format) String() string {
	names := [...]string{"none", "text", "PNG", "BMP", "TIFF", "JPEG", "file list"}
	if int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("format %d", uint32(f))
}

func (f Format) known() bool { return Text <= f && f <= FileList }

// Local is the clipboard of this side. Its methods are called one at a time,
// most of them by main's reader, and must not block; they may call the agent's,
// but not Request.
type Local interface {
	// Offered says that the guest holds a selection now, in these formats. What
	// this side held is not asked for any more.
	Offered(sel Selection, formats []Format)
	// Withdrawn says that nobody in the guest holds the selection any more.
	Withdrawn(sel Selection)
	// Wanted asks for what this side holds. The answer, or why there is none, is
	// given once, from any goroutine; after half a minute the guest is told that
	// there is none. Data is not to be changed afterwards.
	Wanted(sel Selection, f Format, answer func(data []byte, err error))
}

// A Watcher is a Local that is told how far the transfer of a content is, in
// bytes, at the beginning, from time to time, and at the end, when done is
// total; -1 says that it was cut off. Any goroutine; it must not block.
type Watcher interface {
	Progress(sel Selection, toGuest bool, done, total int64)
}

// DefaultMaxClipboard is the largest content of a clipboard unless told
// otherwise, in bytes.
const DefaultMaxClipboard = 100 << 20

// Errors of the clipboard.
var (
	// ErrNoSelection: the agent does not know that selection.
	ErrNoSelection = errors.New("the guest's agent shares no such selection")
	// ErrNotHeld: nobody in the guest holds the selection, or somebody else does
	// by now.
	ErrNotHeld = errors.New("the guest's clipboard is somebody else's by now")
	// ErrNoData: who holds the selection could not give it.
	ErrNoData = errors.New("the guest gave nothing")
	// ErrTimeout: no answer came.
	ErrTimeout = errors.New("the guest does not answer")
)

// A TooLargeError says that the content of a clipboard is beyond the limit.
type TooLargeError struct{ Size, Limit int64 } // bytes

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the clipboard has %s, more than the limit of %s", amount(uint64(e.Size)), amount(uint64(e.Limit)))
}

// An owner is who holds a selection.
type owner uint8

const (
	nobody owner = iota
	guest
	client
)

const (
	// releaseDelay is how long a release of an agent that releases before it
	// grabs anew has no effect.
	releaseDelay = 500 * time.Millisecond
	// maxAsked bounds the requests of the guest that wait for an answer.
	maxAsked = 16
	// answerTimeout bounds the wait for an answer of Local.
	answerTimeout = 30 * time.Second
)

// A selection is one clipboard between the two sides. It is guarded by
// Agent.mu.
type selection struct {
	owner   owner
	formats []Format // what the owner has
	serial  uint32   // of the next grab, of either side

	// Of the client's hold.
	grabDue    bool // the agent is to be told
	releaseDue bool
	told       bool // the agent knows that the client holds it

	withdraw *withdrawal // a release that has no effect yet

	asked  []Format // by the guest and not answered; the first is being answered
	answer *answer  // nil: none is under way

	turn    chan struct{} // capacity 1, filled by who has a request under way
	waiting *waiting      // its request
}

// A withdrawal is a release of the guest that waits for a grab to take it back.
type withdrawal struct{ timer *time.Timer }

// maxContent returns the limit that is meant by an option.
func maxContent(n int64) int64 {
	switch {
	case n == 0:
		return DefaultMaxClipboard
	case n < 0:
		return maxUint31 - maxHead
	}
	return min(n, maxUint31-maxHead)
}

// MaxClipboard returns the largest content that is taken or given, in bytes.
func (a *Agent) MaxClipboard() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.max
}

// SetMaxClipboard changes it; 0 and -1 mean what they do in Options.
func (a *Agent) SetMaxClipboard(n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n = maxContent(n); n != a.max {
		a.max = n
		a.settings.maxClipboard = a.ready && a.o.Local != nil
		a.notify()
	}
}

// layout returns how messages of the clipboard look just now.
func (a *Agent) layout() layout {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.layoutLocked()
}

func (a *Agent) layoutLocked() layout {
	return layout{selection: a.both(CapClipboardSelection), serial: a.both(CapClipboardGrabSerial)}
}

// shares returns why a selection is not shared, or nil. The caller holds mu.
func (a *Agent) shares(sel Selection) error {
	switch {
	case sel >= selections:
		return ErrNoSelection
	case !a.both(CapClipboard):
		return ErrNotAgent
	case sel != Clipboard && !a.both(CapClipboardSelection):
		return ErrNoSelection
	}
	return nil
}

// Grab says that this side holds a selection, in these formats. Without an agent
// it is remembered, and said to the next one. The guest asks for the content
// when it needs it. An error is an agent that does not share the selection; that
// too is remembered.
func (a *Agent) Grab(sel Selection, formats []Format) error {
	if sel >= selections {
		return ErrNoSelection
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	s := &a.held[sel]
	s.stopWithdraw()
	s.fail(ErrNotHeld)
	s.owner, s.formats, s.grabDue, s.releaseDue = client, slices.Clone(formats), true, false
	a.notify()
	if a.ready {
		return a.shares(sel)
	}
	return nil
}

// Release says that this side holds a selection no more. It does nothing if the
// guest holds it by now.
func (a *Agent) Release(sel Selection) error {
	if sel >= selections {
		return ErrNoSelection
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	s := &a.held[sel]
	if s.owner != client {
		return nil
	}
	s.owner, s.formats, s.grabDue, s.releaseDue = nobody, nil, false, s.told
	a.notify()
	return nil
}

// greetClipboard tells a new agent what this side holds. The caller holds mu.
func (a *Agent) greetClipboard() {
	for i := range a.held {
		a.held[i].grabDue = a.held[i].owner == client
	}
}

// nextGrab returns the next grab or release that is due. The serial is spent
// here and not before: it counts what is really sent. The caller holds mu.
func (a *Agent) nextGrab() *message {
	for i := range a.held {
		s, sel := &a.held[i], Selection(i)
		if a.shares(sel) != nil {
			continue
		}
		l := a.layoutLocked()
		switch {
		case s.releaseDue:
			s.releaseDue, s.told = false, false
			return &message{typ: msgRelease, head: wire.Marshal(&release{l, sel})}
		case s.grabDue:
			g := &grab{layout: l, Selection: sel, Serial: s.serial, Formats: s.formats}
			s.grabDue, s.told = false, true
			s.serial++
			return &message{typ: msgGrab, head: wire.Marshal(g)}
		}
	}
	return nil
}

// grabbed takes a grab of the guest.
func (a *Agent) grabbed(m *grab) {
	formats := make([]Format, 0, len(m.Formats))
	for _, f := range m.Formats {
		if f.known() && !slices.Contains(formats, f) {
			formats = append(formats, f)
		}
	}
	a.mu.Lock()
	if a.shares(m.Selection) != nil {
		a.mu.Unlock()
		return
	}
	s := &a.held[m.Selection]
	if m.serial && m.Serial != s.serial {
		a.mu.Unlock()
		a.log.Debug("a grab of the guest lost the race", "selection", m.Selection.String(), "serial", m.Serial, "expected", s.serial)
		return
	}
	if m.serial {
		s.serial++
	}
	s.stopWithdraw()
	s.fail(ErrNotHeld)
	before := s.owner
	s.owner, s.formats, s.grabDue, s.releaseDue, s.told = guest, formats, false, false, false
	if len(formats) == 0 {
		s.owner = nobody
	}
	a.mu.Unlock()
	switch {
	case len(formats) > 0:
		a.o.Local.Offered(m.Selection, slices.Clone(formats))
	case before == guest:
		a.o.Local.Withdrawn(m.Selection)
	}
}

// released takes a release of the guest. Agents that did not agree to do
// otherwise release before each new grab; then it waits for one.
func (a *Agent) released(m *release) {
	a.mu.Lock()
	if a.shares(m.Selection) != nil || a.held[m.Selection].owner != guest {
		a.mu.Unlock()
		return
	}
	s := &a.held[m.Selection]
	if a.both(CapNoReleaseOnRegrab) {
		s.letGo()
		a.mu.Unlock()
		a.o.Local.Withdrawn(m.Selection)
		return
	}
	if s.withdraw == nil {
		w := new(withdrawal)
		w.timer = time.AfterFunc(releaseDelay, func() { a.withdraw(m.Selection, w) })
		s.withdraw = w
	}
	a.mu.Unlock()
}

// withdraw lets a delayed release take effect, unless it was taken back.
func (a *Agent) withdraw(sel Selection, w *withdrawal) {
	a.calls.Lock()
	defer a.calls.Unlock()
	a.mu.Lock()
	s := &a.held[sel]
	current := s.withdraw == w
	if current {
		s.letGo()
	}
	a.mu.Unlock()
	if current {
		a.o.Local.Withdrawn(sel)
	}
}

// letGo makes a selection of the guest nobody's. The caller holds mu.
func (s *selection) letGo() {
	s.stopWithdraw()
	s.owner, s.formats = nobody, nil
	s.fail(ErrNotHeld)
}

func (s *selection) stopWithdraw() {
	if s.withdraw != nil {
		s.withdraw.timer.Stop()
		s.withdraw = nil
	}
}

// dropClipboard forgets what the agent said, and returns what it held. What this
// side holds stays. The caller holds mu.
func (a *Agent) dropClipboard(cause error) (withdrawn []Selection) {
	for i := range a.held {
		s := &a.held[i]
		s.stopWithdraw()
		s.fail(cause)
		s.asked, s.serial = nil, 0
		s.grabDue, s.releaseDue, s.told = false, false, false
		if s.answer != nil {
			s.answer.timer.Stop()
			s.answer = nil
		}
		if s.owner == guest {
			s.owner, s.formats = nobody, nil
			withdrawn = append(withdrawn, Selection(i))
		}
	}
	return withdrawn
}
