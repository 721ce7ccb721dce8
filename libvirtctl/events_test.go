package libvirtctl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl"
	"saffron/libvirtctl/libvirttest"
)

const patience = 10 * time.Second

func connect(t *testing.T, s *libvirttest.Server) *libvirtctl.Host {
	t.Helper()
	h, err := libvirtctl.Connect(t.Context(), s.Listen(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// next returns the next event, or fails.
func next(t *testing.T, events <-chan libvirtctl.Event) libvirtctl.Event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the events have ended")
		}
		return e
	case <-time.After(patience):
		t.Fatal("no event")
	}
	return libvirtctl.Event{}
}

// ended waits for the end of the events.
func ended(t *testing.T, events <-chan libvirtctl.Event) {
	t.Helper()
	for limit := time.After(patience); ; {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-limit:
			t.Fatal("the events do not end")
		}
	}
}

func TestEvents(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	h := connect(t, s)
	events, err := h.Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dom := s.Of("work")
	emit := func(event int32, body func(w *libvirttest.Writer)) {
		s.Emit(event, func(w *libvirttest.Writer) { dom(w); body(w) })
	}
	slept := func(event int32) { s.Emit(event, func(w *libvirttest.Writer) { w.U32(0); dom(w) }) }
	for _, tc := range []struct {
		do   func()
		kind libvirtctl.EventKind
		want string
	}{
		{func() { s.Lifecycle("work", 0, 1) }, "lifecycle", "work defined (updated)"},
		{func() { s.Lifecycle("work", 2, 0) }, "lifecycle", "work started (booted)"},
		{func() { s.Lifecycle("work", 5, 1) }, "lifecycle", "work stopped (destroyed)"},
		{func() { s.Lifecycle("work", 5, 77) }, "lifecycle", "work stopped (number 77)"},
		{func() { s.Lifecycle("work", 7, 0) }, "lifecycle", "work asleep (memory)"},
		{func() { s.Lifecycle("work", -1, 0) }, "lifecycle", "work did something (number -1)"},
		{func() { emit(1, func(*libvirttest.Writer) {}) }, "reboot", "work rebooted"},
		{func() { emit(2, func(w *libvirttest.Writer) { w.U64(3600) }) }, "rtc", "work changed its clock (offset 3600 s)"},
		{func() { emit(3, func(w *libvirttest.Writer) { w.I32(2) }) }, "watchdog", "work has a watchdog that fired (reset)"},
		{func() { s.Graphics("work", 0, "10.0.0.7", "40000") }, "graphics", "work console channel connected from 10.0.0.7:40000"},
		{func() { s.Graphics("work", 2, "10.0.0.7", "40000") }, "graphics", "work console channel disconnected from 10.0.0.7:40000"},
		{func() {
			emit(6, func(w *libvirttest.Writer) { w.String("/d.img"); w.String("ide0"); w.I32(1); w.String("enospc") })
		}, "io-error", "work has an I/O error on ide0 (enospc, paused)"},
		{func() { emit(7, func(*libvirttest.Writer) {}) }, "control-error", "work cannot be controlled any more"},
		{func() {
			emit(9, func(w *libvirttest.Writer) { w.OptString("a"); w.U32(0); w.String("ide1"); w.I32(0) })
		}, "disk-change", `work changed disk ide1 (from "a" to "")`},
		{func() { emit(10, func(w *libvirttest.Writer) { w.String("ide1"); w.I32(0) }) }, "tray", "work opened the tray of ide1"},
		{func() { slept(11) }, "pmwakeup", "work woke up"},
		{func() { slept(12) }, "pmsuspend", "work fell asleep"},
		{func() { emit(13, func(w *libvirttest.Writer) { w.U64(65536) }) }, "balloon", "work changed its memory (65536 KiB)"},
		{func() { slept(14) }, "pmsuspend-disk", "work hibernated"},
		{func() { s.Device(15, "work", "usb1") }, "device-removed", "work removed device usb1"},
		{func() {
			emit(16, func(w *libvirttest.Writer) { w.String("vda"); w.I32(2); w.I32(3) })
		}, "block-job", "work block job on vda (copy ready)"},
		{func() {
			emit(17, func(w *libvirttest.Writer) { w.U32(1); w.String("cputune.shares"); w.U32(4); w.U64(9) })
		}, "tunable", "work was tuned (cputune.shares 9)"},
		{func() { emit(18, func(w *libvirttest.Writer) { w.I32(1); w.I32(2) }) }, "agent", "work agent connected (channel)"},
		{func() { s.Device(19, "work", "usb1") }, "device-added", "work added device usb1"},
		{func() { emit(20, func(w *libvirttest.Writer) { w.I32(3) }) }, "migration", "work migrates (round 3)"},
		{func() {
			emit(21, func(w *libvirttest.Writer) {
				w.U32(2)
				w.String("operation")
				w.U32(1)
				w.I32(4)
				w.String("success")
				w.U32(6)
				w.U32(1)
			})
		}, "job-completed", "work completed a job (operation 4, success true)"},
		{func() { s.Device(22, "work", "usb1") }, "device-removal-failed", "work could not remove device usb1"},
		{func() { emit(23, func(w *libvirttest.Writer) { w.I32(2); w.OptString("http://x") }) }, "metadata", "work changed metadata (element http://x)"},
		{func() {
			emit(24, func(w *libvirttest.Writer) { w.String("vda"); w.U32(0); w.U64(10); w.U64(2) })
		}, "block-threshold", "work wrote beyond a threshold of vda (10 bytes, 2 beyond)"},
		{func() { emit(25, func(w *libvirttest.Writer) { w.I32(1); w.I32(1); w.U32(0) }) }, "memory-failure", "work has a memory failure (guest: injected)"},
		{func() { emit(26, func(w *libvirttest.Writer) { w.String("dimm0"); w.U64(5) }) }, "memory-device", "work resized memory device dimm0 (5 KiB)"},
		{func() {
			emit(27, func(w *libvirttest.Writer) { w.String("net0"); w.String("a"); w.String("b") })
		}, "mac", "work changed the address of net0 (from a to b)"},
	} {
		tc.do()
		e := next(t, events)
		if e.Kind != tc.kind || e.String() != tc.want || e.ID != 1 || e.UUID == (libvirtctl.UUID{}) || time.Since(e.Time) > patience {
			t.Errorf("%s %q, want %s %q (%+v)", e.Kind, e, tc.kind, tc.want, e)
		}
	}
}

// TestEventsFromTheStart has an event that comes before the answer to the call
// that asks for it.
func TestEventsFromTheStart(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	h := connect(t, s)
	s.SetFault(libvirttest.On(libvirttest.ProcRegisterEvent, func(*libvirttest.Packet) { s.Lifecycle("work", 2, 0) }))
	events, err := h.Events(t.Context(), libvirtctl.KindLifecycle)
	if err != nil {
		t.Fatal(err)
	}
	if e := next(t, events); e.What != libvirtctl.WhatStarted {
		t.Errorf("%+v", e)
	}
}

// TestEventsShared has several subscribers, which libvirt sees as one.
func TestEventsShared(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	h := connect(t, s)
	both, err := h.Events(t.Context(), libvirtctl.KindLifecycle, libvirtctl.KindDeviceRemoved)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	one, err := h.Events(ctx, libvirtctl.KindDeviceRemoved)
	if err != nil {
		t.Fatal(err)
	}
	s.Lifecycle("work", 2, 0)
	s.Device(libvirttest.EventDeviceRemoved, "work", "usb1")
	if e := next(t, one); e.Device != "usb1" {
		t.Errorf("%+v", e)
	}
	if a, b := next(t, both), next(t, both); a.What != libvirtctl.WhatStarted || b.Device != "usb1" {
		t.Errorf("%+v, %+v", a, b)
	}
	if n := s.Calls(libvirttest.ProcRegisterEvent); n != 2 {
		t.Errorf("%d registrations", n)
	}
	cancel()
	ended(t, one)
	s.Device(libvirttest.EventDeviceRemoved, "work", "usb2")
	if e := next(t, both); e.Device != "usb2" {
		t.Errorf("%+v", e)
	}
}

func TestEventsUnknown(t *testing.T) {
	s := libvirttest.NewServer()
	register := func(c *libvirttest.Call) error {
		if c.Args.I32() > 2 {
			return libvirttest.Refuse(8, "unsupported event ID")
		}
		c.Results.I32(0)
		return nil
	}
	s.Handle(libvirttest.ProcRegisterEvent, register)
	h := connect(t, s)
	if _, err := h.Events(t.Context()); err != nil {
		t.Errorf("all kinds of an old libvirt: %v", err)
	}
	if _, err := h.Events(t.Context(), libvirtctl.KindBalloon); !libvirtctl.IsCode(err, libvirtctl.CodeInvalidArg) {
		t.Errorf("a kind that it does not have: %v", err)
	}
	if _, err := h.Events(t.Context(), "weather"); err == nil || !strings.Contains(err.Error(), "device-removed") {
		t.Errorf("a kind that there is not: %v", err)
	}
}

// TestEventsEnd ends the connection and the context, and looks for what is
// left over.
func TestEventsEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	uri := s.Listen(t)
	for range 5 {
		h, err := libvirtctl.Connect(t.Context(), uri, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		first, err := h.Events(ctx)
		if err != nil {
			t.Fatal(err)
		}
		second, err := h.Events(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.Lifecycle("work", 2, 0)
		next(t, second)
		cancel()
		ended(t, first)
		s.Lifecycle("work", 5, 0)
		s.Drop()
		if e := next(t, second); e.What != libvirtctl.WhatStopped {
			t.Errorf("the last event is lost: %+v", e)
		}
		ended(t, second)
		h.Close()
	}
	s.Close()
	for began := time.Now(); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			buf := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestEventsMissed(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	h := connect(t, s)
	events, err := h.Events(t.Context(), libvirtctl.KindReboot)
	if err != nil {
		t.Fatal(err)
	}
	const sent = 20000
	of := s.Of("work")
	for range sent {
		s.Emit(libvirttest.EventReboot, of)
	}
	got, missed := 0, int64(0)
	for got+int(missed) < sent {
		if e := next(t, events); e.Kind == libvirtctl.KindMissed {
			missed += e.Value
		} else {
			got++
		}
	}
	if missed == 0 || got+int(missed) != sent {
		t.Errorf("%d of %d came, %d were missed", got, sent, missed)
	}
}

func TestEventsTimeout(t *testing.T) {
	s := libvirttest.NewServer()
	h := connect(t, s)
	s.SetFault(libvirttest.Dead())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Events(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestEventJSON(t *testing.T) {
	e := libvirtctl.Event{Kind: libvirtctl.KindLifecycle, Domain: "work", ID: 3, What: libvirtctl.WhatStarted, Detail: "booted"}
	got, err := json.Marshal(e)
	want := `{"time":"0001-01-01T00:00:00Z","kind":"lifecycle","domain":"work","uuid":"00000000-0000-0000-0000-000000000000","id":3,"what":"started","detail":"booted"}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// ExampleHost_Events waits until a domain starts.
func ExampleHost_Events() {
	wait := func(ctx context.Context, h *libvirtctl.Host, name string) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // ends the events
		events, err := h.Events(ctx, libvirtctl.KindLifecycle)
		if err != nil {
			return err
		}
		// What is so already has to be looked at after this, not before.
		for e := range events {
			if e.Domain == name && e.What == libvirtctl.WhatStarted {
				return nil
			}
		}
		return fmt.Errorf("the connection ended: %w", ctx.Err())
	}
	_ = wait
}
