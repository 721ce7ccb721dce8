package jpeg

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// A sample says what JPEG image to make for a test.
type sample struct {
	width, height int
	factors       []byte // sampling factors of each component, across in the upper half
	interval      int    // units between restarts, 0 for none
	tables        bool   // whether Huffman tables are included
	data          []byte // what the coefficients are made of; waves if empty
}

// encode returns the image, quantised rather finely.
func (s sample) encode() []byte {
	quant := byte(3)
	out := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}
	for range 64 {
		out = append(out, quant)
	}
	if s.tables {
		for i := range standardDC {
			out = appendSegment(out, 0xc4, append([]byte{byte(i)}, standardDC[i]...))
			out = appendSegment(out, 0xc4, append([]byte{0x10 + byte(i)}, standardAC[i]...))
		}
	}
	if s.interval > 0 {
		out = appendSegment(out, 0xdd, binary.BigEndian.AppendUint16(nil, uint16(s.interval)))
	}
	frame := binary.BigEndian.AppendUint16([]byte{8}, uint16(s.height))
	frame = binary.BigEndian.AppendUint16(frame, uint16(s.width))
	frame = append(frame, byte(len(s.factors)))
	scan := []byte{byte(len(s.factors))}
	for i, f := range s.factors {
		frame = append(frame, byte(i+1), f, 0)
		scan = append(scan, byte(i+1), byte(min(i, 1)*0x11))
	}
	out = appendSegment(out, 0xc0, frame)
	out = appendSegment(out, 0xda, append(scan, 0, 63, 0))
	return append(s.scan(out, float64(quant)), 0xff, 0xd9)
}

func appendSegment(out []byte, marker byte, body []byte) []byte {
	out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(body)+2))
	return append(out, body...)
}

// scan appends the data of the scan.
func (s sample) scan(out []byte, quant float64) []byte {
	w := bitWriter{out: out}
	across, down := 8*int(s.factors[0]>>4), 8*int(s.factors[0]&15)
	last := make([]int, len(s.factors))
	unit := 0
	for y := 0; y < s.height; y += down {
		for x := 0; x < s.width; x += across {
			if s.interval > 0 && unit > 0 && unit%s.interval == 0 {
				w.flush()
				w.out = append(w.out, 0xff, 0xd0+byte(unit/s.interval-1)%8)
				clear(last)
			}
			unit++
			for i, f := range s.factors {
				h, v := int(f>>4), int(f&15)
				for b := range h * v {
					px, py := x*h*8/across+b%h*8, y*v*8/down+b/h*8
					c := s.any(unit + b)
					if len(s.data) == 0 {
						c = wave(px, py, i, quant)
					}
					last[i] = w.block(c, last[i], min(i, 1))
				}
			}
		}
	}
	w.flush()
	return w.out
}

// any returns coefficients made of the data.
func (s sample) any(seed int) (c [64]int) {
	for k := range min(64, 64*len(s.data)) {
		c[k] = int(int8(s.data[(seed*7+k)%len(s.data)]))
	}
	return c
}

// basis holds the cosines of the transform by frequency and place.
var basis = func() (b [8][8]float64) {
	for k := range b {
		for i := range b[k] {
			b[k][i] = math.Cos(float64((2*i+1)*k)*math.Pi/16) / 2
			if k == 0 {
				b[k][i] /= math.Sqrt2
			}
		}
	}
	return b
}()

// wave returns the quantised coefficients of the block at x, y of a component.
func wave(x, y, component int, quant float64) (c [64]int) {
	var p [64]float64
	for i := range p {
		u, v := float64(x+i%8), float64(y+i/8)
		p[i] = 90*math.Sin(u/(9+float64(5*component)))*math.Cos(v/7) + 20*math.Sin(u*u+v*v*v)
	}
	zigzag, dx := [2]int{}, 1
	for k := range c {
		total := 0.0
		for i, v := range p {
			total += v * basis[zigzag[0]][i%8] * basis[zigzag[1]][i/8]
		}
		c[k] = int(math.Round(total / quant))
		switch x, y := zigzag[0]+dx, zigzag[1]-dx; {
		case x > 7 || y > 7:
			if dx > 0 {
				zigzag[1]++
			} else {
				zigzag[0]++
			}
			dx = -dx
		case x < 0 || y < 0:
			zigzag = [2]int{max(x, 0), max(y, 0)}
			dx = -dx
		default:
			zigzag = [2]int{x, y}
		}
	}
	return c
}

// A bitWriter appends bits to out, with stuffing.
type bitWriter struct {
	out     []byte
	word, n uint
}

func (w *bitWriter) put(code, size uint) {
	for w.word, w.n = w.word<<size|code, w.n+size; w.n >= 8; w.n -= 8 {
		b := byte(w.word >> (w.n - 8))
		if w.out = append(w.out, b); b == 0xff {
			w.out = append(w.out, 0)
		}
	}
}

func (w *bitWriter) flush() {
	w.put(0x7f, 7)
	w.word, w.n = 0, 0
}

// block writes c with the standard tables, and returns its DC value.
func (w *bitWriter) block(c [64]int, last, table int) int {
	w.symbol(standardDC[table], 0, c[0]-last)
	run := 0
	for _, v := range c[1:] {
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			w.symbol(standardAC[table], 15, 0)
		}
		w.symbol(standardAC[table], run, v)
		run = 0
	}
	if run > 0 {
		w.symbol(standardAC[table], 0, 0)
	}
	return c[0]
}

func (w *bitWriter) symbol(table []byte, run, v int) {
	size := bits.Len(uint(max(v, -v)))
	code, at := uint(0), 16
	for length := range 16 {
		for range table[length] {
			if table[at] == byte(run<<4|size) {
				w.put(code, uint(length+1))
				if v < 0 {
					v += 1<<size - 1
				}
				w.put(uint(v), uint(size))
				return
			}
			code, at = code+1, at+1
		}
		code <<= 1
	}
}
