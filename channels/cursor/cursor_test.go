package cursor

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"

	"saffron/channels/msgtable"
	"saffron/channels/msgtable/msgtabletest"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// The pointer of a display in a window fits.
var _ Sink = (*render.CursorOverlay)(nil)

// arrow is a shape of one pixel whose colour tells shapes apart.
func arrow(flags uint16, unique uint64, colour byte) Shape {
	return Shape{Flags: flags, Unique: unique, Width: 1, Height: 1, Data: []byte{colour, colour, colour, 255}}
}

var samples = []wire.Message{
	new(msgtable.Empty),
	&Init{Pos: image.Pt(-1, 2), TrailLength: 3, TrailFrequency: 4, Visible: 1, Shape: Shape{Flags: FlagNone}},
	&Init{Pos: image.Pt(-1, 2), Visible: 1, Shape: arrow(FlagCacheMe, 7, 1)},
	&Set{Pos: image.Pt(5, -6), Shape: arrow(0, 0, 1)},
	&Set{Visible: 1, Shape: Shape{Flags: FlagFromCache, Unique: 7, Type: 6, Width: 32, Height: 16, HotX: 2, HotY: 3}},
	&Move{image.Pt(100, 200)},
	&Trail{1, 2},
	&InvalOne{1 << 40},
}

func TestMessages(t *testing.T) {
	msgtabletest.Distinct(t, Messages)
	msgtabletest.RoundTrip(t, Messages, samples...)
	msgtabletest.Truncate(t, Messages, samples...)
}

func TestEmptyInit(t *testing.T) {
	var m Init
	if err := wire.Unmarshal([]byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0}, &m); err != nil {
		t.Fatal(err)
	}
	if m.Visible != 1 || m.Shape.Flags != FlagNone {
		t.Errorf("got %+v", m)
	}
}

func FuzzMessages(f *testing.F) { msgtabletest.Fuzz(f, Messages, samples...) }

// A diary is a sink that writes down what it is told.
type diary struct{ lines []string }

func (d *diary) note(format string, a ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, a...))
}

func (d *diary) Set(c render.Cursor, pos image.Point, visible bool) {
	shape := "none"
	if c.Image != nil {
		shape = fmt.Sprintf("%d hot %v", c.Image.Pix[0], c.Hot)
	}
	d.note("set %s at %v %v", shape, pos, visible)
}
func (d *diary) Move(pos image.Point) { d.note("move %v", pos) }
func (d *diary) Hide()                { d.note("hide") }
func (d *diary) Reset()               { d.note("reset") }

func message(typ uint16, m wire.Encoder) spice.Message {
	if m == nil {
		return spice.Message{Type: typ}
	}
	return spice.Message{Type: typ, Body: wire.Marshal(m)}
}

var (
	emptyInit = message(MsgInit, &Init{Visible: 1, Shape: Shape{Flags: FlagNone}})
	noShape   = "set none at (0,0) true"
)

func set(s Shape) spice.Message { return message(MsgSet, &Set{Visible: 1, Shape: s}) }

func fromCache(unique uint64) spice.Message {
	return set(Shape{Flags: FlagFromCache, Unique: unique})
}

func TestSemantics(t *testing.T) {
	a, b := arrow(FlagCacheMe, 1, 10), arrow(FlagCacheMe, 2, 20)
	showA, showB := "set 10 hot (0,0) at (0,0) true", "set 20 hot (0,0) at (0,0) true"
	far := arrow(0, 0, 30)
	far.HotX, far.HotY = 1000, 1
	for name, tc := range map[string]struct {
		messages []spice.Message
		want     []string
		stats    Stats
	}{
		"init with shape": {[]spice.Message{message(MsgInit, &Init{Pos: image.Pt(3, -4), Shape: a})},
			[]string{"set 10 hot (0,0) at (3,-4) false"}, Stats{Decoded: 1}},
		"move and hide": {[]spice.Message{emptyInit, message(MsgMove, &Move{image.Pt(5, 6)}), message(MsgHide, nil)},
			[]string{noShape, "move (5,6)", "hide"}, Stats{}},
		"set none": {[]spice.Message{emptyInit, set(a), set(Shape{Flags: FlagNone})},
			[]string{noShape, showA, noShape}, Stats{Decoded: 1}},
		"hot spot outside": {[]spice.Message{emptyInit, set(far)},
			[]string{noShape, "set 30 hot (1,1) at (0,0) true"}, Stats{Decoded: 1}},
		"cache": {[]spice.Message{emptyInit, set(a), set(b), fromCache(1)},
			[]string{noShape, showA, showB, showA}, Stats{Decoded: 2, Cached: 1}},
		"cached with init": {[]spice.Message{message(MsgInit, &Init{Visible: 1, Shape: a}), fromCache(1)},
			[]string{showA, showA}, Stats{Decoded: 1, Cached: 1}},
		"replaced": {[]spice.Message{emptyInit, set(a), set(arrow(FlagCacheMe, 1, 20)), fromCache(1)},
			[]string{noShape, showA, showB, showB}, Stats{Decoded: 2, Cached: 1}},
		"not to be cached": {[]spice.Message{emptyInit, set(arrow(0, 1, 10)), fromCache(1)},
			[]string{noShape, showA, noShape}, Stats{Decoded: 1, Missed: 1}},
		"zero is not cached": {[]spice.Message{emptyInit, set(arrow(FlagCacheMe, 0, 10)), fromCache(0)},
			[]string{noShape, showA, noShape}, Stats{Decoded: 1, Missed: 1}},
		"inval one": {[]spice.Message{emptyInit, set(a), set(b), message(MsgInvalOne, &InvalOne{1}),
			message(MsgInvalOne, &InvalOne{99}), fromCache(1), fromCache(2)},
			[]string{noShape, showA, showB, noShape, showB}, Stats{Decoded: 2, Cached: 1, Missed: 1}},
		"inval all": {[]spice.Message{message(MsgInvalAll, nil), emptyInit, set(a), message(MsgInvalAll, nil),
			message(MsgInvalAll, nil), fromCache(1)},
			[]string{noShape, showA, noShape}, Stats{Decoded: 1, Missed: 1}},
		"init clears": {[]spice.Message{emptyInit, set(a), emptyInit, fromCache(1)},
			[]string{noShape, showA, noShape, noShape}, Stats{Decoded: 1, Missed: 1}},
		"reset": {[]spice.Message{emptyInit, set(a), message(MsgReset, nil), message(MsgMove, &Move{}),
			message(MsgHide, nil), set(b), emptyInit, fromCache(1)},
			[]string{noShape, showA, "reset", noShape, noShape}, Stats{Decoded: 1, Missed: 1}},
		"nothing before init": {[]spice.Message{set(a), message(MsgMove, &Move{})}, nil, Stats{}},
		"broken": {[]spice.Message{emptyInit, set(a), set(Shape{Flags: FlagCacheMe, Unique: 2, Width: 2, Height: 2}), fromCache(2)},
			[]string{noShape, showA, noShape, noShape}, Stats{Decoded: 1, Broken: 1, Missed: 1}},
		"unknown kind": {[]spice.Message{emptyInit, set(Shape{Type: 9, Width: 1, Height: 1, Data: make([]byte, 64)})},
			[]string{noShape, noShape}, Stats{Broken: 1}},
		"ignored": {[]spice.Message{emptyInit, message(MsgTrail, &Trail{1, 2}), message(spice.MsgPing, nil), message(200, nil)},
			[]string{noShape}, Stats{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := new(diary)
			c := New(d)
			for _, m := range tc.messages {
				if err := c.Handle(m); err != nil {
					t.Errorf("%d: %v", m.Type, err)
				}
			}
			if !slices.Equal(d.lines, tc.want) {
				t.Errorf("got  %q\nwant %q", d.lines, tc.want)
			}
			if got := c.Stats(); got != tc.stats {
				t.Errorf("got %+v, want %+v", got, tc.stats)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, typ := range []uint16{MsgInit, MsgSet, MsgMove, MsgTrail, MsgInvalOne} {
		d := new(diary)
		err := New(d).Handle(spice.Message{Type: typ, Body: []byte{1}})
		if !errors.Is(err, wire.ErrShort) || !strings.HasPrefix(err.Error(), "cursor: "+Messages.Name(typ, true)+": byte ") {
			t.Errorf("%d: got %v", typ, err)
		}
		if len(d.lines) > 0 {
			t.Errorf("%d: told the sink %q", typ, d.lines)
		}
	}
}

func TestCacheBounds(t *testing.T) {
	for name, tc := range map[string]struct{ side, put, keep int }{
		"number": {1, maxShapes + 10, maxShapes},
		"bytes":  {1024, maxShapeBytes/(4<<20) + 4, maxShapeBytes / (4 << 20)},
	} {
		var c cache
		img := image.NewRGBA(image.Rect(0, 0, tc.side, tc.side))
		for n := range tc.put {
			c.put(uint64(n+1), render.Cursor{Image: img})
		}
		if len(c.shapes) != tc.keep || len(c.order) != tc.keep || c.bytes != tc.keep*len(img.Pix) {
			t.Errorf("%s: %d shapes, %d bytes; want %d shapes", name, len(c.shapes), c.bytes, tc.keep)
		}
		_, oldest := c.get(uint64(tc.put - tc.keep))
		_, next := c.get(uint64(tc.put - tc.keep + 1))
		if oldest || !next {
			t.Errorf("%s: oldest kept: %v, next kept: %v", name, oldest, next)
		}
	}
}
