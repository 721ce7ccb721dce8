package libvirtctl

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// A Device is a part of a domain: a child of <devices>.
type Device struct {
	Kind    string   `json:"kind"`              // "disk", "interface", "hostdev" …
	Type    string   `json:"type"`              // of a disk: "disk", "cdrom", "floppy" …
	Alias   string   `json:"alias"`             // in the running domain
	Target  string   `json:"target"`            // "vda", "vnet0"
	MAC     string   `json:"mac"`               // of an interface
	Model   string   `json:"model"`             // of a disk: its bus
	Source  string   `json:"source"`            // what is behind it on the host
	Backing []string `json:"backing,omitempty"` // of a disk: what its source is based on, nearest first
	Live    bool     `json:"live"`              // it is in the running domain
	Config  bool     `json:"config"`            // it is in the stored definition
	XML     string   `json:"-"`

	node *node
}

// Name is the shortest that identifies the device: its target, its MAC, its
// alias, or else its kind.
func (d *Device) Name() string {
	if d.Kind == "disk" || d.Kind == "filesystem" {
		return cmp.Or(d.Target, d.Alias, d.Kind)
	}
	return cmp.Or(d.MAC, d.Alias, d.Target, d.Kind)
}

// Removable reports whether the device is a drive whose medium changes.
func (d *Device) Removable() bool {
	return d.Kind == "disk" && (d.Type == "cdrom" || d.Type == "floppy")
}

// devicesOf reads the devices of a description.
func devicesOf(x *description) []*Device {
	var devices []*Device
	list := x.root.child("devices")
	if list == nil {
		return nil
	}
	for _, n := range list.kids {
		if n.name != "emulator" {
			devices = append(devices, newDevice(n))
		}
	}
	return devices
}

func newDevice(n *node) *Device {
	d := &Device{
		Kind: n.name, Type: n.attr("type"), Alias: n.child("alias").attr("name"), Target: n.child("target").attr("dev"),
		MAC: n.child("mac").attr("address"), Model: cmp.Or(n.attr("model"), n.child("model").attr("type"), n.child("model").attr("name")),
		XML: n.String(), node: n,
	}
	switch n.name {
	case "disk":
		d.Type, d.Model = cmp.Or(n.attr("device"), "disk"), diskBus(n)
		d.Backing = chainOf(n)
	case "filesystem":
		d.Target = n.child("target").attr("dir")
	case "channel", "serial", "console", "parallel":
		d.Model = n.child("target").attr("name")
	case "input", "redirdev", "hub":
		d.Model = n.attr("bus")
	}
	d.Source = sourceOf(n)
	return d
}

// diskBus is what a disk is connected to; libvirt goes by the target's name
// where it is not said.
func diskBus(n *node) string {
	target := n.child("target")
	if bus := target.attr("bus"); bus != "" {
		return bus
	}
	for prefix, bus := range map[string]string{"vd": "virtio", "hd": "ide", "sd": "scsi", "fd": "fdc", "xvd": "xen", "ubd": "uml"} {
		if strings.HasPrefix(target.attr("dev"), prefix) {
			return bus
		}
	}
	return ""
}

// chainOf returns the files that a disk's source is based on.
func chainOf(disk *node) []string {
	var chain []string
	for b := disk.child("backingStore"); b.child("source") != nil; b = b.child("backingStore") {
		chain = append(chain, sourceOf(b))
	}
	return chain
}

// sourceOf says in a few words what is behind a device.
func sourceOf(n *node) string {
	s := n.child("source")
	switch {
	case n.name == "graphics":
		return strings.Trim(n.attr("listen")+":"+n.attr("port"), ":")
	case n.name == "hostdev" && s.child("vendor") != nil:
		return strings.TrimPrefix(s.child("vendor").attr("id"), "0x") + ":" + strings.TrimPrefix(s.child("product").attr("id"), "0x")
	case s.child("address") != nil:
		a := s.child("address")
		return strings.Trim(strings.Join([]string{a.attr("domain"), a.attr("bus"), a.attr("slot"), a.attr("function"), a.attr("device")}, ":"), ":")
	case s.attr("protocol") != "":
		return s.attr("protocol") + ":" + s.attr("name")
	case s.attr("pool") != "":
		return s.attr("pool") + "/" + s.attr("volume")
	}
	for _, name := range []string{"file", "dev", "network", "bridge", "path", "dir", "name", "channel"} {
		if v := s.attr(name); v != "" {
			return v
		}
	}
	return ""
}

// Devices returns the devices of the running domain, of its stored definition,
// or, with AffectBoth, of both, where Live and Config say which. AffectCurrent
// is the running domain's if it runs.
func (d *Domain) Devices(ctx context.Context, a Affect) ([]*Device, error) {
	if a != AffectBoth {
		a, _, err := d.prepare(ctx, "list the devices of "+d.Name, a)
		if err != nil {
			return nil, err
		}
		return d.devices(ctx, a)
	}
	c, err := d.Condition(ctx)
	if err != nil {
		return nil, err
	}
	var live, config []*Device
	if c.State.Active() {
		if live, err = d.devices(ctx, AffectLive); err != nil {
			return nil, err
		}
	}
	if c.Persistent {
		config, err = d.devices(ctx, AffectConfig)
	}
	return mergeDevices(live, config), err
}

// devices reads either the running domain's or the stored devices.
func (d *Domain) devices(ctx context.Context, a Affect) ([]*Device, error) {
	var flags XMLFlags
	if a == AffectConfig {
		flags = XMLInactive
	}
	x, err := d.parsed(ctx, flags)
	if err != nil {
		return nil, err
	}
	devices := devicesOf(x)
	for _, v := range devices {
		v.Live, v.Config = a == AffectLive, a == AffectConfig
	}
	return devices, nil
}

// mergeDevices puts together what is the same device: those of the running
// domain in its order, then those that are only stored.
func mergeDevices(live, config []*Device) []*Device {
	known := make(map[string]*Device, len(live))
	for i, key := range deviceKeys(live) {
		known[key] = live[i]
	}
	merged := live
	for i, key := range deviceKeys(config) {
		if same := known[key]; same != nil {
			same.Config = true
			continue
		}
		merged = append(merged, config[i])
	}
	return merged
}

// deviceKeys returns what tells devices of one domain apart, both running and
// stored: aliases are only known while it runs.
func deviceKeys(devices []*Device) []string {
	keys := make([]string, len(devices))
	seen := make(map[string]int)
	for i, d := range devices {
		key := d.Kind + " "
		address := d.node.child("address")
		switch {
		case d.Kind == "disk":
			key += d.Target
		case d.MAC != "":
			key += strings.ToLower(d.MAC)
		case address != nil:
			key += address.String()
		default:
			key += d.Type
		}
		seen[key]++
		keys[i] = fmt.Sprint(key, " ", seen[key])
	}
	return keys
}

// findDevice finds the device that a user means, by target, MAC or alias.
func findDevice(devices []*Device, which string) (*Device, error) {
	var found []*Device
	for _, d := range devices {
		if which != "" && (which == d.Target || which == d.Alias || strings.EqualFold(which, d.MAC)) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no %s; it has %s", which, names(devices))
	}
	return nil, fmt.Errorf("%s is the name of %d devices; name it by its alias", which, len(found))
}

// sameDevice finds the device that an element describes: a disk by its target,
// an interface by its MAC, others by alias, or else all that it says.
func sameDevice(devices []*Device, wanted *node) (*Device, error) {
	w := newDevice(wanted)
	var found []*Device
	for _, d := range devices {
		if d.Kind != w.Kind {
			continue
		}
		var same bool
		switch {
		case w.Kind == "disk":
			same = d.Target == w.Target
		case w.MAC != "":
			same = strings.EqualFold(d.MAC, w.MAC)
		case w.Alias != "" && d.Alias != "":
			same = d.Alias == w.Alias
		case w.Kind == "graphics":
			same = d.Type == w.Type
		default:
			same = len(d.node.lacks(withoutAlias(wanted))) == 0
		}
		if same {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("there is no such %s; it has %s", w.Kind, names(devices))
	}
	return nil, fmt.Errorf("%d devices are like this; say its <alias>, <mac> or <address>", len(found))
}

// withoutAlias is what a stored device can be compared with.
func withoutAlias(n *node) *node {
	c := &node{name: n.name, attrs: n.attrs, text: n.text}
	for _, k := range n.kids {
		if k.name != "alias" {
			c.kids = append(c.kids, k)
		}
	}
	return c
}

// names lists devices for a message.
func names(devices []*Device) string {
	var s []string
	for _, d := range devices {
		if d.Kind != "controller" && d.Name() != d.Kind {
			s = append(s, d.Name())
		}
	}
	const most = 12
	switch {
	case len(s) == 0:
		return "none"
	case len(s) > most:
		s = append(s[:most], "more")
	}
	return strings.Join(s, ", ")
}
