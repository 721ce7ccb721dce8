package display_test

import (
	"image"
	"testing"

	"saffron/channels/display"
	"saffron/channels/msgtable"
	"saffron/channels/msgtable/msgtabletest"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// samples has each kind of message, and each kind of image, brush and clip in
// some of them.
func samples() []wire.Message {
	base := display.Base{Surface: 1, Box: image.Rect(-3, 4, 50, 60)}
	clipped := base
	clipped.Clipped, clipped.Clip = true, []image.Rectangle{image.Rect(1, 2, 3, 4), image.Rect(5, 6, 7, 8)}
	area := image.Rect(9, 8, 77, 66)
	mask := display.QMask{Flags: 1, Pos: image.Pt(3, -4), Bitmap: &display.Image{
		ID: 7, Width: 9, Height: 2, Format: 2, Stride: 2, Data: []byte{1, 2, 3, 4}}}
	palette := display.Palette{ID: 99, Present: true, Entries: []uint32{1, 2, 0xffffff}}
	solid := display.Brush{Type: 1, Color: 0x123456}
	m := []wire.Message{
		new(msgtable.Empty),
		&display.Mode{Width: 640, Height: 480, Bits: 32},
		&display.GLScanout{Width: 640, Height: 480, Stride: 2560, FourCC: 0x34325258, Flags: 1},
		&display.GLDraw{X: 1, Y: 2, Width: 3, Height: 4},
		&display.CopyBits{Base: clipped, Src: image.Pt(-1, 2)},
		&display.InvalList{Resources: []display.Resource{{Type: 1, ID: 5}, {Type: 2, ID: 6}}},
		&display.InvalAllPixmaps{WaitForChannels: spice.WaitForChannels{Wait: []spice.ChannelSerial{
			{Channel: spice.ChannelID{Type: spice.ChannelDisplay, ID: 1}, Serial: 1 << 40}}}},
		&display.InvalPalette{ID: 3},
		&display.DrawFill{Base: base, Brush: solid, ROP: 8},
		&display.DrawFill{Base: clipped, ROP: 8, Mask: mask, Brush: display.Brush{Type: 2, Pos: image.Pt(1, 2),
			Pattern: &display.Image{Type: display.ImageSurface, Width: 8, Height: 8, Surface: 4}}},
		&display.DrawOpaque{Base: base, Src: &display.Image{Type: display.ImageFromCache, ID: 2}, SrcArea: area, Brush: solid, ROP: 64, Scale: 1, Mask: mask},
		&display.DrawCopy{Base: base, SrcArea: area, ROP: 8},
		&display.DrawMasked{Base: base, Mask: mask},
		&display.DrawROP3{Base: base, Src: &display.Image{Type: display.ImageFromCacheLossless, ID: 2}, SrcArea: area, ROP3: 0xca, Scale: 1, Mask: mask},
		&display.DrawStroke{Base: base, Brush: solid, ForeMode: 8, BackMode: 16,
			Path: display.Path{{Flags: 1, Points: []image.Point{{16, 32}, {-48, 64}}}, {Flags: 2}},
			Attr: display.LineAttr{Flags: 8, Dashes: []int32{16, 48}}},
		&display.DrawText{Base: base, BackArea: area, Fore: solid, Back: display.Brush{}, ForeMode: 8, BackMode: 8,
			Text: &display.String{Flags: 2, Glyphs: []display.Glyph{
				{RenderPos: image.Pt(1, 2), Origin: image.Pt(-1, -2), Width: 3, Height: 2, Bits: []byte{1, 2, 3, 4}}, {Width: 0, Height: 5}}}},
		&display.DrawText{Base: base, Text: &display.String{Flags: 1, Glyphs: []display.Glyph{{Width: 9, Height: 1, Bits: []byte{1, 2}}}}},
		&display.DrawText{Base: base, Text: &display.String{Flags: 4, Glyphs: []display.Glyph{{Width: 3, Height: 1, Bits: []byte{1, 2, 3}}}}},
		&display.DrawTransparent{Base: base, Src: &display.Image{Type: display.ImageSurface, Surface: 4}, SrcArea: area, SrcColor: 1, TrueColor: 2},
		&display.DrawAlphaBlend{Base: base, AlphaFlags: 3, Alpha: 200, Src: &display.Image{Type: display.ImageFromCache, ID: 2}, SrcArea: area},
		&display.DrawComposite{Base: base, Flags: 3 | 4<<8 | 1<<14, Origin: image.Pt(-3, 4), MaskOrigin: image.Pt(5, -6),
			Src: &display.Image{Type: display.ImageSurface, Surface: 4, Width: 8, Height: 8}},
		&display.DrawComposite{Base: clipped, Flags: 12 | 3<<16 | display.CompositeComponentAlpha | display.CompositeHasMask |
			display.CompositeHasTransform | display.CompositeHasMaskTransform | display.CompositeSourceOpaque,
			Src:           &display.Image{Type: display.ImageFromCache, ID: 2},
			Mask:          &display.Image{Type: display.ImageBitmap, Format: 9, Stride: 4, Width: 3, Height: 2, Data: []byte("12345678")},
			Transform:     render.Transform{{1 << 16, 2, -3}, {4, -1 << 16, 6}},
			MaskTransform: render.Transform{{1 << 15, 0, 0}, {0, 1 << 17, 0}}},
		&display.StreamCreate{Surface: 1, ID: 49, Flags: 1, Codec: display.StreamMJPEG, Stamp: 1 << 40, Width: 320, Height: 240,
			SourceWidth: 320, SourceHeight: 240, Dest: area},
		&display.StreamCreate{Clipped: true, Clip: clipped.Clip},
		&display.StreamData{ID: 49, Time: 1 << 31, Data: []byte("frame")},
		&display.StreamDataSized{ID: 49, Time: 5, Width: 3, Height: 4, Dest: area, Data: []byte("frame")},
		&display.StreamClip{ID: 49, Clipped: true, Clip: clipped.Clip},
		&display.StreamDestroy{ID: 49},
		&display.StreamActivateReport{ID: 49, UniqueID: 7, Window: 5, Timeout: 1000},
		&display.StreamReport{ID: 49, UniqueID: 7, Start: 1, End: 2, Frames: 5, Drops: 1, LastDelay: -3, AudioDelay: display.NoSound},
		&display.PreferredVideoCodecType{Codecs: []display.StreamCodec{display.StreamVP9, display.StreamMJPEG}},
		&display.SurfaceCreate{Surface: 2, Width: 3, Height: 4, Format: 32, Flags: 1},
		&display.SurfaceDestroy{Surface: 2},
		&display.MonitorsConfig{MaxAllowed: 4, Heads: []display.Head{{1, 0, 640, 480, 10, 20, 0}, {Monitor: 2}}},
		&display.Init{PixmapCacheID: 1, PixmapCacheSize: 20 << 20, GLZDictionaryID: 1, GLZWindowSize: 4 << 20},
		&display.PreferredCompression{Compression: display.CompressionGLZ},
	}
	data := []byte("data of the image")
	for _, img := range []*display.Image{
		{Type: display.ImageBitmap, Flags: 1, Format: 5, Stride: 4, Width: 3, Height: 2, Palette: palette, PaletteFlags: 5, Data: []byte("12345678")},
		{Type: display.ImageBitmap, Format: 8, Stride: 8, Width: 2, Height: 1, PaletteFlags: 4, Data: []byte("12345678")},
		{Type: display.ImageBitmap, Format: 5, Stride: 4, Width: 3, Height: 1, Palette: display.Palette{ID: 8, Present: true}, PaletteFlags: 2, Data: []byte("1234")},
		{Type: display.ImageLZPalette, Palette: palette, PaletteFlags: 1, Data: data},
		{Type: display.ImageLZPalette, Palette: display.Palette{ID: 8, Present: true}, PaletteFlags: 2, Data: data},
		{Type: display.ImageQUIC, Data: data}, {Type: display.ImageLZRGB, Data: data}, {Type: display.ImageGLZRGB, Data: data},
		{Type: display.ImageJPEG, Data: data}, {Type: display.ImageLZ4, Data: data},
		{Type: display.ImageZlibGLZRGB, Inflated: 999, Data: data},
		{Type: display.ImageJPEGAlpha, JPEGFlags: 1, JPEGSize: 5, Data: data},
	} {
		img.ID = 0x123456789a
		m = append(m, &display.DrawCopy{Base: clipped, Src: img, SrcArea: area, ROP: 8, Scale: 1, Mask: mask})
	}
	return m
}

func TestMessages(t *testing.T) {
	msgtabletest.Distinct(t, display.Messages)
	msgtabletest.RoundTrip(t, display.Messages, samples()...)
	msgtabletest.Truncate(t, display.Messages, samples()...)
}

func FuzzMessages(f *testing.F) { msgtabletest.Fuzz(f, display.Messages, samples()...) }

// TestHostileCounts tries counts and offsets that the body cannot hold.
func TestHostileCounts(t *testing.T) {
	for name, tc := range map[string]struct {
		typ  uint16
		body func(w *wire.Writer)
	}{
		"clip list": {display.MsgCopyBits, func(w *wire.Writer) {
			w.U32(0)
			w.Rect(image.Rect(0, 0, 1, 1))
			w.U8(1)
			w.U32(0xffffffff)
		}},
		"evictions": {display.MsgInvalList, func(w *wire.Writer) { w.U16(0xffff) }},
		"heads":     {display.MsgMonitorsConfig, func(w *wire.Writer) { w.U16(0xffff); w.U16(1) }},
		"path": {display.MsgDrawStroke, func(w *wire.Writer) {
			w.U32(0)
			w.Rect(image.Rect(0, 0, 1, 1))
			w.U8(0)
			w.Pointer()()
			w.U32(0xffffffff)
		}},
		"image outside": {display.MsgDrawCopy, func(w *wire.Writer) {
			w.U32(0)
			w.Rect(image.Rect(0, 0, 1, 1))
			w.U8(0)
			w.U32(0xfffffff0)
		}},
		"brush": {display.MsgDrawFill, func(w *wire.Writer) {
			w.U32(0)
			w.Rect(image.Rect(0, 0, 1, 1))
			w.U8(0)
			w.U8(3)
			w.Bytes(make([]byte, 64))
		}},
	} {
		var w wire.Writer
		tc.body(&w)
		e, _ := display.Messages.Lookup(tc.typ, true)
		if err := wire.Unmarshal(w.Body(), e.New()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
