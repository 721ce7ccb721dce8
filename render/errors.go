package render

import (
	"errors"
	"fmt"
)

// ErrRegion is the cause of a Draw with a clip list that [NewRegion] gave up on.
var ErrRegion = errors.New("render: clip list is too fragmented")

// An UnsupportedError reports an operation that Draw does not know.
type UnsupportedError struct {
	Op string // the protocol's name of the operation
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("render: operation %s is not supported", e.Op)
}

// A SurfaceError reports an operation on, or from, a surface that does not exist.
type SurfaceError struct {
	ID uint32
}

func (e *SurfaceError) Error() string {
	return fmt.Sprintf("render: no surface %d", e.ID)
}

// A LimitError reports a surface that would exceed one of the desktop's limits.
type LimitError struct {
	What         string // what is limited, in words
	Value, Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("render: %s: %d is over the limit of %d", e.What, e.Value, e.Limit)
}
