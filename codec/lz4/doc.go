// Package lz4 decodes the LZ4 images of the SPICE protocol.
//
// An image is two bytes, whether the top row comes first and the pixel format
// (of package bitmap), and then blocks: four bytes of size, big-endian unlike
// everything else in the protocol, and that many bytes of raw LZ4 block data
// without a frame. A block may copy from the 64 KiB of output before it, so the
// blocks are unpacked one after another into one piece of memory, which is then
// a bitmap without padding between its rows. Where dst is such a bitmap, all is
// done in its memory: the exchange of red and blue follows the blocks at the
// distance that a copy may reach back.
//
// The size of the picture is not part of the data: it is that of the
// destination, and the blocks must unpack to exactly that many pixels.
//
// All functions may be called from any goroutine.
package lz4
