//go:build lab

package main_test

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An xserver is an Xspice: an X server whose screen is shown over SPICE, with
// the driver that a guest would use.
type xserver struct {
	*process
	uri string
	env []string // for X clients
	dir string
}

// startXspice starts an X server with no clients and no visible pointer: a
// picture of the root window does not have it.
func startXspice(t *testing.T, env []string, args ...string) *xserver {
	t.Helper()
	need(t, "Xspice", "xdpyinfo", "xsetroot", "xdotool", "import")
	port, display := freePort(t), freeDisplay(t)
	x := &xserver{dir: t.TempDir(), uri: fmt.Sprintf("spice://127.0.0.1:%d", port), env: []string{"DISPLAY=" + display}}
	// Without these sizes the driver writes past its heap when it starts.
	sizes := []string{
		"QXL_FRAME_BUFFER_SIZE=32", "QXL_SURFACE_BUFFER_SIZE=256", "QXL_COMMAND_BUFFER_SIZE=256",
		"QXL_NUM_HEADS=1", "QXL_ENABLE_SURFACES=True", "TMPDIR=" + x.dir,
	}
	args = append([]string{"--auto", "--port", fmt.Sprint(port), "--disable-ticketing"}, args...)
	x.process = start(t, append(sizes, env...), "Xspice", append(args, display)...)
	t.Cleanup(func() { x.terminate(display) })
	eventually(t, "starting Xspice", func() error {
		if err := x.running(); err != nil {
			return &neverError{err}
		}
		_, err := x.try("xdpyinfo")
		return err
	})
	listening(t, x.process, "tcp", strings.TrimPrefix(x.uri, "spice://"))
	empty := filepath.Join(x.dir, "empty.xbm")
	const bitmap = `#define e_width 8
#define e_height 1
#define e_x_hot 0
#define e_y_hot 0
static unsigned char e_bits[] = {
   0x00};
`
	if err := os.WriteFile(empty, []byte(bitmap), 0o600); err != nil {
		t.Fatal(err)
	}
	x.client(t, "xsetroot", "-cursor", empty, empty)
	x.park(t)
	return x
}

// terminate ends the X server itself: Xspice, told to end, would leave the
// server's lock behind and then wait for ever.
func (x *xserver) terminate(display string) {
	lock, err := os.ReadFile(lockFile(display))
	if err != nil {
		return
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(string(lock))); err == nil {
		syscall.Kill(pid, syscall.SIGTERM)
	}
	select {
	case <-x.done:
	case <-time.After(5 * time.Second):
	}
}

// lockFile is where an X server keeps its process id.
func lockFile(display string) string {
	return fmt.Sprintf("/tmp/.X%s-lock", strings.TrimPrefix(display, ":"))
}

// freeDisplay returns the name of an X display that does not exist.
func freeDisplay(t *testing.T) string {
	t.Helper()
	for range 400 {
		display := fmt.Sprintf(":%d", 100+(os.Getpid()*7+int(lastPort.Add(1)))%400)
		if _, err := os.Stat(lockFile(display)); os.IsNotExist(err) {
			return display
		}
	}
	t.Fatal("no free X display")
	return ""
}

// park puts the pointer where no window is.
func (x *xserver) park(t *testing.T) {
	t.Helper()
	x.client(t, "xdotool", "mousemove", "1023", "767")
}

// try runs an X client to its end.
func (x *xserver) try(name string, args ...string) ([]byte, error) {
	cmd := exec.Command("timeout", append([]string{"30", name}, args...)...)
	cmd.Env = append(os.Environ(), x.env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, err
}

// client runs an X client that must succeed.
func (x *xserver) client(t *testing.T, name string, args ...string) string {
	t.Helper()
	need(t, name)
	out, err := x.try(name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// screen returns a picture of the root window.
func (x *xserver) screen(t *testing.T) *image.RGBA {
	t.Helper()
	out, err := x.try("import", "-silent", "-window", "root", "-depth", "8", "ppm:-")
	if err != nil {
		t.Fatal(err)
	}
	img, err := decodePPM(out)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// terminal opens an xterm that runs a shell script, and waits for its window.
func (x *xserver) terminal(t *testing.T, title, geometry, script string) (window string) {
	t.Helper()
	need(t, "xterm")
	start(t, x.env, "xterm", "-T", title, "-geometry", geometry, "-e", "sh", "-c", script)
	eventually(t, "opening xterm", func() error {
		out, err := x.try("xdotool", "search", "--onlyvisible", "--name", "^"+title+"$")
		window = strings.TrimSpace(string(out))
		return err
	})
	return window
}

// wait waits until a file exists, which a script in a terminal makes.
func (x *xserver) wait(t *testing.T, path string) {
	t.Helper()
	eventually(t, "waiting for "+filepath.Base(path), func() error {
		_, err := os.Stat(path)
		return err
	})
}
