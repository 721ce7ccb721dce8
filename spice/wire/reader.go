package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Errors that a Reader can stick at. They come wrapped in an *Error.
var (
	ErrShort  = errors.New("the body ends too early")
	ErrCount  = errors.New("a count is larger than the body can hold")
	ErrOffset = errors.New("an offset points outside the body")
)

// An Error says at which byte of a body reading failed.
type Error struct {
	Offset int // bytes from the start of the body
	Err    error
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %v", e.Offset, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// A Reader takes fields off a message body. The first error sticks: from then
// on all reads return zero values. A Reader is used by one goroutine.
type Reader struct {
	b   []byte
	off int // 0 <= off <= len(b)
	err error
}

// NewReader returns a Reader of body. Slices it hands out alias body.
func NewReader(body []byte) *Reader { return &Reader{b: body} }

// Reset makes r a Reader of body.
func (r *Reader) Reset(body []byte) { *r = Reader{b: body} }

// Err returns the first error, an *Error, or nil.
func (r *Reader) Err() error { return r.err }

// Fail makes err the Reader's error, unless it has one already.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = &Error{r.off, err}
	}
}

// Offset returns the position in the body, in bytes.
func (r *Reader) Offset() int { return r.off }

// Remaining returns how many bytes lie between the position and the end.
func (r *Reader) Remaining() int { return len(r.b) - r.off }

// take returns the next n bytes, or nil after an error.
func (r *Reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.b)-r.off {
		r.Fail(ErrShort)
		return nil
	}
	p := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return p
}

// U8 reads an unsigned 8-bit integer.
func (r *Reader) U8() uint8 {
	if p := r.take(1); p != nil {
		return p[0]
	}
	return 0
}

// U16 reads an unsigned 16-bit integer.
func (r *Reader) U16() uint16 {
	if p := r.take(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

// U32 reads an unsigned 32-bit integer.
func (r *Reader) U32() uint32 {
	if p := r.take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

// U64 reads an unsigned 64-bit integer.
func (r *Reader) U64() uint64 {
	if p := r.take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// I16 reads a signed 16-bit integer.
func (r *Reader) I16() int16 { return int16(r.U16()) }

// I32 reads a signed 32-bit integer.
func (r *Reader) I32() int32 { return int32(r.U32()) }

// I64 reads a signed 64-bit integer.
func (r *Reader) I64() int64 { return int64(r.U64()) }

// Bytes returns the next n bytes, aliasing the body, or nil after an error.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 {
		r.Fail(ErrCount)
		return nil
	}
	return r.take(n)
}

// Rest returns everything up to the end of the body, aliasing it.
func (r *Reader) Rest() []byte { return r.take(r.Remaining()) }

// Count checks that n items of at least size bytes each can still follow, and
// returns n as an int: call it before memory is made for them. It returns 0
// after an error.
func (r *Reader) Count(n uint32, size int) int {
	if r.err != nil {
		return 0
	}
	if uint64(n)*uint64(size) > uint64(r.Remaining()) {
		r.Fail(ErrCount)
		return 0
	}
	return int(n)
}

// At runs read with the Reader placed at offset off of the body, then returns
// to where it was. Offset 0 means absent: read is not called and At returns
// false, as it does after an error.
func (r *Reader) At(off uint32, read func(*Reader)) bool {
	if r.err != nil || off == 0 {
		return false
	}
	if uint64(off) > uint64(len(r.b)) {
		r.Fail(ErrOffset)
		return false
	}
	back := r.off
	r.off = int(off)
	read(r)
	if r.err != nil {
		return false
	}
	r.off = back
	return true
}
