package main

import (
	"context"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"saffron/audio"
	"saffron/audio/device"
	"saffron/channels"
	"saffron/channels/playback"
	"saffron/channels/record"
)

// soundFlags are the flags of windows that play sound.
type soundFlags struct {
	silent  bool
	mic     string
	micFile string
}

// What the guest may do with the microphone.
var micPolicies = []string{"ask", "on", "off"}

func (f *soundFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.BoolVar(&f.silent, "no-audio", false, "play no sound, and use no microphone")
	s.BoolVar(&f.silent, "spice-disable-audio", false, "")
	_ = s.MarkHidden("spice-disable-audio") // as remote-viewer calls it; it fails only for flags that do not exist
	s.StringVar(&f.mic, "mic", "ask", "whether the guest may use the microphone: ask, on or off")
	s.StringVar(&f.micFile, "mic-file", "", "let the guest hear the WAV `FILE` as its microphone")
	_ = c.RegisterFlagCompletionFunc("mic", cobra.FixedCompletions(micPolicies, cobra.ShellCompDirectiveNoFileComp))
}

func (f *soundFlags) check() error {
	if !slices.Contains(micPolicies, f.mic) {
		return usageError("--mic is ask, on or off, not %q", f.mic)
	}
	if f.micFile != "" && f.silent {
		return usageError("--mic-file does not go with --no-audio")
	}
	return nil
}

// sounds is what the machine plays: a stream for each of its playback channels,
// mixed for a device. Any goroutine may call its methods.
type sounds struct {
	mixer *audio.Mixer

	mu      sync.Mutex
	streams map[uint8]*audio.Stream // guarded by mu; by playback channel
	output  device.State            // guarded by mu
	levels  []uint16                // guarded by mu; the guest's volume, nil if it has said none
	heard   func()                  // guarded by mu; told of another volume of the guest, or nil
}

func newSounds() *sounds {
	return &sounds{mixer: audio.NewMixer(deviceRate), streams: map[uint8]*audio.Stream{}}
}

// deviceRate is at which rate devices are played.
const deviceRate = 48_000

// channel returns the sink of a playback channel that has been opened.
func (s *sounds) channel(id uint8) playback.Sink {
	stream := s.mixer.NewStream()
	s.mu.Lock()
	s.streams[id] = stream
	s.mu.Unlock()
	return &heardStream{stream, s}
}

// play plays on the user's device until ctx ends. changed is told when that
// device is another, comes or goes.
func (s *sounds) play(ctx context.Context, a *app, changed func()) {
	device.Play(ctx, s.mixer, device.Options{Rate: deviceRate, Log: a.log, OnState: func(state device.State) {
		s.mu.Lock()
		s.output = state
		s.mu.Unlock()
		changed()
	}})
}

// idle plays on nothing, as fast as a device would, until ctx ends.
func (s *sounds) idle(ctx context.Context) {
	const period = 10 * time.Millisecond
	tick := time.NewTicker(period)
	defer tick.Stop()
	frames := make([]int16, 2*deviceRate/100)
	begun, read := time.Now(), 0
	for {
		select {
		case <-tick.C:
			for due := int(time.Since(begun) / period); read < due; read++ {
				s.mixer.Read(frames, 0)
			}
		case <-ctx.Done():
			return
		}
	}
}

// stats returns the figures of a playback channel, and false if it was never
// opened.
func (s *sounds) stats(id uint8) (audio.StreamStats, bool) {
	s.mu.Lock()
	stream := s.streams[id]
	s.mu.Unlock()
	if stream == nil {
		return audio.StreamStats{}, false
	}
	return stream.Stats(), true
}

// report logs how the sound was, at its end.
func (s *sounds) report(log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, stream := range s.streams {
		st := stream.Stats()
		log.Info("sound has ended", "channel", id, "underruns", st.Underruns, "drift_ppm", math.Round(st.Drift),
			"target", st.Target.Round(time.Millisecond), "queued", st.Queued.Round(time.Millisecond),
			"device", s.output.Latency.Round(time.Millisecond), "device_underruns", s.output.Underruns, "lost", st.Lost, "dropped", st.Dropped)
	}
}

// addSound makes the viewer play sound, and give the guest a microphone, as its
// flags say.
func (v *viewer) addSound() error {
	f := &v.flags.sound
	if f.silent {
		return nil
	}
	v.sounds = newSounds()
	v.sounds.heard = v.guestTurnedVolume
	v.console.options.Sinks.Playback = v.sounds.channel
	policy := f.mic
	if v.flags.viewOnly && policy == "ask" {
		policy = "off" // who only looks is not asked
	}
	v.mic = newMicrophone(v.app, policy, v.wake)
	if f.micFile != "" {
		file, err := openMicFile(f.micFile)
		if err != nil {
			return err
		}
		v.micFile = file
		v.mic = &microphone{source: file, what: filepath.Base(f.micFile), changed: v.wake, allowed: true}
	}
	if v.mic != nil {
		v.mic.keys = func() string { return v.keysOf(commandMicrophone) }
		v.console.options.RecordForm = map[string]channels.SoundForm{
			"lan": channels.SoundRaw, "wan": channels.SoundOpus}[v.flags.prefer.profile]
		v.console.options.Sinks.Record = func(uint8) record.Source { return v.mic }
	}
	return nil
}

// closeSound closes what addSound has opened. The session has ended.
func (v *viewer) closeSound() {
	if v.sounds != nil {
		v.sounds.report(v.app.log)
	}
	if v.micFile != nil {
		v.micFile.close()
	}
}
