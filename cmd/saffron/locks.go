package main

import (
	"time"

	"saffron/channels/inputs"
)

// settleTime is how long the lock keys of the guest may take to follow the
// user's: until then what the guest reports may be old.
const settleTime = 700 * time.Millisecond

// guestLocks are the guest's lock keys, as it reports them.
type guestLocks struct {
	state  inputs.Locks
	speaks bool      // it reports at all: many never do, and seem to have none on
	quiet  time.Time // before that reports may be old
	timer  *time.Timer
}

// setLockSync says which lock keys follow which.
func (g *guestInput) setLockSync(how string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lockSync = how
}

// lockSyncNow returns what setLockSync has set.
func (g *guestInput) lockSyncNow() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lockSync
}

// Locks tells what the local lock keys are when the window gets the focus.
func (g *guestInput) Locks(scroll, num, caps bool) {
	g.mu.Lock()
	g.locks, g.known = locksOf(scroll, num, caps), true
	g.mu.Unlock()
	g.sync()
}

func locksOf(scroll, num, caps bool) (l inputs.Locks) {
	if scroll {
		l |= inputs.ScrollLock
	}
	if num {
		l |= inputs.NumLock
	}
	if caps {
		l |= inputs.CapsLock
	}
	return l
}

// sync makes the guest's lock keys what they were here when the window got the
// focus, if it has had it yet. That happens once for each focus and each
// channel: a guest that does something else with Caps Lock would be toggled for
// ever.
func (g *guestInput) sync() {
	g.mu.Lock()
	locks, wanted := g.locks, g.known && g.lockSync != "off"
	g.guest.quiet = time.Now().Add(settleTime)
	g.mu.Unlock()
	if in := g.console.inputs(); in != nil && wanted {
		in.SetLocks(locks)
	}
}

// opened takes a new inputs channel.
func (g *guestInput) opened() {
	in := g.console.inputs()
	if in == nil {
		return
	}
	in.OnLocks(g.guestReports)
	g.guestReports(in.Locks())
	g.sync()
}

// lockKey notes a key that may change what is locked on both sides.
func (g *guestInput) lockKey(c inputs.Scancode) {
	if !c.IsLock() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guest.quiet = time.Now().Add(settleTime)
}

// guestReports takes the guest's lock keys and makes the local ones follow. It
// sends the guest nothing, so there is no loop.
func (g *guestInput) guestReports(l inputs.Locks) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guest.speaks = g.guest.speaks || l != g.guest.state
	g.guest.state = l
	if g.lockSync == "both" && g.guest.speaks && g.guest.timer == nil {
		g.guest.timer = time.AfterFunc(time.Until(g.guest.quiet), g.follow)
	}
}

// follow makes the local lock keys what the guest's are, once it is sure that
// they are.
func (g *guestInput) follow() {
	g.following.Lock()
	defer g.following.Unlock()
	g.mu.Lock()
	if wait := time.Until(g.guest.quiet); wait > 0 {
		g.guest.timer.Reset(wait)
		g.mu.Unlock()
		return
	}
	g.guest.timer = nil
	l := g.guest.state
	g.locks = l
	g.mu.Unlock()
	g.setLocks(l&inputs.ScrollLock != 0, l&inputs.NumLock != 0, l&inputs.CapsLock != 0)
}
