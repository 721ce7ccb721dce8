// Package rpc is one connection to a libvirt daemon, as packets.
//
// It stands between go-libvirt and the transport, because that library leaves
// out what a client of real hosts needs: it passes descriptors on, opens
// connections read-only, logs in by SASL, answers and sends keepalive pings,
// bounds what a peer may send, and tells when and why the connection ended.
// A [Client] makes calls of its own, and [Client.Conn] is what go-libvirt is
// given as its connection:
//
//	c := rpc.New(conn)
//	err := c.Open(ctx, rpc.OpenOptions{Name: "qemu:///system", ReadOnly: true})
//	…
//	l := libvirt.NewWithDialer(dialers.NewAlreadyConnected(c.Conn()))
//	err = l.ConnectToURI("")
//	c.Attached()
//
// A packet is a length, a header of six words and a body in XDR, all in
// network order. Nothing that a peer sends is trusted: the end of a packet, the
// serial and the procedure of a reply, and the counts in it are checked before
// memory is made for them, and the connection ends at the first lie.
//
// Source: libvirt's RPC infrastructure and the remote protocol's definition.
package rpc
