package wire

import (
	"errors"
	"image"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything has one field of each kind.
type everything struct {
	A uint8
	B uint16
	C uint32
	D uint64
	E int16
	F int32
	G int64
	P image.Point
	Q image.Point
	R image.Rectangle
	S []byte
	T string // behind a pointer
}

func (m *everything) Decode(r *Reader) {
	m.A, m.B, m.C, m.D = r.U8(), r.U16(), r.U32(), r.U64()
	m.E, m.F, m.G = r.I16(), r.I32(), r.I64()
	m.P, m.Q, m.R = r.Point(), r.Point16(), r.Rect()
	at := r.U32()
	m.S = r.Bytes(r.Count(r.U32(), 1))
	r.At(at, func(r *Reader) { m.T = string(r.Bytes(int(r.U8()))) })
}

func (m *everything) Encode(w *Writer) {
	w.U8(m.A)
	w.U16(m.B)
	w.U32(m.C)
	w.U64(m.D)
	w.I16(m.E)
	w.I32(m.F)
	w.I64(m.G)
	w.Point(m.P)
	w.Point16(m.Q)
	w.Rect(m.R)
	here := w.Pointer()
	w.U32(uint32(len(m.S)))
	w.Bytes(m.S)
	here()
	w.U8(uint8(len(m.T)))
	w.Bytes([]byte(m.T))
}

func sample() *everything {
	return &everything{1, 0x203, 0x4050607, 0x8090a0b0c0d0e0f, -2, -3, -4,
		image.Pt(-5, 6), image.Pt(7, -8), image.Rect(1, 2, 3, 4), []byte("bytes"), "behind"}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got := new(everything)
	if err := Unmarshal(Marshal(want), got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTruncation(t *testing.T) {
	body := Marshal(sample())
	for n := range body {
		if err := Unmarshal(body[:n], new(everything)); err == nil {
			t.Errorf("%d of %d bytes: no error", n, len(body))
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for name, tc := range map[string]struct {
		read func(*Reader)
		want error
		at   int
	}{
		"short":    {func(r *Reader) { r.U16(); r.U32() }, ErrShort, 2},
		"count":    {func(r *Reader) { r.U8(); r.Count(1<<31, 4) }, ErrCount, 1},
		"negative": {func(r *Reader) { r.Bytes(-1) }, ErrCount, 0},
		"offset":   {func(r *Reader) { r.U8(); r.At(5, func(*Reader) {}) }, ErrOffset, 1},
	} {
		r := NewReader(make([]byte, 4))
		tc.read(r)
		var e *Error
		if !errors.As(r.Err(), &e) || !errors.Is(e, tc.want) || e.Offset != tc.at {
			t.Errorf("%s: got %v, want %v at byte %d", name, r.Err(), tc.want, tc.at)
		}
		if r.U8() != 0 || r.Rest() != nil {
			t.Errorf("%s: reads after an error give data", name)
		}
	}
}

func TestRectKeepsInversion(t *testing.T) {
	want := image.Rectangle{Min: image.Pt(9, 9), Max: image.Pt(1, 1)}
	var w Writer
	w.Rect(want)
	if got := NewReader(w.Body()).Rect(); got != want || !got.Empty() {
		t.Errorf("got %v, want %v, empty", got, want)
	}
}
