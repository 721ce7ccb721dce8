package window

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Symbol is what a keyboard layout makes of a key, as X numbers it (a
// keysym). Letters are those of the unshifted key and of the shifted one: a and
// A are two.
type Symbol uint32

// A symbolName is a symbol, its names, and where a US keyboard has it. The first
// name is the one that is shown.
type symbolName struct {
	symbol  Symbol
	code    uint16 // evdev
	shifted bool
	names   string // separated by spaces
}

// unicodeSymbol is added to the number of a character beyond Latin-1.
const unicodeSymbol = 0x1000000

// named are the symbols with names: those of the toolkit of the reference
// client, and what people call them.
var named = slices.Concat(namedKeys, plainKeys())

var namedKeys = []symbolName{
	{0xff1b, 1, false, "Esc Escape"}, {0xff08, 14, false, "BackSpace"},
	{0xff09, 15, false, "Tab"}, {0xfe20, 15, true, "ISO_Left_Tab"},
	{0xff0d, 28, false, "Return Enter"}, {0x20, 57, false, "Space space"},
	{0xffe1, keyLeftShift, false, "Shift_L"}, {0xffe2, keyRightShift, false, "Shift_R"},
	{0xffe3, keyLeftCtrl, false, "Control_L"}, {0xffe4, keyRightCtrl, false, "Control_R"},
	{0xffe9, keyLeftAlt, false, "Alt_L"}, {0xffea, keyRightAlt, false, "Alt_R"},
	{0xfe03, keyRightAlt, false, "ISO_Level3_Shift"}, {0xff7e, keyRightAlt, false, "Mode_switch"},
	{0xffe7, keyLeftAlt, true, "Meta_L"}, {0xffe8, keyRightAlt, true, "Meta_R"},
	{0xffeb, keyLeftMeta, false, "Super_L"}, {0xffec, keyRightMeta, false, "Super_R"},
	{0xff67, 127, false, "Menu"}, {0xff20, keyRightCtrl, true, "Multi_key"},
	{0xffe5, 58, false, "Caps_Lock CapsLock"}, {0xff7f, 69, false, "Num_Lock NumLock"},
	{0xff14, 70, false, "Scroll_Lock ScrollLock"},
	{0xff61, 99, false, "Print PrintScreen Sys_Req"}, {0xff13, 119, false, "Pause Break"},
	{0xff63, 110, false, "Insert Ins"}, {0xffff, 111, false, "Delete Del"},
	{0xff50, 102, false, "Home"}, {0xff57, 107, false, "End"},
	{0xff55, 104, false, "Page_Up PgUp PageUp Prior"}, {0xff56, 109, false, "Page_Down PgDn PgDown PageDown Next"},
	{0xff52, 103, false, "Up"}, {0xff54, 108, false, "Down"},
	{0xff51, 105, false, "Left"}, {0xff53, 106, false, "Right"},

	{0xffaa, 55, false, "KP_Multiply"}, {0xffab, 78, false, "KP_Add KPPlus"},
	{0xffad, 74, false, "KP_Subtract KPMinus"}, {0xffaf, 98, false, "KP_Divide"},
	{0xff8d, 96, false, "KP_Enter"}, {0xffbd, 117, false, "KP_Equal"},
	{0xffae, 83, true, "KP_Decimal"}, {0xffac, 83, true, "KP_Separator"},
	{0xff9f, 83, false, "KP_Delete"}, {0xff9e, 82, false, "KP_Insert"},
	{0xff9c, 79, false, "KP_End"}, {0xff99, 80, false, "KP_Down"},
	{0xff9b, 81, false, "KP_Page_Down KP_Next"}, {0xff96, 75, false, "KP_Left"},
	{0xff9d, 76, false, "KP_Begin"}, {0xff98, 77, false, "KP_Right"},
	{0xff95, 71, false, "KP_Home"}, {0xff97, 72, false, "KP_Up"},
	{0xff9a, 73, false, "KP_Page_Up KP_Prior"},
	{0xffb0, 82, true, "KP_0"}, {0xffb1, 79, true, "KP_1"}, {0xffb2, 80, true, "KP_2"},
	{0xffb3, 81, true, "KP_3"}, {0xffb4, 75, true, "KP_4"}, {0xffb5, 76, true, "KP_5"},
	{0xffb6, 77, true, "KP_6"}, {0xffb7, 71, true, "KP_7"}, {0xffb8, 72, true, "KP_8"},
	{0xffb9, 73, true, "KP_9"},

	{0x21, 2, true, "! exclam"}, {0x40, 3, true, "@ at"}, {0x23, 4, true, "# numbersign"},
	{0x24, 5, true, "$ dollar"}, {0x25, 6, true, "% percent"}, {0x5e, 7, true, "^ asciicircum"},
	{0x26, 8, true, "& ampersand"}, {0x2a, 9, true, "* asterisk"},
	{0x28, 10, true, "( parenleft"}, {0x29, 11, true, ") parenright"},
	{0x2d, 12, false, "Minus minus"}, {0x5f, 12, true, "_ underscore"},
	{0x3d, 13, false, "Equal equal"}, {0x2b, 13, true, "Plus plus"},
	{0x5b, 26, false, "[ bracketleft"}, {0x7b, 26, true, "{ braceleft"},
	{0x5d, 27, false, "] bracketright"}, {0x7d, 27, true, "} braceright"},
	{0x3b, 39, false, "; semicolon"}, {0x3a, 39, true, ": colon"},
	{0x27, 40, false, "' apostrophe quoteright"}, {0x22, 40, true, "\" quotedbl"},
	{0x60, 41, false, "` grave quoteleft"}, {0x7e, 41, true, "~ asciitilde"},
	{0x5c, 43, false, "\\ backslash"}, {0x7c, 43, true, "| bar"},
	{0x2c, 51, false, "Comma comma"}, {0x3c, 51, true, "< less"},
	{0x2e, 52, false, "Period period"}, {0x3e, 52, true, "> greater"},
	{0x2f, 53, false, "/ slash"}, {0x3f, 53, true, "? question"},

	{0xff23, 92, false, "Henkan_Mode Henkan"}, {0xff22, 94, false, "Muhenkan"},
	{0xff2a, 85, false, "Zenkaku_Hankaku"}, {0xff27, 93, false, "Hiragana_Katakana"},
	{0xff25, 91, false, "Hiragana"}, {0xff26, 90, false, "Katakana"},
	{0xff31, 122, false, "Hangul"}, {0xff34, 123, false, "Hangul_Hanja"},

	{0x1008ff12, 113, false, "AudioMute XF86AudioMute"},
	{0x1008ff11, 114, false, "AudioLowerVolume XF86AudioLowerVolume"},
	{0x1008ff13, 115, false, "AudioRaiseVolume XF86AudioRaiseVolume"},
	{0x1008ff14, 164, false, "AudioPlay XF86AudioPlay"},
	{0x1008ff17, 163, false, "AudioNext XF86AudioNext"},
	{0x1008ff16, 165, false, "AudioPrev XF86AudioPrev"},
	{0x1008ff15, 166, false, "AudioStop XF86AudioStop"},
	{0x1008ff2a, 116, false, "PowerOff XF86PowerOff"},
	{0x1008ff2f, 142, false, "Sleep XF86Sleep"}, {0x1008ff2b, 143, false, "WakeUp XF86WakeUp"},
	{0x1008ff26, 158, false, "Back XF86Back"}, {0x1008ff27, 159, false, "Forward XF86Forward"},
	{0x1008ff18, 172, false, "HomePage XF86HomePage"}, {0x1008ff1b, 217, false, "Search XF86Search"},
	{0x1008ff19, 155, false, "Mail XF86Mail"}, {0x1008ff1d, 140, false, "Calculator XF86Calculator"},
}

// plainKeys are function keys, digits and letters.
func plainKeys() []symbolName {
	var keys []symbolName
	for i, code := range []uint16{59, 60, 61, 62, 63, 64, 65, 66, 67, keyF10, keyF11, keyF12,
		183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194} {
		keys = append(keys, symbolName{Symbol(0xffbe + i), code, false, fmt.Sprintf("F%d", i+1)})
	}
	for i, c := range "1234567890" {
		keys = append(keys, symbolName{Symbol(c), uint16(2 + i), false, string(c)})
	}
	for row, letters := range map[uint16]string{16: "qwertyuiop", 30: "asdfghjkl", 44: "zxcvbnm"} {
		for i, c := range letters {
			code, lower := row+uint16(i), string(c)
			keys = append(keys, symbolName{Symbol(c), code, false, lower},
				symbolName{Symbol(c) - 'a' + 'A', code, true, strings.ToUpper(lower)})
		}
	}
	return keys
}

// symbolsByName has the symbols by their names, and foldedSymbols by those in
// small letters, of which the first counts.
var symbolsByName, foldedSymbols = indexSymbols()

func indexSymbols() (byName, folded map[string]Symbol) {
	byName, folded = map[string]Symbol{}, map[string]Symbol{}
	add := func(m map[string]Symbol, name string, s Symbol) {
		if _, ok := m[name]; !ok {
			m[name] = s
		}
	}
	for _, n := range named {
		for _, name := range strings.Fields(n.names) {
			add(byName, name, n.symbol)
			add(folded, strings.ToLower(name), n.symbol)
		}
	}
	return byName, folded
}

// parseSymbol returns the symbol with a name, which may be a character.
// Names match in any case if they are to, and letters are small then.
func parseSymbol(name string, anyCase bool) (Symbol, bool) {
	known := symbolsByName
	if anyCase {
		name, known = strings.ReplaceAll(strings.ToLower(name), " ", "_"), foldedSymbols
	}
	if s, ok := known[name]; ok {
		return s, true
	}
	r, size := utf8.DecodeRuneInString(name)
	switch {
	case size != len(name) || r == utf8.RuneError || r < ' ' || r == '+' || unicode.IsSpace(r):
		return 0, false
	case r < 0x100:
		return Symbol(r), true
	}
	return unicodeSymbol + Symbol(r), true
}

// String returns the name of a symbol as people read it.
func (s Symbol) String() string {
	i := slices.IndexFunc(named, func(n symbolName) bool { return n.symbol == s })
	switch {
	case i >= 0:
		name, _, _ := strings.Cut(named[i].names, " ")
		if len(name) == 1 {
			return strings.ToUpper(name)
		}
		return strings.ReplaceAll(name, "_", " ")
	case s >= unicodeSymbol:
		return string(rune(s - unicodeSymbol))
	}
	return string(rune(s))
}
