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
	switch w.c.IntN(28) {
	case 0, 1, 2:
		return &Fill{Rop: w.rop(), Mask: w.mask(), Brush: w.brush()}
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
	return w.imageOp(box)
}

// imageOp returns a random operation that reads a picture, or draws a shape.
func (w *twin) imageOp(box image.Rectangle) Op {
	area := w.rect()
	if w.c.IntN(3) > 0 {
		area.Max = area.Min.Add(box.Size())
	}
	switch w.c.IntN(12) {
	case 0, 1:
		return &Opaque{Src: w.source(), SrcArea: area, Brush: w.brush(), Rop: w.rop(), Interpolate: w.c.IntN(2) == 0, Mask: w.mask()}
	case 2, 3:
		return &ROP3{Src: w.source(), SrcArea: area, Brush: w.brush(), Code: uint8(w.c.IntN(256)), Interpolate: w.c.IntN(2) == 0, Mask: w.mask()}
	case 4:
		src := w.source()
		op := &Transparent{Src: src, SrcArea: area, Key: w.color()}
		if img := src.Image; img != nil {
			op.Key = uint32(img.Pix[0])<<16 | uint32(img.Pix[1])<<8 | uint32(img.Pix[2])
		}
		return op
	case 5, 6:
		alpha := [4]int{0, 255, w.c.IntN(256), 128}[w.c.IntN(4)]
		return &AlphaBlend{Src: w.source(), SrcArea: area, Alpha: uint8(alpha), SrcAlpha: w.c.IntN(2) == 0, DestAlpha: w.c.IntN(2) == 0}
	case 7:
		return w.textOp()
	case 8:
		return w.strokeOp()
	case 9, 10:
		op := &Composite{Operator: Operator(w.c.IntN(int(OpAdd) + 1)), Src: w.picture(), ComponentAlpha: w.c.IntN(2) == 0}
		if w.c.IntN(2) == 0 {
			mask := w.picture()
			op.Mask = &mask
		}
		return op
	}
	return &Copy{Src: w.source(), SrcArea: area, Rop: w.rop(), Interpolate: w.c.IntN(2) == 0, Mask: w.mask()}
}

func (w *twin) color() uint32 {
	return uint32(w.c.IntN(256))<<24 | uint32(w.c.IntN(256))<<16 | uint32(w.c.IntN(256))<<8 | uint32(w.c.IntN(256))
}

func (w *twin) brush() Brush {
	return Brush{Kind: BrushKind(w.c.IntN(3)), Color: w.color(), Tile: w.source(), Pos: w.point()}
}

func (w *twin) textOp() *Text {
	op := &Text{Depth: [3]uint8{1, 4, 8}[w.c.IntN(3)], Fore: w.brush(), Back: w.brush()}
	if w.c.IntN(2) == 0 {
		op.BackArea = w.rect()
	}
	op.Glyphs = make([]Glyph, w.c.IntN(4))
	for i := range op.Glyphs {
		g := Glyph{Pos: w.point().Mul(2), Size: image.Pt(w.c.IntN(12), w.c.IntN(12))}
		g.Bits = w.image().Pix
		for len(g.Bits) < g.Size.X*g.Size.Y {
			g.Bits = append(g.Bits, g.Bits...)
		}
		op.Glyphs[i] = g
	}
	return op
}

func (w *twin) strokeOp() *Stroke {
	op := &Stroke{Brush: w.brush(), Rop: w.rop(), Path: make([]PathSegment, w.c.IntN(5))}
	spread := 1 + w.c.IntN(60)
	for i := range op.Path {
		s := &op.Path[i]
		s.Flags = [...]PathFlags{0, PathBegin, PathEnd, PathBegin | PathEnd, PathEnd | PathClose}[w.c.IntN(5)]
		if w.c.IntN(3) == 0 {
			s.Flags |= PathBezier
		}
		s.Points = make([]image.Point, w.c.IntN(8))
		for j := range s.Points {
			s.Points[j] = image.Pt(w.c.IntN(64)*spread/4-w.c.IntN(200), w.c.IntN(64)*spread/4-w.c.IntN(200))
		}
	}
	if w.c.IntN(3) == 0 {
		op.Dashes, op.StartWithGap = make([]int32, 1+w.c.IntN(4)), w.c.IntN(2) == 0
		for i := range op.Dashes {
			op.Dashes[i] = int32(w.c.IntN(100) - 5)
		}
	}
	return op
}

func (w *twin) picture() Picture {
	p := Picture{Source: w.source(), Origin: w.point(), Bilinear: w.c.IntN(2) == 0,
		Repeat: Repeat(w.c.IntN(4)), Opaque: w.c.IntN(4) == 0}
	if w.c.IntN(2) == 0 {
		p.Transform = new(Transform)
		for i := range p.Transform {
			for j := range p.Transform[i] {
				p.Transform[i][j] = int32(w.c.IntN(256)-128) << w.c.IntN(11)
			}
			p.Transform[i][i] += 1 << 16
		}
	}
	return p
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
	for seed := range uint64(300) {
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
		{"opaque: no image", 0, box, nil, &Opaque{SrcArea: box}, errNoImage},
		{"opaque: unknown brush", 0, box, nil, &Opaque{Src: img, SrcArea: box, Brush: Brush{Kind: 3}}, nil},
		{"opaque: empty source area", 0, box, nil, &Opaque{Src: img}, nil},
		{"opaque: mask of colours", 0, box, nil, &Opaque{Src: img, SrcArea: box, Mask: Mask{FromSurface: true}}, nil},
		{"rop3: no image", 0, box, nil, &ROP3{SrcArea: box, Code: 0xcc}, errNoImage},
		{"rop3: no tile", 0, box, nil, &ROP3{Src: img, SrcArea: box, Brush: Brush{Kind: BrushPattern}}, errNoImage},
		{"rop3: far source area", 0, box, nil, &ROP3{Src: img, SrcArea: box.Add(far), Code: 0xcc}, nil},
		{"rop3: far mask", 0, box, nil, &ROP3{Src: img, SrcArea: box, Mask: Mask{Pos: far}}, nil},
		{"transparent: no image", 0, box, nil, &Transparent{SrcArea: box}, errNoImage},
		{"alpha_blend: unknown source", 0, box, nil, &AlphaBlend{Src: Source{Surface: 9, FromSurface: true}, SrcArea: box}, new(*SurfaceError)},
		{"alpha_blend: empty source area", 0, box, nil, &AlphaBlend{Src: img}, nil},
		{"stroke: unknown brush", 0, box, nil, &Stroke{Brush: Brush{Kind: 3}}, nil},
		{"stroke: no tile", 0, box, nil, &Stroke{Brush: Brush{Kind: BrushPattern}}, errNoImage},
		{"stroke: far point", 0, box, nil, &Stroke{Path: []PathSegment{{Points: []image.Point{far}}}}, nil},
		{"text: depth", 0, box, nil, &Text{Depth: 2}, nil},
		{"text: size", 0, box, nil, &Text{Depth: 1, Glyphs: []Glyph{{Size: image.Pt(-1, 1)}}}, nil},
		{"text: short glyph", 0, box, nil, &Text{Depth: 4, Glyphs: []Glyph{{Size: image.Pt(3, 2), Bits: make([]byte, 3)}}}, nil},
		{"text: unknown foreground", 0, box, nil, &Text{Depth: 1, Fore: Brush{Kind: 3}}, nil},
		{"text: unknown background", 0, box, nil, &Text{Depth: 1, BackArea: box, Back: Brush{Kind: 3}}, nil},
		{"composite: unknown operator", 0, box, nil, &Composite{Operator: 0x3f, Src: Picture{Source: img}}, new(*UnsupportedError)},
		{"composite: no image", 0, box, nil, &Composite{}, errNoImage},
		{"composite: no mask", 0, box, nil, &Composite{Src: Picture{Source: img}, Mask: &Picture{}}, errNoImage},
		{"composite: far origin", 0, box, nil, &Composite{Src: Picture{Source: img, Origin: far}}, nil},
		{"composite: empty source", 0, box, nil, &Composite{Src: Picture{Source: Source{Image: image.NewRGBA(image.Rectangle{})}}}, nil},
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
	if st := d.Stats(); st.Failed != 42 || len(st.Draws) != 0 {
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
			d.Draw(0, box, nil, &ROP3{Src: Source{Image: img}, SrcArea: area, Code: 0x5a ^ 0xcc})
			d.Draw(0, box, nil, &AlphaBlend{Src: Source{Image: img}, SrcArea: area, Alpha: 99})
			d.Draw(0, box, nil, &Text{Depth: 1, BackArea: area, Glyphs: []Glyph{
				{Pos: area.Min, Size: image.Pt(65535, 1), Bits: make([]byte, 8192)}, {Pos: area.Max, Size: image.Pt(0, 65535)}}})
			d.Draw(0, box, nil, &Composite{Operator: OpOver, Src: Picture{Source: Source{Image: img}, Origin: area.Min, Bilinear: true,
				Repeat:    Repeat(area.Min.X & 3),
				Transform: &Transform{{int32(area.Max.X), int32(area.Max.Y)}, {math.MinInt32, math.MaxInt32, int32(area.Min.Y)}}}})
			d.Draw(0, box, nil, &Fill{Rop: RopPut, Mask: Mask{Bits: image.NewAlpha(img.Rect), Pos: area.Min, Invert: true},
				Brush: Brush{Kind: BrushPattern, Tile: Source{Image: img}, Pos: area.Max}})
		}
	}
	if d.Stats().Draws["copy_bits"] != uint64(len(rects)*len(rects)) {
		t.Errorf("Stats = %+v", d.Stats())
	}
}

// Paths over all of the coordinates, at the places where arithmetic ends, draw
// in the time that what is seen of them takes.
func TestStrokeAtTheEnds(t *testing.T) {
	ends := []int{math.MinInt32, -1 << 20, -7, 0, 40, 90, 1 << 19, math.MaxInt32}
	points := make([]image.Point, 0, 1<<12)
	rng := rand.New(rand.NewPCG(1, 2))
	for range cap(points) {
		points = append(points, image.Pt(ends[rng.IntN(len(ends))], ends[rng.IntN(len(ends))]))
	}
	d := NewDesktop(DesktopOptions{})
	if err := d.CreateSurface(0, 6, 6, FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	for _, flags := range []PathFlags{0, PathBezier} {
		for _, dashes := range [][]int32{nil, {math.MaxInt32, math.MaxInt32}, {math.MinInt32, 1, 16, 24}, {0, 16}} {
			op := &Stroke{Path: []PathSegment{{Flags: flags, Points: points}}, Dashes: dashes, StartWithGap: true,
				Rop: RopXor, Brush: Brush{Kind: BrushSolid, Color: 0xffffff}}
			if err := d.Draw(0, image.Rect(0, 0, 6, 6), nil, op); err != nil {
				t.Fatal(err)
			}
		}
	}
	// All four points of a curve in one, between two pixels, can never be flat.
	op := &Stroke{Path: []PathSegment{{Flags: PathBezier, Points: []image.Point{{8, 8}, {24, 24}, {8, 8}, {16, 16}}}}}
	if err := d.Draw(0, image.Rect(0, 0, 6, 6), nil, op); err != nil {
		t.Fatal(err)
	}
}

func TestTernaryOnAllCodes(t *testing.T) {
	const p, s, d = 0xf0f0c3a5, 0xcccc5a3c, 0xaaaa0ff0
	for code := range 256 {
		f := compileTernary(uint8(code))
		if got, want := uint32(f.word(p, s, d)), refTernary(uint8(code), p, s, d); got != want {
			t.Errorf("rop3 %#x: got %#x, want %#x", code, got, want)
		}
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
