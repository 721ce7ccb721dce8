package libvirtctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalocean/go-libvirt"
)

// An Updated is what came of an update.
type Updated struct {
	Change
	// Ignored says where the device is not as was asked although libvirt
	// reported success, as in "interface/link@state".
	Ignored []string
}

// updatable are the devices of which libvirt changes anything.
var updatable = []string{"disk", "interface", "graphics", "memory"}

// Update changes a device to what XML describes, and reads it back to see
// whether it was. force opens a drive that the guest has locked.
func (d *Domain) Update(ctx context.Context, description string, a Affect, force bool) (Updated, error) {
	n, err := deviceXML(description)
	if err != nil {
		return Updated{}, err
	}
	return d.update(ctx, n, a, force)
}

func (d *Domain) update(ctx context.Context, n *node, a Affect, force bool) (Updated, error) {
	w := newDevice(n)
	op := fmt.Sprintf("update the %s of %s", w.Kind, d.Name)
	a, c, err := d.prepare(ctx, op, a)
	if err != nil {
		return Updated{}, err
	}
	if !slices.Contains(updatable, w.Kind) {
		return Updated{}, &Refusal{Op: op, Why: "libvirt changes only the media of drives, interfaces, graphics and memory devices",
			Instead: "Detach it and attach the changed one, or define the whole domain anew."}
	}
	for _, of := range []Affect{AffectLive, AffectConfig} {
		if a&of == 0 {
			continue
		}
		devices, err := d.devices(ctx, of)
		if err != nil {
			return Updated{}, err
		}
		if _, err := sameDevice(devices, n); err != nil {
			return Updated{}, &Refusal{Op: op, Why: fmt.Sprintf("%s: %v", of, err), Instead: "See device list --xml."}
		}
	}
	flags := libvirt.DomainDeviceModifyFlags(a)
	if force {
		flags |= libvirt.DomainDeviceModifyForce
	}
	err = d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		return l.DomainUpdateDeviceFlags(d.handle(), n.String(), flags)
	})
	if err != nil {
		return Updated{}, explainUpdate(op, w, force, err)
	}
	u := Updated{Change: Change{Affect: a, Lasting: a.lasting(c)}}
	u.Ignored, err = d.notUpdated(ctx, n, a)
	return u, err
}

// notUpdated reads back whether a device is as wanted.
func (d *Domain) notUpdated(ctx context.Context, wanted *node, a Affect) ([]string, error) {
	var ignored []string
	for _, of := range []Affect{AffectLive, AffectConfig} {
		if a&of == 0 {
			continue
		}
		flags := XMLSecure
		if of == AffectConfig {
			flags |= XMLInactive
		}
		x, err := d.parsed(ctx, flags)
		if err != nil {
			return nil, err
		}
		have, err := sameDevice(devicesOf(x), wanted)
		if err != nil {
			return nil, fmt.Errorf("libvirtctl: read back the %s of %s: %w", wanted.name, d.Name, err)
		}
		for _, place := range have.node.lacks(comparable(wanted)) {
			ignored = append(ignored, fmt.Sprintf("%s of %s", place, of))
		}
		if have.Kind == "disk" && wanted.child("source") == nil && have.Source != "" {
			ignored = append(ignored, fmt.Sprintf("disk/source of %s", of))
		}
	}
	return ignored, nil
}

// comparable is what of a wanted device is to be found in what libvirt made of
// it: ports may be libvirt's choice, and aliases and types of empty drives are.
func comparable(n *node) *node {
	c := withoutAlias(n)
	c.attrs = nil
	for _, a := range n.attrs {
		switch {
		case n.name == "graphics" && (a.Name.Local == "port" || a.Name.Local == "tlsPort") && (n.attr("autoport") == "yes" || a.Value == "-1"):
		case n.name == "disk" && a.Name.Local == "type" && n.child("source") == nil:
		default:
			c.attrs = append(c.attrs, a)
		}
	}
	return c
}

func explainUpdate(op string, w *Device, force bool, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	r := &Refusal{Op: op, Why: e.Message, Err: err}
	switch m := strings.ToLower(e.Message); {
	case w.Removable() && strings.Contains(m, "is not open"):
		r.Instead = "The guest has closed the drive meanwhile, as a machine does that boots, and libvirt takes it for open: open and close it in the guest, or change the stored definition with --config and start the domain anew."
	case w.Kind == "graphics" && strings.Contains(m, "could not set password"):
		r.Instead = "A display that was started without a password cannot get one: change the stored definition with --config; it counts from the next start."
	case w.Removable() && !force && (strings.Contains(m, "lock") || strings.Contains(m, "tray")):
		r.Instead = "The guest has locked the drive: unmount it there, or open it with --force."
	case IsCode(err, CodeOperationUnsupported, CodeConfigUnsupported):
		r.Instead = "Change the stored definition with --config, or detach the device and attach the changed one."
	default:
		return err
	}
	return r
}

// SetMedium puts a medium into a drive for CDs or floppies, or takes it out if
// source is "". drive is the drive's target; "" is the only one. It returns the
// drive as it was.
func (d *Domain) SetMedium(ctx context.Context, drive, source string, a Affect, force bool) (*Device, Updated, error) {
	op := "change the medium of " + d.Name
	a, _, err := d.prepare(ctx, op, a)
	if err != nil {
		return nil, Updated{}, err
	}
	of := AffectConfig
	if a.Live() {
		of = AffectLive
	}
	devices, err := d.devices(ctx, of)
	if err != nil {
		return nil, Updated{}, err
	}
	found, err := findDrive(devices, drive)
	if err != nil {
		return nil, Updated{}, &Refusal{Op: op, Why: err.Error(), Instead: "A drive can be attached with --config; it is there from the next start."}
	}
	u, err := d.update(ctx, mediumXML(found, source), a, force)
	return found, u, err
}

// findDrive finds a drive by its target, or the only one.
func findDrive(devices []*Device, which string) (*Device, error) {
	drives := slices.DeleteFunc(slices.Clone(devices), func(d *Device) bool { return !d.Removable() })
	switch {
	case which == "" && len(drives) == 1:
		return drives[0], nil
	case len(drives) == 0:
		return nil, errors.New("it has no drive for CDs or floppies")
	case which == "":
		return nil, fmt.Errorf("it has several drives, say which: %s", names(drives))
	}
	found, err := findDevice(devices, which)
	if err != nil {
		return nil, err
	}
	if !found.Removable() {
		return nil, fmt.Errorf("%s is a %s, whose medium does not change; drives are %s", which, found.Type, names(drives))
	}
	return found, nil
}
