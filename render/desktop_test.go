package render

import (
	"errors"
	"image"
	"image/color"
	"math"
	"slices"
	"sync"
	"testing"
)

// A desk is a desktop that counts calls of Changed.
type desk struct {
	*Desktop
	t       *testing.T
	changes int
}

func newDesk(t *testing.T, o DesktopOptions) *desk {
	k := &desk{t: t}
	o.Changed = func() {
		k.changes++
		k.Heads() // may call the desktop
	}
	k.Desktop = NewDesktop(o)
	return k
}

func (k *desk) create(id uint32, w, h int, primary bool) {
	k.t.Helper()
	if err := k.CreateSurface(id, w, h, FormatXRGB, primary); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) fill(id uint32, box image.Rectangle, rgb uint32) {
	k.t.Helper()
	op := &Fill{Rop: RopPut, Brush: Brush{Kind: BrushSolid, Color: rgb}}
	if err := k.Draw(id, box, nil, op); err != nil {
		k.t.Fatal(err)
	}
}

// damaged returns the damage of a head.
func (k *desk) damaged(head int) []image.Rectangle {
	var rects []image.Rectangle
	any := k.Damage(head, func(_ *image.RGBA, r image.Rectangle) { rects = append(rects, r) })
	if any != (len(rects) > 0) {
		k.t.Helper()
		k.t.Errorf("Damage = %v with %d uploads", any, len(rects))
	}
	return rects
}

func (k *desk) wantDamage(head int, want ...image.Rectangle) {
	k.t.Helper()
	if got := k.damaged(head); !slices.Equal(got, want) {
		k.t.Errorf("damage of head %d: %v, want %v", head, got, want)
	}
}

func (k *desk) wantChanges(n int) {
	k.t.Helper()
	if k.changes != n {
		k.t.Errorf("Changed was called %d times, want %d", k.changes, n)
	}
	k.changes = 0
}

func (k *desk) wantPixel(head int, x, y int, rgb uint32) {
	k.t.Helper()
	want := color.RGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
	if got := k.Snapshot(head).RGBAAt(x, y); got != want {
		k.t.Errorf("head %d at (%d,%d): %v, want %v", head, x, y, got, want)
	}
}

func TestPrimaryIsShownWhenMarked(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.Mark() // nothing to mark
	k.create(0, 20, 10, true)
	k.SetHeads(nil)
	if k.Heads() != nil || k.Snapshot(0) != nil || k.Damage(0, nil) {
		t.Error("shown before it is marked")
	}
	k.wantChanges(0)
	k.Mark()
	k.wantChanges(1)
	if got := k.Heads(); !slices.Equal(got, []Head{{Rect: image.Rect(0, 0, 20, 10)}}) {
		t.Errorf("Heads = %v", got)
	}
	if w, h := k.HeadSize(0); w != 20 || h != 10 {
		t.Errorf("HeadSize = %d, %d", w, h)
	}
	if w, h := k.HeadSize(1); w != 0 || h != 0 {
		t.Errorf("HeadSize(1) = %d, %d", w, h)
	}
	k.wantDamage(0, image.Rect(0, 0, 20, 10))
	k.wantDamage(0)
	k.Mark()
	k.wantChanges(0)
}

func TestDrawingShowsAndDamages(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(0, 20, 10, true)
	k.fill(0, image.Rect(30, 0, 40, 5), 1) // outside: draws nothing
	k.wantChanges(0)
	k.fill(0, image.Rect(-5, 2, 4, 5), 0xff0102)
	k.wantChanges(1)
	k.wantDamage(0, image.Rect(0, 0, 20, 10))
	k.fill(0, image.Rect(10, 2, 40, 5), 0x00ff00)
	k.fill(0, image.Rect(0, 0, 2, 2), 0x00ff00)
	k.wantChanges(1) // the second finds damage already
	k.wantDamage(0, image.Rect(10, 2, 20, 5), image.Rect(0, 0, 2, 2))
	k.fill(0, image.Rect(1, 1, 2, 2), 0)
	k.wantChanges(1)
	k.wantPixel(0, 3, 4, 0xff0102)
}

func TestHeads(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(0, 40, 10, true)
	k.create(3, 8, 8, false)
	k.SetHeads([]Head{
		{ID: 0, Rect: image.Rect(0, 0, 20, 10)},
		{ID: 1, Rect: image.Rect(20, 0, 60, 10)},
		{ID: 2, Rect: image.Rect(40, 0, 60, 10)}, // outside
		{ID: 3, Surface: 9, Rect: image.Rect(0, 0, 5, 5)},
		{ID: 4, Surface: 3, Rect: image.Rect(2, 2, 6, 6)},
	})
	k.wantChanges(0)
	k.Mark()
	want := []Head{
		{ID: 0, Rect: image.Rect(0, 0, 20, 10)},
		{ID: 1, Rect: image.Rect(20, 0, 40, 10)},
		{ID: 4, Surface: 3, Rect: image.Rect(2, 2, 6, 6)},
	}
	if got := k.Heads(); !slices.Equal(got, want) {
		t.Fatalf("Heads = %v, want %v", got, want)
	}
	for i, h := range want {
		k.wantDamage(i, image.Rectangle{Max: h.Rect.Size()})
	}
	k.wantChanges(1)

	k.fill(0, image.Rect(15, 3, 25, 5), 0x123456)
	k.fill(3, image.Rect(3, 3, 4, 9), 0x654321)
	k.wantChanges(2) // one for the two heads of the first operation
	k.wantDamage(0, image.Rect(15, 3, 20, 5))
	k.Damage(1, func(pix *image.RGBA, r image.Rectangle) {
		if r != image.Rect(0, 3, 5, 5) || pix.Rect != image.Rect(0, 0, 20, 10) {
			t.Errorf("upload of %v of %v", r, pix.Rect)
		}
		if c := pix.RGBAAt(4, 4); c != (color.RGBA{0x12, 0x34, 0x56, 0}) {
			t.Errorf("uploaded pixel %v", c)
		}
	})
	k.wantDamage(2, image.Rect(1, 1, 2, 4))
	k.wantPixel(2, 1, 1, 0x654321)

	serial := k.Serial()
	k.SetHeads([]Head{{ID: 0, Rect: image.Rect(0, 0, 20, 10)}, {ID: 1, Rect: image.Rect(20, 0, 30, 10)}})
	if k.Serial() == serial {
		t.Error("Serial did not change")
	}
	k.wantDamage(0) // the same as before
	k.wantDamage(1, image.Rect(0, 0, 10, 10))
	k.wantChanges(1)
	k.SetHeads(make([]Head, 1000))
	if k.Heads() != nil {
		t.Error("heads without size are shown")
	}
}

func TestHeadOfSurfaceThatComesAndGoes(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(0, 10, 10, true)
	k.SetHeads([]Head{{ID: 7, Surface: 5, Rect: image.Rect(0, 0, 9, 9)}})
	k.Mark()
	if k.Heads() != nil {
		t.Error("head without surface")
	}
	k.create(5, 4, 4, false)
	if got := k.Heads(); len(got) != 1 || got[0].Rect != image.Rect(0, 0, 4, 4) {
		t.Errorf("Heads = %v", got)
	}
	k.create(5, 6, 6, false) // replaced
	if got := k.Heads(); len(got) != 1 || got[0].Rect != image.Rect(0, 0, 6, 6) {
		t.Errorf("Heads = %v", got)
	}
	k.DestroySurface(5)
	if k.Heads() != nil {
		t.Error("head without surface")
	}
	if st := k.Stats(); st.Surfaces != 1 {
		t.Errorf("Stats = %+v", st)
	}
}

// A mode change keeps the old picture until the new primary is shown.
func TestOldPictureStays(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(0, 20, 10, true)
	k.fill(0, image.Rect(0, 0, 20, 10), 0xabcdef)
	k.damaged(0)
	serial := k.Serial()
	k.changes = 0

	k.DestroySurface(0)
	k.DestroySurface(0)
	k.wantPixel(0, 19, 9, 0xabcdef)
	k.create(0, 30, 10, true)
	k.DestroySurface(0) // never shown
	k.create(0, 30, 20, true)
	k.SetHeads([]Head{{ID: 1, Rect: image.Rect(0, 0, 30, 15)}})
	k.wantPixel(0, 19, 9, 0xabcdef)
	k.wantDamage(0)
	k.wantChanges(0)
	if k.Serial() != serial {
		t.Error("Serial changed before the picture did")
	}

	k.Mark()
	k.wantChanges(1)
	k.wantDamage(0, image.Rect(0, 0, 30, 15))
	k.wantPixel(0, 19, 9, 0)
	if k.Serial() == serial {
		t.Error("Serial did not change")
	}

	// The same size again: a new surface is a new picture all the same.
	k.create(0, 30, 20, true)
	k.Mark()
	k.wantDamage(0, image.Rect(0, 0, 30, 15))
}

func TestReset(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.Reset()
	k.create(0, 4, 4, true)
	k.fill(0, image.Rect(0, 0, 4, 4), 0x112233)
	k.Reset()
	k.Reset()
	if got := k.SurfaceSnapshot(0); slices.Max(got.Pix) != 0 {
		t.Error("Reset leaves pixels")
	}
	k.wantPixel(0, 0, 0, 0x112233)
	k.Mark()
	k.wantPixel(0, 0, 0, 0)
}

func TestSurfaceLimits(t *testing.T) {
	k := newDesk(t, DesktopOptions{MaxSurfacePixels: 100, MaxTotalPixels: 150})
	for _, size := range [][2]int{{0, 5}, {5, 0}, {-1, -1}, {math.MaxInt, math.MaxInt}, {math.MinInt, 4}} {
		if err := k.CreateSurface(0, size[0], size[1], FormatXRGB, true); err == nil {
			t.Errorf("%v: no error", size)
		}
	}
	if err := k.CreateSurface(0, 4, 4, 0, true); err == nil {
		t.Error("format 0: no error")
	}
	var limit *LimitError
	for _, size := range [][2]int{{101, 1}, {1, 101}, {11, 10}, {math.MaxInt32, math.MaxInt32}} {
		if err := k.CreateSurface(0, size[0], size[1], FormatXRGB, true); !errors.As(err, &limit) {
			t.Errorf("%v: %v", size, err)
		}
	}
	k.create(0, 10, 10, true)
	if err := k.CreateSurface(1, 51, 1, FormatXRGB, false); !errors.As(err, &limit) || limit.Value != 151 {
		t.Errorf("total: %v", err)
	}
	k.create(0, 10, 9, true) // replaces
	k.create(1, 60, 1, false)

	many := NewDesktop(DesktopOptions{})
	for id := range uint32(maxSurfaces) {
		if err := many.CreateSurface(id, 1, 1, FormatA8, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := many.CreateSurface(maxSurfaces, 1, 1, FormatA8, false); !errors.As(err, &limit) {
		t.Errorf("surface too many: %v", err)
	}
}

// Fifty mode changes do not grow memory, and what is kept for reuse goes.
func TestModeChangesReuseMemory(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	for i := range 50 {
		k.create(0, 640+i%3*100, 480, true)
		k.Mark()
		k.DestroySurface(0)
		if b := k.Stats().Bytes; b > 8*4*840*480 {
			t.Fatalf("%d bytes after %d mode changes", b, i+1)
		}
	}
	k.create(0, 16, 16, true)
	for range (poolSlots + 1) * poolAge {
		k.fill(0, image.Rect(0, 0, 1, 1), 0)
	}
	if st := k.Stats(); st.Bytes != 4*16*16 || st.Surfaces != 1 {
		t.Errorf("Stats = %+v", st)
	}
}

func TestReusedMemoryIsClear(t *testing.T) {
	var p pool
	b := slices.Repeat([]byte{9}, 100)
	p.give(b)
	if got := p.take(50); len(got) != 50 || &got[0] == &b[0] {
		t.Error("took memory of twice the size")
	}
	got := p.take(80)
	if &got[0] != &b[0] {
		t.Error("did not take the memory again")
	}
	if len(got) != 80 || slices.Max(got) != 0 {
		t.Error("memory is not clear")
	}
	p.give(make([]byte, poolBytes+1))
	if p.bytes() != 0 {
		t.Error("keeps too much")
	}
}

func TestSurfaceSnapshot(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(2, 1, 1, false)
	k.fill(2, image.Rect(0, 0, 1, 1), 0x44112233)
	if got := k.SurfaceSnapshot(2).Pix; !slices.Equal(got, []byte{0x11, 0x22, 0x33, 0x44}) {
		t.Errorf("pixel % x", got)
	}
	if k.SurfaceSnapshot(1) != nil {
		t.Error("snapshot of an unknown surface")
	}
}

func TestDamageIsCompleteAndBounded(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(0, 300, 200, true)
	k.Mark()
	k.damaged(0)
	seen := image.NewAlpha(image.Rect(0, 0, 300, 200))
	for i := range 500 {
		x, y := i*97%290, i*61%190
		r := image.Rect(x, y, x+1+i%9, y+1+i%7)
		k.fill(0, r, uint32(i))
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				seen.SetAlpha(x, y, color.Alpha{1})
			}
		}
	}
	rects := k.damaged(0)
	if len(rects) > maxDamage {
		t.Errorf("%d rectangles", len(rects))
	}
	for i, a := range seen.Pix {
		p := image.Pt(i%300, i/300)
		if a != 0 && !slices.ContainsFunc(rects, p.In) {
			t.Fatalf("pixel %v changed outside of the damage", p)
		}
	}
	// Many small clip rectangles: their bounds are enough.
	var clip []image.Rectangle
	for i := range 100 {
		clip = append(clip, image.Rect(2*i, 5, 2*i+1, 6))
	}
	if err := k.Draw(0, image.Rect(0, 0, 300, 200), NewRegion(clip), &Invers{}); err != nil {
		t.Fatal(err)
	}
	k.wantDamage(0, image.Rect(0, 5, 199, 6))
}

func TestDamageJoinsNeighbours(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	k.create(0, 100, 100, true)
	k.Mark()
	k.damaged(0)
	for y := range 10 {
		k.fill(0, image.Rect(10, 10*y, 60, 10*y+10), 5)
	}
	k.wantDamage(0, image.Rect(10, 0, 60, 100))
}

// Any goroutine may call any method: run with the race detector.
func TestDesktopConcurrently(t *testing.T) {
	d := NewDesktop(DesktopOptions{Changed: func() {}})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 200 {
			if err := d.CreateSurface(0, 50+i%3, 50, FormatXRGB, true); err != nil {
				t.Error(err)
			}
			d.SetHeads([]Head{{Rect: image.Rect(0, 0, 25, 50)}, {Rect: image.Rect(25, 0, 50, 50)}})
			d.Mark()
			if err := d.Draw(0, image.Rect(0, 0, 50, 50), nil, &Invers{}); err != nil {
				t.Error(err)
			}
			d.Reset()
			d.DestroySurface(0)
		}
	})
	sum := 0
	wg.Go(func() {
		for range 200 {
			for i := range d.Heads() {
				d.Damage(i, func(pix *image.RGBA, r image.Rectangle) { sum += int(pix.RGBAAt(r.Min.X, r.Min.Y).R) })
				d.Snapshot(i)
				d.HeadSize(i)
			}
			d.Stats()
			d.Serial()
			d.SurfaceSnapshot(0)
		}
	})
	wg.Wait()
	if st := d.Stats(); st.Draws["invers"] != 200 || st.Surfaces != 0 {
		t.Errorf("Stats = %+v", st)
	}
}

// TestFrame: a frame is handed out with and without damage, and takes it.
func TestFrame(t *testing.T) {
	k := newDesk(t, DesktopOptions{})
	frame := func() (size image.Point, changed []image.Rectangle) {
		size = image.Pt(-1, -1)
		ok := k.Frame(0, func(pix *image.RGBA, list []image.Rectangle) {
			size, changed = image.Point{}, slices.Clone(list)
			if pix != nil {
				size = pix.Rect.Size()
			}
		})
		if ok != (size.X >= 0) {
			t.Error("Frame says", ok)
		}
		return size, changed
	}
	if size, _ := frame(); size != (image.Point{}) {
		t.Error("without a head:", size)
	}
	k.create(0, 8, 6, true)
	k.Mark()
	for _, want := range [][]image.Rectangle{{image.Rect(0, 0, 8, 6)}, nil} {
		if size, changed := frame(); size != image.Pt(8, 6) || !slices.Equal(changed, want) {
			t.Error(size, changed, "want", want)
		}
	}
	k.fill(0, image.Rect(1, 1, 3, 2), 5)
	if _, changed := frame(); !slices.Equal(changed, []image.Rectangle{image.Rect(1, 1, 3, 2)}) {
		t.Error("after drawing:", changed)
	}
	k.wantDamage(0)
	k.Hold(true)
	if size, _ := frame(); size.X >= 0 {
		t.Error("a held frame is handed out")
	}
}

// TestHold: what is drawn while pictures are held is handed out at once, later.
func TestHold(t *testing.T) {
	told := 0
	d := NewDesktop(DesktopOptions{Changed: func() { told++ }})
	if err := d.CreateSurface(0, 8, 8, FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	d.Mark()
	none := func(*image.RGBA, image.Rectangle) {}
	d.Hold(true)
	d.Hold(true)
	told = 0
	if d.Damage(0, none) {
		t.Error("a picture is handed out while it is held")
	}
	d.Hold(false)
	if told != 1 {
		t.Errorf("told %d times, want once", told)
	}
	d.Hold(false)
	if !d.Damage(0, none) || told != 1 {
		t.Error("nothing is handed out when it is let go; told", told)
	}
}
