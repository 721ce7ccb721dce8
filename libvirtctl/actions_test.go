package libvirtctl

import (
	"errors"
	"strings"
	"testing"
)

// TestActionsInStates has all states and all calls: y is taken, n is refused,
// and ! is taken with something to know.
func TestActionsInStates(t *testing.T) {
	states := []State{NoState, Running, Blocked, Paused, ShuttingDown, ShutOff, Crashed, PMSuspended}
	for _, c := range []struct {
		action Action
		want   string // in the order of states
	}{
		{Start, "ynnnnynn"},
		{Restore, "nnnnnnnn"}, // without a saved state
		{Shutdown, "yyynnnnn"},
		{Reboot, "yyy!nnnn"},
		{Reset, "yyy!nn!n"},
		{Destroy, "yyyyynyy"},
		{Suspend, "yyy!nnnn"},
		{Resume, "ynnynnnn"},
		{PMSuspend, "yyynnnnn"},
		{PMWakeup, "ynnnnnny"},
		{Save, "yyy!nnn!"},
		{SaveRemove, "nnnnnnnn"},
		{Autostart, "yyyyyyyy"},
		{Undefine, "y!!!!y!!"},
	} {
		got := ""
		for _, s := range states {
			note, err := c.action.Check("work", Condition{State: s, Persistent: true})
			got += string(judged(t, note, err))
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.action, got, c.want)
		}
	}
	if n := int(Undefine) + 1; n != int(actions) {
		t.Errorf("the table has %d actions of %d", n, actions)
	}
}

func judged(t *testing.T, note string, err error) byte {
	t.Helper()
	var r *Refusal
	switch {
	case errors.As(err, &r) && note == "" && r.Why != "" && strings.HasSuffix(r.Op, " work"):
		return 'n'
	case err != nil:
		t.Errorf("%q, %v", note, err)
	case note != "":
		return '!'
	}
	return 'y'
}

// TestActionsStored has what depends on more than the state.
func TestActionsStored(t *testing.T) {
	off, saved := Condition{State: ShutOff, Persistent: true}, Condition{State: ShutOff, Persistent: true, ManagedSave: true}
	transient := Condition{State: Running}
	for _, c := range []struct {
		action Action
		in     Condition
		want   byte
		says   string // part of the cause or the note
	}{
		{Start, saved, '!', "saved state was restored"},
		{Restore, saved, 'y', ""},
		{Restore, off, 'n', "no saved state"},
		{Restore, Condition{State: Running, Persistent: true, ManagedSave: true}, 'n', "runs already"},
		{SaveRemove, saved, 'y', ""},
		{SaveRemove, off, 'n', "no saved state"},
		{Save, transient, 'n', "transient"},
		{Autostart, transient, 'n', "transient"},
		{Undefine, transient, 'n', "transient"},
		{Undefine, off, 'y', ""},
		{Undefine, Condition{State: PMSuspended, Persistent: true}, '!', "runs on as a transient domain"},
		{Destroy, transient, 'y', ""},
		{Destroy, Condition{State: 77, Persistent: true}, 'y', ""}, // a state of the future
	} {
		note, err := c.action.Check("work", c.in)
		said := note
		if err != nil {
			said = err.Error()
		}
		if got := judged(t, note, err); got != c.want || !strings.Contains(said, c.says) {
			t.Errorf("%v in %+v: %c %q, want %c %q", c.action, c.in, got, said, c.want, c.says)
		}
	}
}

func TestAffectPlan(t *testing.T) {
	off, running, transient := Condition{State: ShutOff, Persistent: true}, Condition{State: Paused, Persistent: true}, Condition{State: Running}
	for _, c := range []struct {
		a       Affect
		in      Condition
		want    Affect // 0: refused
		lasting string // or the cause
	}{
		{AffectCurrent, off, AffectConfig, ""},
		{AffectCurrent, running, AffectLive, "vanishes at shutdown"},
		{AffectCurrent, transient, AffectLive, "transient"},
		{AffectLive, off, 0, "shut off"},
		{AffectLive, running, AffectLive, "vanishes at shutdown"},
		{AffectLive, transient, AffectLive, "transient"},
		{AffectConfig, off, AffectConfig, ""},
		{AffectConfig, running, AffectConfig, "next start"},
		{AffectConfig, transient, 0, "no stored definition"},
		{AffectBoth, off, 0, "shut off"},
		{AffectBoth, running, AffectBoth, ""},
		{AffectBoth, transient, 0, "no stored definition"},
	} {
		got, err := c.a.plan("change work", c.in)
		said := got.lasting(c.in)
		if err != nil {
			said = err.Error()
		}
		if got != c.want || (err != nil) != (c.want == 0) || !strings.Contains(said, c.lasting) || c.lasting == "" && said != "" {
			t.Errorf("%d in %+v: %d, %v, %q; want %d, %q", c.a, c.in, got, err, said, c.want, c.lasting)
		}
	}
	for a, want := range map[Affect]string{0: "nothing", AffectLive: "the running domain", AffectBoth: "the running domain and the stored definition"} {
		if a.String() != want {
			t.Errorf("%d is %q, want %q", a, a, want)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		state  State
		reason int
		want   string
	}{
		{Running, 1, "booted"}, {Paused, 5, "I/O error"}, {ShutOff, 5, "saved"}, {Crashed, 1, "the guest panicked"},
		{PMSuspended, 0, ""}, {PMSuspended, 3, "reason 3"}, {Running, 99, "reason 99"}, {State(42), -1, "reason -1"},
	} {
		if got := reasonOf(c.state, c.reason); got != c.want {
			t.Errorf("%v, %d: %q, want %q", c.state, c.reason, got, c.want)
		}
	}
}
