//go:build window

package clipboard_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// An xclient is a program on the other side, which can do what xclip does not.
type xclient struct {
	*xgb.Conn
	t     *testing.T
	win   xproto.Window
	time  xproto.Timestamp // of requests
	news  chan xproto.PropertyNotifyEvent
	done  chan xproto.SelectionNotifyEvent
	mu    sync.Mutex
	atoms map[string]xproto.Atom // guarded by mu
	owner *owner                 // guarded by mu
}

func (d *desk) connect() *xclient {
	d.t.Helper()
	conn, err := xgb.NewConnDisplay(d.display)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(conn.Close)
	x := &xclient{Conn: conn, t: d.t, atoms: map[string]xproto.Atom{},
		news: make(chan xproto.PropertyNotifyEvent, 1000), done: make(chan xproto.SelectionNotifyEvent, 10)}
	if x.win, err = xproto.NewWindowId(conn); err != nil {
		d.t.Fatal(err)
	}
	err = xproto.CreateWindowChecked(conn, 0, x.win, xproto.Setup(conn).DefaultScreen(conn).Root, 0, 0, 1, 1, 0,
		xproto.WindowClassInputOnly, 0, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
	if err != nil {
		d.t.Fatal(err)
	}
	go x.serve()
	return x
}

func (x *xclient) serve() {
	for {
		event, xerr := x.WaitForEvent()
		if event == nil && xerr == nil {
			return
		}
		switch e := event.(type) {
		case xproto.PropertyNotifyEvent:
			select {
			case x.news <- e:
			default:
			}
		case xproto.SelectionNotifyEvent:
			x.done <- e
		case xproto.SelectionRequestEvent:
			x.mu.Lock()
			o := x.owner
			x.mu.Unlock()
			go o.answer(e)
		case xproto.SelectionClearEvent:
			x.mu.Lock()
			if x.owner != nil {
				signal(x.owner.cleared)
			}
			x.mu.Unlock()
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (x *xclient) atom(name string) xproto.Atom {
	x.mu.Lock()
	defer x.mu.Unlock()
	if a, ok := x.atoms[name]; ok {
		return a
	}
	reply, err := xproto.InternAtom(x.Conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0
	}
	x.atoms[name] = reply.Atom
	return reply.Atom
}

// convert asks for a target and returns the answer.
func (x *xclient) convert(target string) xproto.Atom {
	x.t.Helper()
	xproto.ConvertSelection(x.Conn, x.win, x.atom("CLIPBOARD"), x.atom(target), x.atom("DATA"), x.time)
	select {
	case e := <-x.done:
		return e.Property
	case <-time.After(patience):
		x.t.Fatal("no answer")
	}
	return 0
}

func (x *xclient) get(property xproto.Atom, remove bool) *xproto.GetPropertyReply {
	x.t.Helper()
	p, err := xproto.GetProperty(x.Conn, remove, x.win, property, xproto.GetPropertyTypeAny, 0, 1<<26).Reply()
	if err != nil {
		x.t.Fatal(err)
	}
	return p
}

// ask returns what a small target is, nil if it is refused.
func (x *xclient) ask(target string) []byte {
	x.t.Helper()
	answer := x.convert(target)
	if answer == 0 {
		return nil
	}
	return x.get(answer, true).Value
}

// begin asks for a target and returns what is there at first.
func (x *xclient) begin(target string) (xproto.Atom, *xproto.GetPropertyReply) {
	x.t.Helper()
	answer := x.convert(target)
	if answer == 0 {
		return 0, nil
	}
	return answer, x.get(answer, true)
}

// piece waits for the next piece of a transfer.
func (x *xclient) piece(property xproto.Atom) []byte {
	x.t.Helper()
	for deadline := time.After(patience); ; {
		if p := x.get(property, true); p.Type != 0 {
			return p.Value
		}
		select {
		case <-x.news:
		case <-deadline:
			x.t.Fatal("no piece")
		}
	}
}

// rest reads a transfer to its end.
func (x *xclient) rest(property xproto.Atom) []byte {
	x.t.Helper()
	var all []byte
	for {
		p := x.piece(property)
		if len(p) == 0 {
			return all
		}
		all = append(all, p...)
	}
}

// An owner holds the clipboard.
type owner struct {
	x       *xclient
	data    map[string]string
	order   []string // of the targets
	endless bool     // data never end
	silent  bool     // requests are not answered
	cleared chan struct{}

	mu      sync.Mutex
	targets []string // guarded by mu; that were asked for
}

func (x *xclient) newOwner(data map[string]string) *owner {
	o := &owner{x: x, data: data, cleared: make(chan struct{}, 1)}
	for name := range data {
		o.order = append(o.order, name)
	}
	slices.Sort(o.order)
	return o
}

// own takes the clipboard with a text.
func (x *xclient) own(text string) *owner {
	x.t.Helper()
	o := x.newOwner(map[string]string{"UTF8_STRING": text})
	o.take()
	return o
}

func (o *owner) take() {
	o.x.t.Helper()
	o.x.mu.Lock()
	o.x.owner = o
	o.x.mu.Unlock()
	if err := xproto.SetSelectionOwnerChecked(o.x.Conn, o.x.win, o.x.atom("CLIPBOARD"), 0).Check(); err != nil {
		o.x.t.Fatal(err)
	}
}

// lost waits until another has taken the clipboard.
func (o *owner) lost() {
	o.x.t.Helper()
	select {
	case <-o.cleared:
	case <-time.After(patience):
		o.x.t.Fatal("nobody has taken it")
	}
}

func (o *owner) asked() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.targets)
}

func (o *owner) answer(e xproto.SelectionRequestEvent) {
	x := o.x
	if o.silent {
		return
	}
	name := "TARGETS"
	for n := range o.data {
		if x.atom(n) == e.Target {
			name = n
		}
	}
	o.mu.Lock()
	o.targets = append(o.targets, name)
	o.mu.Unlock()
	set := func(typ xproto.Atom, format byte, data []byte) {
		xproto.ChangeProperty(x.Conn, xproto.PropModeReplace, e.Requestor, e.Property, typ, format, uint32(len(data)/int(format/8)), data)
	}
	switch {
	case name == "TARGETS":
		var list []byte
		for _, n := range o.order {
			a := x.atom(n)
			list = append(list, byte(a), byte(a>>8), byte(a>>16), byte(a>>24))
		}
		set(xproto.AtomAtom, 32, list)
	case o.endless:
		xproto.ChangeWindowAttributes(x.Conn, e.Requestor, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
		set(x.atom("INCR"), 32, []byte{0, 0, 0, 0})
	default:
		set(e.Target, 8, []byte(o.data[name]))
	}
	answer := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: e.Property}
	xproto.SendEvent(x.Conn, false, e.Requestor, 0, string(answer.Bytes()))
	for deadline := time.After(patience); o.endless && name != "TARGETS"; {
		select {
		case n := <-x.news:
			if n.State == xproto.PropertyDelete && n.Window == e.Requestor {
				set(e.Target, 8, make([]byte, 100_000))
			}
		case <-deadline:
			return
		}
	}
}
