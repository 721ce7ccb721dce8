package main

import (
	"math"
	"os"
	"sync"
	"time"

	"saffron/audio"
	"saffron/audio/wav"
	"saffron/channels/record"
)

// micPeriod is how often a file that stands for a microphone delivers.
const micPeriod = 10 * time.Millisecond

// A micFile is a WAV file that the guest hears as a microphone: from its
// beginning each time that the guest begins to record, then silence.
type micFile struct {
	file *os.File
	wav  *wav.Reader

	mu   sync.Mutex
	stop func() // guarded by mu; nil while nothing is delivered
}

var _ record.Source = (*micFile)(nil)

func openMicFile(path string) (*micFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := wav.NewReader(file)
	if err != nil {
		file.Close()
		return nil, usageError("--mic-file: %s: %w", path, err)
	}
	return &micFile{file: file, wav: r}, nil
}

// Start implements record.Source.
func (m *micFile) Start(rate, channels int, deliver func(pcm []int16)) error {
	m.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.wav.Rewind(); err != nil {
		return err
	}
	t := newMicTake(m.wav, rate, channels)
	stop, done := make(chan struct{}), make(chan struct{})
	m.stop = func() {
		close(stop)
		<-done
	}
	go func() {
		defer close(done)
		t.run(deliver, stop)
	}()
	return nil
}

// Stop implements record.Source.
func (m *micFile) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// close closes the file. Nothing is delivered any more.
func (m *micFile) close() {
	m.Stop()
	m.file.Close()
}

// A micTake delivers a file once, in another format.
type micTake struct {
	in             *wav.Reader
	rate, channels int
	resampler      *audio.Resampler
	ended          bool
	raw, mapped    []int16
	floats         []float32
	out            []int16
}

func newMicTake(in *wav.Reader, rate, channels int) *micTake {
	return &micTake{
		in: in, rate: rate, channels: channels, resampler: audio.NewResampler(in.Format().Rate, rate, channels),
		raw: make([]int16, 480*in.Format().Channels),
	}
}

// run delivers as time goes by, until stop is closed.
func (t *micTake) run(deliver func([]int16), stop <-chan struct{}) {
	tick := time.NewTicker(micPeriod)
	defer tick.Stop()
	begun, delivered := time.Now(), int64(0)
	for {
		select {
		case <-tick.C:
			due := int64(time.Since(begun).Seconds() * float64(t.rate))
			deliver(t.next(int(min(due-delivered, int64(t.rate)))))
			delivered = due
		case <-stop:
			return
		}
	}
}

// next returns the next frames, silence behind the end.
func (t *micTake) next(frames int) []int16 {
	for t.resampler.Ready() < frames && !t.ended {
		t.fill()
	}
	n := min(frames, t.resampler.Ready())
	t.floats = append(t.floats[:0], make([]float32, n*t.channels)...)
	n = t.resampler.Read(t.floats)
	t.out = t.out[:0]
	for _, s := range t.floats[:n*t.channels] {
		t.out = append(t.out, int16(math.Round(float64(max(math.MinInt16, min(s, math.MaxInt16))))))
	}
	return append(t.out, make([]int16, (frames-n)*t.channels)...)
}

func (t *micTake) fill() {
	n, err := t.in.Read(t.raw)
	t.mapped = audio.Remap(t.mapped[:0], t.raw[:n], t.in.Format().Channels, t.channels)
	t.resampler.Write(t.mapped)
	if err != nil { // also if it cannot be read: the guest hears silence
		t.ended = true
		t.resampler.Flush()
	}
}
