package display

import (
	"image"
	"math/bits"
	"sync"
)

// pixelMemory recycles decoded images by power of two, from 4 KiB to 32 MiB:
// fresh memory costs more than decoding into warm memory.
var pixelMemory [14]sync.Pool

const smallestPixels = 12 // 1 << 12 bytes

func pixelClass(n int) int { return bits.Len(uint(n-1)) - smallestPixels }

// takePixels returns an image of the given size with any content.
func takePixels(width, height int) *image.RGBA {
	n := 4 * width * height
	class := max(0, pixelClass(n))
	img := &image.RGBA{Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
	switch {
	case class >= len(pixelMemory):
		img.Pix = make([]byte, n)
	default:
		if p, ok := pixelMemory[class].Get().(*[]byte); ok {
			img.Pix = (*p)[:n]
		} else {
			img.Pix = make([]byte, n, 1<<(class+smallestPixels))
		}
	}
	return img
}

// givePixels takes an image back that nobody refers to any more.
func givePixels(img *image.RGBA) {
	if img == nil {
		return
	}
	pix := img.Pix[:cap(img.Pix)]
	class := pixelClass(max(len(pix), 1))
	if class < 0 || class >= len(pixelMemory) || len(pix) != 1<<(class+smallestPixels) {
		return
	}
	pixelMemory[class].Put(&pix)
}
