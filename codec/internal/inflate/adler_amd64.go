//go:build !noasm

package inflate

import "golang.org/x/sys/cpu"

// vector tells whether addVector can be used.
var vector = cpu.X86.HasAVX2

// addVector adds data, of 1 to adlerMost/32 times 32 bytes, and does not reduce
// the sums, which are less than adlerBase.
func (a *adler) addVector(data []byte) {
	one, two := adlerAVX2(&data[0], len(data))
	a.two += uint32(len(data))*a.one + two
	a.one += one
}

// adlerAVX2 returns the sum of n bytes, a multiple of 32 greater than 0, and that
// of the sums up to each.
//
//go:noescape
func adlerAVX2(p *byte, n int) (one, two uint32)
