package video

import (
	"fmt"
	"sync"
)

// A Codec is how a stream is encoded, by the protocol's number.
// (SPICE protocol, video streams, SPICE_VIDEO_CODEC_TYPE.)
type Codec uint8

// The codecs of this package.
const (
	VP8  Codec = 2
	H264 Codec = 3
	VP9  Codec = 4
	H265 Codec = 5
)

// codecs holds our names and libavcodec's.
var codecs = map[Codec]struct{ name, decoder string }{
	VP8:  {"VP8", "vp8"},
	H264: {"H.264", "h264"},
	VP9:  {"VP9", "vp9"},
	H265: {"H.265", "hevc"},
}

// String returns the codec's usual name, such as "H.264".
func (c Codec) String() string {
	if k, ok := codecs[c]; ok {
		return k.name
	}
	return fmt.Sprintf("codec %d", uint8(c))
}

// Available reports whether frames of a codec can be decoded here. The first call
// looks for the library. It may be called from any goroutine.
func Available(c Codec) bool {
	_, _, err := find(c)
	return err == nil
}

// Installed reports whether the library seems to be there. Unlike Available it
// does not load it, which takes some 20 ms and as many megabytes; what is there
// may still turn out to be unusable. It may be called from any goroutine.
var Installed = sync.OnceValue(installed)

// Library returns the name and version of the library that decodes, such as
// "libavcodec 59.37.100", or "" if there is none. It may be called from any
// goroutine.
func Library() string {
	lib, err := load()
	if err != nil {
		return ""
	}
	return lib.version
}

// An UnavailableError reports that a codec cannot be decoded on this system.
type UnavailableError struct {
	Codec Codec
	Err   error // why
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("video: no decoder for %v: %v", e.Codec, e.Err)
}

// Unwrap returns why.
func (e *UnavailableError) Unwrap() error { return e.Err }

// A FormatError reports a frame that cannot be decoded.
type FormatError string

func (e FormatError) Error() string { return "video: invalid format: " + string(e) }

// An UnsupportedError reports pictures that the protocol's streams do not have.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "video: unsupported feature: " + string(e) }
