// Package render turns drawing operations into pixels: the surfaces of one
// display channel, what each monitor shows of them, and what has changed since
// it was last looked at.
//
// A [Desktop] owns the surfaces. The display channel creates them and draws
// into them, one operation at a time:
//
//	d := render.NewDesktop(render.DesktopOptions{Changed: wake})
//	d.CreateSurface(0, 1024, 768, render.FormatXRGB, true)
//	d.Mark()
//	d.Draw(0, box, clip, &render.Copy{Src: render.Source{Image: img}, SrcArea: img.Rect, Rop: render.RopPut})
//
// Whoever shows the picture asks for the heads (monitors) and takes the
// rectangles that changed, never frames:
//
//	for i := range d.Heads() {
//		d.Damage(i, func(pix *image.RGBA, r image.Rectangle) { texture[i].Write(pix, r) })
//	}
//
// # Pixels
//
// Every surface is an [image.RGBA] whose fourth byte is the protocol's own
// fourth byte, unaltered: alpha on [FormatARGB], the unused byte on
// [FormatXRGB]. Raster operations act on all 32 bits. The 16-bit formats hold
// their components widened by bit replication, with which bitwise operations
// commute; what is drawn into them is truncated to the format's precision
// first, and their fourth byte stays 0. [FormatA8] and [FormatA1] keep their
// value in the fourth byte and 0 in the others. Pictures meant to be seen
// ([Desktop.Snapshot]) have alpha 255.
//
// Where components are blended ([AlphaBlend], [Text], [Composite]) it is done
// with 8 bits each, rounded as the reference does, and the unused byte of what
// is drawn becomes 0 unless it counts as alpha. Work is bounded by what is seen:
// lines, curves, glyphs and pictures are clipped before anything loops.
//
// # Other parts
//
// [Region] is a clip list in which each pixel counts once. [DecodeCursor]
// turns the cursor channel's shapes into images and [CursorOverlay] holds what
// is drawn over a display. [Viewport] is the geometry between a window and one
// head. Nothing here does I/O, logs or starts goroutines.
package render
