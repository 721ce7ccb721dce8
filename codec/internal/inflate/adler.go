package inflate

import "hash/adler32"

// An adler is the two sums of an Adler-32.
type adler struct{ one, two uint32 }

const (
	adlerBase = 65521
	// adlerMost is how many bytes can be added before two might overflow, to
	// whole steps of 32.
	adlerMost = 5552 &^ 31
)

// checksum returns the Adler-32 of data.
func checksum(data []byte) uint32 {
	if !vector {
		return adler32.Checksum(data)
	}
	s := adler{one: 1}
	for len(data) >= 32 {
		n := min(len(data)&^31, adlerMost)
		s.addVector(data[:n])
		s.one, s.two = s.one%adlerBase, s.two%adlerBase
		data = data[n:]
	}
	for _, b := range data {
		s.one += uint32(b)
		s.two += s.one
	}
	return s.two%adlerBase<<16 | s.one%adlerBase
}
