package libvirtctl

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// A DiskSpec describes a disk to be attached.
type DiskSpec struct {
	Source   string // a file, or a block device below /dev
	Target   string // "": the next free one of the bus
	Bus      string // "": as the target says, else "virtio"
	Format   string // "": as the name of the file says
	ReadOnly bool
}

// diskPrefixes are what the names of targets on a bus begin with.
var diskPrefixes = map[string]string{"virtio": "vd", "scsi": "sd", "usb": "sd", "sata": "sd", "ide": "hd", "fdc": "fd", "xen": "xvd"}

// DiskXML describes a disk. devices are those that the domain has.
func DiskXML(s DiskSpec, devices []*Device) (string, error) {
	if s.Format == "" {
		f, err := formatOf(s.Source)
		if err != nil {
			return "", err
		}
		s.Format = f
	}
	if s.Bus == "" && s.Target != "" {
		s.Bus = diskBus(newNode("disk").with(newNode("target", "dev", s.Target)))
	}
	if s.Bus == "" {
		s.Bus = "virtio"
	}
	if s.Target == "" {
		prefix, ok := diskPrefixes[s.Bus]
		if !ok {
			return "", fmt.Errorf("libvirtctl: how targets on the bus %q are called is not known: say the target", s.Bus)
		}
		s.Target = freeTarget(prefix, devices)
	}
	kind, attr := "file", "file"
	if strings.HasPrefix(s.Source, "/dev/") {
		kind, attr = "block", "dev"
	}
	n := newNode("disk", "type", kind, "device", "disk").with(
		newNode("driver", "name", "qemu", "type", s.Format), newNode("source", attr, s.Source), newNode("target", "dev", s.Target, "bus", s.Bus))
	if s.ReadOnly {
		n.with(newNode("readonly"))
	}
	return n.String(), nil
}

// formatOf goes by the end of a name: what is in an image must never decide,
// because the guest writes it.
func formatOf(file string) (string, error) {
	if strings.HasPrefix(file, "/dev/") {
		return "raw", nil
	}
	switch strings.ToLower(path.Ext(file)) {
	case ".raw", ".img", ".iso":
		return "raw", nil
	case ".qcow2":
		return "qcow2", nil
	case ".qed", ".vmdk", ".vdi", ".vpc":
		return strings.ToLower(path.Ext(file))[1:], nil
	}
	return "", fmt.Errorf("libvirtctl: the name of %s does not say its format", file)
}

// freeTarget returns the first name that no disk has.
func freeTarget(prefix string, devices []*Device) string {
	used := make(map[string]bool)
	for _, d := range devices {
		used[d.Target] = true
	}
	for i := 0; ; i++ {
		letters := ""
		for n := i; n >= 0; n = n/26 - 1 {
			letters = string(rune('a'+n%26)) + letters
		}
		if name := prefix + letters; !used[name] {
			return name
		}
	}
}

// NICXML describes a network card in a libvirt network. model "" is virtio.
func NICXML(network, model string) string {
	if model == "" {
		model = "virtio"
	}
	return newNode("interface", "type", "network").with(newNode("source", "network", network), newNode("model", "type", model)).String()
}

// USBXML describes a USB device of the host by its numbers, as in "046d:c52b".
func USBXML(numbers string) (string, error) {
	vendor, product, ok := strings.Cut(numbers, ":")
	v, err1 := strconv.ParseUint(vendor, 16, 16)
	p, err2 := strconv.ParseUint(product, 16, 16)
	if !ok || err1 != nil || err2 != nil {
		return "", fmt.Errorf("libvirtctl: %q is not vendor:product, as in 046d:c52b", numbers)
	}
	return newNode("hostdev", "mode", "subsystem", "type", "usb", "managed", "yes").with(newNode("source").with(
		newNode("vendor", "id", fmt.Sprintf("0x%04x", v)), newNode("product", "id", fmt.Sprintf("0x%04x", p)))).String(), nil
}

// mediumXML describes a drive with another medium; source "" is none.
func mediumXML(drive *Device, source string) *node {
	n := &node{name: drive.node.name, attrs: append(drive.node.attrs[:0:0], drive.node.attrs...), kids: drive.node.kids}
	n.drop("source", "backingStore", "mirror", "alias")
	kind, attr := "file", "file"
	if strings.HasPrefix(source, "/dev/") {
		kind, attr = "block", "dev"
	}
	n.set("type", kind)
	if source != "" {
		n.kids = append([]*node{newNode("source", attr, source)}, n.kids...)
	}
	return n
}
