package usbredir

import "testing"

func TestFilterGrammar(t *testing.T) {
	for text, want := range map[string]string{
		"0x03,-1,-1,-1,0|-1,-1,-1,-1,1": "0x03,-1,-1,-1,0|-1,-1,-1,-1,1",
		"8,0x1234,22,0x0100,1":          "0x08,0x1234,0x0016,0x0100,1",
		"":                              "",
		"|":                             "", " -1 , -1,-1,-1,1||": "-1,-1,-1,-1,1",
	} {
		f, err := ParseFilter(text)
		if err != nil || f.String() != want {
			t.Errorf("%q: %q, %v", text, f, err)
		}
	}
	for _, text := range []string{"1", "1,2,3,4", "1,2,3,4,5", "1,2,3,4,1,1", "0x100,-1,-1,-1,1", "-2,-1,-1,-1,1", "-1,65536,-1,-1,1", "a,b,c,d,e", "-1,-1,-1,-1,-1", "-1,-1,-1,-1,"} {
		if f, err := ParseFilter(text); err == nil {
			t.Errorf("%q is taken for %q", text, f)
		}
	}
}

func TestFilterAllows(t *testing.T) {
	stick := Description{Vendor: 0x1234, Product: 1, Interfaces: []Interface{{Class: 8}}}
	keyboard := Description{Interfaces: []Interface{{Class: 3, SubClass: 1, Protocol: 1}}}
	headset := Description{Interfaces: []Interface{{Class: 1}, {Class: 3}}}
	buttons := Description{Interfaces: []Interface{{Class: 3}, {Class: 3}}}
	hub := Description{Class: 9, Interfaces: []Interface{{Class: 9}}}
	blank := Description{Vendor: 0x5678} // it is not configured
	for _, tc := range []struct {
		rules string
		d     Description
		want  bool
	}{
		{"0x03,-1,-1,-1,0|-1,-1,-1,-1,1", stick, true},
		{"0x03,-1,-1,-1,0|-1,-1,-1,-1,1", keyboard, false},
		{"0x03,-1,-1,-1,0|-1,-1,-1,-1,1", headset, true},
		{"0x03,-1,-1,-1,0|-1,-1,-1,-1,1", buttons, false},
		{"-1,0x1234,-1,-1,1", stick, true},
		{"-1,0x1234,2,-1,1", stick, false},
		{"-1,-1,-1,0x100,1", stick, false},
		{"8,-1,-1,-1,1", hub, false},
		{"9,-1,-1,-1,1", hub, true},
		{"", stick, false},
		{"", blank, false},
		{"-1,-1,-1,-1,1", blank, true},
		{"8,-1,-1,-1,0|-1,-1,-1,-1,1", blank, false},
		{"8,-1,-1,-1,1", blank, false},
		{"8,0x1234,-1,-1,0|-1,-1,-1,-1,1", blank, true},
	} {
		f, err := ParseFilter(tc.rules)
		if err != nil || f.Allows(tc.d) != tc.want {
			t.Errorf("%q, %+v: %v, %v", tc.rules, tc.d, !tc.want, err)
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("0x03,-1,-1,-1,0|-1,-1,-1,-1,1")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := ParseFilter(text)
		if err != nil {
			return
		}
		again, err := ParseFilter(first.String())
		if err != nil || again.String() != first.String() {
			t.Errorf("%q: %q, then %q, %v", text, first, again, err)
		}
	})
}
