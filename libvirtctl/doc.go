// Package libvirtctl is the control plane: it connects to libvirt hosts, finds
// the graphics of their domains and hands them to whoever shows them, and works
// with domains over their whole life. It and the packages below it are the only
// importers of go-libvirt, whose types do not leave them, and they know nothing
// of SPICE.
//
// A [Host] is one connection, a [Domain] a machine on it:
//
//	host, err := libvirtctl.Connect(ctx, "qemu:///system", nil)
//	…
//	defer host.Close()
//	domain, err := host.Domain(ctx, "work") // a name, a UUID or an id
//	…
//	state, err := domain.State(ctx)
//
// All calls take a context and end with it. What libvirt refuses is an [*Error]
// with libvirt's own code.
package libvirtctl
