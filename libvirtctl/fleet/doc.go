// Package fleet works with many libvirt hosts at once: it lists their domains
// and follows what happens to them, and no host waits for another.
//
//	for answer := range fleet.List(ctx, hosts, nil) {
//		… // as soon as this host has answered, or failed
//	}
//
// [Watch] keeps a list up to date by the hosts' events, and [Events] tells of
// the events themselves. Both follow hosts that go away and come back.
package fleet
