package inputs

import (
	"slices"
	"strings"
	"testing"
)

func TestLayouts(t *testing.T) {
	for _, tc := range []struct {
		layout, text string
		want         []Stroke
	}{
		{"us", "y@", []Stroke{{Code: 0x15}, {Code: 0x03, Shift: true}}},
		{"gb", `"@£€\|~`, []Stroke{{Code: 0x03, Shift: true}, {Code: 0x28, Shift: true}, {Code: 0x04, Shift: true},
			{Code: 0x05, AltGr: true}, {Code: 0x56}, {Code: 0x56, Shift: true}, {Code: 0x2b, Shift: true}}},
		{"de", "yZöß@€~µ|", []Stroke{{Code: 0x2c}, {Code: 0x15, Shift: true}, {Code: 0x27}, {Code: 0x0c}, {Code: 0x10, AltGr: true},
			{Code: 0x12, AltGr: true}, {Code: 0x1b, AltGr: true}, {Code: 0x32, AltGr: true}, {Code: 0x56, AltGr: true}}},
		{"de", "^é", []Stroke{{Code: 0x29}, {Code: 0x39}, {Code: 0x0d}, {Code: 0x12}}},
		{"de", "À", []Stroke{{Code: 0x0d, Shift: true}, {Code: 0x1e, Shift: true}}},
		{"fr", "a1é^~@", []Stroke{{Code: 0x10}, {Code: 0x02, Shift: true}, {Code: 0x03}, {Code: 0x0a, AltGr: true},
			{Code: 0x03, AltGr: true}, {Code: 0x0b, AltGr: true}}},
		{"fr", "Ëê", []Stroke{{Code: 0x1a, Shift: true}, {Code: 0x12, Shift: true}, {Code: 0x1a}, {Code: 0x12}}},
	} {
		l, ok := FindLayout(tc.layout)
		if !ok || l.Name() != tc.layout {
			t.Fatalf("there is no layout %s", tc.layout)
		}
		got, err := l.Text(tc.text)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s %q: got %v, %v; want %v", tc.layout, tc.text, got, err, tc.want)
		}
	}
	if _, ok := FindLayout("tlh"); ok {
		t.Error("there is a layout for Klingon")
	}
}

// TestLayoutsKnowASCII checks that programs can be typed on all of them, and
// that no two characters are typed alike.
func TestLayoutsKnowASCII(t *testing.T) {
	for _, name := range LayoutNames() {
		l, _ := FindLayout(name)
		for r := ' '; r <= '~'; r++ {
			if _, err := l.Text(string(r)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		var seen []rune
		for r, strokes := range l.strokes {
			for _, other := range seen {
				if slices.Equal(strokes, l.strokes[other]) {
					t.Errorf("%s: %q is typed like %q", name, r, other)
				}
			}
			seen = append(seen, r)
			for _, s := range strokes {
				if !s.Code.Valid() {
					t.Errorf("%s: %q is typed by %#x", name, r, s.Code)
				}
			}
		}
	}
	fr, _ := FindLayout("fr")
	if _, err := fr.Text("ça Été"); err == nil || !strings.Contains(err.Error(), `character 4, 'É', is not on a FR keyboard`) {
		t.Errorf("got %v", err)
	}
}
