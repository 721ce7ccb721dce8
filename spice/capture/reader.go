package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"saffron/spice"
)

// A Reader takes a capture apart. It is used by one goroutine.
type Reader struct {
	src    source
	header Header
	offset int64 // of the next record
	last   uint64
	links  int
	err    error // sticks
}

// A source is where a Reader takes its bytes from. Its errors are those of
// io.ReadFull.
type source interface {
	take(n int) ([]byte, error)             // valid until the next call; n is small
	body(f *spice.Frame, n int) (err error) // makes the next n bytes the body of f
	skip(n int) error
}

// NewReader reads the beginning of a capture. It returns ErrNotCapture for
// something else, and ErrTruncated if not even that is whole.
func NewReader(r io.Reader) (*Reader, error) {
	return newReader(&stream{bufio.NewReaderSize(r, 256<<10)})
}

// NewMemoryReader reads a capture that lies in memory. The bodies of messages
// are parts of data, which must not change.
func NewMemoryReader(data []byte) (*Reader, error) { return newReader(&memory{data}) }

func newReader(src source) (*Reader, error) {
	r := &Reader{src: src, offset: headerSize}
	b, err := src.take(len(magic))
	if err == nil && string(b) != magic {
		err = ErrNotCapture
	}
	if err == nil {
		b, err = src.take(headerSize - len(magic))
	}
	if err != nil {
		return nil, cut(err)
	}
	if r.header, err = decodeHeader(b); err != nil {
		return nil, err
	}
	return r, nil
}

// Header returns how the capture begins.
func (r *Reader) Header() Header { return r.header }

// Offset returns where in the capture the next record begins, in bytes.
func (r *Reader) Offset() int64 { return r.offset }

// Next returns the next record, io.EOF after the End, ErrTruncated if there is
// none, a *FormatError for what cannot be right, or the error of the underlying
// reader. Errors stick. The body of a message belongs to the caller.
func (r *Reader) Next() (Record, error) { return r.next(true) }

// Skip is Next that leaves out the bodies of messages. The body is nil.
func (r *Reader) Skip() (Record, error) { return r.next(false) }

func (r *Reader) next(bodies bool) (Record, error) {
	if r.err != nil {
		return Record{}, r.err
	}
	for {
		rec, known, err := r.record(bodies)
		if err != nil {
			r.err = err
			return Record{}, err
		}
		if known {
			return rec, nil
		}
	}
}

// record reads one record. known is false for a kind of a later version.
func (r *Reader) record(bodies bool) (rec Record, known bool, err error) {
	b, err := r.src.take(recordSize)
	if err != nil {
		return rec, false, cut(err)
	}
	h := getHead(b)
	if err := r.check(&h); err != nil {
		return rec, false, &FormatError{r.offset, err}
	}
	rec = Record{Kind: h.kind, Link: int(h.link), Time: time.Duration(h.micros) * time.Microsecond}
	if h.kind == Message {
		rec.Frame = spice.Frame{Serial: h.serial, Type: h.typ, SubList: h.subList}
		rec.Withheld = h.flags&flagHeld != 0
		if bodies {
			err = r.src.body(&rec.Frame, int(h.size))
		} else {
			err = r.src.skip(int(h.size))
		}
		r.offset += recordSize + int64(h.size)
		return rec, true, cut(err)
	}
	if b, err = r.src.take(int(h.size)); err != nil {
		return rec, false, cut(err)
	}
	switch h.kind {
	case Opened:
		if rec.Opened, err = decodeLink(b); err != nil {
			return rec, false, &FormatError{r.offset, err}
		}
		rec.Opened.Secure = h.flags&flagSecure != 0
		r.links++
	case End:
		rec.Totals = decodeTotals(b)
		r.err = io.EOF
	}
	r.offset += recordSize + int64(h.size)
	return rec, h.kind >= Opened && h.kind <= End, nil
}

var (
	errTime = errors.New("a record is older than the one before")
	errSize = errors.New("a record is too large")
	errEnd  = errors.New("the end of the recording is too short")
)

// check judges the head of a record.
func (r *Reader) check(h *head) error {
	switch {
	case h.micros < r.last || h.micros > 1<<53: // 285 years
		return errTime
	case h.kind == Opened && int(h.link) != r.links:
		return fmt.Errorf("link %d is opened after %d others", h.link, r.links)
	case (h.kind == Message || h.kind == Closed) && int(h.link) >= r.links:
		return fmt.Errorf("link %d was not opened", h.link)
	case h.kind == Message && h.size > maxBody || h.kind != Message && h.size > maxOther:
		return errSize
	case h.kind == End && h.size < endSize:
		return errEnd
	}
	r.last = h.micros
	return nil
}

// cut makes the end of a file one of a recording that was cut off.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrTruncated
	}
	return err
}

type stream struct{ r *bufio.Reader }

func (s *stream) take(n int) ([]byte, error) {
	b, err := s.r.Peek(n)
	if err == nil {
		_, err = s.r.Discard(n)
	}
	return b, err
}

func (s *stream) body(f *spice.Frame, n int) error { return f.ReadBody(s.r, n) }

func (s *stream) skip(n int) error {
	_, err := s.r.Discard(n)
	return err
}

type memory struct{ b []byte }

func (m *memory) take(n int) ([]byte, error) {
	if n > len(m.b) {
		return nil, io.ErrUnexpectedEOF
	}
	b := m.b[:n:n]
	m.b = m.b[n:]
	return b, nil
}

func (m *memory) body(f *spice.Frame, n int) (err error) {
	f.Body, err = m.take(n)
	return err
}

func (m *memory) skip(n int) error {
	_, err := m.take(n)
	return err
}
