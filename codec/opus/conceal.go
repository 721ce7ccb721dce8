package opus

// A concealer makes what is played in place of lost packets.
//
// It does not ask the libraries for that. After they have concealed CELT, they
// take what comes for much quieter than it is, some for a tenth of a second;
// they do not agree on what to play; and they go on with noise for as long as
// nothing comes. A decoder that is not told of the loss is right again with the
// second packet.
type concealer struct {
	channels int
	fadeIn   int     // frames: of the first packet after a loss
	tail     []int16 // the end of what was heard, with room for 10 ms
	played   int     // frames concealed since
}

func newConcealer(rate, channels int) concealer {
	return concealer{channels: channels, fadeIn: rate / 400, tail: make([]int16, 0, rate/perSecond*channels)}
}

// heard takes note of a packet's sound. After a loss, it begins softly.
func (c *concealer) heard(pcm []int16) {
	if c.played > 0 {
		for i := range pcm[:min(len(pcm), c.fadeIn*c.channels)] {
			pcm[i] = int16(int(pcm[i]) * (i / c.channels) / c.fadeIn)
		}
	}
	c.played = 0
	c.tail = append(c.tail[:0], pcm[max(0, len(pcm)-cap(c.tail)):]...)
}

// lost makes sound for a lost packet: the tail backwards, for that begins where
// what was heard ended.
func (c *concealer) lost(pcm []int16) {
	frames := len(c.tail) / c.channels
	for i := 0; i < len(pcm); i += c.channels {
		left := frames - c.played
		for k := range c.channels {
			pcm[i+k] = 0
			if left > 0 {
				pcm[i+k] = int16(int(c.tail[(left-1)*c.channels+k]) * left / frames)
			}
		}
		c.played = min(c.played+1, max(frames, 1))
	}
}
