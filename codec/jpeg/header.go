package jpeg

import (
	"encoding/binary"
	"fmt"
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
	markerTEM  = 0x01
)

// A component is one plane of a frame. h and v say how many blocks of it are in
// a unit of the scan, so they are its resolution relative to the others.
// table is the number of its quantisation table.
type component struct{ id, h, v, table byte }

// A header is what comes before the scan.
type header struct {
	width, height int         // 1 to 65535, 0 if there was no frame yet
	components    []component // 1 or 3
	tables        uint        // bit n is set if quantisation table n is there
}

// parseHeader reads segments up to the first scan.
//
// It accepts less than the decoder behind it, and refuses anything that the two
// could understand differently, so that the decoder meets exactly one frame, of
// the size given here, and one scan that covers all of it.
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
		switch {
		case marker == markerSOF0 || marker == markerSOF1:
			if h.width != 0 {
				return h, FormatError(fmt.Sprintf("byte %d: second frame", at))
			}
			err = h.parseFrame(body)
		case marker == markerSOF2:
			err = UnsupportedError("progressive coding")
		case marker == markerDHT || marker == markerJPG:
		case marker == markerDAC:
			err = UnsupportedError("arithmetic coding")
		case marker > markerSOF2 && marker <= markerSOFf:
			err = UnsupportedError(fmt.Sprintf("frame of kind %d", marker-markerSOF0))
		case marker == markerDQT:
			err = h.parseTables(body)
		case marker == markerSOS:
			return h, h.checkScan(body)
		}
		if err != nil {
			return h, err
		}
		at += 4 + len(body)
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

func (h *header) parseTables(b []byte) error {
	for len(b) > 0 {
		precision, number := b[0]>>4, b[0]&15 // a value has one byte or two
		n := 1 + 64*(1+int(precision))
		if precision > 1 || number > 3 || n > len(b) {
			return FormatError(fmt.Sprintf("quantisation table %d of kind %d, %d bytes left", number, precision, len(b)))
		}
		h.tables |= 1 << number
		b = b[n:]
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
		c := component{b[0], b[1] >> 4, b[1] & 15, b[2]}
		for _, other := range h.components {
			if other.id == c.id {
				return FormatError(fmt.Sprintf("two components %d", c.id))
			}
		}
		h.components = append(h.components, c)
	}
	return h.checkSampling()
}

// checkSampling allows chroma planes of one size, equal to luma's or smaller by
// 2 or 4 across and by 2 down. It bounds all factors by 4.
func (h *header) checkSampling() error {
	for _, c := range h.components {
		if !factor(c.h) || !factor(c.v) {
			return UnsupportedError(fmt.Sprintf("sampling factors %dx%d", c.h, c.v))
		}
	}
	if len(h.components) == 1 {
		return nil
	}
	y, cb, cr := h.components[0], h.components[1], h.components[2]
	if cb.h != cr.h || cb.v != cr.v || y.h < cb.h || y.v < cb.v || y.v/cb.v > 2 {
		return UnsupportedError(fmt.Sprintf("sampling factors %dx%d, %dx%d, %dx%d", y.h, y.v, cb.h, cb.v, cr.h, cr.v))
	}
	return nil
}

func factor(n byte) bool { return n == 1 || n == 2 || n == 4 }

// checkScan requires that the scan lists all components in order, and that
// tables exist for them. Huffman tables need not have been defined.
func (h *header) checkScan(b []byte) error {
	if h.width == 0 {
		return FormatError("scan before the frame")
	}
	if len(b) < 1 || len(b) != 4+2*int(b[0]) {
		return FormatError(fmt.Sprintf("scan header of %d bytes", len(b)))
	}
	if int(b[0]) != len(h.components) {
		return UnsupportedError(fmt.Sprintf("%d of %d components in a scan", b[0], len(h.components)))
	}
	for i, c := range h.components {
		if b[1+2*i] != c.id {
			return FormatError(fmt.Sprintf("component %d where the frame has %d", b[1+2*i], c.id))
		}
		if h.tables>>c.table&1 == 0 {
			return FormatError(fmt.Sprintf("component %d without its quantisation table %d", c.id, c.table))
		}
		if huffman := b[2+2*i]; huffman>>4 > 3 || huffman&15 > 3 {
			return FormatError(fmt.Sprintf("component %d has Huffman tables %#02x", c.id, huffman))
		}
	}
	return nil
}
