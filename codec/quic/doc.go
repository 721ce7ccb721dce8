// Package quic decodes QUIC images, the lossless codec of SPICE for
// photograph-like pictures. (It has nothing to do with the transport protocol
// of that name.)
//
// A QUIC stream is a header of five words and one stream of bits. Every
// component of every pixel is predicted from the pixels to the left and above.
// What is left over, the residual, is folded to a small number and written
// with one of eight Golomb-Rice codes. Which one is learnt: each plane counts,
// for each class ("bucket") of the residual before, how many bits each code
// would have needed so far, and the cheapest is in force. Counting is done for
// every pixel at first and ever more rarely later, on a fixed pseudo-random
// schedule. Where the picture above and to the left is flat, a run length
// takes the place of residuals.
//
//	word    0        1        2        3        4        5 …
//	      +--------+--------+--------+--------+--------+------------
//	      | "QUIC" | 0      | Type   | width  | height | bits
//	      +--------+--------+--------+--------+--------+------------
//
// Words are 32 bits, little-endian; bits are taken from the top of each. The
// position of each codeword depends on the one before, so one image decodes on
// one processor only; several images can be decoded at the same time.
//
// On amd64 the colours are decoded with vector instructions where the processor
// has them; the build tag noasm leaves them out. Both ways give the same pixels
// and errors.
//
// [DecodeConfig] reads the header, so that a caller can judge the size before
// making room for the pixels, and [Decode] reads the image.
package quic
