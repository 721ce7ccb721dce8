//go:build lab

package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// configured puts hosts into a configuration file and returns what makes the
// program read it.
func configured(t *testing.T, hosts map[string]string) []string {
	t.Helper()
	dir := t.TempDir()
	text := ""
	for name, uri := range hosts {
		text += fmt.Sprintf("[hosts.%s]\nuri = %q\n", name, uri)
	}
	if err := os.MkdirAll(filepath.Join(dir, "saffron"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "saffron", "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"XDG_CONFIG_HOME=" + dir}
}

// says waits until a process has written something.
func (p *process) says(t *testing.T, pattern string) {
	t.Helper()
	eventually(t, pattern, func() error {
		log, err := os.ReadFile(p.log)
		if err == nil && !regexp.MustCompile(pattern).Match(log) {
			err = fmt.Errorf("only this is said:\n%s", log)
		}
		return err
	})
}

// restart starts libvirtd again, which has ended.
func (h *libvirtHost) restart(t *testing.T) {
	t.Helper()
	h.process = start(t, nil, "../../testdata/lab/libvirtd.sh", h.dir, h.process.cmd.Args[len(h.process.cmd.Args)-1])
	h.says(t, "qemu:///system")
}

// TestLabLibvirtFleet lists and watches two hosts together, one of which is
// killed and started again.
func TestLabLibvirtFleet(t *testing.T) {
	t.Parallel()
	one, two := startLibvirt(t, libvirtConfig{}), startLibvirt(t, libvirtConfig{})
	one.define(t, "work", domainConfig{devices: `<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>`})
	two.define(t, "spare", domainConfig{})
	one.virsh(t, "start", "work")
	env := configured(t, map[string]string{"one": one.uri, "two": two.uri})
	_, port, _ := strings.Cut(one.virsh(t, "domdisplay", "work"), "127.0.0.1:")

	r := saffronWith(t, env, "list", "--group", "all", "--all", "-c", "qemu:///system?socket=/nowhere")
	want := "HOST DOMAIN ID STATE TYPE ADDRESS PORT TLS PORT HEADS AGENT\none work 1 running spice 127.0.0.1 " + port +
		" - 1 disconnected\ntwo spare - shut off spice 127.0.0.1 - - 1 none\n"
	if got := regexp.MustCompile(" +").ReplaceAllString(r.stdout, " "); r.code != 3 || got != want || !strings.Contains(r.stderr, "/nowhere") {
		t.Errorf("code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	var l struct{ Domains []struct{ Domain string } }
	r = saffronWith(t, env, "list", "--group", "all", "--json")
	if err := json.Unmarshal([]byte(r.stdout), &l); err != nil || r.code != 0 || len(l.Domains) != 1 || l.Domains[0].Domain != "work" {
		t.Errorf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	if r = saffronWith(t, env, "__complete", "dominfo", "-c", "two", "s"); r.stdout != "spare\tnot running\n:4\n" {
		t.Errorf("completion: %q, %s", r.stdout, r.stderr)
	}

	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	watch := start(t, env, path, "list", "--group", "all", "--all", "--watch")
	events := start(t, env, path, "events", "--group", "all", "-v")
	watch.says(t, `one +work +1 +running[^~]*two +spare|two +spare[^~]*one +work +1 +running`)
	events.says(t, `watching[^~]*watching`)
	two.virsh(t, "start", "spare")
	watch.says(t, `two +spare +1 +running +spice +127.0.0.1 +\d+`)
	events.says(t, `\d\d:\d\d:\d\d two spare started \(booted\)`)
	two.virsh(t, "suspend", "spare")
	watch.says(t, `two +spare +1 +paused`)
	events.says(t, `two spare suspended \(paused\)`)
	if r := saffron(t, "screenshot", "127.0.0.1:"+port, "-o", filepath.Join(t.TempDir(), "x.png")); r.code != 0 {
		t.Errorf("%s", r.stderr)
	}
	events.says(t, `one work console channel connected from 127.0.0.1:\d+`)
	events.says(t, `one work console channel disconnected from 127.0.0.1:\d+`)

	two.stop()
	watch.says(t, `saffron: two: `)
	events.says(t, `saffron: two: `)
	two.restart(t)
	watch.says(t, `two +back after`)
	events.says(t, `two is back after [\d.]+m?s; what happened meanwhile is not known`)
	if two.virsh(t, "domstate", "spare") != "shut off" { // QEMU may outlive libvirtd
		two.virsh(t, "destroy", "spare")
	}
	two.virsh(t, "start", "spare")
	events.says(t, `is back[^~]*two spare started \(booted\)`)
	watch.says(t, `back[^~]*two +spare +\d+ +running`)
	one.virsh(t, "destroy", "work")
	watch.says(t, `one +work +- +shut off`)
	one.virsh(t, "undefine", "work")
	watch.says(t, `one +work +- +gone`)
}
