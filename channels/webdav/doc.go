// Package webdav is the stream of a folder channel: connections of HTTP clients
// in the guest, woven into one.
//
// A [Mux] takes what the guest sends, takes the connections apart, and hands
// them out as a [net.Listener] does, so that an [net/http.Server] serves them.
// There is no network behind it. What is served is no business of this package.
//
// On the wire each piece is the connection's number, which the guest chooses
// (64 bits), its length (16 bits), and that many bytes; no bytes say that the
// connection is closed.
//
// Source: SPICE protocol, webdav channel.
package webdav
