//go:build !noopus && libopus && cgo

package opus

import "github.com/hraban/opus"

// Library says which library does the work, "" for none.
const Library = "libopus"

// Available reports whether there is Opus in this build.
func Available() bool { return true }

type decoder struct{ *opus.Decoder }

func (d *decoder) open(rate, channels int) (err error) {
	d.Decoder, err = opus.NewDecoder(rate, channels)
	return err
}

// decode gets a slice whose capacity is its length: the library goes by the
// capacity.
func (d *decoder) decode(dst []int16, packet []byte) (int, error) { return d.Decode(packet, dst) }

type encoder struct{ *opus.Encoder }

func (e *encoder) open(rate, channels int) (err error) {
	e.Encoder, err = opus.NewEncoder(rate, channels, opus.AppAudio)
	if err != nil {
		return err
	}
	return e.SetBitrate(bitrate * channels)
}

func (e *encoder) encode(dst []byte, pcm []int16) (int, error) { return e.Encode(pcm, dst) }
