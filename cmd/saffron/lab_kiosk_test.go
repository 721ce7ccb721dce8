//go:build lab

package main_test

import (
	"fmt"
	"image"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A manager is a service manager that is told how a kiosk is.
type manager struct {
	address string
	told    chan string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{l.LocalAddr().String(), make(chan string, 10_000)}
	t.Cleanup(func() { l.Close() })
	go func() { // until l is closed; a queue that is full would hold the kiosk up
		for buf := make([]byte, 4096); ; {
			n, err := l.Read(buf)
			if err != nil {
				return
			}
			m.told <- string(buf[:n])
		}
	}()
	return m
}

// await waits until the kiosk tells something with these words.
func (m *manager) await(t *testing.T, words string) {
	t.Helper()
	late := time.After(patience)
	var told []string
	for {
		select {
		case text := <-m.told:
			if strings.Contains(text, words) {
				return
			}
			told = append(told, text)
		case <-late:
			t.Fatalf("the kiosk does not say %q, but %q", words, told)
		}
	}
}

// TestLabKiosk leaves a kiosk alone on an X server without a window manager,
// while its server comes and goes.
func TestLabKiosk(t *testing.T) {
	t.Parallel()
	need(t, "Xvfb", "xdotool", "xdpyinfo")
	display := freeDisplay(t)
	d := &desk{xserver{dir: t.TempDir(), env: []string{"DISPLAY=" + display, "LIBGL_ALWAYS_SOFTWARE=1", "WAYLAND_DISPLAY="}}}
	d.process = start(t, nil, "Xvfb", display, "-screen", "0", "1280x800x24", "-nolisten", "tcp", "+extension", "GLX", "-noreset")
	eventually(t, "starting Xvfb", func() error {
		_, err := d.try("xdpyinfo")
		return err
	})
	m := newManager(t)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	env := append(d.env, "NOTIFY_SOCKET="+m.address, "WATCHDOG_USEC=20000000")
	k := start(t, env, path, "open", "--kiosk", address)
	m.await(t, "connection refused. Connecting again in")
	for range 2 {
		server := start(t, nil, path, "demo", "--serve", address)
		m.await(t, "STATUS=Connected")
		m.await(t, "WATCHDOG=1")
		v := &view{process: k, desk: d, id: d.client(t, "xdotool", "search", "--onlyvisible", "--classname", "^saffron$")}
		d.client(t, "xdotool", "key", "F11", "alt+F4") // to the guest, if to anybody
		if got := v.at(t); got != image.Rect(0, 0, 1280, 800) {
			t.Errorf("the window is at %v", got)
		}
		server.stop()
		m.await(t, "Connecting again in")
	}
	if err := k.running(); err != nil {
		t.Fatal(err)
	}
	k.stop()
}

// TestLabDesktopFile asks the desktop's own program about our file.
func TestLabDesktopFile(t *testing.T) {
	t.Parallel()
	need(t, "desktop-file-validate")
	if out, err := exec.Command("desktop-file-validate", "install/saffron.desktop").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.Command("sh", "-n", "install/kiosk/session").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
