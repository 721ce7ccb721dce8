package libvirtctl

import (
	"context"
	"fmt"

	"github.com/digitalocean/go-libvirt"
)

// prepare plans a change with flags.
func (d *Domain) prepare(ctx context.Context, op string, a Affect) (Affect, Condition, error) {
	c, err := d.Condition(ctx)
	if err != nil {
		return 0, c, err
	}
	a, err = a.plan(op, c)
	return a, c, err
}

// SetVCPUs sets how many virtual processors the domain has.
func (d *Domain) SetVCPUs(ctx context.Context, n int, a Affect) (Change, error) {
	op := fmt.Sprintf("set the virtual processors of %s to %d", d.Name, n)
	a, c, err := d.prepare(ctx, op, a)
	if err != nil {
		return Change{}, err
	}
	for _, of := range []Affect{AffectLive, AffectConfig} {
		if a&of == 0 {
			continue
		}
		most, err := d.vcpus(ctx, of|Affect(libvirt.DomainVCPUMaximum))
		if err != nil {
			return Change{}, err
		}
		if n < 1 || n > most {
			return Change{}, &Refusal{Op: op, Why: fmt.Sprintf("%s can have 1 to %d", of, most),
				Instead: "Raise the maximum with --maximum --config; it counts from the next start."}
		}
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error { return l.DomainSetVcpusFlags(d.handle(), uint32(n), uint32(a)) })
	return Change{Affect: a, Lasting: a.lasting(c)}, err
}

// SetMaxVCPUs sets how many virtual processors the domain can have at most. It
// can only be stored. The number that the domain starts with is lowered with it.
func (d *Domain) SetMaxVCPUs(ctx context.Context, n int, a Affect) (Change, error) {
	op := fmt.Sprintf("set the maximum of virtual processors of %s to %d", d.Name, n)
	a, c, err := d.prepareStored(ctx, op, a, "virtual processors")
	if err != nil {
		return Change{}, err
	}
	if n < 1 {
		return Change{}, &Refusal{Op: op, Why: "a domain has at least one"}
	}
	change := Change{Affect: a, Lasting: a.lasting(c)}
	now, err := d.vcpus(ctx, AffectConfig)
	if err == nil && now > n {
		change.Note = fmt.Sprintf("it starts with %d now, too", n)
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		return l.DomainSetVcpusFlags(d.handle(), uint32(n), uint32(a)|uint32(libvirt.DomainVCPUMaximum))
	})
	return change, err
}

// prepareStored plans a change of a maximum, which a running domain cannot
// have changed.
func (d *Domain) prepareStored(ctx context.Context, op string, a Affect, of string) (Affect, Condition, error) {
	a, c, err := d.prepare(ctx, op, a)
	if err == nil && a.Live() {
		r := &Refusal{Op: op, Why: "the maximum of " + of + " of a running domain cannot be changed",
			Instead: "Change it for the next start with --config."}
		if !c.Persistent {
			r.Instead = "Shut the domain down, and start it from a changed description."
		}
		return 0, c, r
	}
	return a, c, err
}

func (d *Domain) vcpus(ctx context.Context, flags Affect) (int, error) {
	return ask(ctx, d.Host, "processors of "+d.Name, func(l *libvirt.Libvirt) (int, error) {
		n, err := l.DomainGetVcpusFlags(d.handle(), uint32(flags))
		return int(n), err
	})
}

// A Memory is how much memory a domain has, in bytes.
type Memory struct {
	Current uint64 `json:"current"`
	Max     uint64 `json:"max"`
}

const kib = 1024

// Memory asks how much memory the domain has, or will have at its next start.
func (d *Domain) Memory(ctx context.Context, a Affect) (Memory, error) {
	var flags XMLFlags
	if a == AffectConfig {
		flags = XMLInactive
	}
	x, err := d.parsed(ctx, flags)
	if err != nil {
		return Memory{}, err
	}
	return Memory{Current: x.CurrentMemory.bytes(), Max: x.Memory.bytes()}, nil
}

// SetMemory sets how much memory the domain has, in bytes; whole KiB count.
// How much a running guest gives back or takes is up to its balloon driver.
func (d *Domain) SetMemory(ctx context.Context, bytes uint64, a Affect) (Change, error) {
	op := fmt.Sprintf("give %s %d KiB of memory", d.Name, bytes/kib)
	a, c, err := d.prepare(ctx, op, a)
	if err != nil {
		return Change{}, err
	}
	for _, of := range []Affect{AffectLive, AffectConfig} {
		if a&of == 0 {
			continue
		}
		m, err := d.Memory(ctx, of)
		if err != nil {
			return Change{}, err
		}
		if bytes > m.Max || bytes < kib {
			return Change{}, &Refusal{Op: op, Why: fmt.Sprintf("%s can have at most %d KiB", of, m.Max/kib),
				Instead: "Raise the maximum with set-max-memory --config first; it counts from the next start."}
		}
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		return l.DomainSetMemoryFlags(d.handle(), bytes/kib, uint32(a))
	})
	if err != nil {
		return Change{}, err
	}
	change := Change{Affect: a, Lasting: a.lasting(c)}
	if a.Live() {
		if m, err := d.Memory(ctx, AffectLive); err == nil && m.Current/kib != bytes/kib {
			change.Note = fmt.Sprintf("the guest was asked, and has %d KiB now: its balloon driver decides", m.Current/kib)
		}
	}
	return change, nil
}

// SetMaxMemory sets how much memory the domain can have at most, in bytes;
// whole KiB count. It can only be stored. The memory that the domain starts
// with is lowered with it.
func (d *Domain) SetMaxMemory(ctx context.Context, bytes uint64, a Affect) (Change, error) {
	op := fmt.Sprintf("let %s have at most %d KiB of memory", d.Name, bytes/kib)
	a, c, err := d.prepareStored(ctx, op, a, "memory")
	if err != nil {
		return Change{}, err
	}
	change := Change{Affect: a, Lasting: a.lasting(c)}
	before, err := d.Memory(ctx, AffectConfig)
	if err == nil && before.Current > bytes {
		change.Note = fmt.Sprintf("it starts with %d KiB now, too", bytes/kib)
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		return l.DomainSetMemoryFlags(d.handle(), bytes/kib, uint32(a)|uint32(libvirt.DomainMemMaximum))
	})
	return change, err
}
