package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// drops are what was dropped onto a window and is being sent to the guest. Its
// methods may be called by any goroutine.
type drops struct {
	mu  sync.Mutex
	all map[*sending]func() // guarded by mu; what cancels each
}

var errCancelled = errors.New("you have cancelled it")

// dropped sends what was dropped onto the window, and returns when that has ended.
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
	defer cancel(nil)
	v.drop.begin(sends, func() { cancel(errCancelled) })
	v.wake()
	_ = sends.run(ctx) // outcome says it
	v.drop.finish(sends)
	if !errors.Is(context.Cause(ctx), errCancelled) {
		v.toast(sends.outcome(left))
	} else {
		v.toast("Sending files was cancelled.\nThe guest forgets what is not whole.")
	}
	v.wake()
}

func (d *drops) begin(s *sending, cancel func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[*sending]func(){}
	}
	d.all[s] = cancel
}

func (d *drops) finish(s *sending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.all, s)
}

// stop cancels what is being sent.
func (d *drops) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, cancel := range d.all {
		cancel()
	}
}

// running reports whether something is being sent.
func (d *drops) running() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.all) > 0
}

// note returns what the window says meanwhile, "" for nothing.
func (d *drops) note() string {
	d.mu.Lock()
	all := slices.Collect(maps.Keys(d.all))
	d.mu.Unlock()
	return sendingNote(all)
}

// fileCommands are those of files for the guest.
func (v *viewer) fileCommands() []command {
	list := []command{v.copiedCommand()}
	if v.drop.running() {
		list = append(list, command{name: "cancel-files", label: "Cancel sending files", do: v.drop.stop})
	}
	return list
}
