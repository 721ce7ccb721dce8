//go:build amd64 && !noasm

package quic

import "golang.org/x/sys/cpu"

// useVector reports whether coloursAVX can run. Tests change it.
var useVector = cpu.X86.HasAVX && cpu.X86.HasBMI2

// coloursVector decodes the colours from p to end, as far as it can go: it stops
// at a pixel with a codeword longer than fastBits, at the very first pixel, at
// rare or bad runs, and at the last words of the data. There is no prev above
// the first row.
func (d *decoder) coloursVector(g *group, cur, prev []byte, p *place, end int) {
	var above *byte
	switch {
	case len(d.bits.src) < 8:
		return
	case prev != nil:
		above = &prev[0]
	case p.i == 0:
		return
	}
	p.i, p.runStart = coloursAVX(d, g, &cur[0], above, p.i, end, p.runStart)
}

// coloursAVX decodes pixels i to end of a row that begins at cur, below one
// that begins at prev. It returns the pixel that it stopped at, and where the
// last run began. i < end; d.bits has at least eight bytes; if prev is nil, i
// is not 0.
//
//go:noescape
func coloursAVX(d *decoder, grp *group, cur, prev *byte, i, end, runStart int) (next, lastRun int)
