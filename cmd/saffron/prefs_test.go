package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func testPrefs(t *testing.T, text string) *prefs {
	t.Helper()
	c, err := parseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &prefs{config: c, memory: &memory{path: filepath.Join(t.TempDir(), "deep", "machines.toml")}}
}

// TestPrefs goes through the places a setting comes from.
func TestPrefs(t *testing.T) {
	p := testPrefs(t, `# mine
[settings]
resolution = "scale"
full-screen = true
[machines.work]
resolution = "fixed:1280x800" # what it is made for
[machines."12345678-9abc-def0-1234-56789abcdef0"]
clipboard = "off"
`)
	other := machineID{address: "spice://h:1"}
	if got := p.get(other, "resolution") + p.get(other, "full-screen") + p.get(other, "clipboard"); got != "scaletrue" {
		t.Errorf("for all: %q", got)
	}
	if err := p.set(other, "resolution", "resize"); err != nil {
		t.Fatal(err)
	}
	if got := p.get(other, "resolution"); got != "resize" {
		t.Errorf("remembered: %q", got)
	}
	work := machineID{name: "work", address: "spice://h:2", uuid: "12345678-9abc-def0-1234-56789abcdef0"}
	if got := p.get(work, "clipboard"); got != "off" {
		t.Errorf("by UUID: %q", got)
	}
	work.uuid = ""
	if err := p.set(work, "resolution", "resize"); err != nil {
		t.Fatal(err)
	}
	if got := p.get(work, "resolution"); got != "fixed:1280x800" {
		t.Errorf("what is written for this machine does not win: %q", got)
	}
	if p.set(work, "resolution", "odd") == nil || p.set(work, "odd", "x") == nil {
		t.Error("something is remembered that means nothing")
	}
	if err := p.set(other, "resolution", ""); err != nil || p.get(other, "resolution") != "scale" {
		t.Errorf("forgotten: %v, %q", err, p.get(other, "resolution"))
	}
	var none *prefs
	if none.get(work, "resolution") != "" || none.set(work, "resolution", "scale") != nil {
		t.Error("no settings are some")
	}
}

// TestPrefsFollow finds by its UUID what was remembered by an address only.
func TestPrefsFollow(t *testing.T) {
	p := testPrefs(t, "")
	m := machineID{address: "spice://h:1"}
	set := func(m machineID, value string) {
		t.Helper()
		if err := p.set(m, "resolution", value); err != nil {
			t.Fatal(err)
		}
	}
	set(m, "resize")
	m.uuid, m.name = "u-1", "vm"
	set(m, "scale")
	if got := p.get(machineID{uuid: "u-1", address: "spice://elsewhere:1"}, "resolution"); got != "scale" {
		t.Errorf("at another address: %q", got)
	}
	if got := p.get(machineID{address: "spice://h:1"}, "resolution"); got != "scale" {
		t.Errorf("before its UUID is known: %q", got)
	}
	if got := p.get(machineID{uuid: "u-2", address: "spice://h:1"}, "resolution"); got != "" {
		t.Errorf("another machine at its address has %q", got)
	}
}

// TestMemoryKeeps has a file with what a newer version wrote.
func TestMemoryKeeps(t *testing.T) {
	f := &memory{path: filepath.Join(t.TempDir(), "machines.toml")}
	text := "[machines.u-1]\nname = \"vm\"\nfuture = [1, 2]\nlast = 2026-01-02T03:04:05Z\n[machines.u-1.settings]\nresolution = \"scale\"\nnewer = \"x\"\n"
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.setSetting(machineID{uuid: "u-1"}, "clipboard", "off"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# What saffron remembers", "future = [1, 2]", `newer = "x"`, `clipboard = "off"`, "2026-01-02T03:04:05Z"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if err := os.WriteFile(f.path, []byte("[machines\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.setSetting(machineID{uuid: "u-1"}, "clipboard", "off"); err == nil {
		t.Error("a file that is not understood is written over")
	}
}

// TestMemoryTogether has many windows write at once.
func TestMemoryTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "machines.toml")
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			f := &memory{path: path} // as another process has it
			m := machineID{uuid: fmt.Sprintf("u-%d", i), name: "vm", address: "spice://h:1"}
			if err := f.opened(m, []string{"spice://h:1"}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	list, err := (&memory{path: path}).recent()
	if err != nil || len(list) != 20 {
		t.Errorf("%d machines, %v", len(list), err)
	}
}

// TestMemoryBounded forgets the machines that were opened longest ago.
func TestMemoryBounded(t *testing.T) {
	f := &memory{path: filepath.Join(t.TempDir(), "machines.toml")}
	all := map[string]*remembered{}
	for i := range maxRemembered + 10 {
		all[fmt.Sprintf("u-%d", i)] = &remembered{Last: time.Unix(int64(i), 0).UTC(), Target: []string{"x"}}
	}
	text, err := encodeMemory(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.opened(machineID{uuid: "new"}, []string{"y"}); err != nil {
		t.Fatal(err)
	}
	list, err := f.recent()
	if err != nil || len(list) != maxRemembered || list[0].Target[0] != "y" || list[len(list)-1].Last.Unix() != 11 {
		t.Errorf("%d machines, the first %v, the last %v; %v", len(list), list[0], list[len(list)-1], err)
	}
}

func TestBrokenSettings(t *testing.T) {
	for text, want := range map[string]string{
		"[settings]\nresolution = \"tiny\"\n":             `line 2: resolution cannot be "tiny"`,
		"[settings]\n\nodd = 1\n":                         "line 3: there is no setting odd",
		"[machines.a]\nscale = \"fit\"\nclipboard=\"no\"": "line 3: clipboard cannot be",
		"[settings]\nresolution = [1]\n":                  "neither a string",
	} {
		_, err := parseConfig([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

// TestToldName: a server that calls its machine like another gets no more of the
// clipboard for it, though perhaps less.
func TestToldName(t *testing.T) {
	p := testPrefs(t, `[settings]
clipboard = "to-guest"
clipboard-types = "text"
[machines.work]
clipboard = "both"
clipboard-types = "text,image"
resolution = "scale"
[machines.play]
clipboard = "off"
[machines.odd]
clipboard = "to-client"
[machines."spice://h:1"]
clipboard = "both"
`)
	for name, want := range map[string]string{"": "to-guest text", "work": "to-guest text", "play": "off text", "odd": "off text"} {
		m := machineID{name: name, address: "spice://x:1", told: true}
		if got := p.get(m, "clipboard") + " " + p.get(m, "clipboard-types"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
	work := machineID{name: "work", address: "spice://x:1"}
	if got := p.get(work, "clipboard") + " " + p.get(work, "clipboard-types"); got != "both text,image" {
		t.Errorf("a name that is checked: %s", got)
	}
	work.told = true
	if got := p.get(work, "resolution"); got != "scale" {
		t.Errorf("another setting: %q", got)
	}
	work.address = "spice://h:1"
	if got := p.get(work, "clipboard"); got != "both" {
		t.Errorf("by address: %q", got)
	}
}
