package lzpix

import (
	"bytes"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestColours(t *testing.T) {
	src := make([]byte, 3*40)
	for i := range src {
		src[i] = byte(i + 1)
	}
	for n := range 40 {
		got := make([]byte, 4*n)
		Colours(got, src[:3*n])
		var want []byte
		for p := range n {
			want = append(want, src[3*p+2], src[3*p+1], src[3*p], 0)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%d pixels: % x, want % x", n, got, want)
		}
	}
}

// TestColourRuns decodes runs of all lengths, with all lengths of dst and src.
func TestColourRuns(t *testing.T) {
	var src, want []byte
	var outs, ins []int // where commands end
	for n := range Run {
		src = append(src, byte(n))
		from := len(src)
		for i := range 3 * (n + 1) {
			src = append(src, byte(i*7+n))
		}
		pixels := make([]byte, 4*(n+1))
		Colours(pixels, src[from:])
		want = append(want, pixels...)
		outs, ins = append(outs, len(want)), append(ins, len(src))
	}
	src = append(src, 32)
	src = append(src, make([]byte, RunIn)...)
	check := func(outRoom, inRoom int) {
		wantOut, wantIn := 0, 0
		for i := range outs {
			if outRoom-wantOut < RunOut || inRoom-wantIn < RunIn {
				break
			}
			wantOut, wantIn = outs[i], ins[i]
		}
		got := make([]byte, outRoom)
		out, in := ColourRuns(got, src[:inRoom:inRoom])
		if out != wantOut || in != wantIn || !bytes.Equal(got[:out], want[:out]) {
			t.Fatalf("dst of %d bytes, src of %d: %d, %d, want %d, %d, or wrong pixels", outRoom, inRoom, out, in, wantOut, wantIn)
		}
	}
	for n := range len(want) + RunOut {
		check(n, len(src))
	}
	for n := range len(src) + 1 {
		check(len(want)+RunOut, n)
	}
}

func TestIndexed(t *testing.T) {
	var table [256]uint32
	for i := range table {
		table[i] = uint32(i) * 0x01020304
	}
	for n := range 9 {
		src, got := make([]byte, n), make([]byte, 4*n)
		var want []byte
		for i := range src {
			src[i] = byte(31 * (i + 1))
			want = binary.LittleEndian.AppendUint32(want, table[src[i]])
		}
		Indexed(got, src, &table)
		if !bytes.Equal(got, want) {
			t.Errorf("%d pixels: % x, want % x", n, got, want)
		}
	}
}

// TestAlphas compares what is done to fourth bytes with the same done to single
// bytes, and looks after the colours.
func TestAlphas(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	const at, size = 20, 70 // pixels
	for dist := 1; dist <= at; dist++ {
		for n := 0; n <= size-at; n++ {
			pix, alphas := make([]byte, 4*size), make([]byte, size)
			for i := range pix {
				pix[i] = byte(rnd.Uint32())
			}
			for i := range alphas {
				alphas[i] = byte(rnd.Uint32())
			}
			want := bytes.Clone(pix)
			Alphas(pix, alphas)
			RepeatBytes(alphas, at, dist, n)
			RepeatAlphas(pix, 4*at, 4*dist, 4*n)
			for i, a := range alphas {
				want[4*i+3] = a
			}
			if !bytes.Equal(pix, want) {
				t.Fatalf("distance %d, length %d: wrong bytes", dist, n)
			}
			CutAlphas(pix[:4*n])
			for i := range n {
				want[4*i+3] = 0
			}
			if !bytes.Equal(pix, want) {
				t.Fatalf("%d fourth bytes cut: wrong bytes", n)
			}
		}
	}
}

func TestColours555(t *testing.T) {
	for p := range 1 << 16 {
		got := make([]byte, 4)
		Colours555(got, []byte{byte(p >> 8), byte(p)})
		wide := func(c int) byte { return byte(c<<3 | c>>2) }
		want := []byte{wide(p >> 10 & 31), wide(p >> 5 & 31), wide(p & 31), 0}
		if !bytes.Equal(got, want) {
			t.Fatalf("%#04x: % x, want % x", p, got, want)
		}
	}
}

func TestRepeat(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	start := make([]byte, 400)
	for i := range start {
		start[i] = byte(rnd.Uint32())
	}
	const at = 80
	for dist := 1; dist <= at; dist++ {
		for n := 0; n <= len(start)-at; n++ {
			want := bytes.Clone(start)
			for i := range n {
				want[at+i] = want[at+i-dist]
			}
			got := bytes.Clone(start)
			RepeatBytes(got, at, dist, n)
			if !bytes.Equal(got, want) {
				t.Fatalf("RepeatBytes, distance %d, length %d: wrong bytes", dist, n)
			}
			if dist%4 != 0 || n%4 != 0 {
				continue
			}
			got = bytes.Clone(start)
			Repeat(got, at, dist, n)
			if !bytes.Equal(got, want) {
				t.Fatalf("Repeat, distance %d, length %d: wrong bytes", dist, n)
			}
		}
	}
}

func TestPutRows(t *testing.T) {
	whole := image.NewRGBA(image.Rect(0, 0, 5, 5))
	part := whole.SubImage(image.Rect(1, 2, 3, 4)).(*image.RGBA)
	pix := []byte("aaaabbbbccccdddd")
	PutRows(part, pix, false, 0, 1)
	PutRows(part, pix, false, 1, 2)
	if got := string(part.Pix[:8]) + string(part.Pix[part.Stride:][:8]); got != "ccccddddaaaabbbb" {
		t.Errorf("bottom-up rows are %q", got)
	}
	PutRows(part, pix, true, 0, 2)
	if got := string(part.Pix[:8]) + string(part.Pix[part.Stride:][:8]); got != "aaaabbbbccccdddd" {
		t.Errorf("top-down rows are %q", got)
	}
	row := image.NewRGBA(image.Rect(0, 0, 2, 2))
	PutRows(row, pix, true, 1, 2)
	if got := string(row.Pix); got != strings.Repeat("\x00", 8)+"ccccdddd" {
		t.Errorf("the second of whole rows is %q", got)
	}
	if n := len(bytes.ReplaceAll(whole.Pix, []byte{0}, nil)); n != 16 {
		t.Errorf("%d bytes written, want 16", n)
	}
}
