package libvirtctl

import (
	"context"
	"fmt"

	"github.com/digitalocean/go-libvirt"
)

// A Condition is what decides which calls a domain takes.
type Condition struct {
	State       State
	Reason      string // of the state, in words; "": libvirt does not say
	Persistent  bool   // has a stored definition
	ManagedSave bool   // its next start restores what was saved
}

// Condition asks for the domain's condition. What a driver does not tell is
// zero, except that a domain is taken for persistent.
func (d *Domain) Condition(ctx context.Context) (Condition, error) {
	return ask(ctx, d.Host, "state of "+d.Name, func(l *libvirt.Libvirt) (Condition, error) {
		state, reason, err := l.DomainGetState(d.handle(), 0)
		if err != nil {
			return Condition{}, err
		}
		c := Condition{State: State(state), Reason: reasonOf(State(state), int(reason)), Persistent: true}
		if p, err := l.DomainIsPersistent(d.handle()); err == nil {
			c.Persistent = p != 0
		}
		if saved, err := l.DomainHasManagedSaveImage(d.handle(), 0); err == nil {
			c.ManagedSave = saved != 0
		}
		return c, nil
	})
}

// reasons are what libvirt's numbers mean, by state (virDomain*Reason).
var reasons = map[State][]string{
	Running: {"", "booted", "migrated here", "restored", "from a snapshot", "resumed", "a migration was given up",
		"a save was given up", "woken up", "after a crash", "migrating, post-copy", "post-copy migration failed"},
	Paused: {"", "by the user", "migrating", "saving", "dumping", "I/O error", "watchdog", "from a snapshot", "shutting down",
		"taking a snapshot", "crashed", "starting up", "migrating, post-copy", "post-copy migration failed", "a call failed"},
	ShuttingDown: {"", "by the user"},
	ShutOff: {"", "by the guest or on request", "destroyed", "crashed", "migrated away", "saved", "failed to start",
		"from a snapshot", "found by the daemon"},
	Crashed: {"", "the guest panicked"},
}

// reasonOf puts the reason for a state into words.
func reasonOf(s State, reason int) string {
	words := reasons[s]
	switch {
	case reason == 0:
		return ""
	case reason > 0 && reason < len(words):
		return words[reason]
	}
	return fmt.Sprintf("reason %d", reason)
}
