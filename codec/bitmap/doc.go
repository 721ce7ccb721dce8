// Package bitmap decodes the uncompressed images of the SPICE protocol
// (BITMAP), and gives their pixel formats a name.
//
// A bitmap is rows of Stride bytes. Without TopDown the first row in memory is
// the bottom row of the picture. Its pixels are palette indices of 1, 4 or 8
// bits, 16-bit colours of the form 0RRRRRGGGGGBBBBB, or bytes in the order
// blue, green, red and a fourth byte.
//
// Decoded pixels are the bytes R, G, B and the protocol's own fourth byte: the
// alpha of RGBA and A8, whatever was sent in RGB32, what the palette holds for
// indexed formats, and 0 for RGB16 and RGB24. Colours are neither premultiplied
// nor changed otherwise.
//
// One-bit bitmaps without a palette are masks: a set bit gives a pixel of four
// 0xff bytes, a clear bit one of four zero bytes.
//
// All functions may be called from any goroutine.
package bitmap
