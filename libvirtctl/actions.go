package libvirtctl

import "fmt"

// An Action is something done to a whole domain.
type Action int

// The actions.
const (
	Start Action = iota
	Restore
	Shutdown
	Reboot
	Reset
	Destroy
	Suspend
	Resume
	PMSuspend
	PMWakeup
	Save
	SaveRemove
	Autostart
	Undefine
	actions
)

var actionNames = [actions]string{"start", "restore", "shut down", "reboot", "reset", "destroy", "suspend", "resume",
	"pmsuspend", "pmwakeup", "save", "remove the saved state of", "set the autostart of", "undefine"}

func (a Action) String() string {
	if a >= 0 && a < actions {
		return actionNames[a]
	}
	return fmt.Sprintf("action %d", int(a))
}

// A verdict is what comes of an action in a state.
type verdict struct {
	why     string // why it is refused; "": it is not
	instead string // what works
	note    string // what to know though it is not refused
}

var fine verdict

func no(why, instead string) verdict { return verdict{why: why, instead: instead} }
func but(note string) verdict        { return verdict{note: note} }

// What several actions have in common.
var (
	isOff      = no("it is shut off", "Start it.")
	asleep     = no("the guest sleeps (pmsuspended) and hears nothing", "Wake it up with pmwakeup first, or destroy it.")
	down       = no("it is on its way down", "Wait until it is off, or destroy it.")
	hasCrashed = no("the guest has crashed", "Reset or destroy it.")
	heldUp     = but("the guest is paused: it hears of it when it is resumed")
)

// verdicts are the states in which libvirt takes an action, in the order of
// State: no state, running, blocked, paused, shutting down, shut off, crashed,
// pmsuspended. Nobody knows what no state is good for: libvirt may judge.
var verdicts = [actions][PMSuspended + 1]verdict{
	Start: {fine, alreadyRuns, alreadyRuns, no("it is active already: paused", "Resume it."), down, fine,
		no("the guest has crashed, and its process is still there", "Reset it, or destroy it and start it again."),
		no("it is active already: the guest sleeps", "Wake it up with pmwakeup.")},
	Restore: {fine, alreadyRuns, alreadyRuns, no("it is active already: paused", "Resume it."), down, fine,
		no("the guest has crashed, and its process is still there", "Destroy it first."),
		no("it is active already: the guest sleeps", "Wake it up with pmwakeup.")},
	Shutdown:   {fine, fine, fine, no("the guest is paused and hears nothing", "Resume it first, or destroy it."), no("it is on its way down already", ""), isOffAlready, no("the guest has crashed and hears nothing", "Destroy it."), asleep},
	Reboot:     {fine, fine, fine, heldUp, down, isOff, hasCrashed, asleep},
	Reset:      {fine, fine, fine, but("it stays paused"), down, isOff, but("it is paused now: resume it"), asleep},
	Destroy:    {fine, fine, fine, fine, fine, isOffAlready, fine, fine},
	Suspend:    {fine, fine, fine, but("it was paused already"), down, isOff, hasCrashed, asleep},
	Resume:     {fine, resumed, resumed, fine, down, isOff, hasCrashed, no("the guest sleeps by itself: it is not paused", "Wake it up with pmwakeup.")},
	PMSuspend:  {fine, fine, fine, no("the guest is paused and cannot go to sleep", "Resume it first."), down, isOff, hasCrashed, no("the guest sleeps already", "")},
	PMWakeup:   {fine, awake, awake, no("the guest does not sleep: the domain is paused", "Resume it."), down, isOff, hasCrashed, fine},
	Save:       {fine, fine, fine, but("it is restored paused"), down, isOff, hasCrashed, but("the guest slept: whether it wakes up when it is restored is up to it")},
	SaveRemove: {}, Autostart: {}, Undefine: {},
}

var (
	alreadyRuns  = no("it runs already", "To begin anew, reboot or reset it.")
	isOffAlready = no("it is shut off already", "")
	resumed      = no("it runs already: it is not paused", "")
	awake        = no("the guest does not sleep", "")
)

// Check says whether a domain in a condition takes the action. It returns a
// [*Refusal] that names the cause and what works, or else what there is to
// know about the action in this condition, or "".
func (a Action) Check(name string, c Condition) (note string, err error) {
	v := fine
	if c.State >= 0 && c.State <= PMSuspended {
		v = verdicts[a][c.State]
	}
	if v.why == "" {
		if w := a.judgeStored(c); w != fine {
			v = w
		}
	}
	if v.why != "" {
		return "", &Refusal{Op: a.String() + " " + name, Why: v.why, Instead: v.instead}
	}
	return v.note, nil
}

// judgeStored judges what depends on what libvirt has stored of the domain.
func (a Action) judgeStored(c Condition) verdict {
	switch {
	case a == Start && c.ManagedSave:
		return but("its saved state was restored; --force-boot discards it and boots")
	case (a == Restore || a == SaveRemove) && !c.ManagedSave:
		return no("it has no saved state", "Start it, and save it while it runs.")
	case a == Save && !c.Persistent:
		return no("it is transient: libvirt keeps saved states of defined domains only", "Define it first.")
	case a == Autostart && !c.Persistent:
		return no("it is transient: only defined domains can be started with the host", "Define it first.")
	case a == Undefine && !c.Persistent:
		return no("it is transient: it has no stored definition", "It vanishes when it is shut down or destroyed.")
	case a == Undefine && c.State.Active():
		return but("it runs on as a transient domain, and vanishes when it stops")
	}
	return fine
}
