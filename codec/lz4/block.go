package lz4

import (
	"fmt"

	"github.com/pierrec/lz4/v4"
)

// DecodeBlock unpacks one raw block, as the channels of devices send them, into
// dst, which it must fill exactly. Otherwise the error is a [FormatError].
func DecodeBlock(dst, src []byte) error {
	n, err := lz4.UncompressBlock(src, dst)
	if err != nil {
		return FormatError(fmt.Sprintf("a block of %d bytes is damaged or unpacks to more than %d", len(src), len(dst)))
	}
	if n != len(dst) {
		return FormatError(fmt.Sprintf("a block unpacks to %d bytes, want %d", n, len(dst)))
	}
	return nil
}

// EncodeBlock packs src as one raw block into dst and returns its length, or 0
// if the block would not fit there.
func EncodeBlock(dst, src []byte) int {
	n, err := lz4.CompressBlock(src, dst, nil)
	if err != nil {
		return 0 // it does not fit
	}
	return n
}
