package render

import (
	"fmt"
	"image"
	"testing"
)

func benchmarkDraw(b *testing.B, f Format, box image.Rectangle, clip *Region, op Op) {
	d := NewDesktop(DesktopOptions{})
	if err := d.CreateSurface(0, 1920, 1080, f, true); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(4 * box.Dx() * box.Dy()))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Draw(0, box, clip, op); err != nil {
			b.Fatal(err)
		}
		d.Damage(0, func(*image.RGBA, image.Rectangle) {})
	}
}

func BenchmarkCopy1080p(b *testing.B) {
	box := image.Rect(0, 0, 1920, 1080)
	img := rainbow(1920, 1080)
	half := Source{Image: rainbow(960, 540)}
	for _, bb := range []struct {
		name string
		f    Format
		op   *Copy
	}{
		{"put", FormatXRGB, putAll(img)},
		{"xor", FormatXRGB, &Copy{Src: Source{Image: img}, SrcArea: box, Rop: RopXor}},
		{"mask", FormatXRGB, &Copy{Src: Source{Image: img}, SrcArea: box, Rop: RopPut, Mask: Mask{Bits: disc(1920)}}},
		{"555", Format555, putAll(img)},
		{"nearest", FormatXRGB, &Copy{Src: half, SrcArea: half.Image.Rect, Rop: RopPut}},
		{"interpolate", FormatXRGB, &Copy{Src: half, SrcArea: half.Image.Rect, Rop: RopPut, Interpolate: true}},
	} {
		b.Run(bb.name, func(b *testing.B) { benchmarkDraw(b, bb.f, box, nil, bb.op) })
	}
}

func BenchmarkFill(b *testing.B) {
	for _, side := range []int{1, 16, 64, 1000} {
		b.Run(fmt.Sprint(side), func(b *testing.B) {
			benchmarkDraw(b, FormatXRGB, image.Rect(5, 5, 5+side, 5+side), nil, solid(0x123456, RopPut))
		})
	}
}

func BenchmarkScroll(b *testing.B) {
	clip := NewRegion([]image.Rectangle{image.Rect(0, 0, 1920, 500), image.Rect(0, 500, 900, 1080), image.Rect(1000, 500, 1920, 1080)})
	for _, bb := range []struct {
		name string
		src  image.Point
		clip *Region
	}{
		{"up", image.Pt(0, 20), nil}, {"down", image.Pt(0, -20), nil},
		{"right", image.Pt(-20, 0), nil}, {"clipped", image.Pt(7, 9), clip},
	} {
		b.Run(bb.name, func(b *testing.B) {
			benchmarkDraw(b, FormatXRGB, image.Rect(0, 0, 1920, 1080), bb.clip, &CopyBits{Src: bb.src})
		})
	}
}

func BenchmarkNewRegion(b *testing.B) {
	for _, n := range []int{4, 100, 10000} {
		rects := make([]image.Rectangle, n)
		for i := range rects {
			rects[i] = image.Rect(i%100*10, i/100*10, i%100*10+8, i/100*10+8)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NewRegion(rects)
			}
		})
	}
	b.Run("hostile", func(b *testing.B) {
		rects := grid(5000)
		for b.Loop() {
			NewRegion(rects)
		}
	})
}

func BenchmarkBlend1080p(b *testing.B) {
	box := image.Rect(0, 0, 1920, 1080)
	img := rainbow(1920, 1080)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = byte(i >> 4)
	}
	src := Source{Image: img, HasAlpha: true}
	pic := Picture{Source: src}
	turned := Picture{Source: src, Transform: &Transform{{60000, 9000, 0}, {-9000, 60000, 0}}}
	smooth := turned
	smooth.Bilinear = true
	for _, bb := range []struct {
		name string
		op   Op
	}{
		{"alpha", &AlphaBlend{Src: src, SrcArea: box, Alpha: 255}},
		{"constant", &AlphaBlend{Src: Source{Image: img}, SrcArea: box, Alpha: 128}},
		{"transparent", &Transparent{Src: src, SrcArea: box, Key: 0x123456}},
		{"rop3", &ROP3{Src: src, SrcArea: box, Brush: Brush{Kind: BrushSolid, Color: 0x123456}, Code: 0xca}},
		{"rop3pattern", &ROP3{Src: src, SrcArea: box, Brush: Brush{Kind: BrushPattern, Tile: Source{Image: rainbow(8, 8)}}, Code: 0xca}},
		{"over", &Composite{Operator: OpOver, Src: pic}},
		{"masked", &Composite{Operator: OpOver, Src: pic, Mask: &pic}},
		{"component", &Composite{Operator: OpOver, Src: pic, Mask: &pic, ComponentAlpha: true}},
		{"nearest", &Composite{Operator: OpOver, Src: turned}},
		{"bilinear", &Composite{Operator: OpOver, Src: smooth}},
	} {
		b.Run(bb.name, func(b *testing.B) { benchmarkDraw(b, FormatXRGB, box, nil, bb.op) })
	}
}

// BenchmarkText draws a line of 80 letters of 8x16 pixels.
func BenchmarkText(b *testing.B) {
	for _, depth := range []uint8{1, 4, 8} {
		op := &Text{Depth: depth, Fore: Brush{Kind: BrushSolid, Color: 0x204060}, Glyphs: make([]Glyph, 80)}
		for i := range op.Glyphs {
			op.Glyphs[i] = Glyph{Pos: image.Pt(8*i, 10), Size: image.Pt(8, 16), Bits: rainbow(8, 16).Pix}
		}
		b.Run(fmt.Sprint(depth), func(b *testing.B) { benchmarkDraw(b, FormatXRGB, image.Rect(0, 10, 640, 26), nil, op) })
	}
}

// BenchmarkStroke draws a triangle over most of the screen.
func BenchmarkStroke(b *testing.B) {
	path := []PathSegment{{Flags: PathEnd | PathClose, Points: []image.Point{{160, 160}, {30000, 2000}, {9000, 17000}}}}
	for name, dashes := range map[string][]int32{"solid": nil, "dashed": {64, 48}} {
		op := &Stroke{Path: path, Dashes: dashes, Rop: RopPut, Brush: Brush{Kind: BrushSolid, Color: 0x204060}}
		b.Run(name, func(b *testing.B) { benchmarkDraw(b, FormatXRGB, image.Rect(0, 0, 1920, 1080), nil, op) })
	}
}
