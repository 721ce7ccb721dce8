//go:build lab

package main_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render"
	"saffron/spice"
)

// A session is a live connection to a machine with a screen that is kept up to
// date.
type session struct {
	*channels.Session
	desk *render.Desktop

	mu       sync.Mutex
	warnings []error // guarded by mu
}

// A sessionConfig says how to connect.
type sessionConfig struct {
	prefer  display.Compression // asked of the server, unless 0
	slow    time.Duration       // delay of each drawing operation
	workers int                 // that decode images, 0 for the usual number
}

// connect opens a session, which is closed with the test at the latest.
func connect(t *testing.T, uri string, c sessionConfig) *session {
	t.Helper()
	target, err := spice.ParseTarget(uri)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{desk: render.NewDesktop(render.DesktopOptions{})}
	canvas := display.Canvas(s.desk)
	if c.slow > 0 {
		canvas = slowCanvas{canvas, c.slow}
	}
	o := &channels.Options{
		Link:    spice.Options{Target: target},
		Sinks:   channels.Sinks{Canvas: func(uint8) display.Canvas { return canvas }},
		OnEvent: s.event,
		Workers: c.workers,
		Prefer:  display.Preferences{Compression: c.prefer},
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if s.Session, err = channels.Connect(ctx, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// event keeps what went wrong.
func (s *session) event(e channels.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := e.(type) {
	case channels.Warning:
		s.warnings = append(s.warnings, fmt.Errorf("%v: %w", e.ID, e.Err))
	case channels.ChannelFailed:
		s.warnings = append(s.warnings, fmt.Errorf("%v: %w", e.ID, e.Err))
	}
}

// A slowCanvas draws late, so that the server runs ahead.
type slowCanvas struct {
	display.Canvas
	delay time.Duration
}

func (c slowCanvas) Draw(surface uint32, box image.Rectangle, clip *render.Region, op render.Op) error {
	time.Sleep(c.delay)
	return c.Canvas.Draw(surface, box, clip, op)
}

// screen returns what the session shows now, or nil.
func (s *session) screen() *image.RGBA { return s.desk.Snapshot(0) }

// stats are those of the display channel.
func (s *session) stats() display.Stats {
	for _, ch := range s.Info().Channels {
		if ch.Display != nil {
			return *ch.Display
		}
	}
	return display.Stats{}
}

// sound fails the test if the session has ended or could not show something.
func (s *session) sound(t *testing.T) {
	t.Helper()
	select {
	case <-s.Done():
		t.Fatalf("the session has ended: %v", s.Wait())
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.warnings {
		t.Error(w)
	}
	if st := s.stats(); st.Failed > 0 || len(st.Undrawn) > 0 {
		t.Errorf("%d images or operations failed, not drawn: %v", st.Failed, st.Undrawn)
	}
}

// difference says how a picture differs from what it should be. The fourth byte
// does not count.
func difference(got, want *image.RGBA) error {
	if got == nil || want == nil {
		return fmt.Errorf("there is no picture")
	}
	if got.Rect.Size() != want.Rect.Size() {
		return fmt.Errorf("the picture is %v, should be %v", got.Rect.Size(), want.Rect.Size())
	}
	count, where, first := 0, image.Rectangle{}, image.Point{}
	for y := range got.Rect.Dy() {
		a, b := got.Pix[y*got.Stride:], want.Pix[y*want.Stride:]
		for x := range got.Rect.Dx() {
			if a[4*x] != b[4*x] || a[4*x+1] != b[4*x+1] || a[4*x+2] != b[4*x+2] {
				if count++; count == 1 {
					first = image.Pt(x, y)
				}
				where = where.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if count > 0 {
		return fmt.Errorf("%d pixels differ, within %v; the first, %v, is %v, should be %v",
			count, where, first, got.At(first.X, first.Y), want.At(first.X, first.Y))
	}
	return nil
}

// colours counts the colours of a picture, up to 1000: a comparison of two
// empty pictures proves nothing.
func colours(img *image.RGBA) int {
	seen := map[[3]byte]bool{}
	for i := 0; i+3 < len(img.Pix) && len(seen) < 1000; i += 4 {
		seen[[3]byte(img.Pix[i:])] = true
	}
	return len(seen)
}

// agree waits until a picture is what it should be. What should be is looked at
// before and after, because there are screens that do not hold still: a text
// cursor blinks.
func agree(t *testing.T, what string, picture, truth func() *image.RGBA) {
	t.Helper()
	var got, want *image.RGBA
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		want = truth()
		got = picture()
		if err = difference(got, want); err != nil {
			continue
		}
		if err = difference(truth(), want); err == nil {
			return
		}
		err = fmt.Errorf("the screen does not hold still: %w", err)
	}
	keep(t, "got.png", got)
	keep(t, "want.png", want)
	t.Fatalf("%s: %v (pictures in %s with -artifacts)", what, err, t.ArtifactDir())
}

// keep saves a picture for whoever looks into a failure.
func keep(t *testing.T, name string, img *image.RGBA) {
	t.Helper()
	if img == nil {
		return
	}
	f, err := os.Create(filepath.Join(t.ArtifactDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// screenshot is what `saffron screenshot` makes of a machine.
func screenshot(t *testing.T, args ...string) *image.RGBA {
	t.Helper()
	path := filepath.Join(t.TempDir(), "screen.png")
	succeed(t, append([]string{"screenshot", "-o", path}, args...)...)
	return readPicture(t, path)
}

// readPicture reads a PNG file.
func readPicture(t *testing.T, path string) *image.RGBA {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	rgba := image.NewRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			rgba.Set(x, y, img.At(x, y))
		}
	}
	return rgba
}

// similar is an error if the colours of two pictures differ by limit or more on
// average.
func similar(got, want *image.RGBA, limit float64) error {
	if got == nil || got.Rect.Size() != want.Rect.Size() {
		return difference(got, want)
	}
	if mean := meanDifference(got, want); mean >= limit {
		return fmt.Errorf("the pictures differ by %.2f on average, allowed is %.2f", mean, limit)
	}
	return nil
}

// meanDifference is that of the colours of two pictures of one size.
func meanDifference(got, want *image.RGBA) float64 {
	sum := 0
	for i := range want.Pix {
		if i%4 != 3 {
			d := int(got.Pix[i]) - int(want.Pix[i])
			sum += max(d, -d)
		}
	}
	return float64(sum) / float64(len(want.Pix)/4*3)
}
