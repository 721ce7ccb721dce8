package channels_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/mainchan"
	"saffron/channels/playback"
	"saffron/channels/record"
	"saffron/spice"
	"saffron/spice/spicetest"
)

var (
	playbackID  = spice.ChannelID{Type: spice.ChannelPlayback}
	playback1ID = spice.ChannelID{Type: spice.ChannelPlayback, ID: 1}
	recordID    = spice.ChannelID{Type: spice.ChannelRecord}
)

// A speaker is a sink that writes down what it is told. It hears what it got
// last.
type speaker struct {
	mu    sync.Mutex
	lines []string // guarded by mu
	heard uint32   // guarded by mu
	at    time.Time
}

func (s *speaker) note(format string, a ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, a...))
}

func (s *speaker) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines
	s.lines = nil
	return l
}

func (s *speaker) Start(rate, channels int, time uint32) {
	s.note("start %d %d %d", rate, channels, time)
}
func (s *speaker) Play(ms uint32, pcm []int16) {
	s.note("play %d %v", ms, pcm)
	s.mu.Lock()
	s.heard, s.at = ms, time.Now()
	s.mu.Unlock()
}
func (s *speaker) Stop()                     { s.note("stop") }
func (s *speaker) SetVolume(levels []uint16) { s.note("volume %v", levels) }
func (s *speaker) SetMute(mute bool)         { s.note("mute %v", mute) }
func (s *speaker) SetLatency(ms uint32)      { s.note("latency %d", ms) }
func (s *speaker) Close()                    { s.note("close") }

func (s *speaker) Now() (ms, queued uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard + uint32(time.Since(s.at).Milliseconds()), 100, !s.at.IsZero()
}

// A tone is a source that is always the same.
type tone struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (s *tone) Start(rate, channels int, deliver func([]int16)) error {
	s.mu.Lock()
	s.lines = append(s.lines, fmt.Sprintf("start %d %d", rate, channels))
	s.mu.Unlock()
	go deliver(slices.Repeat([]int16{100}, 512*channels))
	return nil
}

func (s *tone) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, "stop")
}

func raw(pcm ...int16) []byte {
	var p []byte
	for _, s := range pcm {
		p = binary.LittleEndian.AppendUint16(p, uint16(s))
	}
	return p
}

// TestSound plays two channels and records one.
func TestSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(display0, playbackID, playback1ID, recordID)
		var got []spice.Message
		m.run[recordID] = func(c *spicetest.Channel) error {
			if caps := c.ClientCaps.Channel; !caps.Has(record.CapVolume) || caps.Has(record.CapCELT) {
				t.Errorf("record announces %v", caps.List())
			}
			c.Send(record.MsgStart, &record.Start{Channels: 2, Format: record.FormatS16, Frequency: 44100})
			for {
				msg, err := c.Recv()
				if err != nil {
					return err
				}
				if msg.Type >= spice.FirstChannelMsg {
					got = append(got, msg)
				}
			}
		}
		defer m.Close()
		c := newClient(m)
		speakers := []*speaker{new(speaker), new(speaker)}
		source := new(tone)
		c.options.Sinks.Playback = func(id uint8) playback.Sink { return speakers[id] }
		c.options.Sinks.Record = func(uint8) record.Source { return source }
		c.connect(t)
		m.channel(t, mainID).Send(mainchan.MsgMediaTime, &mainchan.MediaTime{Time: 5000})
		if caps := m.channel(t, playbackID).ClientCaps.Channel; !caps.Has(playback.CapVolume) || !caps.Has(playback.CapLatency) || caps.Has(playback.CapCELT) {
			t.Errorf("playback announces %v", caps.List())
		}
		for n, id := range []spice.ChannelID{playbackID, playback1ID} {
			p := m.channel(t, id)
			p.Send(playback.MsgMode, &playback.SetMode{Mode: playback.ModeRaw})
			p.Send(playback.MsgStart, &playback.Start{Channels: 2, Format: playback.FormatS16, Frequency: 44100, Time: 5300})
			p.Send(playback.MsgData, &playback.Data{Time: 5300, Samples: raw(int16(n), 7)})
		}
		synctest.Wait()
		for n, s := range speakers {
			if want := []string{"start 44100 2 5300", fmt.Sprintf("play 5300 [%d 7]", n)}; !slices.Equal(s.take(), want) {
				t.Errorf("speaker %d", n)
			}
		}
		if len(got) != 3 || got[0].Type != record.MsgcMode || got[1].Type != record.MsgcStartMark || got[2].Type != record.MsgcData || len(got[2].Body) != 4+2048 {
			t.Errorf("record sent %v", got)
		}
		time.Sleep(time.Second) // the clock of the session goes by what is heard
		if now, _ := c.MediaClock().Now(); now != 6300 {
			t.Errorf("the clock reads %d", now)
		}
		for _, ch := range c.Info().Channels {
			if ch.ID == playbackID && (ch.Playback == nil || ch.Playback.Packets != 1 || ch.Record != nil) || ch.ID == recordID && (ch.Record == nil || ch.Record.Packets != 1) {
				t.Errorf("%+v", ch)
			}
		}
		c.Close()
		if !slices.Equal(speakers[0].take(), []string{"close"}) || !slices.Equal(source.lines, []string{"start 44100 2", "stop"}) {
			t.Errorf("the source: %q", source.lines)
		}
	})
}

// TestSoundless leaves channels closed for which there are no sinks, and opens
// those whose sinks are nil.
func TestSoundless(t *testing.T) {
	for _, open := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(playbackID, recordID)
			defer m.Close()
			c := newClient(m)
			if open {
				c.options.Sinks.Playback = func(uint8) playback.Sink { return nil }
				c.options.Sinks.Record = func(uint8) record.Source { return nil }
			}
			c.connect(t)
			defer c.Close()
			if c.has(playbackID) != open || c.has(recordID) != open {
				t.Errorf("%+v", c.Info().Channels)
			}
			if !open {
				return
			}
			p := m.channel(t, playbackID)
			p.Send(playback.MsgStart, &playback.Start{Channels: 2, Format: playback.FormatS16, Frequency: 44100})
			p.Send(playback.MsgData, &playback.Data{Samples: raw(1, 2)})
			m.channel(t, recordID).Send(record.MsgStart, &record.Start{Channels: 2, Format: record.FormatS16, Frequency: 44100})
			synctest.Wait()
			if i := slices.IndexFunc(c.Info().Channels, func(i channels.ChannelInfo) bool { return i.ID == playbackID }); c.Info().Channels[i].Playback.Packets != 1 {
				t.Error("nothing was counted")
			}
		})
	}
}

// TestPlayerSound plays a recording with sound: at its speed, on the way to
// another position, faster, and again from the beginning.
func TestPlayerSound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTape()
		p.opening()
		p.open(playbackID)
		p.send(playbackID, playback.MsgVolume, &playback.Volume{Levels: []uint16{9}})
		p.send(playbackID, playback.MsgStart, &playback.Start{Channels: 1, Format: playback.FormatS16, Frequency: 48000, Time: 100})
		p.send(playbackID, playback.MsgLatency, &playback.Latency{MS: 300})
		p.open(recordID)
		p.send(recordID, record.MsgStart, &record.Start{Channels: 1, Format: record.FormatS16, Frequency: 48000})
		for i := range 10 {
			p.now = time.Duration(i)*time.Second + time.Second/2
			p.send(playbackID, playback.MsgData, &playback.Data{Time: uint32(i), Samples: raw(int16(i))})
		}
		p.now += time.Second
		speaker, shown := new(speaker), new(stageSet)
		o := channels.PlayOptions{}
		o.Session.Sinks.Playback = func(uint8) playback.Sink { return speaker }
		o.Session.Sinks.Record = func(uint8) record.Source { t.Error("the record channel is played"); return nil }
		player := shown.play(t, p.end(), o)
		defer player.Close()
		step := func(what string, d time.Duration, want ...string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if got := speaker.take(); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
		}
		begin := func(n int) []string {
			return []string{fmt.Sprintf("start 48000 1 %d", n), "latency 300", fmt.Sprintf("play %d [%d]", n, n)}
		}
		step("at its speed", 2*time.Second, append(append([]string{"volume [9]"}, begin(0)...), "play 1 [1]")...)
		player.Pause(true)
		step("paused", time.Minute, "stop")
		player.Pause(false)
		step("going on", time.Second, begin(2)...)
		player.SetSpeed(2)
		step("faster", time.Second, "stop")
		player.SetSpeed(1)
		player.Seek(8 * time.Second)
		await(t, player)
		step("farther on", time.Second, begin(8)...)
		step("to the end", 2*time.Second, "play 9 [9]", "close")
		player.Seek(0)
		step("again", time.Second, append([]string{"volume [9]"}, begin(0)...)...)
		if i := slices.IndexFunc(player.Info().Channels, func(i channels.ChannelInfo) bool { return i.ID == playbackID }); player.Info().Channels[i].Playback == nil {
			t.Error("there are no figures")
		}
	})
}
