package libvirtctl

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/digitalocean/go-libvirt"
)

// An Entry is a domain of an inventory.
type Entry struct {
	*Domain
	State   State
	Summary *Summary // nil if there is an error
	Err     error    // why the domain could not be described
}

// describers is how many descriptions are asked for at a time. A daemon works
// on five calls of a client by default; that many more are on their way, so that
// it does not wait for this side even if that is far.
const describers = 64

// Inventory returns the domains that are wanted, nil for all, as they are
// described, which is no order. It costs one call for the list with all
// states, and one for each domain's description, many at a time. The second
// value is the failure of the whole, with which it ends; a domain that cannot
// be described is an Entry, and one that vanished meanwhile is left out.
func (h *Host) Inventory(ctx context.Context, want func(*Domain, State) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		entries, err := h.states(ctx)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		if want != nil {
			entries = slices.DeleteFunc(entries, func(e Entry) bool { return !want(e.Domain, e.State) })
		}
		within, cancel := context.WithCancel(ctx)
		defer cancel()
		described := 0
		for e := range h.describe(within, entries) {
			described++
			switch {
			case IsCode(e.Err, CodeNoDomain):
			case e.Err != nil && h.ended(ctx):
				yield(Entry{}, e.Err)
				return
			case !yield(e, nil):
				return
			}
		}
		if described < len(entries) {
			yield(Entry{}, fmt.Errorf("libvirtctl: describe domains: %w", context.Cause(ctx)))
		}
	}
}

// ended reports whether nothing more can come.
func (h *Host) ended(ctx context.Context) bool {
	select {
	case <-ctx.Done():
	case <-h.Lost():
	default:
		return false
	}
	return true
}

// describe describes domains, many at a time, until ctx ends.
func (h *Host) describe(ctx context.Context, entries []Entry) <-chan Entry {
	todo, done := make(chan Entry), make(chan Entry)
	go func() {
		defer close(todo)
		for _, e := range entries {
			select {
			case todo <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	var workers sync.WaitGroup
	for range min(describers, len(entries)) {
		workers.Go(func() {
			for e := range todo {
				e.Summary, e.Err = e.Summarize(ctx)
				select {
				case done <- e:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(done)
	}()
	return done
}

// Summarize asks for the domain's description and summarizes it.
func (d *Domain) Summarize(ctx context.Context) (*Summary, error) {
	description, err := d.XML(ctx, 0)
	if err != nil {
		return nil, err
	}
	return Summarize(description)
}

// states lists the domains with their states: in one call, or, where libvirt
// does not know that or has too many domains for it, in one for each.
func (h *Host) states(ctx context.Context) ([]Entry, error) {
	const stateGroup = uint32(libvirt.DomainStatsState)
	records, err := ask(ctx, h, "list domains", func(l *libvirt.Libvirt) ([]libvirt.DomainStatsRecord, error) {
		return l.ConnectGetAllDomainStats(nil, stateGroup, 0)
	})
	if err != nil {
		if h.ended(ctx) || !IsRefusal(err) {
			return nil, err
		}
		return h.statesOneByOne(ctx)
	}
	entries := make([]Entry, len(records))
	for i, r := range records {
		entries[i] = Entry{Domain: newDomain(h, r.Dom)}
		for _, p := range r.Params {
			if state, ok := p.Value.I.(int32); ok && p.Field == "state.state" {
				entries[i].State = State(state)
			}
		}
	}
	return entries, nil
}

func (h *Host) statesOneByOne(ctx context.Context) ([]Entry, error) {
	domains, err := h.Domains(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(domains))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(describers, len(domains)) {
		workers.Go(func() {
			for i := range next {
				entries[i].State, entries[i].Err = domains[i].State(ctx)
			}
		})
	}
	for i, d := range domains {
		entries[i].Domain = d
		next <- i
	}
	close(next)
	workers.Wait()
	kept := entries[:0]
	for _, e := range entries {
		switch {
		case e.Err == nil:
			kept = append(kept, e)
		case !IsCode(e.Err, CodeNoDomain):
			return nil, e.Err
		}
	}
	return kept, nil
}

// Entry returns one domain as Inventory does, if it is there and wanted.
func (h *Host) Entry(ctx context.Context, uuid UUID, want func(*Domain, State) bool) (Entry, bool, error) {
	found, err := ask(ctx, h, "find domain "+uuid.String(), func(l *libvirt.Libvirt) (libvirt.Domain, error) {
		return l.DomainLookupByUUID(libvirt.UUID(uuid))
	})
	if err != nil {
		return Entry{}, false, unlessNoDomain(err)
	}
	e := Entry{Domain: newDomain(h, found)}
	if e.State, err = e.Domain.State(ctx); err != nil {
		return Entry{}, false, unlessNoDomain(err)
	}
	if want != nil && !want(e.Domain, e.State) {
		return Entry{}, false, nil
	}
	e.Summary, e.Err = e.Summarize(ctx)
	if e.Err != nil && (h.ended(ctx) || IsCode(e.Err, CodeNoDomain)) {
		return Entry{}, false, unlessNoDomain(e.Err)
	}
	return e, true, nil
}

// unlessNoDomain returns an error unless it says that a domain is not there.
func unlessNoDomain(err error) error {
	if IsCode(err, CodeNoDomain) {
		return nil
	}
	return err
}
