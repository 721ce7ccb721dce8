// Package record is a record channel: the sound that the guest hears.
//
// A [Handler] is fed the messages of the channel. While the guest records, it
// has a [Source] open, a microphone for example, and sends what that delivers:
// as Opus where the server takes that, else raw. The levels that the guest sets
// are applied on the way.
//
// The guest may want to record at any time. Whether it may is the Source's
// business: one that delivers nothing is a microphone in a silent room.
//
// Source: SPICE protocol, record channel.
package record
