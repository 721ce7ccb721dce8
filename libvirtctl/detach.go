package libvirtctl

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// A DetachSpec says which device is to go, and how.
type DetachSpec struct {
	Which    string // its target, MAC or alias; or
	XML      string // a description that fits it
	Affect   Affect
	Timeout  time.Duration // how long to wait for the guest to let go
	AbortJob bool          // end a block job of the disk first
}

// A Detached is what came of it.
type Detached struct {
	Change
	Device *Device
	// Gone says that the device is not there any more. Otherwise the guest was
	// asked, and has not let go of it: it may do so at any time, or never.
	Gone bool
}

// Detach takes a device away: from the stored definition at once, from the
// running domain when the guest lets go of it. It returns when the device is
// gone, or when the guest has refused or the time is over; the request itself
// takes libvirt up to five seconds where the guest does not answer.
func (d *Domain) Detach(ctx context.Context, s DetachSpec) (Detached, error) {
	op := fmt.Sprintf("detach %s from %s", s.Which, d.Name)
	var wanted *node
	if s.XML != "" {
		n, err := deviceXML(s.XML)
		if err != nil {
			return Detached{}, err
		}
		wanted, op = n, fmt.Sprintf("detach a device (%s) from %s", newDevice(n).Name(), d.Name)
	}
	a, c, err := d.prepare(ctx, op, s.Affect)
	if err != nil {
		return Detached{}, err
	}
	found := make(map[Affect]*Device)
	for _, of := range []Affect{AffectLive, AffectConfig} {
		if a&of == 0 {
			continue
		}
		// What is stored has no aliases: a device found by its alias in the
		// running domain is found there by what else tells it apart.
		if found[of], err = d.findToDetach(ctx, op, of, s.Which, wanted, found[AffectLive]); err != nil {
			return Detached{}, err
		}
	}
	result := Detached{Change: Change{Affect: a}, Device: found[AffectLive], Gone: true}
	if a.Live() {
		if err := d.judgeDetach(ctx, op, result.Device, s.AbortJob); err != nil {
			return Detached{}, err
		}
	}
	if a.Config() {
		if result.Device == nil {
			result.Device = found[AffectConfig]
		}
		if err := d.detachCall(ctx, op, found[AffectConfig], AffectConfig); err != nil {
			return Detached{}, err
		}
		result.Lasting = a.lasting(c)
	}
	if !a.Live() {
		return result, nil
	}
	result.Gone, err = d.detachLive(ctx, op, found[AffectLive], s.Timeout)
	if err == nil && result.Gone && a == AffectLive && c.Persistent {
		result.Lasting = d.stillStored(ctx, result.Device)
	}
	if err != nil && a.Config() {
		err = fmt.Errorf("%w (it is gone from the stored definition)", err)
	}
	return result, err
}

// findToDetach finds the device in the running domain or in what is stored.
func (d *Domain) findToDetach(ctx context.Context, op string, of Affect, which string, wanted *node, live *Device) (*Device, error) {
	devices, err := d.devices(ctx, of)
	if err != nil {
		return nil, err
	}
	var found *Device
	switch {
	case wanted != nil:
		found, err = sameDevice(devices, wanted)
	case of == AffectConfig && live != nil:
		if found = twin(devices, live); found == nil {
			err = fmt.Errorf("there is no %s", which)
		}
	default:
		found, err = findDevice(devices, which)
	}
	if err != nil {
		return nil, &Refusal{Op: op, Why: fmt.Sprintf("%s: %v", of, err), Instead: "device list shows what the running domain and the stored definition have."}
	}
	return found, nil
}

// stillStored says so if the next start brings the device back.
func (d *Domain) stillStored(ctx context.Context, v *Device) string {
	if devices, err := d.devices(ctx, AffectConfig); err != nil || twin(devices, v) == nil {
		return ""
	}
	return "the stored definition still has it: it is back at the next start"
}

// twin finds the stored device that a running one came from.
func twin(stored []*Device, live *Device) *Device {
	for _, s := range stored {
		if m := mergeDevices([]*Device{{Kind: live.Kind, Type: live.Type, Target: live.Target, MAC: live.MAC, node: live.node}}, []*Device{s}); len(m) == 1 {
			return s
		}
	}
	return nil
}

// judgeDetach refuses what cannot be taken out of a running domain.
func (d *Domain) judgeDetach(ctx context.Context, op string, v *Device, abortJob bool) error {
	const nextStart = "Detach it from the stored definition with --config; it is gone from the next start."
	switch {
	case v.Removable():
		return &Refusal{Op: op, Why: "drives for CDs and floppies cannot be taken out of a running domain", Instead: "Take the medium out with media --eject. " + nextStart}
	case v.Kind == "disk" && !slices.Contains(hotBuses, v.Model):
		return &Refusal{Op: op, Why: fmt.Sprintf("disks cannot be taken off the bus %s while the domain runs", v.Model), Instead: nextStart}
	case !slices.Contains(hotKinds, v.Kind):
		return &Refusal{Op: op, Why: fmt.Sprintf("a running domain cannot lose its %s", v.Kind), Instead: nextStart}
	case v.Kind != "disk":
		return nil
	}
	job, err := d.blockJob(ctx, v)
	if err != nil || job == nil {
		return err
	}
	if !abortJob {
		return &Refusal{Op: op, Why: fmt.Sprintf("the disk %s has a block job: %s", v.Target, job), Instead: "Wait for its end with blockjob --watch, or give it up with --abort-job."}
	}
	return d.EndBlockJob(ctx, v.Target, false)
}

func (d *Domain) detachCall(ctx context.Context, op string, v *Device, of Affect) error {
	return d.Host.call(ctx, op, func(l *libvirt.Libvirt) error {
		return l.DomainDetachDeviceFlags(d.handle(), v.XML, uint32(of))
	})
}

// detachPoll is how often the running domain is asked whether a device is gone.
const detachPoll = 250 * time.Millisecond

// detachLive asks the guest for a device and waits until it is gone. What
// happens may be told before the call returns: it listens first.
func (d *Domain) detachLive(ctx context.Context, op string, v *Device, timeout time.Duration) (gone bool, err error) {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	events, err := d.Host.Events(listening, KindDeviceRemoved, KindDeviceRemovalFailed)
	if err != nil { // some drivers have no such events: the XML tells
		events = nil
	}
	answered := make(chan error, 1)
	go func() { answered <- d.detachCall(ctx, op, v, AffectLive) }()
	over := time.NewTimer(timeout)
	defer over.Stop()
	tick := time.NewTicker(detachPoll)
	defer tick.Stop()
	asked, late := false, false
	for !asked || !late {
		select {
		case err := <-answered:
			if err != nil {
				return false, err
			}
			asked, answered = true, nil
		case e, open := <-events:
			if !open {
				events = nil
			}
			if e.UUID != d.UUID || e.Device != v.Alias {
				continue
			}
			if e.Kind == KindDeviceRemoved {
				return true, nil
			}
			return false, &Refusal{Op: op, Why: "the guest has refused to let go of it", Instead: "Stop using it in the guest, and try again; or detach it with --config from the next start."}
		case <-over.C:
			late = true
		case <-tick.C:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
		if asked {
			if gone, err := d.deviceGone(ctx, v); gone || err != nil {
				return gone, err
			}
		}
	}
	return false, nil
}

// deviceGone looks for a device in the running domain. One that has stopped
// has none any more.
func (d *Domain) deviceGone(ctx context.Context, v *Device) (bool, error) {
	devices, err := d.devices(ctx, AffectLive)
	if IsCode(err, CodeNoDomain) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if v.Alias != "" {
		return !slices.ContainsFunc(devices, func(other *Device) bool { return other.Alias == v.Alias }), nil
	}
	_, err = sameDevice(devices, v.node)
	return err != nil, nil
}
