package encode

import (
	"encoding/binary"
	"fmt"
	"image"

	"saffron/codec/lz"
)

// LZ returns img as an LZ image of type RGB16, RGB24, RGB32 or RGBA; it panics
// on any other type. RGB16 keeps the upper five bits of every colour, and only
// RGBA keeps the fourth byte. The image must not be empty.
func LZ(img *image.RGBA, t lz.Type, topDown bool) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	switch t {
	case lz.RGB16:
		out := lzHeader(t, w, h, 2*w, topDown)
		return lzPass(out, units555(img, topDown), lzRGB16)
	case lz.RGB24:
		out := lzHeader(t, w, h, 3*w, topDown)
		return lzPass(out, unitsBGR(img, topDown), lzColour)
	case lz.RGB32:
		out := lzHeader(t, w, h, 4*w, topDown)
		return lzPass(out, unitsBGR(img, topDown), lzColour)
	case lz.RGBA:
		out := lzHeader(t, w, h, 4*w, topDown)
		out = lzPass(out, unitsBGR(img, topDown), lzColour)
		return lzPass(out, unitsAlpha(img, topDown), lzByte)
	}
	panic(fmt.Sprintf("encode: LZ of type %v", t))
}

// LZAlpha returns the fourth bytes of img as an LZ image of type XXXA, the
// second half of a JPEG_ALPHA image.
func LZAlpha(img *image.RGBA, topDown bool) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := lzHeader(lz.XXXA, w, h, 4*w, topDown)
	return lzPass(out, unitsAlpha(img, topDown), lzByte)
}

// LZPalette returns the indices of img as an LZ image of type PLT8. The palette
// is no part of it.
func LZPalette(img *image.Paletted, topDown bool) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	units := make([]uint32, 0, w*h)
	for y := range h {
		at := rowOf(y, h, topDown) * img.Stride
		for _, index := range img.Pix[at : at+w] {
			units = append(units, uint32(index))
		}
	}
	return lzPass(lzHeader(lz.PLT8, w, h, w, topDown), units, lzByte)
}

func lzHeader(t lz.Type, w, h, stride int, topDown bool) []byte {
	out := binary.BigEndian.AppendUint32(nil, 0x20205a4c)
	out = binary.BigEndian.AppendUint32(out, 0x00010001)
	for _, v := range []int{int(t), w, h, stride} {
		out = binary.BigEndian.AppendUint32(out, uint32(v))
	}
	return binary.BigEndian.AppendUint32(out, b2i(topDown))
}

// lzMaxDistance is the longest distance that encoders emit, in units.
const lzMaxDistance = 73724

// lzPass appends one pass over units to out.
func lzPass(out []byte, units []uint32, k lzKind) []byte {
	table := newPositions(len(units))
	lits := 0 // units[lits:i] wait to be sent as literals
	last := len(units) - 1
	for i := 0; i < last; {
		j, ok := table.swap(units[i:], k.min, i)
		n := 0
		if ok && i-j <= lzMaxDistance {
			n = matchLen(units[j:], units[i:last])
		}
		if n < k.min {
			i++
			continue
		}
		out = k.literals(out, units[lits:i])
		out = lzMatch(out, n-k.bias, i-j-1)
		i += n
		lits = i
	}
	return k.literals(out, units[lits:])
}

// lzMatch appends a match; length is without the bias, distance one less.
func lzMatch(out []byte, length, distance int) []byte {
	far := distance - (1<<13 - 1)
	field := min(distance, 1<<13-1)
	out = append(out, byte(min(length, 7)<<5|field>>8))
	out = lzLength(out, length)
	out = append(out, byte(field))
	if far >= 0 {
		out = append(out, byte(far>>8), byte(far))
	}
	return out
}

// lzLength appends what of length does not fit in a control byte.
func lzLength(out []byte, length int) []byte {
	if length < 7 {
		return out
	}
	for length -= 7; length >= 255; length -= 255 {
		out = append(out, 255)
	}
	return append(out, byte(length))
}
