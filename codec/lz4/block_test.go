package lz4_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"saffron/codec/lz4"
)

func TestBlock(t *testing.T) {
	noise := make([]byte, 4000)
	rand.NewChaCha8([32]byte{}).Read(noise)
	for _, data := range [][]byte{
		bytes.Repeat([]byte("saffron "), 500), append(make([]byte, 3000), noise[:1000]...),
	} {
		packed := make([]byte, len(data)-1)
		n := lz4.EncodeBlock(packed, data)
		if n == 0 || n >= len(data)/2 {
			t.Fatalf("%d bytes become %d", len(data), n)
		}
		got := make([]byte, len(data))
		if err := lz4.DecodeBlock(got, packed[:n]); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("unpacking: %v", err)
		}
		var format lz4.FormatError
		for _, size := range []int{0, 1, len(data) - 1, len(data) + 1} {
			if err := lz4.DecodeBlock(make([]byte, size), packed[:n]); !errors.As(err, &format) {
				t.Errorf("unpacking to %d bytes: %v", size, err)
			}
		}
		if err := lz4.DecodeBlock(got, packed[:n-1]); !errors.As(err, &format) {
			t.Errorf("unpacking a part: %v", err)
		}
	}
	if n := lz4.EncodeBlock(make([]byte, len(noise)-1), noise); n != 0 {
		t.Errorf("noise became %d bytes", n)
	}
}

func FuzzDecodeBlock(f *testing.F) {
	f.Add([]byte{0x40, 1, 2, 3, 4}, uint16(4))
	f.Add([]byte{0x1f, 7, 1, 0, 200, 0x50, 1, 2, 3, 4, 5}, uint16(225))
	f.Fuzz(func(_ *testing.T, src []byte, size uint16) {
		_ = lz4.DecodeBlock(make([]byte, size), src) // only crashes count
	})
}
