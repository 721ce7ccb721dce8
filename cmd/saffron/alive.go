package main

import (
	"context"
	"fmt"
	"time"
)

// guard watches the viewer of a kiosk until ctx ends, and tells the service
// manager how it goes. Without a kiosk it does nothing.
func (v *viewer) guard(ctx context.Context) {
	if v.kiosk == nil {
		return
	}
	if n := restarts(); n > 0 {
		v.app.log.Warn("the program has started anew", "times", n)
	}
	w := newWatchdog(v.app.log, v.kiosk.notify)
	w.watch("window", v.windowTurns)
	w.watch("session", v.sessionMoves)
	w.run(ctx)
}

// windowTurns returns when the loop of the window has gone round, or at once
// while there is nothing that could: a screen that is awaited before there is a
// window is the session's matter.
func (v *viewer) windowTurns(ctx context.Context) error {
	if !v.opening.Load() {
		return nil
	}
	for {
		v.mu.Lock()
		w := v.window
		v.mu.Unlock()
		if w != nil {
			before := w.Turns()
			w.Wake()
			for w.Turns() == before {
				if err := sleep(ctx, signInterval); err != nil {
					return err
				}
			}
			return nil
		}
		if err := sleep(ctx, signInterval); err != nil {
			return err
		}
	}
}

// signInterval is how often signs of life are looked for once they are wanted.
const signInterval = 50 * time.Millisecond

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// probeTime bounds one look at a session; there are many within the limit.
const probeTime = 5 * time.Second

// sessionMoves returns nil if the session's work goes on: the step it is in has
// not taken too long, nothing that all parts need is held, and pictures are
// drawn.
func (v *viewer) sessionMoves(ctx context.Context) error {
	if step, by := v.pulse.overdue(); by > 0 {
		return fmt.Errorf("%s takes %v too long", step, by.Round(time.Second))
	}
	v.title() // needs the locks of viewer and console
	s := v.console.current()
	if s == nil {
		return nil
	}
	s.Info() // needs that of the session
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	return s.Probe(ctx)
}
