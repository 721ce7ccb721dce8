package demo

import (
	"strings"

	"saffron/channels/inputs"
)

const capKeyScancode = inputs.CapKeyScancode

// A keyboard turns scancodes into text, by the layout of a US keyboard.
type keyboard struct {
	typed    []byte
	prefix   bool // the byte before was 0xe0
	skip     int  // bytes of the pause key to come
	shift    [2]bool
	ctrl     [2]bool
	alt      [2]bool
	locks    inputs.Locks
	lockHeld map[byte]bool
	resize   bool // F9 was pressed
}

// maxTyped is how much text is kept, in bytes.
const maxTyped = 4096

func (k *keyboard) text() string { return string(k.typed) }

// The characters of the keys from a scancode on, without and with shift.
var usRows = []struct {
	first          byte
	plain, shifted string
}{
	{0x02, "1234567890-=", "!@#$%^&*()_+"},
	{0x10, "qwertyuiop[]", "QWERTYUIOP{}"},
	{0x1e, "asdfghjkl;'`", `ASDFGHJKL:"~`},
	{0x2b, `\zxcvbnm,./`, `|ZXCVBNM<>?`},
	{0x39, " ", " "},
	{0x56, `\`, "|"},
}

// keypad are the keys 0x47 to 0x53 with Num Lock and without.
const keypad = "789-456+1230."

var (
	keypadNames = []string{"Home", "Up", "PageUp", "-", "Left", "5", "Right", "+", "End", "Down", "PageDown", "Insert", "Delete"}

	plainNames = map[byte]string{
		0x01: "Esc", 0x0f: "Tab", 0x3b: "F1", 0x3c: "F2", 0x3d: "F3", 0x3e: "F4", 0x3f: "F5", 0x40: "F6",
		0x41: "F7", 0x42: "F8", 0x44: "F10", 0x57: "F11", 0x58: "F12", 0x54: "Print",
	}
	extendedNames = map[byte]string{
		0x37: "Print", 0x46: "Pause", 0x5b: "Super", 0x5c: "Super", 0x5d: "Menu", 0x20: "Mute",
		0x2e: "VolumeDown", 0x30: "VolumeUp", 0x5e: "Power", 0x5f: "Sleep",
	}
	lockKeys = map[byte]inputs.Locks{0x46: inputs.ScrollLock, 0x45: inputs.NumLock, 0x3a: inputs.CapsLock}
)

// scancode takes the next byte from the keyboard.
func (k *keyboard) scancode(b byte) {
	switch {
	case k.skip > 0:
		k.skip--
	case b == 0xe1: // pause comes as six bytes, this one included
		k.skip = 5
		k.add("<Pause>")
	case b == 0xe0:
		k.prefix = true
	default:
		extended := k.prefix
		k.prefix = false
		k.key(b&0x7f, extended, b&0x80 == 0)
	}
}

func (k *keyboard) key(code byte, extended, down bool) {
	if k.modifier(code, extended, down) || !extended && k.lock(code, down) || !down {
		return
	}
	switch {
	case code == 0x1c:
		k.add("\n")
	case code == 0x0e:
		if len(k.typed) > 0 {
			k.typed = k.typed[:len(k.typed)-1]
		}
	case code == 0x43 && !extended:
		k.resize = true
	case code == 0x35 && extended:
		k.add("/")
	case code == 0x37 && !extended:
		k.add("*")
	case 0x47 <= code && code <= 0x53:
		k.keypad(code, extended)
	case extended:
		k.named(extendedNames[code])
	default:
		k.character(code)
	}
}

// modifier follows shift, control and alt.
func (k *keyboard) modifier(code byte, extended, down bool) bool {
	side := 0
	if extended {
		side = 1
	}
	switch {
	case code == 0x2a && extended: // a false shift of some keyboards
	case code == 0x2a:
		k.shift[0] = down
	case code == 0x36:
		k.shift[1] = down
	case code == 0x1d:
		k.ctrl[side] = down
	case code == 0x38:
		k.alt[side] = down
	default:
		return false
	}
	return true
}

// lock follows the lock keys; they switch when pressed, not when repeated.
func (k *keyboard) lock(code byte, down bool) bool {
	bit, ok := lockKeys[code]
	if !ok {
		return false
	}
	if k.lockHeld == nil {
		k.lockHeld = map[byte]bool{}
	}
	if down && !k.lockHeld[code] {
		k.locks ^= bit
	}
	k.lockHeld[code] = down
	return true
}

func (k *keyboard) keypad(code byte, extended bool) {
	digit := keypad[code-0x47]
	if !extended && (k.locks&inputs.NumLock != 0 || digit == '-' || digit == '+') {
		k.add(string(digit))
		return
	}
	k.named(keypadNames[code-0x47])
}

// character types what a key of the main block means.
func (k *keyboard) character(code byte) {
	for _, row := range usRows {
		i := int(code) - int(row.first)
		if i < 0 || i >= len(row.plain) {
			continue
		}
		c := row.plain[i]
		letter := 'a' <= c && c <= 'z'
		shift := k.shift[0] || k.shift[1]
		if letter && k.locks&inputs.CapsLock != 0 {
			shift = !shift
		}
		if shift {
			c = row.shifted[i]
		}
		switch {
		case k.alt[0] || k.alt[1]:
			k.named("Alt+" + string(c))
		case (k.ctrl[0] || k.ctrl[1]) && letter:
			k.add("^" + strings.ToUpper(string(c)))
		default:
			k.add(string(c))
		}
		return
	}
	k.named(plainNames[code])
}

// named types the name of a key, if it has one.
func (k *keyboard) named(name string) {
	if name != "" {
		k.add("<" + name + ">")
	}
}

// add appends text and forgets the oldest when there is too much.
func (k *keyboard) add(s string) {
	k.typed = append(k.typed, s...)
	if n := len(k.typed) - maxTyped; n > 0 {
		k.typed = append(k.typed[:0], k.typed[n:]...)
	}
}

// releaseAll forgets what is held, when the keyboard goes away.
func (k *keyboard) releaseAll() {
	k.prefix, k.skip, k.lockHeld = false, 0, nil
	k.shift, k.ctrl, k.alt = [2]bool{}, [2]bool{}, [2]bool{}
}
