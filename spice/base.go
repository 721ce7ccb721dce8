package spice

import "saffron/spice/wire"

// Message types that any channel may carry, from the server (SPICE_MSG_*).
const (
	MsgMigrate         = 1
	MsgMigrateData     = 2
	MsgSetAck          = 3
	MsgPing            = 4
	MsgWaitForChannels = 5
	MsgDisconnecting   = 6
	MsgNotify          = 7
	MsgList            = 8

	// FirstChannelMsg is the lowest type that a channel defines itself.
	FirstChannelMsg = 101
)

// Message types that any channel may carry, from the client (SPICE_MSGC_*).
const (
	MsgcAckSync          = 1
	MsgcAck              = 2
	MsgcPong             = 3
	MsgcMigrateFlushMark = 4
	MsgcMigrateData      = 5
	MsgcDisconnecting    = 6
)

// SetAck asks for an acknowledgement after every Window messages.
type SetAck struct{ Generation, Window uint32 }

// Decode implements wire.Message.
func (m *SetAck) Decode(r *wire.Reader) { m.Generation, m.Window = r.U32(), r.U32() }

// Encode implements wire.Message.
func (m *SetAck) Encode(w *wire.Writer) {
	w.U32(m.Generation)
	w.U32(m.Window)
}

// AckSync answers SetAck.
type AckSync struct{ Generation uint32 }

// Decode implements wire.Message.
func (m *AckSync) Decode(r *wire.Reader) { m.Generation = r.U32() }

// Encode implements wire.Message.
func (m *AckSync) Encode(w *wire.Writer) { w.U32(m.Generation) }

// Ping is also the Pong that answers it. What follows it in a ping is padding
// that measures bandwidth and is not sent back.
type Ping struct {
	ID   uint32
	Time uint64 // opaque
}

// Decode implements wire.Message.
func (m *Ping) Decode(r *wire.Reader) { m.ID, m.Time = r.U32(), r.U64() }

// Encode implements wire.Message.
func (m *Ping) Encode(w *wire.Writer) {
	w.U32(m.ID)
	w.U64(m.Time)
}

// A ChannelSerial names one message of another channel.
type ChannelSerial struct {
	Channel ChannelID
	Serial  uint64
}

// WaitForChannels holds a channel back until others have come as far.
type WaitForChannels struct{ Wait []ChannelSerial }

// Decode implements wire.Message.
func (m *WaitForChannels) Decode(r *wire.Reader) {
	m.Wait = make([]ChannelSerial, r.Count(uint32(r.U8()), 10))
	for i := range m.Wait {
		m.Wait[i].Channel = ChannelID{ChannelType(r.U8()), r.U8()}
		m.Wait[i].Serial = r.U64()
	}
}

// Encode implements wire.Message.
func (m *WaitForChannels) Encode(w *wire.Writer) {
	w.U8(uint8(len(m.Wait)))
	for _, s := range m.Wait {
		w.U8(uint8(s.Channel.Type))
		w.U8(s.Channel.ID)
		w.U64(s.Serial)
	}
}

// Disconnecting announces the end of a link.
type Disconnecting struct {
	Time   uint64
	Reason LinkCode
}

// Decode implements wire.Message.
func (m *Disconnecting) Decode(r *wire.Reader) { m.Time, m.Reason = r.U64(), LinkCode(r.U32()) }

// Encode implements wire.Message.
func (m *Disconnecting) Encode(w *wire.Writer) {
	w.U64(m.Time)
	w.U32(uint32(m.Reason))
}

// Notify is a text for the user's log.
type Notify struct {
	Time       uint64
	Severity   uint32 // 0 info, 1 warning, 2 error
	Visibility uint32 // 0 low, 1 medium, 2 high
	What       uint32
	Text       string
}

// Decode implements wire.Message.
func (m *Notify) Decode(r *wire.Reader) {
	m.Time = r.U64()
	m.Severity, m.Visibility, m.What = r.U32(), r.U32(), r.U32()
	m.Text = string(r.Bytes(r.Count(r.U32(), 1)))
}

// Encode implements wire.Message.
func (m *Notify) Encode(w *wire.Writer) {
	w.U64(m.Time)
	w.U32(m.Severity)
	w.U32(m.Visibility)
	w.U32(m.What)
	w.U32(uint32(len(m.Text)))
	w.Bytes([]byte(m.Text))
	w.U8(0)
}

// Migrate tells a channel that its server moves.
type Migrate struct{ Flags uint32 }

// Decode implements wire.Message.
func (m *Migrate) Decode(r *wire.Reader) { m.Flags = r.U32() }

// Encode implements wire.Message.
func (m *Migrate) Encode(w *wire.Writer) { w.U32(m.Flags) }
