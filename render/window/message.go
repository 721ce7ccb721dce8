package window

import (
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/vector"
)

// The colours of the window itself.
var (
	backdrop  = color.RGBA{0x1b, 0x1d, 0x21, 0xff} // around and instead of the picture
	cardFill  = color.RGBA{0x26, 0x29, 0x2f, 0xff}
	cardEdge  = color.RGBA{0x3a, 0x3f, 0x47, 0xff}
	accent    = color.RGBA{0x5b, 0xa6, 0xd6, 0xff}
	bright    = color.RGBA{0xec, 0xee, 0xf1, 0xff}
	subdued   = color.RGBA{0xa4, 0xab, 0xb5, 0xff}
	dimFactor = float32(0.35) // of the brightness of a picture that lies behind a message
)

// Sizes of a message, in pixels of a screen of usual density.
const (
	titleSize  = 21
	textSize   = 15
	leading    = 1.45
	cardPad    = 30
	notePad    = 12 // of a toast
	cardRadius = 10
	cardMargin = 24 // to the edge of the window
	ruleWidth  = 40
	ruleHeight = 3
	ruleGap    = 14 // below and above
)

// A message is a card with words: what it says depends on nothing else, so
// that it is drawn once.
type message struct {
	title, text string
	window      image.Point
	scale       float64 // device pixels per pixel of usual density
}

// draw returns the card in the middle of the window, no larger than that.
func (m message) draw() *image.RGBA {
	s := float32(m.scale)
	const pad, least = float32(cardPad), float32(260)
	room := max(40*s, float32(m.window.X)-2*(cardMargin+pad)*s)
	titles := wrap(m.title, medium(), titleSize*s, min(room, 560*s))
	lines := wrap(m.text, regular(), textSize*s, min(room, 560*s))
	width := float32(ruleWidth * s)
	for _, l := range titles {
		width = max(width, medium().width(l, titleSize*s))
	}
	for _, l := range lines {
		width = max(width, regular().width(l, textSize*s))
	}
	width = max(width, min(room, least*s))
	height := float32(len(titles))*titleSize*leading*s + float32(len(lines))*textSize*leading*s
	if len(titles) > 0 {
		height += (2*ruleGap + ruleHeight) * s
	}
	size := image.Pt(int(width+2*pad*s+0.5), int(height+2*pad*s+0.5))
	img := image.NewRGBA(image.Rectangle{Max: size})
	round(img, 0, cardRadius*s, cardEdge)
	round(img, s, (cardRadius-1)*s, cardFill)
	y := m.lines(img, titles, medium(), titleSize*s, pad*s, bright)
	if len(titles) > 0 {
		y += ruleGap * s
		x := (float32(size.X) - ruleWidth*s) / 2
		r := image.Rect(int(x+0.5), int(y+0.5), int(x+ruleWidth*s+0.5), int(y+ruleHeight*s+0.5))
		draw.Draw(img, r, image.NewUniform(accent), image.Point{}, draw.Src)
		y += (ruleHeight + ruleGap) * s
	}
	shade := subdued
	if len(titles) == 0 {
		shade = bright
	}
	m.lines(img, lines, regular(), textSize*s, y, shade)
	img.Rect = img.Rect.Add(m.window.Sub(size).Div(2))
	return img
}

// lines writes centred lines from y down and returns where they end.
func (m message) lines(img *image.RGBA, lines []string, f *typeface, size, y float32, c color.Color) float32 {
	for _, l := range lines {
		x := (float32(img.Rect.Dx()) - f.width(l, size)) / 2
		ascent, descent := f.extent(size)
		base := y + (size*leading-ascent-descent)/2 + ascent
		f.draw(img, l, size, float32(int(x+0.5)), float32(int(base+0.5)), c)
		y += size * leading
	}
	return y
}

// What bounds a message: it may quote a server.
const (
	maxLines = 12
	maxBytes = 2000
)

// wrap breaks text into lines that are at most width pixels wide.
func wrap(text string, f *typeface, size, width float32) []string {
	text = text[:min(len(text), maxBytes)]
	var lines []string
	for par := range strings.Lines(text) {
		line := ""
		for word := range strings.FieldsSeq(par) {
			if line != "" && f.width(line+" "+word, size) > width {
				lines = append(lines, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
			for f.width(line, size) > width { // a word longer than a line
				n := fitting(line, f, size, width)
				lines = append(lines, line[:n])
				line = line[n:]
			}
		}
		lines = append(lines, line)
	}
	if len(lines) > maxLines {
		lines = append(lines[:maxLines-1], "…")
	}
	return lines
}

// fitting returns how many bytes of a line fit: whole characters, at least one.
func fitting(line string, f *typeface, size, width float32) int {
	w := float32(0)
	for i, r := range line {
		w += f.width(string(r), size)
		if w > width && i > 0 {
			return i
		}
	}
	return len(line)
}

// round fills a rectangle with round corners, inset from the edges of img.
func round(img *image.RGBA, inset, radius float32, c color.Color) {
	x1, y1 := float32(img.Rect.Dx())-inset, float32(img.Rect.Dy())-inset
	z := vector.NewRasterizer(img.Rect.Dx(), img.Rect.Dy())
	roundPath(z, inset, inset, x1, y1, radius)
	z.Draw(img, img.Rect, image.NewUniform(c), image.Point{})
}

// roundPath is the path around a box with round corners.
func roundPath(z *vector.Rasterizer, x0, y0, x1, y1, radius float32) {
	const k = 0.5523 // makes a cubic a quarter of a circle
	r, q := radius, radius*(1-k)
	z.MoveTo(x0+r, y0)
	z.LineTo(x1-r, y0)
	z.CubeTo(x1-q, y0, x1, y0+q, x1, y0+r)
	z.LineTo(x1, y1-r)
	z.CubeTo(x1, y1-q, x1-q, y1, x1-r, y1)
	z.LineTo(x0+r, y1)
	z.CubeTo(x0+q, y1, x0, y1-q, x0, y1-r)
	z.LineTo(x0, y0+r)
	z.CubeTo(x0, y0+q, x0+q, y0, x0+r, y0)
	z.ClosePath()
}
