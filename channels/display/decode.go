package display

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"time"

	"saffron/codec/bitmap"
	"saffron/codec/glz"
	"saffron/codec/jpeg"
	"saffron/codec/lz"
	"saffron/codec/lz4"
	"saffron/codec/quic"
	"saffron/render"
)

// A decoding is an image on its way from bytes to pixels. run or runInWindow
// sets pixels or err and tells done; the committer reads them after that, and
// nobody else does.
type decoding struct {
	h       *Handler
	img     *Image
	palette []color.RGBA // resolved by the reader
	onARGB  bool         // for an operation on a surface with alpha
	err     error        // what the reader found wrong, or decoding
	pixels  *image.RGBA
	loan    glz.Loan      // of the pixels, if lent
	lent    bool          // the pixels are the window's
	alpha   bool          // the fourth byte of pixels is alpha
	done    chan struct{} // capacity 1; told once
	took    time.Duration // see Options.Timed
}

// prepare makes d the image of an operation on a surface. The reader calls it in
// message order: palettes are settled here.
func (h *Handler) prepare(d *decoding, img *Image, surface uint32) {
	d.h, d.img, d.onARGB = h, img, h.formats[surface] == render.FormatARGB
	if d.done == nil {
		d.done = make(chan struct{}, 1)
	}
	if img.Type == ImageBitmap || img.Type == ImageLZPalette {
		d.palette, d.err = h.palettes.resolve(img, h.formats[surface])
	}
	if d.err == nil && d.encoded() {
		d.err = d.checkSize()
	}
}

func (d *decoding) checkSize() error {
	n := uint64(d.img.Width) * uint64(d.img.Height) // as int64 it could overflow
	switch {
	case n == 0:
		return fmt.Errorf("display: %s image of %dx%d pixels", d.img.Type, d.img.Width, d.img.Height)
	case n > uint64(d.h.o.MaxImagePixels):
		return fmt.Errorf("display: %s image of %dx%d pixels; the limit is %d pixels",
			d.img.Type, d.img.Width, d.img.Height, d.h.o.MaxImagePixels)
	}
	return nil
}

// encoded reports whether the image carries pixels of its own.
func (d *decoding) encoded() bool {
	switch d.img.Type {
	case ImageSurface, ImageFromCache, ImageFromCacheLossless:
		return false
	}
	return true
}

// inDictionary reports whether the image must be decoded in the lane.
func (d *decoding) inDictionary() bool {
	return d.img.Type == ImageGLZRGB || d.img.Type == ImageZlibGLZRGB
}

// small reports whether handing the image to somebody else costs more than
// decoding it: to wake a goroutine takes as long as some thousand pixels, more
// of those formats that are little more than copied.
func (d *decoding) small() bool {
	limit := int64(1 << 10)
	switch d.img.Type {
	case ImageBitmap, ImageLZ4, ImageLZRGB, ImageLZPalette, ImageGLZRGB:
		limit = 1 << 14
	}
	return d.err != nil || int64(d.img.Width)*int64(d.img.Height) <= limit
}

// pixelBytes is what the decoded image will hold.
func (d *decoding) pixelBytes() int64 {
	if d.err != nil || !d.encoded() {
		return 0
	}
	return 4 * int64(d.img.Width) * int64(d.img.Height)
}

// run decodes an image that depends on nothing else. Any goroutine.
func (d *decoding) run() {
	defer d.finished()
	d.h.pipe.pause("worker")
	if d.err != nil {
		return
	}
	d.pixels = d.newPixels()
	begin := d.begin()
	d.alpha, d.err = d.decode(d.pixels)
	d.spent(begin)
	d.finish()
}

// begin returns the time if decoding is timed; spent adds what has passed since.
func (d *decoding) begin() (at time.Time) {
	if d.h.timed() {
		at = time.Now()
	}
	return at
}

func (d *decoding) spent(since time.Time) {
	if !since.IsZero() {
		d.took += time.Since(since)
	}
}

// finished hands the image to the committer: d is not touched any more.
func (d *decoding) finished() { d.done <- struct{}{} }

// newPixels returns what to decode into. An image that goes into the cache gets
// memory of just its size: it may stay for long.
func (d *decoding) newPixels() *image.RGBA {
	width, height := int(d.img.Width), int(d.img.Height)
	if d.img.Flags&(FlagCacheMe|FlagCacheReplaceMe) != 0 {
		return image.NewRGBA(image.Rect(0, 0, width, height))
	}
	return takePixels(width, height)
}

// runInWindow decodes a GLZ image, waiting for images of other channels that
// it refers to. One that cannot be decoded is given up in the window, so that
// nobody waits for it.
func (d *decoding) runInWindow(ctx context.Context) {
	defer d.finished()
	if d.err == nil {
		d.decodeGLZ(ctx)
	}
	if d.err != nil {
		d.h.o.Shared.Window.Abandon(d.header())
	}
}

// tryInWindow is runInWindow for an image for which nothing has to be waited
// for. Otherwise it returns false, and has changed nothing.
func (d *decoding) tryInWindow() bool {
	if d.err != nil || d.img.Type != ImageGLZRGB {
		return false
	}
	c, err := glz.DecodeConfig(d.img.Data)
	if err != nil || !d.canBorrow(c) {
		return false
	}
	shared := d.h.o.Shared
	shared.reach(d.h.id, c.ID)
	begin := d.begin()
	err = d.enter(shared.Window, d.img.Data)
	d.spent(begin)
	var missing *glz.MissingError
	if errors.As(err, &missing) {
		return false
	}
	d.alpha, d.err = c.Type == lz.RGBA, err
	d.finish()
	d.finished()
	return true
}

func (d *decoding) decodeGLZ(ctx context.Context) {
	defer d.finish()
	data := d.img.Data
	if d.img.Type == ImageZlibGLZRGB {
		begin := d.begin()
		data, d.err = d.inflate()
		d.spent(begin)
		if d.err != nil {
			return
		}
	}
	c, err := glz.DecodeConfig(data)
	if err != nil {
		d.err = err
		return
	}
	d.h.o.Shared.reach(d.h.id, c.ID)
	d.alpha = c.Type == lz.RGBA
	if !d.canBorrow(c) {
		d.pixels = d.newPixels()
	}
	d.err = d.decodeInWindow(ctx, data)
}

// canBorrow reports whether the pixels can be left in the window's memory: those
// of a cached image would be there for long.
func (d *decoding) canBorrow(c glz.Config) bool {
	return c.TopDown && c.Width == int(d.img.Width) && c.Height == int(d.img.Height) &&
		d.img.Flags&(FlagCacheMe|FlagCacheReplaceMe|FlagHighBitsSet) == 0
}

// enter decodes the image into the window.
func (d *decoding) enter(window *glz.Window, data []byte) error {
	if d.pixels != nil {
		return window.Decode(d.pixels, data)
	}
	if err := window.Lend(&d.loan, data); err != nil {
		return err
	}
	d.pixels, d.lent = &d.loan.Image, true
	return nil
}

// header returns the beginning of a GLZ image, which names it.
func (d *decoding) header() []byte {
	if d.img.Type != ImageZlibGLZRGB {
		return d.img.Data
	}
	header := make([]byte, glz.HeaderSize)
	_ = glz.Inflate(header, d.img.Data) // fails, since there is more
	return header
}

// windowWait bounds how long an image waits for those it refers to, while there
// is a channel that could bring them.
const windowWait = 30 * time.Second

var errWindowWait = errors.New("an image that it refers to never came")

func (d *decoding) decodeInWindow(ctx context.Context, data []byte) error {
	shared := d.h.o.Shared
	var buried uint64 // before this, images are given up
	limited := false  // ctx is limited; rarely does an image wait at all
	for {
		leaving := shared.leaving()
		floor := shared.floor() // before decoding: who has left may have brought it first
		begin := d.begin()
		err := d.enter(shared.Window, data)
		d.spent(begin)
		var missing *glz.MissingError
		switch {
		case !errors.As(err, &missing):
			return err
		case missing.ID < buried: // an empty window cannot give up what it never had
			return errWindowWait
		case missing.ID < floor:
			shared.Window.Bury(floor)
			buried = floor
		default:
			if !limited {
				limited = true
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeoutCause(ctx, windowWait, errWindowWait)
				defer cancel()
			}
			if err := waitInWindow(ctx, leaving, shared.Window, missing.ID); err != nil {
				return err
			}
		}
	}
}

// waitInWindow returns when image id has come, and also when leaving ends: then
// it has to be seen whether it still can.
func waitInWindow(ctx, leaving context.Context, window *glz.Window, id uint64) error {
	wait, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(leaving, cancel)()
	err := window.Wait(wait, id)
	if err != nil && ctx.Err() == nil && leaving.Err() != nil && !errors.Is(err, glz.ErrReset) {
		return nil
	}
	return err
}

// inflate unpacks a ZLIB_GLZ image, in memory of the lane's that the next one
// overwrites. A GLZ stream is hardly ever larger than its
// pixels, and zlib shrinks nothing to less than 1/1032: what claims more is
// refused before memory is made.
func (d *decoding) inflate() ([]byte, error) {
	limit := min(5*int64(d.img.Width)*int64(d.img.Height)+4096, 1032*int64(len(d.img.Data)))
	if int64(d.img.Inflated) > limit {
		return nil, fmt.Errorf("%d bytes of zlib_glz claim to be %d", len(d.img.Data), d.img.Inflated)
	}
	data := d.h.pipe.scratch(int(d.img.Inflated))
	err := glz.Inflate(data, d.img.Data)
	return data, err
}

// release gives the memory of the pixels back, which nothing refers to any more.
func (d *decoding) release() {
	if d.lent {
		d.loan.Return()
		d.lent = false
		return
	}
	givePixels(d.pixels)
}

// finish counts the result and applies the image's own flags.
func (d *decoding) finish() {
	if d.err != nil {
		d.release()
		d.pixels = nil
		d.err = fmt.Errorf("display: %s image of %dx%d pixels: %w", d.img.Type, d.img.Width, d.img.Height, d.err)
		return
	}
	d.h.stats.image(d.img, d.took)
	if d.img.Flags&FlagHighBitsSet != 0 && !d.alpha && !d.isMask() {
		for i := 3; i < len(d.pixels.Pix); i += 4 {
			d.pixels.Pix[i] = 0xff
		}
	}
}

// isMask reports whether the image is one-bit without colours: its fourth bytes
// are the bits.
func (d *decoding) isMask() bool {
	return d.img.Type == ImageBitmap && bitmap.Format(d.img.Format).BitsPerPixel() == 1 && len(d.palette) == 0
}

// decode runs the codec that the image names and reports whether the fourth
// byte is alpha.
func (d *decoding) decode(dst *image.RGBA) (alpha bool, err error) {
	data := d.img.Data
	switch d.img.Type {
	case ImageBitmap:
		f := bitmap.Format(d.img.Format)
		// The reference takes entries of palettes for pixels of the surface.
		alpha := f == bitmap.RGBA || f == bitmap.A8 || d.onARGB && len(d.palette) > 0
		return alpha, bitmap.Decode(dst, data, bitmap.Config{
			Format: f, Width: int(d.img.Width), Height: int(d.img.Height), Stride: int(d.img.Stride),
			TopDown: d.img.PaletteFlags&FlagTopDown != 0, Palette: d.palette,
		})
	case ImageQUIC:
		c, err := quic.DecodeConfig(data)
		if err != nil {
			return false, err
		}
		return c.Type == quic.RGBA, quic.Decode(dst, data)
	case ImageLZRGB, ImageLZPalette:
		c, err := lz.DecodeConfig(data)
		if err != nil {
			return false, err
		}
		return c.Type == lz.RGBA || c.Type == lz.A8, lz.Decode(dst, data, d.palette)
	case ImageLZ4:
		c, err := lz4.DecodeConfig(data)
		if err != nil {
			return false, err
		}
		return c.Format == bitmap.RGBA || c.Format == bitmap.A8, lz4.Decode(dst, data)
	case ImageJPEG:
		return false, jpeg.Decode(dst, data)
	case ImageJPEGAlpha:
		return true, jpeg.DecodeAlpha(dst, data, int(d.img.JPEGSize), d.img.JPEGFlags&1 != 0)
	}
	return false, errImageType // the parser knows no other
}
