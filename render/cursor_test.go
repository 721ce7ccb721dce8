package render

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"testing"
)

var (
	clearPx = color.RGBA{}
	black   = color.RGBA{0, 0, 0, 255}
	white   = color.RGBA{255, 255, 255, 255}
	red     = color.RGBA{255, 0, 0, 255}
	dark    = color.RGBA{0x0f, 0x0f, 0x0f, 0x30}
	darker  = color.RGBA{0x24, 0x24, 0x24, 0xc0}
)

// palette returns n colours of four bytes with the first given.
func palette(n int, first ...byte) []byte {
	return append(first, make([]byte, 4*n-len(first))...)
}

type cursorTest struct {
	name          string
	kind          uint8
	width, height int
	data          []byte
	want          []color.RGBA
}

var cursorTests = []cursorTest{
	{"alpha", 0, 2, 1, []byte{1, 2, 3, 200, 0, 0, 0, 0}, []color.RGBA{{3, 2, 1, 200}, clearPx}},
	{"alpha, colour over alpha", 0, 1, 1, []byte{9, 99, 255, 50}, []color.RGBA{{50, 50, 9, 50}}},
	// AND 0011, XOR 0101
	{"mono", 1, 4, 1, []byte{0x30, 0x50}, []color.RGBA{black, white, clearPx, white}},
	// All AND bits set, the padding not; XOR: one pixel of nine columns.
	{"mono, inverting", 1, 9, 2, []byte{0xff, 0x80, 0xff, 0x80, 0, 0, 0, 0x80}, []color.RGBA{
		clearPx, clearPx, clearPx, clearPx, clearPx, clearPx, clearPx, black, black,
		clearPx, clearPx, clearPx, clearPx, clearPx, clearPx, clearPx, black, white,
	}},
	// Indexes 1, 0, 2; pixel 2 masked and black.
	{"color4", 2, 3, 1, slices.Concat([]byte{0x10, 0x20}, palette(16, 0, 0, 255, 7, 255, 255, 255, 7, 0, 0, 0, 7), []byte{0x20}),
		[]color.RGBA{white, red, clearPx}},
	// Rows of an odd width run on: 1, 0, 1 | 0, 1, 0.
	{"color4, odd width", 2, 3, 2, slices.Concat([]byte{0x10, 0x10, 0x10, 0}, palette(16, 0, 0, 255, 0, 255, 255, 255), []byte{0}),
		[]color.RGBA{white, red, white, red, white, red}},
	{"color8", 3, 2, 1, slices.Concat([]byte{1, 0}, palette(256, 0, 0, 255, 0, 255, 255, 255), []byte{0}),
		[]color.RGBA{white, red}},
	// 0x7c00 red, 0x7fff white: masked it inverts, bit 15 aside.
	{"color16", 4, 4, 1, []byte{0x00, 0x7c, 0xff, 0x7f, 0xff, 0xff, 0x00, 0x80, 0x70},
		[]color.RGBA{red, darker, dark, clearPx}},
	{"color16, widened", 4, 1, 1, []byte{0x21, 0x04, 0}, []color.RGBA{{8, 8, 8, 255}}},
	{"color24", 5, 2, 1, []byte{0, 0, 255, 1, 2, 3, 0x40}, []color.RGBA{red, clearPx}},
	// A chequerboard over two rows, opaque white, XOR.
	{"color32", 6, 3, 2, slices.Concat(
		bytes.Repeat([]byte{255, 255, 255, 0}, 5), []byte{1, 0, 0, 0}, []byte{0b11011100}),
		[]color.RGBA{dark, darker, white, darker, dark, clearPx}},
}

func TestDecodeCursor(t *testing.T) {
	for _, tt := range cursorTests {
		t.Run(tt.name, func(t *testing.T) {
			img, err := DecodeCursor(tt.kind, tt.width, tt.height, append(tt.data, 1, 2, 3))
			if err != nil {
				t.Fatal(err)
			}
			if img.Rect != image.Rect(0, 0, tt.width, tt.height) {
				t.Fatalf("bounds %v", img.Rect)
			}
			for i, want := range tt.want {
				if got := img.RGBAAt(i%tt.width, i/tt.width); got != want {
					t.Errorf("pixel %d: %v, want %v", i, got, want)
				}
			}
			for n := range tt.data {
				if _, err := DecodeCursor(tt.kind, tt.width, tt.height, tt.data[:n]); err == nil {
					t.Errorf("no error for %d of %d bytes", n, len(tt.data))
				}
			}
		})
	}
}

func TestDecodeCursorChecks(t *testing.T) {
	data := make([]byte, 1<<16)
	for _, tt := range []struct {
		kind          uint8
		width, height int
	}{
		{7, 8, 8}, {255, 8, 8}, {0, 0, 8}, {0, 8, 0}, {0, -8, -8}, {1, 1025, 1}, {1, 1, 1025}, {0, 1024, 1024},
	} {
		if _, err := DecodeCursor(tt.kind, tt.width, tt.height, data); err == nil {
			t.Errorf("kind %d, %dx%d: no error", tt.kind, tt.width, tt.height)
		}
	}
}

// checkCursor decodes whatever it is given and checks that the image is premultiplied.
func checkCursor(t *testing.T, kind uint8, width, height int, data []byte) {
	img, err := DecodeCursor(kind, width, height, data)
	if err != nil {
		return
	}
	for i := 0; i < len(img.Pix); i += 4 {
		if p := img.Pix[i : i+4]; max(p[0], p[1], p[2]) > p[3] {
			t.Fatalf("pixel %d is not premultiplied: %v", i/4, p)
		}
	}
}

func FuzzDecodeCursor(f *testing.F) {
	for _, tt := range cursorTests {
		f.Add(tt.kind, tt.width, tt.height, tt.data)
	}
	f.Fuzz(checkCursor)
}

func TestCursorOverlay(t *testing.T) {
	changes := 0
	o := &CursorOverlay{Changed: func() { changes++ }}
	shape := Cursor{Image: image.NewRGBA(image.Rect(0, 0, 16, 16)), Hot: image.Pt(3, 99)}
	other := Cursor{Image: image.NewRGBA(image.Rect(0, 0, 16, 16)), Hot: image.Pt(-3, 2)}
	hot := image.Pt(3, 16) // clamped
	if s := o.Snapshot(); s != (CursorState{}) {
		t.Errorf("zero overlay: %+v", s)
	}
	for i, step := range []struct {
		do   func()
		want CursorState // without Cursor
		hot  image.Point
	}{
		{func() { o.Set(Cursor{}, image.Pt(1, 2), true) },
			CursorState{Pos: image.Pt(1, 2), Visible: true, Known: true, Serial: 1}, image.Point{}},
		{func() { o.Set(shape, image.Pt(3, 4), false) },
			CursorState{Pos: image.Pt(3, 4), Known: true, Serial: 2, Shape: 1}, hot},
		{func() { o.Move(image.Pt(-5, 6)) },
			CursorState{Pos: image.Pt(-5, 6), Visible: true, Known: true, Serial: 3, Shape: 1}, hot},
		{func() { o.Move(image.Pt(-5, 6)) }, // no change
			CursorState{Pos: image.Pt(-5, 6), Visible: true, Known: true, Serial: 3, Shape: 1}, hot},
		{o.Hide,
			CursorState{Pos: image.Pt(-5, 6), Known: true, Serial: 4, Shape: 1}, hot},
		{func() { o.SetServer(true) },
			CursorState{Pos: image.Pt(-5, 6), Known: true, Server: true, Serial: 5, Shape: 1}, hot},
		{func() { o.SetShape(other) },
			CursorState{Pos: image.Pt(-5, 6), Known: true, Server: true, Serial: 6, Shape: 2}, image.Pt(0, 2)},
		{o.Reset,
			CursorState{Pos: image.Pt(-5, 6), Known: true, Server: true, Serial: 7, Shape: 3}, image.Point{}},
	} {
		step.do()
		got := o.Snapshot()
		if got.Cursor.Hot != step.hot {
			t.Errorf("step %d: hot spot %v, want %v", i, got.Cursor.Hot, step.hot)
		}
		got.Cursor = Cursor{}
		if got != step.want {
			t.Errorf("step %d: %+v, want %+v", i, got, step.want)
		}
	}
	if changes != 7 {
		t.Errorf("Changed was called %d times", changes)
	}
	var silent CursorOverlay
	silent.Move(image.Pt(1, 1)) // without Changed
}
