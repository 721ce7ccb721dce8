package wav

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func file(t testing.TB, f Format, frames int64, pcm ...int16) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, f, frames)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(pcm); err != nil {
		t.Fatal(err)
	}
	if err := w.Update(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func read(r *Reader) ([]int16, error) {
	var all []int16
	for {
		buf := make([]int16, 6)
		n, err := r.Read(buf)
		all = append(all, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

func TestRoundTrip(t *testing.T) {
	pcm := []int16{1, -2, 3, math.MaxInt16, math.MinInt16, 0, 7, 8}
	for _, f := range []Format{{48000, 2}, {8000, 1}} {
		for _, frames := range []int64{0, int64(len(pcm) / f.Channels), 1 << 40} {
			r, err := NewReader(bytes.NewReader(file(t, f, frames, pcm...)))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got, err := read(r)
				if err != nil || !slices.Equal(got, pcm) || r.Format() != f || r.Frames() != int64(len(pcm)/f.Channels) {
					t.Errorf("%v: %v, %v, %v", f, got, r.Format(), err)
				}
				if err := r.Rewind(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

// TestUpdate looks at a file while it is written.
func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := NewWriter(out, Format{44100, 2}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := errors.Join(w.Write(make([]int16, 20)), w.Update()); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want := uint32((n + 1) * 40); err != nil || got[40] != byte(want) || got[4] != byte(want+36) || got[43] != 0 || len(got) != headerSize+int(want) {
			t.Errorf("after %d: % x, %v", n, got[:headerSize], err)
		}
	}
	if w.Frames() != 30 {
		t.Errorf("%d frames", w.Frames())
	}
}

func TestErrors(t *testing.T) {
	good := file(t, Format{48000, 2}, 0, 1, 2)
	change := func(at int, to byte) []byte {
		b := slices.Clone(good)
		b[at] = to
		return b
	}
	for want, b := range map[string][]byte{
		"no WAV file":         []byte("RIFF....WAVX"),
		"no samples":          good[:36],
		"nothing says":        append(slices.Clone(good[:12]), good[36:]...),
		"wrong size":          change(16, 3),
		"(format 3, 16 bits)": change(20, 3),
		"(format 1, 24 bits)": change(34, 24),
		"3 channels":          change(22, 3),
		"0 channels":          change(22, 0),
		"128 frames a second": append(append(slices.Clone(good[:24]), 0x80, 0, 0, 0), good[28:]...),
		"too many chunks":     append(slices.Clone(good[:12]), bytes.Repeat([]byte("junk\x00\x00\x00\x00"), maxChunks+1)...),
	} {
		_, err := NewReader(bytes.NewReader(b))
		var format FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestForms reads files as other programs write them.
func TestForms(t *testing.T) {
	plain := file(t, Format{48000, 2}, 0, 5, 6)
	extensible := slices.Clone(plain[:12])
	extensible = append(extensible, "LIST\x03\x00\x00\x00abc\x00fmt \x28\x00\x00\x00\xfe\xff"...)
	extensible = append(extensible, plain[22:36]...)
	extensible = append(extensible, "\x16\x00\x10\x00\x03\x00\x00\x00\x01\x00"...)
	extensible = append(append(extensible, pcmGUID...), plain[36:]...)
	r, err := NewReader(bytes.NewReader(extensible))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(r); err != nil || !slices.Equal(got, []int16{5, 6}) {
		t.Errorf("%v, %v", got, err)
	}
}

func check(t *testing.T, b []byte) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return
	}
	if f := r.Format(); f.Channels < 1 || f.Channels > 2 || f.Rate < minRate || f.Rate > maxRate {
		t.Fatalf("%+v", f)
	}
	pcm, err := read(r)
	if err != nil || int64(len(pcm)) != r.Frames()*int64(r.Format().Channels) {
		t.Fatalf("%d samples, %d frames, %v", len(pcm), r.Frames(), err)
	}
}

func TestTruncated(t *testing.T) {
	b := file(t, Format{48000, 2}, 100, make([]int16, 20)...)
	for n := range b {
		check(t, b[:n])
	}
}

func FuzzReader(f *testing.F) {
	f.Add(file(f, Format{48000, 2}, 3, 1, 2, 3, 4))
	f.Add(file(f, Format{8000, 1}, 0, 1, 2, 3, 4)[:47])
	f.Fuzz(check)
}
