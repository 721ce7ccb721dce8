//go:build lab

package main_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"saffron/render"
)

// guestProgram builds testdata/lab/qxl once.
var guestProgram = sync.OnceValues(func() (string, error) { return buildC("qxl", "spice-server") })

// buildC builds the C program of a folder of testdata/lab with a library,
// beside the test binary.
func buildC(folder, library string) (string, error) {
	path, err := filepath.Abs(filepath.Join(filepath.Dir(os.Args[0]), folder+"-lab"))
	if err != nil {
		return "", err
	}
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", library).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("pkg-config: %w\n%s\nrun: apt-get install -y --no-install-recommends %s", err, flags, packages())
	}
	sources, err := filepath.Glob(filepath.Join("../../testdata/lab", folder, "*.c"))
	if err != nil {
		return "", err
	}
	args := append([]string{"-O2", "-g", "-Wall", "-Wextra", "-Werror", "-o", path}, sources...)
	out, err := exec.Command("gcc", append(args, append(strings.Fields(string(flags)), "-lm")...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("gcc: %w\n%s", err, out)
	}
	return path, nil
}

// A scriptGuest is a server that plays a random script of drawing commands.
type scriptGuest struct {
	uri    string
	cmd    *exec.Cmd
	orders io.WriteCloser
	says   *bufio.Reader
	dir    string
	errors string // file
	ended  bool
}

// startScript starts the program with the given options.
func startScript(t *testing.T, args ...string) *scriptGuest {
	t.Helper()
	need(t, "gcc", "pkg-config")
	program, err := guestProgram()
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	g := &scriptGuest{dir: t.TempDir(), uri: fmt.Sprintf("spice://127.0.0.1:%d", port)}
	g.errors = filepath.Join(g.dir, "stderr")
	stderr, err := os.Create(g.errors)
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	args = append([]string{fmt.Sprintf("--port=%d", port), "--log=" + g.journal()}, args...)
	g.cmd = exec.Command(program, args...) // it ends when the test does: then its input ends
	g.cmd.Stderr = stderr
	if g.orders, err = g.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	g.says = bufio.NewReader(out)
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.stop)
	if _, err := g.until("ready"); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *scriptGuest) stop() {
	if !g.ended {
		g.ended = true
		g.orders.Close()
		g.cmd.Process.Kill()
		g.cmd.Wait()
	}
}

func (g *scriptGuest) journal() string { return filepath.Join(g.dir, "journal") }

// commands returns what the journal says of each command of a display.
func (g *scriptGuest) commands(display int) []string {
	text, err := os.ReadFile(g.journal())
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	prefix := fmt.Sprint(display, " ")
	for line := range strings.Lines(string(text)) {
		if c, ok := strings.CutPrefix(line, prefix); ok {
			list = append(list, strings.TrimSpace(c))
		}
	}
	return list
}

// lastCommands shows the command of each display that a comparison follows.
func (g *scriptGuest) lastCommands(n int) string {
	var b strings.Builder
	for d := range 2 {
		if list := g.commands(d); 0 < n && n <= len(list) {
			fmt.Fprintf(&b, "display %d: %s\n", d, list[n-1])
		}
	}
	return b.String()
}

// until returns the lines before one that begins with the word.
func (g *scriptGuest) until(word string) ([]string, error) {
	var lines []string
	for {
		line, err := g.says.ReadString('\n')
		if err != nil {
			tail, _ := os.ReadFile(g.errors)
			return nil, fmt.Errorf("the server has ended: %w\n%s", err, tail[max(0, len(tail)-3000):])
		}
		if line = strings.TrimSpace(line); strings.HasPrefix(line, word) {
			return lines, nil
		}
		lines = append(lines, line)
	}
}

// A truth is what a surface looks like by the server.
type truth struct {
	display uint8
	surface uint32
	format  render.Format
	drawn   bool // since there have been clients
	loose   bool // its fourth bytes are not defined
	image   *image.RGBA
}

func (s *truth) String() string {
	loose := ""
	if s.loose {
		loose = ", alpha undefined"
	}
	return fmt.Sprintf("display %d, surface %d, %s%s", s.display, s.surface, s.format, loose)
}

// play has the server go on up to command n, and returns its surfaces then.
func (g *scriptGuest) play(n int) ([]truth, error) {
	if _, err := fmt.Fprintf(g.orders, "play %d %s\n", n, g.dir); err != nil {
		_, err = g.until("nothing")
		return nil, err
	}
	lines, err := g.until("played")
	if err != nil {
		return nil, err
	}
	var list []truth
	for _, line := range lines {
		s, err := g.surface(line)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		list = append(list, s)
	}
	return list, nil
}

// surface reads what a line of output is about.
func (g *scriptGuest) surface(line string) (truth, error) {
	var s truth
	var width, height, stride, drawn, loose int
	var format uint32
	_, err := fmt.Sscanf(line, "surface %d %d %d %d %d %d %d %d", &s.display, &s.surface, &width, &height, &stride, &format, &drawn, &loose)
	if err != nil {
		return s, err
	}
	s.drawn, s.loose = drawn != 0, loose != 0
	if s.format, err = render.FormatOf(format); err != nil {
		return s, err
	}
	pix, err := os.ReadFile(filepath.Join(g.dir, fmt.Sprintf("%d-%d", s.display, s.surface)))
	if err != nil {
		return s, err
	}
	s.image = image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		row := s.image.Pix[y*s.image.Stride:]
		for x := range width {
			copy(row[4*x:4*x+4], guestPixel(pix[y*stride:], x, s.format))
		}
	}
	return s, nil
}

// guestPixel converts a pixel of the server's memory to ours.
func guestPixel(row []byte, x int, f render.Format) []byte {
	switch f {
	case render.FormatA8:
		return []byte{0, 0, 0, row[x]}
	case render.Format555:
		v := binary.LittleEndian.Uint16(row[2*x:])
		wide := func(c uint16) byte { return byte(c&31<<3 | c&31>>2) }
		return []byte{wide(v >> 10), wide(v >> 5), wide(v), 0}
	}
	p := row[4*x : 4*x+4]
	return []byte{p[2], p[1], p[0], p[3]}
}
