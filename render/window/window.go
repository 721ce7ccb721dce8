package window

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

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
	// to never. It is called often, by any goroutine, and must neither
	// block nor call the window; call Wake when it changes.
	Relative func() bool

	Fullscreen bool
	// Screen is the name of the monitor to open on, as Screens has it; "" leaves
	// that to the desktop.
	Screen string
	// Cover is the part of the desktop that the window takes, without a frame, at
	// first: several monitors, say. Empty leaves that to Width and Height.
	Cover image.Rectangle
	// Shift is how far from the middle of the screen the window opens, if it is
	// not on the full screen, in pixels of usual density.
	Shift  image.Point
	Mode   render.ViewMode
	Filter Filter
	// Width and Height are the size of the window at first, in device pixels.
	// Zero means that of the head, made smaller if the screen has no room; then
	// the window follows the head when that gets another size, until its user
	// resizes it.
	Width, Height int
	// Resized is told the size of the window's inside in device pixels, at first
	// when it is open and then when it changes, by the window's goroutine. It
	// must neither block nor call the window, Wake aside.
	Resized func(size image.Point)
	// Follow is asked before the window follows the head to another size; nil
	// always lets it. It is called like Status.
	Follow func(guest image.Point) bool
	// ViewOnly keeps the keyboard and the mouse from the Input.
	ViewOnly bool

	Log *slog.Logger // nil is silent
	// Status is shown instead of a picture that is not there yet, or over the
	// last one, dimmed; "" is none. Line breaks are kept. It is called for
	// each frame and must not block; call Wake when it changes.
	Status func() string
	// Hotkeys are the window's own keys; nil means DefaultHotkeys. Where two have
	// one chord the first counts that is available.
	Hotkeys []Hotkey
	// Grab says when the keyboard is grabbed.
	Grab Grab
	// ShiftWheel makes the horizontal wheel, which guests do not have, the other
	// one with Shift; without it nothing comes of it.
	ShiftWheel bool
	// Keymap gives the guest other keys than those that are pressed.
	Keymap []Remap
	// Note is a short text that is shown at the lower edge, below the toasts,
	// while there is neither Status nor a want of a picture. It is called like
	// Status.
	Note func() string
	// Menu is what is to be chosen from before there is a picture, nil when
	// there is nothing to choose. It takes the keyboard and the mouse. It is
	// called like Status.
	Menu func() *Menu
	// Commands returns what the menu at the upper edge offers, asked for by a
	// goroutine of the window each time it opens, and before its tab is shown.
	// Without entries, or if it is nil, there is neither.
	Commands func() []Entry
	// Dropped is told the paths of files and folders that were dropped onto the
	// window, by a goroutine of its own. Nil: they are not taken.
	Dropped func(paths []string)
	// NoTab leaves the upper edge to the guest: only a hotkey opens the menu.
	NoTab bool
	// Statistics returns what the overlay with figures shows, which
	// ToggleStatistics shows. It is called about once a second while that is
	// to be seen, by a goroutine of the window, and not otherwise.
	Statistics func() []StatRow
	// Unclosable keeps the desktop from closing the window.
	Unclosable bool
	// Done closes the window when it is closed; nil never does.
	Done <-chan struct{}
	// OnReady is called once, by a goroutine of its own, when the window is open.
	OnReady func(*Window)
}

func (o *Options) status() string {
	if o.Status == nil {
		return ""
	}
	return o.Status()
}

func (o *Options) menu() *Menu {
	if o.Menu == nil {
		return nil
	}
	return o.Menu()
}

// A Window is an open window. Any goroutine may call its methods; after Run
// has returned they do nothing.
type Window struct {
	o       Options
	log     *slog.Logger
	control *control
	shots   shots
	toasts  toasts
	figures figures
	counts  counts
	serving sync.WaitGroup // goroutines that end with the window
	opened  image.Point    // the size it is opened with, in device pixels

	wake    chan struct{} // a frame is wanted
	ended   chan struct{} // closed when Run returns
	drawn   atomic.Int64  // when a frame was drawn last, in Unix nanoseconds
	closed  atomic.Bool
	turns   atomic.Uint64                         // of the loop
	zoom    atomic.Pointer[func(percent int) int] // asked for, not done yet
	toggles atomic.Int32                          // from full screen to window and back, not done yet
	mode    atomic.Uint32                         // a render.ViewMode
	filter  atomic.Uint32                         // a Filter
	caption atomic.Pointer[string]
}

// How the window calls itself to the desktop.
const (
	className     = "Saffron"
	classInstance = "saffron"
)

// Run opens a window and serves it until it is closed, ctx ends or o.Done is
// closed; then it returns nil. It returns a *NoDisplayError if there is
// nothing to open a window on. It must be called on the main goroutine, and at
// most once in a process.
func Run(ctx context.Context, o *Options) error {
	leave, err := probe()
	if err != nil {
		return err
	}
	defer leave()
	w := newWindow(o)
	size, scale, err := w.measure()
	if err != nil {
		return err
	}
	w.opened = size
	ebiten.SetWindowSize(dip(size, scale))
	ebiten.SetWindowTitle(o.Title)
	ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	openOn(o.Screen)
	ebiten.SetFullscreen(o.Fullscreen)
	ebiten.SetRunnableOnUnfocused(true)
	ebiten.SetScreenClearedEveryFrame(false)
	closable(o)
	ebiten.SetTPS(ebiten.SyncWithFPS)
	stop := context.AfterFunc(ctx, w.Close)
	defer stop()
	w.serving.Go(w.pace)
	if o.Done != nil {
		w.serving.Go(w.await)
	}
	g := &game{w: w}
	if o.Fullscreen {
		g.berth = newBerth(o.Screen)
	} else if !o.Cover.Empty() {
		ebiten.SetWindowDecorated(false)
		g.berth = berth{at: o.Cover, covers: true}
	}
	g.polls.wake = w.Wake
	err = play(g)
	w.closed.Store(true)
	w.figures.stop()
	close(w.ended)
	if g.side != nil {
		g.side.close()
	}
	w.control.blur()
	w.serving.Wait()
	return err
}

func newWindow(o *Options) *Window {
	w := &Window{
		o:       *o,
		log:     o.Log,
		control: newControl(o),
		wake:    make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	w.mode.Store(uint32(o.Mode))
	w.filter.Store(uint32(o.Filter))
	w.SetTitle(o.Title)
	w.control.act = func(h *Hotkey) {
		if h.Action == ToggleFullscreen {
			w.ToggleFullscreen()
		} else if h.Do != nil {
			go h.Do()
		}
	}
	w.control.changed = w.Wake
	w.control.setBar(newBar(o.Commands, !o.NoTab, w.Wake))
	return w
}

// play runs the game. ebiten panics where others return an error.
func play(g *game) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("window: %v", v)
		}
	}()
	err = ebiten.RunGameWithOptions(g, &ebiten.RunGameOptions{X11ClassName: className, X11InstanceName: classInstance})
	if err != nil {
		return fmt.Errorf("window: %w", err)
	}
	return nil
}

// Wake tells that something has changed that the window shows.
func (w *Window) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// pause is the least time between the frames that Wake asks for: what changes
// meanwhile is shown by the next.
const pause = 8 * time.Millisecond

// pace asks for frames when they are wanted, but not too often.
func (w *Window) pace() {
	for {
		select {
		case <-w.ended:
			return
		case <-w.wake:
		}
		if d := pause - time.Since(time.Unix(0, w.drawn.Load())); d > 0 {
			time.Sleep(min(d, pause))
		}
		ebiten.ScheduleFrame()
	}
}

// await closes the window when Done is closed.
func (w *Window) await() {
	select {
	case <-w.ended:
	case <-w.o.Done:
		w.Close()
	}
}

// SetTitle sets the title.
func (w *Window) SetTitle(title string) {
	w.caption.Store(&title)
	w.Wake()
}

// titleNow returns the title, which also says how to get the pointer back.
func (w *Window) titleNow() string {
	title := *w.caption.Load()
	if keys := w.control.releaseKeys(); keys != "" && w.control.isCaptured() {
		title += " — Press " + keys + " to release the pointer"
	}
	return title
}

// SetMode sets how the picture is fitted into the window.
func (w *Window) SetMode(m render.ViewMode) {
	w.mode.Store(uint32(m))
	w.Wake()
}

// Mode returns how the picture is fitted into the window.
func (w *Window) Mode() render.ViewMode { return render.ViewMode(w.mode.Load()) }

// Fullscreen reports whether the window is on the full screen.
func (w *Window) Fullscreen() bool { return w.control.isFullscreen() }

// ReleaseGrabs lets go of a captured pointer and of the keyboard.
func (w *Window) ReleaseGrabs() { w.control.letGoAll() }

// SetGrab says when the window grabs the keyboard, in place of Options.Grab.
func (w *Window) SetGrab(g Grab) { w.control.setGrab(g) }

// Grab returns when the window grabs the keyboard.
func (w *Window) Grab() Grab { return w.control.grabNow() }

// SetLocks makes the local lock keys what they are said to be, without a key
// being pressed, while the window has the focus and where that is possible: on
// X11. Its Input hears nothing of that.
func (w *Window) SetLocks(scroll, num, caps bool) {
	w.control.setLocks(locks{scroll: scroll, num: num, caps: caps})
}

// ToggleMenu opens the menu of Options.Commands, or closes it.
func (w *Window) ToggleMenu() { w.control.flipBar() }

// ToggleFullscreen goes to the full screen or back.
func (w *Window) ToggleFullscreen() {
	w.toggles.Add(1)
	w.Wake()
}

// Close closes the window; Run returns.
func (w *Window) Close() {
	w.closed.Store(true)
	w.Wake()
}

// measure returns the size to open with and the scale of the screen. ebiten
// panics if it finds no screen.
func (w *Window) measure() (size image.Point, scale float64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &NoDisplayError{Err: errors.New(fmt.Sprint(v))}
		}
	}()
	size, scale = w.firstSize()
	return size, scale, nil
}
