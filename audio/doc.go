// Package audio carries a session's sound between channels and devices: a jitter
// buffer for each playback channel, the correction of drift, volumes, and the
// mixer that a device plays. It is pure: it opens no device and starts no
// goroutine.
//
// A channel writes, a device reads:
//
//	m := audio.NewMixer(48000)
//	s := m.NewStream()          // one for each playback channel
//	s.Start(44100, 2, time)
//	s.Play(time, samples)       // as they arrive
//	…
//	m.Read(frames, delay)       // in the device's callback
//
// Samples are signed 16-bit ones; those of the channels of a frame follow each
// other, left before right.
//
// # Delay and drift
//
// A stream keeps as little as the network allows. What it wants to have left
// after each read, its target, follows the spread of the packets' transit times
// over the last seconds and grows at once when sound has run out. The clock of
// the server and that of the device are never the same: a controller watches
// what is left, and the resampler, through which all sound goes, plays faster or
// slower by some millionths, at most by half a percent. Only after a stall of
// the network, when much more has piled up, sound is left out.
//
// Where sound begins anew, ends early or is left out, it is faded within a few
// milliseconds, since a step in the waveform is heard as a click.
package audio
