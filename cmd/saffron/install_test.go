package main

import (
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDesktopFile wants the desktop to hand over what open takes.
func TestDesktopFile(t *testing.T) {
	text, err := os.ReadFile("install/saffron.desktop")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = value
	}
	types := strings.Split(strings.TrimSuffix(values["MimeType"], ";"), ";")
	want := []string{"application/x-virt-viewer", "x-scheme-handler/spice", "x-scheme-handler/spice+tls", "x-scheme-handler/spice+unix"}
	if !slices.Equal(types, want) {
		t.Errorf("types %q, want %q", types, want)
	}
	for _, uri := range []string{"spice://h:1", "spice+tls://h:1", "spice+unix:///s"} {
		if _, err := parseTarget(uri); err != nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if _, err := os.Stat("install/" + values["Icon"] + ".svg"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"install/saffron.svg", "install/saffron-mime.xml"} {
		text, err := os.ReadFile(name)
		if err == nil {
			err = xml.Unmarshal(text, new(struct{}))
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSamplePolicy reads the policy that kiosks are given to begin with.
func TestSamplePolicy(t *testing.T) {
	p, err := loadPolicy("install/kiosk/policy.toml", "")
	if err != nil {
		t.Fatal(err)
	}
	v := newViewer(testApp(), &settings{policy: p}, new(openFlags))
	for _, name := range []string{"send-ctrl-alt-f1", "reconnect"} {
		if _, ok := findCommand(v.commands(), name, p.permits); !ok {
			t.Errorf("there is no %s", name)
		}
	}
	for _, name := range []string{"quit", "screenshot", commandFullscreen} {
		if _, ok := findCommand(v.commands(), name, p.permits); ok {
			t.Errorf("there is %s", name)
		}
	}
	if !p.kiosk() || p.allowsMicrophone() || p.clipboardDirection("both") != "to-guest" || p.allowsShare("/") || !p.allowsSound() {
		t.Errorf("%+v", p.rules[0])
	}
}

// TestVersion wants the program to say what make build tells the linker.
func TestVersion(t *testing.T) {
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "-X main.version=") {
		t.Error("make build says no version")
	}
	t.Cleanup(func() { version = "" })
	if version = "v1.2.3"; builtFrom() != version {
		t.Errorf("built from %s", builtFrom())
	}
}
