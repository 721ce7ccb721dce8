// Package glz decodes SPICE GLZ images, whose dictionary spans the images of a
// session (SPICE protocol, GLZ images), and their zlib-wrapped form.
//
// A GLZ match repeats pixels of the image itself or of an earlier one:
//
//	LLLfpppp [len …] pixel cciiiiii …
//
// LLL is the length as in LZ, and image distance i counts images back; 0 is the
// image itself. Pixel p is a distance back in the image itself, but an offset
// from the start in another. Bit f chooses the form for far pixels.
//
// # The window
//
// The server numbers the images of all display channels in one sequence and
// refers to any that its dictionary still holds. A [Window] mirrors that
// dictionary; there is one a session, and every GLZ image has to be decoded in
// it, in the order of its channel, whether it is drawn or not.
//
// The channels are separate connections, so an image may arrive before one it
// refers to. Decode then returns a [MissingError] and changes nothing; the
// caller waits and decodes again:
//
//	err := w.Decode(dst, src)
//	for errors.As(err, &missing) {
//		if err = w.Wait(ctx, missing.ID); err == nil {
//			err = w.Decode(dst, src)
//		}
//	}
//
// Each image says in its header how far back later ones may still refer. The
// window releases what is older, but takes only the word of an image that all
// earlier ones have arrived before: any other might let go what a slower channel
// still needs.
//
// An image that cannot be decoded leaves a tombstone, so that images that refer
// to it fail instead of waiting for ever. If a channel ends while others go on,
// nobody knows which images it would have brought, but once the others are past
// an id, all that are missing before it can be given up with [Window.Bury].
package glz
