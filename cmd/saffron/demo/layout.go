package demo

import (
	"image"
	"image/color"
	"math"

	"saffron/channels/display"
)

const (
	columns, rows = 6, 3 // of tiles

	barHeight   = 36
	titleHeight = 24
	inset       = 7 // between the content of a panel and its edge
	corner      = 9
)

// A layout says where everything is on a desktop of some size, and holds the
// picture without what moves.
type layout struct {
	bar      image.Rectangle
	contents []image.Rectangle // of the tiles
	term     image.Rectangle   // content of the terminal
	panels   []image.Rectangle // tiles and terminal with their frames
	free     image.Rectangle   // where the wallpaper shows, right of the terminal
	base     *image.RGBA
	image    *display.Image // base, encoded; made when it is first sent
}

func newLayout(size image.Point, tiles []tile) layout {
	l := layout{bar: image.Rect(0, 0, size.X, barHeight), base: image.NewRGBA(image.Rectangle{Max: size})}
	gap := max(10, size.X/80)
	margin := gap + gap/2
	width := (size.X - 2*margin - (columns-1)*gap) / columns
	height := (size.Y - barHeight) * 62 / 100 / rows
	left := (size.X - columns*width - (columns-1)*gap) / 2
	for i := range columns * rows {
		x := left + i%columns*(width+gap)
		y := barHeight + gap + i/columns*height
		l.addPanel(image.Rect(x, y, x+width, y+height-gap))
	}
	top := barHeight + gap + rows*height
	termWidth := 4*width + 3*gap
	l.term = l.addPanel(image.Rect(left, top, left+termWidth, size.Y-margin))
	l.contents = l.contents[:columns*rows]
	l.free = image.Rect(left+termWidth+gap, top, size.X-left, size.Y-margin)

	wallpaper(l.base)
	l.wordmark()
	l.frames(tiles)
	l.topBar()
	return l
}

// addPanel returns where its content goes.
func (l *layout) addPanel(r image.Rectangle) image.Rectangle {
	l.panels = append(l.panels, r)
	content := image.Rect(r.Min.X+inset, r.Min.Y+titleHeight, r.Max.X-inset, r.Max.Y-inset)
	l.contents = append(l.contents, content)
	return content
}

// A dune is one line of hills of the wallpaper.
type dune struct {
	at, height, wave, phase float64
	top, bottom             color.RGBA
}

var wallpaperDunes = [...]dune{
	{0.80, 0.060, 1.1, 0.4, rgb(0x2b4a7d), rgb(0x1a3564)},
	{0.87, 0.055, 0.8, 2.4, rgb(0x1f3a6b), rgb(0x122a52)},
	{0.94, 0.045, 1.3, 4.2, rgb(0x152c56), rgb(0x0c1d3c)},
}

// crest is how far down a dune begins, both lengths being 1.
func (d *dune) crest(u float64) float64 {
	return d.at - d.height*math.Sin(2*math.Pi*d.wave*u+d.phase) - 0.3*d.height*math.Sin(5.3*u+3*d.phase)
}

// wallpaper paints an evening: a deep blue sky, a saffron glow behind dunes.
func wallpaper(img *image.RGBA) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	glowX, glowY, sky := make([]float64, w), make([]float64, h), make([]color.RGBA, h)
	var crests [len(wallpaperDunes)][]float64
	var lit [len(wallpaperDunes)][]color.RGBA
	for x := range w {
		u := float64(x) / float64(w)
		glowX[x] = math.Exp(-7.5 * (u - 0.84) * (u - 0.84))
		sun := 0.55 * math.Exp(-4.8*(u-0.84)*(u-0.84))
		for i := range wallpaperDunes {
			d := &wallpaperDunes[i]
			crests[i] = append(crests[i], d.crest(u)*float64(h))
			lit[i] = append(lit[i], mix(d.top, rgb(0xb5713f), sun))
		}
	}
	for y := range h {
		v := float64(y) / float64(h)
		glowY[y] = 0.82 * math.Exp(-25*(v-0.8)*(v-0.8))
		sky[y] = ramp(v, rgb(0x071226), rgb(0x0d2346), rgb(0x173a6b), rgb(0x2c5a93), rgb(0x6b7fa6))
	}
	glow := rgb(0xf7b04a)
	each(img, func(x, y int) color.RGBA {
		c := mix(sky[y], glow, glowX[x]*glowY[y])
		for i := range wallpaperDunes {
			if below := float64(y) - crests[i][x]; below > -1 {
				c = mix(c, mix(lit[i][x], wallpaperDunes[i].bottom, below/(0.16*float64(h))), below+0.5)
			}
		}
		return dither(c, x, y)
	})
}

// dither hides the steps of slow gradients.
func dither(c color.RGBA, x, y int) color.RGBA {
	n := int(noise(x, y)*3) - 1
	part := func(v uint8) uint8 { return uint8(min(max(int(v)+n, 0), 255)) }
	return color.RGBA{R: part(c.R), G: part(c.G), B: part(c.B), A: 255}
}

// wordmark writes the name on the wallpaper.
func (l *layout) wordmark() {
	size := float32(min(l.free.Dx()/6, l.free.Dy()/3))
	name, small := newFace(bold(), size), newFace(regular(), max(11, size*0.28))
	x := float32(l.free.Min.X) + size*1.02
	y := float32(l.free.Min.Y) + float32(l.free.Dy())*0.46
	for i := range 4 { // a soft shadow
		name.draw(l.base, x, y+float32(i), "Saffron", fade(night, 0.16))
	}
	name.draw(l.base, x, y, "Saffron", cream)
	flower(newPen(l.base), float64(x-size*0.50), float64(y-size*0.33), float64(size)*0.42, 0)
	small.draw(l.base, x+2, y+size*0.48, "a SPICE client", fade(cream, 0.85))
}

// flower paints the blossom that saffron comes from.
func flower(p *pen, x, y, r, turn float64) {
	for i := range 6 {
		angle := turn + float64(i)*math.Pi/3
		c := rgb(0x8f6fd0)
		if i%2 == 1 {
			c = rgb(0xb79bec)
		}
		p.petal(c, x, y, angle, r, r*0.34)
		p.petal(fade(cream, 0.22), x, y, angle, r*0.8, r*0.12)
	}
	for i := range 3 {
		angle := turn + math.Pi/6 + float64(i)*2*math.Pi/3
		p.petal(ember, x, y, angle, r*0.62, r*0.09)
	}
	p.circle(amber, x, y, r*0.13)
}

// frames paints the panels and their titles.
func (l *layout) frames(tiles []tile) {
	p := newPen(l.base)
	title, note := newFace(medium(), 12.5), newFace(regular(), 10.5)
	for i, r := range l.panels {
		for d := 6; d > 0; d -= 2 {
			p.roundRect(fade(color.RGBA{A: 255}, 0.09), r.Inset(-d).Add(image.Pt(0, 3)), corner+float64(d))
		}
		p.roundRect(mix(deep, sky, 0.34), r, corner)
		p.roundRect(mix(night, deep, 0.75), r.Inset(1), corner-1)
		name, extra := "Terminal", "keys, pointer and locks as they arrive"
		if i < len(tiles) {
			name, extra = tiles[i].name()
		}
		base := float32(r.Min.Y) + 16.5
		end := title.draw(l.base, float32(r.Min.X)+inset+2, base, name, cream)
		if x := float32(r.Max.X) - inset - 2 - note.width(extra); x > end+4 {
			note.draw(l.base, x, base, extra, fade(mist, 0.8))
		}
	}
}

func (l *layout) topBar() {
	r := l.bar
	part := l.base.SubImage(r).(*image.RGBA)
	p := newPen(part)
	p.polygon(fade(night, 0.72), 0, 0, float64(r.Max.X), 0, float64(r.Max.X), float64(r.Max.Y), 0, float64(r.Max.Y))
	y := float64(r.Max.Y)
	p.polygon(fade(saffron, 0.55), 0, y-1, float64(r.Max.X), y-1, float64(r.Max.X), y, 0, y)
	flower(p, 27, 17.5, 11, math.Pi/6)
	name := newFace(medium(), 14)
	end := name.draw(l.base, 46, 22.5, "Saffron demo desktop", cream)
	newFace(regular(), 12).draw(l.base, end+14, 22.5, "one tile for each way of the protocol to send pixels", fade(mist, 0.9))
}
