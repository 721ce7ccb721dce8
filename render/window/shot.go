package window

import (
	"context"
	"errors"
	"image"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"
)

var errClosed = errors.New("window: closed")

// Screenshot returns what the window shows, in device pixels with alpha 255.
// It sees all that had changed before the call. Where the platform allows it,
// the pixels are read from the screen itself, so that a window that lies over
// this one may be seen; elsewhere the same frame is drawn once more.
func (w *Window) Screenshot(ctx context.Context) (*image.RGBA, error) {
	s := &shot{done: make(chan struct{})}
	w.shots.add(s)
	w.Wake()
	select {
	case <-s.done:
		return s.img, s.err
	case <-w.ended:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A shot is a picture of the window that is asked for.
type shot struct {
	frames int // begun since
	img    *image.RGBA
	err    error
	done   chan struct{}
}

type shots struct {
	mu   sync.Mutex
	list []*shot
}

func (s *shots) add(one *shot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, one)
}

// lag is the frame, after a picture was asked for, by whose beginning the
// first of them is on the screen.
const lag = 4

// step is called in each frame and takes the pictures that are due.
func (s *shots) step(g *game) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []*shot
	for _, one := range s.list {
		if one.frames++; one.frames < lag {
			left = append(left, one)
			continue
		}
		if g.side == nil {
			one.img = g.again()
			close(one.done)
			continue
		}
		g.w.serving.Go(func() {
			one.img, one.err = g.side.read()
			close(one.done)
		})
	}
	s.list = left
	if len(left) > 0 {
		g.w.Wake()
	}
}

// again draws the scene into memory.
func (g *game) again() *image.RGBA {
	dst := ebiten.NewImage(g.outside.X, g.outside.Y)
	defer dst.Deallocate()
	g.paint(dst)
	img := image.NewRGBA(dst.Bounds())
	dst.ReadPixels(img.Pix)
	return img
}
