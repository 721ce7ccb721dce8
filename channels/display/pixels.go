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
	var img *image.RGBA
	if class < len(pixelMemory) {
		img, _ = pixelMemory[class].Get().(*image.RGBA)
	}
	switch {
	case img != nil:
		img.Pix = img.Pix[:n]
	case class < len(pixelMemory):
		img = &image.RGBA{Pix: make([]byte, n, 1<<(class+smallestPixels))}
	default:
		img = &image.RGBA{Pix: make([]byte, n)}
	}
	img.Stride, img.Rect = 4*width, image.Rect(0, 0, width, height)
	return img
}

// givePixels takes an image back that nobody refers to any more.
func givePixels(img *image.RGBA) {
	if img == nil {
		return
	}
	n := cap(img.Pix)
	class := pixelClass(max(n, 1))
	if class < 0 || class >= len(pixelMemory) || n != 1<<(class+smallestPixels) {
		return
	}
	pixelMemory[class].Put(img)
}
