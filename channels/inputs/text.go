package inputs

import (
	"fmt"
	"strings"
)

// A Stroke is one character typed.
type Stroke struct {
	Code  Scancode
	Shift bool // held meanwhile
}

// Codes returns the keys of the stroke in the order of pressing: see
// Inputs.Combo.
func (s Stroke) Codes() []Scancode {
	if s.Shift {
		return []Scancode{leftShift, s.Code}
	}
	return []Scancode{s.Code}
}

// Text returns the strokes that type s on a keyboard with US layout, in a guest
// that takes it for one and with Caps Lock off. It knows printable ASCII, \n
// (Enter) and \t (Tab); for anything else it returns an error that names the
// first such character.
func Text(s string) ([]Stroke, error) {
	strokes := make([]Stroke, 0, len(s))
	for _, r := range s {
		stroke, ok := usStroke(r)
		if !ok {
			return nil, fmt.Errorf("inputs: character %d, %q, is not on a US keyboard", len(strokes)+1, r)
		}
		strokes = append(strokes, stroke)
	}
	return strokes, nil
}

// A usRow is keys whose scancodes follow each other, by what they type without
// and with shift.
type usRow struct {
	first          Scancode
	plain, shifted string
}

var usRows = [...]usRow{
	{0x02, "1234567890-=", "!@#$%^&*()_+"},
	{0x10, "qwertyuiop[]", "QWERTYUIOP{}"},
	{0x1e, "asdfghjkl;'`", `ASDFGHJKL:"~`},
	{0x2b, `\zxcvbnm,./`, `|ZXCVBNM<>?`},
	{0x39, " ", ""},
	{0x0f, "\t", ""},
	{0x1c, "\n", ""},
}

// usStroke returns how r is typed.
func usStroke(r rune) (Stroke, bool) {
	for _, row := range usRows {
		if i := strings.IndexRune(row.plain, r); i >= 0 {
			return Stroke{row.first + Scancode(i), false}, true
		}
		if i := strings.IndexRune(row.shifted, r); i >= 0 {
			return Stroke{row.first + Scancode(i), true}, true
		}
	}
	return Stroke{}, false
}
