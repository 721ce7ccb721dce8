package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// policyOf reads policies as if each were a file; the first is the computer's.
func policyOf(t *testing.T, texts ...string) *policy {
	t.Helper()
	p := new(policy)
	for _, text := range texts {
		path := filepath.Join(t.TempDir(), "policy.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := readPolicy(path)
		if err != nil {
			t.Fatal(err)
		}
		p.rules = append(p.rules, r)
	}
	return p
}

// TestNoPolicy allows everything.
func TestNoPolicy(t *testing.T) {
	var none *policy
	if !none.allows("quit") || !none.allowsHotkey("quit") || none.clipboardDirection("to-guest") != "to-guest" ||
		!none.clipboardType("image") || none.clipboardSize(7) != 7 || !none.allowsUSB() || none.usbFilters() != nil ||
		!none.allowsDisks() || !none.allowsMicrophone() || !none.allowsSound() || !none.allowsDrop() ||
		!none.allowsShare("/anywhere") || none.readOnly() || none.kiosk() || none.kioskQuit() != "" || !none.allowsRecord() {
		t.Error("something is not allowed")
	}
}

func TestPolicyDenies(t *testing.T) {
	p := policyOf(t, "default = \"deny\"\n")
	for what, allowed := range map[string]bool{
		"quit": p.allows("quit"), "hotkey": p.allowsHotkey("quit"), "clipboard": p.clipboardDirection("both") != "off",
		"text": p.clipboardType("text"), "usb": p.allowsUSB(), "disks": p.allowsDisks(), "microphone": p.allowsMicrophone(),
		"sound": p.allowsSound(), "drop": p.allowsDrop(), "share": p.allowsShare("/"), "record": p.allowsRecord(),
	} {
		if allowed {
			t.Errorf("%s is allowed", what)
		}
	}
	p = policyOf(t, `default = "deny"
actions = ["release-cursor", "send-keys"]
hotkeys = ["release-cursor"]
[clipboard]
direction = "to-guest"
max-size = 100
[usb]
filter = "0x08,-1,-1,-1,1"
[sound]
playback = true
`)
	if !p.allows("send-keys") || p.allowsHotkey("send-keys") || !p.allowsHotkey("release-cursor") || p.allows("quit") {
		t.Error("actions")
	}
	if p.clipboardDirection("both") != "to-guest" || p.clipboardDirection("to-client") != "off" || !p.clipboardType("text") || p.clipboardSize(1000) != 100 {
		t.Error("clipboard")
	}
	if !p.allowsUSB() || len(p.usbFilters()) != 1 || !p.allowsSound() || p.allowsMicrophone() {
		t.Error("devices")
	}
}

// TestPolicyNarrows reads two: the second can take away, but not give back.
func TestPolicyNarrows(t *testing.T) {
	first := `actions = ["quit", "screenshot"]
kiosk = true
[clipboard]
direction = "to-guest"
types = ["text", "image"]
max-size = 50
[usb]
devices = false
[files]
folders = ["/srv"]
`
	second := `actions = ["quit", "toggle-fullscreen"]
kiosk = false
kiosk-quit = "on-disconnect"
[clipboard]
direction = "both"
types = ["text", "files"]
max-size = 70
[usb]
devices = true
[files]
folders = ["/"]
`
	p := policyOf(t, first, second)
	if !p.allows("quit") || p.allows("screenshot") || p.allows("toggle-fullscreen") {
		t.Error("actions")
	}
	if p.clipboardDirection("both") != "to-guest" || !p.clipboardType("text") || p.clipboardType("image") || p.clipboardType("files") || p.clipboardSize(100) != 50 {
		t.Error("clipboard")
	}
	if p.allowsUSB() || !p.kiosk() || p.kioskQuit() != "on-disconnect" || p.allowsShare("/etc") || !p.allowsShare("/srv/x") {
		t.Error("the second policy gives what the first does not")
	}
}

// TestPolicyFolders does not go by names.
func TestPolicyFolders(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	for _, d := range []string{in, out, filepath.Join(in, "deep"), in + "side"} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(out, filepath.Join(in, "link")); err != nil {
		t.Fatal(err)
	}
	p := policyOf(t, "[files]\nfolders = [\""+in+"\"]\n")
	for path, want := range map[string]bool{
		in: true, filepath.Join(in, "deep"): true, in + "/deep/../deep": true,
		out: false, in + "side": false, in + "/..": false, filepath.Join(in, "link"): false, "/": false,
	} {
		if p.allowsShare(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// TestPolicyBroken wants a refusal that says where.
func TestPolicyBroken(t *testing.T) {
	for text, want := range map[string]string{
		"actions = [\"quit\"\nx = 1\n":               "line 2:",
		"\nkiosk = \"yes\"\n":                        "kiosk",
		"\n\nnothing = 1\n":                          "line 3: there is no setting nothing",
		"[clipboard]\ndirection = \"out\"\n":         "line 2: clipboard.direction: \"out\" is none of both, to-guest, to-client, off",
		"[clipboard]\ntypes = [\"text\", \"pdf\"]":   "line 2: clipboard.types",
		"[clipboard]\n\nmax-size = -1":               "line 3: clipboard.max-size",
		"default = \"maybe\"":                        "line 1: default",
		"\ndeny = [\"quit\", \"screnshot\"]":         "line 2: deny: there is no command \"screnshot\"",
		"actions = [\"send-\"]":                      "line 1: actions",
		"hotkeys = [\"full-screen\"]":                "line 1: hotkeys",
		"kiosk-quit = \"now\"":                       "line 1: kiosk-quit",
		"[files]\nread-only = true\nfolders=[\"x\"]": "line 3: files.folders",
	} {
		path := filepath.Join(t.TempDir(), "policy.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, f := range []func() (*policy, error){
			func() (*policy, error) { return loadPolicy(path, "") },
			func() (*policy, error) { return loadPolicy("/nowhere/policy.toml", path) },
		} {
			_, err := f()
			if code, message, _ := explain(err); err == nil || code != exitUsage || !strings.Contains(message, want) || !strings.Contains(message, path) {
				t.Errorf("%q: %d %s; want %s", text, code, message, want)
			}
		}
	}
	if p, err := loadPolicy("/nowhere/policy.toml", ""); p != nil || err != nil {
		t.Errorf("without policies: %v, %v", p, err)
	}
	if _, err := loadPolicy("/nowhere/policy.toml", "/nowhere/other.toml"); err == nil {
		t.Error("a policy that is named and not there is passed over")
	}
	if _, err := loadPolicy(t.TempDir(), ""); err == nil {
		t.Error("a policy that cannot be read is passed over")
	}
}
