package quic_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
	"saffron/codec/quic"
	"saffron/codec/quic/params"
)

// checkTwin decodes src, with and without vector code, and compares the outcome
// with that of twin: either all accept it, with the same pixels, or all refuse
// it. What the encoder can express must come back from it too.
func checkTwin(t *testing.T, src []byte) {
	t.Helper()
	c, err := quic.DecodeConfig(src)
	if err != nil {
		if !isInputError(err) {
			t.Fatalf("DecodeConfig: error of type %T: %v", err, err)
		}
		return
	}
	got := dirty(c.Width, c.Height)
	err = quic.Decode(got, src)
	checkFrame(t, got)
	checkPlain(t, src, got, err)
	want, twinErr := decodeTwin(c, src)
	if (err == nil) != (twinErr == nil) {
		t.Fatalf("error %v, want %v", err, twinErr)
	}
	if err != nil {
		if !isInputError(err) {
			t.Fatalf("error of type %T: %v", err, err)
		}
		return
	}
	pixels := codectest.Pack(got, "bgra32", false)
	if !bytes.Equal(pixels, codectest.Pack(want, "bgra32", false)) {
		t.Fatal("pixels differ from those of the straightforward decoder")
	}
	again := dirty(c.Width, c.Height)
	if err := quic.Decode(again, encode.QUIC(got, true)); err != nil {
		t.Fatalf("encoded again: %v", err)
	}
	if !bytes.Equal(pixels, codectest.Pack(again, "bgra32", false)) {
		t.Fatal("pixels differ after a round trip")
	}
}

// checkPlain decodes src without vector code and compares the outcome, and the
// rows before an error, with what it was before.
func checkPlain(t *testing.T, src []byte, want *image.RGBA, wantErr error) {
	t.Helper()
	defer quic.SetVector(quic.SetVector(false))
	got := dirty(want.Rect.Dx(), want.Rect.Dy())
	err := quic.Decode(got, src)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("error %v without vector code, %v with it", err, wantErr)
	}
	checkFrame(t, got)
	rows := want.Rect.Dy()
	if err != nil {
		if _, err := fmt.Sscanf(err.Error(), "quic: row %d:", &rows); err != nil {
			t.Fatalf("no row in the error %v", wantErr)
		}
	}
	if rows == 0 {
		return
	}
	good := image.Rect(0, 0, want.Rect.Dx(), rows)
	a, b := got.SubImage(good).(*image.RGBA), want.SubImage(good).(*image.RGBA)
	if !bytes.Equal(codectest.Pack(a, "bgra32", false), codectest.Pack(b, "bgra32", false)) {
		t.Fatal("pixels differ without vector code")
	}
}

func TestTwin(t *testing.T) {
	for _, v := range codectest.Vectors(t, "quic") {
		src := v.Encoded(t)
		if v.Malformed {
			continue
		}
		checkTwin(t, src)
		if v.Width > 16 {
			continue
		}
		for n := params.HeaderSize; n < len(src); n += 5 { // a bit wrong
			bad := bytes.Clone(src)
			bad[n] ^= 1 << (n % 8)
			checkTwin(t, bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "quic") {
		if src := v.Encoded(f); len(src) < 1000 {
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if c, err := quic.DecodeConfig(src); err == nil && c.Width*c.Height > 1<<14 {
			return
		}
		checkTwin(t, src)
	})
}

// FuzzBits decodes any bits as images of any type.
func FuzzBits(f *testing.F) {
	for _, v := range codectest.Vectors(f, "quic") {
		if src := v.Encoded(f); len(src) < 1000 && !v.Malformed && v.Width < 256 && v.Height < 256 {
			f.Add(uint8(v.TypeID-1), uint8(v.Width), uint8(v.Height), src[params.HeaderSize:])
		}
	}
	f.Fuzz(func(t *testing.T, kind, w, h uint8, bits []byte) {
		src := append([]byte("QUIC\x00\x00\x00\x00"), kind%5+1, 0, 0, 0, w, 0, 0, 0, h, 0, 0, 0)
		checkTwin(t, append(src, bits...))
	})
}

// A twin decodes as the format is described, one bit and one component at a
// time.
type twin struct {
	bits  []byte // one bit each
	width int
	depth uint
	codes []params.Code
	img   *image.RGBA
}

// A twinError is what a twin panics with on bad input.
type twinError string

func (e twinError) Error() string { return string(e) }

const (
	errTwinShort = twinError("bits missing")
	errTwinValue = twinError("bad value")
	errTwinRun   = twinError("bad run")
)

type twinGroup struct {
	first, end                int // bytes of the pixel
	level, left, skip, r, run int
	ctx                       [4][]int // by plane, column+1
	counts                    [4][8][8]int
	best                      [4][8]int
}

func newTwinGroup(first, end, width int, depth uint) *twinGroup {
	g := &twinGroup{first: first, end: end, left: params.LevelPixels, r: 255}
	for p := range 4 {
		g.ctx[p] = make([]int, width+1)
		for b := range 8 {
			g.best[p][b] = int(depth) - 1
		}
	}
	return g
}

func decodeTwin(c quic.Config, src []byte) (img *image.RGBA, err error) {
	t := &twin{width: c.Width, depth: 8, img: image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))}
	for data := src[params.HeaderSize:]; len(data) >= 4; data = data[4:] {
		for i := 31; i >= 0; i-- {
			t.bits = append(t.bits, byte(binary.LittleEndian.Uint32(data)>>i&1))
		}
	}
	groups := []*twinGroup{newTwinGroup(0, 3, c.Width, 8)}
	switch c.Type {
	case quic.Gray:
		groups[0].end = 1
	case quic.RGB16:
		t.depth = 5
		groups[0] = newTwinGroup(0, 3, c.Width, 5)
	case quic.RGBA:
		groups = append(groups, newTwinGroup(3, 4, c.Width, 8))
	}
	for k := range t.depth {
		t.codes = append(t.codes, params.NewCode(t.depth, k))
	}
	defer func() {
		if r := recover(); r != nil {
			err = r.(twinError)
		}
	}()
	for y := range c.Height {
		for _, g := range groups {
			t.row(g, y)
		}
	}
	for i := 0; i < len(t.img.Pix); i += 4 {
		p := t.img.Pix[i:]
		switch c.Type {
		case quic.Gray:
			p[1], p[2] = p[0], p[0]
		case quic.RGB16:
			for j := range 3 {
				p[j] = p[j]<<3 | p[j]>>2
			}
		}
	}
	return t.img, nil
}

func (t *twin) take(n uint) (v int) {
	for range n {
		if len(t.bits) == 0 {
			panic(errTwinShort)
		}
		v, t.bits = v<<1|int(t.bits[0]), t.bits[1:]
	}
	return v
}

func (t *twin) row(g *twinGroup, y int) {
	if y > 0 {
		for p := range 4 {
			g.ctx[p][0] = g.ctx[p][1]
		}
	}
	pos := 0
	for g.level < params.MaxLevel && g.left <= t.width-pos {
		t.segment(g, y, pos, pos+g.left)
		pos += g.left
		g.level++
		g.left = params.LevelPixels
	}
	if pos < t.width {
		t.segment(g, y, pos, t.width)
		g.left -= t.width - pos
	}
}

func (t *twin) at(x, y, p int) *uint8 { return &t.img.Pix[y*t.img.Stride+4*x+p] }

func (t *twin) same(g *twinGroup, x1, x2, y int) bool {
	for p := g.first; p < g.end; p++ {
		if *t.at(x1, y, p) != *t.at(x2, y, p) {
			return false
		}
	}
	return true
}

func (t *twin) segment(g *twinGroup, y, start, end int) {
	runStart := 0
	for x := start; x < end; {
		if y > 0 && x > 2 && x != runStart && t.same(g, x-1, x, y-1) && t.same(g, x-1, x-2, y) {
			runStart = x
			for range t.runLength(g, end-x) {
				for p := g.first; p < g.end; p++ {
					*t.at(x, y, p) = *t.at(x-1, y, p)
				}
				x++
			}
			continue
		}
		for p := g.first; p < g.end; p++ {
			t.component(g, x, y, p)
		}
		if g.skip > 0 {
			g.skip--
		} else {
			for p := g.first; p < g.end; p++ {
				t.update(g, p, g.ctx[p][x], g.ctx[p][x+1])
			}
			g.r = (g.r + 1) % 256
			g.skip = int(params.Draws[g.r] & params.WaitMask(g.level))
		}
		x++
	}
}

func (t *twin) runLength(g *twinGroup, limit int) (n int) {
	for t.take(1) == 1 {
		if n += 1 << params.RunBits[g.run]; n > limit {
			panic(errTwinRun)
		}
		g.run = min(g.run+1, 31)
	}
	n += t.take(uint(params.RunBits[g.run]))
	if g.run = max(g.run-1, 0); n > limit {
		panic(errTwinRun)
	}
	return n
}

func (t *twin) component(g *twinGroup, x, y, p int) {
	bucket := params.Bucket(uint8(g.ctx[p][x]), t.depth)
	c := t.codes[g.best[p][bucket]]
	zeros := uint(0)
	for zeros < c.Prefix && t.take(1) == 0 {
		zeros++
	}
	var s int
	if zeros < c.Prefix {
		s = int(zeros)<<c.K | t.take(c.K)
	} else {
		s = int(c.FirstEsc) + t.take(c.EscapeLen)
	}
	if s >= 1<<t.depth {
		panic(errTwinValue)
	}
	g.ctx[p][x+1] = s

	var pred int
	switch {
	case x > 0 && y > 0:
		pred = (int(*t.at(x-1, y, p)) + int(*t.at(x, y-1, p))) / 2
	case x > 0:
		pred = int(*t.at(x-1, y, p))
	case y > 0:
		pred = int(*t.at(x, y-1, p))
	}
	*t.at(x, y, p) = uint8((pred + int(params.Unfold(uint8(s), t.depth))) % (1 << t.depth))
}

func (t *twin) update(g *twinGroup, p, ctx, s int) {
	bucket := params.Bucket(uint8(ctx), t.depth)
	counts := g.counts[p][bucket][:t.depth]
	best := 0
	for k := range counts {
		_, length := t.codes[k].Word(uint32(s))
		if counts[k] += int(length); counts[k] <= counts[best] {
			best = k
		}
	}
	g.best[p][bucket] = best
	if counts[best] > int(params.Thresholds[g.level]) {
		for k := range counts {
			counts[k] /= 2
		}
	}
}
