package monitors

import (
	"fmt"
	"image"
	"strconv"
	"strings"
)

// A Mode says what becomes of a picture and a window of different sizes. The
// zero value is Scale.
type Mode struct {
	// Resize asks the guest for the size of the window; otherwise the picture
	// is scaled.
	Resize bool
	// Fixed is the size that the guest is asked for, once, whatever that of the
	// window; zero for none. It excludes Resize.
	Fixed image.Point
}

// The modes without a size.
var (
	Scale  = Mode{}
	Resize = Mode{Resize: true}
)

// The sizes that guests are asked for: servers and guests fail at others.
const (
	minSide = 64
	maxSide = 16384
)

// ParseMode reads scale, resize, or a size such as 1920x1080 or fixed:1920x1080.
func ParseMode(text string) (Mode, error) {
	switch text {
	case "scale":
		return Scale, nil
	case "resize":
		return Resize, nil
	}
	x, y, found := strings.Cut(strings.TrimPrefix(text, "fixed:"), "x")
	w, err1 := strconv.ParseUint(x, 10, 16)
	h, err2 := strconv.ParseUint(y, 10, 16)
	if !found || err1 != nil || err2 != nil {
		return Scale, fmt.Errorf("%q is neither scale nor resize nor a size such as 1920x1080", text)
	}
	if min(w, h) < minSide || max(w, h) > maxSide {
		return Scale, fmt.Errorf("a side of %s is not from %d to %d pixels", text, minSide, maxSide)
	}
	return Mode{Fixed: image.Pt(int(w), int(h))}, nil
}

// String returns what ParseMode reads.
func (m Mode) String() string {
	switch {
	case m.Resize:
		return "resize"
	case m.Fixed != (image.Point{}):
		return fmt.Sprintf("fixed:%dx%d", m.Fixed.X, m.Fixed.Y)
	}
	return "scale"
}
