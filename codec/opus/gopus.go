//go:build !noopus && !(libopus && cgo)

package opus

import "github.com/thesyncim/gopus"

// Library says which library does the work, "" for none.
const Library = "gopus"

// Available reports whether there is Opus in this build.
func Available() bool { return true }

type decoder struct{ *gopus.Decoder }

func (d *decoder) open(rate, channels int) (err error) {
	d.Decoder, err = gopus.NewDecoder(gopus.DecoderConfig{
		SampleRate: rate, Channels: channels,
		MaxPacketSamples: rate / perSecond * maxPeriods,
		MaxPacketBytes:   maxPacket,
	})
	return err
}

func (d *decoder) decode(dst []int16, packet []byte) (int, error) { return d.DecodeInt16(packet, dst) }

type encoder struct {
	*gopus.Encoder
	channels, frames int // frames of what was encoded last
}

func (e *encoder) open(rate, channels int) (err error) {
	e.channels = channels
	e.Encoder, err = gopus.NewEncoder(gopus.EncoderConfig{SampleRate: rate, Channels: channels, Application: gopus.ApplicationAudio})
	if err != nil {
		return err
	}
	return e.SetBitrate(bitrate * channels)
}

func (e *encoder) encode(dst []byte, pcm []int16) (int, error) {
	if frames := len(pcm) / e.channels; frames != e.frames {
		if err := e.SetFrameSize(frames); err != nil {
			return 0, err
		}
		e.frames = frames
	}
	return e.EncodeInt16(pcm, dst)
}
