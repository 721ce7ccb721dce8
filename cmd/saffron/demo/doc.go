// Package demo is a desktop inside the program: a SPICE server with a small
// live picture, to look at the client without a virtual machine and to test it
// end to end.
//
// A [Desktop] shows one tile for each image encoding of the protocol, whose
// content is sent with exactly that encoding, tiles for the image cache,
// off-screen surfaces, COPY_BITS and FILL, and a terminal that echoes keys and
// pointer. F9 changes the resolution.
//
//	d := demo.New(demo.Options{})
//	defer d.Close()
//	go d.Run(ctx)
//	o := &channels.Options{Link: spice.Options{Dial: d.Server().DialContext, ...}}
//
// The desktop keeps the picture as a client must see it: [Desktop.Snapshot].
// It serves one client at a time. A new one takes the place of the old one and
// gets the whole picture.
package demo
