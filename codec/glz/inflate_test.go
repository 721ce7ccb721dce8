package glz

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
)

func TestInflate(t *testing.T) {
	src := unhex(t, header(8, 40, 1, 0, 0)+"00 102030 e0 20 00 00")
	packed := encode.ZlibGLZ(src)
	for _, c := range []struct {
		name   string
		packed []byte
		size   int
		want   string // of the error
	}{
		{"right", packed, len(src), ""},
		{"bytes behind", append(bytes.Clone(packed), 1, 2, 3), len(src), ""},
		{"announced longer", packed, len(src) + 1, "unexpected EOF"},
		{"announced shorter", packed, len(src) - 1, "longer than expected"},
		{"empty", nil, len(src), "header: unexpected EOF"},
		{"not zlib", []byte("  ZL0000"), len(src), "header"},
		{"checksum", append(bytes.Clone(packed[:len(packed)-1]), packed[len(packed)-1]^1), len(src), "checksum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dst := bytes.Repeat([]byte{0xee}, c.size)
			err := Inflate(dst, c.packed)
			if c.want == "" {
				if err != nil || !bytes.Equal(dst, src) {
					t.Errorf("error %v, or bytes differ", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "glz: ") {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
			if bytes.Contains(dst, []byte{0xee, 0xee}) {
				t.Error("bytes that were not read are left as they were")
			}
		})
	}
}

func TestInflateTruncated(t *testing.T) {
	for _, v := range codectest.Vectors(t, "zlib_glz")[:1] {
		packed := v.Encoded(t)
		dst := make([]byte, v.GLZSize)
		for n := range packed {
			if err := Inflate(dst, packed[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%d of %d bytes: error %v", n, len(packed), err)
			}
		}
		if err := Inflate(dst, packed); err != nil {
			t.Error(err)
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, v := range codectest.Vectors(f, "zlib_glz") {
		if v.GLZSize < 3000 {
			f.Add(v.Encoded(f), v.GLZSize)
		}
	}
	f.Fuzz(checkInflate)
}

// checkInflate wants the same of a reader that was used before and of another.
func checkInflate(t *testing.T, src []byte, size int) {
	if size < 0 || size > 1<<16 {
		return
	}
	first, second := make([]byte, size), make([]byte, size)
	errFirst, errSecond := Inflate(first, src), Inflate(second, src)
	if (errFirst == nil) != (errSecond == nil) || !bytes.Equal(first, second) {
		t.Fatalf("errors %v and %v, or bytes differ", errFirst, errSecond)
	}
	if errFirst != nil {
		return
	}
	if err := Inflate(make([]byte, size+1), src); err == nil {
		t.Fatal("one byte more can be read")
	}
}

func TestInflateAgrees(t *testing.T) {
	for _, v := range codectest.Vectors(t, "zlib_glz") {
		checkInflate(t, v.Encoded(t), v.GLZSize)
		checkInflate(t, v.Encoded(t), v.GLZSize-1)
	}
}
