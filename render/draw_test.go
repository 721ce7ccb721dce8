package render

import (
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

var formats = []Format{FormatXRGB, FormatARGB, Format555, Format565, FormatA8, FormatA1}

// choices is where random operations come from: a generator or fuzz input.
type choices interface{ IntN(n int) int }

// bytesChoices takes choices from a string, then always 0.
type bytesChoices struct{ data []byte }

func (b *bytesChoices) IntN(n int) int {
	if len(b.data) == 0 {
		return 0
	}
	v := int(b.data[0])
	b.data = b.data[1:]
	return v % n
}

// A twin is a desktop and its reference, with one surface of each format.
type twin struct {
	c    choices
	real *Desktop
	ref  refDesktop
}

func newTwin(t *testing.T, c choices) *twin {
	t.Helper()
	w := &twin{c: c, real: NewDesktop(DesktopOptions{}), ref: refDesktop{}}
	for i, f := range formats {
		id, width, height := uint32(i), 9+c.IntN(12), 7+c.IntN(12)
		if err := w.real.CreateSurface(id, width, height, f, i == 0); err != nil {
			t.Fatal(err)
		}
		w.ref[id] = &refSurface{format: f, w: width, h: height, words: make([]uint32, width*height)}
		img := w.image()
		w.both(t, id, image.Rect(0, 0, width, height), nil, &Fill{Rop: RopPut, Brush: Brush{
			Kind: BrushPattern, Tile: Source{Image: img, HasAlpha: true},
		}})
	}
	return w
}

// both draws on desktop and reference.
func (w *twin) both(t *testing.T, id uint32, box image.Rectangle, clip []image.Rectangle, op Op) {
	t.Helper()
	var reg *Region
	if clip != nil {
		reg = NewRegion(clip)
	}
	if err := w.real.Draw(id, box, reg, op); err != nil {
		t.Fatalf("%s: %v", op.op(), err)
	}
	w.ref.draw(id, box, clip, op)
}

// compare compares all surfaces.
func (w *twin) compare(t *testing.T, what func() string) {
	t.Helper()
	for id, s := range w.ref {
		img := w.real.SurfaceSnapshot(id)
		for y := range s.h {
			for x := range s.w {
				want := unpack(s.format, s.words[y*s.w+x])
				c := img.RGBAAt(x, y)
				if got := [4]uint32{uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A)}; got != want {
					t.Fatalf("surface %d (%v) at (%d,%d): got %v, want %v, after %s", id, s.format, x, y, got, want, what())
				}
			}
		}
	}
}

func (w *twin) image() *image.RGBA {
	x, y := w.c.IntN(5)-2, w.c.IntN(5)-2
	img := image.NewRGBA(image.Rect(x, y, x+1+w.c.IntN(14), y+1+w.c.IntN(14)))
	seed := byte(w.c.IntN(256))
	for i := range img.Pix {
		seed = seed*77 + 31 + byte(i>>3)
		img.Pix[i] = seed ^ seed>>3
	}
	return img
}

func (w *twin) source() Source {
	if w.c.IntN(2) == 0 {
		return Source{Image: w.image(), HasAlpha: w.c.IntN(2) == 0}
	}
	return Source{Surface: uint32(w.c.IntN(len(formats))), FromSurface: true}
}

func (w *twin) mask() Mask {
	m := Mask{Pos: w.point(), Invert: w.c.IntN(2) == 0}
	switch w.c.IntN(5) {
	case 0:
		src := w.image()
		m.Bits = image.NewAlpha(src.Rect)
		for i := range m.Bits.Pix {
			m.Bits.Pix[i] = -(src.Pix[4*i] >> 7)
		}
	case 1:
		m.Surface, m.FromSurface = uint32(len(formats)-1), true
	}
	return m
}

func (w *twin) point() image.Point { return image.Pt(w.c.IntN(13)-6, w.c.IntN(13)-6) }

// rect returns a rectangle that is not empty.
func (w *twin) rect() image.Rectangle {
	p := w.point()
	return image.Rectangle{Min: p, Max: p.Add(image.Pt(1+w.c.IntN(24), 1+w.c.IntN(24)))}
}

func (w *twin) rop() Rop {
	if w.c.IntN(3) == 0 {
		return RopPut
	}
	// Any subset, but often exactly one operation.
	r := Rop(w.c.IntN(8)) | Rop(w.c.IntN(2))<<10
	if w.c.IntN(3) == 0 {
		return r | Rop(w.c.IntN(128))<<3
	}
	return r | 8<<w.c.IntN(7)
}

// op returns a random operation on box of surface id.
func (w *twin) op(id uint32, box image.Rectangle) Op {
	near := image.Pt(w.c.IntN(5)-2, w.c.IntN(3)-1) // for overlap
	switch w.c.IntN(12) {
	case 0, 1, 2:
		color := uint32(w.c.IntN(256))<<24 | uint32(w.c.IntN(256))<<16 | uint32(w.c.IntN(256))<<8 | uint32(w.c.IntN(256))
		return &Fill{Rop: w.rop(), Mask: w.mask(), Brush: Brush{
			Kind: BrushKind(w.c.IntN(3)), Color: color, Tile: w.source(), Pos: w.point(),
		}}
	case 3:
		return &Blackness{Mask: w.mask()}
	case 4:
		return &Whiteness{Mask: w.mask()}
	case 5:
		return &Invers{Mask: w.mask()}
	case 6:
		return &CopyBits{Src: w.point()}
	case 7:
		return &CopyBits{Src: box.Min.Add(near)}
	case 8:
		return &Copy{Src: Source{Surface: id, FromSurface: true}, SrcArea: box.Add(near), Rop: w.rop(), Mask: w.mask()}
	}
	op := &Copy{Src: w.source(), SrcArea: w.rect(), Rop: w.rop(), Interpolate: w.c.IntN(2) == 0, Mask: w.mask()}
	if w.c.IntN(3) > 0 {
		op.SrcArea.Max = op.SrcArea.Min.Add(box.Size())
	}
	return op
}

func (w *twin) clip() []image.Rectangle {
	if w.c.IntN(2) == 0 {
		return nil
	}
	clip := make([]image.Rectangle, w.c.IntN(6))
	for i := range clip {
		clip[i] = w.rect()
	}
	return clip
}

// run draws n random operations and compares after each.
func (w *twin) run(t *testing.T, n int) {
	t.Helper()
	for range n {
		id, box, clip := uint32(w.c.IntN(len(formats))), w.rect(), w.clip()
		op := w.op(id, box)
		w.both(t, id, box, clip, op)
		w.compare(t, func() string { return fmt.Sprintf("%s %+v on %d box %v clip %v", op.op(), op, id, box, clip) })
	}
}

func TestDrawMatchesReference(t *testing.T) {
	for seed := range uint64(150) {
		newTwin(t, rand.New(rand.NewPCG(seed, 7))).run(t, 40)
	}
}

func FuzzDraw(f *testing.F) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 8))
		data := make([]byte, 400)
		for i := range data {
			data[i] = byte(rng.IntN(256))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		newTwin(t, &bytesChoices{data}).run(t, 8)
	})
}

func TestRopOnAllDescriptors(t *testing.T) {
	const a, d = 0x0ff0c3a5, 0x00ff5a3c
	for r := range Rop(1 << 11) {
		for _, flags := range [][2]Rop{{RopInversBrush, RopInversDest}, {RopInversSrc, RopInversDest}, {RopInversBrush, RopInversSrc}} {
			got := r.compile(flags[0], flags[1]).word(a, d)
			if want := refRop(r, a, d, flags[0], flags[1]); got != want {
				t.Fatalf("rop %#x flags %v: got %#x, want %#x", r, flags, got, want)
			}
		}
	}
}

// Two pixels scaled to four, worked by hand.
func TestScaleByHand(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 2, 1))
	copy(img.Pix, []byte{100, 0, 0, 7, 200, 0, 0, 9})
	for _, tt := range []struct {
		interpolate bool
		want        [4]byte // red
	}{
		// fx = 32768, u = 16384, 49152, 81920, 114688. Less 0x8000 these are
		// x0 = -1, 0, 0, 1 with wx = 96, 32, 96, 32; v is 0.
		{true, [4]byte{75, 125, 175, 150}},
		{false, [4]byte{100, 100, 200, 200}},
	} {
		d := NewDesktop(DesktopOptions{})
		if err := d.CreateSurface(0, 4, 1, FormatXRGB, true); err != nil {
			t.Fatal(err)
		}
		op := &Copy{Src: Source{Image: img}, SrcArea: img.Rect, Rop: RopPut, Interpolate: tt.interpolate}
		if err := d.Draw(0, image.Rect(0, 0, 4, 1), nil, op); err != nil {
			t.Fatal(err)
		}
		pix := d.SurfaceSnapshot(0).Pix
		if got := [4]byte{pix[0], pix[4], pix[8], pix[12]}; got != tt.want {
			t.Errorf("interpolate %v: got %v, want %v", tt.interpolate, got, tt.want)
		}
	}
}

type strangeOp struct{}

func (strangeOp) op() string { return "strange" }

func TestDrawErrors(t *testing.T) {
	d := NewDesktop(DesktopOptions{})
	if err := d.CreateSurface(0, 8, 8, FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	box := image.Rect(0, 0, 8, 8)
	img := Source{Image: image.NewRGBA(image.Rect(0, 0, 2, 2))}
	far := image.Pt(math.MaxInt32+1, 0)
	fill := &Fill{Rop: RopPut}
	for _, tt := range []struct {
		name string
		id   uint32
		box  image.Rectangle
		clip *Region
		op   Op
		is   any // what errors.As or errors.Is must find, or nil
	}{
		{"unknown surface", 5, box, nil, fill, new(*SurfaceError)},
		{"unknown operation", 0, box, nil, strangeOp{}, new(*UnsupportedError)},
		{"no operation", 0, box, nil, nil, new(*UnsupportedError)},
		{"hostile clip", 0, box, NewRegion(grid(3000)), fill, ErrRegion},
		{"far box", 0, box.Add(far), nil, fill, nil},
		{"unknown source", 0, box, nil, &Copy{Src: Source{Surface: 9, FromSurface: true}, SrcArea: box}, new(*SurfaceError)},
		{"no image", 0, box, nil, &Copy{SrcArea: box}, errNoImage},
		{"far source area", 0, box, nil, &Copy{Src: img, SrcArea: box.Add(far)}, nil},
		{"empty source area", 0, box, nil, &Copy{Src: img}, nil},
		{"inverted source area", 0, box, nil, &Copy{Src: img, SrcArea: image.Rectangle{Min: image.Pt(5, 5)}}, nil},
		{"far source", 0, box, nil, &CopyBits{Src: far}, nil},
		{"unknown mask", 0, box, nil, &Blackness{Mask{Surface: 9, FromSurface: true}}, new(*SurfaceError)},
		{"mask of colours", 0, box, nil, &Invers{Mask{FromSurface: true}}, nil},
		{"far mask", 0, box, nil, &Whiteness{Mask{Pos: far}}, nil},
		{"unknown brush", 0, box, nil, &Fill{Brush: Brush{Kind: 3}}, nil},
		{"no tile", 0, box, nil, &Fill{Brush: Brush{Kind: BrushPattern}}, errNoImage},
		{"empty tile", 0, box, nil, &Fill{Brush: Brush{Kind: BrushPattern, Tile: Source{Image: image.NewRGBA(image.Rectangle{})}}}, nil},
		{"far tile", 0, box, nil, &Fill{Brush: Brush{Kind: BrushPattern, Tile: img, Pos: far}}, nil},
	} {
		err := d.Draw(tt.id, tt.box, tt.clip, tt.op)
		switch is := tt.is.(type) {
		case nil:
			if err == nil {
				t.Errorf("%s: no error", tt.name)
			}
		case error:
			if !errors.Is(err, is) {
				t.Errorf("%s: %v, want %v", tt.name, err, is)
			}
		default:
			if err == nil || !errors.As(err, is) {
				t.Errorf("%s: %v, want %T", tt.name, err, is)
			}
		}
	}
	if st := d.Stats(); st.Failed != 18 || len(st.Draws) != 0 {
		t.Errorf("Stats = %+v", st)
	}
	if len(d.Heads()) != 0 {
		t.Error("a failed operation shows the primary")
	}
}

// Coordinates at the ends of their range must neither panic nor take long.
func TestDrawAtTheEnds(t *testing.T) {
	ends := []int{math.MinInt32, -1, 0, 3, math.MaxInt32}
	var rects []image.Rectangle
	for _, a := range ends {
		for _, b := range ends {
			rects = append(rects, image.Rectangle{Min: image.Pt(a, b), Max: image.Pt(b, a)}, image.Rectangle{Min: image.Pt(a, a), Max: image.Pt(b, b)})
		}
	}
	d := NewDesktop(DesktopOptions{})
	if err := d.CreateSurface(0, 6, 6, Format555, true); err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, 4, 4))
	for _, box := range rects {
		for _, area := range rects {
			// Errors are fine: some areas are empty.
			d.Draw(0, box, NewRegion([]image.Rectangle{area, box}), &Copy{Src: Source{Image: img}, SrcArea: area, Rop: RopXor, Interpolate: area.Min.X < 0})
			d.Draw(0, box, nil, &CopyBits{Src: area.Min})
			d.Draw(0, box, nil, &Fill{Rop: RopPut, Mask: Mask{Bits: image.NewAlpha(img.Rect), Pos: area.Min, Invert: true},
				Brush: Brush{Kind: BrushPattern, Tile: Source{Image: img}, Pos: area.Max}})
		}
	}
	if d.Stats().Draws["copy_bits"] != uint64(len(rects)*len(rects)) {
		t.Errorf("Stats = %+v", d.Stats())
	}
}

func TestFormats(t *testing.T) {
	for wire, want := range map[uint32]Format{1: FormatA1, 8: FormatA8, 16: Format555, 80: Format565, 32: FormatXRGB, 96: FormatARGB} {
		if got, err := FormatOf(wire); got != want || err != nil {
			t.Errorf("FormatOf(%d) = %v, %v", wire, got, err)
		}
	}
	for _, wire := range []uint32{0, 2, 24, 33, 1 << 31} {
		if _, err := FormatOf(wire); err == nil {
			t.Errorf("FormatOf(%d): no error", wire)
		}
	}
	if got := fmt.Sprint(Format565, FormatARGB, Format(77)); got != "16_565 32_ARGB Format(77)" {
		t.Errorf("String: %s", got)
	}
}
