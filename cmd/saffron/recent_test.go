package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"saffron/spice"
)

// TestReopening makes the arguments that open the same again.
func TestReopening(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	file := filepath.Join(dir, "console.vv")
	if err := os.WriteFile(file, []byte("[virt-viewer]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := &settings{link: spice.Options{Target: spice.Target{Host: "h", Port: 1, Password: "sesame"}}}
	for _, tc := range []struct {
		s      *settings
		args   []string
		target string
		want   []string
	}{
		{address, nil, "spice://h:1?password=sesame", []string{"--", "spice://h:1"}},
		{address, []string{"--spice-ca-file", "ca.pem", "--spice-secure-channels", "main,inputs", "-f", "--title=x"}, "h:1",
			[]string{"--spice-ca-file=" + filepath.Join(dir, "ca.pem"), "--spice-secure-channels=main,inputs", "--", "spice://h:1"}},
		{address, []string{"--proxy=http://ann:sesame@proxy"}, "h:1", []string{"--", "spice://h:1"}},
		{address, []string{"--proxy=http://proxy"}, "h:1", []string{"--proxy=http://proxy", "--", "spice://h:1"}},
		{address, nil, "-", nil},
		{address, nil, "console.vv", []string{"--", file}},
		{address, nil, "gone.vv", nil},
		{&settings{domain: new(opening)}, []string{"-c", "qemu:///system", "-w"}, "work",
			[]string{"--connect=qemu:///system", "--wait=true", "--", "work"}},
		{&settings{domain: new(opening)}, []string{"-c", "qemu+ssh://ann@host/system"}, "work",
			[]string{"--connect=qemu+ssh://ann@host/system", "--", "work"}},
		{&settings{domain: new(opening)}, []string{"-c", "qemu+ssh://ann:sesame@host/system"}, "work", nil},
	} {
		c := newOpen(testApp())
		if err := c.ParseFlags(tc.args); err != nil {
			t.Fatal(err)
		}
		got := tc.s.reopening(c.Flags(), tc.target)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s %v:\n%q, want\n%q", tc.target, tc.args, got, tc.want)
		}
		if got != nil {
			if err := newOpen(testApp()).ParseFlags(got); err != nil {
				t.Errorf("%q: %v", got, err)
			}
		}
	}
}

func TestMatchingRecent(t *testing.T) {
	list := []*remembered{{Name: "a", Address: "x"}, {Name: "b", Address: "y"}, {Name: "a", Address: "z"}, {Address: "2"}}
	for answer, want := range map[string]int{"": 4, "1": 1, "a": 2, "y": 1, "2": 1, "9": 0, "no": 0} {
		if got := matchingRecent(list, answer); len(got) != want {
			t.Errorf("%q: %d, want %d", answer, len(got), want)
		}
	}
}
