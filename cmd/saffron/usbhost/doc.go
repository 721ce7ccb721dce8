// Package usbhost gives guests the USB devices of this computer.
//
// A [Bus] lists them and takes one; a [Device] that is taken is a device of
// package usbredir, with control, bulk, interrupt and isochronous transfers. All
// goes through libusb-1.0, which is loaded at run time: without it, or on a
// system where it cannot be loaded, Open says so and that is all.
//
// Hubs are never listed. What a guest asks of a device is checked against the
// device's descriptors, and what is under way for it is bounded.
//
// Callbacks of the library run on one goroutine for all devices, which never
// waits for a guest; each device has a goroutine that does.
package usbhost
