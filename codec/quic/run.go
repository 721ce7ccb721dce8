package quic

import "saffron/codec/quic/params"

// run decodes a run length and moves the state of the run coder. It returns
// false if the length exceeds limit.
func (br *bitReader) run(state *uint8, limit int) (length int, ok bool) {
	s := *state & 31
	for {
		br.refill()
		if br.take(1) == 0 {
			break
		}
		length += 1 << params.RunBits[s]
		if length > limit {
			return 0, false
		}
		if s < 31 {
			s++
		}
	}
	br.refill()
	length += int(br.take(uint(params.RunBits[s])))
	if s > 0 {
		s--
	}
	*state = s
	return length, length <= limit
}
