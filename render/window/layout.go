package window

import "slices"

// A layout says what the local keyboard makes of keys: for each evdev code the
// symbols of the key alone and with Shift, of all groups in turn, so that even
// indexes are of the key alone. 0 is none.
type layout map[uint16][]Symbol

// usLayout is the layout where nothing better is known.
var usLayout = func() layout {
	l := layout{}
	for _, n := range named {
		if l[n.code] == nil {
			l[n.code] = make([]Symbol, 2)
		}
		at := 0
		if n.shifted {
			at = 1
		}
		if l[n.code][at] == 0 {
			l[n.code][at] = n.symbol
		}
	}
	return l
}()

// find returns the keys that have a symbol, and whether it takes Shift there.
// Keys of the first group that has it come before all others; what the layout
// does not have is where a US keyboard has it.
func (l layout) find(s Symbol) (codes []uint16, shifted bool) {
	for at := range 8 {
		for code, symbols := range l {
			if at < len(symbols) && symbols[at] == s {
				codes = append(codes, code)
			}
		}
		if len(codes) > 0 {
			slices.Sort(codes)
			return codes, at%2 == 1
		}
	}
	for _, n := range named {
		if n.symbol == s {
			return []uint16{n.code}, n.shifted
		}
	}
	return nil, false
}

// symbol returns what the key means, alone or with Shift, in the first group
// that gives it a meaning.
func (l layout) symbol(code uint16, shift bool) Symbol {
	symbols := l[code]
	for at := 0; at+1 < len(symbols); at += 2 {
		if shift && symbols[at+1] != 0 {
			return symbols[at+1]
		}
		if symbols[at] != 0 {
			return symbols[at]
		}
	}
	return 0
}
