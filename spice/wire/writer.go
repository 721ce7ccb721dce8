package wire

import "encoding/binary"

// A Message is one body in both directions: Decode fills it from r, whose error
// the caller checks; Encode appends it to w.
type Message interface {
	Decoder
	Encoder
}

// A Decoder reads itself from a body.
type Decoder interface{ Decode(r *Reader) }

// An Encoder appends itself to a body.
type Encoder interface{ Encode(w *Writer) }

// A Writer builds a message body. The zero value is ready to use.
type Writer struct {
	b    []byte
	base int // where the body begins in b
}

// NewWriter returns a Writer whose body begins behind what buf holds already.
func NewWriter(buf []byte) *Writer { return &Writer{buf, len(buf)} }

// Body returns what has been written. It aliases the Writer's memory.
func (w *Writer) Body() []byte { return w.b[w.base:] }

// Buffer returns what NewWriter was given with the body behind it.
func (w *Writer) Buffer() []byte { return w.b }

// Len returns the number of bytes written, which is the offset of the next one.
func (w *Writer) Len() int { return len(w.b) - w.base }

// U8 appends an unsigned 8-bit integer.
func (w *Writer) U8(v uint8) { w.b = append(w.b, v) }

// U16 appends an unsigned 16-bit integer.
func (w *Writer) U16(v uint16) { w.b = binary.LittleEndian.AppendUint16(w.b, v) }

// U32 appends an unsigned 32-bit integer.
func (w *Writer) U32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }

// U64 appends an unsigned 64-bit integer.
func (w *Writer) U64(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

// I16 appends a signed 16-bit integer.
func (w *Writer) I16(v int16) { w.U16(uint16(v)) }

// I32 appends a signed 32-bit integer.
func (w *Writer) I32(v int32) { w.U32(uint32(v)) }

// I64 appends a signed 64-bit integer.
func (w *Writer) I64(v int64) { w.U64(uint64(v)) }

// Bytes appends p as it is.
func (w *Writer) Bytes(p []byte) { w.b = append(w.b, p...) }

// Pointer appends a 32-bit offset whose value is not known yet and returns a
// function that sets it to the then current length.
func (w *Writer) Pointer() (here func()) {
	at := len(w.b)
	w.U32(0)
	return func() { binary.LittleEndian.PutUint32(w.b[at:], uint32(w.Len())) }
}

// Marshal returns m's body in memory of its own.
func Marshal(m Encoder) []byte {
	var w Writer
	m.Encode(&w)
	return w.b
}

// Unmarshal fills m from body and returns the Reader's error. Bytes that follow
// the message are ignored, as the protocol asks.
func Unmarshal(body []byte, m Decoder) error {
	r := NewReader(body)
	m.Decode(r)
	return r.Err()
}
