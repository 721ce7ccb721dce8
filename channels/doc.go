// Package channels is a SPICE session: the main link, and the links of the
// channels that the server offers, tied together.
//
// [Connect] links main, learns the session's id from it, and opens every
// channel there is a [Kind] for. Each open channel has one reader goroutine
// (loop.go, written once) that feeds messages to the channel's [Handler], a
// state machine that does no I/O. What a session shows and plays goes to its
// [Sinks]; what happens to it is told as an [Event].
//
// The channels' own packages, such as mainchan, display and playback, do not know
// of each other or of this package.
package channels
