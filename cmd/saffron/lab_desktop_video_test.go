//go:build lab

package main_test

import (
	"image"
	"image/draw"
	"math"
	"testing"
	"time"
)

// TestLabXspiceVideo plays a film that the server makes a video of. While it
// plays the picture resembles it; when it has stopped, all pixels are right.
func TestLabXspiceVideo(t *testing.T) {
	for _, method := range []string{"all", "filter"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			x := startXspice(t, nil, "--image-compression", "auto_glz", "--streaming-video", method,
				"--jpeg-wan-compression", "never", "--zlib-glz-wan-compression", "never")
			c := x.dial(t)
			live := connect(t, x.uri, sessionConfig{})
			agree(t, "before", live.screen, c.picture)
			film := c.newFilm(t, image.Pt(100, 80))
			film.play(t, 1500*time.Millisecond)
			for range 8 {
				film.play(t, 200*time.Millisecond)
				resembles(t, live.screen(), film, image.Pt(100, 80))
			}
			agree(t, "the end of the film", live.screen, c.picture)
			film.move(t, image.Pt(500, 300)) // the pixels are on the surface, not over it
			agree(t, "the film elsewhere", live.screen, c.picture)
			live.sound(t)
			got := live.stats().Messages
			for _, message := range []string{"stream_create", "stream_activate_report", "stream_clip", "stream_destroy"} {
				if got[message] == 0 {
					t.Errorf("no %s came: the film was no video", message)
				}
			}
			if n := got["stream_data"]; n < 20 {
				t.Errorf("%d frames of the film came as video", n)
			}
		})
	}
}

// resembles fails the test unless the picture shows some frame of the film, or
// nearly.
func resembles(t *testing.T, img *image.RGBA, film *film, at image.Point) {
	t.Helper()
	if img == nil {
		t.Fatal("there is no picture")
	}
	got := image.NewRGBA(image.Rectangle{Max: film.size})
	draw.Draw(got, got.Rect, img, at, draw.Src)
	best := math.Inf(1)
	for _, frame := range film.frames {
		sum := 0
		for i := 0; i < len(frame); i += 4 {
			for k := range 3 {
				d := int(frame[i+k]) - int(got.Pix[i+2-k])
				sum += max(d, -d)
			}
		}
		best = min(best, float64(sum)/float64(len(frame)/4*3))
	}
	if best >= 8 {
		t.Errorf("what is shown differs by %.1f on average from every frame", best)
	}
}
