package display

import (
	"errors"
	"fmt"
	"image"
	"time"

	"saffron/codec/jpeg"
	"saffron/codec/video"
	"saffron/render"
	"saffron/spice"
)

// A frame of a video is on its way from bytes to the surface.
type frame struct {
	s       *stream
	number  uint64 // within the stream, from 1
	data    []byte // aliases the message
	time    uint32 // ms of the clock at which it is to be shown
	arrived time.Time
	hold    bool            // it waits for its time
	sized   bool            // it has a place of its own
	dest    image.Rectangle // that place

	// What is given back when it has been shown, or not.
	message spice.Message
	weight  int64

	// Set before done is closed.
	pixels *image.RGBA
	late   bool // it was not decoded, see overtaken
	err    error
	done   chan struct{}

	begun bool // owned by the committer: decoding has begun
}

// pixelBytes is about what the decoded frame will hold; the pixels of one that
// waits for its time are few at a time.
func (f *frame) pixelBytes() int64 {
	if f.hold {
		return 0
	}
	return 4 * min(int64(f.s.nominal.X)*int64(f.s.nominal.Y), f.s.h.o.MaxImagePixels)
}

// lateAfter is by how much a frame may be late before it is left out in favour
// of the next.
const lateAfter = 100 * time.Millisecond

// overtaken decides whether a frame is left out: if it is late by more than
// lateAfter and the one after it is due. It is the only place where frames are
// dropped.
func (s *stream) overtaken(late time.Duration, nextDue bool) bool {
	if !nextDue || late <= lateAfter || s.h.o.EveryFrame {
		return false
	}
	s.late.Add(1)
	s.counts.late.Add(1)
	return true
}

// overtakenByArrival is overtaken for a frame that is due when it arrives.
func (f *frame) overtakenByArrival() bool {
	return !f.hold && f.s.overtaken(time.Since(f.arrived), f.s.newest.Load() > f.number)
}

// run decodes a frame that stands for itself. Any goroutine.
func (f *frame) run() {
	defer close(f.done)
	f.s.h.pipe.pause("worker")
	if f.late = f.overtakenByArrival(); f.late {
		return
	}
	defer f.timed()()
	width, height, err := jpeg.DecodeConfig(f.data)
	if err == nil {
		err = f.s.h.checkFrame(width, height)
	}
	if err != nil {
		f.fail(err)
		return
	}
	pixels := takePixels(width, height)
	if err := jpeg.Decode(pixels, f.data); err != nil {
		givePixels(pixels)
		f.fail(err)
		return
	}
	f.finish(pixels)
}

func (h *Handler) checkFrame(width, height int) error {
	if n := int64(width) * int64(height); n > h.o.MaxImagePixels {
		return fmt.Errorf("%dx%d pixels; the limit is %d pixels", width, height, h.o.MaxImagePixels)
	}
	return nil
}

func (f *frame) fail(err error) {
	f.s.counts.failed.Add(1)
	f.err = fmt.Errorf("display: a frame of video in %s: %w", f.s.codec, err)
}

// timed returns what is to be called when decoding is done.
func (f *frame) timed() func() {
	if !f.s.h.timed() {
		return func() {}
	}
	begin := time.Now()
	return func() { f.s.counts.nanos.Add(uint64(time.Since(begin))) }
}

func (f *frame) finish(pixels *image.RGBA) {
	f.s.counts.pixels.Add(uint64(len(pixels.Pix) / 4))
	if !f.s.topDown {
		flip(pixels)
	}
	f.pixels = pixels
}

// flip turns a picture upside down.
func flip(img *image.RGBA) {
	var row [4096]byte
	for top, bottom := 0, img.Rect.Dy()-1; top < bottom; top, bottom = top+1, bottom-1 {
		a, b := img.Pix[top*img.Stride:][:img.Stride], img.Pix[bottom*img.Stride:][:img.Stride]
		for len(a) > 0 {
			n := copy(row[:], a)
			copy(a, b[:n])
			copy(b, row[:n])
			a, b = a[n:], b[n:]
		}
	}
}

// decodeLane decodes the frames of a video in which each builds on those
// before it. It ends with the video or the channel.
func (s *stream) decodeLane() {
	dec, err := video.NewDecoder(video.Codec(s.codec))
	if err == nil {
		defer dec.Close()
	}
	for {
		select {
		case f, more := <-s.lane:
			if !more {
				return
			}
			f.decodeVideo(dec, err)
		case <-s.h.pipe.ctx.Done():
			return
		}
	}
}

var errNoPicture = errors.New("it holds no picture")

// decodeVideo feeds a frame to its decoder, also one that is not shown.
func (f *frame) decodeVideo(dec *video.Decoder, err error) {
	defer close(f.done)
	if err != nil {
		f.fail(err)
		return
	}
	defer f.timed()()
	p, err := dec.Decode(f.data)
	if f.late = f.overtakenByArrival(); f.late {
		return
	}
	if err == nil && p == nil {
		err = errNoPicture
	}
	if err == nil {
		err = f.s.h.checkFrame(p.Width, p.Height)
	}
	if err != nil {
		f.fail(err)
		return
	}
	pixels := takePixels(p.Width, p.Height)
	p.RGBA(pixels)
	f.finish(pixels)
}

// draw puts a decoded frame on its surface, within the clip of this moment.
func (f *frame) draw() error {
	if f.err != nil || f.late {
		return f.err
	}
	dest := f.s.dest
	if f.sized {
		dest = f.dest
	}
	f.s.counts.shown.Add(1)
	return f.s.h.o.Canvas.Draw(f.s.surface, dest, f.s.clip,
		&render.Copy{Src: render.Source{Image: f.pixels}, SrcArea: f.pixels.Rect, Rop: render.RopPut})
}
