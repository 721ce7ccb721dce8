package inputs

import (
	"fmt"
	"slices"
	"strings"
)

// A Layout is what the keys of a guest's keyboard mean to it.
type Layout struct {
	name    string
	strokes map[rune][]Stroke
}

// Name returns what the layout is called, as in "us".
func (l *Layout) Name() string { return l.name }

// LayoutNames are the layouts that FindLayout knows, by their names on Linux.
func LayoutNames() []string {
	names := make([]string, len(layouts))
	for i, l := range layouts {
		names[i] = l.name
	}
	return names
}

// FindLayout returns the layout of a name.
func FindLayout(name string) (*Layout, bool) {
	i := slices.IndexFunc(layouts, func(l *Layout) bool { return l.name == name })
	if i < 0 {
		return nil, false
	}
	return layouts[i], true
}

// Text returns the strokes that type s in a guest that has this layout, with
// Caps Lock off; \n is Enter and \t is Tab. For what cannot be typed it returns
// an error that names the first such character.
func (l *Layout) Text(s string) ([]Stroke, error) {
	strokes := make([]Stroke, 0, len(s))
	n := 0
	for _, r := range s {
		n++
		keys, ok := l.strokes[r]
		if !ok {
			return nil, fmt.Errorf("inputs: character %d, %q, is not on a %s keyboard", n, r, strings.ToUpper(l.name))
		}
		strokes = append(strokes, keys...)
	}
	return strokes, nil
}

// A keyRow is keys whose scancodes follow each other, by what they type alone,
// with Shift, and with AltGr. A space is a key that types nothing that is
// listed.
type keyRow struct {
	first                 Scancode
	plain, shifted, altGr string
}

// A deadKey changes the next character: from[i] becomes to[i], and a space
// makes the accent itself, or on some systems another: then accent is 0.
type deadKey struct {
	key      Stroke
	accent   rune
	from, to string
}

// everywhere are the keys that are alike on all layouts.
var everywhere = map[rune]Stroke{' ': {Code: 0x39}, '\t': {Code: 0x0f}, '\n': {Code: 0x1c}}

// The accents that dead keys of the layouts here make.
func circumflex(key Stroke) deadKey { return deadKey{key, '^', "aeiouAEIOU", "âêîôûÂÊÎÔÛ"} }
func diaeresis(key Stroke) deadKey  { return deadKey{key, 0, "aeiouAEIOU", "äëïöüÄËÏÖÜ"} }
func acute(key Stroke) deadKey      { return deadKey{key, 0, "aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"} }
func grave(key Stroke) deadKey      { return deadKey{key, '`', "aeiouAEIOU", "àèìòùÀÈÌÒÙ"} }

// The layouts: what Linux and Windows have in common, and where they differ
// (~ and ` of fr, which are dead keys on Windows) what Linux has.
var layouts = []*Layout{
	newLayout("us", []keyRow{
		{0x02, "1234567890-=", "!@#$%^&*()_+", ""},
		{0x10, "qwertyuiop[]", "QWERTYUIOP{}", ""},
		{0x1e, "asdfghjkl;'`", `ASDFGHJKL:"~`, ""},
		{0x2b, `\zxcvbnm,./`, `|ZXCVBNM<>?`, ""},
	}),
	newLayout("gb", []keyRow{
		{0x02, "1234567890-=", "!\"£$%^&*()_+", "   €"},
		{0x10, "qwertyuiop[]", "QWERTYUIOP{}", ""},
		{0x1e, "asdfghjkl;'`", "ASDFGHJKL:@¬", ""},
		{0x2b, "#zxcvbnm,./", "~ZXCVBNM<>?", ""},
		{0x56, `\`, "|", ""},
	}),
	newLayout("de", []keyRow{
		{0x02, "1234567890ß", "!\"§$%&/()=?", ` ²³   {[]}\`},
		{0x10, "qwertzuiopü+", "QWERTZUIOPÜ*", "@ €        ~"},
		{0x1e, "asdfghjklöä", "ASDFGHJKLÖÄ°", ""},
		{0x2b, "#yxcvbnm,.-", "'YXCVBNM;:_", "       µ"},
		{0x56, "<", ">", "|"},
	}, circumflex(Stroke{Code: 0x29}), acute(Stroke{Code: 0x0d}), grave(Stroke{Code: 0x0d, Shift: true})),
	newLayout("fr", []keyRow{
		{0x02, "&é\"'(-è_çà)=", "1234567890°+", " ~#{[|`\\^@]}"},
		{0x10, "azertyuiop $", "AZERTYUIOP £", "  €        ¤"},
		{0x1e, "qsdfghjklmù²", "QSDFGHJKLM%", ""},
		{0x2b, "*wxcvbn,;:!", "µWXCVBN?./§", ""},
		{0x56, "<", ">", ""},
	}, circumflex(Stroke{Code: 0x1a}), diaeresis(Stroke{Code: 0x1a, Shift: true})),
}

func newLayout(name string, rows []keyRow, dead ...deadKey) *Layout {
	l := &Layout{name: name, strokes: map[rune][]Stroke{}}
	for r, s := range everywhere {
		l.strokes[r] = []Stroke{s}
	}
	for _, row := range rows {
		l.add(row.first, row.plain, Stroke{})
		l.add(row.first, row.shifted, Stroke{Shift: true})
		l.add(row.first, row.altGr, Stroke{AltGr: true})
	}
	for _, d := range dead {
		l.addDead(d)
	}
	return l
}

// add adds what keys from first on type with the modifiers of with. What can be
// typed already is left alone.
func (l *Layout) add(first Scancode, types string, with Stroke) {
	for i, r := range []rune(types) {
		if _, known := l.strokes[r]; !known {
			with.Code = first + Scancode(i)
			l.strokes[r] = []Stroke{with}
		}
	}
}

func (l *Layout) addDead(d deadKey) {
	to := []rune(d.to)
	for i, r := range []rune(" " + d.from) {
		made := d.accent
		if i > 0 {
			made = to[i-1]
		}
		if _, known := l.strokes[made]; !known && made != 0 {
			l.strokes[made] = append([]Stroke{d.key}, l.strokes[r]...)
		}
	}
}
