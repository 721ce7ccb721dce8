package jpeg

import (
	"encoding/binary"
	"fmt"
	"image"
)

// A FormatError reports that the data is not a valid image.
type FormatError string

func (e FormatError) Error() string { return "jpeg: invalid format: " + string(e) }

// An UnsupportedError reports that the image uses a JPEG feature that the
// protocol's images do not have.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "jpeg: unsupported feature: " + string(e) }

// Second bytes of the markers that matter here (ITU T.81, table B.1).
const (
	markerSOF0 = 0xc0 // frame, baseline
	markerSOF1 = 0xc1 // frame, extended sequential
	markerSOF2 = 0xc2 // frame, progressive
	markerDHT  = 0xc4 // Huffman tables, amid the frames' numbers
	markerJPG  = 0xc8 // reserved, likewise
	markerDAC  = 0xcc // arithmetic coding, likewise
	markerSOFf = 0xcf // the last kind of frame
	markerRST0 = 0xd0 // restart 0; up to markerEOI none has a length
	markerEOI  = 0xd9
	markerSOS  = 0xda // scan
	markerDQT  = 0xdb // quantisation tables
	markerDRI  = 0xdd // restart interval
	markerTEM  = 0x01

	markerAdobe = 0xee // application segment 14: says what the colours are
)

// A component is one plane of a frame. h and v say how many blocks of it are in
// a unit of the scan, so they are its resolution relative to the others.
// table, dc and ac are the numbers of its quantisation and Huffman tables.
type component struct{ id, h, v, table, dc, ac byte }

// A header is what comes before the scan. Its slices are parts of the data.
type header struct {
	width, height int // 1 to 65535, 0 if there was no frame yet
	components    [3]component
	count         int       // of components: 1 or 3
	quantisers    [4][]byte // 64 values in the scan's order, of one byte or two; nil if missing
	codes         [8][]byte // Huffman tables, DC 0 to 3 and AC 0 to 3; nil if missing
	interval      int       // units of the scan between restarts, 0 if there are none
	rgb           bool      // the components are red, green and blue
	scan          int       // where the data of the scan begin
}

// parseHeader reads segments up to the first scan, which must cover all of the
// frame: what it accepts can be decoded.
func parseHeader(src []byte) (header, error) {
	var h header
	if len(src) < 2 || src[0] != 0xff || src[1] != 0xd8 {
		return h, FormatError("no JPEG signature")
	}
	for at := 2; ; {
		marker, body, err := segment(src, at)
		if err != nil {
			return h, err
		}
		next := at + 4 + len(body)
		switch {
		case marker == markerSOF0 || marker == markerSOF1:
			if h.width != 0 {
				return h, FormatError(fmt.Sprintf("byte %d: second frame", at))
			}
			err = h.parseFrame(body)
		case marker == markerSOF2:
			err = UnsupportedError("progressive coding")
		case marker == markerDHT:
			err = h.parseCodes(body)
		case marker == markerJPG:
		case marker == markerDAC:
			err = UnsupportedError("arithmetic coding")
		case marker > markerSOF2 && marker <= markerSOFf:
			err = UnsupportedError(fmt.Sprintf("frame of kind %d", marker-markerSOF0))
		case marker == markerDQT:
			err = h.parseQuantisers(body)
		case marker == markerDRI:
			if len(body) != 2 {
				return h, FormatError(fmt.Sprintf("restart interval of %d bytes", len(body)))
			}
			h.interval = int(binary.BigEndian.Uint16(body))
		case marker == markerAdobe:
			h.rgb = len(body) >= 12 && string(body[:5]) == "Adobe" && body[11] == 0
		case marker == markerSOS:
			h.scan = next
			return h, h.parseScan(body)
		}
		if err != nil {
			return h, err
		}
		at = next
	}
}

// segment returns the marker at src[at:] and what follows its length.
func segment(src []byte, at int) (marker byte, body []byte, err error) {
	if len(src)-at < 4 {
		return 0, nil, FormatError(fmt.Sprintf("byte %d: no scan before the end of the data", at))
	}
	marker = src[at+1]
	if src[at] != 0xff || marker == 0xff || marker <= markerTEM || marker >= markerRST0 && marker <= markerEOI {
		return 0, nil, FormatError(fmt.Sprintf("byte %d: no segment", at))
	}
	n := int(binary.BigEndian.Uint16(src[at+2:]))
	if n < 2 || n > len(src)-at-2 {
		return 0, nil, FormatError(fmt.Sprintf("byte %d: segment of %d bytes, %d bytes left", at, n, len(src)-at-2))
	}
	return marker, src[at+4 : at+2+n], nil
}

func (h *header) parseQuantisers(b []byte) error {
	for len(b) > 0 {
		precision, number := b[0]>>4, b[0]&15 // a value has one byte or two
		n := 1 + 64*(1+int(precision))
		if precision > 1 || number > 3 || n > len(b) {
			return FormatError(fmt.Sprintf("quantisation table %d of kind %d, %d bytes left", number, precision, len(b)))
		}
		h.quantisers[number] = b[1:n]
		b = b[n:]
	}
	return nil
}

// quantiser returns a value of a quantisation table that is there.
func (h *header) quantiser(number byte, k int) int16 {
	q := h.quantisers[number]
	if len(q) == 64 {
		return int16(q[k])
	}
	return int16(binary.BigEndian.Uint16(q[2*k:]))
}

func (h *header) parseCodes(b []byte) error {
	for len(b) > 0 {
		class, number := b[0]>>4, b[0]&15
		n, ok := checkCodes(b[1:], class == 0)
		if class > 1 || number > 3 || !ok {
			return FormatError(fmt.Sprintf("Huffman table %d of class %d, %d bytes left", number, class, len(b)))
		}
		h.codes[4*class+number] = b[1 : 1+n]
		b = b[1+n:]
	}
	return nil
}

func (h *header) parseFrame(b []byte) error {
	if len(b) < 6 || len(b) != 6+3*int(b[5]) {
		return FormatError(fmt.Sprintf("frame header of %d bytes", len(b)))
	}
	if b[0] != 8 {
		return UnsupportedError(fmt.Sprintf("samples of %d bits", b[0]))
	}
	h.height = int(binary.BigEndian.Uint16(b[1:]))
	h.width = int(binary.BigEndian.Uint16(b[3:]))
	if h.width == 0 || h.height == 0 {
		return FormatError(fmt.Sprintf("size %dx%d", h.width, h.height))
	}
	if n := b[5]; n != 1 && n != 3 {
		return UnsupportedError(fmt.Sprintf("%d components", n))
	}
	for b = b[6:]; len(b) > 0; b = b[3:] {
		c := component{id: b[0], h: b[1] >> 4, v: b[1] & 15, table: b[2]}
		for _, other := range h.components[:h.count] {
			if other.id == c.id {
				return FormatError(fmt.Sprintf("two components %d", c.id))
			}
		}
		h.components[h.count] = c
		h.count++
	}
	return h.checkSampling()
}

// checkSampling allows chroma planes of one size, equal to luma's or smaller by
// 2 or 4 across and by 2 down. It bounds all factors by 4.
func (h *header) checkSampling() error {
	for _, c := range h.components[:h.count] {
		if !factor(c.h) || !factor(c.v) {
			return UnsupportedError(fmt.Sprintf("sampling factors %dx%d", c.h, c.v))
		}
	}
	if h.count == 1 {
		h.components[0].h, h.components[0].v = 1, 1 // a unit is a block, whatever the factors are
		return nil
	}
	y, cb, cr := h.components[0], h.components[1], h.components[2]
	if cb.h != cr.h || cb.v != cr.v || y.h < cb.h || y.v < cb.v || y.v/cb.v > 2 {
		return UnsupportedError(fmt.Sprintf("sampling factors %dx%d, %dx%d, %dx%d", y.h, y.v, cb.h, cb.v, cr.h, cr.v))
	}
	return nil
}

func factor(n byte) bool { return n == 1 || n == 2 || n == 4 }

// parseScan requires that the scan lists all components in order, and that
// tables exist for them. Where Huffman tables 0 and 1 have not been defined, they
// are the standard ones.
func (h *header) parseScan(b []byte) error {
	if h.width == 0 {
		return FormatError("scan before the frame")
	}
	if len(b) < 1 || len(b) != 4+2*int(b[0]) {
		return FormatError(fmt.Sprintf("scan header of %d bytes", len(b)))
	}
	if int(b[0]) != h.count {
		return UnsupportedError(fmt.Sprintf("%d of %d components in a scan", b[0], h.count))
	}
	for i := range standardDC {
		if h.codes[i] == nil {
			h.codes[i] = standardDC[i]
		}
		if h.codes[4+i] == nil {
			h.codes[4+i] = standardAC[i]
		}
	}
	for i := range h.count {
		c := &h.components[i]
		if b[1+2*i] != c.id {
			return FormatError(fmt.Sprintf("component %d where the frame has %d", b[1+2*i], c.id))
		}
		if c.table > 3 || h.quantisers[c.table] == nil {
			return FormatError(fmt.Sprintf("component %d without its quantisation table %d", c.id, c.table))
		}
		huffman := b[2+2*i]
		c.dc, c.ac = huffman>>4, huffman&15
		if c.dc > 3 || c.ac > 3 || h.codes[c.dc] == nil || h.codes[4+c.ac] == nil {
			return FormatError(fmt.Sprintf("component %d has Huffman tables %#02x", c.id, huffman))
		}
	}
	if c := h.components; h.count == 3 && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B' {
		h.rgb = true
	}
	if b = b[len(b)-3:]; b[0] != 0 || b[1] != 63 || b[2] != 0 {
		return UnsupportedError(fmt.Sprintf("scan of the coefficients %d to %d, bits %#02x", b[0], b[1], b[2]))
	}
	return nil
}

// units returns how many units of the scan are in a row and in a column.
func (h *header) units() (across, down int) {
	y := h.components[0]
	across, down = 8*int(y.h), 8*int(y.v)
	return (h.width + across - 1) / across, (h.height + down - 1) / down
}

// shrink returns by how much the resolution of chroma is less than luma's.
func (h *header) shrink() (across, down int) {
	if h.count == 1 {
		return 1, 1
	}
	y, c := h.components[0], h.components[1]
	return int(y.h / c.h), int(y.v / c.v)
}

// ratio names the shrinkage of chroma.
func (h *header) ratio() image.YCbCrSubsampleRatio {
	across, down := h.shrink()
	return [2][5]image.YCbCrSubsampleRatio{
		{1: image.YCbCrSubsampleRatio444, 2: image.YCbCrSubsampleRatio422, 4: image.YCbCrSubsampleRatio411},
		{1: image.YCbCrSubsampleRatio440, 2: image.YCbCrSubsampleRatio420, 4: image.YCbCrSubsampleRatio410},
	}[down-1][across]
}
