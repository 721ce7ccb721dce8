package jpeg

import (
	"image"

	"saffron/codec/internal/ycbcr"
)

// A margin lies on both sides of a row of a band, for the samples next to its
// edges, and for vector instructions, which take 16 samples at a time.
const margin = 32

// A band is memory for the rows of one component that a row of units gives,
// 1 and up; row 0 is the last one of the band above.
type band struct {
	pix    []byte
	stride int
	rows   int // without row 0
}

// row returns row i from its first sample on.
func (b *band) row(i int) []byte { return b.pix[i*b.stride+margin:] }

// outer returns row i from the sample before the first on.
func (b *band) outer(i int) []byte { return b.pix[i*b.stride+margin-1:] }

// extend repeats the first and the last of n samples beyond the edges.
func (b *band) extend(n int) {
	for i := 1; i <= b.rows; i++ {
		row := b.outer(i)
		row[0], row[n+1] = row[1], row[n]
	}
}

// carry makes the last row the one above the next band.
func (b *band) carry() { copy(b.pix[:b.stride], b.pix[b.rows*b.stride:]) }

// decode decodes src to dst, a row of units at a time.
func (d *decoder) decode(dst *image.RGBA, src []byte) error {
	if err := d.open(src, dst.Rect.Dx(), dst.Rect.Dy()); err != nil {
		return err
	}
	defer d.close()
	d.start(src)
	d.makeBands()
	_, units := d.header.units()
	across, down := d.header.shrink()
	y, height := 0, d.header.height
	for unit := range units {
		d.row()
		if across == 2 {
			d.bands[1].extend((d.header.width + 1) / 2)
			d.bands[2].extend((d.header.width + 1) / 2)
		}
		top := unit * d.bands[0].rows
		end := min(top+d.bands[0].rows, height)
		if down == 2 && end < height {
			end-- // the chroma of the last row depends on the next band
		}
		for ; y < end; y++ {
			d.convertRow(dst.Pix[y*dst.Stride:][:4*d.header.width], y, top)
		}
		for i := range d.header.count {
			d.bands[i].carry()
		}
	}
	return nil
}

// makeBands lets the parts go to bands.
func (d *decoder) makeBands() {
	across, _ := d.header.units()
	for i := range d.header.count {
		p, b := &d.parts[i], &d.bands[i]
		b.rows = 8 * p.v
		b.stride = (8*across*p.h+15)&^15 + 2*margin
		b.pix = grow(b.pix, (b.rows+1)*b.stride)
		p.pix, p.stride = b.row(1), b.stride
	}
	for i := range d.wide {
		d.wide[i] = grow(d.wide[i], d.bands[0].stride)
	}
}

// convertRow converts row y to dst, which is as long as the row. The bands start
// at row top.
func (d *decoder) convertRow(dst []byte, y, top int) {
	luma := d.bands[0].row(1 + y - top)[:d.header.width]
	if d.header.count == 1 {
		convertGrey(dst, luma)
		return
	}
	cb, cr := d.chroma(0, y, top), d.chroma(1, y, top)
	if d.header.rgb {
		join(dst, luma, cb, cr)
		return
	}
	ycbcr.Full601.Convert(dst, luma, cb, cr)
}

// chroma returns row y of Cb or Cr at full resolution.
func (d *decoder) chroma(i, y, top int) []byte {
	b, width := &d.bands[1+i], d.header.width
	across, down := d.header.shrink()
	near, far := ycbcr.Neighbours(y, d.header.height, down)
	near, far = 1+near-top/down, 1+far-top/down
	if across == 1 && down == 1 {
		return b.row(near)[:width]
	}
	out := d.wide[i]
	switch across {
	case 1:
		blend(out[:width], b.row(near), b.row(far))
	case 2:
		ycbcr.Stretch(out, b.outer(near), b.outer(far), (width+1)/2)
	default:
		repeat(out[:width], b.row(near), across)
	}
	return out[:width]
}
