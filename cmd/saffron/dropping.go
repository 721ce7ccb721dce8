package main

import (
	"context"
	"errors"
	"sync"
)

// A drop is what was dropped onto a window and is being sent to the guest. Its
// methods may be called by any goroutine.
type drop struct {
	mu     sync.Mutex
	now    *sending           // guarded by mu; nil while nothing is sent
	cancel context.CancelFunc // guarded by mu; of now
}

var errCancelled = errors.New("you have cancelled it")

// dropped sends what was dropped onto the window, if nothing else is being sent.
func (v *viewer) dropped(paths []string) {
	s := v.console.current()
	switch {
	case !v.console.settings.policy.allowsDrop():
		v.toast("Sending files to the guest is not allowed here")
		return
	case v.flags.viewOnly:
		v.toast("Files are not sent from a window that only shows")
		return
	case s == nil || !s.Agent().Ready():
		v.toast("Files need an agent in the guest (spice-vdagent).\nThere is none now.")
		return
	}
	files, left, err := listFiles(paths)
	if err != nil {
		v.toast("The files were not sent: " + err.Error())
		return
	}
	if len(files) == 0 && len(left) == 0 {
		v.toast("There are no files in that folder")
		return
	}
	sends := newSending(s.Agent(), files, v.wake)
	ctx, cancel := context.WithCancelCause(context.Background())
	if !v.drop.begin(sends, func() { cancel(errCancelled) }) {
		v.toast("Other files are being sent.\nWait for them, or cancel them in the menu.")
		return
	}
	defer cancel(nil)
	v.wake()
	_ = sends.run(ctx) // outcome says it
	v.drop.finish()
	if !errors.Is(context.Cause(ctx), errCancelled) {
		v.toast(sends.outcome(left))
	} else {
		v.toast("Sending files was cancelled.\nThe guest forgets what is not whole.")
	}
	v.wake()
}

// begin makes s what is being sent, unless something else is.
func (d *drop) begin(s *sending, cancel context.CancelFunc) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.now != nil {
		return false
	}
	d.now, d.cancel = s, cancel
	return true
}

func (d *drop) finish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now, d.cancel = nil, nil
}

// stop cancels what is being sent.
func (d *drop) stop() {
	d.mu.Lock()
	cancel := d.cancel
	d.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// running reports whether something is being sent.
func (d *drop) running() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now != nil
}

// note returns what the window says meanwhile, "" for nothing.
func (d *drop) note() string {
	d.mu.Lock()
	now := d.now
	d.mu.Unlock()
	if now == nil {
		return ""
	}
	return now.note()
}

// fileCommands are those of files for the guest.
func (v *viewer) fileCommands() []command {
	if !v.drop.running() {
		return []command{v.copiedCommand()}
	}
	return []command{{name: "cancel-files", label: "Cancel sending files", do: v.drop.stop}}
}
