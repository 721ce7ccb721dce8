package render

import (
	"encoding/binary"
	"fmt"
)

// transparent draws a DRAW_TRANSPARENT.
func (p *pass) transparent(op *Transparent) error {
	src, err := p.desktop.resolve(&op.Src, p.dst)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	src.opaque = false // words are copied, scaled ones, too
	source, err := p.source(&src, op.SrcArea, false)
	if err != nil {
		return err
	}
	const colours = 0x00ffffff
	key := p.dst.format.truncate(FormatXRGB.color(op.Key)) & colours
	p.spans(func(y, x0, x1 int, out []byte) {
		src := source(y, x0, x1)[:len(out)]
		for ; len(out) >= 4; out, src = out[4:], src[4:] {
			if s := binary.LittleEndian.Uint32(src); s&colours != key {
				binary.LittleEndian.PutUint32(out, s)
			}
		}
	})
	return nil
}
