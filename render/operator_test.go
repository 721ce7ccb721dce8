package render

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// A colour is a pixel in floating point, multiplied with its alpha.
type colour [4]float64

// TestOperators compares the operators beyond ADD with their definitions in
// floating point, on surfaces with and without alpha, with and without masks.
func TestOperators(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 64
	for op := OpSaturate; op <= OpLuminosity; op++ {
		if !op.known() {
			continue
		}
		worst := 0.
		for range 200 {
			f, src, mask, dst := []Format{FormatARGB, FormatXRGB}[r.IntN(2)], randomRow(r, n), randomRow(r, n), randomRow(r, n)
			pic := &Composite{Operator: op, Src: Picture{Source: Source{Image: src, HasAlpha: true}}}
			if r.IntN(2) == 0 {
				pic.Mask, pic.ComponentAlpha = &Picture{Source: Source{Image: mask, HasAlpha: true}}, r.IntN(2) == 0
			}
			got := compose(t, f, dst, pic)
			for x := range n {
				want := wantOperator(pic, f, colourAt(src, x), colourAt(mask, x), colourAt(dst, x))
				for i := range 3 + btoi(f == FormatARGB) {
					worst = max(worst, math.Abs(float64(got.Pix[4*x+i])-255*min(1, want[i])))
				}
			}
		}
		if worst > 2 {
			t.Errorf("operator %#x is off by %.2f", uint8(op), worst)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compose draws pic on a row of its own.
func compose(t *testing.T, f Format, dst *image.RGBA, pic *Composite) *image.RGBA {
	t.Helper()
	d := NewDesktop(DesktopOptions{})
	box := dst.Rect
	if err := d.CreateSurface(0, box.Dx(), 1, f, true); err != nil {
		t.Fatal(err)
	}
	copy(d.surfaces[0].img.Pix, dst.Pix)
	if err := d.Draw(0, box, nil, pic); err != nil {
		t.Fatal(err)
	}
	return d.SurfaceSnapshot(0)
}

// randomRow has pixels of every alpha, often 0 and 255, and colours no larger.
func randomRow(r *rand.Rand, n int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, n, 1))
	for x := range n {
		alpha := []int{0, 255, r.IntN(256), r.IntN(256)}[r.IntN(4)]
		for i := range 3 {
			img.Pix[4*x+i] = byte([]int{0, alpha, r.IntN(alpha + 1), r.IntN(alpha + 1)}[r.IntN(4)])
		}
		img.Pix[4*x+3] = byte(alpha)
	}
	return img
}

func colourAt(img *image.RGBA, x int) (c colour) {
	for i := range c {
		c[i] = float64(img.Pix[4*x+i]) / 255
	}
	return c
}

func wantOperator(pic *Composite, f Format, s, m, d colour) colour {
	if f == FormatXRGB {
		d[3] = 1
	}
	alpha := colour{s[3], s[3], s[3], s[3]}
	if pic.Mask != nil {
		if !pic.ComponentAlpha {
			m = colour{m[3], m[3], m[3], m[3]}
		}
		for i := range s {
			s[i] *= m[i]
			alpha[i] *= m[i]
		}
	}
	if pic.Operator >= OpHue && pic.Mask != nil && pic.ComponentAlpha {
		return d
	}
	var r colour
	for i := range r {
		if pic.Operator < OpMultiply {
			r[i] = wantCoverage(pic.Operator, s[i], alpha[i], d[i], d[3])
		} else {
			r[i] = wantBlend(pic.Operator, i, s, alpha[i], d)
		}
	}
	return r
}

// wantCoverage adds what each picture gives where it is alone and where both
// are.
func wantCoverage(op Operator, s, sa, d, da float64) float64 {
	if op == OpSaturate {
		op = OpDisjoint + OpOverReverse
	}
	both := min(sa, da)
	if op < OpConjoint {
		both = max(0, sa+da-1)
	}
	colour := func(c, a, part float64) float64 {
		if a == 0 {
			return 0
		}
		return c / a * part
	}
	onlyS, onlyD := colour(s, sa, sa-both), colour(d, da, da-both)
	bothS, bothD := colour(s, sa, both), colour(d, da, both)
	switch op & 0x0f {
	case OpSrc:
		return onlyS + bothS
	case OpDst:
		return onlyD + bothD
	case OpOver:
		return onlyS + onlyD + bothS
	case OpOverReverse:
		return onlyS + onlyD + bothD
	case OpIn:
		return bothS
	case OpInReverse:
		return bothD
	case OpOut:
		return onlyS
	case OpOutReverse:
		return onlyD
	case OpAtop:
		return bothS + onlyD
	case OpAtopReverse:
		return bothD + onlyS
	case OpXor:
		return onlyS + onlyD
	}
	return 0
}

// wantBlend is the formula of PDF, with colours not multiplied.
func wantBlend(op Operator, i int, s colour, sa float64, d colour) float64 {
	da := d[3]
	if i == 3 {
		return sa + da - sa*da
	}
	rest := (1-sa)*d[i] + (1-da)*s[i]
	if sa == 0 || da == 0 {
		return rest
	}
	cs, cb := plain(s, sa), plain(d, da)
	if op >= OpHue {
		return rest + sa*da*wantHSL(op, cb, cs)[i]
	}
	return rest + sa*da*wantMode(op, cb[i], cs[i])
}

func plain(c colour, a float64) colour { return colour{c[0] / a, c[1] / a, c[2] / a} }

func wantMode(op Operator, b, s float64) float64 {
	screen := func(b, s float64) float64 { return b + s - b*s }
	hardLight := func(b, s float64) float64 {
		if s <= 0.5 {
			return b * 2 * s
		}
		return screen(b, 2*s-1)
	}
	switch op {
	case OpMultiply:
		return b * s
	case OpScreen:
		return screen(b, s)
	case OpOverlay:
		return hardLight(s, b)
	case OpDarken:
		return min(b, s)
	case OpLighten:
		return max(b, s)
	case OpColorDodge:
		if b == 0 {
			return 0
		}
		if s == 1 {
			return 1
		}
		return min(1, b/(1-s))
	case OpColorBurn:
		if b == 1 {
			return 1
		}
		if s == 0 {
			return 0
		}
		return 1 - min(1, (1-b)/s)
	case OpHardLight:
		return hardLight(b, s)
	case OpSoftLight:
		if s <= 0.5 {
			return b - (1-2*s)*b*(1-b)
		}
		e := math.Sqrt(b)
		if b <= 0.25 {
			e = ((16*b-12)*b + 4) * b
		}
		return b + (2*s-1)*(e-b)
	case OpDifference:
		return math.Abs(b - s)
	}
	return b + s - 2*b*s
}

func wantHSL(op Operator, b, s colour) colour {
	lum := func(c colour) float64 { return .3*c[0] + .59*c[1] + .11*c[2] }
	sat := func(c colour) float64 { return max(c[0], c[1], c[2]) - min(c[0], c[1], c[2]) }
	setLum := func(c colour, l float64) colour {
		add := l - lum(c)
		for i := range 3 {
			c[i] += add
		}
		low, high := min(c[0], c[1], c[2]), max(c[0], c[1], c[2])
		for i := range 3 {
			if low < 0 {
				c[i] = l + (c[i]-l)*l/(l-low)
			}
			if high > 1 {
				c[i] = l + (c[i]-l)*(1-l)/(high-l)
			}
		}
		return c
	}
	setSat := func(c colour, v float64) colour {
		low, width := min(c[0], c[1], c[2]), sat(c)
		for i := range 3 {
			if c[i] -= low; width > 0 {
				c[i] *= v / width
			}
		}
		return c
	}
	switch op {
	case OpHue:
		return setLum(setSat(s, sat(b)), lum(b))
	case OpSaturation:
		return setLum(setSat(b, sat(s)), lum(b))
	case OpColor:
		return setLum(s, lum(b))
	}
	return setLum(b, lum(s))
}
