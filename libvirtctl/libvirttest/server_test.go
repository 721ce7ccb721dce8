package libvirttest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"saffron/libvirtctl"
	"saffron/libvirtctl/libvirttest"
)

func connect(t *testing.T, s *libvirttest.Server) *libvirtctl.Host {
	t.Helper()
	h, err := libvirtctl.Connect(t.Context(), s.Listen(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestCalls(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900), libvirttest.Stopped("spare"))
	h := connect(t, s)
	all, err := h.Domains(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "work" || all[0].ID != 1 || all[1].ID != -1 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, which := range []string{"work", "1", all[0].UUID.String()} {
		if d, err := h.Domain(t.Context(), which); err != nil || d.Name != "work" {
			t.Errorf("%s: %+v, %v", which, d, err)
		}
	}
	if _, err := h.Domain(t.Context(), "none"); !libvirtctl.IsCode(err, libvirtctl.CodeNoDomain) {
		t.Errorf("no such domain: %v", err)
	}
	if state, err := all[0].State(t.Context()); err != nil || state != libvirtctl.Running {
		t.Errorf("%v, %v", state, err)
	}
	s.Stop("work")
	if state, err := all[0].State(t.Context()); err != nil || state != libvirtctl.ShutOff {
		t.Errorf("%v, %v", state, err)
	}
	if text, err := all[0].XML(t.Context(), 0); err != nil || text != libvirttest.Running("work", 5900).XML {
		t.Errorf("%q, %v", text, err)
	}
	if n := s.Calls(libvirttest.ProcListAllDomains); n != 1 {
		t.Errorf("%d lists", n)
	}
}

func TestHandle(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	s.Handle(libvirttest.ProcGetState, func(c *libvirttest.Call) error {
		return c.Domain(func(*libvirttest.Domain) { c.Results.I32(7); c.Results.I32(0) })
	})
	s.Handle(libvirttest.ProcGetXMLDesc, func(*libvirttest.Call) error { return libvirttest.Refuse(29, "read-only") })
	d, err := connect(t, s).Domain(t.Context(), "work")
	if err != nil {
		t.Fatal(err)
	}
	if state, err := d.State(t.Context()); err != nil || state != libvirtctl.PMSuspended {
		t.Errorf("%v, %v", state, err)
	}
	if _, err := d.XML(t.Context(), 0); !libvirtctl.IsCode(err, libvirtctl.CodeOperationDenied) {
		t.Errorf("refused with %v", err)
	}
}

func TestSlow(t *testing.T) {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900))
	h := connect(t, s)
	s.SetFault(libvirttest.Dead())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Domains(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("dead: %v", err)
	}
	s.SetFault(libvirttest.Slow(30 * time.Millisecond))
	began := time.Now()
	if _, err := h.Domains(t.Context()); err != nil || time.Since(began) < 30*time.Millisecond {
		t.Errorf("slow: %v after %v", err, time.Since(began))
	}
}

func TestDrop(t *testing.T) {
	s := libvirttest.NewServer()
	h := connect(t, s)
	if n := s.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	s.Drop()
	select {
	case <-h.Lost():
	case <-time.After(5 * time.Second):
		t.Error("not lost")
	}
}

// Example has a host of two domains, for a moment.
func Example() {
	s := libvirttest.NewServer(libvirttest.Running("work", 5900), libvirttest.Stopped("spare"))
	path := filepath.Join(os.TempDir(), fmt.Sprintf("saffron-example-%d", os.Getpid()))
	if err := s.ListenAt(path); err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	host, err := libvirtctl.Connect(context.Background(), libvirttest.URI(path), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer host.Close()
	domains, err := host.Domains(context.Background())
	for _, d := range domains {
		fmt.Println(d.Name, d.ID)
	}
	fmt.Println(err)
	// Output:
	// work 1
	// spare -1
	// <nil>
}
