package main

import (
	"context"
	"image"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels"
	"saffron/render"
	"saffron/render/monitors"
	"saffron/render/window"
)

// resolutionFlags say what becomes of pictures and windows of different sizes.
type resolutionFlags struct {
	mode string
}

func (f *resolutionFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.mode, "resolution", "", "what gives way when picture and window differ: scale the\npicture, resize the guest, or a size such as 1920x1080 that\nthe guest is asked for (default resize, if the guest can)")
	fixed := func(values ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	_ = c.RegisterFlagCompletionFunc("resolution", fixed("scale", "resize", "1920x1080"))
}

func (f *resolutionFlags) check() error {
	if _, _, err := f.asked(); err != nil {
		return usageError("--resolution: %w", err)
	}
	return nil
}

// asked returns the mode that the flags ask for, if they do.
func (f *resolutionFlags) asked() (m monitors.Mode, given bool, err error) {
	if f.mode == "" {
		return monitors.Resize, false, nil
	}
	m, err = monitors.ParseMode(f.mode)
	return m, true, err
}

// A resolution keeps the guest's monitors what the windows and the user want.
// Any goroutine may call its methods; they do not block.
type resolution struct {
	console *console
	view    *viewer
	stir    func() // makes run look
	stirred <-chan struct{}

	mu      sync.Mutex
	plan    *monitors.Planner   // guarded by mu
	asked   bool                // guarded by mu; the mode is somebody's wish, and not only usual
	chosen  bool                // guarded by mu; by flag or by hand: what is remembered does not count
	session *channels.Session   // guarded by mu; that plan is about
	zoom    int                 // guarded by mu; percent that a guest of the window's size is shown with
	sizes   map[int]image.Point // guarded by mu; of windows, by slot

	said monitors.Reason // to the user last; guarded by mu
	id   machineID       // whose remembered mode counts; owned by run
}

func newResolution(v *viewer, f *resolutionFlags, zoom int) *resolution {
	r := &resolution{console: v.console, view: v, zoom: zoom, sizes: map[int]image.Point{}}
	r.stir, r.stirred = signals()
	mode, given, _ := f.asked() // which has been checked
	r.plan, r.asked, r.chosen = monitors.NewPlanner(mode), given, given
	return r
}

// run asks the guest for what is wanted until ctx ends.
func (r *resolution) run(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.stirred:
		case <-t.C:
		}
		if wake := r.step(time.Now()); !wake.IsZero() {
			t.Reset(time.Until(wake))
		}
	}
}

// step looks at what there is and sends what is due. It returns when it is to
// look again at the latest, zero for never.
func (r *resolution) step(now time.Time) (wake time.Time) {
	s := r.console.current()
	if s == nil || isDone(s.Done()) {
		return time.Time{} // who is gone has not refused anything
	}
	if id := r.console.machineID(); id != r.id {
		r.id = id
		r.named()
	}
	heads := map[int]image.Rectangle{}
	for _, h := range r.console.heads() {
		heads[int(h.pointerID())] = h.rect
	}
	r.mu.Lock()
	if s != r.session {
		r.session = s
		r.plan.Reset(now)
	}
	r.plan.Guest(heads, now)
	r.plan.Ready(arranges(s), now)
	send, wake := r.plan.Next(now)
	why, forget := r.plan.Why(), r.plan.Forgets()
	tell := (r.asked || why == monitors.Missing) && why != r.said
	if why != monitors.NoReason {
		r.said = why
	}
	if arranges(s) && r.said == monitors.NoAgent {
		r.said = monitors.NoReason // what was said does not hold any more
	}
	r.mu.Unlock()
	if forget {
		_ = arrange(s, nil) // it fails when there is nothing to forget
	}
	if send != nil {
		r.console.app.log.Debug("asking for monitors", "monitors", send)
		if err := arrange(s, send); err != nil {
			r.console.app.log.Debug("monitors were not asked for", "err", err)
		}
	}
	if text := reasonText(why); text != "" && tell {
		r.view.toast(text)
	}
	return wake
}

// isDone reports whether a channel has been closed.
func isDone(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// reasonText says why a guest does not have the resolution it was asked for.
func reasonText(r monitors.Reason) string {
	switch r {
	case monitors.NoAgent:
		return "The guest has no agent that could change its resolution: the picture is scaled"
	case monitors.Kept:
		return "The guest keeps its screen as it is: the picture is scaled"
	case monitors.Missing:
		return "The guest has not switched the monitor on"
	case monitors.Restless:
		return "The guest goes on changing its resolution: it is not asked any more"
	}
	return ""
}

// named begins with the mode that is remembered for the machine, unless there
// is a better reason.
func (r *resolution) named() {
	text := r.view.pref("resolution")
	mode, err := monitors.ParseMode(text)
	if text == "" || err != nil {
		return
	}
	r.mu.Lock()
	if r.chosen || r.plan.Mode() == mode {
		r.mu.Unlock()
		return
	}
	r.asked = true
	r.plan.SetMode(mode, time.Now())
	r.mu.Unlock()
	r.apply()
}

// set changes the mode by hand, and remembers it for the machine.
func (r *resolution) set(m monitors.Mode) {
	r.mu.Lock()
	r.asked, r.chosen, r.said = true, true, monitors.NoReason
	r.plan.SetMode(m, time.Now())
	r.mu.Unlock()
	r.view.remember("resolution", m.String())
	r.apply()
}

// apply makes the window show the picture as the mode wants it.
func (r *resolution) apply() {
	if w := r.view.shownWindow(); w != nil {
		r.fit(w.Mode())
	}
	r.stir()
}

// fit makes the window fit the picture in a way, see fitting.
func (r *resolution) fit(m render.ViewMode) {
	r.view.withWindow(func(w *window.Window) { w.SetMode(r.fitting(m)) })()
}

// fitting returns how the picture is to be fitted into a window that is to fit
// it in a way.
func (r *resolution) fitting(m render.ViewMode) render.ViewMode {
	resizes := r.mode().Resize
	switch {
	case m == render.Fit && resizes:
		return render.Snug
	case m == render.Snug && !resizes:
		return render.Fit
	}
	return m
}

func (r *resolution) mode() monitors.Mode {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plan.Mode()
}

// resized tells the size of a window, in device pixels, that shows a monitor.
func (r *resolution) resized(slot int, size image.Point) {
	r.mu.Lock()
	r.sizes[slot] = size
	r.plan.Window(slot, r.wanted(size), time.Now())
	r.mu.Unlock()
	r.stir()
}

// wanted returns the size of the guest that fits a window. The caller holds mu.
func (r *resolution) wanted(size image.Point) image.Point {
	if r.zoom <= 0 || size == (image.Point{}) {
		return size
	}
	return image.Pt(max(1, size.X*100/r.zoom), max(1, size.Y*100/r.zoom))
}

// setZoom sets with how many percent a guest is shown that takes the size of its
// window, and returns it. The windows are about to change by as much.
func (r *resolution) setZoom(percent int) int {
	r.mu.Lock()
	r.zoom = percent
	for slot, size := range r.sizes {
		r.plan.Window(slot, r.wanted(size), time.Now())
	}
	r.mu.Unlock()
	return percent
}

// follows reports whether a window is to follow its monitor to a size now.
func (r *resolution) follows(slot int, size image.Point) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plan.Follows(slot, size, time.Now())
}

// place asks for a monitor at a place on the full screen, and switches it on.
func (r *resolution) place(slot int, at image.Rectangle) {
	r.mu.Lock()
	r.plan.Place(slot, at, time.Now())
	if slot > 0 && r.plan.Mode().Resize {
		r.plan.Switch(slot, true, time.Now())
	}
	r.mu.Unlock()
	r.stir()
}

// switchOn asks the guest for a monitor.
func (r *resolution) switchOn(slot int) { r.turn(slot, true) }

// switchOff asks the guest to do without a monitor, which is not shown any more
// whatever it does.
func (r *resolution) switchOff(slot int) { r.turn(slot, false) }

func (r *resolution) turn(slot int, on bool) {
	r.mu.Lock()
	r.said = monitors.NoReason
	r.plan.Switch(slot, on, time.Now())
	r.mu.Unlock()
	r.stir()
}

// off reports whether a monitor was switched off.
func (r *resolution) off(slot int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plan.Off(slot)
}

// slots returns the monitors that the guest has had.
func (r *resolution) slots() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.plan.Slots()
}
