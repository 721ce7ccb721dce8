// Package libvirtctl will find the graphics of a libvirt domain and open them,
// and will be the only importer of go-libvirt. It is empty so far: saffron
// takes addresses and connection files.
package libvirtctl
