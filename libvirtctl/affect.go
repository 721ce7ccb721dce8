package libvirtctl

import "strings"

// An Affect says what a change is for: the running domain, its stored
// definition, or both (virDomainModificationImpact).
type Affect uint32

// What a change may affect. AffectCurrent is the running domain if it runs,
// else the stored definition.
const (
	AffectCurrent Affect = 0
	AffectLive    Affect = 1
	AffectConfig  Affect = 2
	AffectBoth           = AffectLive | AffectConfig
)

// Live reports whether the running domain is affected.
func (a Affect) Live() bool { return a&AffectLive != 0 }

// Config reports whether the stored definition is affected.
func (a Affect) Config() bool { return a&AffectConfig != 0 }

// String names what is affected, in words for a report of what was changed.
func (a Affect) String() string {
	var s []string
	if a.Live() {
		s = append(s, "the running domain")
	}
	if a.Config() {
		s = append(s, "the stored definition")
	}
	if s == nil {
		return "nothing"
	}
	return strings.Join(s, " and ")
}

// plan says what a change with these flags is for in a condition, and refuses
// what libvirt would refuse. The result is never AffectCurrent.
func (a Affect) plan(op string, c Condition) (Affect, error) {
	active := c.State.Active()
	switch {
	case a == AffectCurrent && active:
		return AffectLive, nil
	case a == AffectCurrent:
		return AffectConfig, nil
	case a.Live() && !active:
		return 0, &Refusal{Op: op, Why: "the domain is " + c.State.String() + ", and there is no running domain to change",
			Instead: "Change the stored definition with --config, or start the domain."}
	case a.Config() && !c.Persistent:
		return 0, &Refusal{Op: op, Why: "the domain is transient: it has no stored definition",
			Instead: "Change the running domain with --live, or define the domain first."}
	}
	return a, nil
}

// lasting says how long a change lasts, or "" where that goes without saying.
func (a Affect) lasting(c Condition) string {
	switch active := c.State.Active(); {
	case !a.Live() && active:
		return "it counts from the next start"
	case a == AffectLive && c.Persistent:
		return "it outlives a reset of the guest, and vanishes at shutdown"
	case a == AffectLive:
		return "the domain is transient, and vanishes at shutdown"
	}
	return ""
}

// A Change is what a call has done.
type Change struct {
	Affect  Affect // what was changed; 0: nothing
	Lasting string // how long it lasts, or ""
	Note    string // what else should be known, or ""
}
