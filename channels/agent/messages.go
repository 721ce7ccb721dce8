package agent

import (
	"fmt"

	"saffron/spice/wire"
)

// Types of the messages of the agent's stream (VD_AGENT_*).
const (
	msgMouseState         = 1
	msgMonitorsConfig     = 2
	msgReply              = 3
	msgClipboard          = 4
	msgDisplayConfig      = 5
	msgAnnounce           = 6
	msgGrab               = 7
	msgRequest            = 8
	msgRelease            = 9
	msgFileStart          = 10
	msgFileStatus         = 11
	msgFileData           = 12
	msgClientDisconnected = 13
	msgMaxClipboard       = 14
	msgVolumeSync         = 15
	msgGraphicsDeviceInfo = 16
)

var messageNames = map[uint32]string{
	msgMouseState: "mouse_state", msgMonitorsConfig: "monitors_config", msgReply: "reply", msgClipboard: "clipboard",
	msgDisplayConfig: "display_config", msgAnnounce: "announce_capabilities", msgGrab: "clipboard_grab",
	msgRequest: "clipboard_request", msgRelease: "clipboard_release", msgFileStart: "file_xfer_start",
	msgFileStatus: "file_xfer_status", msgFileData: "file_xfer_data", msgClientDisconnected: "client_disconnected",
	msgMaxClipboard: "max_clipboard", msgVolumeSync: "audio_volume_sync", msgGraphicsDeviceInfo: "graphics_device_info",
}

// messageName returns the protocol's name of a type.
func messageName(typ uint32) string {
	if name, ok := messageNames[typ]; ok {
		return name
	}
	return fmt.Sprintf("message %d", typ)
}

// A layout says which fields the messages of the clipboard have: both sides
// announced them.
type layout struct {
	selection bool
	serial    bool // in grab, behind the selection
}

// announce tells capabilities (VD_AGENT_ANNOUNCE_CAPABILITIES).
type announce struct {
	Request uint32 // 1: answer with yours
	Caps    Caps
}

// Decode implements wire.Message. Words that nobody knows anything of are left
// out.
func (m *announce) Decode(r *wire.Reader) {
	m.Request = r.U32()
	m.Caps = make(Caps, min(r.Remaining()/4, maxCapWords))
	for i := range m.Caps {
		m.Caps[i] = r.U32()
	}
}

// Encode implements wire.Message.
func (m *announce) Encode(w *wire.Writer) {
	w.U32(m.Request)
	for _, word := range m.Caps {
		w.U32(word)
	}
}

// grab says that a side holds a selection now (VD_AGENT_CLIPBOARD_GRAB).
type grab struct {
	layout
	Selection Selection
	Serial    uint32
	Formats   []Format
}

// Decode implements wire.Message; the layout is set before.
func (m *grab) Decode(r *wire.Reader) {
	m.Selection = m.readSelection(r)
	if m.serial {
		m.Serial = r.U32()
	}
	m.Formats = make([]Format, 0, min(r.Remaining()/4, maxFormats))
	for len(m.Formats) < maxFormats && r.Remaining() >= 4 {
		m.Formats = append(m.Formats, Format(r.U32()))
	}
}

// Encode implements wire.Message.
func (m *grab) Encode(w *wire.Writer) {
	m.writeSelection(w, m.Selection)
	if m.serial {
		w.U32(m.Serial)
	}
	for _, f := range m.Formats {
		w.U32(uint32(f))
	}
}

// maxFormats bounds what a grab offers; there are six.
const maxFormats = 64

func (l layout) readSelection(r *wire.Reader) Selection {
	if !l.selection {
		return Clipboard
	}
	s := Selection(r.U8())
	r.Bytes(3)
	return s
}

func (l layout) writeSelection(w *wire.Writer, s Selection) {
	if l.selection {
		w.U32(uint32(s))
	}
}

// request asks for a selection (VD_AGENT_CLIPBOARD_REQUEST).
type request struct {
	layout
	Selection Selection
	Format    Format
}

// Decode implements wire.Message; the layout is set before.
func (m *request) Decode(r *wire.Reader) {
	m.Selection = m.readSelection(r)
	m.Format = Format(r.U32())
}

// Encode implements wire.Message.
func (m *request) Encode(w *wire.Writer) {
	m.writeSelection(w, m.Selection)
	w.U32(uint32(m.Format))
}

// content is what a selection holds (VD_AGENT_CLIPBOARD). It is what a request
// is, with the data behind.
type content struct {
	request
	Data []byte // aliases the body
}

// Decode implements wire.Message; the layout is set before.
func (m *content) Decode(r *wire.Reader) {
	m.request.Decode(r)
	m.Data = r.Rest()
}

// Encode implements wire.Message.
func (m *content) Encode(w *wire.Writer) {
	m.request.Encode(w)
	w.Bytes(m.Data)
}

// release says that a side holds nothing any more (VD_AGENT_CLIPBOARD_RELEASE).
type release struct {
	layout
	Selection Selection
}

// Decode implements wire.Message; the layout is set before.
func (m *release) Decode(r *wire.Reader) { m.Selection = m.readSelection(r) }

// Encode implements wire.Message.
func (m *release) Encode(w *wire.Writer) { m.writeSelection(w, m.Selection) }

// maxClipboard tells how large a clipboard may be (VD_AGENT_MAX_CLIPBOARD).
type maxClipboard struct{ Max int32 } // bytes; -1 is without limit

// Decode implements wire.Message.
func (m *maxClipboard) Decode(r *wire.Reader) { m.Max = r.I32() }

// Encode implements wire.Message.
func (m *maxClipboard) Encode(w *wire.Writer) { w.I32(m.Max) }

// reply says whether a configuration was taken (VD_AGENT_REPLY).
type reply struct {
	Type  uint32 // of what it answers
	Error uint32 // 1 success, 2 error
}

// Decode implements wire.Message.
func (m *reply) Decode(r *wire.Reader) { m.Type, m.Error = r.U32(), r.U32() }

// Encode implements wire.Message.
func (m *reply) Encode(w *wire.Writer) {
	w.U32(m.Type)
	w.U32(m.Error)
}

// displayConfig says how the desktop is to look (VD_AGENT_DISPLAY_CONFIG).
type displayConfig struct{ Flags, Depth uint32 }

// Decode implements wire.Message.
func (m *displayConfig) Decode(r *wire.Reader) { m.Flags, m.Depth = r.U32(), r.U32() }

// Encode implements wire.Message.
func (m *displayConfig) Encode(w *wire.Writer) {
	w.U32(m.Flags)
	w.U32(m.Depth)
}

// What a displayConfig says (VD_AGENT_DISPLAY_CONFIG_FLAG_*).
const (
	noWallpaper     = 1
	noFontSmoothing = 2
	noAnimation     = 4
	setDepth        = 8
)

func (l Looks) config() *displayConfig {
	c := new(displayConfig)
	for flag, on := range map[uint32]bool{
		noWallpaper: l.NoWallpaper, noFontSmoothing: l.NoFontSmoothing, noAnimation: l.NoAnimation, setDepth: l.Depth > 0,
	} {
		if on {
			c.Flags |= flag
		}
	}
	c.Depth = uint32(max(0, l.Depth))
	return c
}
