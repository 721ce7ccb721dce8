package agent

import (
	"saffron/spice/wire"
)

// Bounds of the bodies of messages from the agent, in bytes.
const (
	maxBody   = 4096
	maxHead   = 8 // of a clipboard's content: selection and format
	maxUint31 = 1<<31 - 1
)

// An inbox is the agent as its stream sees it. Its methods are called by main's
// reader, which holds calls.
type inbox Agent

func (i *inbox) agent() *Agent { return (*Agent)(i) }

// take implements taker.
func (i *inbox) take(typ, size uint32) bool {
	a := i.agent()
	if typ == msgClipboard {
		return a.takeContent(size)
	}
	if size > maxBody {
		a.log.Debug("a message of the guest's agent is too large", "msg", messageName(typ), "size", size)
		return false
	}
	return true
}

// progress implements taker.
func (i *inbox) progress(typ uint32, body []byte, size uint32) {
	if typ == msgClipboard {
		i.agent().contentProgress(body, size)
	}
}

// message implements taker.
func (i *inbox) message(typ uint32, body []byte) {
	a := i.agent()
	switch typ {
	case msgAnnounce:
		decode(a, typ, body, new(announce), a.announced)
	case msgReply:
		decode(a, typ, body, new(reply), a.replied)
	case msgGrab:
		decode(a, typ, body, &grab{layout: a.layout()}, a.grabbed)
	case msgRequest:
		decode(a, typ, body, &request{layout: a.layout()}, a.requested)
	case msgRelease:
		decode(a, typ, body, &release{layout: a.layout()}, a.released)
	case msgClipboard:
		decode(a, typ, body, &content{request: request{layout: a.layout()}}, a.answered)
	case msgFileStatus:
		decode(a, typ, body, new(fileStatus), a.fileStatus)
	default:
		a.log.Debug("message ignored", "msg", messageName(typ), "size", len(body))
	}
}

// decode reads a body and passes it on. What cannot be read is skipped.
func decode[M wire.Message](a *Agent, typ uint32, body []byte, m M, use func(M)) {
	if err := wire.Unmarshal(body, m); err != nil {
		a.log.Debug("a message of the guest's agent cannot be read", "msg", messageName(typ), "err", err)
		return
	}
	use(m)
}

// announced takes the agent's capabilities.
func (a *Agent) announced(m *announce) {
	a.mu.Lock()
	if m.Request != 0 {
		a.announceDue = true
	}
	first := !a.ready
	a.caps, a.ready = m.Caps, true
	if first {
		a.greet()
		a.signal()
	}
	a.notify()
	a.mu.Unlock()
	if first {
		a.log.Info("the guest's agent is there", "capabilities", m.Caps.Names())
		a.tell()
	}
}

// greet makes everything due that a new agent is told. The caller holds mu.
func (a *Agent) greet() {
	a.settings.displayConfig = a.caps.Has(CapDisplayConfig)
	a.settings.maxClipboard = a.o.Local != nil
	a.monitor.greet()
	a.volume.greet()
	a.greetClipboard()
}

// replied takes the answer to a configuration, which nothing depends on.
func (a *Agent) replied(m *reply) {
	if m.Error != 1 {
		a.log.Info("the guest's agent could not do it", "msg", messageName(m.Type), "error", m.Error)
	}
}

// settings are what an agent is told once, or when it changes.
type settings struct{ displayConfig, maxClipboard bool }

// nextSetting returns the next of the settings that are due. The caller holds mu.
func (a *Agent) nextSetting() *message {
	switch {
	case a.settings.displayConfig: // even if it leaves out nothing: an earlier client may have
		a.settings.displayConfig = false
		return &message{typ: msgDisplayConfig, head: wire.Marshal(a.o.Looks.config())}
	case a.settings.maxClipboard && a.caps.Has(CapMaxClipboard):
		a.settings.maxClipboard = false
		m := maxClipboard{-1}
		if a.max < maxUint31-maxHead {
			m.Max = int32(a.max)
		}
		return &message{typ: msgMaxClipboard, head: wire.Marshal(&m)}
	}
	return nil
}
