package spice

import "math"

// Limits bounds what a server may make this program do. The zero value means
// the defaults, which are far above what servers send.
type Limits struct {
	// MaxDisplayMessage bounds the body of one display message, in bytes.
	// It defaults to 256 MiB: an uncompressed 8192x8192 picture.
	MaxDisplayMessage uint32
	// MaxMessage bounds the body of one message of any other channel, in
	// bytes. It defaults to 4 MiB; servers send 256 012 bytes on main as a
	// bandwidth test.
	MaxMessage uint32
}

const (
	defaultMaxDisplayMessage = 256 << 20
	defaultMaxMessage        = 4 << 20

	// maxLinkReply bounds the server's link reply: 178 bytes and the
	// capability words, of which servers send at most a handful.
	maxLinkReply = 4096

	// eagerBody is the largest body for which memory is made on the word of
	// the header alone; a larger one grows as its bytes arrive.
	eagerBody = 64 << 20

	// maxOverstated is how many times the size of a message its sub-messages
	// may claim together. Servers overstate theirs by less than 3.
	maxOverstated = 8

	// maxNotice bounds what is logged of a notice, in bytes.
	maxNotice = 1024
)

// message returns the limit for one body on a channel of type t, in bytes.
func (l Limits) message(t ChannelType) uint32 {
	limit, fallback := l.MaxMessage, uint32(defaultMaxMessage)
	if t == ChannelDisplay {
		limit, fallback = l.MaxDisplayMessage, defaultMaxDisplayMessage
	}
	if limit == 0 {
		limit = fallback
	}
	return min(limit, math.MaxInt32)
}
