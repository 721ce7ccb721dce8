package xdr

import (
	"math"
	"testing"
)

func message() []byte {
	var w Writer
	w.U32(7)
	w.I32(-2)
	w.U64(1 << 40)
	w.String("abcde")
	w.OptString("")
	w.U32(0) // no string
	w.Fixed([]byte{1, 2, 3})
	w.U32(2) // elements
	w.U32(10)
	w.U32(11)
	return w.Data()
}

func TestRoundTrip(t *testing.T) {
	r := NewReader(message())
	if r.U32() != 7 || r.I32() != -2 || r.I64() != 1<<40 || r.String() != "abcde" || r.OptString() != "" || r.OptString() != "" ||
		string(r.Fixed(3)) != "\x01\x02\x03" || r.Count(4) != 2 || r.U32() != 10 || r.U32() != 11 {
		t.Error("fields differ")
	}
	if r.Err() != nil || r.Len() != 0 {
		t.Errorf("%v, %d bytes left", r.Err(), r.Len())
	}
}

func TestTruncated(t *testing.T) {
	whole := message()
	for n := range len(whole) {
		r := NewReader(whole[:n])
		r.U32()
		r.I32()
		r.I64()
		_ = r.String()
		r.OptString()
		r.OptString()
		r.Fixed(3)
		for range r.Count(4) {
			r.U32()
		}
		if r.Err() == nil {
			t.Errorf("no error after %d of %d bytes", n, len(whole))
		}
	}
}

func TestLies(t *testing.T) {
	var w Writer
	w.U32(math.MaxUint32)
	w.U32(1)
	for name, read := range map[string]func(*Reader){
		"length": func(r *Reader) { r.Bytes() },
		"count":  func(r *Reader) { r.Count(4) },
		"fixed":  func(r *Reader) { r.Fixed(math.MaxInt) },
		"minus":  func(r *Reader) { r.Fixed(-1) },
	} {
		r := NewReader(w.Data())
		if read(r); r.Err() == nil {
			t.Errorf("%s: believed", name)
		}
	}
}
