package inputs

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestFromEvdev(t *testing.T) {
	for code, want := range map[uint16]Scancode{
		1: 0x01, 30: 0x1e, 58: capsLockKey, 69: numLockKey, 70: scrollLockKey, 42: leftShift,
		85: 0x76, 96: 0xe01c, 99: 0xe037, 106: 0xe04d, 119: 0xe046, 125: 0xe05b, 127: 0xe05d,
		113: 0xe020, 186: 0x55, 194: 0x6f, 239: 0xe074,
		0: 0, 84: 0, 170: 0, 255: 0, 256: 0, 65535: 0,
	} {
		if got, ok := FromEvdev(code); got != want || ok != (want != 0) {
			t.Errorf("%d: got %#x %v, want %#x", code, got, ok, want)
		}
	}
}

func TestEvdevTable(t *testing.T) {
	n, from := 0, map[Scancode]int{}
	for code, c := range evdev {
		if c == 0 {
			continue
		}
		n++
		if !c.Valid() {
			t.Errorf("%d: %#x is no scancode", code, c)
		}
		if other, ok := from[c]; ok {
			t.Errorf("%d and %d are both %#x", other, code, c)
		}
		from[c] = code
	}
	if n != 230 {
		t.Errorf("%d keys, want 230", n)
	}
}

func TestScancodeValid(t *testing.T) {
	for c, want := range map[Scancode]bool{
		0: false, 1: true, 0x7f: true, 0x80: false, 0xe0: false, 0x11e: false,
		0xe000: false, 0xe001: true, 0xe07f: true, 0xe080: false, 0xe11d: false,
	} {
		if c.Valid() != want {
			t.Errorf("%#x: got %v", c, !want)
		}
	}
}

func TestKeyNamesAreKeys(t *testing.T) {
	for name, c := range keyNames {
		if !slices.Contains(evdev[:], c) {
			t.Errorf("%s: %#x is not in the table of keys", name, c)
		}
		if name != strings.ToLower(name) || strings.Contains(name, "+") {
			t.Errorf("%s cannot be found", name)
		}
	}
}

func TestParseKey(t *testing.T) {
	for s, want := range map[string][]Scancode{
		"a":                 {0x1e},
		"A":                 {0x1e},
		"?":                 {leftShift, 0x35},
		"f12":               {0x58},
		"ctrl+alt+f2":       {0x1d, 0x38, 0x3c},
		"Ctrl+Alt+Delete":   {0x1d, 0x38, 0xe053},
		"super+PgUp":        {0xe05b, 0xe049},
		"shift+1":           {leftShift, 0x02},
		"shift+!":           {leftShift, 0x02},
		"+":                 {leftShift, 0x0d},
		"ctrl+plus":         {0x1d, leftShift, 0x0d},
		"ctrl+minus":        {0x1d, 0x0c},
		"ctrl+-":            {0x1d, 0x0c},
		"meta+space":        {0xe05b, 0x39},
		"pause":             {0xe046},
		"altgr+e":           {0xe038, 0x12},
		"leftbracket+kp5+[": {0x1a, 0x4c},
	} {
		got, err := ParseKey(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %#x, %v; want %#x", s, got, err, want)
		}
	}
	for s, part := range map[string]string{
		"": `""`, "ctrl+": `""`, "ctrl++": `""`, "hyper+x": `"hyper"`, "é": `"é"`, "a b": `"a b"`, "\xff": `"\xff"`,
	} {
		_, err := ParseKey(s)
		if err == nil || !strings.Contains(err.Error(), "unknown part "+part) {
			t.Errorf("%q: got %v, want an error about %s", s, err, part)
		}
	}
}

// checkParseKey holds for every string: what comes out can be pressed.
func checkParseKey(t *testing.T, s string) {
	keys, err := ParseKey(s)
	if (err == nil) != (len(keys) > 0) {
		t.Errorf("%q: %d keys, error %v", s, len(keys), err)
	}
	for _, c := range keys {
		if !c.Valid() {
			t.Errorf("%q: key %#x", s, c)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"ctrl+alt+f2", "+", "++", "A", "\xff", "shift+"} {
		f.Add(s)
	}
	f.Fuzz(checkParseKey)
}

func TestText(t *testing.T) {
	got, err := Text("aZ \n\t~1|")
	want := []Stroke{{Code: 0x1e}, {Code: 0x2c, Shift: true}, {Code: 0x39}, {Code: 0x1c}, {Code: 0x0f},
		{Code: 0x29, Shift: true}, {Code: 0x02}, {Code: 0x2b, Shift: true}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestTextKnowsASCII(t *testing.T) {
	seen := map[Stroke]rune{}
	for r := ' '; r <= '~'; r++ {
		s, err := Text(string(r))
		if err != nil || len(s) != 1 {
			t.Fatalf("%q: %v, %v", r, s, err)
		}
		if other, ok := seen[s[0]]; ok {
			t.Errorf("%q is typed like %q", r, other)
		}
		seen[s[0]] = r
	}
}

func TestTextNamesWhatItCannotType(t *testing.T) {
	for s, want := range map[string]string{
		"naïve é": `character 3, 'ï',`,
		"a\r":     `character 2, '\r',`,
		"\xff":    `character 1, '�',`,
	} {
		if _, err := Text(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", s, err, want)
		}
	}
}

// TestEvdevTableIsTheProtocols compares the whole table with a list of what
// keyboards send.
func TestEvdevTableIsTheProtocols(t *testing.T) {
	text, err := os.ReadFile("testdata/keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want [256]Scancode
	for line := range strings.Lines(string(text)) {
		var code, scan int
		var name string
		if n, _ := fmt.Sscanf(line, "%d %s %x", &code, &name, &scan); n == 3 {
			want[code] = Scancode(scan)
		}
	}
	for code, c := range evdev {
		if c != want[code] {
			t.Errorf("evdev %d: %#x, want %#x", code, c, want[code])
		}
	}
}
