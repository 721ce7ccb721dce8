package main

import (
	"io"
	"math"
	"sync"
	"time"

	"saffron/audio"
	"saffron/audio/wav"
	"saffron/channels/playback"
)

const (
	// tapeDelay is how long sound may come after it was due before it is late.
	tapeDelay = time.Second
	// tapeAhead bounds how far sound may come before it is due.
	tapeAhead = 5 * time.Second
	// tapeGap is how many ms later than it should be the time of a packet says
	// that sound is missing before it, and tapeBreak that times begin anew.
	tapeGap   = 60
	tapeBreak = 10_000
	// tapeFollow is by which part of the difference times are followed that are
	// off by less: the server's clocks waver.
	tapeFollow = 32
	// silentRate is the rate in which nothing but silence is written.
	silentRate = 48_000
)

// An audioTape writes what the guest plays to a WAV file, and silence where it
// plays nothing, so that the file is as long as the time. The first sound
// decides on the format. Several channels are mixed. Any goroutine may call its
// methods.
type audioTape struct {
	length time.Duration // 0: until it is finished

	mu      sync.Mutex
	out     io.Writer
	w       *wav.Writer // guarded by mu; nil before the first sound
	format  wav.Format  // guarded by mu; of w
	begun   time.Time   // guarded by mu
	ready   bool        // guarded by mu; the machine has sound
	base    int64       // guarded by mu; frames written
	mix     []int32     // guarded by mu; samples of the frames after them
	pcm     []int16     // guarded by mu; room for what is written
	loudest int32       // guarded by mu
	err     error       // guarded by mu
	failed  chan struct{}
}

// newAudioTape begins now.
func newAudioTape(out io.Writer, length time.Duration) *audioTape {
	return &audioTape{out: out, length: length, begun: time.Now(), failed: make(chan struct{})}
}

// rewind begins now, unless there is sound already.
func (t *audioTape) rewind() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w == nil {
		t.begun = time.Now()
	}
	t.ready = true
}

// running reports whether recording has begun.
func (t *audioTape) running() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ready
}

// channel returns the sink of a playback channel.
func (t *audioTape) channel(uint8) playback.Sink {
	return &tapeChannel{tape: t, gains: [2]float32{1, 1}}
}

// frames returns how many frames a time has. The caller holds mu, and there is a
// format.
func (t *audioTape) frames(d time.Duration) int64 {
	return int64(math.Round(d.Seconds() * float64(t.format.Rate)))
}

// begin decides on the format, unless that is done. The caller holds mu.
func (t *audioTape) begin(f wav.Format) {
	if t.w != nil || t.err != nil {
		return
	}
	t.format = f
	w, err := wav.NewWriter(t.out, f, t.frames(t.length))
	t.w = w
	t.fail(err)
}

func (t *audioTape) fail(err error) {
	if err != nil && t.err == nil {
		t.err = err
		close(t.failed)
	}
}

// add adds samples of the tape's format that begin at a frame. Those that are
// too late are left out. The caller holds mu.
func (t *audioTape) add(at int64, pcm []int16) {
	ch := t.format.Channels
	if late := t.base - at; late > 0 {
		pcm = pcm[min(len(pcm), int(late)*ch):]
		at = t.base
	}
	from := int(at-t.base) * ch
	if need := from + len(pcm) - len(t.mix); need > 0 {
		t.mix = append(t.mix, make([]int32, need)...)
	}
	for i, s := range pcm {
		t.mix[from+i] += int32(s)
	}
}

// write writes up to a frame. The caller holds mu, and there is a format.
func (t *audioTape) write(to int64) {
	const atOnce = 4800
	ch := t.format.Channels
	for t.base < to && t.err == nil {
		frames := int(min(to-t.base, atOnce))
		n := min(frames*ch, len(t.mix))
		t.pcm = t.pcm[:0]
		for _, s := range t.mix[:n] {
			s = max(math.MinInt16, min(s, math.MaxInt16))
			t.loudest = max(t.loudest, s, -s)
			t.pcm = append(t.pcm, int16(s))
		}
		t.pcm = append(t.pcm, make([]int16, frames*ch-n)...)
		t.mix = t.mix[:copy(t.mix, t.mix[n:])]
		t.base += int64(frames)
		t.fail(t.w.Write(t.pcm))
	}
}

// flush writes what cannot change any more.
func (t *audioTape) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.w == nil || t.err != nil {
		return
	}
	if elapsed := time.Since(t.begun) - tapeDelay; elapsed > 0 {
		t.write(t.frames(elapsed))
		t.fail(t.w.Update())
	}
}

// finish writes the rest. It returns what is in the file.
func (t *audioTape) finish() (f wav.Format, length time.Duration, loudest float64, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begin(wav.Format{Rate: silentRate, Channels: 2})
	length = time.Since(t.begun)
	if t.length > 0 && length > t.length {
		length = t.length
	}
	if t.err == nil {
		t.write(t.frames(length))
		t.fail(t.w.Update())
	}
	return t.format, length, 20 * math.Log10(float64(t.loudest)/-math.MinInt16), t.err
}

// A tapeChannel is one playback channel of a tape. Its fields are guarded by
// the tape's mu.
type tapeChannel struct {
	tape           *audioTape
	rate, channels int
	resampler      *audio.Resampler // nil: the tape has the rate
	next           uint32           // media time after the last packet
	carry          int              // frames since next, times 1000
	fresh          bool             // next is not known yet
	at             int64            // where on the tape the next packet goes
	gains          [2]float32
	mute           bool
	pcm            []int16
	resampled      []float32
}

// Start implements playback.Sink. The sound begins now.
func (c *tapeChannel) Start(rate, channels int, _ uint32) {
	t := c.tape
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begin(wav.Format{Rate: rate, Channels: channels})
	c.rate, c.channels, c.carry, c.fresh = rate, channels, 0, true
	c.resampler = nil
	if rate != t.format.Rate {
		c.resampler = audio.NewResampler(rate, t.format.Rate, t.format.Channels)
	}
	c.at = max(c.at, t.frames(time.Since(t.begun)))
}

// Play implements playback.Sink.
func (c *tapeChannel) Play(ms uint32, pcm []int16) {
	t := c.tape
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil || t.w == nil {
		return
	}
	pcm = pcm[:min(len(pcm), c.rate*c.channels)] // no packet has a second
	late := int32(ms - c.next)
	switch {
	case c.fresh || late > tapeBreak || late < -tapeBreak:
		c.next, c.fresh = ms, false
	case late > tapeGap:
		c.at += t.frames(time.Duration(late) * time.Millisecond)
		c.next = ms
	default:
		c.next += uint32(late / tapeFollow)
	}
	c.carry += len(pcm) / c.channels * 1000
	c.next += uint32(c.carry / c.rate)
	c.carry %= c.rate
	pcm = c.shape(pcm)
	if now := t.frames(time.Since(t.begun)); c.at > now+t.frames(tapeAhead) {
		c.at = now
	}
	t.add(c.at, pcm)
	c.at += int64(len(pcm) / t.format.Channels)
}

// shape makes samples those of the tape, as loud as they are to be.
func (c *tapeChannel) shape(pcm []int16) []int16 {
	out := c.tape.format
	c.pcm = audio.Remap(c.pcm[:0], pcm, c.channels, out.Channels)
	for i, s := range c.pcm {
		g := c.gains[i%out.Channels]
		if c.mute {
			g = 0
		}
		c.pcm[i] = int16(float32(s) * g)
	}
	if c.resampler == nil {
		return c.pcm
	}
	c.resampler.Write(c.pcm)
	c.resampled = append(c.resampled[:0], make([]float32, c.resampler.Ready()*out.Channels)...)
	n := c.resampler.Read(c.resampled)
	c.pcm = c.pcm[:0]
	for _, s := range c.resampled[:n*out.Channels] {
		c.pcm = append(c.pcm, int16(max(math.MinInt16, min(s, math.MaxInt16))))
	}
	return c.pcm
}

// Stop implements playback.Sink.
func (c *tapeChannel) Stop() {}

// SetVolume implements playback.Sink.
func (c *tapeChannel) SetVolume(levels []uint16) {
	c.tape.mu.Lock()
	defer c.tape.mu.Unlock()
	c.gains = [2]float32{audio.Gain(levels[0]), audio.Gain(levels[min(1, len(levels)-1)])}
}

// SetMute implements playback.Sink.
func (c *tapeChannel) SetMute(mute bool) {
	c.tape.mu.Lock()
	defer c.tape.mu.Unlock()
	c.mute = mute
}

// SetLatency implements playback.Sink: nothing is held back.
func (c *tapeChannel) SetLatency(uint32) {}

// Close implements playback.Sink.
func (c *tapeChannel) Close() {}
