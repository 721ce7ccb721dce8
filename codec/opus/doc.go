// Package opus decodes and encodes Opus packets, the compressed sound of the
// SPICE protocol's playback and record channels: one packet a message, without
// a container, of 10 ms as servers send it.
//
// A channel's sound is a row of packets that build on each other, so each
// channel has a [Decoder] of its own, made for the rate and channels of the
// channel's START. A packet that was lost is concealed by giving nil in its
// place:
//
//	d, err := opus.NewDecoder(48000, 2)
//	pcm := make([]int16, d.MaxSamples())
//	…
//	frames, err := d.Decode(pcm, packet)
//	play(pcm[:frames*2])
//
// Samples are 16-bit, of all channels in turn. A frame is one sample of every
// channel. Neither decoders nor encoders make memory once they are made.
//
// # Which library
//
// The work is done by gopus, which needs no cgo, or, built with the tag libopus
// and cgo, by the system's libopus (the tag nolibopusfile belongs to it, so that
// nothing else is needed). Their output is the same within one step of a sample.
// With the tag noopus there is neither: then [Available] is false, and a
// program does not announce Opus to the server.
package opus
