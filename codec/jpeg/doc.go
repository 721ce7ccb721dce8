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
// as it goes, without an error, as it does in other decoders: what is missing is
// grey, up to the next restart marker if there is one. Nothing is allocated before
// the size of the frame is known to be the one that the caller expects, and with
// frames of one size nothing is allocated after the first.
//
// Chroma is interpolated smoothly between its samples and converted with the
// full-range BT.601 matrix; with the accurate integer cosine transform, pixels come
// out within a few units of other accurate decoders'. [DecodePlanes] leaves out
// both, for who can show luma and chroma as they are.
//
// On amd64 with AVX2, the transform, interpolation and conversion are in assembly,
// the latter two in codec/internal/ycbcr. Their twins in Go, which serve elsewhere
// and with the build tag noasm, give the same bytes.
//
// All functions may be called from any goroutine.
package jpeg
