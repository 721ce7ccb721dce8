// Package cmd_test holds the layers of the program: which package may import
// which, and why.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A pkg is what go list tells of a package of this module. Imports are those
// of its files for one system, without tests.
type pkg struct {
	ImportPath string
	Imports    []string
}

const module = "saffron/"

// A rule says what packages may import of this module and of others; what the
// standard library has is free unless it says otherwise.
type rule struct {
	of     []string // packages, or trees ending in "/..."
	own    []string // of this module, likewise
	others []string // other modules' packages, likewise
	not    []string // of the standard library, likewise
	why    string
}

// The rules, the first that fits counts. A package without a rule is an error:
// a new one has to find its place.
var rules = []rule{
	{of: []string{"spice/wire"}, why: "the fields of messages need nothing but bytes"},
	{of: []string{"spice"}, own: []string{"spice/wire"}, why: "one link stands on its own: standard library and spice/wire"},
	{of: []string{"spice/..."}, own: []string{"spice", "spice/wire"}, why: "what surrounds a link knows links, not channels"},
	{of: []string{"audio"}, why: "sound without devices is pure: standard library only"},
	{of: []string{"audio/wav"}, not: outside, why: "a format of files is pure: bytes to samples"},
	{of: []string{"audio/device"}, own: []string{"audio"}, others: []string{"..."}, why: "only audio/device talks to sound libraries"},

	{of: []string{"codec/lz4"}, own: []string{"codec/..."}, others: []string{"github.com/pierrec/lz4/..."}, not: outside, why: "codec/lz4 wraps the LZ4 library, alone and purely"},
	{of: []string{"codec/video"}, own: []string{"codec/internal/..."}, others: []string{"github.com/ebitengine/purego"}, not: []string{"net/...", "log/..."}, why: "codec/video wraps the system's libavcodec, alone, and is otherwise pure"},
	{of: []string{"codec/opus"}, own: []string{"codec/..."}, others: []string{"github.com/thesyncim/gopus/...", "github.com/hraban/opus"}, not: outside, why: "codec/opus wraps the Opus libraries, alone and purely"},
	{of: []string{"codec/encode"}, own: []string{"codec/..."}, others: []string{"github.com/pierrec/lz4/...", "github.com/klauspost/compress/..."}, not: outside, why: "the encoders know the formats of the decoders, and no more"},
	{of: []string{"codec/pngwriter"}, others: []string{"github.com/klauspost/compress/..."}, not: outside, why: "a format of files is pure: pixels to bytes"},
	{of: []string{"codec/codectest"}, own: []string{"testdata"}, why: "vectors for tests of codecs"},
	{of: []string{"codec/..."}, own: []string{"codec/..."}, others: []string{"golang.org/x/sys/cpu"}, not: outside, why: "codecs are pure: bytes to pixels, without system or network"},

	{of: []string{"render"}, others: []string{"golang.org/x/image/..."}, not: outside, why: "drawing is pure: x/image and the standard library"},
	{of: []string{"render/pane"}, own: []string{"render"}, others: []string{"golang.org/x/sys/..."}, why: "a picture for another process needs a socket and memory, no window"},
	{of: []string{"render/window"}, own: []string{"render"},
		others: []string{"github.com/hajimehoshi/ebiten/...", "github.com/jezek/xgb/...", "golang.org/x/image/...", "golang.org/x/sys/..."},
		why:    "only the window knows a window system, and it knows nothing of SPICE"},

	{of: []string{"render/clipboard"}, others: []string{"github.com/jezek/xgb/...", "golang.design/x/clipboard"},
		why: "the clipboard of the desktop knows a window system, and neither the window nor SPICE"},

	{of: []string{"render/monitors"}, not: outside, why: "deciding what a guest is asked for is pure"},
	{of: []string{"channels/msgtable/..."}, own: []string{"channels/msgtable", "spice", "spice/wire"}, others: []string{"github.com/google/go-cmp/..."}, why: "the table serves all channels and knows none"},
	{of: []string{"channels"}, own: []string{"channels/...", "spice", "spice/wire", "spice/capture", "codec/...", "render"}, why: "channels ties channel packages together, without a window or devices"},
	{of: []string{"channels/usbredir/storage"}, own: []string{"channels/usbredir"}, not: outside, why: "drives are devices of the USB channel, made of whatever can be read at any place"},
	{of: []string{"channels/..."}, own: []string{"channels/msgtable", "spice", "spice/wire", "codec/...", "render"}, why: "channel packages do not import each other: channels ties them together"},

	{of: []string{"libvirtctl/..."}, own: []string{"libvirtctl/..."}, others: []string{"github.com/digitalocean/go-libvirt/...", "libvirt.org/go/libvirtxml",
		"golang.org/x/crypto/...", "golang.org/x/sys/...", "github.com/kevinburke/ssh_config", "github.com/xdg-go/scram"},
		why: "only libvirtctl knows libvirt, and it knows nothing of SPICE"},
	{of: []string{"testdata"}, why: "vectors hold data, not logic"},
	{of: []string{"cmd/saffron/usbhost"}, own: []string{"channels/usbredir"}, others: []string{"github.com/ebitengine/purego", "golang.org/x/sys/unix"}, why: "cmd/saffron/usbhost wraps the system's libusb, alone, for the USB channel"},
	{of: []string{"cmd/..."}, own: []string{"..."}, others: []string{"..."}, why: "the program composes"},
}

// outside is what pure packages leave alone.
var outside = []string{"net/...", "os/...", "syscall", "log/..."}

// wrapped are other modules' packages that only the places named may import.
var wrapped = map[string][]string{
	"github.com/hajimehoshi/ebiten/...":      {"render/window"},
	"github.com/jezek/xgb/...":               {"render/window", "render/clipboard"},
	"golang.design/x/clipboard":              {"render/clipboard"},
	"github.com/pierrec/lz4/...":             {"codec/lz4", "codec/encode"},
	"github.com/klauspost/compress/...":      {"codec/encode", "codec/pngwriter"},
	"github.com/ebitengine/purego":           {"codec/video", "cmd/saffron/usbhost"},
	"github.com/thesyncim/gopus/...":         {"codec/opus"},
	"github.com/hraban/opus":                 {"codec/opus"},
	"github.com/jfreymuth/pulse/...":         {"audio/device"},
	"github.com/ebitengine/oto/...":          {"audio/device"},
	"github.com/gen2brain/malgo":             {"audio/device"},
	"github.com/digitalocean/go-libvirt/...": {"libvirtctl/..."},
	"libvirt.org/go/libvirtxml":              {"libvirtctl/..."},
	"golang.org/x/crypto/...":                {"libvirtctl/..."},
	"github.com/xdg-go/scram":                {"libvirtctl/..."},
	"golang.org/x/net/...":                   {"cmd/saffron/share"},
	"github.com/spf13/cobra":                 {"cmd/..."},
	"github.com/zalando/go-keyring":          {"cmd/..."},
}

func TestLayers(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		checkLayers(t, system)
	}
}

func checkLayers(t *testing.T, system string) {
	for _, p := range list(t, system) {
		name := strings.TrimPrefix(p.ImportPath, module)
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(name, r.of) })
		if i < 0 {
			t.Errorf("%s: no rule says what it may import: give it a place in cmd/deps_test.go", name)
			continue
		}
		for _, imported := range p.Imports {
			if !rules[i].allows(imported) {
				t.Errorf("%s imports %s, but: %s", name, imported, rules[i].why)
			}
			if where := wrapper(imported); where != nil && !matches(name, where) {
				t.Errorf("%s imports %s, but only %s wraps that library", name, imported, strings.Join(where, ", "))
			}
		}
	}
}

func (r *rule) allows(imported string) bool {
	own, ours := strings.CutPrefix(imported, module)
	switch {
	case ours && strings.HasPrefix(own, "cmd/"):
		return matches("cmd/x", r.of) // nothing else imports the program
	case ours:
		return matches(own, r.own)
	case strings.Contains(strings.Split(imported, "/")[0], "."):
		return matches(imported, r.others)
	}
	return !matches(imported, r.not)
}

// wrapper returns which packages may import a wrapped package, nil for others.
func wrapper(imported string) []string {
	for library, where := range wrapped {
		if matches(imported, []string{library}) {
			return where
		}
	}
	return nil
}

// matches reports whether a path is one of patterns, where "a/..." stands for
// a and all below it.
func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		tree, ok := strings.CutSuffix(p, "...")
		return path == p || ok && strings.HasPrefix(path+"/", tree)
	})
}

// list returns the packages of this module as they are on a system.
func list(t *testing.T, system string) []pkg {
	t.Helper()
	var errs bytes.Buffer
	c := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	c.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &errs)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// TestRules checks that the rules say no when they should.
func TestRules(t *testing.T) {
	for _, tc := range []struct {
		of, imported string
		ok           bool
	}{
		{"spice", "saffron/spice/wire", true},
		{"spice", "saffron/channels", false},
		{"spice", "golang.org/x/sys/unix", false},
		{"channels/cursor", "saffron/channels/msgtable", true},
		{"channels/cursor", "saffron/channels/inputs", false},
		{"channels", "saffron/channels/inputs", true},
		{"channels", "saffron/render/window", false},
		{"codec/quic", "saffron/codec/quic/params", true},
		{"codec/quic", "net/netip", false},
		{"codec/quic", "os", false},
		{"codec/quic", "image", true},
		{"render", "saffron/cmd/saffron/demo", false},
		{"cmd/saffron", "saffron/cmd/saffron/demo", true},
	} {
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(tc.of, r.of) })
		if got := rules[i].allows(tc.imported); got != tc.ok {
			t.Errorf("%s imports %s: allowed %v, want %v", tc.of, tc.imported, got, tc.ok)
		}
	}
	if !matches("a/b", []string{"a/..."}) || matches("ab", []string{"a/..."}) || !matches("a", []string{"a/..."}) {
		t.Error("patterns do not match as they should")
	}
}
