package inputs

import (
	"image"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"saffron/spice"
)

// openRaw is open of a server that takes KEY_SCANCODE.
func openRaw(t *testing.T, f func(t *testing.T, i *Inputs, r *recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := new(recorder)
		i := New(r, spice.NewCapSet(CapKeyScancode))
		defer i.Close()
		f(t, i, r)
	})
}

// types returns the types of the messages.
func (r *recorder) types() []uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var types []uint16
	for _, m := range r.got {
		types = append(types, m.Type)
	}
	return types
}

// TestMacroIsOneMessage requires the bytes that a guest sees in one piece.
func TestMacroIsOneMessage(t *testing.T) {
	openRaw(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Combo(0x1d, 0x38, 0xe053)
		synctest.Wait()
		if d := cmp.Diff([]uint16{MsgcKeyScancode}, r.types()); d != "" {
			t.Fatal(d)
		}
		body := r.got[0].Body.(*KeyScancode).Bytes
		if d := cmp.Diff([]byte{0x1d, 0x38, 0xe0, 0x53, 0xe0, 0xd3, 0xb8, 0x9d}, body); d != "" {
			t.Error(d)
		}
		if n := keysOf(r.got[0]); n != 6 {
			t.Errorf("%d keys", n)
		}
	})
}

// TestLongMacro is cut where a keyboard has no more room, never within a key.
func TestLongMacro(t *testing.T) {
	openRaw(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Combo(0x1d, 0xe01d, 0xe038, 0xe05b, 0xe05c, 0xe053)
		time.Sleep(time.Second) // for the pace
		expect(t, r, "+1d +e01d +e038 +e05b +e05c +e053 -e053 -e05c -e05b -e038 -e01d -1d")
	})
	openRaw(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Combo(0x1d, 0xe01d, 0xe038, 0xe05b, 0xe05c, 0xe053)
		time.Sleep(time.Second) // for the pace
		synctest.Wait()
		for _, m := range r.got {
			if body := m.Body.(*KeyScancode).Bytes; len(body) > maxMacro || body[len(body)-1] == 0xe0 {
				t.Errorf("a message of % x", body)
			}
		}
	})
}

// TestTap presses keys while the connection is stuck: a release that comes
// before its press was sent goes with it, and only then.
func TestTap(t *testing.T) {
	openRaw(t, func(t *testing.T, i *Inputs, r *recorder) {
		r.block = make(chan struct{})
		i.Key(0x10, true) // is being sent
		synctest.Wait()
		i.Key(0x10, false)
		i.Key(0x1e, true)
		i.Key(0x1e, false) // a tap
		i.Key(0x2a, true)
		i.Key(0xe04d, true)
		i.Key(0xe04d, false) // another
		i.Key(0x2a, false)
		i.Key(0x30, true)
		i.Motion(1, 1)
		i.Key(0x30, false) // moved meanwhile
		close(r.block)
		time.Sleep(time.Second) // for the pace
		synctest.Wait()
		down, up, raw := uint16(MsgcKeyDown), uint16(MsgcKeyUp), uint16(MsgcKeyScancode)
		want := []uint16{down, up, raw, down, raw, up, down, MsgcMouseMotion, up}
		if d := cmp.Diff(want, r.types()); d != "" {
			t.Error(d)
		}
		expect(t, r, "+10 -10 +1e -1e +2a +e04d -e04d -2a +30 ~1,1 -30")
	})
}

// TestRepeatFolded holds a key while the connection is stuck: the guest gets no
// heap of repetitions afterwards, but every key that is pressed anew.
func TestRepeatFolded(t *testing.T) {
	open(t, func(t *testing.T, i *Inputs, r *recorder) {
		r.block = make(chan struct{})
		i.Key(0x10, true) // is being sent
		synctest.Wait()
		for range 100 {
			i.Key(0x10, true)
		}
		i.Key(0x10, false)
		i.Key(0x10, true)
		i.Key(0x10, true)
		i.Key(0x10, false)
		close(r.block)
		time.Sleep(time.Second) // for the pace
		expect(t, r, "+10 +10 -10 +10 -10")
		for range 3 {
			i.Key(0x10, true)
			synctest.Wait()
		}
		expect(t, r, "+10 +10 +10")
	})
}

// TestRawKeysArePlain has a key that is pressed and released in time go out at
// once, and as itself.
func TestRawKeysArePlain(t *testing.T) {
	openRaw(t, func(t *testing.T, i *Inputs, r *recorder) {
		i.Key(0x1e, true)
		synctest.Wait()
		i.Key(0x1e, false)
		synctest.Wait()
		if d := cmp.Diff([]uint16{MsgcKeyDown, MsgcKeyUp}, r.types()); d != "" {
			t.Error(d)
		}
		i.SetMouseMode(false)
		i.Position(0, image.Pt(1, 2))
		expect(t, r, "+1e -1e @0:1,2")
	})
}
