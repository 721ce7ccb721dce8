package render

import "encoding/binary"

// Blending works on the four components of a pixel at once, as lanes: 16 bits
// each, in the order of the bytes 0, 2, 1, 3, so that alpha is the highest.
type lanes uint64

const (
	laneBytes lanes = 0x00ff00ff00ff00ff
	laneOnes  lanes = 0x0001000100010001
)

func lanesOf(pixel uint32) lanes { return lanes(spread(pixel)) }

func (l lanes) pixel() uint32 { return uint32(l) | uint32(l>>32)<<8 }

func (l lanes) alpha() lanes { return l >> 48 }

// mul multiplies each lane by a, both meaning 0 to 1 in steps of 1/255, and
// rounds as the reference does.
func (l lanes) mul(a lanes) lanes {
	t := l*a + 128*laneOnes
	return (t + t>>8&laneBytes) >> 8 & laneBytes
}

// add adds lane by lane, up to 255.
func (l lanes) add(m lanes) lanes {
	sum := l + m
	return (sum | sum>>8&laneOnes*255) & laneBytes
}

// over returns l over d.
func (l lanes) over(d lanes) lanes { return l.add(d.mul(255 - l.alpha())) }

// blended returns the bits of the destination's format that blending writes:
// a fourth byte that is not alpha becomes 0.
func (p *pass) blended(hasAlpha bool) uint32 {
	if hasAlpha {
		return p.keep
	}
	return p.keep & 0x00ffffff
}

// alphaBlend draws a DRAW_ALPHA_BLEND.
func (p *pass) alphaBlend(op *AlphaBlend) error {
	src, err := p.desktop.resolve(&op.Src, p.dst)
	if err != nil {
		return err
	}
	if op.SrcAlpha && src.format == FormatXRGB {
		src.opaque = false
	}
	src.withAlpha()
	source, err := p.source(&src, op.SrcArea, false)
	if err != nil {
		return err
	}
	if op.Alpha == 0 {
		p.rects = p.rects[:0]
	}
	f := p.dst.format
	keep := p.blended(f.HasAlpha() || op.DestAlpha && f == FormatXRGB)
	p.spans(func(y, x0, x1 int, out []byte) {
		overRow(out, source(y, x0, x1), lanes(op.Alpha), keep)
		truncate(out, f)
	})
	return nil
}

// overRow blends src, times m, over dst.
func overRow(dst, src []byte, m lanes, keep uint32) {
	src = src[:len(dst)]
	for ; len(dst) >= 4; dst, src = dst[4:], src[4:] {
		s := lanesOf(binary.LittleEndian.Uint32(src))
		if m != 255 {
			s = s.mul(m)
		}
		d := lanesOf(binary.LittleEndian.Uint32(dst))
		binary.LittleEndian.PutUint32(dst, s.over(d).pixel()&keep)
	}
}
