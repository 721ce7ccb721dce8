package encode

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
)

func TestJPEGAlpha(t *testing.T) {
	img := image.NewRGBA(image.Rect(1, 2, 21, 12))
	data, n := JPEGAlpha(img, 85)
	if !bytes.Equal(data[:n], JPEG(img, 85)) || n == len(data) {
		t.Errorf("%d of %d bytes are not the colours", n, len(data))
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(data[:n]))
	if err != nil || c.Width != 20 || c.Height != 10 {
		t.Errorf("size %dx%d, %v, want 20x10", c.Width, c.Height, err)
	}
}

func TestJPEGPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic for an empty image")
		}
	}()
	JPEG(image.NewRGBA(image.Rectangle{}), 85)
}
