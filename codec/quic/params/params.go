// Package params holds the constants of the QUIC image format and its family
// of codes: what a decoder and an encoder have to agree on.
// (SPICE protocol, QUIC images; the scheme is SFALIC's.)
package params

import "math/bits"

// Header words.
const (
	Magic      = 0x43495551 // "QUIC", little-endian
	HeaderSize = 20         // magic, version, type, width, height
)

// Levels of the adaptation schedule: the coder moves to the next one after
// LevelPixels pixels, until it is at MaxLevel.
const (
	MaxLevel    = 6
	LevelPixels = 2048
)

// Thresholds gives, by level, the count above which a bucket's counters halve.
var Thresholds = [MaxLevel + 1]uint32{110, 550, 900, 800, 550, 400, 350}

// WaitMask returns the largest number of pixels between two updates of the
// model at a level; it is one less than a power of two.
func WaitMask(level int) uint8 { return 1<<level - 1 }

// RunBits gives, by state of the run coder, the exponent of the run length
// that a one bit stands for.
var RunBits = [32]uint8{
	0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
	4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15,
}

// Draws is the fixed pseudo-random sequence that spaces the updates of the
// model. Every use masks it with a WaitMask, so six bits are kept.
var Draws = [256]uint8{
	2, 23, 19, 21, 7, 18, 40, 14, 12, 32, 47, 44, 36, 6, 18, 11,
	4, 19, 42, 29, 16, 63, 57, 51, 16, 3, 5, 14, 15, 30, 20, 9,
	36, 45, 3, 57, 61, 0, 8, 5, 41, 14, 43, 27, 43, 59, 31, 35,
	39, 60, 42, 38, 13, 54, 62, 1, 26, 3, 11, 61, 52, 34, 7, 48,
	4, 59, 22, 12, 22, 8, 50, 4, 10, 6, 44, 8, 11, 46, 31, 51,
	53, 17, 1, 43, 46, 60, 36, 54, 10, 27, 39, 44, 22, 41, 23, 2,
	44, 0, 40, 53, 40, 48, 16, 43, 32, 28, 33, 12, 20, 2, 56, 62,
	55, 58, 18, 20, 13, 55, 38, 29, 57, 19, 49, 33, 47, 63, 59, 0,
	35, 61, 19, 25, 46, 38, 60, 4, 35, 1, 26, 40, 28, 10, 5, 14,
	25, 18, 48, 49, 20, 59, 62, 34, 46, 7, 33, 52, 34, 58, 9, 29,
	8, 55, 62, 60, 37, 36, 37, 50, 6, 3, 10, 28, 48, 24, 26, 61,
	57, 30, 11, 54, 2, 6, 50, 47, 7, 17, 35, 53, 32, 12, 23, 17,
	5, 21, 49, 55, 51, 45, 52, 27, 39, 25, 39, 63, 22, 24, 42, 52,
	56, 38, 41, 41, 56, 32, 13, 24, 26, 51, 27, 56, 58, 37, 24, 42,
	15, 28, 17, 30, 31, 15, 16, 23, 25, 54, 33, 34, 1, 29, 31, 50,
	53, 21, 49, 15, 47, 9, 0, 58, 37, 45, 30, 13, 9, 45, 63, 21,
}

// A Code is one of the Golomb-Rice codes for components of some depth, cut off
// so that no codeword exceeds 26 bits.
type Code struct {
	K         uint   // low bits written as they are
	Prefix    uint   // zero bits that announce an escaped value
	FirstEsc  uint32 // the smallest escaped value
	EscapeLen uint   // bits of an escaped value after the prefix
}

// NewCode returns code k of components of depth bits. 0 <= k < depth.
func NewCode(depth, k uint) Code {
	prefix := min(26-depth, 1<<(depth-k)-1)
	first := uint32(prefix) << k
	escaped := uint32(1)<<depth - first
	return Code{K: k, Prefix: prefix, FirstEsc: first, EscapeLen: uint(bits.Len32(escaped - 1))}
}

// Word returns the codeword of v, right-aligned, and its length in bits.
func (c Code) Word(v uint32) (word uint32, length uint) {
	if v >= c.FirstEsc {
		return v - c.FirstEsc, c.Prefix + c.EscapeLen
	}
	return 1<<c.K | v&(1<<c.K-1), uint(v>>c.K) + 1 + c.K
}

// Bucket returns the class of a folded residual as a context: classes double
// in size, and the last one of a depth takes the rest.
func Bucket(folded uint8, depth uint) uint8 {
	return uint8(min(uint(bits.Len(uint(folded)+1))-1, depth-1))
}

// Fold maps a residual of depth bits to a number that is small when the
// residual is near zero, of either sign.
func Fold(residual uint8, depth uint) uint8 {
	mask := uint8(1<<depth - 1)
	if residual <= mask/2 {
		return 2 * residual
	}
	return 2*(mask-residual) + 1
}

// Unfold is the inverse of Fold.
func Unfold(folded uint8, depth uint) uint8 {
	if folded&1 == 0 {
		return folded / 2
	}
	return uint8(1<<depth-1) - folded/2
}
