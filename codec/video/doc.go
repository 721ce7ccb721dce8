// Package video decodes the frames of VP8, VP9, H.264 and H.265 streams of the
// SPICE protocol. (MJPEG is the business of codec/jpeg.)
//
// The work is done by the system's libavcodec. It is loaded when first asked for,
// never linked: a program with this package runs where there is none, and then
// announces no such codec to the server. [Available] tells. Without it, and on
// systems other than Linux and macOS, [NewDecoder] gives an [UnavailableError].
//
// A stream gets a [Decoder] of its own, and must give it every frame, for frames
// refer to those before them. With a frame in, its picture comes out:
//
//	d, err := video.NewDecoder(video.VP9)
//	…
//	p, err := d.Decode(frame)
//	if p != nil { // the newest picture, at its real size
//		img := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
//		p.RGBA(img)
//	}
//
// # What is trusted
//
// The frames are not, and neither is what the library makes of them: sizes are
// bounded before it allocates, and the planes it answers with are checked before
// they become slices. Of its structures only the first fields are read, at places
// that have not moved from version 58 to 62, the versions that are accepted; all
// else is asked of its functions.
//
// # Colours
//
// Pictures are YCbCr 4:2:0. Bit streams may say whether they mean BT.601 or BT.709,
// and of limited or full range; where one does not, it is BT.601 up to 576 rows,
// BT.709 above, and limited range. VP8 cannot say it: what it has for that is a
// constant, whatever the encoder was given.
//
// [Picture.RGBA] interpolates chroma, as codec/jpeg does, as lying in the middle
// of the pixels that it stands for.
package video
