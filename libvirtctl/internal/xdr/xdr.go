// Package xdr reads and writes the data types of libvirt's remote protocol:
// big-endian words, and bytes that are padded to whole words (RFC 4506).
//
// A [Reader] keeps its first error, so a message is read field by field and
// checked once. Nothing it returns is larger than what it was given.
package xdr

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A Reader reads a message.
type Reader struct {
	data []byte
	at   int
	err  error
}

// NewReader returns a reader of data, which it does not change.
func NewReader(data []byte) *Reader { return &Reader{data: data} }

// Err returns the first failure.
func (r *Reader) Err() error { return r.err }

// Len returns how many bytes are left.
func (r *Reader) Len() int { return len(r.data) - r.at }

// Fixed reads n bytes and their padding. The result is part of the message.
func (r *Reader) Fixed(n int) []byte {
	padded := n + -n&3
	if r.err != nil {
		return nil
	}
	if n < 0 || padded < 0 || padded > r.Len() {
		r.err = fmt.Errorf("xdr: byte %d: %d bytes wanted, %d left", r.at, n, r.Len())
		return nil
	}
	b := r.data[r.at : r.at+n]
	r.at += padded
	return b
}

// U32 reads a word.
func (r *Reader) U32() uint32 {
	if b := r.Fixed(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

// I32 reads a signed word.
func (r *Reader) I32() int32 { return int32(r.U32()) }

// U64 reads two words.
func (r *Reader) U64() uint64 {
	if b := r.Fixed(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// I64 reads two words as a signed number.
func (r *Reader) I64() int64 { return int64(r.U64()) }

// F64 reads a floating-point number.
func (r *Reader) F64() float64 { return math.Float64frombits(r.U64()) }

// Fail makes the reader fail because of what was read last.
func (r *Reader) Fail(why string) {
	if r.err == nil {
		r.err = fmt.Errorf("xdr: byte %d: %s", r.at, why)
	}
}

// Bytes reads bytes of a length that comes before them.
func (r *Reader) Bytes() []byte {
	n := r.U32()
	if uint64(n) > uint64(r.Len()) {
		n = uint32(r.Len()) + 4 // more than there is on every machine
	}
	return r.Fixed(int(n))
}

// String reads bytes of a length that comes before them.
func (r *Reader) String() string { return string(r.Bytes()) }

// OptString reads a string that may be absent.
func (r *Reader) OptString() string {
	if r.U32() == 0 {
		return ""
	}
	return r.String()
}

// Count reads how many elements of at least size bytes follow. It fails if the
// message cannot hold them.
func (r *Reader) Count(size int) int {
	n := r.U32()
	if r.err == nil && uint64(n)*uint64(size) > uint64(r.Len()) {
		r.err = fmt.Errorf("xdr: byte %d: %d elements cannot be in %d bytes", r.at-4, n, r.Len())
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// A Writer writes a message. The zero value is an empty one.
type Writer struct{ data []byte }

// Data returns what was written.
func (w *Writer) Data() []byte { return w.data }

// U32 writes a word.
func (w *Writer) U32(v uint32) { w.data = binary.BigEndian.AppendUint32(w.data, v) }

// I32 writes a signed word.
func (w *Writer) I32(v int32) { w.U32(uint32(v)) }

// U64 writes two words.
func (w *Writer) U64(v uint64) { w.data = binary.BigEndian.AppendUint64(w.data, v) }

// Fixed writes bytes and their padding.
func (w *Writer) Fixed(b []byte) {
	w.data = append(w.data, b...)
	w.data = append(w.data, make([]byte, -len(b)&3)...)
}

// String writes a string after its length.
func (w *Writer) String(s string) {
	w.U32(uint32(len(s)))
	w.Fixed([]byte(s))
}

// OptString writes a string that is there.
func (w *Writer) OptString(s string) {
	w.U32(1)
	w.String(s)
}
