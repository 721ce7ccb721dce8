package inputs

// A Stroke is one key that is pressed to type a character, or part of one.
type Stroke struct {
	Code  Scancode
	Shift bool // held meanwhile
	AltGr bool // likewise
}

// Codes returns the keys of the stroke in the order of pressing: see
// Inputs.Combo.
func (s Stroke) Codes() []Scancode {
	var codes []Scancode
	if s.Shift {
		codes = append(codes, leftShift)
	}
	if s.AltGr {
		codes = append(codes, rightAlt)
	}
	return append(codes, s.Code)
}

// Text returns the strokes that type s on a keyboard with US layout, in a guest
// that takes it for one and with Caps Lock off: see Layout.Text.
func Text(s string) ([]Stroke, error) { return layouts[0].Text(s) }
