// Package share serves a folder of this computer to a guest, over HTTP and
// WebDAV (classes 1 and 2), and files that were copied to be pasted there.
//
// The guest is not trusted. All access goes through an [os.Root], so that no
// name, no matter how it is written, and no symbolic link leads out of the
// folder; links that stay inside are followed. Devices, pipes and sockets are
// not there at all. What a guest can make this program keep in memory is
// bounded: connections by who accepts them, bodies that are not files, locks,
// depths.
//
// What a guest may write it may fill the disk with: that is what sharing a
// folder means, unless it is shared read-only.
package share
