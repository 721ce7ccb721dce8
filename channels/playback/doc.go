// Package playback is a playback channel: the sound that the guest makes.
//
// A [Handler] is fed the messages of the channel and tells a [Sink] what to
// play: samples, when they are due, volume and latency. Samples come raw or as
// Opus; the server chooses, and may choose anew at any time. CELT, which only
// servers without Opus know, is never announced, so these send raw samples.
//
// What cannot be played does not end the channel: a packet that does not decode
// is concealed, and sound in a form that was not announced is left out. Both are
// counted.
//
// Source: SPICE protocol, playback channel.
package playback
