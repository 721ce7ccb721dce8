// Package usbredir is the stream of a USB channel: devices of this side that
// appear in the guest.
//
// A [Host] is fed what the guest's virtual port sends and speaks to it for one
// [Device] at a time, which may be plugged and unplugged at any moment. What the
// device is, is not known here: package storage has disks and CDs made of files.
//
// The guest is not trusted: the size of packets, the number of transfers and
// what they carry are bounded, and what does not parse ends the channel.
//
// A [Filter] says in the common grammar which devices may be plugged.
//
// Source: usbredir protocol 0.7; SPICE protocol, usbredir channel.
package usbredir
