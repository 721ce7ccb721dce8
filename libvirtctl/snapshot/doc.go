// Package snapshot knows what snapshots a domain can have. It makes the request
// for libvirt and says before it is sent whether libvirt will take it, why not,
// and which one it would take. It is pure: [Facts] go in, a [Plan] or a
// [*Refusal] comes out.
//
//	facts, err := snapshot.ParseDomain(xml) // and what XML does not tell
//	…
//	plan, refusal := snapshot.Make(&snapshot.Request{Name: "before"}, &facts)
//
// An internal snapshot lies inside the qcow2 images, with the memory of a domain
// that runs. An external one leaves the images as they are and goes on in new
// files, the overlays; the memory goes to a file of its own or, if only the disks
// are wanted, is not kept. The two do not mix. The rules are those of the QEMU
// driver; package matrix has them as a table.
package snapshot
