// Package port is the channels that carry a stream of bytes between a device of
// the guest and this program: named ports, the folder channel (webdav), and USB
// redirection. They share one set of messages (spicevmc).
//
// A [Handler] is fed the messages of one channel. It hands what the guest sends,
// unpacked and in order, to a [Sink]; what that has to say goes to the [Port].
// Where one message ends and the next begins means nothing.
//
// Both directions are held back by whoever is slow: a Sink that does not return
// makes the server wait, which holds what the guest writes; and Port.Write
// blocks for as long as the guest does not read.
//
// Source: SPICE protocol, port, webdav and usbredir channels.
package port
