// Package spice is one link of the SPICE protocol: it opens a connection for a
// channel, authenticates, and turns bytes into messages and back.
//
// A session is a set of links, one a channel: package channels builds that on
// top of this one. Here is the life of one link:
//
//	Dial      resolve, connect, proxy, TLS              (dial.go, proxy.go, tls.go)
//	Link      link message and reply, capabilities      (link.go, caps.go)
//	          ticket encrypted with the server's key    (auth.go)
//	Next      header, limits, body, sub-messages        (frame.go, conn.go)
//	          acks, pings and notices answered          (base.go, ack.go)
//	Send      header and body in one write              (conn.go)
//
// [Connect] does the first two, and repeats them over TLS when the server asks
// for it. Whatever fails is a [*LinkError] that names the stage, the value that
// was tried and one suggestion.
//
// Nothing that comes from the network is trusted: [Limits] bounds every size
// before memory is made for it.
//
// The package does not know what messages mean beyond the base messages that
// every channel may carry. It imports only the standard library.
package spice
