package mainchan

import (
	"errors"
	"fmt"
	"strings"

	"saffron/spice"
	"saffron/spice/wire"
)

// Init opens the session (SPICE_MSG_MAIN_INIT).
type Init struct {
	SessionID           uint32 // connection id of every other channel; not zero
	DisplayChannels     uint32 // how many there are, a hint
	SupportedMouseModes uint32 // a bit mask
	CurrentMouseMode    uint32
	AgentConnected      uint32 // 0 or 1
	AgentTokens         uint32 // allowance of a new agent, valid without one too
	MediaTime           uint32 // ms, see Session.MediaTime
	RAMHint             uint32 // bytes of the guest's video memory
}

// Decode implements wire.Message.
func (m *Init) Decode(r *wire.Reader) {
	for _, p := range m.fields() {
		*p = r.U32()
	}
}

// Encode implements wire.Message.
func (m *Init) Encode(w *wire.Writer) {
	for _, p := range m.fields() {
		w.U32(*p)
	}
}

// fields are in the order of the wire.
func (m *Init) fields() [8]*uint32 {
	return [8]*uint32{&m.SessionID, &m.DisplayChannels, &m.SupportedMouseModes, &m.CurrentMouseMode,
		&m.AgentConnected, &m.AgentTokens, &m.MediaTime, &m.RAMHint}
}

// ChannelsList names channels that can be opened (SPICE_MSG_MAIN_CHANNELS_LIST).
type ChannelsList struct{ Channels []spice.ChannelID }

// Decode implements wire.Message.
func (m *ChannelsList) Decode(r *wire.Reader) {
	m.Channels = make([]spice.ChannelID, r.Count(r.U32(), 2))
	for i := range m.Channels {
		m.Channels[i] = spice.ChannelID{Type: spice.ChannelType(r.U8()), ID: r.U8()}
	}
}

// Encode implements wire.Message.
func (m *ChannelsList) Encode(w *wire.Writer) {
	w.U32(uint32(len(m.Channels)))
	for _, id := range m.Channels {
		w.U8(uint8(id.Type))
		w.U8(id.ID)
	}
}

// MouseMode tells the modes possible and the mode in force
// (SPICE_MSG_MAIN_MOUSE_MODE).
type MouseMode struct {
	Supported uint16 // a bit mask
	Current   uint16
}

// Decode implements wire.Message.
func (m *MouseMode) Decode(r *wire.Reader) { m.Supported, m.Current = r.U16(), r.U16() }

// Encode implements wire.Message.
func (m *MouseMode) Encode(w *wire.Writer) {
	w.U16(m.Supported)
	w.U16(m.Current)
}

// MediaTime sets the multimedia clock (SPICE_MSG_MAIN_MULTI_MEDIA_TIME).
type MediaTime struct{ Time uint32 } // ms

// Decode implements wire.Message.
func (m *MediaTime) Decode(r *wire.Reader) { m.Time = r.U32() }

// Encode implements wire.Message.
func (m *MediaTime) Encode(w *wire.Writer) { w.U32(m.Time) }

// AgentDisconnected says that the guest agent is gone
// (SPICE_MSG_MAIN_AGENT_DISCONNECTED).
type AgentDisconnected struct{ Error uint32 } // 0 in practice

// Decode implements wire.Message.
func (m *AgentDisconnected) Decode(r *wire.Reader) { m.Error = r.U32() }

// Encode implements wire.Message.
func (m *AgentDisconnected) Encode(w *wire.Writer) { w.U32(m.Error) }

// AgentData is a piece of the stream from or to the guest agent
// (SPICE_MSG_MAIN_AGENT_DATA, SPICE_MSGC_MAIN_AGENT_DATA).
type AgentData struct{ Data []byte } // aliases the body

// Decode implements wire.Message.
func (m *AgentData) Decode(r *wire.Reader) { m.Data = r.Rest() }

// Encode implements wire.Message.
func (m *AgentData) Encode(w *wire.Writer) { w.Bytes(m.Data) }

// AgentTokens is a number of AgentData messages that the receiver may send:
// more of them (SPICE_MSG_MAIN_AGENT_TOKEN, SPICE_MSGC_MAIN_AGENT_TOKEN), or
// the first ones (SPICE_MSG_MAIN_AGENT_CONNECTED_TOKENS,
// SPICE_MSGC_MAIN_AGENT_START).
type AgentTokens struct{ Tokens uint32 }

// Decode implements wire.Message.
func (m *AgentTokens) Decode(r *wire.Reader) { m.Tokens = r.U32() }

// Encode implements wire.Message.
func (m *AgentTokens) Encode(w *wire.Writer) { w.U32(m.Tokens) }

// Name is the name of the virtual machine (SPICE_MSG_MAIN_NAME).
type Name struct{ Name string } // as sent, up to the first NUL

// Decode implements wire.Message.
func (m *Name) Decode(r *wire.Reader) { m.Name = cString(r.Bytes(r.Count(r.U32(), 1))) }

// Encode implements wire.Message.
func (m *Name) Encode(w *wire.Writer) {
	w.U32(uint32(len(m.Name) + 1))
	w.Bytes([]byte(m.Name))
	w.U8(0)
}

// UUID identifies the virtual machine (SPICE_MSG_MAIN_UUID).
type UUID struct{ ID [16]byte } // in the order in which it is printed

// Decode implements wire.Message.
func (m *UUID) Decode(r *wire.Reader) { copy(m.ID[:], r.Bytes(len(m.ID))) }

// Encode implements wire.Message.
func (m *UUID) Encode(w *wire.Writer) { w.Bytes(m.ID[:]) }

// String returns the usual form, five groups of hexadecimal digits, or "" for
// all zeros, which stand for no UUID.
func (m *UUID) String() string {
	if m.ID == [16]byte{} {
		return ""
	}
	b := m.ID[:]
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// DstInfo is where a virtual machine moves to (SPICE_MSG_MAIN_MIGRATE_BEGIN,
// SPICE_MSG_MAIN_MIGRATE_SWITCH_HOST).
type DstInfo struct {
	Port    uint16 // 0 means none
	TLSPort uint16 // 0 means none
	Host    string // not empty
	// Subject, if not empty, is the subject that the host's certificate
	// must have, in place of a matching host name.
	Subject string
}

var errNoHost = errors.New("the destination has no host")

// Decode implements wire.Message.
func (m *DstInfo) Decode(r *wire.Reader) { m.decode(r, func() {}) }

// Encode implements wire.Message.
func (m *DstInfo) Encode(w *wire.Writer) { m.encode(w, func() {}) }

// decode reads m; more reads what stands between the fields and the strings.
func (m *DstInfo) decode(r *wire.Reader, more func()) {
	m.Port, m.TLSPort = port(r.U16()), port(r.U16())
	hostSize, host := r.U32(), r.U32()
	subjectSize, subject := r.U32(), r.U32()
	more()
	r.At(host, func(r *wire.Reader) { m.Host = cString(r.Bytes(r.Count(hostSize, 1))) })
	r.At(subject, func(r *wire.Reader) { m.Subject = cString(r.Bytes(r.Count(subjectSize, 1))) })
	if m.Host == "" {
		r.Fail(errNoHost)
	}
}

func (m *DstInfo) encode(w *wire.Writer, more func()) {
	w.U16(m.Port)
	w.U16(m.TLSPort)
	w.U32(uint32(len(m.Host) + 1))
	host := w.Pointer()
	subject := func() {}
	if m.Subject == "" {
		w.U64(0)
	} else {
		w.U32(uint32(len(m.Subject) + 1))
		subject = w.Pointer()
	}
	more()
	host()
	w.Bytes([]byte(m.Host + "\x00"))
	if m.Subject != "" {
		subject()
		w.Bytes([]byte(m.Subject + "\x00"))
	}
}

// port makes 0 of the other number that means none: -1.
func port(p uint16) uint16 {
	if p == 0xffff {
		return 0
	}
	return p
}

// MigrateBeginSeamless is DstInfo for a migration that keeps all channels
// (SPICE_MSG_MAIN_MIGRATE_BEGIN_SEAMLESS).
type MigrateBeginSeamless struct {
	DstInfo
	SourceVersion uint32
}

// Decode implements wire.Message.
func (m *MigrateBeginSeamless) Decode(r *wire.Reader) {
	m.decode(r, func() { m.SourceVersion = r.U32() })
}

// Encode implements wire.Message.
func (m *MigrateBeginSeamless) Encode(w *wire.Writer) {
	m.encode(w, func() { w.U32(m.SourceVersion) })
}

// MigrateDstDoSeamless asks the destination of a migration to take the session
// over (SPICE_MSGC_MAIN_MIGRATE_DST_DO_SEAMLESS).
type MigrateDstDoSeamless struct{ SourceVersion uint32 }

// Decode implements wire.Message.
func (m *MigrateDstDoSeamless) Decode(r *wire.Reader) { m.SourceVersion = r.U32() }

// Encode implements wire.Message.
func (m *MigrateDstDoSeamless) Encode(w *wire.Writer) { w.U32(m.SourceVersion) }

// ClientInfo is historic (SPICE_MSGC_MAIN_CLIENT_INFO).
type ClientInfo struct{ CacheSize uint64 }

// Decode implements wire.Message.
func (m *ClientInfo) Decode(r *wire.Reader) { m.CacheSize = r.U64() }

// Encode implements wire.Message.
func (m *ClientInfo) Encode(w *wire.Writer) { w.U64(m.CacheSize) }

// MouseModeRequest asks for a mouse mode (SPICE_MSGC_MAIN_MOUSE_MODE_REQUEST).
type MouseModeRequest struct{ Mode uint16 }

// Decode implements wire.Message.
func (m *MouseModeRequest) Decode(r *wire.Reader) { m.Mode = r.U16() }

// Encode implements wire.Message.
func (m *MouseModeRequest) Encode(w *wire.Writer) { w.U16(m.Mode) }

// QualityIndicator was never put to use (SPICE_MSGC_MAIN_QUALITY_INDICATOR).
type QualityIndicator struct{ Quality uint32 }

// Decode implements wire.Message.
func (m *QualityIndicator) Decode(r *wire.Reader) { m.Quality = r.U32() }

// Encode implements wire.Message.
func (m *QualityIndicator) Encode(w *wire.Writer) { w.U32(m.Quality) }

// cString returns what stands before the first NUL.
func cString(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}
