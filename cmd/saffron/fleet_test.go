package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/adrg/xdg"

	"saffron/libvirtctl/libvirttest"
)

// A safeBuffer is written and read by different goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// wait waits until something is written.
func (s *safeBuffer) wait(t *testing.T, pattern string) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if regexp.MustCompile(pattern).MatchString(s.String()) {
			return
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("no %q in:\n%s", pattern, s)
		}
	}
}

// inProcess runs a command line in this process.
func inProcess(ctx context.Context, out, errs *safeBuffer, args ...string) int {
	a := &app{in: os.Stdin, out: out, errs: errs}
	root := newRoot(a)
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return a.report(err)
	}
	return exitOK
}

// twoHosts are in the configuration file, as the group "both"; a third one is
// not there.
func twoHosts(t *testing.T) (one, two *libvirttest.Server) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	one = libvirttest.NewServer(libvirttest.Running("work", 5900), libvirttest.Stopped("spare"))
	two = libvirttest.NewServer(libvirttest.Running("desk\x1b[31m", 5901))
	text := "default = 'both'\n[groups]\nboth = ['one', 'two']\n[hosts.one]\nuri = '" + one.Listen(t) + "'\n[hosts.two]\nuri = '" + two.Listen(t) +
		"'\n[hosts.none]\nuri = '" + libvirttest.URI(filepath.Join(t.TempDir(), "none")) + "'\n"
	if err := os.MkdirAll(filepath.Dir(configPath()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(configPath(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return one, two
}

func TestListCommand(t *testing.T) {
	twoHosts(t)
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitOK, "HOST DOMAIN ID STATE TYPE ADDRESS PORT TLS PORT HEADS AGENT\n" +
			"one work 1 running spice 127.0.0.1 5900 - 1 connected\ntwo desk\uFFFD[31m 1 running spice 127.0.0.1 5901 - 1 connected\n"},
		{[]string{"-c", "one", "--state", "shutoff"}, exitOK, "HOST DOMAIN ID STATE TYPE ADDRESS PORT TLS PORT HEADS AGENT\none spare - shut off spice - - - 1 connected\n"},
		{[]string{"--group", "all", "--all"}, exitConnect, "HOST DOMAIN ID STATE TYPE ADDRESS PORT TLS PORT HEADS AGENT\n" +
			"one work 1 running spice 127.0.0.1 5900 - 1 connected\none spare - shut off spice - - - 1 connected\n" +
			"two desk\uFFFD[31m 1 running spice 127.0.0.1 5901 - 1 connected\n"},
		{[]string{"--state", "upside-down"}, exitUsage, ""},
		{[]string{"--group", "nobody"}, exitUsage, ""},
	} {
		out, errs := new(safeBuffer), new(safeBuffer)
		code := inProcess(t.Context(), out, errs, append([]string{"list"}, tc.args...)...)
		if got := regexp.MustCompile(" +").ReplaceAllString(out.String(), " "); code != tc.code || got != tc.want {
			t.Errorf("%q: code %d\n%s%s", tc.args, code, out, errs)
		}
		if tc.code == exitConnect && (!strings.Contains(errs.String(), "saffron: none: ") || !strings.Contains(errs.String(), "1 of 3 hosts")) {
			t.Errorf("%q: %s", tc.args, errs)
		}
	}
}

func TestListJSON(t *testing.T) {
	twoHosts(t)
	out, errs := new(safeBuffer), new(safeBuffer)
	if code := inProcess(t.Context(), out, errs, "list", "--json", "--group", "all"); code != exitConnect {
		t.Errorf("code %d", code)
	}
	var l listing
	if err := json.Unmarshal([]byte(out.String()), &l); err != nil {
		t.Fatal(err)
	}
	if len(l.Domains) != 2 || len(l.Failed) != 1 || l.Failed[0].Host != "none" || l.Failed[0].Error == "" {
		t.Fatalf("%+v", l)
	}
	if d := l.Domains[0]; d.Host != "one" || d.Domain != "work" || d.ID != 1 || len(d.Graphics) != 1 || d.Graphics[0].Port != 5900 || d.Heads != 1 || d.Agent != "connected" {
		t.Errorf("%+v", d)
	}
}

func TestListWatch(t *testing.T) {
	one, two := twoHosts(t)
	for name, flags := range map[string][]string{"lines": nil, "json": {"--json"}} {
		ctx, cancel := context.WithCancel(t.Context())
		out, errs, code := new(safeBuffer), new(safeBuffer), make(chan int)
		go func() { code <- inProcess(ctx, out, errs, append([]string{"list", "--all", "--watch"}, flags...)...) }()
		for _, want := range []string{"work.*running", "spare.*shut off", "desk"} {
			out.wait(t, want)
		}
		one.Start("spare")
		out.wait(t, "spare.*running")
		two.Drop()
		errs.wait(t, "saffron: two: ")
		out.wait(t, "two.*back")
		one.Stop("spare")
		out.wait(t, "running[^~]*spare.*shut off[^~]*running[^~]*spare.*shut off")
		cancel()
		if got := <-code; got != exitOK {
			t.Errorf("%s: code %d: %s", name, got, errs)
		}
	}
}

func TestEventsCommand(t *testing.T) {
	one, two := twoHosts(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errs, code := new(safeBuffer), new(safeBuffer), make(chan int)
	go func() {
		code <- inProcess(ctx, out, errs, "events", "-v", "--kind", "lifecycle,device-removed", "work", "spare")
	}()
	for range 2 {
		errs.wait(t, `watching[^~]*watching`)
	}
	one.Start("spare")
	out.wait(t, `\d\d:\d\d:\d\d one spare started \(booted\)\n`)
	two.Lifecycle("desk\x1b[31m", 2, 0)
	one.Device(libvirttest.EventDeviceRemoved, "work", "usb\x1b1")
	out.wait(t, "one work removed device usb\uFFFD1\n")
	one.Drop()
	errs.wait(t, "saffron: one: .*lost")
	errs.wait(t, "one is back after .*; what happened meanwhile is not known")
	one.Stop("spare")
	out.wait(t, `one spare stopped \(destroyed\)\n`)
	cancel()
	if got := <-code; got != exitOK || strings.Contains(out.String(), "desk") {
		t.Errorf("code %d\n%s", got, out)
	}
}

func TestEventsJSON(t *testing.T) {
	one, _ := twoHosts(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, errs, code := new(safeBuffer), new(safeBuffer), make(chan int)
	go func() { code <- inProcess(ctx, out, errs, "events", "-c", "one", "--json", "--for", "1h") }()
	out.wait(t, `{"host":"one","status":"watching","at":"[^"]+"}\n`)
	one.Graphics("work", 0, "10.0.0.7", "40000")
	out.wait(t, `{"host":"one","time":"[^"]+","kind":"graphics","domain":"work","uuid":"[-0-9a-f]{36}","id":1,"what":"console channel connected","local":"127.0.0.1:5900","remote":"10.0.0.7:40000"}\n`)
	cancel()
	if got := <-code; got != exitOK {
		t.Errorf("code %d: %s", got, errs)
	}
}

// TestEventsNobody has a host that is never there.
func TestEventsNobody(t *testing.T) {
	twoHosts(t)
	out, errs := new(safeBuffer), new(safeBuffer)
	if code := inProcess(t.Context(), out, errs, "events", "-c", "none", "--for", "50ms"); code != exitConnect {
		t.Errorf("code %d: %s", code, errs)
	}
	if code := inProcess(t.Context(), out, errs, "events", "--kind", "weather"); code != exitUsage || !strings.Contains(errs.String(), "device-removed") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestCompletion(t *testing.T) {
	_, two := twoHosts(t)
	two.SetFault(libvirttest.Dead())
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"dominfo", "-c", "one", ""}, "work\trunning, id 1\nspare\tnot running\n:4\n"},
		{[]string{"dominfo", "-c", "one", "w"}, "work\trunning, id 1\n:4\n"},
		{[]string{"events", "-c", "one", "s"}, "spare\tnot running\n:4\n"},
		{[]string{"dominfo", "-c", "two", ""}, ":4\n"},
		{[]string{"list", "--group", "b"}, "both\n:4\n"},
		{[]string{"list", "-c", "no"}, "none\tXX\n:4\n"},
		{[]string{"events", "--kind", "device-r"}, "device-removed\ndevice-removal-failed\n:4\n"},
	} {
		out, errs := new(safeBuffer), new(safeBuffer)
		began := time.Now()
		inProcess(t.Context(), out, errs, append([]string{"__complete"}, tc.args...)...)
		got := regexp.MustCompile(`\ttest.*`).ReplaceAllString(out.String(), "\tXX")
		if got != tc.want || time.Since(began) > 5*time.Second {
			t.Errorf("%q after %v: %q, want %q", tc.args, time.Since(began), got, tc.want)
		}
	}
	out := new(safeBuffer)
	if code := inProcess(t.Context(), out, out, "completion", "bash"); code != exitOK || !strings.Contains(out.String(), "__complete") {
		t.Errorf("code %d", code)
	}
}
