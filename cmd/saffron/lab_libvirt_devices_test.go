//go:build lab

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"saffron/libvirtctl"
)

// image makes a disk of the host.
func (h *libvirtHost) image(t *testing.T, name, size string) string {
	t.Helper()
	file := filepath.Join(h.dir, name)
	if out, err := exec.Command("qemu-img", "create", "-q", "-f", strings.TrimPrefix(filepath.Ext(name), "."), file, size).CombinedOutput(); err != nil {
		t.Fatalf("qemu-img: %v\n%s", err, out)
	}
	return file
}

// where says in which descriptions a device is: "both", "running", "stored" or
// "".
func (h *libvirtHost) where(t *testing.T, domain, device string) string {
	t.Helper()
	out := succeed(t, "device", "list", "--json", "-c", h.uri, domain).stdout
	var devices []libvirtctl.Device
	if err := json.Unmarshal([]byte(out), &devices); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	i := slices.IndexFunc(devices, func(d libvirtctl.Device) bool { return d.Target == device })
	switch {
	case i < 0:
		return ""
	case devices[i].Live && devices[i].Config:
		return "both"
	case devices[i].Live:
		return "running"
	}
	return "stored"
}

// steady fails unless a device is where it should be.
func (h *libvirtHost) steady(t *testing.T, when, device, want string) {
	t.Helper()
	if got := h.where(t, "work", device); got != want {
		t.Errorf("%s %s is in %q, want %q", when, device, got, want)
	}
}

// TestLabLibvirtDevices plugs disks: a guest without a driver does not let go
// of a PCI disk, and is not asked for one on USB.
func TestLabLibvirtDevices(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{devices: `<controller type='usb' model='qemu-xhci'/>`})
	a, b := h.image(t, "a.qcow2", "8M"), h.image(t, "b&b.raw", "8M")
	h.steps(t, []labStep{
		{"device attach work --disk " + a + " --live", 1, "Change the stored definition with --config, or start the domain."},
		{"device attach work", 2, "--disk"},
		{"device attach work --disk " + h.dir, 2, "does not say its format"},
		{"device attach work --usb mouse", 2, "is not vendor:product"},
		{"start work", 0, ""},
		{"device attach work --disk " + a + " --bus ide", 1, "the bus ide takes no disks while the domain runs"},
		{"device attach work --disk " + a, 0, "work has the disk vda (virtio-disk0). Changed: the running domain (it outlives a reset of the guest, and vanishes at shutdown)."},
		{"device attach work --disk " + a + " --target vda", 1, "has a disk vda already"},
		{"device attach work --disk " + b + " --bus usb --live --config", 0, "work has the disk sda (usb-disk0). Changed: the running domain and the stored definition."},
		{"device list work", 0, b},
	})
	h.steady(t, "attached live", "vda", "running")
	h.steady(t, "attached to both", "sda", "both")
	h.steps(t, []labStep{
		{"device detach work vda --timeout 1s", 7, "The disk vda (virtio-disk0) of work was requested from the guest. Changed: nothing."},
		{"device detach work vda --config", 1, "there is no vda"},
		{"device detach work hda", 1, "disks cannot be taken off the bus ide"},
		{"device detach work sda", 0, "The disk sda (usb-disk0) of work is gone. Changed: the running domain (the stored definition still has it: it is back at the next start)."},
	})
	h.steady(t, "requested", "vda", "running")
	h.steady(t, "gone", "sda", "stored")
	h.steps(t, []labStep{
		{"device detach work sda --config", 0, "Changed: the stored definition (it counts from the next start)."},
		{"device attach work --disk " + b + " --bus usb --live --config", 0, ""},
		{"device detach work sda --live --config", 0, "is gone. Changed: the running domain and the stored definition."},
		{"device detach work sda --live --config", 1, "there is no sda"},
	})
	h.steady(t, "detached from both", "sda", "")
}

// TestLabLibvirtLiveOnly sees that what is live only outlives a reset of the
// guest and not a shutdown.
func TestLabLibvirtLiveOnly(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{devices: `<controller type='usb' model='qemu-xhci'/>`})
	h.steps(t, []labStep{{"start work", 0, ""}, {"device attach work --bus usb --disk " + h.image(t, "a.qcow2", "8M"), 0, "vanishes at shutdown"}, {"reset work", 0, ""}})
	h.steady(t, "after a reset", "sda", "running")
	h.steps(t, []labStep{{"destroy work", 0, ""}})
	h.steady(t, "when off", "sda", "")
	h.steps(t, []labStep{{"start work", 0, ""}})
	h.steady(t, "after a start", "sda", "")
}

// booted waits until the boot sector runs: before, the firmware resets drives.
func (h *libvirtHost) booted(t *testing.T, domain string) {
	t.Helper()
	eventually(t, "it boots", func() error {
		registers := h.virsh(t, "qemu-monitor-command", domain, "--hmp", "info registers")
		if !strings.Contains(registers, "IP=00007") || !strings.Contains(registers, "CS =0000") {
			return errors.New(registers[:min(len(registers), 400)])
		}
		return nil
	})
}

func TestLabLibvirtMedia(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	one, two := h.image(t, "one.raw", "1M"), h.image(t, "two's.raw", "1M")
	h.define(t, "work", domainConfig{devices: fmt.Sprintf(`<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>
		<source file='%s'/><target dev='hdc' bus='ide'/><readonly/></disk>`, one)})
	medium := func(want string) {
		t.Helper()
		out := h.virsh(t, "domblklist", "work")
		if i := strings.Index(out, "hdc"); i < 0 || strings.TrimSpace(strings.TrimPrefix(out[i:], "hdc")) != want {
			t.Errorf("libvirt has\n%s\nwant %s", out, want)
		}
	}
	h.steps(t, []labStep{
		{"media work --eject --live", 1, "there is no running domain"},
		{"media work", 2, "--eject"},
		{"media work --eject", 0, "hdc of work is empty. Changed: the stored definition."},
		{"media work " + one, 0, "hdc of work has " + one},
		{"start work", 0, ""},
	})
	h.booted(t, "work")
	h.steps(t, []labStep{{"media work hdc " + two, 0, "Changed: the running domain (it outlives"}})
	medium(two)
	asked := func() string { return h.virsh(t, "qemu-monitor-command", "work", `{"execute":"query-block"}`) }
	if out := asked(); !strings.Contains(out, "two's.raw") {
		t.Errorf("QEMU has %s", out)
	}
	h.steps(t, []labStep{{"media work hdc --eject --force", 0, "hdc of work is empty. Changed: the running domain"}})
	medium("-")
	if out := asked(); strings.Contains(out, "two's.raw") {
		t.Errorf("QEMU still has %s", out)
	}
	h.steps(t, []labStep{
		{"media work hda " + one, 1, "hda is a disk, whose medium does not change"},
		{"media work " + filepath.Join(h.dir, "none.iso"), 1, "none.iso"},
		{"device detach work hdc", 1, "Take the medium out with media --eject."},
		{"media work " + two + " --live --config", 0, "Changed: the running domain and the stored definition."},
	})
	medium(two)
}

func TestLabLibvirtUpdate(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{graphics: `<graphics type='spice' autoport='yes' passwd='alt'><listen type='address' address='127.0.0.1'/></graphics>`, devices: `<interface type='user'><mac address='52:54:00:00:00:01'/><model type='e1000'/></interface>`})
	file := filepath.Join(h.dir, "device.xml")
	write := func(description string) {
		if err := os.WriteFile(file, []byte(description), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.steps(t, []labStep{{"start work", 0, ""}})
	nic := ""
	for _, part := range strings.SplitAfter(succeed(t, "device", "list", "--xml", "--live", "-c", h.uri, "work").stdout, "</interface>\n") {
		if i := strings.Index(part, "<interface"); i >= 0 {
			nic = part[i:]
		}
	}
	write(strings.Replace(nic, "</interface>", "<link state='down'/></interface>", 1))
	h.steps(t, []labStep{{"device update work " + file, 0, "Changed: the running domain"}})
	if out := h.virsh(t, "domif-getlink", "work", "52:54:00:00:00:01"); !strings.Contains(out, "down") {
		t.Errorf("%s\n%s", out, nic)
	}
	write(`<sound model='ac97'/>`)
	h.steps(t, []labStep{{"device update work " + file, 1, "Detach it and attach the changed one"}, {"device attach work " + file, 1, "a running domain takes no sound"},
		{"device attach work --config " + file, 0, "it counts from the next start"}})
	write(`<graphics type='spice' autoport='yes' passwd='geheim'><listen type='address' address='127.0.0.1'/></graphics>`)
	r := saffron(t, "device", "update", "work", file, "--live", "--config", "-c", h.uri)
	if r.code != 0 || !strings.Contains(h.virsh(t, "dumpxml", "--security-info", "work"), "passwd='geheim'") || strings.Contains(r.stdout+r.stderr, "geheim") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	write("<interface")
	h.steps(t, []labStep{{"device update work " + file, 1, "description of a device"}})
}

func TestLabLibvirtBlockjob(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{devices: `<controller type='usb' model='qemu-xhci'/>`})
	h.steps(t, []labStep{
		{"blockjob work", 0, "No block jobs."},
		{"start work", 0, ""},
		{"blockjob work hda --abort", 1, "there is no block job on it"},
		{"blockjob work zzz", 1, "there is no zzz"},
		{"blockjob work --pivot", 2, "a disk"},
		{"device attach work --bus usb --disk " + h.image(t, "a.qcow2", "256M"), 0, ""},
	})
	h.virsh(t, "blockcopy", "work", "sda", filepath.Join(h.dir, "copy.qcow2"), "--transient-job", "--bandwidth", "1")
	h.steps(t, []labStep{
		{"blockjob work", 0, "copy"},
		{"blockjob work sda --pivot", 1, "Wait until it is, with --watch."},
		{"dominfo work", 0, "Block job"},
		{"save work", 1, "there are block jobs: sda (copy"},
		{"device detach work sda", 1, "--abort-job"},
		{"blockjob work sda --abort", 0, "The block job of sda of work is given up. Changed: the running domain."},
	})
	h.virsh(t, "blockcopy", "work", "sda", filepath.Join(h.dir, "copy2.qcow2"), "--transient-job", "--bandwidth", "1")
	h.steps(t, []labStep{{"device detach work sda --abort-job", 0, "is gone"}})
	// An active commit waits for the pivot.
	h.virsh(t, "snapshot-create-as", "work", "--disk-only", "--no-metadata", "top")
	if i := h.dominfo(t, "work"); len(i.Devices[0].Backing) != 1 || !strings.HasSuffix(i.Devices[0].Source, "work.top") {
		t.Errorf("the disk is %+v", i.Devices[0])
	}
	h.virsh(t, "blockcommit", "work", "hda", "--active")
	h.steps(t, []labStep{{"blockjob work hda --watch", 0, "active commit"}})
	eventually(t, "the commit is ready", func() error {
		if r := saffron(t, "blockjob", "-c", h.uri, "work", "hda", "--pivot"); r.code != 0 {
			return errors.New(r.stderr)
		}
		return nil
	})
	if i := h.dominfo(t, "work"); !strings.HasSuffix(i.Devices[0].Source, "work.qcow2") {
		t.Errorf("the disk is %+v", i.Devices[0])
	}
}
