package glz

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zlib"
)

// An inflater is a zlib reader and the input it reads.
type inflater struct {
	src bytes.Reader
	z   io.ReadCloser // also a zlib.Resetter; nil before the first use
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// Inflate decompresses the zlib stream src of a ZLIB_GLZ_RGB image into dst,
// which has the size that the image announces: a stream of any other size is an
// error. Bytes of src behind the stream are ignored. The result is what Decode
// takes. On error dst holds what could be read, and zeros behind it, which is
// what Abandon takes. Any goroutine may call Inflate.
func Inflate(dst, src []byte) error {
	f := inflaters.Get().(*inflater)
	defer inflaters.Put(f)
	f.src.Reset(src)
	defer f.src.Reset(nil) // keeps no hold on src
	if err := f.reset(); err != nil {
		clear(dst)
		return fmt.Errorf("glz: zlib header: %w", err)
	}
	n, err := io.ReadFull(f.z, dst)
	if err != nil {
		clear(dst[n:])
		return fmt.Errorf("glz: zlib: %d bytes of %d: %w", n, len(dst), truncated(err))
	}
	// One byte more finds a stream that is too long, and the checksum otherwise.
	var more [1]byte
	n, err = io.ReadFull(f.z, more[:])
	if n > 0 {
		return FormatError(fmt.Sprintf("zlib stream of more than %d bytes", len(dst)))
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("glz: zlib: behind %d bytes: %w", len(dst), err)
	}
	return nil
}

func (f *inflater) reset() error {
	if f.z != nil {
		return f.z.(zlib.Resetter).Reset(&f.src, nil)
	}
	z, err := zlib.NewReader(&f.src)
	if err != nil {
		return truncated(err)
	}
	f.z = z
	return nil
}

// truncated makes an end of data that comes too early an unexpected one.
func truncated(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
