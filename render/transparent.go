package render

import "encoding/binary"

// transparent draws a DRAW_TRANSPARENT.
func (p *pass) transparent(op *Transparent) error {
	source, err := p.named(&op.Src, op.SrcArea, false)
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
