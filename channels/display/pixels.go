package display

import (
	"image"
	"math/bits"
	"sync"
)

// pixelMemory recycles decoded images by size, from 4 KiB to 32 MiB, in four
// classes to each power of two: fresh memory costs more than decoding into warm
// memory, and what is not needed of a class is memory all the same.
var pixelMemory [4 * 13]sync.Pool

const smallestPixels = 12 // log2 of the bytes of the first class

// pixelClass returns the smallest class that holds n bytes, and what it holds.
func pixelClass(n int) (class, size int) {
	n = max(n, 1<<smallestPixels)
	octave := bits.Len(uint(n)) - 1
	step := 1 << octave / 4
	quarters := (n - 1<<octave + step - 1) / step // 0..4
	return 4*(octave-smallestPixels) + quarters, 1<<octave + quarters*step
}

// takePixels returns an image of the given size with any content.
func takePixels(width, height int) *image.RGBA {
	n := 4 * width * height
	class, size := pixelClass(n)
	var img *image.RGBA
	if class < len(pixelMemory) {
		img, _ = pixelMemory[class].Get().(*image.RGBA)
	} else {
		size = n
	}
	if img == nil {
		img = &image.RGBA{Pix: make([]byte, size)}
	}
	img.Pix, img.Stride, img.Rect = img.Pix[:n], 4*width, image.Rect(0, 0, width, height)
	return img
}

// givePixels takes an image back that nobody refers to any more.
func givePixels(img *image.RGBA) {
	if img == nil {
		return
	}
	class, size := pixelClass(cap(img.Pix))
	if class < len(pixelMemory) && size == cap(img.Pix) {
		pixelMemory[class].Put(img)
	}
}
