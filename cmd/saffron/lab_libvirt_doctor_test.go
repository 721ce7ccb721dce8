//go:build lab

package main_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// findings returns what doctor finds, and checks its exit code against it.
func (h *libvirtHost) findings(t *testing.T, domain string, args ...string) []string {
	t.Helper()
	r := saffron(t, append([]string{"doctor", "-c", h.uri, domain, "--json"}, args...)...)
	var c struct {
		Findings []struct {
			ID, Severity string
			Stored       bool
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &c); err != nil {
		t.Fatalf("doctor: %v\n%s%s", err, r.stdout, r.stderr)
	}
	found, want := []string{}, 0
	for _, f := range c.Findings {
		id := f.ID
		if f.Stored {
			id = "(" + id + ")"
		}
		if f.Severity != "hint" {
			want = 1
		}
		found = append(found, id)
	}
	if r.code != want {
		t.Errorf("doctor found %v and ended with %d", found, r.code)
	}
	slices.Sort(found)
	return found
}

// TestLabLibvirtDoctor takes a bare domain, adds what is safe, and checks that
// the domain starts with it and lacks it no more.
func TestLabLibvirtDoctor(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "bare", domainConfig{graphics: "<memballoon model='none'/>"})
	expect := func(when string, got []string, want string) {
		t.Helper()
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%s: found %v, want [%s]", when, got, want)
		}
	}
	bare := "no-agent-channel no-folder-channel no-sound no-spice no-tablet no-usb-redirection one-head"
	expect("bare", h.findings(t, "bare"), bare)
	h.virsh(t, "start", "bare")
	expect("bare, running", h.findings(t, "bare"), bare)

	r := saffron(t, "doctor", "-c", h.uri, "bare", "--apply")
	if r.code != 1 || !strings.Contains(r.stderr, "+   <target type='virtio' name='com.redhat.spice.0'/>") || !strings.Contains(r.stdout, "takes effect at the next start") {
		t.Errorf("apply: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, f := range h.findings(t, "bare") {
		if !strings.HasPrefix(f, "(") && f != "no-ticket" {
			t.Errorf("after apply: %s is not in the stored definition", f)
		}
	}
	h.virsh(t, "destroy", "bare")
	expect("applied", h.findings(t, "bare"), "no-ticket")
	h.virsh(t, "start", "bare")
	expect("applied and started", h.findings(t, "bare"), "agent-silent no-ticket")
	if display := h.virsh(t, "domdisplay", "bare"); !strings.HasPrefix(display, "spice://127.0.0.1:") {
		t.Errorf("the console is at %s", display)
	}
	if live := h.virsh(t, "dumpxml", "bare"); !strings.Contains(live, "<streaming mode='filter'/>") || !strings.Contains(live, "heads='4'") {
		t.Errorf("the running domain has not all:\n%s", live)
	}
}

// TestLabLibvirtDoctorAll examines a host with domains good and bad.
func TestLabLibvirtDoctorAll(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "open", domainConfig{graphics: "<graphics type='spice' autoport='yes'><listen type='address' address='0.0.0.0'/></graphics>"})
	h.define(t, "vnc", domainConfig{graphics: "<graphics type='vnc' autoport='yes'/>"})
	h.define(t, "late", domainConfig{graphics: "<graphics type='spice' autoport='yes' passwd='x' passwdValidTo='2020-01-01T00:00:00'/>"})
	h.virsh(t, "start", "open")
	if found := strings.Join(h.findings(t, "open"), " "); !strings.Contains(found, "no-ticket") || !strings.Contains(found, "no-tls") {
		t.Errorf("open to all: found %s", found)
	}
	if found := strings.Join(h.findings(t, "late"), " "); !strings.Contains(found, "ticket-expired") {
		t.Errorf("expired: found %s", found)
	}
	// Read-only connections see no passwords and do not guess.
	if found := strings.Join(h.findings(t, "open", "--readonly"), " "); strings.Contains(found, "no-ticket") {
		t.Errorf("read-only: found %s", found)
	}
	r := saffron(t, "doctor", "-c", h.uri)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if r.code != 1 || len(lines) != 4 || !strings.HasPrefix(lines[3], "open") || !strings.Contains(r.stdout, "no SPICE console, only vnc") {
		t.Errorf("all: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := saffron(t, "doctor", "-c", h.uri, "--apply"); r.code != 2 {
		t.Errorf("apply to all: exit code %d", r.code)
	}
}

// TestLabLibvirtDoctorGood ends with 0 if only hints are left.
func TestLabLibvirtDoctorGood(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "good", domainConfig{
		devices: "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel><input type='tablet' bus='usb'/>",
	})
	if found := h.findings(t, "good"); slices.Contains(found, "no-agent-channel") || !slices.Contains(found, "no-sound") {
		t.Errorf("found %v", found)
	}
	out := succeed(t, "doctor", "-c", h.uri, "good").stdout
	if !strings.Contains(out, "good: ") || !strings.Contains(out, "hints") {
		t.Errorf("it said %s", out)
	}
}
