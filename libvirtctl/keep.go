package libvirtctl

import (
	"context"
	"errors"
	"time"
)

// How long Keep waits between attempts: at first, and at most.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
)

// A Keeper is told what becomes of a kept connection. Its functions are called
// one at a time; nil ones are left out.
type Keeper struct {
	// Up is given each new connection. It must return soon. Keep closes the
	// host; a host that was lost stays lost, and the next one is another.
	Up func(h *Host)
	// Down is told that there is no connection, why, and after which time Keep
	// tries again.
	Down func(err error, again time.Duration)
}

// Keep holds a connection until ctx ends: it connects, waits until the
// connection is lost, and connects again, after pauses that grow up to half a
// minute while the host does not answer. What waiting cannot mend, such as a
// URI that is wrong or a password, ends it: it returns a *ConnectError, or ctx's
// cause.
func Keep(ctx context.Context, name string, o *Options, k Keeper) error {
	pause := firstPause
	for {
		h, err := Connect(ctx, name, o)
		if err == nil {
			pause = firstPause
			if k.Up != nil {
				k.Up(h)
			}
			select {
			case <-h.Lost():
			case <-ctx.Done():
			}
			err = h.LostCause()
			h.Close()
		}
		var failed *ConnectError
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.As(err, &failed) && (failed.Stage == StageResolve || failed.Stage == StageAuth):
			return err
		}
		if k.Down != nil {
			k.Down(err, pause)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		pause = min(2*pause, lastPause)
	}
}
