package window

import (
	"encoding/binary"
	"image"

	"github.com/hajimehoshi/ebiten/v2"
)

// maxTexture is a side that every GPU takes. Larger pictures are shown in
// tiles; where those meet, a scaled picture has a seam.
const maxTexture = 8192

// A picture is the head on the GPU.
type picture struct {
	size  image.Point
	tiles []tile
	row   []byte // memory for packing, reused
}

type tile struct {
	rect image.Rectangle // of the picture
	img  *ebiten.Image
}

// update takes the rectangle r of pix; if the size of pix is another than
// before, r is all of it.
func (p *picture) update(pix *image.RGBA, r image.Rectangle) {
	if size := pix.Rect.Size(); size != p.size {
		p.resize(size)
	}
	for _, t := range p.tiles {
		part := r.Intersect(t.rect)
		if part.Empty() {
			continue
		}
		p.row = pack(p.row[:0], pix, part)
		t.img.SubImage(part.Sub(t.rect.Min)).(*ebiten.Image).WritePixels(p.row)
	}
}

func (p *picture) resize(size image.Point) {
	for _, t := range p.tiles {
		t.img.Deallocate()
	}
	p.size, p.tiles = size, nil
	for _, r := range split(size, maxTexture) {
		img := ebiten.NewImageWithOptions(image.Rectangle{Max: r.Size()}, &ebiten.NewImageOptions{Unmanaged: true})
		p.tiles = append(p.tiles, tile{r, img})
	}
}

// split cuts a rectangle at (0, 0) into tiles with sides of at most side.
func split(size image.Point, side int) []image.Rectangle {
	var out []image.Rectangle
	for y := 0; y < size.Y; y += side {
		for x := 0; x < size.X; x += side {
			out = append(out, image.Rect(x, y, min(x+side, size.X), min(y+side, size.Y)))
		}
	}
	return out
}

// pack appends the rectangle r of src to dst, row after row, with alpha 255.
func pack(dst []byte, src *image.RGBA, r image.Rectangle) []byte {
	n := 4 * r.Dx()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		at := len(dst)
		dst = append(dst, src.Pix[src.PixOffset(r.Min.X, y):][:n]...)
		row := dst[at:]
		for ; len(row) >= 8; row = row[8:] {
			binary.LittleEndian.PutUint64(row, binary.LittleEndian.Uint64(row)|0xff000000_ff000000)
		}
		if len(row) == 4 {
			row[3] = 255
		}
	}
	return dst
}
