package libvirtctl

import (
	"fmt"
	"net"
	"strings"

	"saffron/libvirtctl/internal/xdr"
)

// An eventType is how libvirt tells of a kind of events.
type eventType struct {
	kind      EventKind
	id        int32  // virDomainEventID
	procedure uint32 // of the message that tells of it
	// read reads what follows the domain.
	read func(e *Event, r *xdr.Reader)
	// reason: a word stands before the domain.
	reason bool
}

// Source: libvirt's remote protocol, REMOTE_PROC_DOMAIN_EVENT_*. Block jobs are
// told of twice, by the path and by the target of the disk: the latter counts.
// So are I/O errors, without and with the reason.
var eventTypes = []eventType{
	{kind: KindLifecycle, id: 0, procedure: 318, read: readLifecycle},
	{kind: KindReboot, id: 1, procedure: 319, read: says("rebooted")},
	{kind: KindRTC, id: 2, procedure: 320, read: readRTC},
	{kind: KindWatchdog, id: 3, procedure: 321, read: readWatchdog},
	{kind: KindGraphics, id: 5, procedure: 323, read: readGraphics},
	{kind: KindIOError, id: 6, procedure: 324, read: readIOError},
	{kind: KindControlError, id: 7, procedure: 325, read: says("cannot be controlled any more")},
	{kind: KindDiskChange, id: 9, procedure: 327, read: readDiskChange},
	{kind: KindTray, id: 10, procedure: 328, read: readTray},
	{kind: KindPMWakeup, id: 11, procedure: 329, read: says("woke up"), reason: true},
	{kind: KindPMSuspend, id: 12, procedure: 330, read: says("fell asleep"), reason: true},
	{kind: KindBalloon, id: 13, procedure: 331, read: readBalloon},
	{kind: KindPMSuspendDisk, id: 14, procedure: 332, read: says("hibernated"), reason: true},
	{kind: KindDeviceRemoved, id: 15, procedure: 333, read: ofDevice("removed device")},
	{kind: KindBlockJob, id: 16, procedure: 339, read: readBlockJob},
	{kind: KindTunable, id: 17, procedure: 346, read: readTunable},
	{kind: KindAgent, id: 18, procedure: 348, read: readAgent},
	{kind: KindDeviceAdded, id: 19, procedure: 354, read: ofDevice("added device")},
	{kind: KindMigration, id: 20, procedure: 359, read: readMigration},
	{kind: KindJobCompleted, id: 21, procedure: 363, read: readJobCompleted},
	{kind: KindDeviceRemovalFailed, id: 22, procedure: 367, read: ofDevice("could not remove device")},
	{kind: KindMetadata, id: 23, procedure: 379, read: readMetadata},
	{kind: KindBlockThreshold, id: 24, procedure: 385, read: readBlockThreshold},
	{kind: KindMemoryFailure, id: 25, procedure: 423, read: readMemoryFailure},
	{kind: KindMemoryDevice, id: 26, procedure: 438, read: readMemoryDevice},
	{kind: KindMAC, id: 27, procedure: 453, read: readMAC},
}

func typeOf(k EventKind) *eventType {
	for i := range eventTypes {
		if eventTypes[i].kind == k {
			return &eventTypes[i]
		}
	}
	return nil
}

// parse reads a message's body.
func (t *eventType) parse(body []byte) (Event, error) {
	r := xdr.NewReader(body)
	r.U32() // callback
	if t.reason {
		r.U32()
	}
	e := Event{Kind: t.kind, Domain: r.String()}
	copy(e.UUID[:], r.Fixed(len(e.UUID)))
	e.ID = int(r.I32())
	t.read(&e, r)
	if err := r.Err(); err != nil {
		return Event{}, fmt.Errorf("libvirtctl: %s event: %w", t.kind, err)
	}
	return e, nil
}

// words are the meanings of a number.
type words []string

func (w words) of(n int32) string {
	if n >= 0 && int(n) < len(w) {
		return w[n]
	}
	return fmt.Sprintf("number %d", n)
}

func says(what string) func(*Event, *xdr.Reader) {
	return func(e *Event, _ *xdr.Reader) { e.What = what }
}

func ofDevice(what string) func(*Event, *xdr.Reader) {
	return func(e *Event, r *xdr.Reader) { e.What, e.Device = what, r.String() }
}

// lives are what happens in a domain's life, and the details of each.
var lives = []struct {
	what    string
	details words
}{
	{WhatDefined, words{"added", "updated", "renamed", "from a snapshot"}},
	{WhatUndefined, words{"removed", "renamed"}},
	{WhatStarted, words{"booted", "migrated", "restored", "from a snapshot", "woken up"}},
	{WhatSuspended, words{"paused", "migrated", "I/O error", "watchdog", "restored", "from a snapshot", "API error", "post-copy", "post-copy failed"}},
	{WhatResumed, words{"unpaused", "migrated", "from a snapshot", "post-copy", "post-copy failed"}},
	{WhatStopped, words{"shut down", "destroyed", "crashed", "migrated", "saved", "failed", "from a snapshot", "recreated"}},
	{WhatShutDown, words{"finished", "by the guest", "by the host"}},
	{WhatPMSuspended, words{"memory", "disk"}},
	{WhatCrashed, words{"panicked", "crash loaded"}},
}

func readLifecycle(e *Event, r *xdr.Reader) {
	event, detail := r.I32(), r.I32()
	if event < 0 || int(event) >= len(lives) {
		e.What = fmt.Sprintf("did something (number %d)", event)
		return
	}
	e.What, e.Detail = lives[event].what, lives[event].details.of(detail)
}

func readRTC(e *Event, r *xdr.Reader) {
	e.What, e.Value = "changed its clock", r.I64()
	e.Detail = fmt.Sprintf("offset %d s", e.Value)
}

func readWatchdog(e *Event, r *xdr.Reader) {
	e.What, e.Detail = "has a watchdog that fired", words{"no action", "paused", "reset", "powered off", "shut down", "debug", "NMI"}.of(r.I32())
}

// readGraphics reads what became of a connection to a console: over SPICE each
// channel is one.
func readGraphics(e *Event, r *xdr.Reader) {
	e.What = words{"console channel connected", "console channel ready", "console channel disconnected"}.of(r.I32())
	e.Local, e.Remote = readAddress(r), readAddress(r)
	if e.Detail = r.String(); e.Detail == "none" { // how the client logged in
		e.Detail = ""
	}
	for range r.Count(8) {
		_, _ = r.String(), r.String()
	}
}

func readAddress(r *xdr.Reader) string {
	const unix = 2
	family, node, service := r.I32(), r.String(), r.String()
	if family == unix || service == "" {
		return node
	}
	return net.JoinHostPort(node, service)
}

func readIOError(e *Event, r *xdr.Reader) {
	file, alias := r.String(), r.String()
	action, reason := r.I32(), r.String()
	e.What, e.Device = "has an I/O error on", alias
	if e.Device == "" {
		e.Device = file
	}
	e.Detail = words{"goes on", "paused", "told the guest"}.of(action)
	if reason != "" {
		e.Detail = reason + ", " + e.Detail
	}
}

func readDiskChange(e *Event, r *xdr.Reader) {
	old, file := r.OptString(), r.OptString()
	e.Device = r.String()
	r.I32()
	e.What, e.Detail = "changed disk", fmt.Sprintf("from %q to %q", old, file)
}

func readTray(e *Event, r *xdr.Reader) {
	e.Device = r.String()
	e.What = words{"opened the tray of", "closed the tray of"}.of(r.I32())
}

func readBalloon(e *Event, r *xdr.Reader) {
	e.What, e.Value = "changed its memory", r.I64()
	e.Detail = fmt.Sprintf("%d KiB", e.Value)
}

func readBlockJob(e *Event, r *xdr.Reader) {
	e.Device = r.String()
	job := words{"unknown", "pull", "copy", "commit", "active commit", "backup"}.of(r.I32())
	e.What = "block job on"
	e.Detail = job + " " + words{"completed", "failed", "cancelled", "ready"}.of(r.I32())
}

func readTunable(e *Event, r *xdr.Reader) { e.What, e.Detail = "was tuned", readParams(r) }

func readAgent(e *Event, r *xdr.Reader) {
	e.What = words{"agent unknown", "agent connected", "agent disconnected"}.of(r.I32())
	e.Detail = words{"", "domain started", "channel"}.of(r.I32())
}

func readMigration(e *Event, r *xdr.Reader) {
	e.What, e.Value = "migrates", int64(r.I32())
	e.Detail = fmt.Sprintf("round %d", e.Value)
}

func readJobCompleted(e *Event, r *xdr.Reader) { e.What, e.Detail = "completed a job", readParams(r) }

func readMetadata(e *Event, r *xdr.Reader) {
	e.What, e.Detail = "changed metadata", words{"description", "title", "element"}.of(r.I32())
	if space := r.OptString(); space != "" {
		e.Detail += " " + space
	}
}

func readBlockThreshold(e *Event, r *xdr.Reader) {
	e.What, e.Device = "wrote beyond a threshold of", r.String()
	r.OptString() // the file
	e.Value = r.I64()
	e.Detail = fmt.Sprintf("%d bytes, %d beyond", e.Value, r.U64())
}

func readMemoryFailure(e *Event, r *xdr.Reader) {
	e.What = "has a memory failure"
	recipient := words{"hypervisor", "guest"}.of(r.I32())
	e.Detail = recipient + ": " + words{"ignored", "injected", "fatal", "reset"}.of(r.I32())
	r.U32()
}

func readMemoryDevice(e *Event, r *xdr.Reader) {
	e.What, e.Device, e.Value = "resized memory device", r.String(), r.I64()
	e.Detail = fmt.Sprintf("%d KiB", e.Value)
}

func readMAC(e *Event, r *xdr.Reader) {
	e.What, e.Device = "changed the address of", r.String()
	e.Detail = fmt.Sprintf("from %s to %s", r.String(), r.String())
}

// readParams reads named values (remote_typed_param).
func readParams(r *xdr.Reader) string {
	var b strings.Builder
	for i := range r.Count(12) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", r.String(), readValue(r))
	}
	return b.String()
}

func readValue(r *xdr.Reader) string {
	switch r.U32() {
	case 1:
		return fmt.Sprint(r.I32())
	case 2:
		return fmt.Sprint(r.U32())
	case 3:
		return fmt.Sprint(r.I64())
	case 4:
		return fmt.Sprint(r.U64())
	case 5:
		return fmt.Sprint(r.F64())
	case 6:
		return fmt.Sprint(r.I32() != 0)
	case 7:
		return r.String()
	}
	r.Fail("a value of unknown type")
	return ""
}
