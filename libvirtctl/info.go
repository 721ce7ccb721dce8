package libvirtctl

import (
	"context"
	"errors"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// An Info is all that is known about a domain. Its JSON is part of the
// program's interface.
type Info struct {
	Name        string        `json:"name"`
	UUID        string        `json:"uuid"`
	ID          int           `json:"id"` // -1: not running
	Title       string        `json:"title"`
	State       string        `json:"state"`
	Reason      string        `json:"reason"` // of the state; "": not said
	Persistent  bool          `json:"persistent"`
	Autostart   bool          `json:"autostart"`
	ManagedSave bool          `json:"managed_save"`
	Snapshots   int           `json:"snapshots"`
	Type        string        `json:"type"` // "kvm", "qemu" …
	Machine     string        `json:"machine"`
	Firmware    string        `json:"firmware"` // "bios", "efi" or ""
	VCPUs       int           `json:"vcpus"`
	MaxVCPUs    int           `json:"max_vcpus"`
	CPUTime     time.Duration `json:"cpu_time"` // nanoseconds
	Memory      Memory        `json:"memory"`   // bytes
	NextStart   *NextStart    `json:"next_start"`
	Agent       string        `json:"agent"` // of the guest: "connected", "disconnected" or "": no channel
	Devices     []*Device     `json:"devices"`
	BlockJobs   []BlockJob    `json:"block_jobs"`
	Job         *Job          `json:"job"`
	Unknown     []string      `json:"unknown"` // what could not be found out, and why
}

// A NextStart is what a running domain has stored for its next start.
type NextStart struct {
	MaxVCPUs int    `json:"max_vcpus"`
	VCPUs    int    `json:"vcpus"`
	Memory   Memory `json:"memory"`
}

// Info finds out all about the domain, in whatever state it is. It fails only
// if the state itself cannot be found out; what else is not known is named in
// Unknown.
func (d *Domain) Info(ctx context.Context) (*Info, error) {
	c, err := d.Condition(ctx)
	if err != nil {
		return nil, err
	}
	info := &Info{Name: d.Name, UUID: d.UUID.String(), ID: d.ID, State: c.State.String(), Reason: c.Reason,
		Persistent: c.Persistent, ManagedSave: c.ManagedSave, Devices: []*Device{}, BlockJobs: []BlockJob{}, Unknown: []string{}}
	for _, part := range []func(context.Context, *Info, Condition) error{
		d.infoOfXML, d.infoOfDevices, d.infoOfNumbers, d.infoOfStored, d.infoOfJobs,
	} {
		err := part(ctx, info, c)
		if ctx.Err() != nil || errors.Is(err, ErrLost) {
			return nil, err
		}
		if err != nil && !IsCode(err, CodeNoSupport) {
			info.Unknown = append(info.Unknown, err.Error())
		}
	}
	return info, nil
}

func (d *Domain) infoOfXML(ctx context.Context, info *Info, c Condition) error {
	x, err := d.parsed(ctx, 0)
	if err != nil {
		return err
	}
	info.fill(x)
	if !c.State.Active() || !c.Persistent {
		return nil
	}
	stored, err := d.parsed(ctx, XMLInactive)
	if err != nil {
		return err
	}
	next := new(Info)
	next.fill(stored)
	info.NextStart = &NextStart{MaxVCPUs: next.MaxVCPUs, VCPUs: next.VCPUs, Memory: next.Memory}
	return nil
}

// fill takes what a description says.
func (i *Info) fill(x *description) {
	i.Title, i.Type = x.root.child("title").content(), x.root.attr("type")
	os := x.root.child("os")
	i.Machine = os.child("type").attr("machine")
	switch {
	case os.attr("firmware") != "":
		i.Firmware = os.attr("firmware")
	case os.child("loader").attr("type") == "pflash":
		i.Firmware = "efi"
	}
	i.Memory = Memory{Current: x.CurrentMemory.bytes(), Max: x.Memory.bytes()}
	vcpu := x.root.child("vcpu")
	i.MaxVCPUs = number(vcpu.content())
	i.VCPUs = i.MaxVCPUs
	if n := number(vcpu.attr("current")); n > 0 {
		i.VCPUs = n
	}
	for _, n := range x.root.child("devices").children("channel") {
		if t := n.child("target"); t.attr("name") == "org.qemu.guest_agent.0" {
			i.Agent = t.attr("state")
			if i.Agent == "" {
				i.Agent = "disconnected"
			}
		}
	}
}

func (d *Domain) infoOfDevices(ctx context.Context, info *Info, _ Condition) error {
	devices, err := d.Devices(ctx, AffectBoth)
	if err == nil && devices != nil {
		info.Devices = devices
	}
	return err
}

func (d *Domain) infoOfNumbers(ctx context.Context, info *Info, _ Condition) error {
	type numbers struct{ cpu, memory uint64 }
	n, err := ask(ctx, d.Host, "numbers of "+d.Name, func(l *libvirt.Libvirt) (numbers, error) {
		_, _, memory, _, cpu, err := l.DomainGetInfo(d.handle())
		return numbers{cpu, memory * kib}, err
	})
	if err == nil {
		info.CPUTime, info.Memory.Current = time.Duration(n.cpu), n.memory
	}
	return err
}

func (d *Domain) infoOfStored(ctx context.Context, info *Info, c Condition) error {
	n, err1 := d.snapshotCount(ctx)
	info.Snapshots = n
	if !c.Persistent {
		return err1
	}
	on, err2 := d.Autostart(ctx)
	info.Autostart = on
	return errors.Join(err1, err2)
}

func (d *Domain) infoOfJobs(ctx context.Context, info *Info, c Condition) error {
	if !c.State.Active() {
		return nil
	}
	jobs, err := d.BlockJobs(ctx, "")
	if jobs != nil {
		info.BlockJobs = jobs
	}
	if job, err := d.Job(ctx); err == nil && job.Active {
		info.Job = &job
	}
	return err
}
