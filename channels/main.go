package channels

import (
	"saffron/channels/inputs"
	"saffron/channels/mainchan"
	"saffron/spice"
)

// mainSession is the session as the main channel sees it. Its methods are
// called by main's reader.
type mainSession Session

func (m *mainSession) session() *Session { return (*Session)(m) }

// Init begins the session: the first display opens at once (see openAhead), the
// rest when main has listed them.
func (m *mainSession) Init(init mainchan.Init) {
	s := m.session()
	s.begin(init)
	m.MediaTime(init.MediaTime)
	m.MouseMode(uint16(init.SupportedMouseModes), uint16(init.CurrentMouseMode))
	m.Agent(init.AgentConnected != 0, init.AgentTokens)
	close(s.started)            // not before: the first display finds all of it
	_ = s.main.AttachChannels() // a link that fails is noticed by its reader
}

// ChannelsList opens the channels that the server has, or has got since.
func (m *mainSession) ChannelsList(list []spice.ChannelID) { m.session().openListed(list) }

// MouseMode follows the server, and asks for positions when they are possible.
func (m *mainSession) MouseMode(supported, current uint16) {
	s := m.session()
	server := current == mainchan.MouseServer
	s.mu.Lock()
	s.info.MouseModes, s.info.ServerMouse = supported, server
	if s.inputs != nil {
		s.inputs.SetMouseMode(server)
	}
	s.mu.Unlock()
	s.event(MouseMode{Server: server, Supported: supported})
	if server && supported&mainchan.MouseClient != 0 && !s.o.ServerMouse {
		_ = s.main.RequestMouseMode(mainchan.MouseClient) // likewise
	}
}

// MediaTime sets the clock for sound and video.
func (m *mainSession) MediaTime(ms uint32) { m.clock.Set(ms) }

// Name takes the machine's name.
func (m *mainSession) Name(name string) {
	m.named(func(i *Info) { i.Name = name })
}

// UUID takes the machine's UUID, "" if it has none.
func (m *mainSession) UUID(uuid string) {
	m.named(func(i *Info) { i.UUID = uuid })
}

func (m *mainSession) named(set func(*Info)) {
	s := m.session()
	s.mu.Lock()
	set(&s.info)
	e := Named{s.info.Name, s.info.UUID}
	s.mu.Unlock()
	s.event(e)
}

// Agent follows the guest's agent.
func (m *mainSession) Agent(connected bool, tokens uint32) { m.agent.Connect(connected, tokens) }

// AgentData is the next piece of the stream of the guest's agent.
func (m *mainSession) AgentData(data []byte) { m.agent.Data(data) }

// AgentTokens allows more of the stream to it.
func (m *mainSession) AgentTokens(tokens uint32) { m.agent.Tokens(tokens) }

// SwitchHost ends the session: its machine runs elsewhere now.
func (m *mainSession) SwitchHost(dst mainchan.DstInfo) {
	m.session().end(&MovedError{Host: dst.Host, Port: int(dst.Port), TLSPort: int(dst.TLSPort), Subject: dst.Subject})
}

// setInputs makes in the inputs channel, which then follows the mouse mode.
func (s *Session) setInputs(in *inputs.Inputs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in != nil {
		in.SetMouseMode(s.info.ServerMouse)
	}
	s.inputs = in
}
