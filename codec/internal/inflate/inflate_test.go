package inflate

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/adler32"
	"io"
	"math/rand/v2"
	"testing"
)

// writers are those of pack: a new one costs more than what it writes here.
var writers = map[int]*zlib.Writer{}

// pack compresses data at a level of compress/zlib.
func pack(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := writers[level]
	if w == nil {
		var err error
		if w, err = zlib.NewWriterLevel(&b, level); err != nil {
			t.Fatal(err)
		}
		writers[level] = w
	}
	w.Reset(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// levels are those that make different kinds of blocks.
var levels = []int{flate.HuffmanOnly, flate.NoCompression, flate.BestSpeed, flate.BestCompression}

// samples are data of many kinds.
func samples() map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	fill := func(n int, f func(i int) byte) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = f(i)
		}
		return b
	}
	s := map[string][]byte{
		"nothing": {},
		"byte":    {7},
		"zeros":   make([]byte, 70000),
		"noise":   fill(70000, func(int) byte { return byte(rnd.IntN(256)) }),
		"bits":    fill(20000, func(int) byte { return byte(rnd.IntN(2)) }),
		"peaked":  fill(80000, func(int) byte { return byte(rnd.NormFloat64() * 12) }),
		"skewed":  fill(50000, func(int) byte { return byte(rnd.ExpFloat64() * rnd.ExpFloat64() * 5) }),
		"far":     fill(70000, func(i int) byte { return byte(i % 32768 * (i % 32768) >> 7) }),
	}
	for period := 2; period < 40; period++ {
		n := 300 + period
		s[fmt.Sprintf("period %d", period)] = fill(n, func(i int) byte { return byte(i % period * 37) })
	}
	return s
}

func TestDecode(t *testing.T) {
	for name, data := range samples() {
		for _, level := range levels {
			packed := append(pack(t, data, level), 1, 2, 3)
			dst := bytes.Repeat([]byte{0xee}, len(data))
			n, err := Decode(dst, packed)
			if n != len(data) || err != nil || !bytes.Equal(dst, data) {
				t.Errorf("%s at level %d: %d bytes, %v, or wrong", name, level, n, err)
			}
			if len(data) == 0 {
				continue
			}
			half := dst[:len(data)/2]
			clear(half)
			n, err = Decode(half, packed)
			if n != len(half) || !errors.Is(err, ErrTooLong) && len(data) > 1 || !bytes.Equal(half, data[:n]) {
				t.Errorf("half of %s at level %d: %d bytes, %v, or wrong", name, level, n, err)
			}
			n, err = Decode(make([]byte, len(data)+1), packed)
			if n != len(data) || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("more than %s at level %d: %d bytes, %v", name, level, n, err)
			}
		}
	}
}

func TestTruncated(t *testing.T) {
	data := samples()["skewed"][:3000]
	for _, level := range levels {
		packed := pack(t, data, level)
		dst := make([]byte, len(data))
		for n := range packed {
			if _, err := Decode(dst, packed[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("level %d: %d of %d bytes: %v", level, n, len(packed), err)
			}
		}
	}
}

// A bitWriter writes what no compressor would.
type bitWriter struct {
	b []byte
	n int
}

// put appends n bits of v, lowest first, as numbers are.
func (w *bitWriter) put(v, n int) *bitWriter {
	for i := range n {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v >> i & 1 << (w.n % 8))
		w.n++
	}
	return w
}

// code appends n bits of v, highest first, as codes are.
func (w *bitWriter) code(v, n int) *bitWriter { return w.put(reverse(v, n), n) }

// dynamic begins a block with lengths of codes. The lengths 0 to 15 have codes
// of four bits, which they are. Lengths over 15 are written as 0.
func (w *bitWriter) dynamic(lit, dist []int) *bitWriter {
	w.put(1|2<<1, 3).put(len(lit)-257, 5).put(len(dist)-1, 5).put(19-4, 4)
	for _, symbol := range order {
		w.put(map[bool]int{true: 4}[symbol < 16], 3)
	}
	for _, n := range append(append([]int{}, lit...), dist...) {
		w.code(n, 4)
	}
	return w
}

// lengths returns n lengths, all 0 but for some symbols.
func lengths(n int, some map[int]int) []int {
	l := make([]int, n)
	for symbol, length := range some {
		l[symbol] = length
	}
	return l
}

// stream returns a zlib stream of blocks that make up data.
func (w *bitWriter) stream(data string) []byte {
	return binary.BigEndian.AppendUint32(append([]byte{0x78, 0x01}, w.b...), adler32.Checksum([]byte(data)))
}

func TestHandMade(t *testing.T) {
	w := func() *bitWriter { return new(bitWriter) }
	ends := map[int]int{'a': 1, 256: 1}
	tests := []struct {
		name string
		src  []byte
		size int
		want string // the data, or
		err  string // the error's end
	}{
		{"only the end", w().dynamic(lengths(257, map[int]int{256: 1}), []int{0}).code(0, 1).stream(""), 0, "", ""},
		{"only the end, other bit", w().dynamic(lengths(257, map[int]int{256: 1}), []int{0}).code(1, 1).put(0, 20).stream(""), 0, "", "bits that are no code"},
		{"two codes", w().dynamic(lengths(257, ends), []int{0}).code(0, 1).code(0, 1).code(1, 1).stream("aa"), 2, "aa", ""},
		{"one distance", w().dynamic(lengths(258, map[int]int{'a': 1, 256: 2, 257: 2}), []int{1}).code(0, 1).code(3, 2).code(0, 1).code(2, 2).stream("aaaa"), 4, "aaaa", ""},
		{"the other bit of one distance", w().dynamic(lengths(258, map[int]int{'a': 1, 256: 2, 257: 2}), []int{1}).code(0, 1).code(3, 2).code(1, 1).put(0, 20).stream("aaaa"), 4, "", "bits that are no code"},
		{"no distances", w().dynamic(lengths(258, map[int]int{'a': 1, 256: 2, 257: 2}), []int{0}).code(0, 1).code(3, 2).put(0, 20).stream("aaaa"), 4, "", "bits that are no code"},
		{"copy from before the start", w().dynamic(lengths(258, map[int]int{'a': 1, 256: 2, 257: 2}), []int{0, 1}).code(0, 1).code(3, 2).code(0, 1).code(2, 2).stream("aaaa"), 4, "", "before the start"},
		{"no end", w().dynamic(lengths(257, map[int]int{'a': 1, 'b': 1}), []int{0}).stream(""), 0, "", "codes for literals and lengths"},
		{"too few codes", w().dynamic(lengths(257, map[int]int{'a': 2, 'b': 2, 256: 2}), []int{0}).stream(""), 0, "", "codes for literals and lengths"},
		{"too many codes", w().dynamic(lengths(257, map[int]int{'a': 1, 'b': 1, 256: 1}), []int{0}).stream(""), 0, "", "codes for literals and lengths"},
		{"too few distances", w().dynamic(lengths(257, ends), []int{2, 2, 2}).stream(""), 0, "", "codes for distances"},
		{"too many distances", w().dynamic(lengths(257, ends), []int{1, 1, 1}).stream(""), 0, "", "codes for distances"},
		{"one distance of two bits", w().dynamic(lengths(257, ends), []int{2}).stream(""), 0, "", "codes for distances"},
		{"287 symbols", w().dynamic(lengths(287, ends), []int{0}).stream(""), 0, "", "too many codes"},
		{"31 distances", w().dynamic(lengths(257, ends), make([]int, 31)).stream(""), 0, "", "too many codes"},
		{"codes for lengths", w().put(1|2<<1, 3).put(0, 14).put(1, 3).put(1, 3).put(1, 3).put(0, 90).stream(""), 0, "", "codes for lengths"},
		{"nothing to repeat", w().put(1|2<<1, 3).put(0, 14).put(1, 3).put(1, 3).put(0, 90).stream(""), 0, "", "nothing to repeat"},
		{"fixed", w().put(1|1<<1, 3).code(0x30+'a', 8).code(1, 7).code(0, 5).code(0, 7).stream("aaaa"), 4, "aaaa", ""},
		{"fixed symbol 286", w().put(1|1<<1, 3).code(0xc6, 8).put(0, 20).stream(""), 0, "", "bits that are no code"},
		{"fixed distance 30", w().put(1|1<<1, 3).code(0x30+'a', 8).code(1, 7).code(30, 5).put(0, 20).stream(""), 4, "", "bits that are no code"},
		{"type 3", w().put(7, 3).stream(""), 0, "", "block of type 3"},
		{"stored", w().put(1, 8).put(2, 16).put(0xfffd, 16).put('h', 8).put('i', 8).stream("hi"), 2, "hi", ""},
		{"stored, damaged", w().put(1, 8).put(2, 16).put(0xfffc, 16).put('h', 8).put('i', 8).stream("hi"), 2, "", "stored block is damaged"},
		{"stored, too long", w().put(1, 8).put(2, 16).put(0xfffd, 16).put('h', 8).put('i', 8).stream("hi"), 1, "", "longer than expected"},
		{"checksum", w().put(1, 8).put(2, 16).put(0xfffd, 16).put('h', 8).put('i', 8).stream("ho"), 2, "", "checksum is wrong"},
		{"method", []byte{0x79, 0x1b, 3, 0, 0, 0, 0, 1}, 0, "", "header 0x791b"},
		{"window", []byte{0x88, 0x1c, 3, 0, 0, 0, 0, 1}, 0, "", "header 0x881c"},
		{"header's check", []byte{0x78, 0x02, 3, 0, 0, 0, 0, 1}, 0, "", "header 0x7802"},
		{"dictionary", []byte{0x78, 0x20, 0, 0, 0, 1, 3, 0, 0, 0, 0, 1}, 0, "", "a dictionary is needed"},
		{"empty", []byte{0x78, 0x01, 3, 0, 0, 0, 0, 1}, 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// The careful loop sees short data only; what lies behind the
			// stream, and room for more, let the fast one see them.
			for _, behind := range []int{0, 400} {
				src := append(bytes.Clone(tt.src), make([]byte, behind)...)
				dst := make([]byte, tt.size)
				n, err := Decode(dst, src)
				if tt.err == "" && (err != nil || string(dst) != tt.want || n != tt.size) {
					t.Errorf("%q, %d, %v, want %q", dst, n, err, tt.want)
				}
				if tt.err != "" && (err == nil || !bytes.HasSuffix([]byte(err.Error()), []byte(tt.err))) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if tt.size == 0 || tt.err == "checksum is wrong" || tt.err == "longer than expected" {
					continue
				}
				n, err = Decode(make([]byte, 1000), src)
				if err == nil || n > tt.size {
					t.Errorf("in much memory: %d bytes, %v", n, err)
				}
				if tt.err != "" && !bytes.HasSuffix([]byte(err.Error()), []byte(tt.err)) {
					t.Errorf("in much memory: error %v, want %q", err, tt.err)
				}
			}
		})
	}
}

// agree wants the same of Decode as of compress/zlib.
func agree(t *testing.T, src []byte, size int) {
	t.Helper()
	if len(src) > 1 && src[1]&0x20 != 0 {
		return // compress/zlib takes the dictionary 1, of nothing, for none
	}
	got := make([]byte, size)
	n, err := Decode(got, src)
	if n < 0 || n > size {
		t.Fatalf("wrote %d of %d bytes", n, size)
	}
	want, wantErr := unpack(src, size+1)
	switch {
	case wantErr == nil && len(want) == size:
		if err != nil || n != size || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v, or wrong, want %d", n, err, size)
		}
	case err == nil:
		t.Fatalf("no error, compress/zlib has %d bytes of %d, %v", len(want), size, wantErr)
	case errors.Is(err, ErrTooLong) && wantErr == nil:
		if len(want) <= size || !bytes.Equal(got, want[:size]) {
			t.Fatalf("%v, compress/zlib has %d bytes of %d, %v", err, len(want), size, wantErr)
		}
	default:
		// compress/zlib keeps some of what it has back on an error. A stream
		// that is cut within what is too much is wrong in either way.
		if most := min(n, len(want)); !bytes.Equal(got[:most], want[:most]) {
			t.Fatalf("the bytes before %v are wrong", err)
		}
	}
}

// unpack returns up to n bytes of what compress/zlib makes of src.
func unpack(src []byte, n int) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(r, int64(n)))
	return b.Bytes(), err
}

// Damaged streams, too, fare as with compress/zlib.
func TestAgrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, data := range samples() {
		data = data[:min(len(data), 2500)]
		for _, level := range levels {
			packed := pack(t, data, level)
			agree(t, packed, len(data))
			for range 20 {
				bad := bytes.Clone(packed)
				for range 1 + rnd.IntN(3) {
					bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
				}
				agree(t, bad, len(data))
			}
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func checkSum(t *testing.T, data []byte) {
	t.Helper()
	if got, want := checksum(data), adler32.Checksum(data); got != want {
		t.Fatalf("checksum of %d bytes is %#08x, want %#08x", len(data), got, want)
	}
}

func TestChecksum(t *testing.T) {
	most := bytes.Repeat([]byte{255}, 3*adlerMost)
	noise := samples()["noise"]
	for n := range 200 {
		checkSum(t, noise[n%32:][:n])
	}
	for _, around := range []int{adlerMost, 2 * adlerMost, 3*adlerMost - 40} {
		for n := around - 35; n < around+35; n++ {
			checkSum(t, noise[:n])
			checkSum(t, most[:n])
		}
	}
}

func FuzzChecksum(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint8(1))
	f.Add(samples()["noise"][:1000], uint8(40))
	f.Fuzz(func(t *testing.T, data []byte, times uint8) { checkSum(t, bytes.Repeat(data, int(times))) })
}

func FuzzDecode(f *testing.F) {
	for _, data := range samples() {
		data = data[:min(len(data), 1500)]
		for _, level := range levels {
			f.Add(pack(f, data, level), uint16(len(data)))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, size uint16) { agree(t, src, int(size)) })
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"peaked", "skewed", "zeros"} {
		b.Run(name, func(b *testing.B) {
			data := samples()[name]
			packed, dst := pack(b, data, flate.BestSpeed), make([]byte, len(data))
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(dst, packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
