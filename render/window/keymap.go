package window

import (
	"fmt"
	"slices"
	"strings"
)

// A Remap gives the guest other keys for one of the keyboard.
type Remap struct {
	From Symbol
	To   []Symbol // held as long as the key is; none blocks it
}

// ParseKeymap understands a list such as "Caps_Lock=Control_L,F1=,1=Shift_L+F1":
// the names of symbols as GTK and X have them, in that case, and for each the
// keys that the guest gets instead; without any it gets none.
func ParseKeymap(s string) ([]Remap, error) {
	var list []Remap
	for _, entry := range strings.Split(s, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		from, to, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, fmt.Errorf("window: keymap: %q has no =", entry)
		}
		var r Remap
		if r.From, ok = parseSymbol(strings.TrimSpace(from), false); !ok {
			return nil, fmt.Errorf("window: keymap: unknown key %q", from)
		}
		for _, name := range strings.Split(to, "+") {
			if name = strings.TrimSpace(name); name == "" && !strings.Contains(to, "+") {
				continue
			}
			symbol, ok := parseSymbol(name, false)
			if !ok {
				return nil, fmt.Errorf("window: keymap: unknown key %q", name)
			}
			r.To = append(r.To, symbol)
		}
		list = append(list, r)
	}
	return list, nil
}

// remap returns the keys that the guest gets for a key of the keyboard.
func remap(list []Remap, l layout, code uint16, shift bool) []uint16 {
	if len(list) == 0 {
		return []uint16{code}
	}
	symbol := l.symbol(code, shift)
	i := slices.IndexFunc(list, func(r Remap) bool {
		return r.From == symbol || r.From.keypad() && (r.From == l.symbol(code, false) || r.From == l.symbol(code, true))
	})
	if i < 0 {
		return []uint16{code}
	}
	var to []uint16
	for _, symbol := range list[i].To {
		if codes, _ := l.find(symbol); len(codes) > 0 {
			to = append(to, codes[0])
		}
	}
	return to
}

// keypad reports whether a symbol is of the keypad, where it is Num Lock that
// says which of two a key has.
func (s Symbol) keypad() bool { return 0xff80 <= s && s <= 0xffbd }
