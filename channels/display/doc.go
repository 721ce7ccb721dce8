// Package display is the display channel: it turns the server's drawing
// messages into operations on a canvas.
//
// [Handler.Handle] is called by the channel's reader. It parses a message,
// posts a job to the committer's bounded queue and hands the job's images to
// the decode workers, GLZ images to the channel's ordered lane. The committer
// takes jobs in the order they came, waits for the images of each, settles
// what goes through the shared image cache, and draws. So decoding runs on all
// cores and the picture stays in order; a full queue holds the reader back,
// and with it the server. While nothing is queued, the reader draws small images
// and simple operations itself: that is what terminals are made of.
//
//	messages.go draw.go shapes.go composite.go imagemsg.go
//	                                            what is on the wire, table.go all of it
//	handler.go operations.go                    parsing, palettes, posting
//	direct.go                                   what the reader draws itself
//	pipeline.go workers.go                      queue, workers, GLZ lane, committer
//	decode.go cache.go palette.go resolve.go    encoded image to pixels
//	peers.go                                    which channels can still bring an image
//	gl.go                                       memory of the host's GPU
//
// # Waiting
//
// Channels of a session share caches, and a message may come before what it
// needs, which another channel brings. Then what waits is the operation, and
// those behind it on its channel; the others go on. Nothing waits for ever, and
// each end of a wait in vain is a warning, after which the channel goes on:
//
//   - An image of the cache, or one that a GLZ image refers to, is given up at
//     once when no other channel is there that could bring it: the only channel
//     of a session, which is the rule, never waits. GLZ images, which servers
//     number as they send them, are also given up when a channel has ended and
//     the others are past them. Otherwise the wait ends after 30 seconds.
//   - WAIT_FOR_CHANNELS ends when the other channel closes, at once when that one
//     waits for this in turn, and after 30 seconds.
//
// The protocol side ends at the interface [Canvas], which render.Desktop
// implements; a recorder can stand in for a screen.
package display
