//go:build lab

package main_test

import (
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLabRemoteViewer stands in for remote-viewer as its callers have it: by its
// name, with a connection file on standard input, until the machine is switched
// off; and asks for a password in the window, since there is no terminal.
func TestLabRemoteViewer(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: exact + ",password-secret=s", args: []string{"-object", "secret,id=s,data=sesame"}})
	m.guest.graphics(t, 800, 600)
	m.guest.scene(t, 3)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name, file := filepath.Join(dir, "remote-viewer"), filepath.Join(dir, "console.vv")
	if err := os.Symlink(path, name); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("[virt-viewer]\ntype=spice\nhost=127.0.0.1\nport=%d\ntitle=vm %%d\nrelease-cursor=ctrl+alt\n", m.port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := startDesk(t, 0)
	v := &view{desk: d, process: start(t, d.env, "sh", "-c", `exec setsid -w "$0" -v -t 'a title' --auto-resize=never - < "$1"`, name, file)}
	eventually(t, "opening the window", func() error {
		out, err := d.try("xdotool", "search", "--onlyvisible", "--name", "^a title$")
		v.id = string(out[:max(0, len(out)-1)])
		return err
	})
	d.client(t, "xdotool", "windowactivate", "--sync", v.id)
	shown := func() *image.RGBA { return v.pixels(t) }
	eventually(t, "asking for the password", func() error {
		if !strings.Contains(v.tail(), "the window asks") {
			return errors.New("it does not")
		}
		return v.running()
	})
	d.client(t, "xdotool", "type", "sesame")
	d.client(t, "xdotool", "key", "Return")
	agree(t, "the window", shown, func() *image.RGBA { return m.screen(t) })
	m.qmp.do(t, "quit", nil, nil)
	select {
	case <-v.done:
	case <-time.After(patience):
		t.Fatal("the window stays open without a machine")
	}
	if err, ok := v.err.(*exec.ExitError); ok {
		t.Errorf("it ends with %v\n%s", err, v.tail())
	}
}
