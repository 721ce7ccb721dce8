package window

import (
	"fmt"
	"strings"
)

// A Hand says which of the two keys of a modifier is meant.
type Hand uint8

// The keys of a modifier.
const (
	Neither Hand = iota // the modifier is not pressed
	Either
	LeftHand
	RightHand
)

// A Chord is a key with modifiers, or two or more modifiers alone: those count
// when they are let go and nothing was pressed with them. A Chord is a value:
// equal ones are the same keys.
type Chord struct {
	Ctrl, Shift, Alt, Super Hand
	Key                     Symbol // 0: modifiers alone
}

// A modifierName is what a name stands for.
type modifierName struct {
	field func(c *Chord) *Hand
	hand  Hand
}

var modifierNames = allModifierNames()

func allModifierNames() map[string]modifierName {
	all := map[string]modifierName{}
	for names, field := range map[string]func(c *Chord) *Hand{
		"ctrl control cmd":       func(c *Chord) *Hand { return &c.Ctrl },
		"shift":                  func(c *Chord) *Hand { return &c.Shift },
		"alt":                    func(c *Chord) *Hand { return &c.Alt },
		"super meta win windows": func(c *Chord) *Hand { return &c.Super },
	} {
		for _, name := range strings.Fields(names) {
			all[name] = modifierName{field, Either}
			for _, prefix := range []string{"l", "left", "left-"} {
				all[prefix+name] = modifierName{field, LeftHand}
			}
			for _, prefix := range []string{"r", "right", "right-"} {
				all[prefix+name] = modifierName{field, RightHand}
			}
		}
	}
	all["altgr"] = all["ralt"]
	return all
}

// ParseChord understands keys joined by "+", in any case, as remote-viewer
// does: ctrl, shift, alt and super, also with l or r before them, and the name
// of a key or a character at the end: "shift+f11", "Ctrl+Alt+Ins", "ctrl+alt".
// The key is where the local keyboard layout has it; + is "plus". Alt and
// modifiers alone mean the left keys unless they say otherwise, for the right
// Alt is AltGr on many keyboards.
func ParseChord(s string) (Chord, error) {
	var c Chord
	parts := strings.Split(strings.TrimSpace(s), "+")
	if n := len(parts); n > 2 && parts[n-1] == "" && parts[n-2] == "" {
		parts = append(parts[:n-2], "plus") // "ctrl++"
	}
	for i, part := range parts {
		name := strings.ToLower(strings.TrimSpace(part))
		if m, ok := modifierNames[strings.ReplaceAll(name, " ", "-")]; ok {
			*m.field(&c) = m.hand
			continue
		}
		symbol, ok := parseSymbol(name, true)
		if !ok || i != len(parts)-1 {
			return Chord{}, fmt.Errorf("window: chord %q: unknown key %q", s, part)
		}
		c.Key = symbol
	}
	for _, hand := range []*Hand{&c.Ctrl, &c.Shift, &c.Alt, &c.Super} {
		if *hand == Either && (c.Key == 0 || hand == &c.Alt) {
			*hand = LeftHand
		}
	}
	return c, nil
}

// mustChord is ParseChord of a chord in the program itself.
func mustChord(s string) Chord {
	c, err := ParseChord(s)
	if err != nil {
		panic(err)
	}
	return c
}

// String returns the chord as people read it: "Ctrl+Alt+End". ParseChord
// understands that.
func (c Chord) String() string {
	var parts []string
	for _, m := range []struct {
		hand Hand
		name string
	}{{c.Ctrl, "Ctrl"}, {c.Shift, "Shift"}, {c.Alt, "Alt"}, {c.Super, "Super"}} {
		switch {
		case m.hand == RightHand:
			parts = append(parts, "Right "+m.name)
		case m.hand == LeftHand && c.Key != 0 && m.name != "Alt":
			parts = append(parts, "Left "+m.name)
		case m.hand != Neither:
			parts = append(parts, m.name)
		}
	}
	if c.Key != 0 {
		parts = append(parts, c.Key.String())
	}
	return strings.Join(parts, "+")
}

// chordKeys are the two keys of each modifier.
var chordKeys = []struct{ left, right uint16 }{
	{keyLeftCtrl, keyRightCtrl}, {keyLeftShift, keyRightShift}, {keyLeftAlt, keyRightAlt}, {keyLeftMeta, keyRightMeta},
}

func (c Chord) hands() [4]Hand { return [4]Hand{c.Ctrl, c.Shift, c.Alt, c.Super} }

// held reports whether just the modifiers of the chord are down. anyShift says
// that Shift does not count.
func (c Chord) held(down func(code uint16) bool, anyShift bool) bool {
	for i, hand := range c.hands() {
		k := chordKeys[i]
		if k.left == keyLeftShift && anyShift {
			continue
		}
		left, right := down(k.left), down(k.right)
		var ok bool
		switch hand {
		case Neither:
			ok = !left && !right
		case Either:
			ok = left || right
		case LeftHand:
			ok = left && !right
		case RightHand:
			ok = right && !left
		}
		if !ok {
			return false
		}
	}
	return true
}

// has reports whether code is one of the modifiers of the chord.
func (c Chord) has(code uint16) bool {
	for i, hand := range c.hands() {
		k := chordKeys[i]
		if code == k.left && (hand == LeftHand || hand == Either) ||
			code == k.right && (hand == RightHand || hand == Either) {
			return true
		}
	}
	return false
}
