package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"saffron/libvirtctl"
)

// awaitRunning returns when the domain runs, or why it does not. If that is
// asked for it waits by libvirt's events, also for a domain that is yet to be
// defined and over restarts of libvirtd.
func (o *opening) awaitRunning(ctx context.Context) error {
	if !o.flags.wait && !o.keep {
		return o.running(ctx)
	}
	for {
		if err := o.online(ctx); err != nil {
			return err
		}
		err := o.awaitStart(ctx)
		if !errors.Is(err, libvirtctl.ErrLost) || ctx.Err() != nil {
			return err
		}
	}
}

// awaitStart is awaitRunning on one connection.
func (o *opening) awaitStart(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Before the state is asked for, so that no change is missed.
	events, err := o.host.Events(ctx, libvirtctl.KindLifecycle)
	if err != nil {
		return err
	}
	for {
		err := o.running(ctx)
		if err == nil || !o.waitable(err) {
			return err
		}
		reason := err.Error()
		if libvirtctl.IsCode(err, libvirtctl.CodeNoDomain) {
			reason = fmt.Sprintf("there is no domain %s yet", o.name())
		}
		o.say("%s.\nWaiting until it starts …", upperFirst(reason))
		for relevant := false; !relevant; {
			e, more := <-events
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case !more:
				return libvirtctl.ErrLost
			}
			relevant = o.found == nil || e.UUID == o.found.UUID || e.Domain == o.found.Name || e.Kind == libvirtctl.KindMissed
		}
	}
}

// waitable reports whether an error passes when the domain starts.
func (o *opening) waitable(err error) bool {
	var stopped *notRunningError
	return errors.As(err, &stopped) || libvirtctl.IsCode(err, libvirtctl.CodeNoDomain)
}

// A notRunningError says that a domain does not run.
type notRunningError struct {
	name  string
	state libvirtctl.State
}

func (e *notRunningError) Error() string {
	return fmt.Sprintf("%s is not running: %s", e.name, e.state)
}

// running is an error if the domain has no console now.
func (o *opening) running(ctx context.Context) error {
	if err := o.find(ctx); err != nil {
		return err
	}
	state, err := o.found.State(ctx)
	if err != nil {
		return err
	}
	switch state {
	case libvirtctl.Running, libvirtctl.Blocked, libvirtctl.Paused, libvirtctl.PMSuspended:
		return nil
	}
	return &failure{exitConnect, &notRunningError{o.name(), state},
		o.command("start", o.name(), "Start it with %s, or wait until it is started with --wait.")}
}

// Pauses between attempts to reach a libvirtd again.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 5 * time.Second
)

// online makes a new connection if the old one is lost, however long that
// takes.
func (o *opening) online(ctx context.Context) error {
	select {
	case <-o.host.Lost():
	default:
		return nil
	}
	o.host.Close()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		h, err := o.app.host(ctx, &o.flags.libvirtFlags)
		if err == nil {
			o.host = h
			o.app.log.Info("connected to libvirt again")
			return nil
		}
		o.say("The connection to libvirt was lost.\nConnecting again …")
		o.app.log.Debug("no libvirt", "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
