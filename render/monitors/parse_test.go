package monitors

import (
	"image"
	"maps"
	"strings"
	"testing"
)

func TestParseMode(t *testing.T) {
	for text, want := range map[string]Mode{
		"scale": Scale, "resize": Resize, "fixed:1920x1080": {Fixed: image.Pt(1920, 1080)}, "64x16384": {Fixed: image.Pt(64, 16384)},
	} {
		got, err := ParseMode(text)
		if err != nil || got != want || strings.TrimPrefix(got.String(), "fixed:") != strings.TrimPrefix(text, "fixed:") {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "guest", "fixed:", "fixed:resize", "fixed:fixed:800x600", "x", "1920", "1920x", "1920x1080x3", "63x64", "16385x100", "-1x100", "1e3x100", "70000x70000"} {
		if got, err := ParseMode(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestParseMapping(t *testing.T) {
	for text, want := range map[string]Mapping{
		"1:1": {0: 0}, "1:2,2:1": {0: 1, 1: 0}, "2:1;1:3": {0: 2, 1: 0}, " 1:2 , 2:4;": {0: 1, 1: 3},
	} {
		if got, err := ParseMapping(text); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ",", "1", "1:", ":1", "0:1", "1:0", "1:1,1:2", "1:1,2:1", "2:1", "1:1,3:2", "1:1:1", "1:257", "a:b", "1:-1"} {
		if got, err := ParseMapping(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add("1:2,2:1")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMapping(text)
		if err != nil {
			return
		}
		seen := map[int]bool{}
		for guest := range len(m) {
			client, ok := m[guest]
			if !ok || client < 0 || seen[client] {
				t.Fatalf("%q: %v", text, m)
			}
			seen[client] = true
		}
	})
}
