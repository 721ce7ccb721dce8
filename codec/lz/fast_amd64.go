//go:build !noasm

package lz

import "saffron/codec/internal/lzpix"

// faster is fast as far as vectors go.
func (b *body) faster(k kind, end int) {
	if !lzpix.HasAVX2 || k.unit != colour && k.unit != indexed {
		return
	}
	var table *[256]uint32
	if k.unit == indexed {
		table = &b.table
	}
	end = max(0, min(end, len(b.dst)-roomOut+1))
	out, in := fastAVX2(b.dst, b.src[b.pos:], b.at, end, k.bias, table)
	b.at = out
	b.pos += in
}

// fastAVX2 decodes commands from src to dst[at:end] until there is one that it
// leaves to others, or fewer than 101 bytes of src. It returns where dst and src
// go on. Literals are colours if table is nil and indices otherwise. It may
// write roomOut bytes behind at.
//
//go:noescape
func fastAVX2(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int)

// picks are, for every distance in pixels, which of the eight pixels that begin
// there are to be the next eight; periods are the bytes after which they are the
// same again, of a multiple of eight pixels or more.
var (
	picks   [9][8]uint32
	periods [9]uint32
)

func init() {
	for dist := uint32(1); dist <= 8; dist++ {
		for i := range uint32(8) {
			picks[dist][i] = i % dist
		}
		periods[dist] = 4 * dist * ((7 + dist) / dist)
	}
}
