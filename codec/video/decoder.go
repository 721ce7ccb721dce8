package video

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"unsafe"
)

const (
	maxSide  = 8192     // pixels of a picture in a row or column
	maxFrame = 64 << 20 // bytes of a frame
	maxPlane = 2        // bytes from row to row in units of maxSide

	// maxPictures bounds how many pictures are taken out for one frame.
	maxPictures = 64
)

// Formats of pixels that are accepted: 4:2:0 of 8 bits, and the same of full range.
const (
	formatYUV420P  = 0
	formatYUVJ420P = 12
)

// What the library calls the colours of a stream.
const (
	colourBT709     = 1
	colourFCC       = 4
	colourBT470BG   = 5
	colourSMPTE170M = 6

	rangeFull = 2
)

// A Decoder decodes the frames of one stream. It is not safe for concurrent use.
type Decoder struct {
	codec   Codec
	lib     *library
	context *codecContext
	packet  *packet

	// The library empties a frame before it says that it has nothing for it, so
	// there are two: what is shown stays in the other one.
	shown, next *frame

	picture Picture
}

// NewDecoder returns a decoder for a stream. It returns an [UnavailableError] where
// there is none for the codec. The caller must close the decoder.
func NewDecoder(c Codec) (*Decoder, error) {
	lib, t, err := find(c)
	if err != nil {
		return nil, err
	}
	d := &Decoder{codec: c, lib: lib, context: lib.allocContext(t), packet: lib.packetAlloc(), shown: lib.frameAlloc(), next: lib.frameAlloc()}
	if d.context == nil || d.packet == nil || d.shown == nil || d.next == nil {
		d.Close()
		return nil, errors.New("video: out of memory")
	}
	if err := d.open(t); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// open opens the context for pictures of bounded size, each as soon as its frame
// is there: threads share a picture instead of working at several in turn.
func (d *Decoder) open(t *codecType) error {
	var options *dictionary
	defer d.lib.dictFree(&options)
	for _, o := range [][2]string{
		{"flags", "low_delay"},
		{"thread_type", "slice"},
		{"threads", strconv.Itoa(min(runtime.NumCPU(), 4))},
		{"max_pixels", strconv.Itoa(maxSide * maxSide)},
	} {
		if code := d.lib.dictSet(&options, o[0], o[1], 0); code < 0 {
			return fmt.Errorf("video: option %s: %s", o[0], d.lib.text(code))
		}
	}
	if code := d.lib.openContext(d.context, t, &options); code < 0 {
		return &UnavailableError{d.codec, errors.New(d.lib.text(code))}
	}
	return nil
}

// Decode decodes one frame message of the stream. It returns the newest picture
// that came of it, or nil if none did. The picture is good until the next call of
// Decode or Close, of this decoder.
//
// A frame that cannot be decoded gives a [FormatError], and pictures that are not
// 4:2:0 of 8 bits an [UnsupportedError]; the next frame may be given all the same.
// An empty frame does nothing.
func (d *Decoder) Decode(data []byte) (*Picture, error) {
	if d.context == nil {
		return nil, errors.New("video: the decoder is closed")
	}
	d.picture = Picture{}
	d.lib.frameUnref(d.shown)
	if len(data) == 0 {
		return nil, nil // to the library it would be the end of the stream
	}
	if len(data) > maxFrame {
		return nil, UnsupportedError(fmt.Sprintf("frame of %d bytes", len(data)))
	}
	err := d.send(data)
	got, receiveErr := d.receive()
	switch {
	case got:
		return d.show()
	case err != nil:
		return nil, err
	}
	return nil, receiveErr
}

// send gives the library a frame.
func (d *Decoder) send(data []byte) error {
	if code := d.lib.newPacket(d.packet, int32(len(data))); code < 0 {
		return d.format(code)
	}
	defer d.lib.packetUnref(d.packet)
	if d.packet.data == nil || int(d.packet.size) != len(data) {
		return d.unexpected("packet of %d bytes for a frame of %d", d.packet.size, len(data))
	}
	copy(unsafe.Slice(d.packet.data, len(data)), data)
	if code := d.lib.sendPacket(d.context, d.packet); code < 0 {
		return d.format(code)
	}
	return nil
}

// receive takes out all pictures that are ready, and keeps the newest in d.shown.
// It returns whether there is one, and the first error on the way.
func (d *Decoder) receive() (got bool, err error) {
	for range maxPictures {
		switch code := d.lib.receiveFrame(d.context, d.next); {
		case code == errAgain:
			return got, err
		case code == 0:
			got = true
			d.shown, d.next = d.next, d.shown
		case err == nil:
			err = d.format(code)
		}
	}
	return got, err
}

// show makes a picture of d.shown, if it is as we understand it.
func (d *Decoder) show() (*Picture, error) {
	f, lib := d.shown, d.lib
	width, height := int(f.width), int(f.height)
	if width <= 0 || height <= 0 || width > maxSide || height > maxSide {
		return nil, UnsupportedError(fmt.Sprintf("%v: size %dx%d", d.codec, width, height))
	}
	if f.format != formatYUV420P && f.format != formatYUVJ420P {
		return nil, UnsupportedError(fmt.Sprintf("%v: pixel format %s", d.codec, lib.pixelFormatName(f.format)))
	}
	chromaWidth, chromaHeight := (width+1)/2, (height+1)/2
	y, c := int(f.linesize[0]), int(f.linesize[1])
	if y < width || c < chromaWidth || max(y, c) > maxPlane*maxSide || int(f.linesize[2]) != c {
		return nil, d.unexpected("rows of %d, %d and %d bytes for %d pixels", y, c, f.linesize[2], width)
	}
	if f.data[0] == nil || f.data[1] == nil || f.data[2] == nil {
		return nil, d.unexpected("picture without a plane")
	}
	d.picture = Picture{
		Width: width, Height: height,
		Y:       unsafe.Slice(f.data[0], (height-1)*y+width),
		Cb:      unsafe.Slice(f.data[1], (chromaHeight-1)*c+chromaWidth),
		Cr:      unsafe.Slice(f.data[2], (chromaHeight-1)*c+chromaWidth),
		YStride: y, CStride: c,
		HD:        height > 576,
		FullRange: f.format == formatYUVJ420P,
	}
	if d.codec != VP8 {
		d.colours(&d.picture)
	}
	return &d.picture, nil
}

// colours asks what the bit stream says of its colours.
func (d *Decoder) colours(p *Picture) {
	switch d.option("colorspace") {
	case colourBT709:
		p.HD = true
	case colourFCC, colourBT470BG, colourSMPTE170M:
		p.HD = false
	}
	if d.option("color_range") == rangeFull {
		p.FullRange = true
	}
}

// option returns an option of the context, -1 if there is no such.
func (d *Decoder) option(name string) int64 {
	var v int64
	if d.lib.optGetInt(d.context, name, 0, &v) < 0 {
		return -1
	}
	return v
}

// Close frees the decoder and its pictures' memory.
func (d *Decoder) Close() error {
	d.picture = Picture{}
	for _, f := range []**frame{&d.shown, &d.next} {
		if *f != nil {
			d.lib.frameFree(f)
		}
	}
	if d.packet != nil {
		d.lib.packetFree(&d.packet)
	}
	if d.context != nil {
		d.lib.freeContext(&d.context)
	}
	return nil
}

// format returns the error for a code of the library.
func (d *Decoder) format(code int32) error {
	return FormatError(fmt.Sprintf("%v: %s", d.codec, d.lib.text(code)))
}

// unexpected returns the error for an answer of the library that makes no sense.
func (d *Decoder) unexpected(text string, args ...any) error {
	return fmt.Errorf("video: %v: %s gives a "+text, append([]any{d.codec, d.lib.version}, args...)...)
}
