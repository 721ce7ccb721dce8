package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"saffron/render/window"
)

// outline writes a menu down.
func outline(list []window.Entry) string {
	var parts []string
	for _, e := range list {
		switch {
		case e.Separator:
			parts = append(parts, "-")
		case len(e.Sub) > 0:
			parts = append(parts, e.Label+"("+outline(e.Sub)+")")
		default:
			mark := ""
			if e.Checked {
				mark += "*"
			}
			if e.Disabled {
				mark += "!"
			}
			parts = append(parts, e.Label+mark)
		}
	}
	return strings.Join(parts, " ")
}

func TestEntries(t *testing.T) {
	nothing := func() {}
	yes, no := func() bool { return true }, func() bool { return false }
	list := []command{
		{name: "keys", label: "Keys", sub: []command{{name: "del", label: "Del", do: nothing}, separator, {name: "f1", label: "F1", do: nothing}}},
		separator,
		{name: "empty", label: "Empty", sub: nil},
		separator,
		{name: "full", label: "Full", do: nothing, checked: yes, available: yes},
		{name: "shot", label: "Shot", do: nothing, checked: no, available: no},
		separator,
		{name: "quit", label: "Quit", do: nothing},
		separator,
	}
	for _, c := range []struct{ allowed, want string }{
		{"*", "Keys(Del - F1) - Full* Shot! - Quit"},
		{"", ""},
		{"quit", "Quit"},
		{"del", "Keys(Del)"},
		{"keys", "Keys(Del - F1)"},
		{"f1 full", "Keys(F1) - Full*"},
		{"keys -del", "Keys(F1)"},
		{"keys del full -keys", "Full*"},
	} {
		r := new(policyRules)
		if c.allowed != "*" {
			words := strings.Fields(c.allowed)
			r.Deny = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w[0] != '-' })
			for i := range r.Deny {
				r.Deny[i] = r.Deny[i][1:]
			}
			r.Actions = &words
		}
		allowed := (&policy{rules: []*policyRules{r}}).permits
		if got := outline(entriesOf(list, allowed, func(string) string { return "" })); got != c.want {
			t.Errorf("allowed %q: %s, want %s", c.allowed, got, c.want)
		}
		for _, name := range []string{"del", "f1", "full", "shot", "quit", "keys", "-"} {
			_, got := findCommand(list, name, allowed)
			label := map[string]string{"del": "Del", "f1": "F1", "full": "Full", "shot": "Shot", "quit": "Quit"}[name]
			if want := label != "" && strings.Contains(c.want, label); got != want {
				t.Errorf("allowed %q: %s is found: %t, want %t", c.allowed, name, got, want)
			}
		}
	}
}

// TestCommandNames: names tell commands apart, for policies and hotkeys.
func TestCommandNames(t *testing.T) {
	v := newViewer(&app{}, &settings{}, &openFlags{})
	seen := map[string]bool{}
	var walk func([]command)
	walk = func(list []command) {
		for _, c := range list {
			if c.name == separator.name {
				continue
			}
			if c.name == "" || c.label == "" || c.name != strings.ToLower(c.name) || strings.ContainsAny(c.name, " _") {
				t.Errorf("%+v has no proper name", c)
			}
			if seen[c.name] {
				t.Errorf("there are two commands %s", c.name)
			}
			if !isCommand(c.name) {
				t.Errorf("policies do not know the command %s", c.name)
			}
			if (c.do == nil) == (c.sub == nil) {
				t.Errorf("%s does something, or leads to others", c.name)
			}
			seen[c.name] = true
			walk(c.sub)
		}
	}
	walk(v.commands())
	for _, name := range []string{"secure-attention", "toggle-fullscreen", "send-ctrl-alt-f12", "screenshot", "quit"} {
		if !seen[name] {
			t.Errorf("there is no command %s", name)
		}
	}
}

func TestPictureName(t *testing.T) {
	at := time.Date(2026, 11, 29, 1, 2, 3, 0, time.UTC)
	for machine, want := range map[string]string{
		"work":                        "work",
		"":                            "saffron",
		"../../etc/passwd":            "etc-passwd",
		"spice://host:5900":           "host-5900",
		".hidden\n":                   "hidden-",
		strings.Repeat("é", 200):      strings.Repeat("é", 30),
		strings.Repeat("x", 70) + ".": strings.Repeat("x", 60),
	} {
		if got := pictureName(machine, at); got != want+" 2026-11-29 01-02-03" {
			t.Errorf("%q: %q, want %q", machine, got, want)
		}
	}
	dir := t.TempDir() + "/new"
	for i := range 3 {
		path, err := freeName(dir, "x")
		if err != nil {
			t.Fatal(err)
		}
		want := dir + "/x.png"
		if i > 0 {
			want = fmt.Sprintf("%s/x (%d).png", dir, i+1)
		}
		if path != want {
			t.Errorf("%s, want %s", path, want)
		}
		if err := writeFile(path, func(w io.Writer) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := abbreviate("/home/me/Pictures/x.png", "/home/me"); got != "~/Pictures/x.png" {
		t.Error(got)
	}
	if got := abbreviate("/home/mei/x.png", "/home/me"); got != "/home/mei/x.png" {
		t.Error(got)
	}
}
