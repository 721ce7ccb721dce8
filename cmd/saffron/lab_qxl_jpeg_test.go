//go:build lab

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"testing"
	"time"

	"saffron/channels/display"
	"saffron/render"
)

// TestLabQXLJPEG compares pictures that lose a little on the way. How much of a
// picture the server sends with loss depends on what it had drawn itself when it
// sent it, and so on time. Therefore what was sent is played again, too: to the
// reference client, which must show nearly the same, and to ourselves with other
// workers, which must show the very same.
//
// The reference client does not take the image of a text's background that is
// clipped away into its cache, nor into the GLZ window, and then waits for it for
// ever. So it sees the scripts of odd seeds, which have no text.
//
// Noise would lose much, and bitwise operations make noise of what is lost. So
// would a first picture of a screen that palettes have made colourful.
func TestLabQXLJPEG(t *testing.T) {
	for _, compression := range []string{"quic", "auto_glz", "auto_lz"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			for seed := *qxlFirst; seed < *qxlFirst+(*qxlSeeds+1)/3; seed++ {
				ops := "copy,copy_bits,alpha_blend,stroke,transparent"
				reference := seed%2 == 1
				if !reference {
					ops += ",text"
				}
				r := newQXLRun(qxlMode{server: []string{"--compression=" + compression, "--jpeg=always", "--kinds=photo,flat", "--ops=" + ops, "--fresh=0"}}, seed, 32)
				r.late = 0
				r.playLossy(t, reference && r.displays == 1)
			}
		})
	}
}

// playLossy compares what is shown in the end; also with the reference client.
func (r *qxlRun) playLossy(t *testing.T, reference bool) {
	t.Helper()
	tape := r.record(t)
	g := startScript(t, r.server...)
	defer g.stop()
	live := r.connect(t, g)
	defer live.Close()
	want, err := g.play(r.count)
	if err != nil {
		t.Fatal(err)
	}
	if err := live.quiet(func() error { return resemble(live.desks, want) }); err != nil {
		t.Errorf("seed %d: %v", r.seed, err)
	}
	live.sound(t)
	checkTypes(t, live.stats(), setting{types: []display.ImageType{display.ImageJPEG, display.ImageJPEGAlpha}})
	live.Close()
	tape.finish(t)

	for _, workers := range []int{1, 2, 4} {
		again := tape.played(t, workers)
		err := resemble(again, want)
		if r.displays == 1 { // else one may show a cached image before or after the other replaces it by a better one
			err = equalSurfaces(live.desks, again, want)
		}
		if err != nil {
			t.Errorf("seed %d, played again with %d workers: %v", r.seed, workers, err)
		}
	}
	if !reference {
		return
	}
	if err := nearly(live.desks[0].SurfaceSnapshot(0), tape.byReference(t)); err != nil {
		t.Errorf("seed %d, with the reference client: %v", r.seed, err)
	}
}

// quiet waits until check passes and nothing comes any more.
func (q *qxlSession) quiet(check func() error) error {
	err := errors.New("messages keep coming")
	seen, since := uint64(0), time.Now()
	for start := since; time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		if n := q.messages(); n != seen {
			seen, since = n, time.Now()
		}
		if time.Since(since) < time.Second {
			continue
		}
		if err = check(); err == nil {
			return nil
		}
	}
	return err
}

// resemble compares surfaces with the server's. An average difference of 6
// is allowed, or what a single JPEG of the surface loses, and a quarter for areas
// that were lost twice, if that is more.
func resemble(desks []*render.Desktop, want []truth) error {
	for i := range want {
		w := &want[i]
		got := desks[w.display].SurfaceSnapshot(w.surface)
		if got == nil && !w.drawn {
			continue // the server tells of surfaces when they are used
		}
		limit := 6.0
		if similar(got, w.image, limit) != nil {
			limit = max(limit, lostByJPEG(w.image)*5/4)
		}
		if err := similar(got, w.image, limit); err != nil {
			return fmt.Errorf("%v: %w", w, err)
		}
	}
	return nil
}

// lostByJPEG returns by how much the colours of a picture differ on average from
// its JPEG of the quality that the server uses.
func lostByJPEG(img *image.RGBA) float64 {
	plain := image.NewRGBA(img.Rect) // without alpha, or colours would be taken for premultiplied
	draw.Draw(plain, img.Rect, image.Black, image.Point{}, draw.Src)
	for i := range img.Pix {
		if i%4 != 3 {
			plain.Pix[i] = img.Pix[i]
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, plain, &jpeg.Options{Quality: 85}); err != nil {
		panic(err)
	}
	decoded, err := jpeg.Decode(&file)
	if err != nil {
		panic(err)
	}
	lossy := image.NewRGBA(img.Rect)
	draw.Draw(lossy, img.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return meanDifference(lossy, plain)
}

// equalSurfaces compares the surfaces of two sessions.
func equalSurfaces(a, b []*render.Desktop, list []truth) error {
	for i := range list {
		w := &list[i]
		got, again := a[w.display].SurfaceSnapshot(w.surface), b[w.display].SurfaceSnapshot(w.surface)
		if got == nil && again == nil {
			continue
		}
		if got == nil || again == nil || !got.Rect.Eq(again.Rect) || !bytes.Equal(got.Pix, again.Pix) {
			return fmt.Errorf("%v: %w", w, errors.Join(errors.New("another picture"), difference(again, got)))
		}
	}
	return nil
}

// nearly compares what two decoders of JPEG make of a session: they round
// otherwise, and operations add that up.
func nearly(got, want *image.RGBA) error {
	if got == nil || got.Rect.Size() != want.Rect.Size() {
		return difference(got, want)
	}
	if worst := farthest(got, want, false); worst > 16 {
		return fmt.Errorf("a byte is off by %d: %w", worst, difference(got, want))
	}
	return similar(got, want, 0.1)
}
