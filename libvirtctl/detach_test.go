package libvirtctl_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl"
	"saffron/libvirtctl/libvirttest"
)

// Procedures that the server does not know by itself.
const (
	procAttachDevice = 160
	procDetachDevice = 161
	procUpdateDevice = 174
)

const aDisk = `<disk type='file' device='disk'><source file='/img/b.qcow2'/><target dev='vdb' bus='virtio'/><alias name='virtio-disk1'/></disk>`

// withDevices is a running domain with devices.
func withDevices(devices string) libvirttest.Domain {
	return libvirttest.Domain{Name: "work", State: libvirttest.StateRunning, XML: libvirttest.XML("work", devices)}
}

func theDomain(t *testing.T, s *libvirttest.Server) *libvirtctl.Domain {
	t.Helper()
	d, err := connect(t, s).Domain(t.Context(), "work")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDetach has all that can come of a request: what the host tells, and when.
func TestDetach(t *testing.T) {
	const other = "virtio-disk7"
	without := func(s *libvirttest.Server) {
		s.Change("work", func(d *libvirttest.Domain) { d.XML = libvirttest.XML("work", "") })
	}
	for _, c := range []struct {
		name string
		call func(s *libvirttest.Server) error // libvirt's part
		gone bool
		err  string // part of it
	}{
		{"told before the call returns", func(s *libvirttest.Server) error {
			s.Device(libvirttest.EventDeviceRemoved, "work", "virtio-disk1")
			time.Sleep(50 * time.Millisecond)
			return nil
		}, true, ""},
		{"told after the call", func(s *libvirttest.Server) error {
			time.AfterFunc(30*time.Millisecond, func() { s.Device(libvirttest.EventDeviceRemoved, "work", "virtio-disk1") })
			return nil
		}, true, ""},
		{"seen in the XML only", func(s *libvirttest.Server) error {
			time.AfterFunc(30*time.Millisecond, func() { without(s) })
			return nil
		}, true, ""},
		{"another device is removed", func(s *libvirttest.Server) error {
			s.Device(libvirttest.EventDeviceRemoved, "work", other)
			s.Device(libvirttest.EventDeviceRemovalFailed, "work", other)
			return nil
		}, false, ""},
		{"the guest refuses", func(s *libvirttest.Server) error {
			s.Device(libvirttest.EventDeviceRemovalFailed, "work", "virtio-disk1")
			return nil
		}, false, "the guest has refused to let go of it"},
		{"the guest sleeps", func(*libvirttest.Server) error { return nil }, false, ""},
		{"libvirt refuses", func(*libvirttest.Server) error { return libvirttest.Refuse(99, "device not found") }, false, "device not found"},
		{"the domain ends", func(s *libvirttest.Server) error {
			s.Remove("work")
			return nil
		}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := libvirttest.NewServer(withDevices(aDisk))
			s.Handle(procDetachDevice, func(*libvirttest.Call) error { return c.call(s) })
			done, err := theDomain(t, s).Detach(t.Context(), libvirtctl.DetachSpec{Which: "vdb", Affect: libvirtctl.AffectLive, Timeout: 600 * time.Millisecond})
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("%v, want %q", err, c.err)
			}
			if done.Gone != c.gone {
				t.Errorf("gone: %v, want %v", done.Gone, c.gone)
			}
		})
	}
}

// TestDetachInterrupted sees that a wait ends with its context.
func TestDetachInterrupted(t *testing.T) {
	s := libvirttest.NewServer(withDevices(aDisk))
	s.Handle(procDetachDevice, func(*libvirttest.Call) error { return nil })
	d := theDomain(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := d.Detach(ctx, libvirtctl.DetachSpec{Which: "vdb", Timeout: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestUpdateIgnored has a host that reports success for what it has not done.
func TestUpdateIgnored(t *testing.T) {
	nic := `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><link state='up'/><alias name='net0'/></interface>`
	s := libvirttest.NewServer(withDevices(nic))
	d := theDomain(t, s)
	s.Handle(procUpdateDevice, func(*libvirttest.Call) error { return nil })
	wanted := strings.Replace(nic, "'up'", "'down'", 1)
	u, err := d.Update(t.Context(), wanted, libvirtctl.AffectConfig, false)
	if want := "interface/link@state of the stored definition"; err != nil || len(u.Ignored) != 1 || u.Ignored[0] != want {
		t.Errorf("%v, %v; want %s", u.Ignored, err, want)
	}
	s.Handle(procUpdateDevice, func(*libvirttest.Call) error {
		s.Change("work", func(d *libvirttest.Domain) { d.XML = libvirttest.XML("work", wanted) })
		return nil
	})
	if u, err := d.Update(t.Context(), wanted, libvirtctl.AffectLive, false); err != nil || len(u.Ignored) != 0 || u.Affect != libvirtctl.AffectLive {
		t.Errorf("%+v, %v", u, err)
	}
	var r *libvirtctl.Refusal
	for _, bad := range []string{`<sound model='ac97'/>`, `<interface><mac address='52:54:00:00:00:02'/></interface>`} {
		if _, err := d.Update(t.Context(), bad, 0, false); !errors.As(err, &r) || r.Err != nil {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if n := s.Calls(procUpdateDevice); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// TestAttachNotThere has a host that reports success for a device that is not
// there after.
func TestAttachNotThere(t *testing.T) {
	s := libvirttest.NewServer(withDevices(""))
	s.Handle(procAttachDevice, func(*libvirttest.Call) error { return nil })
	d := theDomain(t, s)
	done, err := d.Attach(t.Context(), aDisk, libvirtctl.AffectLive)
	if err != nil || done.Device != nil {
		t.Errorf("%+v, %v", done, err)
	}
	s.Handle(procAttachDevice, func(*libvirttest.Call) error {
		s.Change("work", func(d *libvirttest.Domain) { d.XML = libvirttest.XML("work", aDisk) })
		return nil
	})
	done, err = d.Attach(t.Context(), aDisk, libvirtctl.AffectLive)
	if err != nil || done.Device == nil || done.Device.Alias != "virtio-disk1" {
		t.Errorf("%+v, %v", done, err)
	}
	if _, err := d.Attach(t.Context(), "<domain/>", 0); err == nil {
		t.Error("a domain is a device")
	}
}

// TestInfoInEveryState sees that no state makes it fail, nor what a host does
// not tell.
func TestInfoInEveryState(t *testing.T) {
	for state := int32(0); state <= 9; state++ {
		s := libvirttest.NewServer(libvirttest.Domain{Name: "work", State: state, XML: libvirttest.XML("work", aDisk)})
		info, err := theDomain(t, s).Info(t.Context())
		if err != nil || info.State != libvirtctl.State(state).String() || info.MaxVCPUs != 4 || info.Memory.Max != 4<<30 || len(info.Devices) == 0 {
			t.Errorf("state %d: %v, %+v", state, err, info)
		}
	}
	s := libvirttest.NewServer(withDevices("<disk")) // broken XML
	info, err := theDomain(t, s).Info(t.Context())
	if err != nil || info.State != "running" || len(info.Unknown) == 0 {
		t.Errorf("%v, %+v", err, info)
	}
}
