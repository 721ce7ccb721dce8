//go:build lab && linux

package device

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"saffron/audio"
)

// A lab is a private PulseAudio.
type lab struct {
	t      *testing.T
	dir    string
	daemon *exec.Cmd
}

func startLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir()}
	l.start()
	t.Cleanup(l.kill)
	return l
}

func (l *lab) server() string { return "unix:" + filepath.Join(l.dir, "native") }

func (l *lab) start() {
	l.t.Helper()
	l.daemon = exec.Command("../../testdata/lab/pulse.sh", l.dir)
	l.daemon.Stderr = l.t.Output()
	if err := l.daemon.Start(); err != nil {
		l.t.Fatal(err)
	}
	for range 500 {
		if exec.Command("pactl", "-s", l.server(), "info").Run() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.t.Fatal("PulseAudio does not start: apt-get install pulseaudio pulseaudio-utils")
}

func (l *lab) kill() {
	l.daemon.Process.Kill()
	l.daemon.Wait()
	os.Remove(filepath.Join(l.dir, "native"))
}

func (l *lab) pactl(args ...string) string {
	l.t.Helper()
	out, err := exec.Command("pactl", append([]string{"-s", l.server()}, args...)...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("pactl %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// unload unloads the module that made a sink.
func (l *lab) unload(sink string) {
	l.t.Helper()
	for line := range strings.Lines(l.pactl("list", "short", "modules")) {
		if strings.Contains(line, "sink_name="+sink+" ") {
			l.pactl("unload-module", strings.Fields(line)[0])
			return
		}
	}
	l.t.Fatalf("no sink %s", sink)
}

// A tone is a source of two sines, 440 Hz on the left and 1000 Hz on the right,
// that can be switched on and off.
type tone struct {
	wake chan struct{}

	mu     sync.Mutex
	on     bool
	at     int
	delays []time.Duration // as told
}

const loud = 10000 // the tones' amplitude

func newTone() *tone { return &tone{wake: make(chan struct{}, 1), on: true} }

func (s *tone) Wake() <-chan struct{} { return s.wake }

func (s *tone) set(on bool) {
	s.mu.Lock()
	s.on = on
	s.mu.Unlock()
	if on {
		s.wake <- struct{}{}
	}
}

func (s *tone) Read(dst []int16, delay time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(dst)
	s.delays = append(s.delays, delay)
	for i := 0; s.on && i < len(dst); i += 2 {
		t := float64(s.at) / 48000
		s.at++
		dst[i] = int16(math.Round(loud * math.Sin(2*math.Pi*440*t)))
		dst[i+1] = int16(math.Round(loud * math.Sin(2*math.Pi*1000*t)))
	}
	return s.on
}

// An ear records a source, by the name it has at the server.
type ear struct {
	*Microphone
	channels int

	mu    sync.Mutex
	heard []int16
}

func (l *lab) listen(device string, rate, channels int) *ear {
	l.t.Helper()
	active := make(chan struct{}, 10)
	e := &ear{channels: channels, Microphone: NewMicrophone(Options{Server: l.server(), Device: device, OnState: func(s State) {
		if s.Condition == Active {
			active <- struct{}{}
		}
	}})}
	err := e.Start(rate, channels, func(pcm []int16) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, pcm...)
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(e.Stop)
	await(l.t, "the ear to open", active)
	return e
}

// next returns what is heard in the next time d.
func (e *ear) next(t *testing.T, rate int, d time.Duration) []int16 {
	t.Helper()
	e.mu.Lock()
	from := len(e.heard)
	e.mu.Unlock()
	n := int(d.Seconds()*float64(rate)) * e.channels
	for range 1000 {
		time.Sleep(10 * time.Millisecond)
		e.mu.Lock()
		heard := e.heard[from:]
		e.mu.Unlock()
		if len(heard) >= n {
			return heard[:n:n]
		}
	}
	t.Fatal("too little is heard")
	return nil
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("waited too long for %s", what)
	}
}

// A playing is a Play that runs.
type playing struct {
	t      *testing.T
	states chan State
	end    func()
}

func (l *lab) play(src Source, o Options) *playing {
	p := &playing{t: l.t, states: make(chan State, 1000)}
	o.Server, o.OnState = l.server(), func(s State) { l.t.Log(s); p.states <- s }
	ctx, cancel := context.WithCancel(l.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); Play(ctx, src, o) }()
	p.end = func() { cancel(); await(l.t, "Play to end", done) }
	l.t.Cleanup(p.end)
	return p
}

// until waits for a state.
func (p *playing) until(what string, ok func(State) bool) State {
	p.t.Helper()
	deadline := time.After(12 * time.Second)
	for {
		select {
		case s := <-p.states:
			if ok(s) {
				return s
			}
		case <-deadline:
			p.t.Fatalf("waited too long for: %s", what)
		}
	}
}

func (p *playing) active() State {
	p.t.Helper()
	return p.until("to play", func(s State) bool { return s.Condition == Active })
}

// amplitude returns how loud a frequency is in a channel. The signal has to be
// of whole tenths of a second.
func amplitude(pcm []int16, rate, channels, c, frequency int) float64 {
	var re, im float64
	n := len(pcm) / channels
	for i := range n {
		a := 2 * math.Pi * float64(frequency) * float64(i) / float64(rate)
		s := float64(pcm[i*channels+c])
		re, im = re+s*math.Cos(a), im+s*math.Sin(a)
	}
	return 2 * math.Hypot(re, im) / float64(n)
}

// clicks counts steps between samples that are greater than those of a sine.
func clicks(pcm []int16, rate, channels, c, frequency int) (n int) {
	most := loud*2*math.Pi*float64(frequency)/float64(rate)*1.02 + 2
	for i := channels + c; i < len(pcm); i += channels {
		if math.Abs(float64(pcm[i])-float64(pcm[i-channels])) > most {
			n++
		}
	}
	return n
}

// faults says what is wrong with what is heard of the two tones.
func faults(pcm []int16, rate int) (wrong []string) {
	for c, f := range []int{440, 1000} {
		own, other := amplitude(pcm, rate, 2, c, f), amplitude(pcm, rate, 2, c, 1440-f)
		if math.Abs(own-loud) > loud/50 || other > loud/200 {
			wrong = append(wrong, fmt.Sprintf("channel %d: %d Hz at %.0f, %d Hz at %.0f", c, f, own, 1440-f, other))
		}
		if n := clicks(pcm, rate, 2, c, f); n > 0 {
			wrong = append(wrong, fmt.Sprintf("channel %d: %d clicks", c, n))
		}
	}
	return wrong
}

// tones waits until half a second of both tones is heard, each in its channel and
// as loud as it was played, without a click. A machine that is busy may need
// several tries: what is wrong by itself is wrong in all of them.
func (e *ear) tones(t *testing.T, rate int) {
	t.Helper()
	var wrong []string
	for range 20 {
		wrong = faults(e.next(t, rate, 500*time.Millisecond), rate)
		if len(wrong) == 0 {
			return
		}
	}
	t.Error(wrong)
}

// TestLabPulseTone checks what arrives at the sink.
func TestLabPulseTone(t *testing.T) {
	l := startLab(t)
	src := newTone()
	p := l.play(src, Options{Stream: "the machine"})
	s := p.active()
	if s.Device != "Loudspeaker" {
		t.Errorf("device %q", s.Device)
	}
	e := l.listen("nul.monitor", 48000, 2)
	e.tones(t, 48000)
	inputs := l.pactl("list", "sink-inputs")
	for _, want := range []string{`application.name = "Saffron"`, `media.name = "the machine"`, `media.role = "video"`, "Corked: no", "100%"} {
		if !strings.Contains(inputs, want) {
			t.Errorf("no %s in:\n%s", want, inputs)
		}
	}
}

// TestLabPulseMixer plays through the mixer: packets of 10 ms come as a server
// sends them, at its own rate, and pause now and then.
func TestLabPulseMixer(t *testing.T) {
	l := startLab(t)
	mixer := audio.NewMixer(48000)
	p := l.play(mixer, Options{IdleAfter: 300 * time.Millisecond})
	p.active()
	e := l.listen("nul.monitor", 48000, 2)
	stream := mixer.NewStream()
	defer stream.Close()
	for range 2 {
		p.until("to pause", func(s State) bool { return s.Condition == Idle })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			send(ctx, stream)
		}()
		p.active()
		e.nearly(t)
		if _, queued, ok := stream.Now(); !ok {
			t.Errorf("%d ms are queued, and no media time is heard", queued)
		}
		t.Logf("%+v", stream.Stats())
		cancel()
		await(t, "the sender to end", done)
	}
}

// nearly waits until both tones are heard for half a second, without a click, as
// loud as they were played, and with a frequency that is off by no more than a
// clock's correction.
func (e *ear) nearly(t *testing.T) {
	t.Helper()
	var wrong []string
	for range 20 {
		pcm := e.next(t, 48000, 500*time.Millisecond)
		wrong = nil
		for c, f := range []int{440, 1000} {
			var power float64
			crossings := 0
			for i := c; i < len(pcm); i += 2 {
				power += float64(pcm[i]) * float64(pcm[i])
				if i >= 2 && (pcm[i] < 0) != (pcm[i-2] < 0) {
					crossings++
				}
			}
			level := math.Sqrt(4 * power / float64(len(pcm)))
			if n := clicks(pcm, 48000, 2, c, f); n > 0 || math.Abs(level-loud) > loud/50 || math.Abs(float64(crossings-f)) > float64(f)/100+1 {
				wrong = append(wrong, fmt.Sprintf("channel %d: %d Hz at %.0f, %d clicks", c, crossings, level, n))
			}
		}
		if len(wrong) == 0 {
			return
		}
	}
	t.Error(wrong)
}

// send plays the two tones on a stream.
func send(ctx context.Context, stream *audio.Stream) {
	src := newTone()
	stream.Start(48000, 2, 1000)
	defer stream.Stop()
	pcm, next := make([]int16, 960), time.Now()
	for media := uint32(1000); ctx.Err() == nil; media += 10 {
		src.Read(pcm, 0)
		stream.Play(media, pcm)
		next = next.Add(10 * time.Millisecond)
		time.Sleep(time.Until(next))
	}
}

// A marker is a source of silence with one click.
type marker struct {
	mu    sync.Mutex
	armed bool
	heard time.Time // when the click should be heard
	read  time.Time
}

func (m *marker) Wake() <-chan struct{} { return nil }

func (m *marker) Read(dst []int16, delay time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(dst)
	if m.armed {
		m.armed, dst[0], dst[1] = false, 30000, 30000
		m.read = time.Now()
		m.heard = m.read.Add(delay)
	}
	return true
}

// TestLabPulseDelay measures how long it takes from the callback to the monitor,
// and compares that with what the source is told. The way from the monitor back
// takes up to 10 ms more, in its fragments.
func TestLabPulseDelay(t *testing.T) {
	l := startLab(t)
	for _, latency := range []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond} {
		src := &marker{}
		p := l.play(src, Options{Latency: latency})
		p.active()
		clicked := make(chan time.Time, 100)
		m := NewMicrophone(Options{Server: l.server(), Device: "nul.monitor"})
		if err := m.Start(48000, 2, func(pcm []int16) {
			now := time.Now()
			for i, s := range pcm {
				if s > 20000 {
					clicked <- now.Add(-time.Duration(len(pcm)-i) * time.Second / 96000)
					return
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(600 * time.Millisecond)
		var delays, offs []time.Duration
		for range 40 {
			src.mu.Lock()
			src.armed = true
			src.mu.Unlock()
			select {
			case at := <-clicked:
				src.mu.Lock()
				delays, offs = append(delays, at.Sub(src.read)), append(offs, at.Sub(src.heard))
				src.mu.Unlock()
			case <-time.After(500 * time.Millisecond): // the machine was too busy
			}
			time.Sleep(37 * time.Millisecond)
		}
		if len(delays) < 10 {
			t.Fatalf("%d clicks of 40 are heard", len(delays))
		}
		slices.Sort(delays)
		slices.Sort(offs)
		delay, off := delays[len(delays)/2], offs[len(offs)/2]
		t.Logf("latency %v: callback to monitor %v (%v to %v); %v more than told", latency, delay, delays[0], delays[len(delays)-1], off)
		if delay > 2*latency+20*time.Millisecond {
			t.Errorf("latency %v: %v from the callback to the monitor", latency, delay)
		}
		if off < -15*time.Millisecond || off > 20*time.Millisecond {
			t.Errorf("latency %v: what the source is told is off by %v", latency, off)
		}
		m.Stop()
		p.end()
	}
}

// TestLabPulseRestart kills the server, and starts it again.
func TestLabPulseRestart(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	p := l.play(newTone(), Options{})
	p.active()
	time.Sleep(300 * time.Millisecond)
	l.kill()
	p.until("to notice", func(s State) bool { return s.Condition == Missing })
	time.Sleep(time.Second)
	l.start()
	p.active()
	e := l.listen("nul.monitor", 48000, 2)
	e.tones(t, 48000)
}

// TestLabPulseDefault changes the default device.
func TestLabPulseDefault(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	p := l.play(newTone(), Options{})
	p.active()
	l.pactl("load-module", "module-null-sink", "sink_name=two", "rate=44100", "sink_properties=device.description=Headphones")
	l.pactl("set-default-sink", "two")
	p.until("to move", func(s State) bool { return s.Condition == Active && s.Device == "Headphones" })
	e := l.listen("two.monitor", 48000, 2)
	e.tones(t, 48000)
}

// TestLabPulseUnload removes the device: first there is another, then none, then
// one again.
func TestLabPulseUnload(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	p := l.play(newTone(), Options{})
	p.active()
	time.Sleep(300 * time.Millisecond)
	l.unload("nul")
	p.until("to be rescued", func(s State) bool { return s.Condition == Active && s.Device == "Mouth" })
	l.unload("mic")
	p.until("the server's word", func(s State) bool { return s.Condition == Missing && strings.Contains(s.Err.Error(), "no device") })
	l.pactl("load-module", "module-null-sink", "sink_name=new", "rate=48000", "sink_properties=device.description=New")
	p.until("the new device", func(s State) bool { return s.Condition == Active && s.Device == "New" })
	e := l.listen("new.monitor", 48000, 2)
	e.tones(t, 48000)
}

// TestLabPulseIdle checks that silence pauses the device, and sound resumes it.
func TestLabPulseIdle(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	src := newTone()
	p := l.play(src, Options{IdleAfter: 500 * time.Millisecond})
	p.active()
	e := l.listen("nul.monitor", 48000, 2)
	for range 3 {
		src.set(false)
		p.until("to pause", func(s State) bool { return s.Condition == Idle })
		if got := l.pactl("list", "sink-inputs"); !strings.Contains(got, "Corked: yes") {
			t.Errorf("not corked:\n%s", got)
		}
		src.mu.Lock()
		reads := len(src.delays)
		src.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
		src.mu.Lock()
		if len(src.delays) != reads {
			t.Error("the source is read while the device is paused")
		}
		src.mu.Unlock()
		began := time.Now()
		src.set(true)
		p.active()
		if d := time.Since(began); d > time.Second {
			t.Errorf("%v to resume", d)
		}
		e.tones(t, 48000)
	}
}

// TestLabPulseMicrophone plays into the fake microphone and listens to it, at
// the rates and with the channels that guests ask for.
func TestLabPulseMicrophone(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	p := l.play(newTone(), Options{Device: "mic"})
	p.active()
	l.pactl("set-default-source", "mic.monitor")
	for _, tc := range []struct{ rate, channels int }{{48000, 2}, {44100, 2}, {44100, 1}, {16000, 2}, {8000, 1}} {
		e := l.listen("", tc.rate, tc.channels)
		if got := l.pactl("list", "source-outputs"); !strings.Contains(got, `application.name = "Saffron"`) {
			t.Errorf("the microphone has no name:\n%s", got)
		}
		if tc.rate > 40000 && tc.channels == 2 {
			e.tones(t, tc.rate)
		} else {
			e.both(t, tc.rate, tc.channels)
		}
		e.Stop()
		if got := l.pactl("list", "source-outputs"); strings.Contains(got, "Source Output #") {
			t.Errorf("stopped, and still open:\n%s", got)
		}
	}
}

// both waits until both tones are heard, at lower rates or mixed.
func (e *ear) both(t *testing.T, rate, channels int) {
	t.Helper()
	var wrong string
	for range 20 {
		pcm := e.next(t, rate, 500*time.Millisecond)
		low, high := amplitude(pcm, rate, channels, 0, 440), amplitude(pcm, rate, channels, channels-1, 1000)
		want := loud / float64(3-channels)
		if math.Abs(low-want) < want/20 && math.Abs(high-want) < want/20 {
			return
		}
		wrong = fmt.Sprintf("%d Hz, %d channels: the tones at %.0f and %.0f, want %.0f", rate, channels, low, high, want)
	}
	t.Error(wrong)
}

// TestLabPulseMicrophoneRestart takes the microphone's server away and brings it
// back.
func TestLabPulseMicrophoneRestart(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	e := l.listen("nul.monitor", 48000, 2)
	e.next(t, 48000, 100*time.Millisecond)
	l.kill()
	time.Sleep(500 * time.Millisecond)
	l.start()
	e.next(t, 48000, 100*time.Millisecond)
}
