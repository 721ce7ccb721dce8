package encode

import (
	"bytes"
	"encoding/hex"
	"image"
	"strings"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/quic"
)

// The stream of a 5x3 picture of one colour but for the last pixel. It has
// escapes, contexts that outlive runs, and a run of no pixels after another.
func TestQUICWorkedExample(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 5, 3))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []byte{64, 32, 16, 99})
	}
	img.Pix[len(img.Pix)-4]++
	want := strings.ReplaceAll(
		"51554943 00000000 04000000 05000000 03000000"+
			"80a0c000 80808080 20040181 18217884 38e49c9b 00000000", " ", "")
	if got := hex.EncodeToString(QUIC(img, false)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The streams that a server made of a picture come out again bit for bit,
// apart from how many words of padding follow.
func TestQUICIsExact(t *testing.T) {
	for _, v := range codectest.Vectors(t, "quic") {
		if v.Malformed || quic.Type(v.TypeID) != quic.RGB32 && quic.Type(v.TypeID) != quic.RGBA {
			continue
		}
		want := v.Encoded(t)
		img := image.NewRGBA(image.Rect(0, 0, v.Width, v.Height))
		if err := quic.Decode(img, want); err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		got := QUIC(img, quic.Type(v.TypeID) == quic.RGBA)
		if !bytes.Equal(bytes.TrimRight(got, "\x00"), bytes.TrimRight(want, "\x00")) {
			t.Errorf("%s: encoded again, the stream differs", v.Name)
		}
	}
}

func TestQUICEmpty(t *testing.T) {
	if got := QUIC(image.NewRGBA(image.Rect(3, 3, 3, 9)), true); got != nil {
		t.Errorf("QUIC of an empty image = %x, want nil", got)
	}
}
