package display_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/spice/wire"
)

// A clock runs with the time of the test.
type clock struct {
	begin  time.Time
	silent atomic.Bool

	mu    sync.Mutex
	shift uint32 // guarded by mu; ms
}

func newClock() *clock { return &clock{begin: time.Now()} }

func (c *clock) Now() (uint32, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return uint32(time.Since(c.begin).Milliseconds()) + c.shift, true
}

func (c *clock) Sound() (uint32, bool) { return 77, !c.silent.Load() }

func (c *clock) jump(ms int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shift += uint32(ms)
}

// reports keeps what a handler reports.
type reports struct {
	mu   sync.Mutex
	list []display.StreamReport // guarded by mu
}

func (r *reports) Send(typ uint16, m wire.Encoder) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, *m.(*display.StreamReport))
	return nil
}

func (r *reports) take() []display.StreamReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.list
	r.list = nil
	return list
}

// video opens a display that shows videos by a clock, on a black surface.
func (r *room) video(t testing.TB, c display.Clock, rep *reports, every bool) *screen {
	t.Helper()
	s := r.openWith(t, 0, nil, func(o *display.Options) {
		o.Clock, o.EveryFrame = c, every
		o.Send, o.Reports = rep.Send, true
	})
	s.create(64, 48)
	return s
}

// grey returns a JPEG frame of one grey, whose upper half is dark if split.
func grey(level uint8, width, height int, split bool) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		if img.Pix[i] = level; split && i < len(img.Pix)/2 {
			img.Pix[i] = 0
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// level is the grey of a pixel now, once everything sent is drawn.
func (s *screen) level(x, y int) int {
	s.t.Helper()
	return int(s.picture().RGBAAt(x, y).R)
}

func (s *screen) expectLevel(x, y, want int) {
	s.t.Helper()
	if got := s.level(x, y); got < want-2 || got > want+2 {
		s.t.Errorf("pixel %d,%d is %d, want about %d", x, y, got, want)
	}
}

var videoDest = image.Rect(8, 8, 40, 40)

func (s *screen) begin(m display.StreamCreate) {
	s.t.Helper()
	if m.Codec == 0 {
		m.Codec = display.StreamMJPEG
	}
	m.ID, m.Width, m.Height, m.Dest = 49, 32, 32, videoDest
	s.send(display.MsgStreamCreate, &m)
}

func (s *screen) frame(at uint32, data []byte) {
	s.t.Helper()
	s.send(display.MsgStreamData, &display.StreamData{ID: 49, Time: at, Data: data})
}

// TestVideo shows frames: which way up, where, how large, within which clip.
func TestVideo(t *testing.T) {
	s := newRoom(t, 2).video(t, nil, new(reports), true)
	s.begin(display.StreamCreate{Flags: display.StreamTopDown})
	s.frame(1, grey(200, 32, 32, true))
	s.expectLevel(10, 10, 0)
	s.expectLevel(10, 38, 200)
	s.expectLevel(7, 38, 0)
	s.begin(display.StreamCreate{}) // the same id begins anew
	s.frame(1, grey(180, 32, 32, true))
	s.expectLevel(10, 10, 180)
	s.expectLevel(10, 38, 0)
	s.frame(2, grey(90, 8, 4, false)) // scaled
	for _, p := range []image.Point{videoDest.Min, videoDest.Max.Sub(image.Pt(1, 1))} {
		s.expectLevel(p.X, p.Y, 90)
	}
	s.send(display.MsgStreamDataSized, &display.StreamDataSized{ID: 49, Time: 3, Width: 8, Height: 8,
		Dest: image.Rect(50, -4, 80, 10), Data: grey(120, 8, 8, false)})
	s.expectLevel(63, 9, 120)
	s.expectLevel(49, 9, 0)
	s.expectLevel(10, 10, 90)

	s.send(display.MsgStreamClip, &display.StreamClip{ID: 49, Clipped: true, Clip: []image.Rectangle{image.Rect(0, 0, 20, 20)}})
	s.frame(4, grey(30, 32, 32, false))
	s.expectLevel(19, 19, 30)
	s.expectLevel(20, 20, 90)
	s.send(display.MsgStreamClip, &display.StreamClip{ID: 49, Clipped: true})
	s.frame(5, grey(60, 32, 32, false))
	s.expectLevel(10, 10, 30)
	s.send(display.MsgStreamClip, &display.StreamClip{ID: 49})
	s.frame(5, grey(60, 32, 32, false))
	s.expectLevel(10, 10, 60)
	s.expect(0)
	if v := s.stats().Videos["mjpeg"]; v.Streams != 2 || v.Frames != 7 || v.Shown != 7 || v.Late != 0 || v.Failed != 0 {
		t.Errorf("%+v", v)
	}
}

// TestVideoBroken checks that a broken frame is left out and the video goes on,
// and that streams end with their surface.
func TestVideoBroken(t *testing.T) {
	rep := new(reports)
	s := newRoom(t, 2).video(t, nil, rep, true)
	s.begin(display.StreamCreate{})
	whole := grey(200, 32, 32, false)
	s.frame(1, whole[:20])
	s.frame(2, nil)
	s.frame(3, grey(1, 4096, 2048, false)) // more pixels than are allowed
	s.expect(2)
	s.frame(4, whole)
	s.expectLevel(10, 10, 200)
	if list := rep.take(); len(list) != 0 {
		t.Errorf("reports: %+v", list)
	}
	s.send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{})
	s.create(64, 48)
	s.frame(5, whole)
	s.expectLevel(10, 10, 0)
	s.begin(display.StreamCreate{})
	s.send(display.MsgStreamDestroyAll, nil)
	s.send(display.MsgStreamDestroy, &display.StreamDestroy{ID: 49})
	s.frame(6, whole)
	s.expectLevel(10, 10, 0)
	want := display.StreamReport{ID: 49, Drops: display.CannotDecode}
	if list := rep.take(); len(list) != 2 || list[0] != want || list[1] != want {
		t.Errorf("reports on unknown videos: %+v", list)
	}
	s.begin(display.StreamCreate{Codec: 99})
	s.frame(7, whole)
	s.frame(8, whole)
	s.expect(1)
	if list := rep.take(); len(list) != 1 || list[0] != want {
		t.Errorf("reports on an unknown codec: %+v", list)
	}
	s.send(display.MsgStreamCreate, &display.StreamCreate{ID: 1 << 31, Codec: display.StreamMJPEG})
	s.send(display.MsgStreamClip, &display.StreamClip{ID: 1 << 31})
	s.send(display.MsgStreamActivateReport, &display.StreamActivateReport{ID: 1 << 31})
	s.expect(0)
}

// TestVideoInStep checks that frames wait for their time while there is sound,
// with the clip of that moment, and never without.
func TestVideoInStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		r := newRoom(t, 2)
		s := r.video(t, c, new(reports), false)
		s.begin(display.StreamCreate{})
		for i := range uint32(10) {
			s.frame(400+40*i, grey(uint8(20*i+20), 32, 32, false))
		}
		s.expectLevel(10, 10, 0)
		time.Sleep(399 * time.Millisecond)
		s.expectLevel(10, 10, 0)
		for i := range 5 {
			time.Sleep(2 * time.Millisecond)
			s.expectLevel(10, 10, 20*i+20)
			time.Sleep(38 * time.Millisecond)
			s.expectLevel(10, 10, 20*i+20)
		}
		s.send(display.MsgStreamClip, &display.StreamClip{ID: 49, Clipped: true, Clip: []image.Rectangle{image.Rect(20, 20, 30, 30)}})
		time.Sleep(42 * time.Millisecond)
		s.expectLevel(10, 10, 100)
		s.expectLevel(25, 25, 140)
		c.jump(-1000) // the clock is set back: what was due soon has to wait
		time.Sleep(500 * time.Millisecond)
		s.expectLevel(25, 25, 140)
		c.jump(+1000) // and forward: what is late by more than lateAfter is left out
		time.Sleep(500 * time.Millisecond)
		s.expectLevel(25, 25, 200)
		if v := s.stats().Videos["mjpeg"]; v.Late == 0 || v.Shown+v.Late != 10 {
			t.Errorf("%+v", v)
		}
		now, _ := c.Now()
		s.frame(now+400, grey(220, 32, 32, false))
		s.send(display.MsgStreamDestroy, &display.StreamDestroy{ID: 49}) // discards it
		time.Sleep(time.Second)
		s.expectLevel(25, 25, 200)
		s.begin(display.StreamCreate{})
		now, _ = c.Now()
		s.frame(now+400, grey(230, 32, 32, false))
		c.silent.Store(true) // nothing waits any more
		s.frame(now+440, grey(240, 32, 32, false))
		s.expectLevel(25, 25, 240)
		s.expect(0)
	})
}

// TestVideoInvalidTimes checks that a frame without a time is shown soon, and
// one that is due in the distant future at once.
func TestVideoInvalidTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		s := newRoom(t, 2).video(t, c, new(reports), false)
		s.begin(display.StreamCreate{})
		time.Sleep(time.Second)
		s.frame(0, grey(50, 32, 32, false))
		s.expectLevel(10, 10, 0)
		time.Sleep(110 * time.Millisecond)
		s.expectLevel(10, 10, 50)
		now, _ := c.Now()
		s.frame(now+60_000, grey(100, 32, 32, false))
		s.expectLevel(10, 10, 100)
		s.frame(now+1000, grey(150, 32, 32, false))
		c.jump(-60_000) // what waits is far away now
		time.Sleep(60 * time.Millisecond)
		s.expectLevel(10, 10, 150)
		s.expect(0)
	})
}

// TestVideoLate checks that frames are left out when decoding falls behind, and
// that the newest is shown however late.
func TestVideoLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rep := new(reports)
		r := newRoom(t, 1)
		s := r.video(t, nil, rep, false)
		s.begin(display.StreamCreate{})
		s.send(display.MsgStreamActivateReport, &display.StreamActivateReport{ID: 49, UniqueID: 5, Window: 6, Timeout: 10000})
		stop := make(chan struct{})
		r.Workers.Do(t.Context(), func() { <-stop }) // the only worker is busy
		var sent sync.WaitGroup
		sent.Go(func() {
			for i := range uint32(5) {
				s.frame(i, grey(uint8(20*i+20), 32, 32, false))
			}
		})
		time.Sleep(time.Second)
		close(stop)
		sent.Wait()
		s.expectLevel(10, 10, 100)
		if v := s.stats().Videos["mjpeg"]; v.Frames != 5 || v.Late == 0 || v.Shown+v.Late != 5 {
			t.Errorf("%+v", v)
		}
		s.frame(9, grey(200, 32, 32, false))
		late := uint32(s.stats().Videos["mjpeg"].Late)
		if list := rep.take(); len(list) != 1 || list[0].Drops != late || list[0].Frames != 6 {
			t.Errorf("%+v, %d late", list, late)
		}
	})
}

// TestVideoReports checks the figures and when they are sent.
func TestVideoReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, rep := newClock(), new(reports)
		s := newRoom(t, 2).video(t, c, rep, true)
		s.begin(display.StreamCreate{})
		data := grey(1, 32, 32, false)
		s.frame(300, data)
		s.send(display.MsgStreamActivateReport, &display.StreamActivateReport{ID: 49, UniqueID: 5, Window: 3, Timeout: 1000})
		for i := range uint32(3) { // a full window
			time.Sleep(40 * time.Millisecond)
			s.frame(400+40*i, data)
		}
		c.silent.Store(true)
		s.frame(1200, data)
		time.Sleep(1100 * time.Millisecond)
		s.frame(1240, data) // the time is over
		for i := range uint32(3) {
			s.frame(1180+i, data) // three drops in a row
		}
		now, _ := c.Now()
		got := rep.take()
		want := []display.StreamReport{
			{ID: 49, UniqueID: 5, Start: 400, End: 480, Frames: 3, LastDelay: 480 - 120, AudioDelay: 77},
			{ID: 49, UniqueID: 5, Start: 1200, End: 1240, Frames: 2, LastDelay: int32(1240 - now), AudioDelay: display.NoSound},
			{ID: 49, UniqueID: 5, Start: 1180, End: 1182, Frames: 3, Drops: 3, LastDelay: int32(1182 - now), AudioDelay: display.NoSound},
		}
		if !slices.Equal(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// TestVideoCodecs plays videos of the system's library.
func TestVideoCodecs(t *testing.T) {
	for codec, name := range map[display.StreamCodec]string{
		display.StreamVP8: "vp8", display.StreamVP9: "vp9", display.StreamH264: "h264", display.StreamH265: "h265",
	} {
		t.Run(name, func(t *testing.T) {
			if !display.CanDecode(codec) {
				t.Fatal("this test needs libavcodec (Debian's package is libavcodec59)")
			}
			s := newRoom(t, 2).video(t, nil, new(reports), true)
			s.begin(display.StreamCreate{Codec: codec, Flags: display.StreamTopDown})
			frames := videoFrames(t, name)
			for i, f := range frames {
				s.frame(uint32(i), f)
			}
			if got := s.picture().RGBAAt(20, 20); got == (color.RGBA{}) {
				t.Error("nothing is shown")
			}
			s.frame(99, []byte("no frame at all"))
			s.expect(1)
			if v := s.stats().Videos[name]; v.Shown != uint64(len(frames)) || v.Failed != 1 {
				t.Errorf("%+v, of %d frames", v, len(frames))
			}
		})
	}
}

// videoFrames returns a short video, each frame behind its size.
func videoFrames(t *testing.T, name string) (frames [][]byte) {
	t.Helper()
	b, err := os.ReadFile("../../codec/video/testdata/" + name + ".frames")
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		n := binary.LittleEndian.Uint32(b)
		frames = append(frames, b[4:4+n])
		b = b[4+n:]
	}
	return frames
}
