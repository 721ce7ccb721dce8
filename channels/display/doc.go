// Package display is the display channel: it turns the server's drawing
// messages into operations on a canvas.
//
// [Handler.Handle] is called by the channel's reader. It parses a message,
// posts a job to the committer's bounded queue and hands the job's images to
// the decode workers, GLZ images to the channel's ordered lane. The committer
// takes jobs in the order they came, waits for the images of each, settles
// what goes through the shared image cache, and draws. So decoding runs on all
// cores and the picture stays in order; a full queue holds the reader back,
// and with it the server.
//
//	messages.go draw.go shapes.go composite.go imagemsg.go
//	                                            what is on the wire, table.go all of it
//	handler.go operations.go                    parsing, palettes, posting
//	pipeline.go workers.go                      queue, workers, GLZ lane, committer
//	decode.go cache.go palette.go resolve.go    encoded image to pixels
//
// The protocol side ends at the interface [Canvas], which render.Desktop
// implements; a recorder can stand in for a screen.
package display
