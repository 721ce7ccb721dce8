package capture

import (
	"fmt"
	"io"
	"time"
)

// A Summary is what a capture is, as a whole.
type Summary struct {
	Header
	Totals
	Duration time.Duration
	// Complete says that the recording has an end. One that was cut off can be
	// used up to there.
	Complete bool
}

// Stat looks at a capture as a whole. If it has no end it is read through; a
// *FormatError then counts as a cut. Stat leaves r anywhere.
func Stat(r io.ReadSeeker) (Summary, error) {
	c, err := rewound(r)
	if err != nil {
		return Summary{}, err
	}
	if s, ok := statEnd(r, c.Header()); ok {
		return s, nil
	}
	if c, err = rewound(r); err != nil {
		return Summary{}, err
	}
	s := Summary{Header: c.Header()}
	for {
		before := c.Offset()
		rec, err := c.Skip()
		if err != nil {
			return s, readFailure(err)
		}
		s.Duration = rec.Time
		if rec.Kind == Message {
			s.Messages++
			s.Bytes += uint64(c.Offset() - before - recordSize)
		}
	}
}

// readFailure keeps the errors that are not the capture's.
func readFailure(err error) error {
	if _, broken := err.(*FormatError); broken || err == io.EOF || err == ErrTruncated {
		return nil
	}
	return err
}

func rewound(r io.ReadSeeker) (*Reader, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	return NewReader(r)
}

// statEnd looks at the end alone.
func statEnd(r io.ReadSeeker, h Header) (Summary, bool) {
	var b [recordSize + endSize]byte
	if _, err := r.Seek(-int64(len(b)), io.SeekEnd); err != nil {
		return Summary{}, false
	}
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Summary{}, false
	}
	end := getHead(b[:])
	if end.kind != End || end.size != endSize || end.serial != 0 || end.typ != 0 || end.subList != 0 || end.micros > 1<<53 {
		return Summary{}, false
	}
	return Summary{
		Header: h, Totals: decodeTotals(b[recordSize:]), Complete: true,
		Duration: time.Duration(end.micros) * time.Microsecond,
	}, true
}
