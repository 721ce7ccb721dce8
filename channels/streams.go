package channels

import (
	"saffron/channels/port"
	"saffron/spice"
)

// folderName is what ports are called that are folder channels.
const folderName = "org.spice-space.webdav.0"

// streamKinds are the kinds of channels that carry a stream, as far as somebody
// takes it.
func streamKinds(sinks *Sinks) []Kind {
	var kinds []Kind
	add := func(t spice.ChannelType, named bool, open func(*port.Port) port.Sink) {
		kinds = append(kinds, Kind{
			Type: t, Caps: spice.NewCapSet(port.CapLZ4),
			New: func(s *Session, id spice.ChannelID, out Sender) (Handler, error) {
				return port.New(port.Options{ID: id, Out: out, Named: named, Open: open, Log: s.o.Link.Log})
			},
		})
	}
	if sinks.Port != nil {
		add(spice.ChannelPort, true, sinks.port)
	}
	if sinks.WebDAV != nil {
		add(spice.ChannelWebDAV, true, sinks.WebDAV)
	}
	if sinks.USB != nil {
		add(spice.ChannelUSBRedir, false, sinks.USB)
	}
	return kinds
}

// port opens a named port, which may be a folder channel by its name only.
func (s *Sinks) port(p *port.Port) port.Sink {
	if s.WebDAV != nil && p.Name() == folderName {
		return s.WebDAV(p)
	}
	return s.Port(p)
}
