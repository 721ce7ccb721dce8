//go:build lab

package main_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dump returns what QEMU says is on a domain's screen.
func (h *libvirtHost) dump(t *testing.T, name string) *image.RGBA {
	t.Helper()
	path := filepath.Join(h.dir, name+".ppm")
	h.virsh(t, "qemu-monitor-command", name, fmt.Sprintf(`{"execute":"screendump","arguments":{"filename":%q}}`, path))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := decodePPM(data)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// boot starts a domain and stops its time when its guest runs: then the screen
// holds still, and the guest takes no time from others.
func (h *libvirtHost) boot(t *testing.T, name string) {
	t.Helper()
	h.virsh(t, "start", name)
	h.still(t, name)
}

func (h *libvirtHost) still(t *testing.T, name string) {
	t.Helper()
	eventually(t, "booting "+name, func() error {
		if size := h.dump(t, name).Rect.Size(); size != image.Pt(720, 400) {
			return fmt.Errorf("the screen is %v", size)
		}
		return nil
	})
	h.virsh(t, "suspend", name)
}

// same compares what saffron shows of a domain with QEMU's own picture.
func (h *libvirtHost) same(t *testing.T, name string, args ...string) {
	t.Helper()
	agree(t, strings.Join(args, " "), func() *image.RGBA { return screenshot(t, append([]string{"-c", h.uri}, args...)...) },
		func() *image.RGBA { return h.dump(t, name) })
}

// shows waits until a window shows a domain.
func (h *libvirtHost) shows(t *testing.T, v *view, name string) {
	t.Helper()
	agree(t, "the window", func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA {
		want := h.dump(t, name)
		if size := want.Rect.Size(); v.at(t).Size() != size { // a busy desktop is late
			v.desk.client(t, "xdotool", "windowsize", v.id, fmt.Sprint(size.X), fmt.Sprint(size.Y))
		}
		return want
	})
}

// refused checks how a run of saffron fails.
func refused(t *testing.T, code int, says string, args ...string) {
	t.Helper()
	if r := saffron(t, args...); r.code != code || !strings.Contains(r.stderr, says) {
		t.Errorf("saffron %s: exit code %d, want %d; it says %q, want %q", strings.Join(args, " "), r.code, code, r.stderr, says)
	}
}

// listenOn is SPICE that listens in some way.
func listenOn(listen string) domainConfig {
	return domainConfig{graphics: "<graphics type='spice'>" + listen + "</graphics>"}
}

func TestLabLibvirtOpen(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	h.define(t, "old", domainConfig{graphics: "<graphics type='vnc' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics>"})
	h.define(t, "blind", domainConfig{graphics: " "})
	refused(t, 3, "saffron start -c '"+h.uri+"' work", "screenshot", "-o", "x.png", "-c", h.uri, "work")
	refused(t, 3, "there is no domain nope", "info", "-c", h.uri, "nope")
	h.boot(t, "work")
	h.virsh(t, "start", "--paused", "old")
	h.virsh(t, "start", "--paused", "blind")
	for _, which := range []string{"work", h.virsh(t, "domuuid", "work"), h.virsh(t, "domid", "work")} {
		h.same(t, "work", which)
	}
	h.same(t, "work", "--readonly", "work")
	h.same(t, "work", "--attach", "work")
	refused(t, 3, "old has no SPICE console, only VNC", "info", "-c", h.uri, "old")
	refused(t, 3, "<graphics type='spice' autoport='yes'/>", "info", "-c", h.uri, "blind")
	out := saffronWith(t, []string{"LIBVIRT_DEFAULT_URI=" + h.uri}, "info", "work")
	if out.code != 0 || !strings.Contains(out.stdout, h.virsh(t, "domuuid", "work")) {
		t.Errorf("without -c: exit code %d, %q, %q", out.code, out.stdout, out.stderr)
	}
	succeed(t, "type", "-c", h.uri, "work", "hello")
	succeed(t, "key", "-c", h.uri, "work", "enter")

	v := startDesk(t, 0).open(t, "open", "-c", h.uri, "work")
	h.shows(t, v, "work")
	if code := v.quit(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, v.tail())
	}
}

func TestLabLibvirtOpenListen(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	socket := filepath.Join(t.TempDir(), "spice")
	for name, c := range map[string]domainConfig{
		"none":   listenOn("<listen type='none'/>"),
		"socket": listenOn("<listen type='socket' socket='" + socket + "'/>"),
		"any":    {graphics: "<graphics type='spice' autoport='yes'><listen type='address' address='0.0.0.0'/></graphics>"},
		"six":    {graphics: "<graphics type='spice' autoport='yes'><listen type='address' address='::1'/></graphics>"},
		"second": {graphics: "<graphics type='vnc' autoport='yes'/><graphics type='spice' autoport='yes'/>"},
	} {
		h.define(t, name, c)
		h.boot(t, name)
		h.same(t, name, name)
		h.same(t, name, "--attach", name)
	}
	refused(t, 3, "listens nowhere", "info", "-c", h.uri, "--readonly", "none")
	if r := succeed(t, "info", "-c", h.uri, "socket"); !strings.Contains(r.stdout, socket) {
		t.Errorf("info says %q", r.stdout)
	}
	if r := succeed(t, "info", "-c", h.uri, "--readonly", "--attach", "any"); !strings.Contains(r.stderr, "the console's address is used") {
		t.Errorf("attached read-only, it says %q", r.stderr)
	}
}

func TestLabLibvirtOpenTicket(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	graphics := func(more string) string {
		return "<graphics type='spice' autoport='yes' " + more + "><listen type='address' address='127.0.0.1'/></graphics>"
	}
	h.define(t, "work", domainConfig{graphics: graphics("passwd='first'")})
	h.boot(t, "work")
	h.same(t, "work", "work")
	h.same(t, "work", "--readonly", "--attach=false", "--password-file", secret(t, "first"), "work")
	refused(t, 4, "work wants a password", "info", "-c", h.uri, "--readonly", "work")
	change := func(more string) {
		t.Helper()
		port := strings.TrimSpace(h.virsh(t, "domdisplay", "work"))
		port = port[strings.LastIndex(port, ":")+1:]
		file := filepath.Join(h.dir, "change.xml")
		text := strings.Replace(graphics(more), "autoport='yes'", "autoport='yes' port='"+port+"'", 1)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.virsh(t, "update-device", "work", file, "--live")
	}
	change("passwd='second'")
	h.same(t, "work", "work")
	refused(t, 4, "the password is wrong", "info", "-c", h.uri, "--password-file", secret(t, "first"), "work")
	change("passwd='third' passwdValidTo='2001-02-03T04:05:06'")
	refused(t, 4, "the password of work has expired on 2001-02-03 04:05:06 UTC", "info", "-c", h.uri, "work")
	refused(t, 4, "saffron open --set-ticket -c", "info", "-c", h.uri, "work")
	r := succeed(t, "info", "--debug", "-c", h.uri, "--set-ticket", "work")
	_, ticket, _ := strings.Cut(h.virsh(t, "dumpxml", "--security-info", "work"), "passwd='")
	ticket, _, _ = strings.Cut(ticket, "'")
	if len(ticket) < 20 || strings.Contains(r.stderr, ticket) {
		t.Errorf("the ticket %q is too short, or in the log", ticket)
	}
	h.same(t, "work", "work") // it is still valid
	h.same(t, "work", "--set-ticket", "work")
	if stored := h.virsh(t, "dumpxml", "--inactive", "--security-info", "work"); !strings.Contains(stored, "passwd='first'") {
		t.Errorf("the stored definition has changed:\n%s", stored)
	}
	h.define(t, "open", domainConfig{})
	h.virsh(t, "start", "--paused", "open")
	if r := succeed(t, "info", "-c", h.uri, "--set-ticket", "open"); !strings.Contains(r.stderr, "open has no password, so no ticket is set") {
		t.Errorf("it says %q", r.stderr)
	}
}

// secret writes a password into a file.
func secret(t *testing.T, password string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLabLibvirtOpenWait opens domains before they are defined.
func TestLabLibvirtOpenWait(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	done := make(chan result, 1)
	go func() {
		r, err := execute(t.Context(), nil, "info", "--verbose", "--wait", "-c", h.uri, "other")
		if err != nil {
			r.stderr = err.Error()
		}
		done <- r
	}()
	v := startDesk(t, 0).open(t, "--wait", "-c", h.uri, "late")
	written(t, v)
	h.define(t, "other", domainConfig{})
	h.define(t, "late", domainConfig{})
	time.Sleep(300 * time.Millisecond)
	select {
	case r := <-done:
		t.Fatalf("it has not waited: %+v", r)
	default:
	}
	h.virsh(t, "start", "--paused", "other")
	if r := <-done; r.code != 0 || !strings.Contains(r.stdout, "other") || !strings.Contains(r.stderr, "Waiting until it starts") {
		t.Errorf("%+v", r)
	}
	h.boot(t, "late")
	h.shows(t, v, "late")
	v.quit(t)
}

// TestLabLibvirtOpenReconnect keeps a window over a restart of the domain, and
// over one of libvirtd.
func TestLabLibvirtOpenReconnect(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{graphics: "<graphics type='spice' autoport='yes' passwd='secret'><listen type='address' address='127.0.0.1'/></graphics>"})
	// The guest goes on, since QEMU does not send what it drew just before it
	// paused; nor does it what it draws while it dumps its screen, so that has to
	// wait until the guest has drawn, and QEMU has looked.
	start := func() {
		h.virsh(t, "start", "work")
		h.booted(t, "work")
		time.Sleep(time.Second)
	}
	start()
	v := startDesk(t, 0).open(t, "--verbose", "--reconnect", "-c", h.uri, "work")
	h.shows(t, v, "work")
	for restart := range 3 {
		last := h.dump(t, "work")
		h.virsh(t, "destroy", "work")
		eventually(t, "dimming the picture", func() error {
			return dimmed(v.pixels(t), last, image.Rect(0, 0, last.Rect.Dx(), 60)) // above the cursor, which blinks
		})
		if restart == 2 {
			h.kill(t)
			h.start(t, libvirtConfig{})
		}
		start()
		h.shows(t, v, "work")
	}
	if code := v.quit(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, v.tail())
	}
}

// TestLabLibvirtOpenChoose chooses in the window.
func TestLabLibvirtOpenChoose(t *testing.T) {
	t.Parallel() // but not its parts: QEMU has one viewer at a time
	h := startLibvirt(t, libvirtConfig{})
	for _, name := range []string{"alpha", "beta", "build", "gamma", "office", "spare"} {
		h.define(t, name, domainConfig{})
	}
	h.boot(t, "build")
	h.boot(t, "office")
	for _, tc := range []struct {
		name string
		dpi  int
		do   func(*view)
		want string
	}{
		{"enter", 0, func(v *view) { v.press(t, "Return") }, "build"},
		{"arrows", 144, func(v *view) { v.press(t, "Down", "Down", "Up", "Return") }, "office"},
		{"filter", 0, func(v *view) { v.press(t, "x"); v.press(t, "BackSpace"); v.press(t, "f", "i"); v.press(t, "Return") }, "office"},
		{"mouse", 0, func(v *view) {
			v.move(t, image.Pt(400, v.at(t).Dy()/2-20))
			v.desk.client(t, "xdotool", "mousemove_relative", "--sync", "0", "1")
			v.press(t, "Home", "Down")
			v.desk.client(t, "xdotool", "key", "Return")
		}, "office"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := startDesk(t, tc.dpi).open(t, "-c", h.uri)
			written(t, v)
			v.resize(t, image.Pt(800, 600))
			keep(t, "chooser.png", v.pixels(t))
			tc.do(v)
			h.shows(t, v, tc.want)
			v.quit(t)
		})
	}
	t.Run("stopped", func(t *testing.T) {
		v := startDesk(t, 0).open(t, "-c", h.uri)
		written(t, v)
		v.press(t, "g", "a", "m")
		chooser := v.pixels(t)
		v.press(t, "Return")
		v.shows(t, "why it is not opened", chooser, func(r image.Rectangle) bool { return !r.Empty() })
		time.Sleep(500 * time.Millisecond)
		keep(t, "stopped.png", v.pixels(t))
		if code := v.quit(t); code != 3 || !strings.Contains(v.tail(), "gamma is not running: shut off") {
			t.Errorf("exit code %d, %s", code, v.tail())
		}
	})
	t.Run("escape", func(t *testing.T) {
		v := startDesk(t, 0).open(t, "-c", h.uri)
		written(t, v)
		v.press(t, "a", "Escape", "Escape")
		select {
		case <-v.done:
		case <-time.After(patience):
			t.Fatal("the window stays")
		}
		if code := v.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}

func (v *view) press(t *testing.T, keys ...string) {
	t.Helper()
	v.desk.client(t, "xdotool", append([]string{"key", "--delay", "40"}, keys...)...)
	time.Sleep(500 * time.Millisecond) // keys and letters come by different ways
}

// TestLabLibvirtOpenSSH opens consoles that only the far host reaches.
func TestLabLibvirtOpenSSH(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	s := startSSH(t, h, "")
	far := *h
	far.uri = s.at("keyfile=" + s.key)
	env := s.env()
	for name, c := range map[string]domainConfig{
		"loop":   {},
		"socket": listenOn("<listen type='socket' socket='" + filepath.Join(t.TempDir(), "spice") + "'/>"),
		"ticket": {graphics: "<graphics type='spice' autoport='yes' passwd='secret'><listen type='address' address='0.0.0.0'/></graphics>"},
	} {
		h.define(t, name, c)
		h.boot(t, name)
		agree(t, name, func() *image.RGBA {
			path := filepath.Join(t.TempDir(), "screen.png")
			if r := saffronWith(t, env, "screenshot", "-o", path, "-c", far.uri, name); r.code != 0 {
				t.Fatalf("exit code %d: %s", r.code, r.stderr)
			}
			return readPicture(t, path)
		}, func() *image.RGBA { return h.dump(t, name) })
	}
	r := saffronWith(t, env, "info", "-c", far.uri, "--direct", "ticket")
	if r.code != 0 {
		t.Errorf("a port, direct: exit code %d, %s", r.code, r.stderr)
	}
	h.define(t, "none", listenOn("<listen type='none'/>"))
	h.virsh(t, "start", "--paused", "none")
	if r = saffronWith(t, env, "info", "-c", far.uri, "none"); r.code != 3 || !strings.Contains(r.stderr, "listens nowhere") {
		t.Errorf("listens nowhere: exit code %d, %s", r.code, r.stderr)
	}
}

// TestLabLibvirtOpenTLS opens a domain that has only a TLS port.
func TestLabLibvirtOpenTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authority := newAuthority(t, "Open")
	authority.issue(t, dir, "host", "127.0.0.1")
	ca := authority.file
	h := startLibvirt(t, libvirtConfig{qemu: fmt.Sprintf("spice_tls = 1\nspice_tls_x509_cert_dir = %q\n", dir)})
	h.define(t, "work", domainConfig{graphics: "<graphics type='spice' autoport='yes' defaultMode='secure'><listen type='address' address='127.0.0.1'/></graphics>"})
	h.define(t, "both", domainConfig{graphics: "<graphics type='spice' autoport='yes'><listen type='address' address='127.0.0.1'/><channel name='main' mode='secure'/></graphics>"})
	h.boot(t, "work")
	h.boot(t, "both")
	h.same(t, "work", "--spice-ca-file", ca, "work")
	h.same(t, "both", "--spice-ca-file", ca, "both")
	refused(t, 3, "--spice-ca-file", "info", "-c", h.uri, "work")
	if r := succeed(t, "info", "--spice-ca-file", ca, "-c", h.uri, "work"); !strings.Contains(r.stdout, "spice+tls://127.0.0.1:") {
		t.Errorf("info says %q", r.stdout)
	}
}
