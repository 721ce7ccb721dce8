package render

import (
	"image"
	"math"
)

type refPut func(x, y int, old uint32) (uint32, bool)

func (d refDesktop) refOpaque(s *refSurface, box image.Rectangle, op *Opaque) refPut {
	sample, brush := d.refScaled(s, box, op.Src, op.SrcArea, op.Interpolate), d.refBrush(s, op.Brush)
	return func(x, y int, old uint32) (uint32, bool) {
		word, ok := sample(x, y)
		if !ok {
			word = old
		}
		return refRop(op.Rop, brush(x, y), word, 2, 1), true
	}
}

func (d refDesktop) refROP3(s *refSurface, box image.Rectangle, op *ROP3) refPut {
	sample, brush := func(x, y int) (uint32, bool) { return 0, true }, d.refBrush(s, op.Brush)
	for n := range 8 {
		if op.Code>>n&1 != op.Code>>(n^2)&1 { // the source counts
			sample = d.refWords(s, box, op.Src, op.SrcArea, op.Interpolate)
			break
		}
	}
	return func(x, y int, old uint32) (uint32, bool) {
		word, ok := sample(x, y)
		return refTernary(op.Code, brush(x, y), word, old), ok
	}
}

func refTernary(code uint8, p, s, d uint32) (r uint32) {
	for bit := range 32 {
		n := 4*(p>>bit&1) + 2*(s>>bit&1) + d>>bit&1
		r |= uint32(code) >> n & 1 << bit
	}
	return r
}

func (d refDesktop) refTransparent(s *refSurface, box image.Rectangle, op *Transparent) refPut {
	sample := d.refWords(s, box, op.Src, op.SrcArea, false)
	key := unpack(FormatXRGB, op.Key)
	return func(x, y int, old uint32) (uint32, bool) {
		word, ok := sample(x, y)
		c, k := unpack(s.format, word), unpack(s.format, pack(s.format, key, true))
		return word, ok && (c[0] != k[0] || c[1] != k[1] || c[2] != k[2])
	}
}

func refMul(a, b uint32) uint32 {
	t := a*b + 128
	return (t + t>>8) >> 8
}

// refOver blends src, times m, over the word old.
func refOver(s *refSurface, src [4]uint32, m uint32, old uint32, hasAlpha bool) uint32 {
	dst := unpack(s.format, old)
	for i := range src {
		src[i] = refMul(src[i], m)
	}
	var r [4]uint32
	for i := range r {
		r[i] = min(255, src[i]+refMul(dst[i], 255-src[3]))
	}
	if !hasAlpha {
		r[3] = 0
	}
	return pack(s.format, r, true)
}

func (d refDesktop) refAlphaBlend(s *refSurface, box image.Rectangle, op *AlphaBlend) refPut {
	src := d.source(op.Src)
	hasAlpha := src.hasAlpha || op.Src.FromSurface && op.SrcAlpha && d[op.Src.Surface].format == FormatXRGB
	return func(x, y int, old uint32) (uint32, bool) {
		x, y = refNearest(box, op.SrcArea, x, y)
		var c [4]uint32
		if x >= 0 && y >= 0 && x < src.size.X && y < src.size.Y {
			c = src.at(x, y)
			if !hasAlpha {
				c[3] = 255
			}
		} else if op.SrcArea.Size() == box.Size() {
			return 0, false
		}
		return refOver(s, c, uint32(op.Alpha), old, s.format.HasAlpha() || op.DestAlpha), op.Alpha != 0
	}
}

func (d refDesktop) refText(s *refSurface, op *Text) refPut {
	fore, back := d.refBrush(s, op.Fore), d.refBrush(s, op.Back)
	return func(x, y int, old uint32) (uint32, bool) {
		r, drawn := old, false
		if image.Pt(x, y).In(op.BackArea) {
			r, drawn = back(x, y), true
		}
		cover := uint32(0)
		for _, g := range op.Glyphs {
			cover = max(cover, refCover(g, op.Depth, x-g.Pos.X, y-g.Pos.Y))
		}
		if op.Fore.Kind != BrushNone && cover > 0 {
			c := unpack(s.format, fore(x, y))
			c[3] = 255
			r, drawn = refOver(s, c, cover, r, s.format.HasAlpha()), true
		}
		return r, drawn
	}
}

func refCover(g Glyph, depth uint8, x, y int) uint32 {
	if x < 0 || y < 0 || x >= g.Size.X || y >= g.Size.Y {
		return 0
	}
	y = g.Size.Y - 1 - y
	switch depth {
	case 1:
		row := g.Bits[y*((g.Size.X+7)/8):]
		return uint32(row[x/8]) << (x % 8) & 128 / 128 * 255
	case 4:
		b := uint32(g.Bits[y*((g.Size.X+1)/2):][x/2])
		if x%2 == 0 {
			return b / 16 * 16
		}
		return b % 16 * 16
	}
	return uint32(g.Bits[y*g.Size.X+x])
}

// refStroke plots lines unclipped and drops what is not visible.
func (d refDesktop) refStroke(s *refSurface, box image.Rectangle, clip []image.Rectangle, op *Stroke) {
	brush := d.refBrush(s, op.Brush)
	plot := func(x, y int) {
		if p := image.Pt(x, y); p.In(image.Rect(0, 0, s.w, s.h)) && refVisible(p, box, clip) {
			old := &s.words[y*s.w+x]
			*old = refRop(op.Rop, brush(x, y), *old, 2, 4) & ones(s.format)
		}
	}
	for _, line := range refLines(op.Path) {
		length := 0.
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			if !refHasDashes(op) {
				refLine(a, b, plot)
				continue
			}
			for y := range s.h {
				for x := range s.w {
					if refInDash(op, a, b, length, x, y) {
						plot(x, y)
					}
				}
			}
			length = refAdvance(op, length+math.Hypot(float64(b.X-a.X), float64(b.Y-a.Y)))
		}
	}
}

// refLines flattens a path.
func refLines(path []PathSegment) (lines [][]image.Point) {
	var line []image.Point
	end := func() { lines, line = append(lines, line), nil }
	for _, seg := range path {
		if seg.Flags&PathBegin != 0 {
			end()
		}
		for i := 0; i < len(seg.Points); i++ {
			if seg.Flags&PathBezier == 0 || len(line) == 0 {
				line = append(line, refRound(seg.Points[i]))
			} else if i+2 < len(seg.Points) {
				start := line[len(line)-1].Mul(16)
				line = refCurve(line, start, seg.Points[i], seg.Points[i+1], seg.Points[i+2], 0)
				i += 2
			} else {
				break
			}
		}
		if seg.Flags&PathEnd != 0 {
			if seg.Flags&PathClose != 0 && len(line) > 0 {
				line = append(line, line[0])
			}
			end()
		}
	}
	end()
	return lines
}

func refRound(p image.Point) image.Point {
	f := func(v int) int {
		n := int(math.Floor(float64(v) / 16))
		if v-16*n > 8 {
			n++
		}
		return n
	}
	return image.Pt(f(p.X), f(p.Y))
}

func refCurve(line []image.Point, p0, p1, p2, p3 image.Point, depth int) []image.Point {
	dot := func(a, b, c, d image.Point) int {
		u, v := b.Sub(a), d.Sub(c)
		return (u.X*v.X + u.Y*v.Y) >> 4
	}
	a, b, c := dot(p0, p1, p0, p1), dot(p0, p3, p0, p3), dot(p3, p2, p3, p2)
	ab, cb := dot(p0, p1, p0, p3), dot(p3, p2, p3, p0)
	if depth > 10 || (a*b-ab*ab)>>3 < b && (c*b-cb*cb)>>3 < b {
		return append(line, refRound(p3))
	}
	mid := func(p, q image.Point) image.Point { return p.Add(q).Div(2) }
	p01, p12, p23 := mid(p0, p1), mid(p1, p2), mid(p2, p3)
	p012, p123 := mid(p01, p12), mid(p12, p23)
	m := mid(p012, p123)
	return refCurve(refCurve(line, p0, p01, p012, m, depth+1), m, p123, p23, p3, depth+1)
}

func refLine(a, b image.Point, plot func(x, y int)) {
	abs := func(v int) (int, int) {
		if v < 0 {
			return -v, -1
		}
		return v, 1
	}
	dx, sx := abs(b.X - a.X)
	dy, sy := abs(b.Y - a.Y)
	x, y := a.X, a.Y
	if dx > dy {
		e := 2*dy - dx
		if b.X < a.X {
			e--
		}
		for range dx {
			plot(x, y)
			if e >= 0 {
				y += sy
				e -= 2 * dx
			}
			e += 2 * dy
			x += sx
		}
		return
	}
	e := 2*dx - dy
	if b.Y < a.Y {
		e--
	}
	for range dy {
		plot(x, y)
		if e >= 0 {
			x += sx
			e -= 2 * dy
		}
		e += 2 * dx
		y += sy
	}
}

func refHasDashes(op *Stroke) bool {
	total := int32(0)
	for _, d := range op.Dashes {
		total += (max(0, d) + 7) >> 4
	}
	return total > 0
}

// refInDash reports whether a pixel is in a dash of a line that begins at a
// distance along its path.
func refInDash(op *Stroke, a, b image.Point, length float64, x, y int) bool {
	dx, dy := float64(b.X-a.X), float64(b.Y-a.Y)
	l := math.Hypot(dx, dy)
	px, py := float64(x-a.X), float64(y-a.Y)
	dot := px*dx + py*dy
	// How far below, or to the right of, the line.
	aside := (py*dx - px*dy) / l
	if math.Abs(dx) > math.Abs(dy) && dx < 0 || math.Abs(dx) <= math.Abs(dy) && dy > 0 {
		aside = -aside
	}
	if l == 0 || aside < -0.5 || aside >= 0.5 {
		return false
	}
	if dx < 0 || dx == 0 && dy < 0 { // a pixel on the end is part of the line, on the start is not
		return dot > 0 && dot <= dx*dx+dy*dy && refPaints(op, length+dot/l, true)
	}
	return dot >= 0 && dot < dx*dx+dy*dy && refPaints(op, length+dot/l, false)
}

// refPaints reports whether there is a dash at a distance.
func refPaints(op *Stroke, distance float64, backwards bool) bool {
	i, _, _ := refWalk(op, distance, backwards)
	return i%2 == 0
}

// refAdvance makes what is left of the dash at a distance whole.
func refAdvance(op *Stroke, distance float64) float64 {
	_, into, n := refWalk(op, distance, false)
	return distance - into + n - math.Floor(n-into)
}

// refWalk walks the dashes to a distance, and returns which it ends in, how far,
// and its length.
func refWalk(op *Stroke, distance float64, backwards bool) (index int, into, n float64) {
	dashes := append([]int32(nil), op.Dashes...)
	length := func(i int) float64 { return float64((max(0, dashes[i%len(dashes)]) + 7) >> 4) }
	if op.StartWithGap {
		dashes = append(dashes[1:], dashes[0])
		distance += length(0)
	}
	for i := 0; ; i++ {
		n := length(i)
		if distance < n || backwards && n > 0 && distance == n {
			return i % len(dashes), distance, n
		}
		distance -= n
	}
}

func (d refDesktop) refComposite(s *refSurface, box image.Rectangle, op *Composite) refPut {
	src := d.refPicture(s, box, &op.Src)
	var mask func(x, y int) [4]uint32
	if op.Mask != nil {
		mask = d.refPicture(s, box, op.Mask)
	}
	return func(x, y int, old uint32) (uint32, bool) {
		c, q := src(x, y), unpack(s.format, old)
		if !s.format.HasAlpha() {
			q[3] = 255
		}
		var r [4]uint32
		m := [4]uint32{255, 255, 255, 255}
		if mask != nil {
			m = mask(x, y)
			if !op.ComponentAlpha {
				m = [4]uint32{m[3], m[3], m[3], m[3]}
			}
		}
		for i := range r {
			r[i] = min(255, refOperator(op.Operator, refMul(c[i], m[i]), refMul(c[3], m[i]), q[i], q[3]))
		}
		if !s.format.HasAlpha() {
			r[3] = 0
		}
		return pack(s.format, r, true), true
	}
}

func refOperator(op Operator, c, a, q, da uint32) uint32 {
	switch op {
	case 1:
		return c
	case 2:
		return q
	case 3:
		return c + refMul(q, 255-a)
	case 4:
		return q + refMul(c, 255-da)
	case 5:
		return refMul(c, da)
	case 6:
		return refMul(q, a)
	case 7:
		return refMul(c, 255-da)
	case 8:
		return refMul(q, 255-a)
	case 9:
		return refMul(c, da) + refMul(q, 255-a)
	case 10:
		return refMul(c, 255-da) + refMul(q, a)
	case 11:
		return refMul(c, 255-da) + refMul(q, 255-a)
	case 12:
		return c + q
	}
	return 0
}

// refPicture gives the components of a picture for pixels of the destination.
func (d refDesktop) refPicture(s *refSurface, box image.Rectangle, pic *Picture) func(x, y int) [4]uint32 {
	img := d.source(pic.Source)
	narrow := s.format == Format555 && !pic.Source.FromSurface
	at := func(x, y int) [4]uint32 {
		x, okX := refPlace(pic.Repeat, x, img.size.X)
		y, okY := refPlace(pic.Repeat, y, img.size.Y)
		if !okX || !okY {
			return [4]uint32{}
		}
		c := img.at(x, y)
		if narrow {
			c = unpack(Format555, pack(Format555, c, false))
		}
		if !img.hasAlpha || pic.Opaque || narrow {
			c[3] = 255
		}
		return c
	}
	return func(x, y int) [4]uint32 {
		x, y = x-box.Min.X+pic.Origin.X, y-box.Min.Y+pic.Origin.Y
		if pic.Transform == nil {
			return at(x, y)
		}
		line := func(t [3]int32) int {
			return (int(t[0])*(x*65536+32768) + int(t[1])*(y*65536+32768) + int(t[2])*65536 + 32768) >> 16
		}
		u, v := line(pic.Transform[0]), line(pic.Transform[1])
		if pic.Bilinear {
			return refBetween(u, v, at)
		}
		return at((u-1)>>16, (v-1)>>16)
	}
}

func refPlace(r Repeat, i, n int) (int, bool) {
	for i < 0 || i >= n {
		switch {
		case r == RepeatNone:
			return 0, false
		case r == RepeatPad:
			return max(0, min(i, n-1)), true
		case r == RepeatReflect && i < 0:
			i = -1 - i
		case r == RepeatReflect:
			i = 2*n - 1 - i
		case i < 0:
			i += n
		default:
			i -= n
		}
	}
	return i, true
}
