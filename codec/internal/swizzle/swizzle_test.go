package swizzle

import (
	"bytes"
	"testing"
)

// slow is the exchange from its definition.
func slow(src []byte) []byte {
	dst := bytes.Clone(src)
	for i := 0; i+4 <= len(dst); i += 4 {
		dst[i], dst[i+2] = dst[i+2], dst[i]
	}
	return dst
}

// check swaps the whole pixels of src to other memory and in place, with all
// the code there is, and wants what is around them left alone.
func check(t *testing.T, src []byte, shift int) {
	t.Helper()
	n := len(src) &^ 3
	want := slow(src[:n])
	frame := bytes.Repeat([]byte{0x5a}, shift+n+40)
	for name, f := range map[string]func(dst, src []byte){"Swap": Swap, "swap": swap} {
		whole := bytes.Clone(frame)
		f(whole[shift:shift+n], src[:n])
		if !bytes.Equal(whole[shift:shift+n], want) {
			t.Fatalf("%s: %d bytes at %d: wrong", name, n, shift)
		}
		if !bytes.Equal(whole[:shift], frame[:shift]) || !bytes.Equal(whole[shift+n:], frame[shift+n:]) {
			t.Fatalf("%s: %d bytes at %d: bytes around them changed", name, n, shift)
		}
		copy(whole[shift:], src[:n])
		f(whole[shift:shift+n], whole[shift:shift+n])
		if !bytes.Equal(whole[shift:shift+n], want) {
			t.Fatalf("%s: %d bytes at %d: wrong in place", name, n, shift)
		}
	}
}

// noise returns n bytes that do not repeat soon.
func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*i>>3 + i*7)
	}
	return b
}

func TestSwap(t *testing.T) {
	src := noise(700)
	for n := range 600 {
		check(t, src[n%7:][:n], n%33)
	}
}

// Slices of different lengths swap what both have.
func TestSwapShorter(t *testing.T) {
	src := noise(400)
	for _, n := range []int{0, 3, 4, 127, 130, 399} {
		dst := make([]byte, n)
		Swap(dst, src)
		if want := append(slow(src[:n&^3]), make([]byte, n%4)...); !bytes.Equal(dst, want) {
			t.Errorf("%d of %d bytes: wrong", n, len(src))
		}
		dst = make([]byte, len(src))
		Swap(dst, src[:n])
		if want := append(slow(src[:n&^3]), make([]byte, len(src)-n&^3)...); !bytes.Equal(dst, want) {
			t.Errorf("%d bytes in %d: wrong", n, len(src))
		}
	}
}

func FuzzSwap(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add(noise(4), uint8(1))
	f.Add(noise(128), uint8(2))
	f.Add(noise(393), uint8(5))
	f.Fuzz(func(t *testing.T, src []byte, shift uint8) { check(t, src, int(shift)) })
}

func BenchmarkSwap(b *testing.B) {
	for _, size := range []struct {
		name   string
		pixels int
	}{{"64KiB", 16 << 10}, {"1080p", 1920 * 1080}} {
		for name, f := range map[string]func(dst, src []byte){"fast": Swap, "plain": swap} {
			b.Run(size.name+"/"+name, func(b *testing.B) {
				p := make([]byte, 4*size.pixels)
				b.SetBytes(int64(len(p)))
				for b.Loop() {
					f(p, p)
				}
			})
		}
	}
}
