package libvirtctl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func someDevices(t *testing.T) []*Device {
	t.Helper()
	x, err := parseDescription(someDomain)
	if err != nil {
		t.Fatal(err)
	}
	return devicesOf(x)
}

func TestDevicesOfDomain(t *testing.T) {
	var got []string
	for _, d := range someDevices(t) {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s", d.Kind, d.Type, d.Name(), d.Alias, d.Model, d.Source, strings.Join(d.Backing, ",")))
	}
	want := []string{
		"disk|disk|vda|virtio-disk0|virtio|/img/a&b.s1|/img/a&b.qcow2",
		"disk|cdrom|hdc|ide0-1-0|ide||",
		"interface|network|52:54:00:AA:00:01|net0|virtio|default|",
		"interface|bridge|52:54:00:aa:00:02|net1|e1000|br0|",
		"hostdev|usb|hostdev0|hostdev0||046d:c52b|",
		"hostdev|pci|hostdev1|hostdev1||0x0000:0x06:0x02:0x0|",
		"rng||rng0|rng0|virtio||",
		"graphics|spice|graphics|||127.0.0.1:5900|",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := json.Marshal(someDevices(t)); err != nil {
		t.Error(err)
	}
}

func TestFindDevice(t *testing.T) {
	for _, c := range []struct{ which, want string }{
		{"vda", "virtio-disk0"}, {"ide0-1-0", "ide0-1-0"}, {"52:54:00:aa:00:01", "net0"}, {"vnet0", "net0"},
		{"vdb", "there is no vdb; it has vda, hdc, 52:54:00:AA:00:01, 52:54:00:aa:00:02, hostdev0, hostdev1, rng0"},
		{"", "there is no ; it has vda, hdc, 52:54:00:AA:00:01, 52:54:00:aa:00:02, hostdev0, hostdev1, rng0"},
	} {
		d, err := findDevice(someDevices(t), c.which)
		if got := aliasOr(d, err); got != c.want {
			t.Errorf("%q: %s, want %s", c.which, got, c.want)
		}
	}
}

func aliasOr(d *Device, err error) string {
	if err != nil {
		return err.Error()
	}
	return d.Alias
}

func TestSameDevice(t *testing.T) {
	for _, c := range []struct{ xml, want string }{
		{`<disk><target dev='vda'/></disk>`, "virtio-disk0"},
		{`<disk><target dev='vdz'/></disk>`, "there is no such disk"},
		{`<interface><mac address='52:54:00:AA:00:02'/></interface>`, "net1"},
		{`<interface><alias name='net0'/></interface>`, "net0"},
		{`<interface/>`, "2 devices are like this"},
		{`<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`, "rng0"},
		{`<rng model='virtio'><backend model='random'>/dev/random</backend></rng>`, "there is no such rng"},
		{`<hostdev type='usb'><alias name='hostdev1'/></hostdev>`, "hostdev1"},
	} {
		n, err := parseNode(c.xml)
		if err != nil {
			t.Fatal(err)
		}
		if got := aliasOr(sameDevice(someDevices(t), n)); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, want %s", c.xml, got, c.want)
		}
	}
}

func TestMergeDevices(t *testing.T) {
	live, config := someDevices(t), someDevices(t)
	for _, d := range live {
		d.Live = true
	}
	for _, d := range config {
		d.Config, d.Alias = true, ""
	}
	config = append(config[1:], newDevice(newNode("disk").with(newNode("target", "dev", "vdb"))))
	config[len(config)-1].Config = true
	both := 0
	merged := mergeDevices(live, config)
	for _, d := range merged {
		if d.Live && d.Config {
			both++
		}
	}
	first, last := merged[0], merged[len(merged)-1]
	if len(merged) != 9 || both != 7 || first.Target != "vda" || first.Config || last.Target != "vdb" || last.Live {
		t.Errorf("%d devices, %d in both, first %+v, last %+v", len(merged), both, first, last)
	}
	if twin(config, live[2]) != config[1] || twin(config, live[0]) != nil {
		t.Error("a device is not found among those stored")
	}
}

func TestDiskXML(t *testing.T) {
	for _, c := range []struct {
		spec DiskSpec
		want string // or the error
	}{
		{DiskSpec{Source: "/img/a'<b>&.qcow2"}, `<disk type='file' device='disk'>
  <driver name='qemu' type='qcow2'/>
  <source file='/img/a&#39;&lt;b&gt;&amp;.qcow2'/>
  <target dev='vdb' bus='virtio'/>
</disk>
`},
		{DiskSpec{Source: "/dev/vg/lv", Target: "sdq", Bus: "usb", ReadOnly: true}, `<disk type='block' device='disk'>
  <driver name='qemu' type='raw'/>
  <source dev='/dev/vg/lv'/>
  <target dev='sdq' bus='usb'/>
  <readonly/>
</disk>
`},
		{DiskSpec{Source: "/img/a.disk"}, "libvirtctl: the name of /img/a.disk does not say its format"},
		{DiskSpec{Source: "/img/a.img", Bus: "spapr"}, `libvirtctl: how targets on the bus "spapr" are called is not known: say the target`},
	} {
		got, err := DiskXML(c.spec, someDevices(t))
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v:\n%s\nwant\n%s", c.spec, got, c.want)
		}
	}
	if n, err := parseNode(NICXML("a'b", "")); err != nil || n.child("source").attr("network") != "a'b" {
		t.Errorf("%v, %v", n, err)
	}
}

func TestFreeTarget(t *testing.T) {
	var devices []*Device
	for _, want := range []string{0: "vda", 25: "vdz", 26: "vdaa", 27: "vdab"} {
		got := freeTarget("vd", devices)
		if want != "" && got != want {
			t.Errorf("%q, want %q", got, want)
		}
		devices = append(devices, &Device{Target: got})
	}
}

func TestUSBXML(t *testing.T) {
	for numbers, want := range map[string]string{"46d:C52B": "046d:c52b", "46d": "", "46d:c52b:1": "", "12345:1": "", "x:1": "", "": ""} {
		description, err := USBXML(numbers)
		got := ""
		if err == nil {
			n, _ := parseNode(description)
			got = sourceOf(n)
		}
		if got != want {
			t.Errorf("%s is %q, want %q; %v", numbers, got, want, err)
		}
	}
}

func TestMediumXML(t *testing.T) {
	drive := someDevices(t)[1]
	for source, want := range map[string]string{
		"":         "<disk type='file' device='cdrom'>\n  <target dev='hdc'/>\n  <readonly/>\n</disk>\n",
		"/a&b.iso": "<disk type='file' device='cdrom'>\n  <source file='/a&amp;b.iso'/>\n  <target dev='hdc'/>\n  <readonly/>\n</disk>\n",
		"/dev/sr0": "<disk type='block' device='cdrom'>\n  <source dev='/dev/sr0'/>\n  <target dev='hdc'/>\n  <readonly/>\n</disk>\n",
	} {
		if got := mediumXML(drive, source).String(); got != want {
			t.Errorf("%q:\n%s", source, got)
		}
	}
	if drive.node.child("alias") == nil || drive.node.attr("type") != "file" {
		t.Error("the drive itself has changed")
	}
	if _, err := findDrive(someDevices(t), "vda"); err == nil {
		t.Error("a disk is a drive")
	}
	if d, err := findDrive(someDevices(t), ""); err != nil || d.Target != "hdc" {
		t.Errorf("the only drive is %v, %v", d, err)
	}
}

func TestJudgeAttach(t *testing.T) {
	for _, c := range []struct {
		xml  string
		of   Affect
		want string // part of the cause; "": taken
	}{
		{`<disk><target dev='vda'/></disk>`, AffectConfig, "has a disk vda already"},
		{`<disk><target dev='vdb'/></disk>`, AffectLive, ""},
		{`<disk><target dev='hdb'/></disk>`, AffectLive, "the bus ide takes no disks"},
		{`<disk><target dev='hdb'/></disk>`, AffectConfig, ""},
		{`<disk device='cdrom'><target dev='sdb' bus='scsi'/></disk>`, AffectLive, "CDs and floppies"},
		{`<interface><mac address='52:54:00:aa:00:01'/></interface>`, AffectLive, "this MAC already"},
		{`<interface/>`, AffectLive, ""},
		{`<graphics type='vnc'/>`, AffectLive, "takes no graphics"},
		{`<graphics type='vnc'/>`, AffectConfig, ""},
		{`<video/>`, AffectLive, "takes no video"},
	} {
		n, err := parseNode(c.xml)
		if err != nil {
			t.Fatal(err)
		}
		err = judgeAttach("attach", newDevice(n), someDevices(t), c.of)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s to %v: %v, want %q", c.xml, c.of, err, c.want)
		}
	}
}
