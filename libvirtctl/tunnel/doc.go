// Package tunnel reaches what is behind an ssh server: one ssh connection,
// through which any number of TCP connections, unix sockets and programs of
// the far host are reached.
//
//	c, err := tunnel.Dial(ctx, tunnel.Config{Host: "desk7", User: "admin"})
//	…
//	conn, err := c.Dial(ctx, "unix", "/var/run/libvirt/libvirt-sock")
//
// It needs no ssh program, but heeds the user's ssh configuration: HostName,
// User, Port, IdentityFile, IdentitiesOnly, IdentityAgent, ProxyJump,
// HostKeyAlias, UserKnownHostsFile, GlobalKnownHostsFile and
// StrictHostKeyChecking. Blocks that begin with Match are left out.
//
// A server whose key is not known is refused, or shown to a person if there is
// one to ask.
package tunnel
