package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/audio/wav"
)

// taped returns what is in a WAV file.
func taped(t *testing.T, b []byte) (wav.Format, []int16) {
	t.Helper()
	r, err := wav.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, int(r.Frames())*r.Format().Channels)
	if _, err := r.Read(pcm); err != nil {
		t.Fatal(err)
	}
	return r.Format(), pcm
}

// hold is n frames of a value in mono.
func hold(value int16, n int) []int16 { return slices.Repeat([]int16{value}, n) }

// TestAudioTape plays a second late, loses some, stops, and mixes a second
// channel in.
func TestAudioTape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tape := newAudioTape(&out, 5*time.Second)
		tape.rewind()
		time.Sleep(time.Second)
		c := tape.channel(0)
		c.Start(1000, 1, 70)
		for n := range 100 { // a second, without 200 ms in the middle
			if n < 40 || n >= 60 {
				c.Play(70+uint32(n*10), hold(100, 10))
			}
			time.Sleep(10 * time.Millisecond)
		}
		c.Stop()
		tape.flush()
		time.Sleep(time.Second)
		c.SetVolume([]uint16{32768})
		c.Start(1000, 1, 9)
		d := tape.channel(1)
		d.Start(1000, 2, 1_000_000)
		c.Play(9, hold(800, 100))
		d.Play(1_000_000, hold(20, 200)) // stereo, so 100 frames
		d.SetMute(true)
		d.Play(1_000_100, hold(20, 200))
		tape.flush()
		time.Sleep(3 * time.Second)
		f, length, loudest, err := tape.finish()
		if err != nil || f != (wav.Format{Rate: 1000, Channels: 1}) || length != 5*time.Second || math.Abs(loudest-20*math.Log10(120./32768)) > 0.01 {
			t.Errorf("%v, %v, %v dB, %v", f, length, loudest, err)
		}
		_, pcm := taped(t, out.Bytes())
		want := slices.Concat(hold(0, 1000), hold(100, 400), hold(0, 200), hold(100, 400), hold(0, 1000), hold(120, 100), hold(0, 1900))
		if !slices.Equal(pcm, want) {
			for i := range min(len(pcm), len(want)) {
				if pcm[i] != want[i] {
					t.Fatalf("frame %d is %d, want %d", i, pcm[i], want[i])
				}
			}
			t.Errorf("%d frames, want %d", len(pcm), len(want))
		}
	})
}

// TestAudioTapeBounds has servers that lie about time, and one that plays at
// another rate.
func TestAudioTapeBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tape := newAudioTape(&out, 0)
		tape.rewind()
		c := tape.channel(0)
		c.Start(48_000, 2, 0)
		for n := range 1000 {
			c.Play(uint32(n*9000), make([]int16, 1<<20))
		}
		if most := 10 * 48_000 * 2; len(tape.mix) > most {
			t.Errorf("%d samples wait", len(tape.mix))
		}
		c.Start(8000, 1, 0)
		time.Sleep(time.Second)
		c.Play(0, hold(1000, 8000))
		time.Sleep(time.Second)
		if _, length, _, err := tape.finish(); length != 2*time.Second || err != nil {
			t.Errorf("%v, %v", length, err)
		}
		if f, pcm := taped(t, out.Bytes()); f.Rate != 48_000 || len(pcm) != 2*96_000 {
			t.Errorf("%+v, %d samples", f, len(pcm))
		}
	})
}

// TestSilentTape hears nothing.
func TestSilentTape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tape := newAudioTape(&out, 0)
		tape.rewind()
		time.Sleep(1500 * time.Millisecond)
		tape.flush()
		if _, length, loudest, err := tape.finish(); length != 1500*time.Millisecond || !math.IsInf(loudest, -1) || err != nil {
			t.Errorf("%v, %v, %v", length, loudest, err)
		}
		if f, pcm := taped(t, out.Bytes()); f.Rate != silentRate || len(pcm) != 2*72_000 {
			t.Errorf("%+v, %d samples", f, len(pcm))
		}
	})
}

// TestMicFile hears a file twice, at another rate and in stereo, and silence
// behind its end.
func TestMicFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "question.wav")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(file, wav.Format{Rate: 8000, Channels: 1}, 0)
	if err := errors.Join(err, w.Write(hold(1000, 800)), w.Update(), file.Close()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m, err := openMicFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer m.close()
		for range 2 {
			var mu sync.Mutex
			var heard []int16
			if err := m.Start(16_000, 2, func(pcm []int16) {
				mu.Lock()
				defer mu.Unlock()
				heard = append(heard, pcm...)
			}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(505 * time.Millisecond)
			m.Stop()
			if len(heard) != 2*8000 {
				t.Fatalf("%d samples", len(heard))
			}
			for _, at := range []int{400, 2000, 2 * 1500} {
				if s := heard[at]; s < 990 || s > 1010 {
					t.Errorf("sample %d is %d", at, s)
				}
			}
			if s := heard[2*1700]; s != 0 {
				t.Errorf("behind the end: %d", s)
			}
		}
	})
	if _, err := openMicFile("sound_test.go"); err == nil || !strings.Contains(err.Error(), "no WAV file") {
		t.Errorf("got %v", err)
	}
}

// A listener is a source that writes down what it is told.
type listener struct{ lines []string }

func (l *listener) Start(rate, channels int, _ func([]int16)) error {
	l.lines = append(l.lines, fmt.Sprint("start ", rate, channels))
	return nil
}

func (l *listener) Stop() { l.lines = append(l.lines, "stop") }

// TestMicrophone asks the user.
func TestMicrophone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := new(listener)
		m := &microphone{source: source, what: "the microphone", changed: func() {}, keys: func() string { return "Shift+F10" }}
		step := func(what, note, title string, asking bool, lines ...string) {
			t.Helper()
			if got := m.note(); got != note {
				t.Errorf("%s: note %q, want %q", what, got, note)
			}
			if m.title() != title || m.asking() != asking || !slices.Equal(source.lines, lines) {
				t.Errorf("%s: title %q, asking %v, %q", what, m.title(), m.asking(), source.lines)
			}
		}
		a := new(app)
		step("at first", "", "", false)
		m.Start(48_000, 2, nil)
		step("wanted", "The guest wants to use the microphone: Shift+F10 allows it", "", true)
		time.Sleep(askTime + time.Second)
		step("unanswered", "", "", true)
		m.allow(a)
		step("allowed", "The guest hears the microphone: Shift+F10 stops that", " - microphone on", true, "start 48000 2")
		time.Sleep(hearTime + time.Second)
		step("later", "● Microphone", " - microphone on", true, "start 48000 2")
		m.Stop()
		step("the guest stops", "", "", false, "start 48000 2", "stop")
		m.Start(44_100, 1, nil)
		m.allow(a)
		step("not any more", "The guest wants to use the microphone: Shift+F10 allows it", "", true,
			"start 48000 2", "stop", "start 44100 1", "stop")
		m.keys = nil
		step("without a key", "The guest wants to use the microphone: the menu allows it", "", true,
			"start 48000 2", "stop", "start 44100 1", "stop")
		time.Sleep(time.Minute) // until no timer is left
	})
	var none *microphone
	if none.note() != "" || none.title() != "" || none.asking() {
		t.Error("no microphone has something to say")
	}
}
