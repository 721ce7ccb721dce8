package libvirttest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// States of domains (virDomainState).
const (
	StateRunning = 1
	StatePaused  = 3
	StateShutOff = 5
)

// A Domain is a simulated machine.
type Domain struct {
	Name  string
	UUID  [16]byte // if zero, made of the name
	ID    int32    // of a running domain; if zero, the next one
	State int32
	XML   string // if "", made of the rest
}

func (d *Domain) active() bool { return d.State != 0 && d.State != StateShutOff }

// Running returns a domain that runs and is shown over SPICE.
func Running(name string, port int) Domain {
	return Domain{Name: name, State: StateRunning, XML: XML(name, fmt.Sprintf(
		`<graphics type='spice' port='%d' autoport='yes' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>`, port))}
}

// Stopped returns a domain that does not run.
func Stopped(name string) Domain {
	return Domain{Name: name, State: StateShutOff, XML: XML(name, `<graphics type='spice' autoport='yes'/>`)}
}

// XML returns the description of a domain with some graphics. Its size is
// about that of a real one.
func XML(name, graphics string) string {
	return fmt.Sprintf(`<domain type='kvm'>
  <name>%s</name>
  <memory unit='KiB'>4194304</memory>
  <vcpu placement='static'>4</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    %s
    %s
    <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='connected'/></channel>
    <video><model type='qxl' ram='65536' vram='65536' heads='1' primary='yes'/></video>
  </devices>
</domain>`, name, strings.Repeat(`<controller type='pci' model='pcie-root-port'><model name='pcie-root-port'/><target chassis='1' port='0x10'/>
      <alias name='pci.1'/><address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0' multifunction='on'/></controller>
    `, 14), graphics)
}

// Add adds a domain, or replaces the one with its UUID.
func (s *Server) Add(d Domain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.UUID == [16]byte{} {
		sum := sha256.Sum256([]byte(d.Name))
		copy(d.UUID[:], sum[:])
	}
	if d.XML == "" {
		d.XML = XML(d.Name, "")
	}
	if d.ID == 0 {
		s.number(&d)
	}
	if old := s.byUUID[d.UUID]; old != nil {
		s.domains = slices.DeleteFunc(s.domains, func(d *Domain) bool { return d == old })
	}
	s.byUUID[d.UUID] = &d
	s.domains = append(s.domains, &d)
}

// number gives a domain the id that goes with its state.
func (s *Server) number(d *Domain) {
	switch {
	case !d.active():
		d.ID = -1
	case d.ID <= 0:
		d.ID = s.nextID
		s.nextID++
	}
}

// Remove removes a domain and tells clients.
func (s *Server) Remove(name string) {
	s.Lifecycle(name, 1, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.domains = slices.DeleteFunc(s.domains, func(d *Domain) bool {
		if d.Name == name {
			delete(s.byUUID, d.UUID)
		}
		return d.Name == name
	})
}

// Change changes a domain; it reports whether there is one.
func (s *Server) Change(name string, change func(*Domain)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.find(func(d *Domain) bool { return d.Name == name })
	if d == nil {
		return false
	}
	change(d)
	s.number(d)
	return true
}

// Start starts a domain and tells clients.
func (s *Server) Start(name string) {
	s.Change(name, func(d *Domain) { d.State = StateRunning })
	s.Lifecycle(name, 4, 0)
	s.Lifecycle(name, 2, 0)
}

// Stop stops a domain and tells clients.
func (s *Server) Stop(name string) {
	s.Change(name, func(d *Domain) { d.State = StateShutOff })
	s.Lifecycle(name, 6, 2)
	s.Lifecycle(name, 5, 1)
}

// find returns the first domain that is wanted, nil if there is none. The
// caller holds mu.
func (s *Server) find(wanted func(*Domain) bool) *Domain {
	if i := slices.IndexFunc(s.domains, wanted); i >= 0 {
		return s.domains[i]
	}
	return nil
}
