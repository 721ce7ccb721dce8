//go:build lab

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// wireListing is a boot sector that copies what comes at the first serial port to
// the second, and the other way round, after it has said 'R'.
const wireListing = `
start:
	fa                    ; cli
	31c0                  ; xor ax, ax
	8ed8 8ed0 bc007c      ; mov ds, ax : mov ss, ax : mov sp, 7c00h
	c7062c00 =handler     ; mov word [2ch], handler: IRQ 3
	a32e00                ; mov [2eh], ax
	c7063000 =handler     ; IRQ 4
	a33200
	e421 24e7 e621        ; in al, 21h : and al, 0e7h : out 21h, al
	bafa03 b001 ee        ; mov dx, 3fah : mov al, 1 : out dx, al: with a FIFO
	bafa02 ee             ; mov dx, 2fah : out dx, al
	baf903 ee             ; mov dx, 3f9h : out dx, al: interrupt when anything comes
	baf902 ee
	bafc03 b00b ee        ; mov dx, 3fch : mov al, 0bh : out dx, al
	bafc02 ee
	baf803 b052 ee        ; mov dx, 3f8h : mov al, 'R' : out dx, al
again:
	fa                    ; cli
	bafd03 ec a801        ; mov dx, 3fdh : in al, dx : test al, 1: has anything come?
	75 >forth
	bafd02 ec a801
	75 >back
	fb f4 eb >again       ; sti : hlt
forth:
	bafd02 ec a820        ; mov dx, 2fdh : in al, dx : test al, 20h: is there room?
	74 >forth
	baf803 ec             ; mov dx, 3f8h : in al, dx
	baf802 ee             ; mov dx, 2f8h : out dx, al
	eb >again
back:
	bafd03 ec a820
	74 >back
	baf802 ec
	baf803 ee
	eb >again
handler:
	50 b020 e620 58 cf    ; push ax : mov al, 20h : out 20h, al : pop ax : iret
`

// A wiredMachine is a machine whose guest joins a socket of ours with a port of SPICE.
type wiredMachine struct {
	*machine
	conn net.Conn // the guest's end of the port
}

// startWire starts a machine with a port of that name.
func startWire(t *testing.T, name string) *wiredMachine {
	t.Helper()
	m := &machine{dir: t.TempDir(), port: freePort(t)}
	m.uri = fmt.Sprintf("spice://127.0.0.1:%d", m.port)
	serial := filepath.Join(m.dir, "serial")
	m.process = start(t, nil, "qemu-system-x86_64",
		"-machine", "pc", "-accel", "tcg", "-m", "16", "-nodefaults", "-display", "none", "-device", "VGA",
		"-drive", "file="+writeImage(t, "wire", assembleSector(wireListing))+",format=raw,if=ide",
		"-spice", fmt.Sprintf("addr=127.0.0.1,port=%d,disable-ticketing=on", m.port),
		"-chardev", "socket,id=com1,path="+serial+",server=on,wait=on", "-serial", "chardev:com1",
		"-chardev", "spiceport,id=com2,name="+name, "-serial", "chardev:com2")
	w := &wiredMachine{m, m.dial(t, serial)}
	var ready [1]byte
	if _, err := io.ReadFull(w.conn, ready[:]); err != nil || ready[0] != 'R' {
		t.Fatalf("the guest says %q: %v", ready, err)
	}
	return w
}

// allBytes are all bytes there are, some times.
func allBytes(n int) []byte {
	p := make([]byte, 256*n)
	for i := range p {
		p[i] = byte(i)
	}
	return p
}

// TestLabPort moves bytes between the standard streams, or a socket, and a serial
// port of a guest.
func TestLabPort(t *testing.T) {
	t.Parallel()
	const name = "org.test.console.0"
	w := startWire(t, name)
	if r := succeed(t, "port", w.uri); r.stdout != name+"\n" {
		t.Errorf("ports: %q", r.stdout)
	}
	if r := succeed(t, "info", w.uri); !strings.Contains(r.stdout, name) {
		t.Errorf("info: %s", r.stdout)
	}
	if r := saffron(t, "port", w.uri, "none"); r.code != 1 || !strings.Contains(r.stderr, name) {
		t.Errorf("a port that is not there: %d %s", r.code, r.stderr)
	}
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	up, down := allBytes(4), allBytes(6)
	c := exec.CommandContext(t.Context(), path, "port", "--linger", "60s", w.uri, name)
	c.Stdin, c.Stderr = bytes.NewReader(up), os.Stderr
	out, err := c.StdoutPipe()
	if err != nil || c.Start() != nil {
		t.Fatal(err)
	}
	exchange(t, "the standard streams", w.conn, up, out, down)
	c.Process.Kill()
	c.Wait()
	testPortSockets(t, w, name)
}

// exchange takes up from the guest, which shows that there is a way, and then
// sends down through it.
func exchange(t *testing.T, what string, guest net.Conn, up []byte, out io.Reader, down []byte) {
	t.Helper()
	guest.SetDeadline(time.Now().Add(patience))
	got := make([]byte, len(up))
	if _, err := io.ReadFull(guest, got); err != nil || !bytes.Equal(got, up) {
		t.Fatalf("%s: the guest got something else: %v", what, err)
	}
	go guest.Write(down)
	got = make([]byte, len(down))
	if _, err := io.ReadFull(out, got); err != nil || !bytes.Equal(got, down) {
		t.Fatalf("%s: the guest said something else: %v", what, err)
	}
}

// testPortSockets does so with a window that listens at a socket, twice.
func testPortSockets(t *testing.T, w *wiredMachine, name string) {
	t.Helper()
	path := filepath.Join(w.dir, "port")
	startDesk(t, 0).open(t, "--port", name+"=unix:"+path, w.uri)
	for range 2 {
		var conn net.Conn
		eventually(t, "connecting to the port", func() (err error) {
			conn, err = net.Dial("unix", path)
			return err
		})
		conn.SetDeadline(time.Now().Add(patience))
		up, down := allBytes(2), allBytes(2)
		if _, err := conn.Write(up); err != nil {
			t.Fatal(err)
		}
		exchange(t, "a socket", w.conn, up, conn, down)
		conn.Close()
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", i.Mode(), err)
	}
}

// TestLabShare shares a folder with a guest whose HTTP clients come in over the
// wire: many at once, and in ways that no client has.
func TestLabShare(t *testing.T) {
	t.Parallel()
	w := startWire(t, "org.spice-space.webdav.0")
	dir := t.TempDir()
	big := noiseOf(20_000, 3)
	for name, text := range map[string][]byte{"big": big, "hello.txt": []byte("hello")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(filepath.Dir(dir), "secret")
	if err := os.WriteFile(secret, []byte("the secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	startDesk(t, 0).open(t, "--share", dir, w.uri)
	client := w.webdavClient(t)
	get := func(path string) (int, []byte) { return fetch(t, client, path) }
	done := make(chan bool)
	for range 3 {
		go func() {
			code, body := get("/big")
			done <- code == 200 && bytes.Equal(body, big)
		}()
	}
	for _, path := range []string{"/link", "/../secret", "/%2e%2e/secret", "/..%2fsecret"} {
		if code, body := get(path); code != 404 && code != 400 || bytes.Contains(body, []byte("the secret")) {
			t.Errorf("%s: %d, %s", path, code, body)
		}
	}
	for range 3 {
		if !<-done {
			t.Error("the file arrives otherwise")
		}
	}
	put, _ := http.NewRequest("PUT", "http://localhost:9843/new", bytes.NewReader(big[:9_000]))
	if answer, err := client.Do(put); err != nil || answer.StatusCode != 201 {
		t.Fatalf("PUT: %v, %v", answer, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "new")); err != nil || !bytes.Equal(got, big[:9_000]) {
		t.Errorf("the file is otherwise: %v", err)
	}
}

// webdavClient returns an HTTP client in the guest: the other half of a Mux, each
// connection with a number of its own.
func (w *wiredMachine) webdavClient(t *testing.T) *http.Client {
	t.Helper()
	m := newGuestMux(w.conn)
	return &http.Client{Timeout: patience, Transport: &http.Transport{DialContext: m.dial, MaxConnsPerHost: 4}}
}

// fetch gets what is at a path, which is written as it is.
func fetch(t *testing.T, client *http.Client, path string) (status int, body []byte) {
	t.Helper()
	answer, err := client.Get("http://localhost:9843" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// TestLabWebdavd lets the real daemon of guests do its work, for a real client.
// Its device is a terminal that is joined with the wire.
func TestLabWebdavd(t *testing.T) {
	t.Parallel()
	need(t, "spice-webdavd", "cadaver", "unshare", "dbus-daemon", "avahi-daemon")
	w, dir := startWire(t, "org.spice-space.webdav.0"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello.txt"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	startDesk(t, 0).open(t, "--share", dir, w.uri)
	master, slave := openTerminal(t)
	listen := freePort(t)
	bus := startAvahi(t)
	start(t, bus, "unshare", "--mount", "sh", "-ec", fmt.Sprintf(`
		mkdir -p /dev/virtio-ports
		mount -t tmpfs none /dev/virtio-ports
		ln -s %s /dev/virtio-ports/org.spice-space.webdav.0
		exec spice-webdavd -p %d`, slave, listen))
	go io.Copy(master, w.conn)
	go io.Copy(w.conn, master)
	url := fmt.Sprintf("http://127.0.0.1:%d/", listen)
	eventually(t, "reaching the folder through spice-webdavd", func() error {
		answer, err := http.Get(url + "hello.txt")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if string(body) != "hello" {
			return errors.Join(err, fmt.Errorf("it is %q", body))
		}
		return err
	})
	local := writeImage(t, "upload", noiseOf(5_000, 4))
	c := exec.CommandContext(t.Context(), "cadaver", url)
	c.Env = append(os.Environ(), "HOME="+t.TempDir())
	c.Stdin = strings.NewReader("mkcol made\ncd made\nput " + local + " up\nlock up\nunlock up\ncopy up again\nmove again moved\nls\nrm up\nquit\n")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("cadaver: %v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(dir, "made", "moved"))
	if err != nil || !bytes.Equal(got, noiseOf(5_000, 4)) {
		t.Errorf("what cadaver has done: %v\n%s", err, out)
	}
	if list, _ := os.ReadDir(filepath.Join(dir, "made")); len(list) != 1 || strings.Contains(string(out), "failed") {
		t.Errorf("%v\n%s", list, out)
	}
}

// startAvahi starts what spice-webdavd does not live without, and returns how it
// is found.
func startAvahi(t *testing.T) (env []string) {
	t.Helper()
	dir := t.TempDir()
	socket, config := filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	text := `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path=` + socket + `</listen><auth>EXTERNAL</auth><policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_type="method_return"/><allow send_type="error"/><allow send_type="signal"/><allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/></policy></busconfig>`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	listening(t, start(t, nil, "dbus-daemon", "--config-file="+config, "--nofork"), "unix", socket)
	env = []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + socket}
	avahi := start(t, env, "unshare", "--mount", "--net", "sh", "-ec",
		"mkdir -p /run/avahi-daemon; mount -t tmpfs none /run/avahi-daemon; exec avahi-daemon --no-drop-root --no-chroot --no-rlimits")
	eventually(t, "starting avahi", func() error {
		if err := avahi.running(); err != nil {
			return &neverError{err}
		}
		if !strings.Contains(avahi.tail(), "startup complete") {
			return errors.New("it has not come up")
		}
		return nil
	})
	return env
}

// openTerminal returns both ends of a terminal that changes nothing.
func openTerminal(t *testing.T) (master *os.File, slave string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave = fmt.Sprintf("/dev/pts/%d", n)
	keep, err := os.OpenFile(slave, os.O_RDWR|unix.O_NOCTTY, 0) // else it hangs up between users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keep.Close() })
	raw, err := unix.IoctlGetTermios(int(keep.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	raw.Iflag, raw.Oflag, raw.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(int(keep.Fd()), unix.TCSETS, raw); err != nil {
		t.Fatal(err)
	}
	return master, slave
}
