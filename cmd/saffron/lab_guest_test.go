//go:build lab

package main_test

import (
	"encoding/binary"
	"image"
	"net"
	"strings"
	"testing"
	"time"
)

// A guest is the boot sector running in a machine, at the other end of its
// serial line.
type guest struct {
	machine *machine
	conn    net.Conn
	sent    chan byte       // closed when the line is
	typed   strings.Builder // what the keyboard gave so far

	base          uint32 // address of the first pixel, 0 in text mode
	width, height int
}

// pattern is a way of painting.
type pattern uint16

const (
	flat     pattern = iota
	gradient         // smooth, all colours
	noise            // each pixel random
	moire            // black and white, many small shapes
)

// listen takes what the guest sends as it comes: a socket holds only few hundred
// messages of one byte, and the guest waits when it is full.
func (g *guest) listen() {
	defer close(g.sent)
	for b := make([]byte, 1); ; {
		if _, err := g.conn.Read(b); err != nil {
			return
		}
		g.sent <- b[0]
	}
}

// await reads what the guest sends up to the byte want, and collects keys.
func (g *guest) await(t *testing.T, want byte) {
	t.Helper()
	for {
		switch b := g.receive(t); b {
		case want:
			return
		case 'k':
			g.key(t)
		default:
			t.Fatalf("the guest sent %q instead of %q", b, want)
		}
	}
}

// key reads the rest of the report of a key.
func (g *guest) key(t *testing.T) {
	t.Helper()
	g.typed.WriteByte(g.receive(t))
	g.receive(t) // the scan code
}

func (g *guest) receive(t *testing.T) byte {
	t.Helper()
	select {
	case b, ok := <-g.sent:
		if !ok {
			t.Fatalf("the guest's serial line is closed")
		}
		return b
	case <-time.After(patience):
		t.Fatalf("the guest sends nothing; typed so far: %q", g.typed.String())
		return 0
	}
}

// do makes the guest execute a command.
func (g *guest) do(t *testing.T, command byte, args []byte) {
	t.Helper()
	msg := append([]byte{command}, make([]byte, 40)...)
	copy(msg[1:], args)
	g.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := g.conn.Write(msg); err != nil {
		t.Fatalf("the guest's serial line: %v", err)
	}
	g.await(t, '.')
}

// keys waits until the keyboard has given as many characters as want has, and
// a little longer, and returns all that came.
func (g *guest) keys(t *testing.T, want string) string {
	t.Helper()
	for len(want) > g.typed.Len() {
		if b := g.receive(t); b != 'k' {
			t.Fatalf("the guest sent %q", b)
		}
		g.key(t)
	}
	time.Sleep(300 * time.Millisecond)
	g.do(t, 'O', nil)
	defer g.typed.Reset()
	return g.typed.String()
}

// words are the arguments of a command.
func words(w ...uint16) []byte {
	var b []byte
	for _, v := range w {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// text switches to text mode, 80 x 25 characters in 720 x 400 pixels, with a
// cursor that blinks or without one.
func (g *guest) text(t *testing.T, cursor bool) {
	t.Helper()
	g.do(t, 'I', words(0x0003))
	if !cursor {
		g.do(t, 'I', words(0x0100, 0, 0x2000))
	}
	g.base = 0
}

// graphics switches to a mode of 32 bits a pixel.
func (g *guest) graphics(t *testing.T, width, height int) {
	t.Helper()
	const index, data = 0x1ce, 0x1cf
	const enable, xres, yres, bpp = 4, 1, 2, 3
	var w []uint16
	for _, r := range [][2]uint16{{enable, 0}, {xres, uint16(width)}, {yres, uint16(height)}, {bpp, 32}, {enable, 0x41}} {
		w = append(w, index, r[0], data, r[1])
	}
	g.do(t, 'O', words(w...))
	g.base = g.machine.qmp.framebuffer(t)
	g.width, g.height = width, height
}

// paint fills a rectangle.
func (g *guest) paint(t *testing.T, r image.Rectangle, p pattern, seed uint32) {
	t.Helper()
	if g.base == 0 || !r.In(image.Rect(0, 0, g.width, g.height)) || r.Empty() {
		t.Fatalf("painting %v in %dx%d", r, g.width, g.height)
	}
	var b []byte
	b = binary.LittleEndian.AppendUint32(b, g.address(r.Min))
	b = binary.LittleEndian.AppendUint32(b, uint32(4*(g.width-r.Dx())))
	b = binary.LittleEndian.AppendUint32(b, seed)
	b = append(b, words(uint16(r.Dx()), uint16(r.Dy()), uint16(p))...)
	g.do(t, 'P', b)
}

func (g *guest) address(p image.Point) uint32 {
	return g.base + uint32(4*(p.Y*g.width+p.X))
}

// scroll moves the picture up by some rows.
func (g *guest) scroll(t *testing.T, rows int) {
	t.Helper()
	var b []byte
	b = binary.LittleEndian.AppendUint32(b, g.address(image.Pt(0, rows)))
	b = binary.LittleEndian.AppendUint32(b, g.base)
	b = binary.LittleEndian.AppendUint32(b, uint32(g.width*(g.height-rows)))
	g.do(t, 'C', b)
}

// scene paints something of everything: what an encoder finds easy, what it
// finds hard, single odd pixels, and strips one pixel wide.
func (g *guest) scene(t *testing.T, seed uint32) {
	t.Helper()
	w, h := g.width, g.height
	g.paint(t, image.Rect(0, 0, w, h), flat, 0x204060*(seed|1))
	g.paint(t, image.Rect(w/16, h/16, w/2, h/2), gradient, seed)
	g.paint(t, image.Rect(w/2, h/16, w-w/16, h/3), moire, seed)
	g.paint(t, image.Rect(w/2+5, h/3+3, w/2+5+min(200, w/3), h/3+3+min(120, h/3)), noise, seed)
	g.paint(t, image.Rect(w/16, h/2+h/8, w-w/16, h-h/16), gradient, seed*0x010101)
	g.paint(t, image.Rect(w/3, h/2+3, w/3+1, h/2+h/8), noise, seed+1)
	for i := range 9 {
		p := image.Pt(w/16+i*w/11, h-h/32)
		g.paint(t, image.Rectangle{p, p.Add(image.Pt(1, 1))}, flat, 0xffffff-seed)
	}
}

// boxes moves a box over the picture and scrolls it, as windows and consoles
// do.
func (g *guest) boxes(t *testing.T, steps int) {
	t.Helper()
	size := image.Pt(g.width/6, g.height/6)
	for i := range steps {
		at := image.Pt(i*(g.width-size.X)/steps, i*(g.height-size.Y)/steps)
		g.paint(t, image.Rectangle{at, at.Add(size)}, pattern(i%4), uint32(i)*0x0f1e2d)
		if i%3 == 2 {
			g.scroll(t, 16)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
