package channels

import (
	"time"

	"saffron/channels/playback"
	"saffron/channels/record"
	"saffron/codec/opus"
	"saffron/spice"
)

// playbackCaps are the capabilities of playback channels. Servers that know
// nothing of what is announced send raw samples.
func playbackCaps() spice.CapSet {
	caps := []int{playback.CapVolume, playback.CapLatency}
	if opus.Available() {
		caps = append(caps, playback.CapOpus)
	}
	return spice.NewCapSet(caps...)
}

// recordCaps are the capabilities of record channels.
func recordCaps() spice.CapSet {
	caps := []int{record.CapVolume}
	if opus.Available() {
		caps = append(caps, record.CapOpus)
	}
	return spice.NewCapSet(caps...)
}

// heard is a sink that tells what is heard; see SoundTime.
type heard interface {
	Now() (ms, queued uint32, ok bool)
}

func (s *Session) newPlayback(id spice.ChannelID, _ Sender) (Handler, error) {
	o := playback.Options{Sink: s.o.Sinks.playback(id.ID)}
	if h, ok := o.Sink.(heard); ok {
		s.clock.Follow(h.Now)
	}
	if opus.Available() {
		o.NewDecoder = func(rate, channels int) (playback.Decoder, error) { return opus.NewDecoder(rate, channels) }
	}
	return playback.New(o), nil
}

// A SoundForm is how sound is sent to the server.
type SoundForm uint8

// The forms of sound. Raw samples are better where there is room for them: a
// server takes the end of a packet from the wrong place each time that its
// memory of 8192 frames is full in the middle of one, and packets of Opus cannot
// be cut so that none is in the middle.
const (
	SoundAuto SoundForm = iota // raw if the server is near
	SoundRaw
	SoundOpus // raw if there is no Opus
)

// nearby is the longest round trip to a server that counts as near: one on the
// same network, which has room for 1.5 Mbit/s.
const nearby = 15 * time.Millisecond

// prefersOpus reports whether the microphone's sound is to be compressed.
func (s *Session) prefersOpus(out Sender) bool {
	if s.o.RecordForm != SoundAuto {
		return s.o.RecordForm == SoundOpus
	}
	link, ok := out.(interface{ RoundTrip() time.Duration })
	return ok && link.RoundTrip() > nearby
}

func (s *Session) newRecord(id spice.ChannelID, out Sender) (Handler, error) {
	o := record.Options{Source: s.o.Sinks.record(id.ID), Out: out, Clock: &s.clock, Log: s.o.Link.Log}
	if opus.Available() && out.Caps().Channel.Has(record.CapOpus) && s.prefersOpus(out) {
		o.NewEncoder = func(rate, channels int) (record.Encoder, error) { return opus.NewEncoder(rate, channels) }
	}
	return record.New(o), nil
}
