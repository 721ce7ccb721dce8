package params

import "testing"

func TestCodes(t *testing.T) {
	tests := []struct {
		depth, k, prefix uint
		first            uint32
		escape           uint
	}{
		{8, 0, 18, 18, 8}, {8, 1, 18, 36, 8}, {8, 2, 18, 72, 8}, {8, 3, 18, 144, 7},
		{8, 4, 15, 240, 4}, {8, 5, 7, 224, 5}, {8, 6, 3, 192, 6}, {8, 7, 1, 128, 7},
		{5, 0, 21, 21, 4}, {5, 1, 15, 30, 1}, {5, 2, 7, 28, 2}, {5, 3, 3, 24, 3}, {5, 4, 1, 16, 4},
	}
	for _, tt := range tests {
		want := Code{K: tt.k, Prefix: tt.prefix, FirstEsc: tt.first, EscapeLen: tt.escape}
		if got := NewCode(tt.depth, tt.k); got != want {
			t.Errorf("NewCode(%d, %d) = %+v, want %+v", tt.depth, tt.k, got, want)
		}
	}
}

// Every code must be free of prefixes, or it could not be decoded.
func TestWordsArePrefixFree(t *testing.T) {
	for _, depth := range []uint{5, 8} {
		for k := range depth {
			c := NewCode(depth, k)
			for v := range uint32(1) << depth {
				a, la := c.Word(v)
				if la > 26 {
					t.Fatalf("depth %d code %d: word of %d has %d bits", depth, k, v, la)
				}
				for w := range v {
					b, lb := c.Word(w)
					l := min(la, lb)
					if a>>(la-l) == b>>(lb-l) {
						t.Fatalf("depth %d code %d: words of %d and %d share a prefix", depth, k, v, w)
					}
				}
			}
		}
	}
}

func TestFold(t *testing.T) {
	for _, depth := range []uint{5, 8} {
		mask := uint8(1<<depth - 1)
		for i, want := range []uint8{0, mask, 1, mask - 1, 2} {
			if got := Unfold(uint8(i), depth); got != want {
				t.Errorf("Unfold(%d, %d) = %d, want %d", i, depth, got, want)
			}
		}
		for v := range 1 << depth {
			if got := Unfold(Fold(uint8(v), depth), depth); got != uint8(v) {
				t.Errorf("depth %d: %d comes back as %d", depth, v, got)
			}
		}
	}
}

func TestBucket(t *testing.T) {
	ends := []int{0, 2, 6, 14, 30, 62, 126, 255} // last value of each class
	for v := range 256 {
		want := 0
		for v > ends[want] {
			want++
		}
		if got := Bucket(uint8(v), 8); int(got) != want {
			t.Errorf("Bucket(%d, 8) = %d, want %d", v, got, want)
		}
		if got := Bucket(uint8(v), 5); v < 32 && int(got) != min(want, 4) {
			t.Errorf("Bucket(%d, 5) = %d, want %d", v, got, min(want, 4))
		}
	}
}
