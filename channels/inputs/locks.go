package inputs

// SetLocks asks the guest to make its lock keys equal to l, the state here. It
// is meant to be called when the channel opens and when the keyboard comes
// here, and reports whether it did anything.
//
// It does it once, and then not until ReleaseAll says that the keyboard went
// away: a guest with a changed meaning of Caps Lock would be toggled for ever.
// It does nothing while a lock key is down, because that key is about to
// change the guest's state itself.
func (i *Inputs) SetLocks(l Locks) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.synced || i.lockHeld() || !i.begin() {
		return false
	}
	i.synced = true
	i.add(MsgcKeyModifiers, &LockState{l})
	return true
}

// lockHeld reports whether a lock key is down. The caller holds mu.
func (i *Inputs) lockHeld() bool {
	for _, c := range i.held {
		if c.IsLock() {
			return true
		}
	}
	return false
}

// Locks returns the guest's lock keys as the server reported them last.
func (i *Inputs) Locks() Locks {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.locks
}

// OnLocks makes f be called with each report of the guest's lock keys, changed
// or not, by the goroutine that calls Handle. f may call any method.
func (i *Inputs) OnLocks(f func(Locks)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.onLocks = f
}

func (i *Inputs) setGuestLocks(l Locks) {
	i.mu.Lock()
	i.locks = l
	f := i.onLocks
	i.mu.Unlock()
	if f != nil {
		f(l)
	}
}
