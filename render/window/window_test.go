//go:build window

package window_test

import (
	"image"
	"testing"
)

func TestShowsExactly(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(803, 601), nil)
		b.same(b.screenshot(), b.desktop.Snapshot(0))

		patch := image.NewRGBA(image.Rect(0, 0, 57, 33))
		for i := range patch.Pix {
			patch.Pix[i] = byte(i * 13)
		}
		b.copy(patch, image.Pt(401, 299))
		b.copy(patch, image.Pt(0, 568))
		b.same(b.screenshot(), b.desktop.Snapshot(0))
	})
}
