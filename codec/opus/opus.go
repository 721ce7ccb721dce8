package opus

import (
	"fmt"
	"slices"
)

const (
	// maxPacket bounds the bytes of a packet. The longest that makes sense has
	// 48 frames of 1275 bytes.
	maxPacket = 1 << 16

	// perSecond and maxPeriods say how long a packet may be: 120 ms, in units
	// of 10 ms.
	perSecond  = 100
	maxPeriods = 12

	// bitrate is what an encoder aims at, in bits a second and channel. With it
	// 10 ms of stereo take some 120 bytes, and servers take up to 480.
	bitrate = 48000
)

// MaxEncoded is the room for a packet that an encoder needs. Servers take no
// longer ones.
const MaxEncoded = 480

// A FormatError reports a packet that is not Opus.
type FormatError string

func (e FormatError) Error() string { return "opus: invalid format: " + string(e) }

// Supports reports whether Opus can carry sound of a rate. Where it cannot, it
// goes uncompressed.
func Supports(rate int) bool {
	return slices.Contains([]int{8000, 12000, 16000, 24000, 48000}, rate)
}

// check reports parameters that no decoder or encoder can have.
func check(rate, channels int) error {
	if !Supports(rate) {
		return fmt.Errorf("opus: no such sample rate: %d Hz", rate)
	}
	if channels < 1 || channels > 2 {
		return fmt.Errorf("opus: %d channels, not 1 or 2", channels)
	}
	return nil
}

// A Decoder decodes the packets of one stream. It is not safe for concurrent use.
type Decoder struct {
	rate, channels int
	last           int // frames of the last packet
	conceal        concealer
	lib            decoder
}

// NewDecoder returns a decoder for a sample rate (see [Supports]) and one or two
// channels. Packets may have been made for other rates and channels.
func NewDecoder(rate, channels int) (*Decoder, error) {
	if err := check(rate, channels); err != nil {
		return nil, err
	}
	d := &Decoder{rate: rate, channels: channels, last: rate / perSecond, conceal: newConcealer(rate, channels)}
	if err := d.lib.open(rate, channels); err != nil {
		return nil, fmt.Errorf("opus: decoder: %w", err)
	}
	return d, nil
}

// MaxSamples returns how many samples, of all channels together, the longest
// packet has: 120 ms.
func (d *Decoder) MaxSamples() int { return d.rate / perSecond * maxPeriods * d.channels }

// Decode decodes a packet into dst, which must have room for MaxSamples, and
// returns the frames written. A packet that is not Opus gives a [FormatError]
// and no frames; the next one may be given all the same.
//
// An empty packet stands for one that was lost: what is played for it is the end
// of the sound before it, fading to silence within 10 ms, for as many frames as
// the packet before it had, or 10 ms.
func (d *Decoder) Decode(dst []int16, packet []byte) (frames int, err error) {
	if room := d.MaxSamples(); len(dst) < room {
		return 0, fmt.Errorf("opus: room for %d samples, not for the longest packet's %d", len(dst), room)
	}
	if len(packet) == 0 {
		d.conceal.lost(dst[:d.last*d.channels])
		return d.last, nil
	}
	if len(packet) > maxPacket {
		return 0, FormatError(fmt.Sprintf("packet of %d bytes", len(packet)))
	}
	frames, err = d.lib.decode(dst[:d.MaxSamples():d.MaxSamples()], packet)
	if err != nil {
		return 0, FormatError(fmt.Sprintf("packet of %d bytes: %v", len(packet), err))
	}
	d.last = frames
	d.conceal.heard(dst[:frames*d.channels])
	return frames, nil
}

// An Encoder encodes the packets of one stream. It is not safe for concurrent use.
type Encoder struct {
	rate, channels int
	lib            encoder
}

// NewEncoder returns an encoder for sound of any kind, not speech alone, at a
// sample rate (see [Supports]) and one or two channels.
func NewEncoder(rate, channels int) (*Encoder, error) {
	if err := check(rate, channels); err != nil {
		return nil, err
	}
	e := &Encoder{rate: rate, channels: channels}
	if err := e.lib.open(rate, channels); err != nil {
		return nil, fmt.Errorf("opus: encoder: %w", err)
	}
	return e, nil
}

// Encode encodes pcm, 10 or 20 ms of it, into dst, which must have room for
// [MaxEncoded] bytes, and returns how many it wrote.
func (e *Encoder) Encode(dst []byte, pcm []int16) (n int, err error) {
	period := e.rate / perSecond * e.channels
	if len(pcm) != period && len(pcm) != 2*period {
		return 0, fmt.Errorf("opus: %d samples, 10 ms have %d", len(pcm), period)
	}
	if len(dst) < MaxEncoded {
		return 0, fmt.Errorf("opus: room for %d bytes, not for the longest packet's %d", len(dst), MaxEncoded)
	}
	n, err = e.lib.encode(dst[:MaxEncoded:MaxEncoded], pcm)
	if err != nil {
		return 0, fmt.Errorf("opus: encode %d samples: %w", len(pcm), err)
	}
	return n, nil
}
