package demo

import (
	"image"
	"image/color"
	"math"
)

// A chart is flat graphics with text, as of a program's window.
type chart struct{ small, large *face }

func newChart() *chart { return &chart{newFace(regular(), 10), newFace(bold(), 17)} }

func (c *chart) paint(img *image.RGBA, t float64) {
	paper := rgb(0xf6f1e7)
	clearTo(img, paper)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	p := newPen(img)
	for y := h - 10; y > 26; y -= 14 {
		p.line(rgb(0xe1d8c6), 1, 8, math.Round(y)+0.5, w-8, math.Round(y)+0.5)
	}
	value := func(i int) float64 {
		x := t + float64(i)*0.48
		return 0.5 + 0.25*math.Sin(1.3*x) + 0.15*math.Sin(2.9*x)
	}
	const points = 16
	var xy []float64
	for i := range points {
		xy = append(xy, 8+(w-16)*float64(i)/(points-1), h-10-value(i)*(h-44))
	}
	p.polygon(fade(saffron, 0.35), append(append([]float64{8, h - 10}, xy...), w-8, h-10)...)
	p.line(ember, 1.8, xy...)
	p.circle(ember, xy[2*points-2], xy[2*points-1], 3)
	c.large.draw(img, 8, 19, percent(value(points-1)), deep)
	c.small.draw(img, 50, 18, "processor", rgb(0x6b7280))
}

func percent(v float64) string {
	n := int(v*100 + 0.5)
	return string(rune('0'+n/10%10)) + string(rune('0'+n%10)) + "%"
}

// A dial is a clock of which only the hands move: the rest of a frame is in
// the frame before.
type dial struct{}

func newDial() *dial { return new(dial) }

func (*dial) paint(img *image.RGBA, t float64) {
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		return dither(mix(rgb(0x24476f), night, 1.3*math.Hypot(u, v)), x, y)
	})
	p := newPen(img)
	x, y := float64(img.Rect.Dx())/2, float64(img.Rect.Dy())/2
	r := y - 4
	p.circle(mix(deep, sky, 0.5), x, y, r)
	p.circle(cream, x, y, r-2)
	for i := range 12 {
		s, c := math.Sincos(float64(i) * math.Pi / 6)
		in := r - 8
		if i%3 == 0 {
			in = r - 11
		}
		p.line(deep, 1.6, x+in*c, y+in*s, x+(r-5)*c, y+(r-5)*s)
	}
	hand := func(c color.RGBA, width, length, turns float64) {
		s, k := math.Sincos((turns - 0.25) * 2 * math.Pi)
		p.line(c, width, x-0.15*length*k, y-0.15*length*s, x+length*k, y+length*s)
	}
	hand(deep, 3.4, 0.48*r, 10.0/12+t/43200*60)
	hand(deep, 2.4, 0.72*r, 10.0/60+t/3600*60)
	hand(ember, 1.3, 0.78*r, t/60)
	p.circle(ember, x, y, 2.8)
}

// A banner is a line of text that runs along a wave.
type banner struct{ face *face }

func newBanner() *banner { return &banner{newFace(bold(), 21)} }

const bannerText = "pixels travel better compressed  ~  "

func (b *banner) paint(img *image.RGBA, t float64) {
	h := float64(img.Rect.Dy())
	each(img, func(x, y int) color.RGBA {
		return ramp(float64(y)/h, rgb(0x2a1f47), rgb(0x5b3069), rgb(0x8c3b62))
	})
	whole := b.face.width(bannerText)
	x := -float32(math.Mod(30*t, float64(whole)))
	for x < float32(img.Rect.Dx()) {
		for _, r := range bannerText {
			y := h/2 + 7 + 0.2*h*math.Sin(float64(x)/26+1.5*t)
			if w := b.face.width(string(r)); x+w > 0 && x < float32(img.Rect.Dx()) {
				b.face.draw(img, x, float32(y)+2, string(r), fade(night, 0.5))
				b.face.draw(img, x, float32(y), string(r), mix(amber, cream, 0.5+0.5*math.Sin(float64(x)/40)))
			}
			x += b.face.width(string(r))
		}
	}
}

// A cycle is a pattern that stands still while its colours wander.
type cycle struct{}

func (*cycle) paint(img *image.Paletted, n int) {
	const colours = 256
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := range h {
		for x := range w {
			u, v := float64(x-w/2)/float64(h), float64(y-h/2)/float64(h)
			f := 0.8*math.Hypot(u, v) + 0.09*math.Sin(5*math.Atan2(v, u)+9*math.Hypot(u, v))
			img.Pix[y*img.Stride+x] = uint8(int(f*colours) % colours)
		}
	}
	img.Palette = make(color.Palette, colours)
	for i := range img.Palette {
		f := float64((i-n+colours*64)%colours) / colours
		img.Palette[i] = ramp(f, night, blue, teal, cream, saffron, ember, plum, night)
	}
}

// A life is Conway's game on a torus.
type life struct {
	w, h  int
	cells []bool
	age   int
}

const (
	lifeCell = 4   // pixels
	lifeAges = 160 // generations before it begins anew
)

func (l *life) paint(img *image.Paletted, n int) {
	w, h := img.Rect.Dx()/lifeCell, img.Rect.Dy()/lifeCell
	if n == 0 || w != l.w || h != l.h || l.age == lifeAges {
		l.sow(w, h, n)
	}
	l.generation()
	img.Palette = color.Palette{rgb(0x10233f), saffron}
	clear(img.Pix)
	left, top := (img.Rect.Dx()-w*lifeCell)/2, (img.Rect.Dy()-h*lifeCell)/2
	for i, alive := range l.cells {
		if !alive {
			continue
		}
		for y := range lifeCell - 1 {
			at := (top+i/w*lifeCell+y)*img.Stride + left + i%w*lifeCell
			for x := range lifeCell - 1 {
				img.Pix[at+x] = 1
			}
		}
	}
}

func (l *life) sow(w, h, seed int) {
	l.w, l.h, l.age, l.cells = w, h, 0, make([]bool, w*h)
	for i := range l.cells {
		l.cells[i] = noise(i, seed+17) < 0.3
	}
}

func (l *life) generation() {
	next := make([]bool, len(l.cells))
	for y := range l.h {
		for x := range l.w {
			near := 0
			for dy := l.h - 1; dy <= l.h+1; dy++ {
				for dx := l.w - 1; dx <= l.w+1; dx++ {
					if (dx != l.w || dy != l.h) && l.cells[(y+dy)%l.h*l.w+(x+dx)%l.w] {
						near++
					}
				}
			}
			next[y*l.w+x] = near == 3 || near == 2 && l.cells[y*l.w+x]
		}
	}
	l.cells = next
	l.age++
}

// invaders march over a sky of few colours.
type invaders struct{}

const invadersPalette = 0x5aff01

var invadersColours = color.Palette{night, rgb(0x24406b), mist, teal, saffron, rose, cream, rgb(0x16305a)}

// invaderShape is half of an invader in two poses, a row of bits each.
var invaderShape = [2][8]uint8{
	{0b000001, 0b000011, 0b000111, 0b001101, 0b001111, 0b000010, 0b000101, 0b001010},
	{0b000001, 0b000011, 0b000111, 0b001101, 0b001111, 0b000101, 0b001000, 0b000100},
}

func (*invaders) paint(img *image.Paletted, n int) {
	img.Palette = invadersColours
	w, h := img.Rect.Dx(), img.Rect.Dy()
	clear(img.Pix)
	for i := range 40 { // stars
		x := (int(noise(i, 21)*float64(w)) + w*100 - n*(1+i%3)/6) % w
		img.Pix[int(noise(i, 22)*float64(h))*img.Stride+x] = uint8(1 + i%2)
	}
	for x := range w { // the ground
		for y := h - 6; y < h; y++ {
			img.Pix[y*img.Stride+x] = 7
		}
	}
	march := n / 6
	sway := march % 16
	if sway > 8 {
		sway = 16 - sway
	}
	across := max((w-30)/27, 1)
	for row := range 2 {
		for col := range across {
			invader(img, (w-across*27)/2+col*27+2*sway-6, 8+row*24, march%2, uint8(3+(row*2+col)%3))
		}
	}
	ship := w/2 + int(float64(w)/3*math.Sin(float64(n)*0.03))
	for i := range 5 {
		for x := -i * 2; x <= i*2; x++ {
			if at := ship + x; 0 <= at && at < w && h-16+i*2 >= 0 {
				img.Pix[(h-16+i*2)*img.Stride+at], img.Pix[(h-15+i*2)*img.Stride+at] = 6, 6
			}
		}
	}
}

// invader paints a shape with pixels of 2x2.
func invader(img *image.Paletted, x, y, pose int, c uint8) {
	for row, bits := range invaderShape[pose] {
		for col := range 12 {
			half := col
			if half > 5 {
				half = 11 - half
			}
			if bits>>(5-half)&1 == 0 {
				continue
			}
			at := image.Rect(0, 0, 2, 2).Add(image.Pt(x+col*2-1, y+row*2)).Intersect(img.Rect)
			for py := at.Min.Y; py < at.Max.Y; py++ {
				for px := at.Min.X; px < at.Max.X; px++ {
					img.Pix[py*img.Stride+px] = c
				}
			}
		}
	}
}
