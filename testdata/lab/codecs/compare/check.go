package main

import (
	"fmt"
	"image"
)

// Pixels of JPEG may differ from libjpeg-turbo's by rounding: inverse
// transforms of the same accuracy do. Chroma that is repeated and not
// interpolated shows as differences far beyond these.
const (
	maxJPEG  = 16
	meanJPEG = 1.0
)

// check decodes it and compares all pixels with what they should be. It
// returns a remark for the table. Planes are only decoded; their samples make the
// pixels of another item.
func (it *item) check(ref *reference, dst *image.RGBA) (remark string, err error) {
	decode, err := it.decoder(dst)
	if err != nil {
		return "", err
	}
	if it.planes {
		return "", decode(nil)
	}
	err = decode(func(n int, img *image.RGBA) error {
		got := bgrx(img, it.Type == "RGBA")
		want := it.Sum
		if len(it.FrameSums) > 0 {
			want = it.FrameSums[n]
		}
		if sum(got) == want {
			return nil
		}
		if it.Codec == "jpeg" {
			remark, err = it.checkJPEG(ref, got)
			return err
		}
		return fmt.Errorf("image %d: the pixels differ from those of the reference", n)
	})
	return remark, err
}

func (it *item) checkJPEG(ref *reference, got []byte) (remark string, err error) {
	want, err := ref.pixels(it.Files[0].File)
	if err != nil {
		return "", err
	}
	if len(got) != len(want) {
		return "", fmt.Errorf("%d bytes of pixels, the reference has %d", len(got), len(want))
	}
	most, total := 0, 0
	for i := range got {
		if i%4 == 3 {
			continue
		}
		d := int(got[i]) - int(want[i])
		d = max(d, -d)
		total += d
		most = max(most, d)
	}
	mean := float64(total) / float64(len(got)/4*3)
	remark = fmt.Sprintf("differs by %d at most, %.3f on average", most, mean)
	if most > maxJPEG || mean > meanJPEG {
		return "", fmt.Errorf("the picture %s", remark)
	}
	return remark, nil
}
