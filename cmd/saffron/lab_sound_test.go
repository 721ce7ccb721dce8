//go:build lab

package main_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"saffron/audio/wav"
	"saffron/channels/playback"
	"saffron/spice"
	"saffron/spice/capture"
)

// A pitch is a sine wave.
type pitch struct{ hz, amplitude float64 }

// sine returns frames of a sine wave on each channel.
func sine(rate int, length time.Duration, channels ...pitch) []int16 {
	var pcm []int16
	for i := range int(length.Seconds() * float64(rate)) {
		for _, p := range channels {
			pcm = append(pcm, int16(p.amplitude*math.Sin(2*math.Pi*p.hz*float64(i)/float64(rate))))
		}
	}
	return pcm
}

// loudness returns the amplitude of a frequency in one channel of stereo frames.
func loudness(pcm []int16, channel, rate int, hz float64) float64 {
	var re, im float64
	n := len(pcm) / 2
	for i := range n {
		window := 1 - math.Cos(2*math.Pi*float64(i)/float64(n))
		s := float64(pcm[2*i+channel]) * window
		re += s * math.Cos(2*math.Pi*hz*float64(i)/float64(rate))
		im += s * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))
	}
	return 2 * math.Hypot(re, im) / float64(n)
}

// sharpest returns the largest second difference in one channel: a click has a
// large one.
func sharpest(pcm []int16, channel int) float64 {
	worst := 0.0
	for i := channel + 4; i < len(pcm); i += 2 {
		worst = max(worst, math.Abs(float64(pcm[i])-2*float64(pcm[i-2])+float64(pcm[i-4])))
	}
	return worst
}

// readWAV returns a file and what is in its loud part, without a margin at both
// ends.
func readWAV(t *testing.T, path string) (f wav.Format, frames int64, loud []int16) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := wav.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, int(r.Frames())*r.Format().Channels)
	if _, err := r.Read(pcm); err != nil {
		t.Fatal(err)
	}
	first, last := -1, 0
	for i, s := range pcm {
		if s > 200 || s < -200 {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	margin := r.Format().Rate / 10 * 2
	if first < 0 || last-first < 3*margin {
		t.Fatalf("%s is silent", path)
	}
	return r.Format(), r.Frames(), pcm[first/2*2+margin : last/2*2-margin]
}

// inTune checks that stereo frames have the pitches and nothing that clicks.
func inTune(t *testing.T, pcm []int16, rate int, slack float64, want ...pitch) {
	t.Helper()
	for c, p := range want {
		other := want[1-c]
		if got := loudness(pcm, c, rate, p.hz); math.Abs(got-p.amplitude) > 0.05*p.amplitude {
			t.Errorf("channel %d: %.0f Hz has amplitude %.0f, want %.0f", c, p.hz, got, p.amplitude)
		}
		if got := loudness(pcm, c, rate, other.hz); got > 0.02*other.amplitude {
			t.Errorf("channel %d has %.0f of the other's %.0f Hz", c, got, other.hz)
		}
		w := 2 * math.Pi * p.hz / float64(rate)
		if got, most := sharpest(pcm, c), p.amplitude*w*w*slack+4; got > most {
			t.Errorf("channel %d clicks: the sharpest bend is %.0f, want at most %.0f", c, got, most)
		}
	}
}

// fifo is a pipe that Xspice plays. It opens those that appear while it runs.
func (x *xserver) fifo(t *testing.T, dir string, pcm []int16) {
	t.Helper()
	path := filepath.Join(dir, "tone")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pipe.Close() })
	go func() {
		_ = binary.Write(pipe, binary.LittleEndian, pcm) // the recording shows what came of it
	}()
}

// TestLabSoundXspice plays a tone to the left and another to the right, raw and
// as Opus.
func TestLabSoundXspice(t *testing.T) {
	for codec, compression := range map[string]string{"raw": "0", "opus": "1"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if _, err := program(); err != nil { // before the sound begins: it takes time
				t.Fatal(err)
			}
			x := startXspice(t, []string{"XSPICE_PLAYBACK_COMPRESSION=" + compression}, "--audio-fifo-dir", dir)
			left, right := pitch{440, 8000}, pitch{1000, 4000}
			x.fifo(t, dir, sine(48_000, 20*time.Second, left, right))
			path := filepath.Join(t.TempDir(), "sound.wav")
			tape := filepath.Join(t.TempDir(), "sound.capture")
			succeed(t, "record-audio", x.uri, "-o", path, "--for", "2s")
			f, frames, pcm := readWAV(t, path)
			if f != (wav.Format{Rate: 48_000, Channels: 2}) || frames != 96_000 {
				t.Errorf("%d frames of %+v", frames, f)
			}
			slack := 1.1
			if codec == "opus" {
				slack = 2.5
			}
			inTune(t, pcm, f.Rate, slack, left, right)
			var r struct {
				Channels []struct {
					Playback *struct {
						Codec     string  `json:"codec"`
						Packets   int     `json:"packets"`
						BitRate   int     `json:"bit_rate"`
						Concealed int     `json:"concealed"`
						Underruns int     `json:"underruns"`
						Target    float64 `json:"target_ms"`
					} `json:"playback"`
				} `json:"channels"`
			}
			if err := json.Unmarshal([]byte(succeed(t, "info", x.uri, "--for", "2s", "--json").stdout), &r); err != nil {
				t.Fatal(err)
			}
			found := false
			for _, c := range r.Channels {
				if p := c.Playback; p != nil {
					found = true
					if p.Codec != codec || p.Packets < 150 || p.BitRate == 0 || p.Concealed > 0 || p.Target <= 0 {
						t.Errorf("%+v", *p)
					}
				}
			}
			if !found {
				t.Error("info says nothing of sound")
			}
			succeed(t, "record", x.uri, "-o", tape, "--for", "1s")
			if n := recordedPackets(t, tape); n < 70 {
				t.Errorf("%d packets of sound are in the recording", n)
			}
		})
	}
}

// recordedPackets returns how many packets of sound a recording holds.
func recordedPackets(t *testing.T, path string) int {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := capture.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	link, n := -1, 0
	for {
		rec, err := r.Next()
		if err != nil {
			return n
		}
		switch {
		case rec.Kind == capture.Opened && rec.Opened.ID.Type == spice.ChannelPlayback:
			link = rec.Link
		case rec.Kind == capture.Message && rec.Link == link && rec.Frame.Type == playback.MsgData:
			n++
		}
	}
}

// TestLabSoundQEMU has a guest whose speaker whistles, raw and as Opus.
func TestLabSoundQEMU(t *testing.T) {
	for codec, compression := range map[string]string{"raw": "off", "opus": "on"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			m := startMachine(t, machineConfig{spice: "playback-compression=" + compression, args: []string{
				"-audiodev", "spice,id=sound", "-machine", "pcspk-audiodev=sound"}})
			const hz = 1000
			m.whistle(t, hz)
			path := filepath.Join(t.TempDir(), "whistle.wav")
			succeed(t, "record-audio", m.uri, "-o", path, "--for", "2s")
			f, frames, pcm := readWAV(t, path)
			if f != (wav.Format{Rate: 48_000, Channels: 2}) || frames != 96_000 {
				t.Errorf("%d frames of %+v", frames, f)
			}
			for c := range 2 {
				whistle := loudness(pcm, c, f.Rate, hz)
				if near := loudness(pcm, c, f.Rate, hz*1.05); whistle < 1000 || near > whistle/20 {
					t.Errorf("channel %d: %.0f of %d Hz, %.0f beside it", c, whistle, hz, near)
				}
				if third := loudness(pcm, c, f.Rate, 3*hz); math.Abs(third/whistle-1./3) > 0.1 {
					t.Errorf("channel %d: its third harmonic is %.2f of it: that is no square wave", c, third/whistle)
				}
			}
		})
	}
}

// TestLabSoundRate has a server whose sound is not at the rate of most devices.
// QEMU and Xspice always choose 48 kHz.
func TestLabSoundRate(t *testing.T) {
	t.Parallel()
	g := startScript(t, "--tone=44100")
	path := filepath.Join(t.TempDir(), "sound.wav")
	succeed(t, "record-audio", g.uri, "-o", path, "--for", "2s")
	f, frames, pcm := readWAV(t, path)
	if f != (wav.Format{Rate: 44_100, Channels: 2}) || frames != 88_200 {
		t.Errorf("%d frames of %+v", frames, f)
	}
	inTune(t, pcm, f.Rate, 1.1, pitch{440, 8000}, pitch{1000, 4000})
	if out := succeed(t, "info", g.uri, "--for", "1s").stdout; !strings.Contains(out, "raw, 44100 Hz, stereo") {
		t.Errorf("the sound of the server is another:\n%s", out)
	}
}

// whistle makes the speaker play a square wave, as a program in the guest would:
// the timer's second counter divides 1193182 Hz.
func (m *machine) whistle(t *testing.T, hz int) {
	t.Helper()
	divisor := 1193182 / hz
	for _, out := range [][2]int{{0x43, 0xb6}, {0x42, divisor & 0xff}, {0x42, divisor >> 8}, {0x61, 3}} {
		m.qmp.do(t, "human-monitor-command", map[string]any{"command-line": fmt.Sprintf("o/b %#x %#x", out[0], out[1])}, nil)
	}
}
