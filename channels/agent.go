package channels

import "saffron/channels/agent"

// newAgent makes the guest's agent of a session that is about to begin.
func (s *Session) newAgent() *agent.Agent {
	return agent.New(agent.Options{
		Out: (*agentLink)(s), Local: s.o.Sinks.Clipboard, MaxClipboard: s.o.MaxClipboard, Looks: s.o.Looks,
		Changed: s.agentChanged, Log: s.o.Link.Log,
	})
}

// Agent returns the guest's agent, whether there is one or not. It is never nil.
func (s *Session) Agent() *agent.Agent { return s.agent }

// agentChanged tells of an agent that came, said what it can do, takes nothing
// any more, or went. Any goroutine.
func (s *Session) agentChanged() {
	s.telling.Lock() // so that the last one told is how it is
	defer s.telling.Unlock()
	now := AgentChanged{Connected: s.agent.Connected(), Ready: s.agent.Ready(), Stuck: s.agent.Stuck()}
	s.mu.Lock()
	changed := s.agentTold != now
	s.agentTold = now
	s.info.Agent = now.Connected
	s.mu.Unlock()
	if changed {
		s.event(now)
	}
}

// An agentLink is main, once the session has begun.
type agentLink Session

func (l *agentLink) StartAgent(tokens uint32) error       { return l.main.StartAgent(tokens) }
func (l *agentLink) SendAgentData(data []byte) error      { return l.main.SendAgentData(data) }
func (l *agentLink) GrantAgentTokens(tokens uint32) error { return l.main.GrantAgentTokens(tokens) }
