package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl"
	"saffron/libvirtctl/fleet"
	"saffron/libvirtctl/libvirttest"
)

const patience = 10 * time.Second

// hosts makes hosts of some domains each.
func hosts(t testing.TB, n, domains int) ([]fleet.Host, []*libvirttest.Server) {
	t.Helper()
	all, servers := make([]fleet.Host, n), make([]*libvirttest.Server, n)
	for i := range n {
		servers[i] = libvirttest.NewServer()
		for d := range domains {
			servers[i].Add(libvirttest.Running(fmt.Sprintf("vm%d-%d", i, d), 5900+d))
		}
		all[i] = fleet.Host{Name: fmt.Sprintf("host%d", i), URI: servers[i].Listen(t)}
	}
	return all, servers
}

func TestList(t *testing.T) {
	all, servers := hosts(t, 5, 20)
	servers[3].Stop("vm3-0")
	seen := make(map[string]int)
	for a := range fleet.List(t.Context(), all, nil) {
		if a.Err != nil {
			t.Errorf("%s: %v", a.Host.Name, a.Err)
		}
		for _, e := range a.Entries {
			if e.Err != nil || len(e.Summary.Consoles) != 1 || e.Summary.Consoles[0].Type != "spice" || e.Summary.Heads != 1 || e.Summary.Agent != "connected" {
				t.Errorf("%s: %+v, %+v", e.Name, e, e.Summary)
			}
			if stopped := e.Name == "vm3-0"; stopped != (e.State == libvirtctl.ShutOff) {
				t.Errorf("%s is %v", e.Name, e.State)
			}
		}
		seen[a.Host.Name] += len(a.Entries)
	}
	if want := map[string]int{"host0": 20, "host1": 20, "host2": 20, "host3": 20, "host4": 20}; !maps.Equal(seen, want) {
		t.Errorf("%v", seen)
	}
	if lists, xmls := servers[0].Calls(libvirttest.ProcGetAllDomainStats), servers[0].Calls(libvirttest.ProcGetXMLDesc); lists != 1 || xmls != 20 ||
		servers[0].Calls(libvirttest.ProcListAllDomains)+servers[0].Calls(libvirttest.ProcGetState) != 0 {
		t.Errorf("%d lists, %d descriptions, and others", lists, xmls)
	}
}

// TestListWithBadHosts has hosts that fail in every way; the good one does not
// wait for them.
func TestListWithBadHosts(t *testing.T) {
	all, servers := hosts(t, 8, 3)
	const list = libvirttest.ProcGetAllDomainStats
	for i, f := range []libvirttest.Fault{
		nil,
		libvirttest.Dead(),
		libvirttest.On(list, libvirttest.CutAt(40)),
		libvirttest.On(list, libvirttest.Length(1<<32-1)),
		libvirttest.On(list, libvirttest.Length(3)),
		libvirttest.On(list, libvirttest.Count(1<<31-1)),
		libvirttest.On(list, libvirttest.Short(50)),
		libvirttest.On(libvirttest.ProcGetXMLDesc, libvirttest.Dead()),
	} {
		servers[i].SetFault(f)
	}
	all = append(all, fleet.Host{Name: "absent", URI: libvirttest.URI(filepath.Join(t.TempDir(), "none"))})
	o := &fleet.Options{Timeout: time.Second}
	began, order, errs := time.Now(), []string(nil), make(map[string]error)
	for a := range fleet.List(t.Context(), all, o) {
		order, errs[a.Host.Name] = append(order, a.Host.Name), a.Err
		if a.Host.Name == "host0" && (a.Err != nil || len(a.Entries) != 3) {
			t.Errorf("the good host: %v, %d domains, after %v", a.Err, len(a.Entries), time.Since(began))
		}
	}
	if len(order) != len(all) || time.Since(began) > patience {
		t.Errorf("%d answers after %v", len(order), time.Since(began))
	}
	if good := slices.Index(order, "host0"); good > slices.Index(order, "host1") || good > slices.Index(order, "host7") {
		t.Errorf("the good host waits for the dead ones: %v", order)
	}
	for name, err := range errs {
		if (err == nil) != (name == "host0") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !errors.Is(errs["host1"], context.DeadlineExceeded) && !strings.Contains(fmt.Sprint(errs["host1"]), "not answered") {
		t.Errorf("the dead host: %v", errs["host1"])
	}
}

// TestListOldHost has a host without the call that tells all states.
func TestListOldHost(t *testing.T) {
	all, servers := hosts(t, 1, 30)
	servers[0].Handle(libvirttest.ProcGetAllDomainStats, func(*libvirttest.Call) error { return libvirttest.Refuse(3, "this function is not supported") })
	a := <-fleet.List(t.Context(), all, nil)
	if a.Err != nil || len(a.Entries) != 30 || a.Entries[0].State != libvirtctl.Running {
		t.Errorf("%d domains, %v", len(a.Entries), a.Err)
	}
}

func TestListMany(t *testing.T) {
	all, servers := hosts(t, 1, 0)
	const many = 10_000
	for i := range many {
		servers[0].Add(libvirttest.Domain{Name: fmt.Sprint("vm", i), State: libvirttest.StateShutOff, XML: "<domain/>"})
	}
	a := <-fleet.List(t.Context(), all, &fleet.Options{Timeout: 2 * time.Minute})
	if a.Err != nil || len(a.Entries) != many {
		t.Errorf("%d domains, %v", len(a.Entries), a.Err)
	}
	t.Logf("%d domains in %v", len(a.Entries), a.Took)
}

// TestListBadDomain has a domain that cannot be described, one whose
// description cannot be right, and one that vanishes.
func TestListBadDomain(t *testing.T) {
	all, servers := hosts(t, 1, 2)
	servers[0].Add(libvirttest.Domain{Name: "bomb", State: libvirttest.StateRunning, XML: `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">]><domain>&a;</domain>`})
	servers[0].Add(libvirttest.Domain{Name: "refused", State: libvirttest.StateRunning})
	servers[0].Add(libvirttest.Domain{Name: "gone", State: libvirttest.StateRunning})
	servers[0].Handle(libvirttest.ProcGetXMLDesc, func(c *libvirttest.Call) error {
		var refusal error
		err := c.Domain(func(d *libvirttest.Domain) {
			switch d.Name {
			case "refused":
				refusal = libvirttest.Refuse(88, "access denied")
			case "gone":
				refusal = libvirttest.Refuse(42, "Domain not found")
			}
			c.Results.String(d.XML)
		})
		return errors.Join(refusal, err)
	})
	a := <-fleet.List(t.Context(), all, nil)
	got := make(map[string]bool)
	for _, e := range a.Entries {
		got[e.Name] = e.Err == nil
	}
	if want := map[string]bool{"vm0-0": true, "vm0-1": true, "bomb": false, "refused": false}; a.Err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, a.Err)
	}
}

func TestListWant(t *testing.T) {
	all, servers := hosts(t, 1, 3)
	servers[0].Stop("vm0-1")
	o := &fleet.Options{Want: func(_ *libvirtctl.Domain, s libvirtctl.State) bool { return s.Active() }}
	if a := <-fleet.List(t.Context(), all, o); a.Err != nil || len(a.Entries) != 2 {
		t.Errorf("%d domains, %v", len(a.Entries), a.Err)
	}
	if n := servers[0].Calls(libvirttest.ProcGetXMLDesc); n != 2 {
		t.Errorf("%d descriptions", n)
	}
}

func change(t *testing.T, changes <-chan fleet.Change) fleet.Change {
	t.Helper()
	select {
	case c, ok := <-changes:
		if ok {
			return c
		}
		t.Fatal("the changes have ended")
	case <-time.After(patience):
		t.Fatal("no change")
	}
	return fleet.Change{}
}

func names(entries []libvirtctl.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprint(e.Name, " ", e.State))
	}
	slices.Sort(all)
	return all
}

func TestWatch(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900), libvirttest.Stopped("spare"))
	path := filepath.Join(t.TempDir(), "s")
	if err := s.ListenAt(path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := runtime.NumGoroutine()
	changes := fleet.Watch(ctx, []fleet.Host{{Name: "one", URI: libvirttest.URI(path)}}, &fleet.Options{Retry: 10 * time.Millisecond})
	if c := change(t, changes); !c.Listed || c.Host.Name != "one" || !slices.Equal(names(c.Entries), []string{"spare shut off", "work running"}) {
		t.Fatalf("%+v", c)
	}
	s.Start("spare")
	if c := change(t, changes); c.Listed || !slices.Equal(names(c.Entries), []string{"spare running"}) || c.Entries[0].ID != 2 {
		t.Errorf("%+v", c)
	}
	s.Stop("work")
	if c := change(t, changes); !slices.Equal(names(c.Entries), []string{"work shut off"}) {
		t.Errorf("%+v", c)
	}
	s.Change("work", func(*libvirttest.Domain) {})
	s.Remove("work")
	if c := change(t, changes); len(c.Gone) != 1 || c.Gone[0].Name != "work" {
		t.Errorf("%+v", c)
	}
	s.Close()
	if c := change(t, changes); c.Down == nil {
		t.Errorf("%+v", c)
	}
	s.Add(libvirttest.Running("new", 5901))
	if err := s.ListenAt(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if c := change(t, changes); !c.Listed || c.Gap == 0 || !slices.Equal(names(c.Entries), []string{"new running", "spare running"}) {
		t.Errorf("%+v", c)
	}
	cancel()
	for range changes {
	}
	settled(t, before)
}

// settled waits until no more goroutines run than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for began := time.Now(); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			buf := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestEvents(t *testing.T) {
	all, servers := hosts(t, 2, 1)
	all = append(all, fleet.Host{Name: "absent", URI: libvirttest.URI(filepath.Join(t.TempDir(), "none"))})
	changes := fleet.Events(t.Context(), all, &fleet.Options{Retry: 10 * time.Millisecond}, libvirtctl.KindLifecycle)
	up, down := 0, 0
	for range 3 {
		switch c := change(t, changes); {
		case c.Down != nil && c.Host.Name == "absent":
			down++
		case c.Down == nil && c.Event == nil:
			up++
		}
	}
	if up != 2 || down != 1 {
		t.Fatalf("%d up, %d down", up, down)
	}
	servers[1].Lifecycle("vm1-0", 2, 0)
	if c := change(t, changes); c.Host.Name != "host1" || c.Event == nil || c.Event.String() != "vm1-0 started (booted)" {
		t.Errorf("%+v", c)
	}
	servers[1].Drop()
	if c := change(t, changes); c.Down == nil {
		t.Errorf("%+v", c)
	}
	if c := change(t, changes); c.Gap == 0 || c.Host.Name != "host1" {
		t.Errorf("%+v", c)
	}
	servers[1].Lifecycle("vm1-0", 5, 0)
	if c := change(t, changes); c.Event == nil || c.Event.What != libvirtctl.WhatStopped {
		t.Errorf("%+v", c)
	}
}

// BenchmarkFleetList lists a thousand domains on fifty hosts, which answer at
// once: all of the time is this side's and the simulation's.
func BenchmarkFleetList(b *testing.B) {
	all, _ := hosts(b, 50, 20)
	for b.Loop() {
		checkAll(b, all)
	}
}

// BenchmarkFleetListFar has hosts that take 10 to 59 ms for each answer. What
// the whole takes beyond the slowest host alone is beyond-ms.
func BenchmarkFleetListFar(b *testing.B) {
	all, servers := hosts(b, 50, 20)
	for i, s := range servers {
		s.SetFault(libvirttest.Slow(time.Duration(10+i) * time.Millisecond))
	}
	var whole, slowest time.Duration
	for b.Loop() {
		began := time.Now()
		checkAll(b, all[49:])
		slowest += time.Since(began)
		began = time.Now()
		checkAll(b, all)
		whole += time.Since(began)
	}
	b.ReportMetric(float64((whole-slowest).Milliseconds())/float64(b.N), "beyond-ms/op")
	b.ReportMetric(float64(slowest.Milliseconds())/float64(b.N), "slowest-ms/op")
}

func checkAll(b *testing.B, all []fleet.Host) {
	n := 0
	for a := range fleet.List(b.Context(), all, nil) {
		if a.Err != nil {
			b.Fatal(a.Err)
		}
		n += len(a.Entries)
	}
	if n != 20*len(all) {
		b.Fatalf("%d domains", n)
	}
}

// Example lists the domains of two hosts, one of which is not there.
func Example() {
	hosts := []fleet.Host{{Name: "lab", URI: "test:///default"}, {Name: "far", URI: "qemu+ssh://far.example/system"}}
	for answer := range fleet.List(context.Background(), hosts, &fleet.Options{Timeout: time.Second}) {
		for _, e := range answer.Entries {
			fmt.Println(answer.Host.Name, e.Name, e.State)
		}
		if answer.Err != nil {
			fmt.Println(answer.Host.Name, answer.Err)
		}
	}
}
