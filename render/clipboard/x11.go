//go:build linux || freebsd || netbsd

package clipboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
)

func init() {
	xgb.Logger = log.New(io.Discard, "", 0) // it would write to standard error
}

// maxServing bounds the requests of other programs that are served at once;
// those beyond are refused.
const maxServing = 64

// x11 is the clipboard of an X server.
//
// The goroutine of serve receives events and hands them to those who wait. It
// never waits for a reply, so that the server's answers to others always get
// through.
type x11 struct {
	o     *Options
	x     *xgb.Conn
	fixes byte          // number of the event of XFixes
	win   xproto.Window // owns selections, and asks the time
	root  xproto.Window
	piece int // bytes of a property that one request sets
	sels  [selections]xproto.Atom
	atoms map[string]xproto.Atom // R/O once open

	ctx     context.Context // ends with the connection
	end     context.CancelFunc
	running sync.WaitGroup
	serving chan struct{} // a token each request that is served
	clock   sync.Mutex    // held by who asks the time
	stamps  chan xproto.Timestamp
	watches [selections]*watch

	mu     sync.Mutex
	own    [selections]*offering      // guarded by mu; nil if another has it
	turns  [selections]sync.Mutex     // each held while a selection is taken or given up
	reads  map[xproto.Window]*reading // guarded by mu
	left   []xproto.Window            // guarded by mu; of readings given up
	sends  map[place]*sending         // guarded by mu
	heard  map[xproto.Window]int      // guarded by mu; sends by their window
	called map[xproto.Atom]string     // guarded by mu; names of atoms
}

// openX11 connects to an X server.
func openX11(o *Options) (*x11, error) {
	conn, fixes, err := connect(o.Display)
	if err != nil {
		return nil, err
	}
	b := &x11{
		o: o, x: conn, fixes: fixes, atoms: map[string]xproto.Atom{}, serving: make(chan struct{}, maxServing),
		stamps: make(chan xproto.Timestamp, 1),
		reads:  map[xproto.Window]*reading{}, sends: map[place]*sending{},
		heard: map[xproto.Window]int{}, called: map[xproto.Atom]string{},
	}
	b.ctx, b.end = context.WithCancel(context.Background())
	if err := b.setUp(); err != nil {
		conn.Close()
		return nil, err
	}
	b.running.Go(b.serve)
	for sel := range selections {
		b.running.Go(func() { b.follow(sel) })
	}
	return b, nil
}

// connecting is held by connect.
var connecting sync.Mutex

// connect connects to an X server and makes XFixes known; it returns the number
// of that extension's first event. The library has a table of events for all
// connections, which it reads without a lock as they come. So it is written only
// if something is missing: for the first connection, unless another package has
// filled it before there was any.
func connect(display string) (conn *xgb.Conn, fixes byte, err error) {
	connecting.Lock()
	defer connecting.Unlock()
	conn, err = xgb.NewConnDisplay(display)
	if err != nil {
		return nil, 0, err
	}
	const name = "XFIXES"
	reply, err := xproto.QueryExtension(conn, uint16(len(name)), name).Reply()
	if err != nil || !reply.Present {
		conn.Close()
		return nil, 0, cmp.Or(err, errors.New("the X server lacks "+name))
	}
	conn.ExtLock.Lock()
	conn.Extensions[name] = reply.MajorOpcode
	conn.ExtLock.Unlock()
	if n := int(reply.FirstEvent); xgb.NewEventFuncs[n] == nil {
		xgb.NewEventFuncs[n] = xfixes.SelectionNotifyEventNew
	}
	return conn, reply.FirstEvent, nil
}

func (b *x11) setUp() error {
	if _, err := xfixes.QueryVersion(b.x, 5, 0).Reply(); err != nil {
		return fmt.Errorf("XFIXES: %w", err)
	}
	if err := b.intern(); err != nil {
		return err
	}
	b.sels = [selections]xproto.Atom{b.atoms["CLIPBOARD"], xproto.AtomPrimary}
	setup := xproto.Setup(b.x)
	b.root = setup.DefaultScreen(b.x).Root
	b.piece = min(4*int(setup.MaximumRequestLength), 256<<10) - 256
	var err error
	if b.win, err = b.newWindow(); err != nil {
		return err
	}
	for sel := range selections {
		b.watches[sel] = newWatch()
		err := xfixes.SelectSelectionInputChecked(b.x, b.win, b.sels[sel],
			xfixes.SelectionEventMaskSetSelectionOwner|xfixes.SelectionEventMaskSelectionWindowDestroy|
				xfixes.SelectionEventMaskSelectionClientClose).Check()
		if err != nil {
			return fmt.Errorf("XFIXES: %w", err)
		}
		owner, err := xproto.GetSelectionOwner(b.x, b.sels[sel]).Reply()
		if err != nil {
			return err
		}
		if owner.Owner != 0 {
			b.watches[sel].tell(owner.Owner, xproto.TimeCurrentTime)
		}
	}
	return nil
}

// intern asks for the numbers of all names that are used.
func (b *x11) intern() error {
	names := []string{"CLIPBOARD", "TARGETS", "TIMESTAMP", "MULTIPLE", "INCR", "ATOM_PAIR", "SAFFRON_DATA", "SAFFRON_TIME", hintTarget}
	for _, t := range targets {
		names = append(names, t.name)
	}
	cookies := make([]xproto.InternAtomCookie, len(names))
	for i, name := range names {
		cookies[i] = xproto.InternAtom(b.x, false, uint16(len(name)), name)
	}
	for i, c := range cookies {
		reply, err := c.Reply()
		if err != nil {
			return err
		}
		b.atoms[names[i]] = reply.Atom
		b.called[reply.Atom] = names[i]
	}
	return nil
}

// newWindow makes a window that nobody sees, whose properties we hear of.
func (b *x11) newWindow() (xproto.Window, error) {
	id, err := xproto.NewWindowId(b.x)
	if err != nil {
		return 0, err
	}
	err = xproto.CreateWindowChecked(b.x, 0, id, b.root, -1, -1, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{1, xproto.EventMaskPropertyChange}).Check()
	return id, err
}

// serve passes events to those who wait for them.
func (b *x11) serve() {
	defer b.end()
	for {
		event, xerr := b.x.WaitForEvent()
		if event == nil && xerr == nil {
			return
		}
		switch e := event.(type) {
		case xfixes.SelectionNotifyEvent:
			b.owned(e)
		case xproto.SelectionRequestEvent:
			b.requested(e)
		case xproto.SelectionClearEvent:
			b.cleared(e)
		case xproto.SelectionNotifyEvent:
			b.answered(e)
		case xproto.PropertyNotifyEvent:
			b.property(e)
		case xproto.DestroyNotifyEvent:
			b.destroyed(e.Window)
		default: // what another package makes of events that the library does not know
			if raw := rawEvent(event); len(raw) == 32 && raw[0]&^sent == b.fixes {
				b.owned(xfixes.SelectionNotifyEventNew(raw).(xfixes.SelectionNotifyEvent))
			}
		}
	}
}

// sent marks events that clients have sent.
const sent = 0x80

// rawEvent returns the bytes of an event, nil for an error.
func rawEvent(e xgb.Event) []byte {
	if e == nil {
		return nil
	}
	return e.Bytes()
}

// property takes a change of a property: the time, a piece for us, or one that
// was taken from us.
func (b *x11) property(e xproto.PropertyNotifyEvent) {
	if e.Window == b.win {
		if e.Atom == b.atoms["SAFFRON_TIME"] && e.State == xproto.PropertyNewValue {
			select {
			case b.stamps <- e.Time:
			default:
			}
		}
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.State == xproto.PropertyNewValue {
		if r := b.reads[e.Window]; r != nil && e.Atom == b.atoms["SAFFRON_DATA"] {
			signal(r.news)
		}
	} else if s := b.sends[place{e.Window, e.Atom}]; s != nil {
		signal(s.taken)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// selection returns which selection an atom is.
func (b *x11) selection(a xproto.Atom) (Selection, bool) {
	for sel, atom := range b.sels {
		if atom == a {
			return Selection(sel), true
		}
	}
	return 0, false
}

// now asks the server for its time.
func (b *x11) now() (xproto.Timestamp, error) {
	b.clock.Lock()
	defer b.clock.Unlock()
	select {
	case <-b.stamps: // of one who gave up waiting
	default:
	}
	xproto.ChangeProperty(b.x, xproto.PropModeAppend, b.win, b.atoms["SAFFRON_TIME"], xproto.AtomString, 8, 0, nil)
	select {
	case t := <-b.stamps:
		return t, nil
	case <-b.ctx.Done():
		return 0, ErrClosed
	case <-time.After(answerTime):
		return 0, errors.New("clipboard: the X server does not answer")
	}
}

// name returns the names of atoms, "" for those that are none.
func (b *x11) names(atoms []uint32) []string {
	names := make([]string, len(atoms))
	cookies := make([]*xproto.GetAtomNameCookie, len(atoms))
	b.mu.Lock()
	for i, a := range atoms {
		names[i] = b.called[xproto.Atom(a)]
	}
	b.mu.Unlock()
	for i, a := range atoms {
		if names[i] == "" && a != 0 {
			c := xproto.GetAtomName(b.x, xproto.Atom(a))
			cookies[i] = &c
		}
	}
	for i, c := range cookies {
		if c == nil {
			continue
		}
		if reply, err := c.Reply(); err == nil {
			names[i] = reply.Name
			b.remember(xproto.Atom(atoms[i]), reply.Name)
		}
	}
	return names
}

// maxCalled bounds the names of atoms that are kept.
const maxCalled = 4096

func (b *x11) remember(a xproto.Atom, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.called) < maxCalled {
		b.called[a] = name
	}
}

func (b *x11) primary() bool { return true }

func (b *x11) close() {
	b.end()
	b.x.Close()
	b.running.Wait()
}
