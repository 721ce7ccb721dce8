package libvirtctl

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/digitalocean/go-libvirt"
)

// A UUID names a domain for ever.
type UUID [16]byte

// ParseUUID reads a UUID, with or without hyphens.
func ParseUUID(s string) (UUID, error) {
	var u UUID
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(u) {
		return u, fmt.Errorf("libvirtctl: %q is not a UUID", s)
	}
	return UUID(b), nil
}

func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// MarshalText makes a UUID a string in JSON.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// A Domain is a machine of a host. It stands for the machine whether it runs
// or not, and stays good when it is started and stopped. Its methods may be
// called from any goroutine.
type Domain struct {
	Host *Host
	Name string
	UUID UUID
	ID   int // when it was looked up; -1: not running
}

func newDomain(h *Host, d libvirt.Domain) *Domain {
	return &Domain{Host: h, Name: d.Name, UUID: UUID(d.UUID), ID: int(d.ID)}
}

// handle is what go-libvirt calls the domain.
func (d *Domain) handle() libvirt.Domain {
	return libvirt.Domain{Name: d.Name, UUID: libvirt.UUID(d.UUID), ID: int32(d.ID)}
}

// Domains returns all domains of the host, running or not, in libvirt's order.
func (h *Host) Domains(ctx context.Context) ([]*Domain, error) {
	found, err := ask(ctx, h, "list domains", func(l *libvirt.Libvirt) ([]libvirt.Domain, error) {
		domains, _, err := l.ConnectListAllDomains(1, 0)
		return domains, err
	})
	domains := make([]*Domain, len(found))
	for i, d := range found {
		domains[i] = newDomain(h, d)
	}
	return domains, err
}

// Domain finds a domain by its id, name or UUID. A number is an id before it
// is a name; a UUID is a name before it is a UUID.
func (h *Host) Domain(ctx context.Context, which string) (*Domain, error) {
	op := "find domain " + which
	if id, err := strconv.ParseInt(which, 10, 32); err == nil && id >= 0 {
		d, err := ask(ctx, h, op, func(l *libvirt.Libvirt) (libvirt.Domain, error) { return l.DomainLookupByID(int32(id)) })
		if !IsCode(err, CodeNoDomain) {
			return domainOf(h, d, err)
		}
	}
	d, err := ask(ctx, h, op, func(l *libvirt.Libvirt) (libvirt.Domain, error) { return l.DomainLookupByName(which) })
	if u, bad := ParseUUID(which); bad == nil && IsCode(err, CodeNoDomain) {
		d, err = ask(ctx, h, op, func(l *libvirt.Libvirt) (libvirt.Domain, error) { return l.DomainLookupByUUID(libvirt.UUID(u)) })
	}
	return domainOf(h, d, err)
}

func domainOf(h *Host, d libvirt.Domain, err error) (*Domain, error) {
	if err != nil {
		return nil, err
	}
	return newDomain(h, d), nil
}

// A State is what a domain is doing (virDomainState).
type State int

// The states of a domain.
const (
	NoState      State = iota // unknown, or libvirt does not say
	Running                   // also: waiting for a resource in some drivers
	Blocked                   // waiting for a resource
	Paused                    // by the user, or for a snapshot, migration, error …
	ShuttingDown              // the guest is going down
	ShutOff                   // not running
	Crashed                   // stopped by its own failure
	PMSuspended               // asleep by the guest's own power management
)

var stateNames = [...]string{"no state", "running", "blocked", "paused", "shutting down", "shut off", "crashed", "pmsuspended"}

func (s State) String() string {
	if s >= 0 && int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", int(s))
}

// Active reports whether the domain has a process: it runs, pauses, sleeps or
// is on its way down.
func (s State) Active() bool { return s != ShutOff && s != NoState }

// State asks what the domain is doing.
func (d *Domain) State(ctx context.Context) (State, error) {
	s, err := ask(ctx, d.Host, "state of "+d.Name, func(l *libvirt.Libvirt) (int32, error) {
		state, _, err := l.DomainGetState(d.handle(), 0)
		return state, err
	})
	return State(s), err
}

// XMLFlags choose which description of a domain is wanted (virDomainXMLFlags).
type XMLFlags uint32

// The descriptions. Without flags it is the running domain's, or the stored
// one's if it does not run.
const (
	XMLSecure   XMLFlags = 1 // with passwords; refused if the connection is read-only
	XMLInactive XMLFlags = 2 // as it will be at the next start
)

// XML returns the domain's description. With XMLSecure it holds passwords: it
// must not be logged.
func (d *Domain) XML(ctx context.Context, flags XMLFlags) (string, error) {
	return ask(ctx, d.Host, "describe "+d.Name, func(l *libvirt.Libvirt) (string, error) {
		return l.DomainGetXMLDesc(d.handle(), libvirt.DomainXMLFlags(flags))
	})
}
