// Package auth proves to a libvirt daemon who one is: the user's side of SASL,
// and auth.conf, where credentials are kept.
//
// [Choose] takes the best mechanism that a daemon offers. A password leaves
// this machine only as SCRAM's proof, or as it is where the transport keeps it
// from others.
//
// Source: RFC 5802 and 7677 (SCRAM), RFC 4616 (PLAIN), libvirt's auth.conf.
package auth
