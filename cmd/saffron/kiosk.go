package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"saffron/spice"
	"saffron/spice/vv"
)

// Pauses of a kiosk before it connects again. They are doubled up to the longest,
// and after a session up to lasted; one that lasted begins anew. A server that refuses the password is not
// asked often: it may lock the user out.
type kioskPauses struct {
	first, longest, refused, lasted time.Duration
}

var usualPauses = kioskPauses{first: time.Second, longest: 30 * time.Second, refused: 30 * time.Second, lasted: 5 * time.Second}

// A kiosk keeps a viewer going for ever. The goroutine that serves the viewer
// owns it.
type kiosk struct {
	v      *viewer
	pauses kioskPauses
	pause  time.Duration // the next
	home   spice.Options // where the way begins, before a machine moved
	began  time.Time     // when the session was established, zero if there is none
	tries  int           // since a session lasted
	notify *notifier
}

// newKiosk returns nil for a viewer that is none.
func newKiosk(v *viewer) *kiosk {
	if !v.flags.kiosk.on {
		return nil
	}
	return &kiosk{v: v, pauses: usualPauses, home: v.console.options.Link, notify: newNotifier(os.Getenv)}
}

// ready tells the service manager that the window is open. A nil kiosk, here
// and in tell, tells nothing. Any goroutine.
func (k *kiosk) ready() {
	if k == nil {
		return
	}
	if err := k.notify.tell("READY=1"); err != nil {
		k.v.app.log.Warn("the service manager cannot be told", "err", err)
	}
}

// tell tells the service manager what the window says.
func (k *kiosk) tell(status string) {
	if k == nil {
		return
	}
	if status == "" {
		status = "Connected"
	}
	_ = k.notify.tell("STATUS=" + oneLine(status)) // ready has warned
}

// quits reports whether the kiosk ends with its session, or with connecting in
// vain.
func (k *kiosk) quits() bool { return k.v.flags.kiosk.quit == "on-disconnect" }

// again waits before another session, after one has ended or could not be
// established. It is false when the kiosk is to end.
func (k *kiosk) again(ctx context.Context, err error) bool {
	established := !k.began.IsZero()
	if k.quits() || ctx.Err() != nil {
		return false
	}
	k.v.endRecording("the connection has ended")
	message := k.next(err)
	if !established {
		k.goHome()
	}
	k.renew()
	return k.wait(ctx, upperFirst(message))
}

// next settles the pause before the next session, and says why there is none.
func (k *kiosk) next(err error) string {
	established := !k.began.IsZero()
	lasted := established && time.Since(k.began) >= k.pauses.lasted
	k.began = time.Time{}
	code, message, hint := explain(err)
	k.v.app.log.Warn("the kiosk has no session", "err", message, "hint", hint, "code", code, "tries", k.tries)
	longest := k.pauses.longest
	if established { // the server is there: do not let it wait
		longest = min(longest, k.pauses.lasted)
	}
	if lasted {
		k.pause, k.tries = k.pauses.first, 0
	} else {
		k.pause, k.tries = max(k.pauses.first, min(2*k.pause, longest)), k.tries+1
	}
	if code == exitAuth {
		k.pause = max(k.pause, k.pauses.refused)
	}
	return message
}

// goHome forgets to which host a machine has moved: nobody answers there.
func (k *kiosk) goHome() {
	if d := k.v.console.settings.domain; d != nil {
		d.moved = false
		return
	}
	link := &k.v.console.options.Link
	tap := link.Tap
	*link = k.home
	link.Tap = tap
}

// renew takes the password anew: it may have been changed, and one that was
// refused must not stand for ever. A connection file that is still there, or there
// again, is read anew.
func (k *kiosk) renew() {
	ask, s := &k.v.console.ask, k.v.console.settings
	given := s.password
	if s.file != "" {
		if file, err := vv.Load(s.file); err == nil {
			t := file.Target()
			given, t.Password = t.Password, ""
			k.home.Target, k.v.console.options.Link.Target = t, t
		}
	}
	password, err := k.v.flags.choosePassword(given)
	if err != nil {
		k.v.app.log.Warn("the password cannot be read", "err", err)
		return
	}
	ask.given, ask.asked = password, 0
}

// wait shows why there is no picture, and how long it is until the next try.
func (k *kiosk) wait(ctx context.Context, why string) bool {
	until := time.Now().Add(k.pause)
	for {
		left := time.Until(until)
		if left <= 0 {
			return true
		}
		k.v.pulse.enter("waiting", left)
		seconds := int((left + time.Second - 1) / time.Second)
		k.v.say(fmt.Sprintf("%s.\nConnecting again in %d s …", why, seconds))
		select {
		case <-time.After(left - time.Duration(seconds-1)*time.Second):
		case <-k.v.anew: // the wait is what the user wants to end
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// A pulse is how far a viewer's session has got, for a watchdog: each step may
// take a while, and then there has to be another.
type pulse struct {
	mu    sync.Mutex
	step  string        // guarded by mu; "" before the first
	since time.Time     // guarded by mu
	limit time.Duration // guarded by mu; 0 for ever
}

// enter begins a step. Any goroutine.
func (p *pulse) enter(step string, limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step, p.since, p.limit = step, time.Now(), limit
}

// overdue returns which step lasts longer than it may, and by how much.
func (p *pulse) overdue() (step string, by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit == 0 {
		return "", 0
	}
	return p.step, max(0, time.Since(p.since)-p.limit)
}

// connectLimit is how long connecting may take at most: every part of it has a
// limit of its own. endLimit is how long the end of a session may.
const (
	connectLimit = 3 * time.Minute
	endLimit     = 10 * time.Second
)

// connecting begins the step in which a session is made.
func (v *viewer) connecting() {
	limit := connectLimit + 4*v.flags.timeout
	if v.console.settings.domain != nil {
		limit = 0 // it waits for domains and hosts
	}
	v.pulse.enter("connecting", limit)
}

// connected begins the step that lasts as long as the session. The goroutine
// that serves the viewer calls it.
func (v *viewer) connected() {
	v.pulse.enter("session", 0)
	if v.kiosk != nil {
		v.kiosk.began = time.Now()
	}
}

// awaitEnd returns when the session has ended, with the reason.
func (v *viewer) awaitEnd() error {
	<-v.console.current().Done()
	v.pulse.enter("ending", endLimit)
	return v.console.wait()
}

// nobodyToAsk answers no question.
type nobodyToAsk struct{}

func (nobodyToAsk) ask(context.Context, string) (string, error) { return "", errNoTerminal }
