//go:build lab

package main_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"saffron/audio/wav"
)

// An ac97 is the sound card of a machine, used as a guest's driver would use it:
// by its ports, and with samples in the guest's memory.
type ac97 struct {
	*machine
	slot    int
	mixer   uint32 // first port
	control uint32 // likewise
}

// Registers of the card.
const (
	ac97RecordSelect = 0x1a // of mixer
	ac97RecordGain   = 0x1c
	ac97ExtendedOn   = 0x2a
	ac97InputRate    = 0x32

	ac97InputList    = 0x00 // of control: address of the list
	ac97InputCurrent = 0x04
	ac97InputLast    = 0x05
	ac97InputControl = 0x0b
	ac97Reset        = 0x2c
)

// Where the guest has the list of buffers, and they are.
const (
	micList    = 0x900000
	micBuffers = 0x1000000
	micBuffer  = 0xfffe // samples in each
	micCount   = 32
)

// openAC97 finds the card at the place where the BIOS put it.
func (m *machine) openAC97(t *testing.T, slot int) *ac97 {
	t.Helper()
	c := &ac97{machine: m, slot: slot}
	if id := c.config(t, 0); id != 0x24158086 {
		t.Fatalf("device %d is %#x, not the sound card", slot, id)
	}
	c.mixer, c.control = c.config(t, 0x10)&^1, c.config(t, 0x14)&^1
	if c.mixer == 0 || c.control == 0 {
		t.Fatal("the card has no ports")
	}
	m.out(t, 'w', 0xcf8, c.address(4))
	m.out(t, 'h', 0xcfc, 5) // ports, and leave to use the memory
	c.out(t, 'w', c.control+ac97Reset, 2)
	return c
}

func (c *ac97) address(register int) uint32 { return 1<<31 | uint32(c.slot)<<11 | uint32(register) }

// config reads a register of the card's configuration.
func (c *ac97) config(t *testing.T, register int) uint32 {
	t.Helper()
	c.out(t, 'w', 0xcf8, c.address(register))
	return c.in(t, 'w', 0xcfc)
}

// monitor gives QEMU a command for people.
func (m *machine) monitor(t *testing.T, format string, args ...any) string {
	t.Helper()
	var answer string
	m.qmp.do(t, "human-monitor-command", map[string]any{"command-line": fmt.Sprintf(format, args...)}, &answer)
	return answer
}

// out writes to a port: 1, 2 or 4 bytes, for the sizes b, h and w.
func (m *machine) out(t *testing.T, size byte, port, value uint32) {
	t.Helper()
	m.monitor(t, "o/%c %#x %#x", size, port, value)
}

// in reads a port.
func (m *machine) in(t *testing.T, size byte, port uint32) (value uint32) {
	t.Helper()
	answer := m.monitor(t, "i/%c %#x", size, port)
	_, hex, _ := strings.Cut(answer, "= ")
	if _, err := fmt.Sscanf(hex, "0x%x", &value); err != nil {
		t.Fatalf("port %#x: %q", port, answer)
	}
	return value
}

// record has the card write what it hears to the guest's memory, from now on.
func (c *ac97) record(t *testing.T, rate int) {
	t.Helper()
	for i := range micCount {
		for word, value := range []uint32{uint32(micBuffers + 2*micBuffer*i), micBuffer} {
			c.guest.poke(t, uint32(micList+8*i+4*word), value)
		}
	}
	c.out(t, 'h', c.mixer+ac97ExtendedOn, 1)
	c.out(t, 'h', c.mixer+ac97InputRate, uint32(rate))
	c.out(t, 'h', c.mixer+ac97RecordSelect, 0)
	c.out(t, 'h', c.mixer+ac97RecordGain, 0x0f0f) // as loud as it goes
	c.out(t, 'w', c.control+ac97InputList, micList)
	c.out(t, 'b', c.control+ac97InputLast, micCount-1)
	c.out(t, 'b', c.control+ac97InputControl, 1)
}

// stop ends that.
func (c *ac97) stop(t *testing.T) {
	t.Helper()
	c.out(t, 'b', c.control+ac97InputControl, 0)
}

// current returns the buffer that is written.
func (c *ac97) current(t *testing.T) int {
	t.Helper()
	return int(c.in(t, 'b', c.control+ac97InputCurrent) & 31)
}

// heard returns what is in so many buffers.
func (c *ac97) heard(t *testing.T, buffers int) []int16 {
	t.Helper()
	path := filepath.Join(c.dir, "heard")
	c.qmp.do(t, "pmemsave", map[string]any{"val": micBuffers, "size": 2 * micBuffer * buffers, "filename": path}, nil)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// poke writes a double word to the guest's memory.
func (g *guest) poke(t *testing.T, address, value uint32) {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, address)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, value)
	g.do(t, 'P', append(b, words(1, 1, uint16(flat))...))
}

// writeTone writes a WAV file.
func writeTone(t *testing.T, rate int, length time.Duration, channels ...pitch) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tone.wav")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pcm := sine(rate, length, channels...)
	w, err := wav.NewWriter(file, wav.Format{Rate: rate, Channels: len(channels)}, int64(len(pcm)/len(channels)))
	if err == nil {
		err = w.Write(pcm)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeMicrophone starts a sound server on which a tone is what the microphone
// hears, and makes it the desk's.
func (d *desk) fakeMicrophone(t *testing.T, tone string) {
	t.Helper()
	need(t, "pulseaudio", "paplay", "pactl")
	dir := t.TempDir()
	socket := filepath.Join(dir, "native")
	env := []string{"HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "PULSE_SERVER=unix:" + socket}
	start(t, env[:2], "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no",
		"--high-priority=no", "--load=module-null-sink sink_name=mic rate=48000 format=s16le channels=2",
		"--load=module-native-protocol-unix socket="+socket+" auth-anonymous=1")
	d.env = append(d.env, env...)
	eventually(t, "starting PulseAudio", func() error {
		_, err := d.try("pactl", "set-default-source", "mic.monitor")
		return err
	})
	start(t, d.env, "paplay", "--device=mic", tone)
}

// A microphoneCase is a way for sound to a guest.
type microphoneCase struct {
	profile string
	device  bool // the microphone is one, and no file
}

// TestLabMicrophoneQEMU has a guest record: a tone to the left and another to the
// right, out of a file of another rate or of a sound server, come to its memory as
// they are. As Opus they are only heard right: the server garbles a part of every
// eighteenth packet.
func TestLabMicrophoneQEMU(t *testing.T) {
	for name, c := range map[string]microphoneCase{"raw": {"lan", false}, "opus": {"wan", false}, "device": {"lan", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testMicrophone(t, c)
		})
	}
}

// smoothest returns the half second of stereo frames that clicks least, nil if
// there is none with sound all through: a computer that has too much to do leaves
// gaps, and a sound server takes its time to begin.
func smoothest(pcm []int16, rate int) (best []int16) {
	least := math.Inf(1)
	for at := 0; at+rate <= len(pcm); at += rate / 5 / 2 * 2 {
		part := pcm[at:][:rate]
		if s := max(sharpest(part, 0), sharpest(part, 1)); s < least && sounds(part, rate) {
			best, least = part, s
		}
	}
	return best
}

// sounds reports whether there is no silence of a twentieth of a second.
func sounds(pcm []int16, rate int) bool {
	for part := range slices.Chunk(pcm, rate/10) {
		if len(part) == rate/10 && loudest(part) < 1000 {
			return false
		}
	}
	return true
}

// loudest returns the greatest sample.
func loudest(pcm []int16) (most int16) {
	for _, s := range pcm {
		most = max(most, s)
	}
	return most
}

func testMicrophone(t *testing.T, c microphoneCase) {
	left, right := pitch{440, 8000}, pitch{1000, 4000}
	tone := writeTone(t, 44_100, 60*time.Second, left, right)
	d := startDesk(t, 0)
	args := []string{"--mic=on", "--title", "mic", "--profile", c.profile}
	if c.device {
		d.fakeMicrophone(t, tone)
	} else {
		args = append(args, "--mic-file", tone)
	}
	m := startMachine(t, machineConfig{args: []string{
		"-audiodev", "spice,id=sound", "-device", "AC97,audiodev=sound,addr=0x9"}})
	card := m.openAC97(t, 9)
	v := d.open(t, append(args, m.uri)...)
	const rate = 48_000
	card.record(t, rate)
	title := func(on bool) {
		t.Helper()
		eventually(t, "the microphone's sign", func() error {
			if title := d.client(t, "xdotool", "getwindowname", v.id); strings.Contains(title, "microphone on") != on {
				return fmt.Errorf("the title is %q", title)
			}
			return nil
		})
	}
	title(true)
	begun := card.current(t)
	const buffers = 3 // 2 s
	var pcm []int16
	eventually(t, "the guest's recording", func() error {
		n := card.current(t)
		if n < begun+buffers {
			return fmt.Errorf("%d of %d buffers are full", n-begun, buffers)
		}
		if pcm = smoothest(card.heard(t, n)[begun*micBuffer:], rate); pcm == nil {
			return errors.New("it is silent, or full of gaps")
		}
		return nil
	})
	if c.profile == "lan" && !c.device {
		inTune(t, pcm, rate, 1.2, left, right)
	}
	for n, p := range []pitch{left, right} {
		own, other := loudness(pcm, n, rate, p.hz), loudness(pcm, n, rate, left.hz+right.hz-p.hz)
		if math.Abs(own-p.amplitude) > 0.15*p.amplitude || other > 0.05*p.amplitude {
			t.Errorf("channel %d has %.0f of its tone and %.0f of the other's, want %.0f and none", n, own, other, p.amplitude)
		}
	}
	card.stop(t)
	title(false)
}
