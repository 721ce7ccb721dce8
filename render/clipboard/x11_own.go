//go:build linux || freebsd || netbsd

package clipboard

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/jezek/xgb/xproto"
)

func (b *x11) offer(sel Selection, formats []Format, fetch Fetch) error {
	if sel >= selections {
		return ErrLost
	}
	b.turns[sel].Lock()
	defer b.turns[sel].Unlock()
	t, err := b.now()
	if err != nil {
		return err
	}
	of := newOffering(b.ctx, b.running.Go, formats, fetch)
	of.since = uint32(t)
	b.mu.Lock()
	b.own[sel] = of // before it is ours: requests may follow at once
	b.mu.Unlock()
	xproto.SetSelectionOwner(b.x, b.win, b.sels[sel], t)
	owner, err := xproto.GetSelectionOwner(b.x, b.sels[sel]).Reply()
	if err != nil {
		return ErrClosed
	}
	if owner.Owner != b.win {
		b.disown(sel, of)
		return ErrLost
	}
	return b.watches[sel].awaitTaken(b.ctx, t)
}

// disown forgets an offer that stands no more.
func (b *x11) disown(sel Selection, of *offering) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.own[sel] == of {
		b.own[sel] = nil
	}
}

func (b *x11) withdraw(sel Selection) error {
	if sel >= selections {
		return nil
	}
	b.turns[sel].Lock()
	defer b.turns[sel].Unlock()
	b.mu.Lock()
	of := b.own[sel]
	b.own[sel] = nil
	b.mu.Unlock()
	if of == nil {
		return nil
	}
	// If another has it by now, the server finds this too old.
	if err := xproto.SetSelectionOwnerChecked(b.x, 0, b.sels[sel], xproto.Timestamp(of.since)).Check(); err != nil {
		return ErrClosed
	}
	return nil
}

func (b *x11) owns(sel Selection) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return sel < selections && b.own[sel] != nil
}

// cleared takes the news that another has taken a selection from us.
func (b *x11) cleared(e xproto.SelectionClearEvent) {
	sel, ok := b.selection(e.Selection)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if of := b.own[sel]; of != nil && !before(e.Time, xproto.Timestamp(of.since)) {
		b.own[sel] = nil
	}
}

// before reports whether a time is before another. They wrap after 49 days.
func before(t, other xproto.Timestamp) bool { return int32(t-other) < 0 }

// requested has another program's request served, or refuses it.
func (b *x11) requested(e xproto.SelectionRequestEvent) {
	sel, ok := b.selection(e.Selection)
	var of *offering
	if ok {
		b.mu.Lock()
		of = b.own[sel]
		b.mu.Unlock()
	}
	if of == nil || e.Time != xproto.TimeCurrentTime && before(e.Time, xproto.Timestamp(of.since)) {
		b.notify(e, 0)
		return
	}
	select {
	case b.serving <- struct{}{}:
	default:
		b.notify(e, 0)
		return
	}
	b.running.Go(func() {
		defer func() { <-b.serving }()
		b.respond(e, of)
	})
}

// respond serves one request.
func (b *x11) respond(e xproto.SelectionRequestEvent, of *offering) {
	ctx, cancel := context.WithTimeout(b.ctx, fetchTime)
	defer cancel()
	property := e.Property
	if property == 0 { // as programs ask that predate properties
		property = e.Target
	}
	if e.Target == b.atoms["MULTIPLE"] {
		b.respondMultiple(ctx, e, of)
		return
	}
	rest, ok := b.convert(ctx, of, place{e.Requestor, property}, e.Target)
	if !ok {
		property = 0
	}
	b.notify(e, property)
	if rest != nil {
		b.report(rest())
	}
}

func (b *x11) report(err error) {
	if err != nil {
		b.o.Log.Debug("clipboard: a transfer to another program has ended early", "err", err)
	}
}

// notify answers a request: the property is where the data are, 0 refuses.
func (b *x11) notify(e xproto.SelectionRequestEvent, property xproto.Atom) {
	answer := xproto.SelectionNotifyEvent{
		Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property,
	}
	xproto.SendEvent(b.x, false, e.Requestor, 0, string(answer.Bytes()))
}

// convert puts what is offered into a property of the program that asked. If
// the data are too large for that, rest sends them when the program has been
// told.
func (b *x11) convert(ctx context.Context, of *offering, to place, target xproto.Atom) (rest func() error, ok bool) {
	switch target {
	case b.atoms["TARGETS"]:
		return nil, b.set(to, xproto.AtomAtom, 32, words(b.offered(of))) == nil
	case b.atoms["TIMESTAMP"]:
		return nil, b.set(to, xproto.AtomInteger, 32, words([]xproto.Atom{xproto.Atom(of.since)})) == nil
	}
	t, ok := targetOf(b.names([]uint32{uint32(target)})[0])
	if !ok || !slices.Contains(of.formats, t.format) {
		return nil, false
	}
	data, err := of.get(ctx, t.format)
	if err != nil {
		b.o.Log.Debug("clipboard: what was offered cannot be had", "format", t.format.String(), "err", err)
		return nil, false
	}
	switch t.format {
	case Text:
		data = encodeText(t.name, data)
	case FileList:
		data = encodeFiles(t.name, data)
	}
	typ := target
	if t.typ != "" {
		typ = b.atoms[t.typ]
	}
	if len(data) <= b.piece {
		return nil, b.set(to, typ, 8, data) == nil
	}
	return b.send(ctx, to, typ, data)
}

// offered returns the names of what is offered.
func (b *x11) offered(of *offering) []xproto.Atom {
	list := []xproto.Atom{b.atoms["TARGETS"], b.atoms["TIMESTAMP"], b.atoms["MULTIPLE"]}
	for _, f := range of.formats {
		for _, t := range targets {
			if t.format == f {
				list = append(list, b.atoms[t.name])
			}
		}
	}
	return list
}

// words writes numbers as properties hold them.
func words(list []xproto.Atom) []byte {
	var data []byte
	for _, v := range list {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	return data
}

// set sets a property of another program's window. It is an error if the window
// is gone.
func (b *x11) set(to place, typ xproto.Atom, format byte, data []byte) error {
	return xproto.ChangePropertyChecked(b.x, xproto.PropModeReplace, to.win, to.property, typ, format,
		uint32(len(data)/int(format/8)), data).Check()
}

// maxPairs bounds what one request may ask for.
const maxPairs = 64

// respondMultiple serves a request for several targets, which are in a
// property.
func (b *x11) respondMultiple(ctx context.Context, e xproto.SelectionRequestEvent, of *offering) {
	p, err := xproto.GetProperty(b.x, false, e.Requestor, e.Property, xproto.GetPropertyTypeAny, 0, 2*maxPairs).Reply()
	if err != nil || p.Format != 32 || p.BytesAfter > 0 || e.Property == 0 {
		b.notify(e, 0)
		return
	}
	pairs := atomsIn(p.Value)
	list := make([]xproto.Atom, 0, len(pairs))
	var rests []func() error
	for pair := range slices.Chunk(pairs[:len(pairs)/2*2], 2) {
		target, property := xproto.Atom(pair[0]), xproto.Atom(pair[1])
		rest, ok := b.convert(ctx, of, place{e.Requestor, property}, target)
		if !ok {
			property = 0
		}
		if rest != nil {
			rests = append(rests, rest)
		}
		list = append(list, target, property)
	}
	_ = b.set(place{e.Requestor, e.Property}, b.atoms["ATOM_PAIR"], 32, words(list))
	b.notify(e, e.Property)
	for _, rest := range rests[min(1, len(rests)):] {
		b.running.Go(func() { b.report(rest()) })
	}
	if len(rests) > 0 {
		b.report(rests[0]())
	}
}
