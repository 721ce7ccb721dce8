package jpeg

import (
	"image"
	"sync"
)

// Chroma is one word a pixel, Cb in the low half and Cr in the high half, so
// that neighbours are added for both at once. In quarters it is four times its
// value.
type chroma = uint32

// join returns the chroma of one sample.
func join(cb, cr byte) chroma { return chroma(cb) | chroma(cr)<<16 }

// rows is memory for the rows of convertYCbCr: wide holds one chroma a pixel
// (and one more at odd widths), narrow one a sample.
type rows struct{ wide, narrow []chroma }

var rowPool = sync.Pool{New: func() any { return new(rows) }}

func (r *rows) grow(n int) {
	if cap(r.wide) < n {
		r.wide, r.narrow = make([]chroma, n), make([]chroma, n)
	}
	r.wide, r.narrow = r.wide[:n], r.narrow[:n]
}

// convertYCbCr writes img, interpolated to full resolution, to dst.
// The two have the same size.
func convertYCbCr(dst *image.RGBA, img *image.YCbCr) {
	r := rowPool.Get().(*rows)
	defer rowPool.Put(r)
	width, height := img.Rect.Dx(), img.Rect.Dy()
	r.grow(width + width&1)
	for y := range height {
		switch img.SubsampleRatio {
		case image.YCbCrSubsampleRatio444:
			gather(r.wide[:width], img, y)
		case image.YCbCrSubsampleRatio422:
			blend(r.narrow[:(width+1)/2], img, y, y)
			stretch(r.wide, r.narrow[:(width+1)/2])
		case image.YCbCrSubsampleRatio420:
			near, far := neighbours(y, height)
			blend(r.narrow[:(width+1)/2], img, near, far)
			stretch(r.wide, r.narrow[:(width+1)/2])
		case image.YCbCrSubsampleRatio440:
			near, far := neighbours(y, height)
			blend(r.wide[:width], img, near, far)
			scale(r.wide[:width])
		default:
			repeat(r.wide[:width], img, y)
		}
		convertRow(dst.Pix[y*dst.Stride:][:4*width], img.Y[y*img.YStride:][:width], r.wide[:width])
	}
}

// neighbours returns the chroma row that holds row y of a picture with half as
// many chroma rows, and the one next to it on y's side, itself at the edges.
func neighbours(y, height int) (near, far int) {
	near = y / 2
	if y%2 == 0 {
		return near, max(near-1, 0)
	}
	return near, min(near+1, (height+1)/2-1)
}

// gather sets out to the samples of chroma row y.
func gather(out []chroma, img *image.YCbCr, y int) {
	cb, cr := img.Cb[y*img.CStride:][:len(out)], img.Cr[y*img.CStride:][:len(out)]
	for i := range out {
		out[i] = join(cb[i], cr[i])
	}
}

// blend sets out to quarters: three of chroma row near and one of row far.
func blend(out []chroma, img *image.YCbCr, near, far int) {
	cb0, cr0 := img.Cb[near*img.CStride:][:len(out)], img.Cr[near*img.CStride:][:len(out)]
	cb1, cr1 := img.Cb[far*img.CStride:][:len(out)], img.Cr[far*img.CStride:][:len(out)]
	for i := range out {
		out[i] = 3*join(cb0[i], cr0[i]) + join(cb1[i], cr1[i])
	}
}

// What rounds both halves of a chroma, and the bits that a shift leaves in them.
const (
	roundDown  = 0x0007_0007
	roundUp    = 0x0008_0008
	roundFour  = 0x0002_0002
	chromaMask = 0x00ff_00ff
)

// scale turns quarters to whole values.
func scale(row []chroma) {
	for i, c := range row {
		row[i] = (c + roundFour) >> 2 & chromaMask
	}
}

// stretch sets out, twice as long as in, to whole values between the quarters
// in: three of the nearest and one of the next. Ties go up and down in turn, so
// that the picture's mean stays.
func stretch(out, in []chroma) {
	before := in[0]
	for i, c := range in {
		after := in[min(i+1, len(in)-1)]
		out[2*i] = (3*c + before + roundUp) >> 4 & chromaMask
		out[2*i+1] = (3*c + after + roundDown) >> 4 & chromaMask
		before = c
	}
}

// repeat sets out to the nearest samples of row y, whatever the ratio is.
func repeat(out []chroma, img *image.YCbCr, y int) {
	for x := range out {
		i := img.COffset(img.Rect.Min.X+x, img.Rect.Min.Y+y)
		out[x] = join(img.Cb[i], img.Cr[i])
	}
}
