// Animate shows a moving picture on an X display, as a video player does:
//
//	DISPLAY=:90 go run ./testdata/lab/animate -size 1280x720 -rate 25 -for 5s
//
// Every frame is handed to the X server in one piece, through memory that both
// share, at the same place. The pictures look like photographs, so that servers
// take them for a video.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"
)

func main() {
	log.SetFlags(0)
	size := flag.String("size", "1280x720", "size of the picture, `WxH`")
	at := flag.String("at", "0,0", "where its window is, `X,Y`")
	rate := flag.Int("rate", 25, "frames a second")
	span := flag.Duration("for", 5*time.Second, "how long")
	stay := flag.Duration("stay", 2*time.Second, "how long the last picture stays")
	flag.Parse()
	var w, h, x, y int
	if _, err := fmt.Sscanf(*size+" "+*at, "%dx%d %d,%d", &w, &h, &x, &y); err != nil || w <= 0 || h <= 0 || w > 8192 || h > 8192 || *rate <= 0 {
		log.Fatal("animate: -size is like 1280x720, -at like 0,0")
	}
	if err := show(w, h, x, y, *rate, *span, *stay); err != nil {
		log.Fatal("animate: ", err)
	}
}

func show(w, h, x, y, rate int, span, stay time.Duration) error {
	c, err := xgb.NewConn()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := shm.Init(c); err != nil {
		return err
	}
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4*w*h, unix.IPC_CREAT|0o600)
	if err != nil {
		return err
	}
	defer unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	pixels, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		return err
	}
	seg, err := shm.NewSegId(c)
	if err != nil {
		return err
	}
	if err := shm.AttachChecked(c, seg, uint32(id), false).Check(); err != nil {
		return err
	}
	win, gc, err := window(c, w, h, x, y)
	if err != nil {
		return err
	}
	depth := xproto.Setup(c).DefaultScreen(c).RootDepth
	scene := newScene(w, h)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := range int(span.Seconds() * float64(rate)) {
		scene.draw(pixels, i)
		put := shm.PutImageChecked(c, xproto.Drawable(win), gc, uint16(w), uint16(h), 0, 0, uint16(w), uint16(h), 0, 0,
			depth, xproto.ImageFormatZPixmap, 0, seg, 0)
		if err := put.Check(); err != nil {
			return err
		}
		<-tick.C
	}
	time.Sleep(stay) // until a server has seen that the video is over
	return nil
}

// window opens one that no window manager moves, and returns it when it is there.
func window(c *xgb.Conn, w, h, x, y int) (xproto.Window, xproto.Gcontext, error) {
	screen := xproto.Setup(c).DefaultScreen(c)
	win, err := xproto.NewWindowId(c)
	if err != nil {
		return 0, 0, err
	}
	xproto.CreateWindow(c, screen.RootDepth, win, screen.Root, int16(x), int16(y), uint16(w), uint16(h), 0,
		xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwBackPixel|xproto.CwOverrideRedirect|xproto.CwEventMask,
		[]uint32{screen.BlackPixel, 1, xproto.EventMaskExposure})
	gc, err := xproto.NewGcontextId(c)
	if err != nil {
		return 0, 0, err
	}
	xproto.CreateGC(c, gc, xproto.Drawable(win), 0, nil)
	xproto.MapWindow(c, win)
	_, xerr := c.WaitForEvent()
	if xerr != nil {
		return 0, 0, xerr
	}
	return win, gc, nil
}

// A scene is a field of soft waves with some grain, which moves.
type scene struct {
	w, h  int
	wave  [1024]uint8
	grain [4096]uint8
}

func newScene(w, h int) *scene {
	s := &scene{w: w, h: h}
	for i := range s.wave {
		s.wave[i] = uint8(118 + 110*math.Sin(2*math.Pi*float64(i)/float64(len(s.wave))))
	}
	seed := uint32(1)
	for i := range s.grain {
		seed = seed*1664525 + 1013904223
		s.grain[i] = uint8(seed >> 28) // 0 to 15
	}
	return s
}

// draw makes frame i: bytes B, G, R and one more.
func (s *scene) draw(pix []byte, i int) {
	for y := range s.h {
		row := pix[4*y*s.w:][:4*s.w]
		for x := range s.w {
			g := s.grain[(x*7+y*131+i*17)&4095]
			row[4*x] = s.wave[(x+2*y+9*i)&1023]/2 + g
			row[4*x+1] = s.wave[(2*x-y+5*i)&1023]/2 + s.wave[(x+y)&1023]/4 + g
			row[4*x+2] = s.wave[(x-3*y-7*i)&1023]/2 + g
		}
	}
}
