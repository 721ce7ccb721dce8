package demo

import (
	"image"
	"image/color"
	"math"
)

// The scenes of the picture tiles. Each paints all of img, whose corner is at
// (0, 0), as it looks t seconds after the start.

// unit returns the position of a pixel, the shorter side being 1 long, and the
// middle 0, 0.
func unit(img *image.RGBA, x, y int) (u, v float64) {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	return (float64(x) - w/2) / h, (float64(y) - h/2) / h
}

func plasma(img *image.RGBA, t float64) {
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		f := math.Sin(3*u+0.5*t) + math.Sin(4*v-0.7*t) + math.Sin(3*math.Hypot(u-0.4*math.Sin(0.3*t), v)-0.4*t)
		return ramp(0.5+f/6, deep, blue, teal, amber, saffron, ember)
	})
}

func ripples(img *image.RGBA, t float64) {
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		f := math.Sin(26*math.Hypot(u+0.45, v+0.1)-2*t) + math.Sin(26*math.Hypot(u-0.5, v-0.2)-1.6*t)
		return ramp(0.5+f/4, night, blue, sky, cream)
	})
}

func dunes(img *image.RGBA, t float64) {
	h := float64(img.Rect.Dy())
	sunX, sunY := 0.35*math.Cos(0.12*t), -0.12+0.05*math.Sin(0.12*t)
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		c := ramp(v+0.5, plum, rose, ember, saffron, amber)
		c = mix(c, cream, (0.15-math.Hypot(u-sunX, v-sunY))*h)
		for i := range 3 {
			f := float64(i)
			crest := 0.12 + 0.13*f + 0.08*math.Sin(2.2*u+1.9*f+0.05*t*(f+1)) + 0.03*math.Sin(5*u-f)
			c = mix(c, ramp(f/2, rgb(0x9a3f4d), rgb(0x66305c), rgb(0x33204a)), (v-crest)*h)
		}
		return c
	})
}

func mountains(img *image.RGBA, t float64) {
	h := float64(img.Rect.Dy())
	moonX := -0.45 + math.Mod(0.01*t, 0.9)
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		c := ramp(v+0.55, rgb(0x060d22), rgb(0x14305e), rgb(0x42689f), rgb(0xa9b9cf))
		if n := noise(x, y); n > 0.992 && v < 0.05 {
			c = mix(c, cream, 0.5+0.4*math.Sin(300*n+2*t))
		}
		moon := math.Hypot(u-moonX, v+0.24)
		c = mix(c, cream, 0.35*math.Exp(-6*moon))
		c = mix(c, cream, (0.1-moon)*h)
		for i := range 3 {
			f := float64(i)
			crest := 0.28 + 0.11*f - 0.38*ridge(u*(1.25-0.25*f)+3.17*f+0.2)
			c = mix(c, ramp(f/2, rgb(0x54739f), rgb(0x284873), rgb(0x0d1d39)), (v-crest)*h)
		}
		return dither(c, x, y)
	})
}

// ridge is a jagged line, about 0 to 1.
func ridge(x float64) float64 {
	sum, size := 0.0, 0.5
	for range 5 {
		sum += size * math.Abs(2*(x-math.Floor(x))-1)
		x, size = 2.03*x+0.37, size/2
	}
	return sum
}

func sea(img *image.RGBA, t float64) {
	h := float64(img.Rect.Dy())
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		if v < 0.06 {
			c := ramp((v+0.5)/0.56, rgb(0x1c2f5c), rgb(0x7b4a78), rose, saffron)
			cloud := math.Sin(3*u+0.1*t+4*math.Sin(6*v)) * math.Sin(14*v+u)
			c = mix(c, rgb(0xffd9a0), 0.35*max(cloud, 0))
			c = mix(c, amber, 0.5*math.Exp(-5*math.Hypot(u, v-0.02)))
			return mix(c, cream, (0.15-math.Hypot(u, v-0.02))*h)
		}
		depth := (v - 0.06) / 0.44
		wave := math.Sin((40-26*depth)*(v+0.02*math.Sin(9*u))*2+1.7*t) * math.Sin(7*u/(0.3+depth)+0.6*t)
		c := ramp(depth, rgb(0xc0665c), rgb(0x4a4a80), rgb(0x142850))
		path := math.Exp(-math.Pow(u/(0.1+0.25*depth), 2))
		return mix(c, amber, path*(0.35+0.4*wave)+0.06*wave)
	})
}

func bokeh(img *image.RGBA, t float64) {
	each(img, func(x, y int) color.RGBA {
		_, v := unit(img, x, y)
		return ramp(v+0.5, rgb(0x101c3c), rgb(0x2a2452), rgb(0x40264e))
	})
	p := newPen(img)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	for i := range 22 {
		f := float64(i)
		x := w * math.Mod(noise(i, 1)+0.008*t*(1+noise(i, 2)), 1.1)
		y := h * (noise(i, 3) + 0.04*math.Sin(0.5*t+f))
		r := h * (0.05 + 0.13*noise(i, 4))
		c := []color.RGBA{saffron, amber, rose, sky, teal}[i%5]
		p.circle(fade(c, 0.16), x, y, r*1.12)
		p.circle(fade(c, 0.3), x, y, r)
	}
	for y := range img.Rect.Dy() { // alpha that a lossy encoding would spoil
		for x := range img.Rect.Dx() {
			img.Pix[img.PixOffset(x, y)+3] = uint8(255 - 2*min(x, y, 60))
		}
	}
}

func discs(img *image.RGBA, t float64) {
	clearTo(img, night)
	p := newPen(img)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	for i, c := range []color.RGBA{teal, saffron, rose, sky} {
		a := 0.6*t + float64(i)*math.Pi/2
		p.circle(fade(c, 0.62), w/2+0.27*h*math.Cos(a)*1.5, h/2+0.2*h*math.Sin(a), 0.28*h)
	}
	p.circle(fade(cream, 0.85), w/2, h/2, 0.07*h)
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = uint8(i / 4 % img.Rect.Dx())
	}
}

func scope(img *image.RGBA, t float64) {
	clearTo(img, rgb(0x06181c))
	p := newPen(img)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	for x := 10.5; x < w; x += 16 {
		p.line(fade(teal, 0.16), 1, x, 0, x, h)
	}
	for y := math.Mod(h/2, 16); y < h; y += 16 {
		p.line(fade(teal, 0.16), 1, 0, y, w, y)
	}
	wave := func(c color.RGBA, f, shift float64) {
		var xy []float64
		for x := -2.0; x < w+3; x += 2 {
			u := x / w
			xy = append(xy, x, h/2+0.36*h*math.Sin(math.Pi*u)*math.Sin(f*u+shift))
		}
		p.line(fade(c, 0.25), 5, xy...)
		p.line(c, 1.6, xy...)
	}
	wave(saffron, 13, 1.7*t)
	wave(teal, 22, -2.3*t)
}

// blossom is one frame of a turning flower.
func blossom(img *image.RGBA, turn float64) {
	each(img, func(x, y int) color.RGBA {
		u, v := unit(img, x, y)
		return mix(rgb(0x2b4a55), rgb(0x0d2030), 1.6*math.Hypot(u, v))
	})
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	flower(newPen(img), w/2, h/2, 0.45*h, turn*2*math.Pi/3)
}

// skyline repeats after period pixels.
func skyline(img *image.RGBA, period int) {
	h := float64(img.Rect.Dy())
	each(img, func(x, y int) color.RGBA {
		_, v := unit(img, x, y)
		a := 2 * math.Pi * float64(x%period) / float64(period)
		c := ramp(v+0.5, rgb(0x23406f), rgb(0x6f6f9f), rgb(0xd99a72), amber)
		crest := 0.16 + 0.05*math.Sin(3*a) + 0.05*math.Sin(5*a+1)
		c = mix(c, rgb(0x5d4a6e), (v-crest)*h)
		crest = 0.34 + 0.04*math.Sin(4*a+2) + 0.02*math.Sin(9*a)
		return mix(c, rgb(0x1d2447), (v-crest)*h)
	})
	p := newPen(img)
	width := float64(img.Rect.Dx())
	for i, x := 0, 0.0; x < float64(period); i++ {
		w := math.Round(9 + 15*noise(i, 11))
		top := math.Round(h * (0.42 + 0.3*noise(i, 12)))
		for _, at := range []float64{x, x + float64(period)} { // the second one begins the repetition
			if at < width {
				tower(p, i, at, top, w, h)
			}
		}
		x += w + math.Round(14*noise(i, 13))
	}
}

// tower paints a building with some lit windows.
func tower(p *pen, i int, x, top, w, bottom float64) {
	p.polygon(rgb(0x141b3a), x, top, x+w, top, x+w, bottom, x, bottom)
	for wy := top + 4; wy < bottom-3; wy += 6 {
		for wx := x + 3; wx+2 < x+w; wx += 5 {
			if noise(int(wx-x)+31*i, int(wy)) > 0.45 {
				p.polygon(mix(saffron, cream, noise(i, int(wy))*0.7), wx, wy, wx+2, wy, wx+2, wy+3, wx, wy+3)
			}
		}
	}
}

// level is how high a meter stands, 0 to 1.
func level(i int, t float64) float64 {
	f := float64(i)
	return min(max(0.5+0.26*math.Sin(2.1*t+0.9*f)+0.2*math.Sin(3.7*t-1.7*f), 0.05), 1)
}
