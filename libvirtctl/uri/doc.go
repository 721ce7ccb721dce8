// Package uri tells which libvirt daemon is meant, as libvirt's own clients do.
//
// A [Resolver] turns what a user gave, if anything, into a [URI]: an explicit
// name, LIBVIRT_DEFAULT_URI, uri_default of the client's libvirt.conf, and at
// last the local daemon, which chooses its driver itself. A name may be an
// alias of libvirt.conf. What is found says how to reach the daemon and what
// to ask it for:
//
//	u, err := uri.System().Resolve("qemu+ssh://admin@host/system", false)
//	u.Transport // "ssh"
//	u.Daemon()  // "qemu:///system"
//
// The package is pure: it reads files and the environment by the functions of
// the Resolver, and connects to nothing.
//
// Source: libvirt's connection URIs, remote support and libvirt.conf.
package uri
