// Package audio will carry a session's sound: ring buffer, drift and clock,
// pure and without devices. It is empty so far: the playback and record
// channels are not opened yet.
package audio
