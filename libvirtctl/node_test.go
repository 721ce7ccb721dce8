package libvirtctl

import (
	"reflect"
	"strings"
	"testing"
)

const someDomain = `<?xml version='1.0'?><!-- made by nobody --><domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>work</name><memory unit='MiB'>64</memory><currentMemory>32768</currentMemory><vcpu current='1'>2</vcpu>
  <devices>
    <emulator>/usr/bin/qemu</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/img/a&amp;b.s1' index='2'/>
      <backingStore type='file' index='1'><format type='qcow2'/><source file='/img/a&amp;b.qcow2'/><backingStore/></backingStore>
      <target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>
    <disk type='file' device='cdrom'><target dev='hdc'/><readonly/><alias name='ide0-1-0'/></disk>
    <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default'/><target dev='vnet0'/><model type='virtio'/><alias name='net0'/></interface>
    <interface type='bridge'><mac address='52:54:00:aa:00:02'/><source bridge='br0'/><model type='e1000'/><alias name='net1'/></interface>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/><product id='0xc52b'/></source><alias name='hostdev0'/></hostdev>
    <hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x06' slot='0x02' function='0x0'/></source><alias name='hostdev1'/></hostdev>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend><alias name='rng0'/></rng>
    <graphics type='spice' port='5900' listen='127.0.0.1'/>
  </devices>
  <qemu:commandline><qemu:arg value='-snapshot'/></qemu:commandline>
</domain>`

func TestNode(t *testing.T) {
	root, err := parseNode(someDomain)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseNode(root.String())
	if err != nil || again.String() != root.String() {
		t.Errorf("%v\n%s\nis not\n%s", err, again, root)
	}
	if got := root.child("qemu:commandline", "qemu:arg").attr("value"); got != "-snapshot" {
		t.Errorf("qemu:arg is %q", got)
	}
	x, err := parseDescription(someDomain)
	if err != nil || x.Memory.bytes() != 64<<20 || x.CurrentMemory.bytes() != 32<<20 {
		t.Errorf("memory is %d and %d, %v", x.Memory.bytes(), x.CurrentMemory.bytes(), err)
	}
	if (*node)(nil).child("a", "b").attr("c") != "" || (*node)(nil).bytes() != 0 {
		t.Error("nothing has something")
	}
}

func TestNodeRefuses(t *testing.T) {
	for _, document := range []string{"", "text", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a b=c/>", "<a b='' b='c'/>", "<a x:b='' c='' x:b=''/>", "<a>&bomb;</a>",
		`<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>`, strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1)} {
		if n, err := parseNode(document); err == nil {
			t.Errorf("%.40q is %v", document, n)
		}
	}
	for i := range someDomain {
		if _, err := parseNode(someDomain[:i]); err == nil {
			t.Errorf("cut at %d it is whole", i)
		}
	}
}

func FuzzNode(f *testing.F) {
	f.Add(someDomain)
	f.Add("<a b='&lt;'>c<d/></a>")
	f.Fuzz(func(t *testing.T, document string) {
		n, err := parseNode(document)
		if err != nil {
			return
		}
		again, err := parseNode(n.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", document, n, err)
		}
		if missing := again.lacks(n); len(missing) > 0 && !strings.ContainsAny(document, "\r\uFFFD") {
			t.Fatalf("%q became %q, which lacks %v", document, again, missing)
		}
		devicesOf(&description{root: n})
	})
}

func TestLacks(t *testing.T) {
	have := `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='a'/><link state='up'/><alias name='net0'/>
		<filterref filter='x'/><filterref filter='y'/></interface>`
	for _, c := range []struct {
		wanted string
		want   []string
	}{
		{`<interface type='network'><source network='a'/></interface>`, nil},
		{`<interface type='bridge'><source network='a'/></interface>`, []string{"interface@type"}},
		{`<interface><link state='down'/></interface>`, []string{"interface/link@state"}},
		{`<interface><mtu size='9000'/></interface>`, []string{"interface/mtu"}},
		{`<interface><filterref filter='y'/></interface>`, nil},
		{`<interface><source network='a'>text</source></interface>`, []string{"interface/source"}},
	} {
		h, _ := parseNode(have)
		w, err := parseNode(c.wanted)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.lacks(w); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.wanted, got, c.want)
		}
	}
}
