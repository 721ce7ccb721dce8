// Package storage is USB disks and CD drives that are made of a file, or of
// anything else that can be read at any place: they can be plugged into a guest
// by package usbredir, and need no privilege and no driver here.
//
// A [Drive] is a device of the class mass storage with the bulk-only transport,
// which takes SCSI commands. Data goes between the medium and the guest as the
// guest asks for it: no command makes memory for more than one transfer.
//
// Sources: USB Mass Storage Class, Bulk-Only Transport 1.0; SPC-3, SBC-3, MMC-5.
package storage
