package inputs

import (
	"context"
	"errors"
	"image"
	"math"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
	"saffron/spice/wire"
)

// open runs f with a channel whose server is a recorder.
func open(t *testing.T, f func(t *testing.T, i *Inputs, r *recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		i := New(r, nil)
		defer i.Close()
		f(t, i, r)
	})
}

// expect waits until all is quiet and compares what was sent.
func expect(t *testing.T, r *recorder, want string) {
	t.Helper()
	synctest.Wait()
	if got := r.take(); got != want {
		t.Errorf("sent %q\nwant %q", got, want)
	}
}

func ack(t *testing.T, i *Inputs) {
	t.Helper()
	if err := i.Handle(fromServer(MsgMouseMotionAck, nil)); err != nil {
		t.Error(err)
	}
}

func TestEvents(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(i *Inputs)
		want string
	}{
		"key":             {func(i *Inputs) { i.Key(0x1e, true); i.Key(0x1e, false) }, "+1e -1e"},
		"repeat":          {func(i *Inputs) { i.Key(0xe04d, true); i.Key(0xe04d, true); i.Key(0xe04d, false) }, "+e04d -e04d"},
		"release unheld":  {func(i *Inputs) { i.Key(0x1e, false) }, ""},
		"no key":          {func(i *Inputs) { i.Key(0, true); i.Key(0x9e, true); i.Key(0xe100, true) }, ""},
		"combo":           {func(i *Inputs) { i.Combo(0x1d, 0x38, 0xe053) }, "+1d +38 +e053 -e053 -38 -1d"},
		"combo over held": {func(i *Inputs) { i.Key(0x1e, true); i.Combo(0x3b, 0); i.Key(0x1e, false) }, "+1e -1e +3b -3b"},
		"buttons": {func(i *Inputs) {
			i.Button(Left, true)
			i.Button(Right, true)
			i.Button(Left, false)
			i.Button(Right, false)
			i.Button(Extra, true)
		}, "L1 R5 l4 r0 X40"},
		"button twice": {func(i *Inputs) {
			i.Button(Side, true)
			i.Button(Side, true)
			i.Button(Side, false)
			i.Button(Side, false)
		}, "S20 s0"},
		"no button": {func(i *Inputs) { i.Button(0, true); i.Button(4, true); i.Button(5, true); i.Button(8, true) }, ""},
		"wheel":     {func(i *Inputs) { i.Wheel(2); i.Wheel(0); i.Wheel(-1) }, "U0 u0 U0 u0 D0 d0"},
		"wheel while dragging": {func(i *Inputs) { i.Button(Left, true); i.Wheel(1) },
			"L1 U1 u1"},
		"release all": {func(i *Inputs) {
			i.Key(0x1d, true)
			i.Key(0x1e, true)
			i.Button(Middle, true)
			i.Button(Left, true)
			i.ReleaseAll()
			i.ReleaseAll()
		}, "+1d +1e M2 L3 -1e -1d l2 m0"},
		"server mode": {func(i *Inputs) { i.Position(0, image.Pt(1, 2)); i.Motion(3, -4); i.Button(Left, true) }, "~3,-4 L1"},
		"client mode": {func(i *Inputs) {
			i.SetMouseMode(false)
			i.Motion(3, 4)
			i.Position(1, image.Pt(5, -6))
			i.Button(Left, true)
		}, "@1:5,0 L1"},
		"mode change drops motion": {func(i *Inputs) { i.Motion(1, 1); i.SetMouseMode(false); i.Button(Left, true) }, "L1"},
		"same mode keeps it":       {func(i *Inputs) { i.Motion(1, 1); i.SetMouseMode(true); i.Button(Left, true) }, "~1,1 L1"},
		"no motion":                {func(i *Inputs) { i.Motion(0, 0) }, ""},
		"motion before key":        {func(i *Inputs) { i.Motion(1, 1); i.Key(0x1e, true) }, "~1,1 +1e"},
		"huge motion":              {func(i *Inputs) { i.Motion(math.MaxInt32, 0); i.Motion(1, 0); i.Wheel(1) }, "~2147483647,0 U0 u0"},
	} {
		t.Run(name, func(t *testing.T) {
			open(t, func(t *testing.T, i *Inputs, r *recorder) {
				i.mu.Lock()
				i.outstanding = motionWindow // motion goes out only if it is forced
				i.mu.Unlock()
				tc.do(i)
				expect(t, r, tc.want)
			})
		})
	}
}

func TestWheelIsBounded(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Wheel(math.MinInt)
		i.Wheel(math.MaxInt)
		want := strings.Repeat("D0 d0 ", maxNotches) + strings.Repeat("U0 u0 ", maxNotches)
		expect(t, r, strings.TrimSpace(want))
	})
}

func TestMotionWaitsForAcks(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.SetMouseMode(false)
		var sent []string
		for n := range motionWindow {
			i.Position(0, image.Pt(n, 0))
			synctest.Wait()
			sent = append(sent, r.take())
		}
		if got := strings.Join(sent, " "); got != "@0:0,0 @0:1,0 @0:2,0 @0:3,0 @0:4,0 @0:5,0 @0:6,0 @0:7,0" {
			t.Errorf("sent %s", got)
		}
		i.Position(0, image.Pt(100, 0))
		i.Position(0, image.Pt(101, 0))
		expect(t, r, "")
		ack(t, i)
		expect(t, r, "@0:101,0")
		i.Position(0, image.Pt(102, 0))
		i.Button(Left, true) // the click does not wait
		expect(t, r, "@0:102,0 L1")
	})
}

func TestMotionAddsUp(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		for range motionWindow {
			i.Motion(1, 0)
			synctest.Wait()
		}
		r.take()
		i.Motion(2, 3)
		i.Motion(-5, 1)
		expect(t, r, "")
		ack(t, i)
		expect(t, r, "~-3,4")
		ack(t, i)
		ack(t, i)
		ack(t, i) // more than were due
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.outstanding != 0 {
			t.Errorf("%d outstanding", i.outstanding)
		}
	})
}

func TestMotionCarriesButtons(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Button(Right, true)
		i.Motion(1, 1)
		synctest.Wait()
		i.SetMouseMode(false)
		i.Position(0, image.Pt(1, 1))
		synctest.Wait()
		motion, position := r.got[1].Body.(*MouseMotion), r.got[2].Body.(*MousePosition)
		if motion.Buttons != 4 || position.Buttons != 4 {
			t.Errorf("buttons %d and %d", motion.Buttons, position.Buttons)
		}
	})
}

func TestComboIsOneWrite(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Combo(0x1d, 0x38, 0x3c)
		expect(t, r, "+1d +38 +3c -3c -38 -1d")
		if r.calls != 1 {
			t.Errorf("%d writes", r.calls)
		}
	})
}

func TestLocks(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		var reported []Locks
		i.OnLocks(func(l Locks) { reported = append(reported, l, i.Locks()) })
		if err := i.Handle(fromServer(MsgInit, &LockState{NumLock})); err != nil {
			t.Fatal(err)
		}
		if err := i.Handle(fromServer(MsgKeyModifiers, &LockState{CapsLock})); err != nil {
			t.Fatal(err)
		}
		if len(reported) != 4 || reported[0] != NumLock || reported[1] != NumLock || reported[3] != CapsLock {
			t.Errorf("reported %v", reported)
		}
		i.Key(capsLockKey, true)
		if i.SetLocks(NumLock) {
			t.Error("locks are set while Caps Lock is down")
		}
		i.Key(capsLockKey, false)
		if !i.SetLocks(NumLock) || i.SetLocks(CapsLock) {
			t.Error("locks are not set just once")
		}
		i.ReleaseAll()
		if !i.SetLocks(CapsLock) {
			t.Error("locks are not set again")
		}
		expect(t, r, "+3a -3a locks2 locks4")
	})
}

func TestHandleErrors(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		for _, typ := range []uint16{MsgInit, MsgKeyModifiers} {
			err := i.Handle(spice.Message{Type: typ, Body: []byte{1}})
			if !errors.Is(err, wire.ErrShort) || !strings.HasPrefix(err.Error(), "inputs: "+Messages.Name(typ, true)) {
				t.Errorf("%d: got %v", typ, err)
			}
		}
		for _, typ := range []uint16{spice.MsgPing, 100, 112, 65535} {
			if err := i.Handle(spice.Message{Type: typ}); err != nil {
				t.Errorf("%d: %v", typ, err)
			}
		}
	})
}

func TestFailureStops(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		broken := errors.New("the cable is cut")
		r.fail = broken
		i.Key(0x1e, true)
		if err := i.Flush(t.Context()); !errors.Is(err, broken) {
			t.Errorf("flush: %v", err)
		}
		r.fail = nil
		i.Key(0x1e, false)
		i.Combo(0x1e)
		i.Button(Left, true)
		i.Wheel(1)
		i.Motion(1, 1)
		i.SetMouseMode(false)
		i.Position(0, image.Pt(1, 1))
		i.ReleaseAll()
		ack(t, i)
		if i.SetLocks(NumLock) {
			t.Error("locks are set")
		}
		expect(t, r, "")
		if !errors.Is(i.Err(), broken) || r.calls != 1 {
			t.Errorf("error %v, %d writes", i.Err(), r.calls)
		}
	})
}

func TestClose(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Close()
		i.Close()
		i.Key(0x1e, true)
		expect(t, r, "")
		if err := i.Flush(t.Context()); !errors.Is(err, net.ErrClosed) || i.Err() != nil {
			t.Errorf("flush: %v; error: %v", err, i.Err())
		}
	})
}

func TestFlush(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		r.block = make(chan struct{})
		i.Key(0x1e, true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := i.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the server takes nothing, and flush: %v", err)
		}
		i.outstanding = motionWindow
		i.Motion(1, 2) // pending, but not for flush
		go func() {
			time.Sleep(time.Second)
			close(r.block)
		}()
		if err := i.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		if got := r.take(); got != "+1e ~1,2" {
			t.Errorf("sent %s", got)
		}
	})
}

// TestFullQueue has a server that takes nothing for a while: whoever goes on
// typing waits, and nothing is lost.
func TestFullQueue(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		r.block = make(chan struct{})
		const keys = 2 * maxUnsent
		typed := false
		go func() {
			for n := range keys {
				i.Key(0x1e, n%2 == 0)
			}
			typed = true
		}()
		synctest.Wait()
		if typed || i.added != maxUnsent {
			t.Errorf("typed all: %v, %d messages", typed, i.added)
		}
		i.Motion(1, 0) // does not wait
		close(r.block)
		time.Sleep(keys * keyPace)
		got := strings.ReplaceAll(r.take(), "~1,0 ", "")
		if want := strings.TrimSpace(strings.Repeat("+1e -1e ", keys/2)); !typed || got != want {
			t.Errorf("typed all: %v, sent %d bytes, want %d", typed, len(got), len(want))
		}
	})
}

func TestCloseFreesThoseWhoWait(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		r.block = make(chan struct{})
		go func() {
			for range maxUnsent + 10 {
				i.Key(0x1e, true)
			}
		}()
		synctest.Wait()
		go func() {
			time.Sleep(time.Second)
			close(r.block) // the connection is closed, too
		}()
		i.Close() // a goroutine left behind fails the test
	})
}

func BenchmarkKey(b *testing.B) {
	i := New(new(null), nil)
	defer i.Close()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		i.Key(0x1e, n&1 == 0)
	}
}

// BenchmarkKeyLatency measures from the key to the connection.
func BenchmarkKeyLatency(b *testing.B) {
	c := make(notifier)
	i := New(c, nil)
	defer i.Close()
	for n := 0; b.Loop(); n++ {
		i.Key(0x1e, n&1 == 0)
		<-c
	}
}

type null struct{}

func (*null) SendAll(...spice.Outgoing) error { return nil }

type notifier chan struct{}

func (c notifier) SendAll(...spice.Outgoing) error {
	c <- struct{}{}
	return nil
}
