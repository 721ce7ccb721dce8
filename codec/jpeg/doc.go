// Package jpeg decodes the lossy images of the SPICE protocol: JPEG,
// JPEG_ALPHA and the frames of MJPEG streams.
//
// All three carry a baseline JPEG file of 8 bits, in colour or grey, sent with
// the top row first. Frames of a stream may lack the Huffman tables; then the
// standard ones of ITU T.81 apply. JPEG_ALPHA adds an LZ image that holds the
// fourth byte of every pixel.
//
// What is decoded is one scan of a sequential, Huffman-coded frame: that is
// what servers send, and it bounds the work by the size of the picture.
// Progressive, arithmetic, lossless and multi-scan files give an
// [UnsupportedError].
//
// A file whose header is sound but whose scan is damaged or cut decodes as far
// as it goes, without an error, as it does in other decoders. Nothing is
// allocated before the size of the frame is known to be that of the
// destination.
//
// Chroma is interpolated smoothly between its samples and converted with the
// full-range BT.601 matrix, so that pixels come out within a few units of other
// accurate decoders'.
//
// All functions may be called from any goroutine.
package jpeg
