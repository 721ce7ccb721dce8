package render

import (
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// A step is one operation of a script, on surface 0 unless it says otherwise.
type step struct {
	surface uint32
	box     image.Rectangle
	clip    []image.Rectangle // nil: everywhere
	op      Op
}

// rainbow returns a picture in which every row and column differs.
func rainbow(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			i := img.PixOffset(x, y)
			img.Pix[i], img.Pix[i+1], img.Pix[i+2] = byte(255*x/w), byte(255*y/h), byte(128+127*((x/8+y/8)%2))
		}
	}
	return img
}

// disc returns a mask with a disc in it.
func disc(size int) *image.Alpha {
	m := image.NewAlpha(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			if dx, dy := 2*x+1-size, 2*y+1-size; dx*dx+dy*dy < size*size {
				m.Pix[y*m.Stride+x] = 255
			}
		}
	}
	return m
}

func solid(rgb uint32, rop Rop) *Fill {
	return &Fill{Rop: rop, Brush: Brush{Kind: BrushSolid, Color: rgb}}
}

func putAll(img *image.RGBA) *Copy {
	return &Copy{Src: Source{Image: img}, SrcArea: img.Rect, Rop: RopPut}
}

// Scripts draw on surface 0, 96x64 pixels. Surface 1 has 32x32 pixels of the
// same format.
var scripts = map[string][]step{
	"fills": {
		{box: image.Rect(0, 0, 96, 64), op: solid(0x204060, RopPut)},
		{box: image.Rect(8, 8, 60, 40), op: solid(0xff8000, RopPut)},
		{box: image.Rect(30, 20, 90, 60), op: solid(0xffffff, RopXor)},
		{box: image.Rect(70, 2, 110, 30), op: solid(0x00ff00, RopOr)},
		{box: image.Rect(2, 50, 40, 62), op: &Whiteness{}},
		{box: image.Rect(20, 44, 36, 64), op: &Invers{Mask: Mask{Bits: disc(16)}}},
		{box: image.Rect(4, 52, 12, 60), op: &Blackness{}},
	},
	"pattern": {
		{box: image.Rect(0, 0, 96, 64), op: &Fill{Rop: RopPut, Brush: Brush{Kind: BrushPattern, Tile: Source{Image: rainbow(13, 9)}, Pos: image.Pt(5, -4)}}},
		{box: image.Rect(10, 10, 86, 54), op: &Fill{Rop: RopXor | RopInversBrush, Brush: Brush{Kind: BrushPattern, Tile: Source{Image: rainbow(13, 9)}}, Mask: Mask{Bits: disc(48), Pos: image.Pt(-12, 2), Invert: true}}},
	},
	"clip": {
		{box: image.Rect(0, 0, 96, 64), op: solid(0x404040, RopPut)},
		{box: image.Rect(-10, -10, 86, 54), clip: []image.Rectangle{
			image.Rect(0, 0, 40, 30), image.Rect(20, 10, 60, 50), image.Rect(50, 0, 96, 20), image.Rect(9, 9, 2, 2),
		}, op: &Copy{Src: Source{Image: rainbow(96, 64)}, SrcArea: image.Rect(0, 0, 96, 64), Rop: RopXor}},
		{box: image.Rect(0, 0, 96, 64), clip: []image.Rectangle{}, op: &Whiteness{}},
	},
	"scroll": {
		{box: image.Rect(0, 0, 96, 64), op: putAll(rainbow(96, 64))},
		{box: image.Rect(10, 10, 80, 60), op: &CopyBits{Src: image.Pt(13, 4)}},
		{box: image.Rect(0, 0, 96, 64), clip: []image.Rectangle{image.Rect(0, 0, 30, 64), image.Rect(30, 20, 96, 44)}, op: &CopyBits{Src: image.Pt(-6, 2)}},
	},
	"scale": {
		{box: image.Rect(0, 0, 48, 64), op: &Copy{Src: Source{Image: rainbow(32, 32)}, SrcArea: image.Rect(4, 4, 20, 20), Rop: RopPut}},
		{box: image.Rect(48, 0, 96, 64), op: &Copy{Src: Source{Image: rainbow(32, 32)}, SrcArea: image.Rect(-4, -4, 20, 20), Rop: RopPut, Interpolate: true}},
		{box: image.Rect(60, 40, 92, 60), op: &Copy{Src: Source{Image: rainbow(96, 64)}, SrcArea: image.Rect(0, 0, 96, 64), Rop: RopPut, Interpolate: true, Mask: Mask{Bits: disc(20), Pos: image.Pt(-6, 0)}}},
	},
	"surface": {
		{surface: 1, box: image.Rect(0, 0, 32, 32), op: putAll(rainbow(32, 32))},
		{surface: 1, box: image.Rect(8, 8, 24, 24), op: solid(0, RopPut)},
		{box: image.Rect(40, 20, 72, 52), op: &Copy{Src: Source{Surface: 1, FromSurface: true}, SrcArea: image.Rect(0, 0, 32, 32), Rop: RopPut}},
		{box: image.Rect(30, 10, 62, 42), op: &Copy{Src: Source{FromSurface: true}, SrcArea: image.Rect(40, 20, 72, 52), Rop: RopPut | RopInversSrc}},
		{box: image.Rect(0, 0, 30, 64), op: &Fill{Rop: RopPut, Brush: Brush{Kind: BrushPattern, Tile: Source{Surface: 1, FromSurface: true}, Pos: image.Pt(3, 3)}}},
	},
}

// A script of the operations that old Windows guests and X servers use.
func init() {
	tile := Brush{Kind: BrushPattern, Tile: Source{Image: rainbow(13, 9)}}
	ink := Brush{Kind: BrushSolid, Color: 0xffc000}
	pts := func(xy ...int) (p []image.Point) {
		for i := 0; i < len(xy); i += 2 {
			p = append(p, image.Pt(16*xy[i], 16*xy[i+1]))
		}
		return p
	}
	glass := rainbow(40, 40)
	for i := 3; i < len(glass.Pix); i += 4 {
		a := i / 4 % 40 * 6
		for j := range 3 {
			glass.Pix[i-1-j] = byte(int(glass.Pix[i-1-j]) * a / 255)
		}
		glass.Pix[i] = byte(a)
	}
	half := Source{Image: glass, HasAlpha: true}
	back := step{box: image.Rect(0, 0, 96, 64), op: putAll(rainbow(96, 64))}
	scripts["stroke"] = []step{
		{box: image.Rect(0, 0, 96, 64), op: &Stroke{Rop: RopPut, Brush: ink, Path: []PathSegment{
			{Flags: PathBegin | PathEnd | PathClose, Points: pts(4, 4, 40, 9, 30, 50, 8, 60)}}}},
		{box: image.Rect(20, 0, 96, 60), op: &Stroke{Rop: RopPut, Brush: tile, Path: []PathSegment{
			{Flags: PathBegin, Points: pts(10, 60)}, {Flags: PathBezier | PathEnd, Points: pts(10, -60, 90, 130, 90, 4)}}}},
		{box: image.Rect(0, 0, 96, 64), op: &Stroke{Rop: RopXor, Brush: ink, Dashes: []int32{80, 48, 16, 48}, Path: []PathSegment{
			{Flags: PathBegin, Points: pts(2, 2, 93, 2, 93, 61, 50, 33)}}}},
	}
	scripts["text"] = []step{back,
		{box: image.Rect(0, 0, 90, 60), op: &Text{Depth: 1, Fore: Brush{Kind: BrushSolid}, BackArea: image.Rect(4, 4, 60, 24), Back: ink, Glyphs: []Glyph{
			{Pos: image.Pt(8, 8), Size: image.Pt(7, 8), Bits: []byte{0x82, 0x82, 0x82, 0xfe, 0x82, 0x44, 0x28, 0x10}},
			{Pos: image.Pt(88, 8), Size: image.Pt(7, 2), Bits: []byte{0xfe, 0xfe}}}}},
		{box: image.Rect(0, 0, 96, 64), op: &Text{Depth: 8, Fore: tile, Glyphs: []Glyph{{Pos: image.Pt(30, 20), Size: image.Pt(48, 48), Bits: disc(48).Pix}}}},
		{box: image.Rect(0, 0, 96, 64), op: &Text{Depth: 4, Fore: Brush{Kind: BrushSolid, Color: 0xffffff}, Glyphs: []Glyph{
			{Pos: image.Pt(20, 40), Size: image.Pt(5, 2), Bits: []byte{0x48, 0xcf, 0xf0, 0xfc, 0x84, 0x20}}}}},
	}
	scripts["rop3"] = []step{back,
		{box: image.Rect(4, 4, 50, 60), op: &ROP3{Src: Source{Image: rainbow(32, 32)}, SrcArea: image.Rect(0, 0, 32, 32), Brush: ink, Code: 0xca, Interpolate: true}},
		{box: image.Rect(54, 4, 94, 44), op: &ROP3{Brush: tile, Code: 0x5a, Mask: Mask{Bits: disc(40)}}},
		{box: image.Rect(60, 30, 92, 62), op: &Opaque{Src: Source{Image: rainbow(32, 32)}, SrcArea: image.Rect(0, 0, 32, 32), Brush: ink, Rop: RopAnd}},
		{box: image.Rect(0, 40, 64, 64), op: &Transparent{Src: Source{Image: rainbow(8, 8)}, SrcArea: image.Rect(0, 0, 8, 3), Key: 0x0000ff}},
	}
	scripts["blend"] = []step{back,
		{box: image.Rect(2, 2, 42, 42), op: &AlphaBlend{Src: half, SrcArea: glass.Rect, Alpha: 255}},
		{box: image.Rect(50, 2, 90, 62), op: &AlphaBlend{Src: half, SrcArea: glass.Rect, Alpha: 100}},
	}
	scripts["composite"] = []step{back,
		{box: image.Rect(0, 0, 60, 60), op: &Composite{Operator: OpOver, Src: Picture{Source: half, Bilinear: true, Repeat: RepeatReflect,
			Transform: &Transform{{50000, 20000, -1 << 20}, {-20000, 50000, 0}}}}},
		{box: image.Rect(40, 0, 96, 40), op: &Composite{Operator: OpAdd, Src: Picture{Source: half, Repeat: RepeatNormal},
			Mask: &Picture{Source: half, Origin: image.Pt(-8, 3), Repeat: RepeatPad}, ComponentAlpha: true}},
		{box: image.Rect(50, 40, 90, 64), op: &Composite{Operator: OpIn, Src: Picture{Source: half}}},
	}
}

// play runs a script on surfaces of format f and returns the picture.
func play(t *testing.T, f Format, steps []step) *image.RGBA {
	t.Helper()
	d := NewDesktop(DesktopOptions{})
	for id, size := range []image.Point{{96, 64}, {32, 32}} {
		if err := d.CreateSurface(uint32(id), size.X, size.Y, f, id == 0); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range steps {
		var clip *Region
		if s.clip != nil {
			clip = NewRegion(s.clip)
		}
		if err := d.Draw(s.surface, s.box, clip, s.op); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	return d.Snapshot(0)
}

func TestGoldenPictures(t *testing.T) {
	for name, steps := range scripts {
		for suffix, f := range map[string]Format{"": FormatXRGB, "_555": Format555} {
			t.Run(name+suffix, func(t *testing.T) {
				checkGolden(t, filepath.Join("testdata", name+suffix+".png"), play(t, f, steps))
			})
		}
	}
}

// checkGolden compares got with the picture of that name.
func checkGolden(t *testing.T, path string, got *image.RGBA) {
	t.Helper()
	if *update {
		writePNG(t, path, got)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	want, ok := img.(*image.RGBA) // what opaque pictures decode to
	if !ok || want.Rect != got.Rect {
		t.Fatalf("golden is %T of %v, want %v", img, img.Bounds(), got.Rect)
	}
	if i := firstDifference(got.Pix, want.Pix); i >= 0 {
		p := image.Pt(i%got.Stride/4, i/got.Stride)
		t.Errorf("pixel %v: %v, want %v", p, got.RGBAAt(p.X, p.Y), want.RGBAAt(p.X, p.Y))
	}
}

func firstDifference(a, b []byte) int {
	if slices.Equal(a, b) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

func writePNG(t *testing.T, path string, img image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		t.Fatal(err)
	}
}
