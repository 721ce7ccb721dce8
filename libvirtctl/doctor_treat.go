package libvirtctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// Checkup reads what Diagnose wants to know of the domain. A connection that may
// not see passwords finds out less.
func (d *Domain) Checkup(ctx context.Context) (*Checkup, error) {
	c := &Checkup{At: Place{Name: d.Host.RemoteName(), SSH: d.Host.OverSSH()}, Now: time.Now(), Secrets: !d.Host.ReadOnly()}
	state, err := d.State(ctx)
	if err != nil {
		return nil, err
	}
	persistent, err := ask(ctx, d.Host, "describe "+d.Name, func(l *libvirt.Libvirt) (int32, error) { return l.DomainIsPersistent(d.handle()) })
	if err != nil {
		return nil, err
	}
	if state.Active() {
		if c.Live, err = c.read(ctx, d, 0); err != nil {
			return nil, err
		}
	}
	if persistent != 0 || !state.Active() {
		c.Stored, err = c.read(ctx, d, XMLInactive)
	}
	return c, err
}

func (c *Checkup) read(ctx context.Context, d *Domain, flags XMLFlags) (string, error) {
	if c.Secrets {
		text, err := d.XML(ctx, flags|XMLSecure)
		if !IsCode(err, CodeOperationDenied, CodeAccessDenied) {
			return text, err
		}
		c.Secrets = false
	}
	return d.XML(ctx, flags)
}

// A Treatment is what came of mending a finding.
type Treatment struct {
	Finding
	Err error // nil: the stored definition has it now
}

// ErrNoEffect says that libvirt took a change of a definition and the definition
// is as before.
var ErrNoEffect = errors.New("libvirt took the change, but the stored definition is as before")

// Treat mends what is safe to mend, in the stored definition: nothing is removed
// and the running domain is left alone. Each change is verified by reading it
// back, and what it brings to light is mended, too.
func (d *Domain) Treat(ctx context.Context) ([]Treatment, error) {
	var done []Treatment
	tried := func(f Finding) bool {
		return slices.ContainsFunc(done, func(t Treatment) bool { return t.ID == f.ID })
	}
	for {
		c, err := d.Checkup(ctx)
		if err != nil {
			return done, err
		}
		if c.Stored == "" {
			return done, fmt.Errorf("libvirtctl: %s is transient: it has no stored definition to mend", d.Name)
		}
		found, err := examine(c.Stored, false, c)
		if err != nil {
			return done, err
		}
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Safe && !tried(f) })
		if i < 0 {
			return done, nil
		}
		done = append(done, Treatment{Finding: found[i], Err: d.treat(ctx, &found[i], c.Stored)})
	}
}

func (d *Domain) treat(ctx context.Context, f *Finding, stored string) error {
	mended, err := f.edit(stored)
	if err != nil {
		return err
	}
	err = d.Host.call(ctx, "change the definition of "+d.Name, func(l *libvirt.Libvirt) error {
		_, err := l.DomainDefineXMLFlags(mended, libvirt.DomainDefineValidate)
		return err
	})
	if err != nil {
		return err
	}
	c, err := d.Checkup(ctx)
	if err != nil {
		return err
	}
	left, err := examine(c.Stored, false, c)
	if err == nil && slices.ContainsFunc(left, func(l Finding) bool { return l.ID == f.ID }) {
		err = ErrNoEffect
	}
	return err
}
