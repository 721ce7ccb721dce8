//go:build lab

package main_test

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// An xclient draws on an X server, and reads its screen faster than programs
// that are started for it.
type xclient struct {
	*xgb.Conn
	screen *xproto.ScreenInfo
}

// dial connects to the X server; the connection ends with the test.
func (x *xserver) dial(t *testing.T) *xclient {
	t.Helper()
	c, err := xgb.NewConnDisplay(strings.TrimPrefix(x.env[0], "DISPLAY="))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &xclient{c, xproto.Setup(c).DefaultScreen(c)}
}

// picture returns the root window with all that is on it, or nil.
func (c *xclient) picture() *image.RGBA {
	width, height := c.screen.WidthInPixels, c.screen.HeightInPixels
	reply, err := xproto.GetImage(c.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(c.screen.Root),
		0, 0, width, height, math.MaxUint32).Reply()
	if err != nil || len(reply.Data) != 4*int(width)*int(height) {
		return nil
	}
	img := image.NewRGBA(image.Rect(0, 0, int(width), int(height)))
	for i := 0; i < len(img.Pix); i += 4 {
		p := reply.Data[i : i+4]
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = p[2], p[1], p[0], 255
	}
	return img
}

// windows returns how many windows are on the root window.
func (c *xclient) windows(t *testing.T) int {
	t.Helper()
	tree, err := xproto.QueryTree(c.Conn, c.screen.Root).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return len(tree.Children)
}

// photo paints what a camera could have seen: soft colours, some edges, a
// little noise. The phase moves it.
func photo(width, height int, phase float64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	rnd := rand.New(rand.NewPCG(uint64(width), uint64(1000*phase)))
	for y := range height {
		for x := range width {
			u, v := float64(x)/float64(width), float64(y)/float64(height)
			sun := math.Hypot(u-0.5-0.3*math.Cos(phase), v-0.4-0.2*math.Sin(phase))
			level := func(base, wave, glow float64) uint8 {
				l := base + wave*math.Sin(5*u+3*v+phase) + glow*math.Exp(-6*sun) + rnd.Float64()*6
				return uint8(max(0, min(255, l)))
			}
			c := color.RGBA{level(90, 40, 130), level(110, 30, 90), level(150-80*v, 20, 20), 255}
			if v > 0.7+0.08*math.Sin(9*u+phase/2) {
				c = color.RGBA{level(40, 10, 20), level(70, 25, 20), level(30, 5, 5), 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// viewer shows a photo with an image viewer and waits until it is there.
func (x *xserver) viewer(t *testing.T, c *xclient) {
	t.Helper()
	path := filepath.Join(x.dir, "photo.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, photo(420, 310, 1)); err != nil {
		t.Fatal(err)
	}
	start(t, x.env, "display", "-geometry", "+560+30", path)
	eventually(t, "showing a photo", func() error {
		if img := c.picture(); img == nil || colours(img) < 1000 {
			return fmt.Errorf("there are few colours")
		}
		return nil
	})
}

// A film is a window with a picture that changes.
type film struct {
	c      *xclient
	window xproto.Window
	gc     xproto.Gcontext
	size   image.Point
	frames [][]byte
}

// newFilm opens the window. Its frames fit into one request each, so that each
// of them is one operation of the server's.
func (c *xclient) newFilm(t *testing.T, at image.Point) *film {
	t.Helper()
	f := &film{c: c, size: image.Pt(256, 240)}
	var err error
	if f.window, err = xproto.NewWindowId(c.Conn); err == nil {
		f.gc, err = xproto.NewGcontextId(c.Conn)
	}
	if err != nil {
		t.Fatal(err)
	}
	err = xproto.CreateWindowChecked(c.Conn, c.screen.RootDepth, f.window, c.screen.Root, int16(at.X), int16(at.Y),
		uint16(f.size.X), uint16(f.size.Y), 0, xproto.WindowClassInputOutput, c.screen.RootVisual, 0, nil).Check()
	if err == nil {
		err = xproto.CreateGCChecked(c.Conn, f.gc, xproto.Drawable(f.window), 0, nil).Check()
	}
	if err == nil {
		err = xproto.MapWindowChecked(c.Conn, f.window).Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range 16 {
		f.frames = append(f.frames, bgrx(photo(f.size.X, f.size.Y, float64(i)*math.Pi/8)))
	}
	return f
}

func bgrx(img *image.RGBA) []byte {
	data := make([]byte, len(img.Pix))
	for i := 0; i < len(data); i += 4 {
		data[i], data[i+1], data[i+2] = img.Pix[i+2], img.Pix[i+1], img.Pix[i]
	}
	return data
}

// play shows frames at a rate of 25 a second.
func (f *film) play(t *testing.T, d time.Duration) {
	t.Helper()
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for n := 0; n < int(d/(40*time.Millisecond)); n++ {
		err := xproto.PutImageChecked(f.c.Conn, xproto.ImageFormatZPixmap, xproto.Drawable(f.window), f.gc,
			uint16(f.size.X), uint16(f.size.Y), 0, 0, 0, f.c.screen.RootDepth, f.frames[n%len(f.frames)]).Check()
		if err != nil {
			t.Fatal(err)
		}
		<-tick.C
	}
}

// move puts the window elsewhere.
func (f *film) move(t *testing.T, to image.Point) {
	t.Helper()
	err := xproto.ConfigureWindowChecked(f.c.Conn, f.window, xproto.ConfigWindowX|xproto.ConfigWindowY,
		[]uint32{uint32(to.X), uint32(to.Y)}).Check()
	if err != nil {
		t.Fatal(err)
	}
}

// psnr returns the peak signal-to-noise ratio of a picture in dB, by its
// colours: infinite if there is no difference.
func psnr(got, want *image.RGBA) float64 {
	var sum float64
	for i := range want.Pix {
		if i%4 != 3 {
			d := float64(got.Pix[i]) - float64(want.Pix[i])
			sum += d * d
		}
	}
	return 10 * math.Log10(255*255/(sum/float64(len(want.Pix)/4*3)))
}
