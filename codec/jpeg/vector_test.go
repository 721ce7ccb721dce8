package jpeg

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// The transform, which may be in assembly, gives what its twin in Go does.
func checkIDCT(t *testing.T, block, quant [64]int16) {
	t.Helper()
	const stride = 11
	var got, want [7*stride + 8]byte
	again := block
	idct(got[:], stride, &block, &quant)
	idctGo(want[:], stride, &again, &quant)
	if got != want {
		t.Fatalf("idct gives\n%d, want\n%d", got, want)
	}
	if block != [64]int16{} || again != block {
		t.Fatal("coefficients are left")
	}
}

func TestTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		var block, quant [64]int16
		for range r.IntN(65) {
			at := r.IntN(64)
			block[at] = int16(r.Uint32()) >> (i % 16)
		}
		for k := range quant {
			quant[k] = int16(1 + r.IntN(16<<(i%3*6)))
		}
		checkIDCT(t, block, quant)
	}
}

// level gives what the transform does of a block with nothing but a first
// coefficient.
func TestLevel(t *testing.T) {
	one := [64]int16{1}
	for dc := -1 << 15; dc < 1<<15; dc++ {
		block := [64]int16{int16(dc)}
		var got [64]byte
		idct(got[:], 8, &block, &one)
		if want := bytes.Repeat([]byte{level(int16(dc))}, 64); !bytes.Equal(got[:], want) {
			t.Fatalf("%d gives %d, want %d", dc, got, want)
		}
	}
}

func FuzzTwins(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 2, 3}, 100))
	f.Add(bytes.Repeat([]byte{0x7f, 0xff, 0x80, 0, 0}, 60))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 256 {
			var block, quant [64]int16
			for i := range block {
				block[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
				quant[i] = int16(binary.LittleEndian.Uint16(b[128+2*i:]))
			}
			checkIDCT(t, block, quant)
		}
	})
}
