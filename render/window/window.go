package window

import (
	"context"
	"errors"
	"image"
	"log/slog"

	"saffron/render"
)

// Options are the choices of Run. Desktop must be set; the zero value of the
// rest works.
type Options struct {
	Title   string
	Desktop *render.Desktop
	Head    int // which of the desktop's heads to show
	// Cursor is the guest's pointer; nil leaves the local arrow.
	Cursor *render.CursorOverlay
	Input  Input
	// Relative says whether the mouse is wanted as relative motion (server
	// mouse mode), for which the pointer is captured by a click. It defaults
	// to never. It is called often, by any goroutine, and must not block.
	Relative func() bool

	Fullscreen bool
	Mode       render.ViewMode
	// Width and Height are the size of the window at first, in device pixels.
	// Zero means that of the head as far as the screen has room.
	Width, Height int
	// ViewOnly keeps the keyboard and the mouse from the Input.
	ViewOnly bool

	Log *slog.Logger // nil is silent
	// Status is shown instead of a picture that is not there yet, or over the
	// last one, dimmed; "" is none. Line breaks are kept. It is called for
	// each frame and must not block.
	Status func() string
	// Done closes the window when it is closed; nil never does.
	Done <-chan struct{}
	// OnReady is called once, by a goroutine of its own, when the window is open.
	OnReady func(*Window)
}

// A Window is an open window. Any goroutine may call its methods; after Run
// has returned they do nothing.
type Window struct{ o Options }

// Run opens a window and serves it until it is closed, ctx ends or o.Done is
// closed; then it returns nil. It returns a *NoDisplayError if there is
// nothing to open a window on. It must be called on the main goroutine, and at
// most once in a process.
func Run(ctx context.Context, o *Options) error {
	return &NoDisplayError{Err: errors.New("not served yet")}
}

// Wake tells that something has changed that the window shows.
func (w *Window) Wake() {}

// Screenshot returns what the window really shows, read back from the screen,
// in device pixels with alpha 255.
func (w *Window) Screenshot(ctx context.Context) (*image.RGBA, error) { return nil, ctx.Err() }

// SetTitle sets the title.
func (w *Window) SetTitle(title string) {}

// ToggleFullscreen goes to the full screen or back.
func (w *Window) ToggleFullscreen() {}

// Close closes the window; Run returns.
func (w *Window) Close() {}
