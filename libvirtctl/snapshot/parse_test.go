package snapshot_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"saffron/libvirtctl/snapshot"
)

const domainText = `<domain>
  <os><loader type='pflash'>/code</loader></os>
  <cpu><feature policy='require' name='invtsc'/><feature policy='disable' name='x'/></cpu>
  <devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/b'/>
      <backingStore type='file'><format type='raw'/><source file='/a'/><backingStore/></backingStore>
      <mirror type='file'/><target dev='vda'/></disk>
    <disk type='block' device='disk' snapshot='no'><driver type='raw'/><source dev='/dev/x'/><target dev='vdb'/></disk>
    <disk type='network' device='disk'><source protocol='nbd' name='n'/><target dev='vdc'/></disk>
    <disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vdd'/></disk>
    <disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>
  </devices>
</domain>`

func TestParseDomain(t *testing.T) {
	got, err := snapshot.ParseDomain(domainText)
	if err != nil {
		t.Fatal(err)
	}
	want := snapshot.Facts{Pflash: true, InvTSC: true, Agent: snapshot.AgentConnected, Disks: []snapshot.DomainDisk{
		{Target: "vda", Device: "disk", Type: "file", Format: "qcow2", Source: "/b", Job: true, Images: []string{"/b", "/a"}},
		{Target: "vdb", Device: "disk", Type: "block", Format: "raw", Source: "/dev/x", Default: snapshot.LeftOut, Images: []string{"/dev/x"}},
		{Target: "vdc", Device: "disk", Type: "network", Source: "nbd:n", Images: []string{"nbd:n"}},
		{Target: "vdd", Device: "disk", Type: "volume", Source: "p/v", Images: []string{"p/v"}},
		{Target: "sda", Device: "cdrom", Type: "file", ReadOnly: true},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := snapshot.ParseDomain("<domain"); err == nil {
		t.Error("a broken description is taken")
	}
}

const snapshotText = `<domainsnapshot>
  <name>s</name><description> two </description><state>running</state><creationTime>60</creationTime><parent><name>r</name></parent>
  <memory snapshot='external' file='/m'/>
  <disks>
    <disk name='vda' snapshot='external' type='file'><driver type='qcow2'/><source file='/c'/></disk>
    <disk name='sda' snapshot='no'/>
  </disks>
  ` + domainText + `
</domainsnapshot>`

func TestParseSnapshot(t *testing.T) {
	got, err := snapshot.ParseSnapshot(snapshotText)
	if err != nil {
		t.Fatal(err)
	}
	want := &snapshot.Snapshot{Name: "s", Description: "two", Kind: "checkpoint", State: "running", Created: got.Created, Parent: "r",
		Memory: snapshot.InOverlay, MemoryFile: "/m", Disks: []snapshot.SavedDisk{
			{Target: "vda", Place: snapshot.InOverlay, Overlay: "/c", Chain: []snapshot.Image{{File: "/b", Format: "qcow2"}, {File: "/a", Format: "raw"}}},
			{Target: "sda", Place: snapshot.LeftOut},
		}}
	if diff := cmp.Diff(want, got); diff != "" || got.Created.Unix() != 60 || !got.External() || !got.Active() {
		t.Errorf("%v\n%s", got.Created, diff)
	}
}

func TestParseVolume(t *testing.T) {
	got, err := snapshot.ParseVolume("<volume><backingStore><path>/a</path><format type='raw'/></backingStore></volume>")
	if err != nil || got != (snapshot.Image{File: "/a", Format: "raw"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := snapshot.ParseVolume("<volume/>"); err != nil || got.File != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(domainText)
	f.Add(snapshotText)
	f.Fuzz(func(t *testing.T, text string) {
		if facts, err := snapshot.ParseDomain(text); err == nil {
			plan, _ := snapshot.Make(&snapshot.Request{Kind: snapshot.DiskOnly}, &facts)
			if len(plan.Disks) != len(facts.Disks) {
				t.Errorf("%d disks planned of %d", len(plan.Disks), len(facts.Disks))
			}
		}
		if s, err := snapshot.ParseSnapshot(text); err == nil {
			_ = (&snapshot.Revert{}).Losses(s, []*snapshot.Snapshot{s}, &snapshot.Facts{})
		}
	})
}
