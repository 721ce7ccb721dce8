package display_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/png"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/codec/glz"
	"saffron/spice"
	"saffron/testdata"
)

// A recording is what a real server sent on its display channels, and the
// surfaces it ended with.
type recording struct {
	Name string
	Init struct {
		CachePixels  int64 `json:"pixmap_cache_size"`
		WindowPixels int   `json:"glz_window_size"`
	}
	Channels []struct {
		ID   uint8 `json:"channel_id"`
		File string
	}
	Surfaces []struct {
		Channel uint8  `json:"channel_id"`
		ID      uint32 `json:"surface_id"`
		File    string
	}
}

func recordings(t testing.TB) []recording {
	t.Helper()
	var manifest struct{ Entries []recording }
	if err := json.Unmarshal(file(t, "manifest.json"), &manifest); err != nil || len(manifest.Entries) == 0 {
		t.Fatal(err, manifest)
	}
	return manifest.Entries
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := testdata.FS.ReadFile("sessions/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// messages splits a recording of mini headers into messages, sub-messages
// before the list that carries them.
func messages(t testing.TB, b []byte) []spice.Message {
	t.Helper()
	var list []spice.Message
	for serial := uint64(1); len(b) > 0; serial++ {
		typ, size := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint32(b[2:])
		body := b[6 : 6+size : 6+size]
		b = b[6+size:]
		if typ == spice.MsgList {
			for i := range binary.LittleEndian.Uint16(body) {
				sub := body[binary.LittleEndian.Uint32(body[2+4*i:]):]
				list = append(list, spice.Message{Type: binary.LittleEndian.Uint16(sub), Body: sub[6:]})
			}
		}
		list = append(list, spice.Message{Type: typ, Serial: serial, Body: body})
	}
	return list
}

// replay plays a recording in a new room, its channels side by side. before, if
// not nil, is called before each message.
func replay(t testing.TB, rec *recording, workers int, before func(channel, message int)) []*screen {
	t.Helper()
	return replayDelayed(t, rec, workers, before, nil)
}

// replayDelayed is replay with a delay inside of the channels.
func replayDelayed(t testing.TB, rec *recording, workers int, before func(channel, message int), delay func(at string)) []*screen {
	t.Helper()
	r := &room{progress: channels.NewProgress(), delay: delay}
	r.Cache = display.NewCache(rec.Init.CachePixels)
	r.Window = glz.NewWindow(rec.Init.WindowPixels)
	r.Workers = display.NewWorkers(workers)
	t.Cleanup(r.Workers.Close)
	var screens []*screen
	for _, c := range rec.Channels {
		screens = append(screens, r.open(t, c.ID, nil))
	}
	var feeding sync.WaitGroup
	for i, c := range rec.Channels {
		list := messages(t, file(t, c.File))
		feeding.Go(func() {
			for k, m := range list {
				if before != nil {
					before(i, k)
				}
				if err := screens[i].Handle(m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	feeding.Wait()
	for _, s := range screens {
		s.picture()
	}
	return screens
}

// TestRecordings replays real sessions: every palette, cached image and GLZ
// reference must be there, and all colours must be those of the server.
func TestRecordings(t *testing.T) {
	for _, rec := range recordings(t) {
		t.Run(rec.Name, func(t *testing.T) {
			check(t, &rec, replay(t, &rec, 2, nil))
		})
	}
}

// TestRecordingsDelayed holds one of two channels back: whenever the other can
// go no further it takes a few messages.
func TestRecordingsDelayed(t *testing.T) {
	for _, rec := range recordings(t) {
		for late := range len(rec.Channels) {
			if len(rec.Channels) < 2 {
				continue
			}
			t.Run(rec.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					check(t, &rec, replay(t, &rec, 2, func(channel, message int) {
						if channel == late && message%5 == 0 {
							time.Sleep(time.Millisecond)
						}
					}))
				})
			})
		}
	}
}

// check compares what the channels of a recording have drawn.
func check(t *testing.T, rec *recording, screens []*screen) {
	t.Helper()
	for i, c := range rec.Channels {
		s := screens[i]
		if st := s.stats(); st.Failed != 0 || len(st.Undrawn) != 0 || len(st.Images) == 0 {
			t.Errorf("display %d: %d failed: %v; undrawn %v", c.ID, st.Failed, s.warned(), st.Undrawn)
		}
		for codec, v := range s.stats().Videos {
			if v.Frames == 0 || v.Shown != v.Frames {
				t.Errorf("display %d: of the videos in %s: %+v", c.ID, codec, v)
			}
		}
		for _, want := range rec.Surfaces {
			if want.Channel == c.ID {
				compare(t, want.ID, s.SurfaceSnapshot(want.ID), file(t, want.File))
			}
		}
	}
}

// compare checks the colours of all pixels of a surface.
func compare(t *testing.T, id uint32, got *image.RGBA, golden []byte) {
	t.Helper()
	want, err := png.Decode(bytes.NewReader(golden))
	if err != nil {
		t.Fatal(err)
	}
	if got == nil || got.Rect.Size() != want.Bounds().Size() {
		t.Fatalf("surface %d is %v, want %v", id, got, want.Bounds())
	}
	wrong := 0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			g := got.RGBAAt(x, y)
			r, gr, b, _ := want.At(x, y).RGBA()
			if uint32(g.R) == r>>8 && uint32(g.G) == gr>>8 && uint32(g.B) == b>>8 {
				continue
			}
			if wrong++; wrong < 4 {
				t.Errorf("surface %d: pixel %d,%d is %v, want %v", id, x, y, g, want.At(x, y))
			}
		}
	}
	if wrong > 0 {
		t.Errorf("surface %d: %d pixels are wrong", id, wrong)
	}
}

// BenchmarkReplay plays the recorded sessions on a desktop.
func BenchmarkReplay(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "1worker", 2: "2workers"}[workers], func(b *testing.B) {
			list := recordings(b)
			var size, count int
			for _, rec := range list {
				for _, c := range rec.Channels {
					size += len(file(b, c.File))
					count += len(messages(b, file(b, c.File)))
				}
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, rec := range list {
					for _, s := range replay(b, &rec, workers, nil) {
						s.Handler.Close()
					}
				}
			}
			b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
