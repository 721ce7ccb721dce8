package glz

import (
	"fmt"

	"saffron/codec/internal/inflate"
)

// Inflate decompresses the zlib stream src of a ZLIB_GLZ_RGB image into dst,
// which has the size that the image announces: a stream of any other size is an
// error. Bytes of src behind the stream are ignored. The result is what Decode
// takes. On error dst holds what could be read, and zeros behind it, which is
// what Abandon takes. Any goroutine may call Inflate.
func Inflate(dst, src []byte) error {
	n, err := inflate.Decode(dst, src)
	if err != nil {
		clear(dst[n:])
		return fmt.Errorf("glz: %w", err)
	}
	return nil
}
