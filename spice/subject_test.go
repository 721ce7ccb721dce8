package spice

import (
	"slices"
	"strings"
	"testing"
)

func TestParseSubject(t *testing.T) {
	for s, want := range map[string][]subjectEntry{
		"CN=host": {{"CN", "host"}},
		"C=IL, L=Raanana, O=Red Hat, CN=my server": {{"C", "IL"}, {"L", "Raanana"}, {"O", "Red Hat"}, {"CN", "my server"}},
		`O=a\,b\\c,CN=x`:   {{"O", `a,b\c`}, {"CN", "x"}},
		"CN=a=b,O=":        {{"CN", "a=b"}, {"O", ""}},
		"  CN=x ,   O= y ": {{"CN", "x "}, {"O", " y "}},
		"CN=x,":            {{"CN", "x"}},
	} {
		got, err := parseSubject(s)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v; want %q", s, got, err, want)
		}
	}
}

func TestParseSubjectErrors(t *testing.T) {
	for _, s := range []string{"", "  ", "CN", "=x", "CN=x,O", `CN=a\b`, `CN=a\`} {
		if got, err := parseSubject(s); err == nil || !strings.Contains(err.Error(), "host subject") {
			t.Errorf("%q: got %q, %v", s, got, err)
		}
	}
}

// checkSubject parses anything; what parses must survive a round trip.
func checkSubject(t *testing.T, s string) {
	want, err := parseSubject(s)
	if err != nil {
		return
	}
	escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`)
	var parts []string
	for _, e := range want {
		parts = append(parts, e.key+"="+escape.Replace(e.value))
	}
	got, err := parseSubject(strings.Join(parts, ", "))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q: got %q, %v; want %q", s, got, err, want)
	}
}

func FuzzSubject(f *testing.F) {
	for _, s := range []string{"C=IL, L=Raanana, O=Red Hat, CN=my server", `O=a\,b\\c,CN=x`, "CN= "} {
		f.Add(s)
	}
	f.Fuzz(checkSubject)
}
