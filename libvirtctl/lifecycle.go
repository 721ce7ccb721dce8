package libvirtctl

import (
	"context"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// do checks whether the domain takes an action, and does it.
func (d *Domain) do(ctx context.Context, a Action, affect Affect, call func(l *libvirt.Libvirt) error) (Change, error) {
	c, err := d.Condition(ctx)
	if err != nil {
		return Change{}, err
	}
	note, err := a.Check(d.Name, c)
	if err != nil {
		return Change{}, err
	}
	if err := d.Host.call(ctx, a.String()+" "+d.Name, call); err != nil {
		return Change{}, err
	}
	return Change{Affect: affect, Note: note}, nil
}

// StartOptions say how a domain starts. The zero value is good.
type StartOptions struct {
	Paused      bool // stands still until it is resumed
	AutoDestroy bool // is destroyed when the connection ends
	ForceBoot   bool // boots even if it has a saved state, which is discarded
	Restore     bool // refused unless it has a saved state
	// Progress is told how far the restoring of a saved state is, in bytes,
	// until Start returns. It may be nil.
	Progress func(done, total uint64)
}

// Start starts the domain. One with a saved state is restored from it.
func (d *Domain) Start(ctx context.Context, o StartOptions) (Change, error) {
	var flags libvirt.DomainCreateFlags
	action := Start
	if o.Paused {
		flags |= libvirt.DomainStartPaused
	}
	if o.AutoDestroy {
		flags |= libvirt.DomainStartAutodestroy
	}
	if o.ForceBoot {
		flags |= libvirt.DomainStartForceBoot
	}
	if o.Restore {
		action = Restore
	}
	var change Change
	err := d.withJob(ctx, o.Progress, func(ctx context.Context) error {
		var err error
		change, err = d.do(ctx, action, AffectLive, func(l *libvirt.Libvirt) error {
			_, err := l.DomainCreateWithFlags(d.handle(), uint32(flags))
			return err
		})
		return err
	})
	if o.Restore || o.ForceBoot {
		change.Note = ""
	}
	return change, err
}

// A ShutdownMode is a way to ask a guest (virDomainShutdownFlagValues).
type ShutdownMode uint32

// The ways. ShutdownDefault is the driver's choice: the guest agent if there is
// one, else ACPI's power button.
const (
	ShutdownDefault  ShutdownMode = 0
	ShutdownACPI     ShutdownMode = 1
	ShutdownAgent    ShutdownMode = 2
	ShutdownInitctl  ShutdownMode = 4
	ShutdownSignal   ShutdownMode = 8
	ShutdownParavirt ShutdownMode = 16
)

// Shutdown asks the guest to shut down and returns when it was asked: see
// [Domain.WaitOff].
func (d *Domain) Shutdown(ctx context.Context, mode ShutdownMode) (Change, error) {
	return d.do(ctx, Shutdown, AffectLive, func(l *libvirt.Libvirt) error {
		if mode == ShutdownDefault {
			return l.DomainShutdown(d.handle())
		}
		return l.DomainShutdownFlags(d.handle(), libvirt.DomainShutdownFlagValues(mode))
	})
}

// Reboot asks the guest to reboot.
func (d *Domain) Reboot(ctx context.Context, mode ShutdownMode) (Change, error) {
	return d.do(ctx, Reboot, AffectLive, func(l *libvirt.Libvirt) error {
		return l.DomainReboot(d.handle(), libvirt.DomainRebootFlagValues(mode))
	})
}

// Reset presses the reset button: the guest is not asked.
func (d *Domain) Reset(ctx context.Context) (Change, error) {
	return d.do(ctx, Reset, AffectLive, func(l *libvirt.Libvirt) error { return l.DomainReset(d.handle(), 0) })
}

// Destroy pulls the plug: the guest is not asked. A graceful one fails where
// the domain's process does not end by itself, rather than killing it.
func (d *Domain) Destroy(ctx context.Context, graceful bool) (Change, error) {
	return d.do(ctx, Destroy, AffectLive, func(l *libvirt.Libvirt) error {
		if graceful {
			return l.DomainDestroyFlags(d.handle(), libvirt.DomainDestroyGraceful)
		}
		return l.DomainDestroy(d.handle())
	})
}

// Suspend stops the domain's processors until Resume.
func (d *Domain) Suspend(ctx context.Context) (Change, error) {
	c, err := d.Condition(ctx)
	if err == nil && c.State == Paused {
		note, err := Suspend.Check(d.Name, c)
		return Change{Note: note}, err // some drivers refuse, others do nothing
	}
	return d.do(ctx, Suspend, AffectLive, func(l *libvirt.Libvirt) error { return l.DomainSuspend(d.handle()) })
}

// Resume goes on where Suspend stopped.
func (d *Domain) Resume(ctx context.Context) (Change, error) {
	return d.do(ctx, Resume, AffectLive, func(l *libvirt.Libvirt) error { return l.DomainResume(d.handle()) })
}

// A SleepTarget is where a sleeping guest keeps its memory.
type SleepTarget uint32

// The targets.
const (
	SleepMemory SleepTarget = 0
	SleepDisk   SleepTarget = 1
	SleepHybrid SleepTarget = 2
)

// PMSuspend asks the guest, by its agent, to go to sleep.
func (d *Domain) PMSuspend(ctx context.Context, target SleepTarget) (Change, error) {
	change, err := d.do(ctx, PMSuspend, AffectLive, func(l *libvirt.Libvirt) error {
		return l.DomainPmSuspendForDuration(d.handle(), uint32(target), 0, 0)
	})
	if IsCode(err, CodeArgumentUnsupported, CodeAgentUnresponsive) {
		err = &Refusal{Op: PMSuspend.String() + " " + d.Name, Why: err.(*Error).Message, Err: err,
			Instead: "It is the guest agent that puts a guest to sleep: give the domain the channel org.qemu.guest_agent.0 and run qemu-guest-agent in the guest, or pause it with suspend."}
	}
	return change, err
}

// PMWakeup wakes a sleeping guest.
func (d *Domain) PMWakeup(ctx context.Context) (Change, error) {
	return d.do(ctx, PMWakeup, AffectLive, func(l *libvirt.Libvirt) error { return l.DomainPmWakeup(d.handle(), 0) })
}

// SaveOptions say how a domain is saved. The zero value is good.
type SaveOptions struct {
	BypassCache bool // keeps the file out of the host's cache
	Running     bool // it will run when it is restored, whatever it does now
	Paused      bool // it will be paused when it is restored
	// Progress is told how much is written, in bytes, until Save returns. It
	// may be nil.
	Progress func(done, total uint64)
}

// Save writes the domain's memory to a file that libvirt manages, and stops it:
// the next start goes on from there.
func (d *Domain) Save(ctx context.Context, o SaveOptions) (Change, error) {
	var flags libvirt.DomainSaveRestoreFlags
	if o.BypassCache {
		flags |= libvirt.DomainSaveBypassCache
	}
	if o.Running {
		flags |= libvirt.DomainSaveRunning
	}
	if o.Paused {
		flags |= libvirt.DomainSavePaused
	}
	if err := d.refuseWithJobs(ctx, Save.String()); err != nil {
		return Change{}, err
	}
	var change Change
	err := d.withJob(ctx, o.Progress, func(ctx context.Context) error {
		var err error
		change, err = d.do(ctx, Save, AffectLive, func(l *libvirt.Libvirt) error {
			return l.DomainManagedSave(d.handle(), uint32(flags))
		})
		return err
	})
	if o.Running {
		change.Note = ""
	}
	return change, err
}

// SaveRemove discards what Save has saved: the next start boots.
func (d *Domain) SaveRemove(ctx context.Context) (Change, error) {
	return d.do(ctx, SaveRemove, AffectConfig, func(l *libvirt.Libvirt) error { return l.DomainManagedSaveRemove(d.handle(), 0) })
}

// SetAutostart says whether the domain is started with its host.
func (d *Domain) SetAutostart(ctx context.Context, on bool) (Change, error) {
	return d.do(ctx, Autostart, AffectConfig, func(l *libvirt.Libvirt) error {
		var n int32
		if on {
			n = 1
		}
		return l.DomainSetAutostart(d.handle(), n)
	})
}

// Autostart reports whether the domain is started with its host.
func (d *Domain) Autostart(ctx context.Context) (bool, error) {
	return ask(ctx, d.Host, "autostart of "+d.Name, func(l *libvirt.Libvirt) (bool, error) {
		n, err := l.DomainGetAutostart(d.handle())
		return n != 0, err
	})
}

// offPoll is how often a domain that shuts down is asked whether it is off.
const offPoll = 100 * time.Millisecond

// WaitOff returns when the domain is off, or with the cause of ctx. A transient
// domain is off when it is gone.
func (d *Domain) WaitOff(ctx context.Context) error {
	tick := time.NewTicker(offPoll)
	defer tick.Stop()
	for {
		state, err := d.State(ctx)
		switch {
		case IsCode(err, CodeNoDomain):
			return nil
		case err != nil:
			return err
		case !state.Active():
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}
