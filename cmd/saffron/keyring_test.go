package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/zalando/go-keyring"

	"saffron/spice/vv"
)

// TestKeyringForFiles gives saved passwords to connection files that lead to a
// machine as its address does, and not to those that bring whom to trust, or a
// proxy, along.
func TestKeyringForFiles(t *testing.T) {
	keyring.MockInit()
	for text, want := range map[string]string{
		"":                                    "the password",
		"proxy=http://evil.example:3128\n":    "",
		"ca=-----BEGIN CERTIFICATE-----\\n\n": "",
		"host-subject=CN=evil\n":              "",
	} {
		path := filepath.Join(t.TempDir(), "x.vv")
		if err := os.WriteFile(path, []byte("[virt-viewer]\ntype=spice\nhost=work.example\ntls-port=5901\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := vv.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		a := &app{log: slog.New(slog.DiscardHandler), errs: io.Discard}
		s := &settings{prefs: &prefs{config: &config{Settings: prefTable{prefSaved: "true"}}, memory: &memory{path: path + ".toml"}}}
		_ = s.useFile(file) // what is said of the certificate is none
		if err := keyring.Set(keyringService, s.link.Target.String(), "the password"); err != nil {
			t.Fatal(err)
		}
		if got := a.newConsole(s, nil).safe.open(t.Context()); got != want {
			t.Errorf("%q is given %q", text, got)
		}
	}
}
