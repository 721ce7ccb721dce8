package glz

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"

	"saffron/codec/lz"
)

// A MissingError reports that an image refers to one that has not arrived yet.
// The image can be decoded once Window.Wait has returned for the missing one.
type MissingError struct{ ID uint64 }

func (e *MissingError) Error() string {
	return fmt.Sprintf("glz: image %d has not arrived yet", e.ID)
}

// ErrReset reports that the window was reset while an image was decoded or
// waited for. The image belongs to a dictionary that is no more.
var ErrReset = errors.New("glz: the window was reset")

// A Window is the dictionary of a session. All display channels share it.
// Its methods may be called by any goroutine.
type Window struct {
	maxPixels int // of one image, and of those the server may refer to
	maxImages int // that the server may refer to

	mu  sync.Mutex
	set *set // replaced by Reset
}

// NewWindow returns an empty window of a size in pixels, the one announced to
// the server as glz_dictionary_window_size, of which no more than 1<<25 count.
//
// The window may have to hold more than the server refers to: images whose room
// the server has made but not announced yet, and those that arrive before their
// time. It holds up to four times as many pixels and refuses images beyond that.
func NewWindow(pixels int) *Window {
	pixels = max(0, min(pixels, maxPixels))
	return &Window{
		maxPixels: pixels,
		// Images of no more than 128 pixels over the whole window, and some.
		maxImages: pixels/128 + 2048,
		set:       newSet(),
	}
}

// Decode decodes an image into dst, whose bounds must have the encoded size, and
// enters it in the window. If dst is nil it only does the latter.
// The fourth byte of a pixel is alpha if the type is RGBA, and 0 otherwise.
//
// Images of one channel must be decoded in their order; those of different
// channels may be decoded at the same time. If the image refers to one that is
// not here yet, the error is a *MissingError and the window is unchanged; so it
// is if the window is full until a missing image arrives. An image that cannot
// be decoded for any other reason leaves a tombstone, unless the window was reset
// meanwhile, which is ErrReset. On error the pixels of dst are undefined.
func (w *Window) Decode(dst *image.RGBA, src []byte) error {
	cfg, err := w.configFor(dst, src)
	if err != nil {
		w.Abandon(src)
		return err
	}
	d, err := w.begin(cfg)
	if err != nil {
		return err
	}
	return w.finish(d, d.decode(dst, src))
}

// A Loan is a decoded image in the window's own memory, which is not written
// until it is given back.
type Loan struct {
	Image image.RGBA

	w       *Window
	set     *set
	picture *picture
}

// Lend is Decode for an image whose first row is its top one: it saves the copy.
// The caller reads the loan's Image and calls Return once.
func (w *Window) Lend(l *Loan, src []byte) error {
	cfg, err := w.configFor(nil, src)
	if err == nil && !cfg.TopDown {
		err = UnsupportedError("lending an image that is bottom up")
	}
	if err != nil {
		w.Abandon(src)
		return err
	}
	d, err := w.begin(cfg)
	if err != nil {
		return err
	}
	*l = Loan{w: w, set: d.set, picture: d.img}
	l.Image = image.RGBA{Pix: d.img.pix, Stride: 4 * cfg.Width, Rect: image.Rect(0, 0, cfg.Width, cfg.Height)}
	d.lend = true
	return w.finish(d, d.decode(nil, src))
}

// Return gives the memory of the image back: nobody may read it any more. Any
// goroutine.
func (l *Loan) Return() {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.Image.Pix = nil
	l.set.unpin(l.picture)
}

// configFor reads the header of an image that has to fit in the window and to
// fill dst.
func (w *Window) configFor(dst *image.RGBA, src []byte) (Config, error) {
	cfg, err := DecodeConfig(src)
	if err != nil {
		return Config{}, err
	}
	if cfg.Width*cfg.Height > w.maxPixels {
		return Config{}, FormatError(fmt.Sprintf("size %dx%d in a window of %d pixels", cfg.Width, cfg.Height, w.maxPixels))
	}
	if dst != nil && (dst.Rect.Dx() != cfg.Width || dst.Rect.Dy() != cfg.Height) {
		return Config{}, FormatError(fmt.Sprintf("size %dx%d, want %dx%d", cfg.Width, cfg.Height, dst.Rect.Dx(), dst.Rect.Dy()))
	}
	return cfg, nil
}

// begin makes the room for an image, or leaves a tombstone if there is none.
func (w *Window) begin(cfg Config) (*decoder, error) {
	n := cfg.Width * cfg.Height
	s, err := w.reserve(cfg.ID, n)
	if err != nil {
		return nil, err
	}
	d := decoders.Get().(*decoder)
	*d = decoder{w: w, set: s, cfg: cfg, img: newPicture(4 * n), pinned: d.pinned[:0]}
	d.img.id = cfg.ID
	d.img.oldest = cfg.ID - uint64(cfg.HeadDist)
	d.img.alpha = cfg.Type == lz.RGBA
	return d, nil
}

// decoders are not in use.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// reserve counts the n pixels of image id.
//
// An image that is beyond the next in sequence and finds the window full has to
// wait for the next one, which makes room. That one must not find it full, nor one
// from before, so they may take more: the images that are beyond take 2 windows at
// most, and the others another 2.
func (w *Window) reserve(id uint64, n int) (*set, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.set
	if s.received(id) {
		return nil, repeated(id)
	}
	windows := 4
	if s.started && id > s.next {
		windows = 2
	}
	if s.pixels+n > windows*w.maxPixels || len(s.images) >= windows*w.maxImages {
		if s.started && id > s.next {
			return nil, &MissingError{ID: s.next}
		}
		w.bury(s, id)
		return nil, FormatError(fmt.Sprintf("image %d: the window is full, with %d pixels in %d images", id, s.pixels, len(s.images)))
	}
	s.pixels += n
	return s, nil
}

// finish gives back what d used, d itself among it, and enters its image or a
// tombstone.
func (w *Window) finish(d *decoder, err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, img, lend := d.set, d.img, d.lend
	for _, p := range d.pinned {
		s.unpin(p)
	}
	clear(d.pinned)
	*d = decoder{pinned: d.pinned[:0]}
	decoders.Put(d)
	switch {
	case w.set != s:
		err = ErrReset
	case err == nil && s.received(img.id):
		err = repeated(img.id)
	case err == nil:
		if lend {
			img.pins++
		}
		s.enter(img)
		return nil
	case !isMissing(err):
		w.bury(s, img.id)
	}
	s.discard(img)
	return err
}

func isMissing(err error) bool {
	var missing *MissingError
	return errors.As(err, &missing)
}

func repeated(id uint64) error { return FormatError(fmt.Sprintf("image %d has arrived before", id)) }

// Abandon leaves a tombstone for an image that could not be received whole, as
// when Inflate fails. src is what there is of it; without a complete header
// nothing can be done, and nothing is.
func (w *Window) Abandon(src []byte) {
	cfg, err := identify(src)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bury(w.set, cfg.ID)
}

// Bury gives up all images with an id less than before that have not arrived:
// those that refer to them fail, and the window does without them. That is for
// when a channel has ended and the others, each of which brings its images in
// the order of their ids, are all past before. It has no effect on an empty
// window.
func (w *Window) Bury(before uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set.giveUp(before)
}

// bury enters a tombstone, if the image is not here and there is room.
// w.mu is held.
func (w *Window) bury(s *set, id uint64) {
	if !s.received(id) && len(s.images) < 4*w.maxImages {
		s.enter(&picture{id: id})
	}
}

// Wait returns nil when there is no more to wait for: image id has arrived, as
// an image or a tombstone, or has even been released. Otherwise it returns an
// error when ctx ends, or ErrReset when the window is reset.
func (w *Window) Wait(ctx context.Context, id uint64) error {
	w.mu.Lock()
	s := w.set
	for !s.received(id) {
		changed := s.wait()
		w.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("glz: waiting for image %d: %w", id, context.Cause(ctx))
		}
		w.mu.Lock()
		if w.set != s {
			w.mu.Unlock()
			return ErrReset
		}
	}
	w.mu.Unlock()
	return nil
}

// Reset empties the window, as for a new session or server. What is being
// decoded or waited for ends with ErrReset.
func (w *Window) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set.close()
	w.set = newSet()
}

// Stats returns how many images the window holds, tombstones among them, and
// their pixels, with those of the images that are being decoded.
func (w *Window) Stats() (images, pixels int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.set.images), w.set.pixels
}

// pin returns the image that m in d's image refers to, and keeps it from being
// released until finish.
func (w *Window) pin(d *decoder, m reference) (*picture, error) {
	if uint64(m.image) > uint64(d.cfg.HeadDist) {
		return nil, FormatError(fmt.Sprintf("byte %d: reference %d images back, but the oldest is %d back", m.at, m.image, d.cfg.HeadDist))
	}
	id := d.cfg.ID - uint64(m.image)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.set != d.set {
		return nil, ErrReset
	}
	p := d.set.images[id]
	switch {
	case p == nil && d.set.received(id):
		return nil, FormatError(fmt.Sprintf("byte %d: reference to image %d, which has been released or given up", m.at, id))
	case p == nil:
		return nil, &MissingError{ID: id}
	case p.pix == nil:
		return nil, FormatError(fmt.Sprintf("byte %d: reference to image %d, which could not be decoded", m.at, id))
	}
	p.pins++
	d.pinned = append(d.pinned, p)
	return p, nil
}
