package inputs

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ParseKey returns the keys of a combination such as "ctrl+alt+f2", to be
// pressed in this order. A part is the name of a key, in any case, or a
// character of a US keyboard; a character that takes shift there brings it
// along, but letters do not: "ctrl+A" is "ctrl+a". The key + is "plus" in a
// combination.
func ParseKey(s string) ([]Scancode, error) {
	if s == "+" {
		s = "plus"
	}
	var keys []Scancode
	for _, part := range strings.Split(s, "+") {
		codes, ok := parsePart(part)
		if !ok {
			return nil, fmt.Errorf("inputs: key %q: unknown part %q", s, part)
		}
		for _, c := range codes {
			if !slices.Contains(keys, c) {
				keys = append(keys, c)
			}
		}
	}
	return keys, nil
}

func parsePart(part string) ([]Scancode, bool) {
	name := strings.ToLower(part)
	if c, ok := keyNames[name]; ok {
		return []Scancode{c}, true
	}
	if name == "plus" {
		name = "+"
	}
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 || size != len(name) {
		return nil, false
	}
	strokes := layouts[0].strokes[r]
	if len(strokes) != 1 {
		return nil, false
	}
	return strokes[0].Codes(), true
}

// keyNames are the keys that ParseKey knows by name.
var keyNames = map[string]Scancode{
	"ctrl": 0x1d, "control": 0x1d, "lctrl": 0x1d, "rctrl": 0xe01d,
	"shift": leftShift, "lshift": leftShift, "rshift": 0x36,
	"alt": 0x38, "lalt": 0x38, "altgr": 0xe038, "ralt": 0xe038,
	"super": 0xe05b, "meta": 0xe05b, "win": 0xe05b, "lsuper": 0xe05b, "rsuper": 0xe05c,
	"menu": 0xe05d,

	"f1": 0x3b, "f2": 0x3c, "f3": 0x3d, "f4": 0x3e, "f5": 0x3f, "f6": 0x40,
	"f7": 0x41, "f8": 0x42, "f9": 0x43, "f10": 0x44, "f11": 0x57, "f12": 0x58,
	"f13": 0x5d, "f14": 0x5e, "f15": 0x5f, "f16": 0x55, "f17": 0xe003, "f18": 0xe077,
	"f19": 0xe004, "f20": 0x5a, "f21": 0x74, "f22": 0xe079, "f23": 0x6d, "f24": 0x6f,

	"esc": 0x01, "escape": 0x01, "tab": 0x0f, "space": 0x39,
	"enter": 0x1c, "return": 0x1c, "backspace": 0x0e,
	"insert": 0xe052, "ins": 0xe052, "delete": 0xe053, "del": 0xe053,
	"home": 0xe047, "end": 0xe04f,
	"pageup": 0xe049, "pgup": 0xe049, "pagedown": 0xe051, "pgdn": 0xe051, "pgdown": 0xe051,
	"up": 0xe048, "down": 0xe050, "left": 0xe04b, "right": 0xe04d,
	"print": 0xe037, "printscreen": 0xe037, "sysrq": 0xe037,
	"pause": 0xe046, "break": 0xe046,
	"capslock": capsLockKey, "numlock": numLockKey, "scrolllock": scrollLockKey,

	"kp0": 0x52, "kp1": 0x4f, "kp2": 0x50, "kp3": 0x51, "kp4": 0x4b,
	"kp5": 0x4c, "kp6": 0x4d, "kp7": 0x47, "kp8": 0x48, "kp9": 0x49,
	"kpplus": 0x4e, "kpminus": 0x4a, "kpmultiply": 0x37, "kpdivide": 0xe035,
	"kpdot": 0x53, "kpenter": 0xe01c,

	"minus": 0x0c, "equal": 0x0d, "comma": 0x33, "period": 0x34, "dot": 0x34,
	"slash": 0x35, "backslash": 0x2b, "semicolon": 0x27, "apostrophe": 0x28,
	"quote": 0x28, "grave": 0x29, "backquote": 0x29,
	"leftbracket": 0x1a, "rightbracket": 0x1b,

	"mute": 0xe020, "volumedown": 0xe02e, "volumeup": 0xe030,
	"power": 0xe05e, "sleep": 0xe05f, "wakeup": 0xe063,
}
