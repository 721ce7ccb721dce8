package libvirttest

import (
	"maps"
	"slices"
)

// Events (virDomainEventID).
const (
	EventLifecycle           = 0
	EventReboot              = 1
	EventWatchdog            = 3
	EventGraphics            = 5
	EventIOErrorReason       = 6
	EventBalloonChange       = 13
	EventDeviceRemoved       = 15
	EventBlockJob2           = 16
	EventAgentLifecycle      = 18
	EventDeviceAdded         = 19
	EventDeviceRemovalFailed = 22
)

// eventProcedures are the procedures that tell of events.
var eventProcedures = map[int32]uint32{
	0: 318, 1: 319, 2: 320, 3: 321, 4: 322, 5: 323, 6: 324, 7: 325, 8: 326, 9: 327, 10: 328, 11: 329, 12: 330, 13: 331,
	14: 332, 15: 333, 16: 339, 17: 346, 18: 348, 19: 354, 20: 359, 21: 363, 22: 367, 23: 379, 24: 385, 25: 423, 26: 438, 27: 453,
}

// Emit tells all clients that asked of an event. body writes what follows the
// callback's id.
func (s *Server) Emit(event int32, body func(w *Writer)) {
	for _, m := range s.messages(event, body) {
		m.conn.send(&Packet{Data: m.data})
	}
}

type message struct {
	conn *conn
	data []byte
}

func (s *Server) messages(event int32, body func(w *Writer)) []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []message
	for c := range s.conns {
		for _, callback := range slices.Sorted(maps.Keys(c.callbacks)) {
			if c.callbacks[callback] == event {
				w := new(Writer)
				w.I32(callback)
				body(w)
				all = append(all, message{c, packet(eventProcedures[event], typeMessage, 0, 0, w.Data())})
			}
		}
	}
	return all
}

// Of writes a domain's name, UUID and id, with which most events begin. A
// domain that is not there has zeros.
func (s *Server) Of(name string) func(w *Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := Domain{Name: name, ID: -1}
	if found := s.find(func(d *Domain) bool { return d.Name == name }); found != nil {
		d = *found
	}
	return d.write
}

func (d Domain) write(w *Writer) {
	w.String(d.Name)
	w.Fixed(d.UUID[:])
	w.I32(d.ID)
}

// Lifecycle tells clients of a step in a domain's life.
func (s *Server) Lifecycle(name string, event, detail int32) {
	of := s.Of(name)
	s.Emit(EventLifecycle, func(w *Writer) {
		of(w)
		w.I32(event)
		w.I32(detail)
	})
}

// Device tells clients of a device: EventDeviceAdded, EventDeviceRemoved or
// EventDeviceRemovalFailed.
func (s *Server) Device(event int32, name, alias string) {
	of := s.Of(name)
	s.Emit(event, func(w *Writer) {
		of(w)
		w.String(alias)
	})
}

// Graphics tells clients that a client of a domain's console connected (0),
// logged in (1) or left (2).
func (s *Server) Graphics(name string, phase int32, from, port string) {
	of := s.Of(name)
	s.Emit(EventGraphics, func(w *Writer) {
		of(w)
		w.I32(phase)
		for _, end := range [][2]string{{"127.0.0.1", "5900"}, {from, port}} {
			w.I32(0) // IPv4
			w.String(end[0])
			w.String(end[1])
		}
		w.String("")
		w.U32(0) // identities
	})
}
