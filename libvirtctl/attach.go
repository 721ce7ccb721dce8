package libvirtctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalocean/go-libvirt"
)

// hotKinds are the devices that QEMU takes while it runs.
var hotKinds = []string{"disk", "interface", "hostdev", "redirdev", "controller", "rng", "memory", "watchdog", "input", "vsock",
	"shmem", "channel", "serial", "console", "parallel", "lease", "filesystem", "crypto"}

// hotBuses are those that a disk can be put on and taken off while it runs.
var hotBuses = []string{"virtio", "scsi", "usb", "xen"}

// An Attached is a device that was attached.
type Attached struct {
	Change
	Device *Device // as the domain has it now; nil: it is not there
}

// Attach gives the domain a device that XML describes. What it would collide
// with, and what cannot be done to a running domain, is refused before libvirt
// is asked.
func (d *Domain) Attach(ctx context.Context, description string, a Affect) (Attached, error) {
	n, err := deviceXML(description)
	if err != nil {
		return Attached{}, err
	}
	w := newDevice(n)
	op := fmt.Sprintf("attach a device (%s) to %s", w.Name(), d.Name)
	a, c, err := d.prepare(ctx, op, a)
	if err != nil {
		return Attached{}, err
	}
	before := make(map[Affect][]*Device)
	for _, of := range []Affect{AffectLive, AffectConfig} {
		if a&of == 0 {
			continue
		}
		devices, err := d.devices(ctx, of)
		if err != nil {
			return Attached{}, err
		}
		before[of] = devices
		if err := judgeAttach(op, w, devices, of); err != nil {
			return Attached{}, err
		}
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		return l.DomainAttachDeviceFlags(d.handle(), description, uint32(a))
	})
	if err != nil {
		return Attached{}, explainAttach(op, w, err)
	}
	result := Attached{Change: Change{Affect: a, Lasting: a.lasting(c)}}
	of := AffectConfig
	if a.Live() {
		of = AffectLive
	}
	after, err := d.devices(ctx, of)
	if err != nil {
		return result, err
	}
	result.Device = newcomer(before[of], after, w.Kind)
	return result, nil
}

// deviceXML reads what a user has given as a device.
func deviceXML(description string) (*node, error) {
	n, err := parseNode(description)
	if err != nil {
		return nil, fmt.Errorf("libvirtctl: description of a device: %w", err)
	}
	if n.name == "domain" || n.name == "devices" {
		return nil, fmt.Errorf("libvirtctl: description of a device: <%s> is not a device, but has some: say one of them", n.name)
	}
	return n, nil
}

// judgeAttach refuses what libvirt would refuse to the running domain or its
// stored definition, which has devices.
func judgeAttach(op string, w *Device, devices []*Device, of Affect) error {
	for _, d := range devices {
		if w.Kind == "disk" && d.Kind == "disk" && d.Target == w.Target {
			return &Refusal{Op: op, Why: fmt.Sprintf("%s has a disk %s already", of, w.Target), Instead: "Choose another target, or detach that disk first."}
		}
		if w.MAC != "" && strings.EqualFold(d.MAC, w.MAC) {
			return &Refusal{Op: op, Why: fmt.Sprintf("%s has an interface with this MAC already", of), Instead: "Leave the MAC out: libvirt chooses one."}
		}
	}
	if of != AffectLive {
		return nil
	}
	const nextStart = "Attach it to the stored definition with --config; it is there from the next start."
	switch {
	case w.Removable():
		return &Refusal{Op: op, Why: "drives for CDs and floppies cannot be put into a running domain", Instead: "Change the medium of a drive that it has with media. " + nextStart}
	case w.Kind == "disk" && !slices.Contains(hotBuses, w.Model):
		return &Refusal{Op: op, Why: fmt.Sprintf("the bus %s takes no disks while the domain runs", w.Model), Instead: "Use the bus virtio, scsi or usb. " + nextStart}
	case !slices.Contains(hotKinds, w.Kind):
		return &Refusal{Op: op, Why: fmt.Sprintf("a running domain takes no %s", w.Kind), Instead: nextStart}
	}
	return nil
}

// explainAttach explains what only QEMU knows.
func explainAttach(op string, w *Device, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	r := &Refusal{Op: op, Why: e.Message, Err: err}
	switch m := strings.ToLower(e.Message); {
	case strings.Contains(m, "does not support hotplugging"), strings.Contains(m, "no more available pci slots"):
		r.Instead = "On this machine nothing can be added to that bus while it runs: attach it with --config, or use the bus usb."
	case strings.Contains(m, "no free usb"), strings.Contains(m, "usb controller"), strings.Contains(m, "'usb-bus'"), strings.Contains(m, "usb is disabled"):
		r.Instead = "The domain needs a USB controller with a free port: attach <controller type='usb' model='qemu-xhci'/> with --config first."
	case w.Kind == "disk" && strings.Contains(m, "no such file"):
		r.Instead = "The file has to be on libvirt's host, and readable there."
	default:
		return err
	}
	return r
}

// newcomer returns the device of a kind that was not there before.
func newcomer(before, after []*Device, kind string) *Device {
	known := make(map[string]bool)
	for _, key := range deviceKeys(before) {
		known[key] = true
	}
	for i, key := range deviceKeys(after) {
		if !known[key] && after[i].Kind == kind {
			return after[i]
		}
	}
	return nil
}
