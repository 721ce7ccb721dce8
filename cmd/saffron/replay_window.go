package main

import (
	"context"
	"fmt"
	"image"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"saffron/channels"
	"saffron/render/window"
)

// Keys of the window of a recording, as evdev codes.
const (
	keyMinus      = 12
	keyEqual      = 13 // + with Shift
	keySpace      = 57
	keypadMinus   = 74
	keypadPlus    = 78
	keyHome       = 102
	keyArrowLeft  = 105
	keyArrowRight = 106
	keyEnd        = 107
)

const (
	// jump is how far an arrow key goes.
	jump = 5 * time.Second
	// noteTime is how long a note stays after a key.
	noteTime = 1500 * time.Millisecond
)

// speeds are what + and - go through.
var speeds = []float64{0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32}

// A replayer is a window and the recording that it shows.
type replayer struct {
	app     *app
	console *console
	sounds  *sounds // nil: no sound is played
	name    string  // of the file
	player  *channels.Player

	holding sync.Mutex // held while pictures are held or let go

	mu     sync.Mutex
	window *window.Window // guarded by mu; nil until it is open
	noted  time.Time      // guarded by mu; when a key was pressed last
}

// replayWindow shows a recording until the window is closed.
func (a *app) replayWindow(ctx context.Context, file *os.File, f *replayFlags) error {
	r := &replayer{app: a, name: filepath.Base(file.Name())}
	r.console = a.newConsole(&settings{}, r.redraw)
	if !f.silent {
		r.sounds = newSounds()
		r.console.options.Sinks.Playback = r.sounds.channel
	}
	p, err := r.start(file, f)
	if err != nil {
		return err
	}
	defer p.Close()
	h, err := r.firstHead(ctx, f.display)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var ticking sync.WaitGroup
	ticking.Go(func() { r.tick(ctx) })
	if r.sounds != nil {
		ticking.Go(func() { r.sounds.play(ctx, a, func() {}) })
	}
	err = window.Run(ctx, &window.Options{
		Title: r.title(), Desktop: h.screen.desktop, Head: h.index, Cursor: h.screen.cursor,
		Input: replayKeys{r}, Log: a.log, OnReady: r.ready, Status: r.status, Note: r.note,
	})
	cancel()
	ticking.Wait()
	if err != nil {
		return err
	}
	return r.failure()
}

// start begins to play.
func (r *replayer) start(file io.ReadSeeker, f *replayFlags) (*channels.Player, error) {
	p, err := r.console.newPlayer(file, channels.PlayOptions{
		Speed: f.speed, FullSpeed: f.fullSpeed, Paused: true, Changed: r.moved,
	})
	if err != nil {
		return nil, err
	}
	if f.start > p.Summary().Duration {
		p.Close()
		return nil, &failure{exitOther, fmt.Errorf("the recording lasts only %s", p.Summary().Duration.Round(time.Millisecond)), ""}
	}
	r.mu.Lock()
	r.player = p
	r.mu.Unlock()
	if f.start > 0 {
		p.Seek(f.start)
	}
	p.Pause(false)
	return p, nil
}

// firstHead returns head n. The first may come when the window is open.
func (r *replayer) firstHead(ctx context.Context, n int) (head, error) {
	if n == 0 {
		return head{screen: r.console.screen(0)}, nil
	}
	late := time.After(5 * time.Second)
	for {
		if heads := r.console.heads(); n < len(heads) {
			return heads[n], nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-late:
			return head{}, errNoHead(n, len(r.console.heads()))
		case <-r.player.Done():
			return head{}, r.failure()
		case <-ctx.Done():
			return head{}, ctx.Err()
		}
	}
}

// failure returns why the recording cannot be played on, or nil.
func (r *replayer) failure() error {
	select {
	case <-r.player.Done():
		return &endedError{r.player.Wait()}
	default:
		return nil
	}
}

func (r *replayer) ready(w *window.Window) {
	r.mu.Lock()
	r.window = w
	r.mu.Unlock()
	r.redraw()
}

// redraw brings the window up to date. Any goroutine.
func (r *replayer) redraw() {
	r.mu.Lock()
	w := r.window
	r.mu.Unlock()
	if w != nil {
		w.SetTitle(r.title())
	}
}

// moved follows the player: on its way somewhere the picture stays as it is.
// Any goroutine.
func (r *replayer) moved() {
	r.mu.Lock()
	p := r.player
	r.mu.Unlock()
	if p != nil {
		r.holding.Lock()
		r.console.hold(p.State().Seeking)
		r.holding.Unlock()
	}
	r.redraw()
}

// tick keeps the time in the title.
func (r *replayer) tick(ctx context.Context) {
	t := time.NewTicker(250 * time.Millisecond)
	defer t.Stop()
	shown := ""
	for {
		select {
		case <-t.C:
			if now := r.title() + r.note(); now != shown {
				shown = now
				r.redraw()
			}
		case <-ctx.Done():
			return
		}
	}
}

// title returns what stands in the title of the window now.
func (r *replayer) title() string {
	name := r.console.machine()
	if name == "" {
		name = r.name
	}
	return name + " - " + r.where() + " - Saffron"
}

// where says which moment is shown, and how it goes on.
func (r *replayer) where() string {
	s := r.player.State()
	text := clockText(s.Position) + " of " + clockText(s.Duration)
	switch {
	case s.Seeking:
		text += ", seeking"
	case s.Ended:
		text += ", the end"
	case s.Paused:
		text += ", paused"
	}
	if s.Speed != 1 {
		text += fmt.Sprintf(", %gx", s.Speed)
	}
	return text
}

// clockText returns a time as players show it.
func clockText(d time.Duration) string {
	n := int(d / time.Second)
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

// note is shown over the picture after a key was pressed, and in a pause.
func (r *replayer) note() string {
	s := r.player.State()
	r.mu.Lock()
	recent := time.Since(r.noted) < noteTime
	r.mu.Unlock()
	if recent || s.Paused && !s.Ended || s.Seeking {
		return r.where()
	}
	return ""
}

// status says why there is no picture, or no other any more.
func (r *replayer) status() string {
	if err := r.failure(); err != nil {
		_, message, _ := explain(err)
		return upperFirst(message)
	}
	if len(r.console.heads()) == 0 {
		if r.player.State().Ended {
			return "There is no picture in this recording."
		}
		return "Waiting for the first picture …"
	}
	return ""
}

// press does what a key means.
func (r *replayer) press(evdev uint16) {
	s := r.player.State()
	switch evdev {
	case keySpace:
		if s.Ended {
			r.player.Seek(0)
		}
		r.player.Pause(!s.Paused && !s.Ended)
	case keyArrowLeft:
		r.player.Seek(s.Position - jump)
	case keyArrowRight:
		r.player.Seek(s.Position + jump)
	case keyHome:
		r.player.Seek(0)
	case keyEnd:
		r.player.Seek(s.Duration)
	case keyEqual, keypadPlus:
		r.player.SetSpeed(nextSpeed(s.Speed, 1))
	case keyMinus, keypadMinus:
		r.player.SetSpeed(nextSpeed(s.Speed, -1))
	default:
		return
	}
	r.mu.Lock()
	r.noted = time.Now()
	r.mu.Unlock()
	r.redraw()
}

// nextSpeed returns the speed of the list that is above or below another.
func nextSpeed(now float64, direction int) float64 {
	if direction > 0 {
		for _, s := range speeds {
			if s > now {
				return s
			}
		}
		return now
	}
	for i := len(speeds) - 1; i >= 0; i-- {
		if speeds[i] < now {
			return speeds[i]
		}
	}
	return now
}

// hold keeps the pictures in the windows while others are drawn that nobody
// asked for.
func (c *console) hold(on bool) {
	c.mu.Lock()
	screens := slices.Collect(maps.Values(c.screens))
	c.mu.Unlock()
	for _, s := range screens {
		s.desktop.Hold(on)
	}
}

// replayKeys are the keys of a replayer. There is nothing for the mouse to do.
type replayKeys struct{ r *replayer }

var _ window.Input = replayKeys{}

// Key takes a key, repeated ones too.
func (k replayKeys) Key(evdev uint16, down bool) {
	if down {
		k.r.press(evdev)
	}
}

func (replayKeys) Position(int, image.Point)  {}
func (replayKeys) Motion(int, int)            {}
func (replayKeys) Button(window.Button, bool) {}
func (replayKeys) Wheel(int)                  {}
func (replayKeys) ReleaseAll()                {}
func (replayKeys) Locks(bool, bool, bool)     {}
