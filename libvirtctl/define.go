package libvirtctl

import (
	"context"
	"fmt"
	"strings"

	"github.com/digitalocean/go-libvirt"
)

// Define stores a domain's description, or replaces the stored one of the same
// name and UUID. With validate it is held against libvirt's schema first.
// existed says whether there was one.
func (h *Host) Define(ctx context.Context, description string, validate bool) (d *Domain, existed bool, err error) {
	before, err := h.Domains(ctx)
	if err != nil {
		return nil, false, err
	}
	var flags libvirt.DomainDefineFlags
	if validate {
		flags = libvirt.DomainDefineValidate
	}
	defined, err := ask(ctx, h, "define a domain", func(l *libvirt.Libvirt) (libvirt.Domain, error) {
		return l.DomainDefineXMLFlags(description, flags)
	})
	if err != nil {
		return nil, false, err
	}
	d = newDomain(h, defined)
	for _, b := range before {
		existed = existed || b.UUID == d.UUID
	}
	return d, existed, nil
}

// UndefineOptions say what goes with a definition. What is not said is kept,
// and if libvirt cannot keep it without the definition, nothing is done.
type UndefineOptions struct {
	ManagedSave bool // remove the saved state
	Snapshots   bool // forget snapshots and checkpoints; their data stay
	NVRAM       bool // remove the firmware's variables
	KeepNVRAM   bool // keep them
	TPM         bool // remove the TPM's state
	KeepTPM     bool // keep it
}

func (o UndefineOptions) flags() (f libvirt.DomainUndefineFlagsValues) {
	for _, c := range []struct {
		on   bool
		flag libvirt.DomainUndefineFlagsValues
	}{
		{o.ManagedSave, libvirt.DomainUndefineManagedSave},
		{o.Snapshots, libvirt.DomainUndefineSnapshotsMetadata},
		{o.NVRAM, libvirt.DomainUndefineNvram},
		{o.KeepNVRAM, libvirt.DomainUndefineKeepNvram},
		{o.TPM, libvirt.DomainUndefineTpm},
		{o.KeepTPM, libvirt.DomainUndefineKeepTpm},
	} {
		if c.on {
			f |= c.flag
		}
	}
	return f
}

// Undefine removes the stored definition of the domain. One that runs goes on
// as a transient domain.
func (d *Domain) Undefine(ctx context.Context, o UndefineOptions) (Change, error) {
	op := Undefine.String() + " " + d.Name
	c, err := d.Condition(ctx)
	if err != nil {
		return Change{}, err
	}
	note, err := Undefine.Check(d.Name, c)
	if err != nil {
		return Change{}, err
	}
	if err := d.judgeUndefine(ctx, op, c, o); err != nil {
		return Change{}, err
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		flags := o.flags()
		if o.Snapshots && !c.State.Active() && hasCheckpoints(l, d) {
			flags |= libvirt.DomainUndefineCheckpointsMetadata
		}
		return l.DomainUndefineFlags(d.handle(), flags)
	})
	return Change{Affect: AffectConfig, Note: note}, explainUndefine(op, err)
}

func hasCheckpoints(l *libvirt.Libvirt, d *Domain) bool {
	_, n, err := l.DomainListAllCheckpoints(d.handle(), 0, 0)
	return err == nil && n > 0
}

// judgeUndefine refuses what would leave something behind that nothing names.
func (d *Domain) judgeUndefine(ctx context.Context, op string, c Condition, o UndefineOptions) error {
	if o.NVRAM && o.KeepNVRAM {
		return &Refusal{Op: op, Why: "the firmware's variables can either be kept or removed", Instead: "Choose one of --nvram and --keep-nvram."}
	}
	var why, flags []string
	more := ""
	if c.ManagedSave && !o.ManagedSave {
		why, flags = append(why, "a saved state"), append(flags, "--managed-save")
	}
	if !o.Snapshots && !c.State.Active() {
		snapshots, err := d.snapshotCount(ctx)
		if err == nil && snapshots > 0 {
			s := fmt.Sprintf("%d snapshots", snapshots)
			if snapshots == 1 {
				s = "a snapshot"
			}
			why, flags = append(why, s), append(flags, "--snapshots-metadata")
			more = " What disks have of snapshots stays; libvirt forgets them."
		}
	}
	if why == nil {
		return nil
	}
	return &Refusal{Op: op, Why: "it has " + strings.Join(why, " and ") + ", of which libvirt would know no more",
		Instead: "Add " + strings.Join(flags, " ") + " to give that up." + more}
}

func (d *Domain) snapshotCount(ctx context.Context) (int, error) {
	return ask(ctx, d.Host, "snapshots of "+d.Name, func(l *libvirt.Libvirt) (int, error) {
		n, err := l.DomainSnapshotNum(d.handle(), 0)
		return int(n), err
	})
}

// explainUndefine explains what is only known to libvirt: whether files exist.
func explainUndefine(op string, err error) error {
	if !IsCode(err, CodeOperationInvalid) {
		return err
	}
	switch message := strings.ToLower(err.(*Error).Message); {
	case strings.Contains(message, "nvram"):
		return &Refusal{Op: op, Err: err, Why: "its firmware has variables (NVRAM) in a file of their own",
			Instead: "Add --nvram to remove that file, or --keep-nvram to keep it."}
	case strings.Contains(message, "tpm"):
		return &Refusal{Op: op, Err: err, Why: "its TPM has a state", Instead: "Add --tpm to remove it, or --keep-tpm to keep it."}
	}
	return err
}
