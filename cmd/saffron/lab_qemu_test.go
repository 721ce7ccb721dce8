//go:build lab

package main_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"image"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A machine is a QEMU that runs the boot sector and is shown over SPICE.
type machine struct {
	*process
	uri   string
	port  int // 0: none
	dir   string
	qmp   *qmp
	guest *guest
}

// A machineConfig says what kind of machine is wanted. The zero value is a
// plain one.
type machineConfig struct {
	vga   string   // defaults to VGA with 64 MiB
	spice string   // more options of -spice, in the form a=b,c=d
	noTCP bool     // no port: spice says where to listen
	args  []string // more of QEMU's
}

// exact are the options under which every picture must arrive as it was.
const exact = "streaming-video=off,jpeg-wan-compression=never,zlib-glz-wan-compression=never"

// startMachine starts QEMU and waits until its guest takes commands.
func startMachine(t *testing.T, c machineConfig) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir()}
	disk := filepath.Join(m.dir, "disk")
	if err := os.WriteFile(disk, bootSector(), 0o600); err != nil {
		t.Fatal(err)
	}
	if c.vga == "" {
		c.vga = "VGA,vgamem_mb=64"
	}
	var spice []string
	if !c.noTCP {
		m.port = freePort(t)
		m.uri = fmt.Sprintf("spice://127.0.0.1:%d", m.port)
		spice = append(spice, "addr=127.0.0.1", fmt.Sprintf("port=%d", m.port))
	}
	if !strings.Contains(c.spice, "password") {
		spice = append(spice, "disable-ticketing=on")
	}
	if c.spice != "" {
		spice = append(spice, c.spice)
	}
	control, serial := filepath.Join(m.dir, "qmp"), filepath.Join(m.dir, "serial")
	args := []string{
		"-machine", "pc", "-accel", "tcg", "-m", "64", "-nodefaults", "-display", "none", "-S",
		"-device", c.vga + ",id=video", "-spice", strings.Join(spice, ","),
		"-drive", "file=" + disk + ",format=raw,if=ide",
		"-qmp", "unix:" + control + ",server=on,wait=off",
		"-chardev", "socket,id=serial,path=" + serial + ",server=on,wait=off", "-serial", "chardev:serial",
	}
	m.process = start(t, nil, "qemu-system-x86_64", append(args, c.args...)...)
	m.guest = &guest{conn: m.dial(t, serial), machine: m, sent: make(chan byte, 1<<16)}
	go m.guest.listen()
	m.qmp = openQMP(t, m.dial(t, control))
	m.qmp.do(t, "cont", nil, nil)
	m.guest.await(t, 'R')
	return m
}

// dial connects to a socket of QEMU.
func (m *machine) dial(t *testing.T, path string) net.Conn {
	t.Helper()
	var conn net.Conn
	eventually(t, "starting QEMU", func() error {
		if err := m.running(); err != nil {
			return &neverError{err}
		}
		var err error
		conn, err = net.Dial("unix", path)
		return err
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}

// screen returns what the machine itself says is on its screen.
func (m *machine) screen(t *testing.T) *image.RGBA {
	t.Helper()
	path := filepath.Join(m.dir, "screen.ppm")
	m.qmp.do(t, "screendump", map[string]any{"filename": path}, nil)
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

// A qmp is a connection to QEMU's control socket.
type qmp struct {
	conn net.Conn
	dec  *json.Decoder
}

func openQMP(t *testing.T, conn net.Conn) *qmp {
	t.Helper()
	q := &qmp{conn: conn, dec: json.NewDecoder(bufio.NewReader(conn))}
	var greeting json.RawMessage
	conn.SetReadDeadline(time.Now().Add(patience))
	if err := q.dec.Decode(&greeting); err != nil {
		t.Fatalf("QMP: %v", err)
	}
	q.do(t, "qmp_capabilities", nil, nil)
	return q
}

// do executes a command and reads what it returns into out, unless that is nil.
func (q *qmp) do(t *testing.T, command string, args map[string]any, out any) {
	t.Helper()
	request := map[string]any{"execute": command}
	if args != nil {
		request["arguments"] = args
	}
	q.conn.SetDeadline(time.Now().Add(patience))
	if err := json.NewEncoder(q.conn).Encode(request); err != nil {
		t.Fatalf("QMP: %s: %v", command, err)
	}
	for {
		var reply struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
		}
		if err := q.dec.Decode(&reply); err != nil {
			t.Fatalf("QMP: %s: %v", command, err)
		}
		if reply.Error != nil {
			t.Fatalf("QMP: %s: %s", command, reply.Error.Desc)
		}
		if reply.Return == nil { // an event
			continue
		}
		if out != nil {
			if err := json.Unmarshal(reply.Return, out); err != nil {
				t.Fatalf("QMP: %s: %v", command, err)
			}
		}
		return
	}
}

// framebuffer returns where the guest finds the memory of the display device.
func (q *qmp) framebuffer(t *testing.T) uint32 {
	t.Helper()
	var buses []struct {
		Devices []struct {
			ID      string `json:"qdev_id"`
			Regions []struct {
				Bar     int
				Address int64
			}
		}
	}
	q.do(t, "query-pci", nil, &buses)
	for _, bus := range buses {
		for _, d := range bus.Devices {
			for _, r := range d.Regions {
				if d.ID == "video" && r.Bar == 0 {
					return uint32(r.Address)
				}
			}
		}
	}
	t.Fatal("QMP: no display device on the PCI bus")
	return 0
}

// decodePPM reads a picture as QEMU and ImageMagick write it.
func decodePPM(data []byte) (*image.RGBA, error) {
	var width, height, depth, at int
	header := strings.NewReader(string(data[:min(len(data), 64)]))
	if _, err := fmt.Fscanf(header, "P6\n%d %d\n%d\n", &width, &height, &depth); err != nil {
		return nil, fmt.Errorf("PPM: %w", err)
	}
	at = min(len(data), 64) - header.Len()
	if depth != 255 || width < 1 || height < 1 || len(data)-at != 3*width*height {
		return nil, fmt.Errorf("PPM: %dx%d, depth %d in %d bytes", width, height, depth, len(data))
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, p := 0, img.Pix; i < len(p); i, at = i+4, at+3 {
		p[i], p[i+1], p[i+2], p[i+3] = data[at], data[at+1], data[at+2], 255
	}
	return img, nil
}
