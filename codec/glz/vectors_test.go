package glz_test

import (
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"saffron/codec/codectest"
	"saffron/codec/glz"
	"saffron/codec/lz"
)

// stream returns the GLZ stream of a vector of either codec.
func stream(t testing.TB, v *codectest.Vector) []byte {
	t.Helper()
	src := v.Encoded(t)
	if v.Codec == "glz" {
		return src
	}
	dst := make([]byte, v.GLZSize)
	if err := glz.Inflate(dst, src); err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	return dst
}

// sequences returns the well-formed vectors by sequence, in index order.
func sequences(t testing.TB) map[string][]codectest.Vector {
	t.Helper()
	seqs := make(map[string][]codectest.Vector)
	for _, codec := range []string{"glz", "zlib_glz"} {
		for _, v := range codectest.Vectors(t, codec) {
			if !v.Malformed {
				seqs[v.Sequence] = append(seqs[v.Sequence], v)
			}
		}
	}
	for name, vs := range seqs {
		slices.SortFunc(vs, func(a, b codectest.Vector) int { return a.Index - b.Index })
		if len(vs) < 2 {
			t.Errorf("%s: %d images", name, len(vs))
		}
	}
	return seqs
}

// decode decodes v in w, waits for what is missing, and checks the pixels.
func decode(t *testing.T, w *glz.Window, v *codectest.Vector, src []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	img := image.NewRGBA(image.Rect(5, 6, 5+v.Width, 6+v.Height))
	err := w.Decode(img, src)
	for missing := new(glz.MissingError); errors.As(err, &missing); {
		if err = w.Wait(ctx, missing.ID); err == nil {
			err = w.Decode(img, src)
		}
	}
	if err != nil {
		t.Errorf("%s: %v", v.Name, err)
		return
	}
	v.CheckExact(t, img, true)
}

func TestVectors(t *testing.T) {
	for name, vs := range sequences(t) {
		t.Run(name, func(t *testing.T) {
			w := glz.NewWindow(vs[0].WindowPixels)
			for _, v := range vs {
				src := stream(t, &v)
				cfg, err := glz.DecodeConfig(src)
				if err != nil {
					t.Fatalf("%s: %v", v.Name, err)
				}
				if cfg.Type != lz.Type(v.TypeID) || cfg.Width != v.Width || cfg.Height != v.Height || cfg.TopDown != v.TopDown || cfg.ID != v.GLZID {
					t.Errorf("%s: config %+v", v.Name, cfg)
				}
				decode(t, w, &v, src)
				if _, pixels := w.Stats(); pixels > v.WindowPixels {
					t.Errorf("%s: the window of %d pixels holds %d", v.Name, v.WindowPixels, pixels)
				}
			}
		})
	}
}

// TestVectorsByChannel decodes each encoder channel of a sequence in its own
// goroutine. The first round lets the last channel run ahead of the others.
func TestVectorsByChannel(t *testing.T) {
	tested := false
	for name, vs := range sequences(t) {
		byChannel := make(map[int][]codectest.Vector)
		for _, v := range vs {
			byChannel[v.Channel] = append(byChannel[v.Channel], v)
		}
		if len(byChannel) == 1 {
			continue
		}
		tested = true
		t.Run(name, func(t *testing.T) {
			for round := range 20 {
				w := glz.NewWindow(vs[0].WindowPixels)
				var wg sync.WaitGroup
				for c, list := range byChannel {
					rnd := rand.New(rand.NewPCG(uint64(round), uint64(c)))
					wg.Go(func() {
						if round == 0 && c == 0 {
							time.Sleep(20 * time.Millisecond)
						}
						for _, v := range list {
							time.Sleep(time.Duration(rnd.IntN(200)) * time.Microsecond)
							decode(t, w, &v, stream(t, &v))
						}
					})
				}
				wg.Wait()
				if images, pixels := w.Stats(); images != len(vs) || pixels > vs[0].WindowPixels {
					t.Errorf("round %d: the window holds %d images, %d pixels", round, images, pixels)
				}
			}
		})
	}
	if !tested {
		t.Error("no sequence of more than one channel")
	}
}

func TestMalformed(t *testing.T) {
	n := 0
	for _, v := range codectest.Vectors(t, "glz") {
		if !v.Malformed {
			continue
		}
		n++
		src := v.Encoded(t)
		cfg, err := glz.DecodeConfig(src)
		if err == nil {
			err = glz.NewWindow(1<<20).Decode(image.NewRGBA(image.Rect(0, 0, cfg.Width, cfg.Height)), src)
		}
		var missing *glz.MissingError
		if err == nil || errors.As(err, &missing) {
			t.Errorf("%s: error %v", v.Name, err)
		}
	}
	if n == 0 {
		t.Error("no malformed vectors")
	}
}
