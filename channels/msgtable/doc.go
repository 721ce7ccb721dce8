// Package msgtable holds the form of a channel's table of messages.
//
// Each channel package lists every message of its channel once, in a [Table]:
// number, name, direction and a constructor. Names in logs and the tests that
// every message must pass come from that one list; package msgtabletest has
// the tests.
package msgtable
