package pane

import (
	"encoding/json"
	"fmt"
	"image"

	"saffron/render"
)

// Bounds of what a message may say.
const (
	maxPacket   = 64 << 10
	maxPixels   = 1 << 26 // of the picture
	maxShape    = 1 << 20 // of the pointer
	maxRects    = 64
	maxEntries  = 256
	maxEventLen = 32 << 10 // a path has at most 4096 bytes, each written as up to six
)

// A State is what the window says and does besides the picture. It is small:
// its texts are cut to fit.
type State struct {
	Title    string
	Status   string
	Note     string
	Relative bool // the mouse is wanted as relative motion
	Mode     render.ViewMode
	Filter   uint8 // how a scaled picture is drawn; the window's affair
}

// A Begin is what a window begins with.
type Begin struct {
	State
	Width, Height int         // at first, in device pixels; 0 for those of the head
	Shift         image.Point // from the middle of the screen
	Fullscreen    bool
	Screen        string // name of the monitor to open on, or ""
	ViewOnly      bool
	Unclosable    bool
	NoTab         bool // no menu from the upper edge
	NoFullscreen  bool // the menu does not lead to the full screen, nor from it
	Hotkeys       []Hotkey
	Keymap        string
	Grab          uint8
	ShiftWheel    bool
}

// A Hotkey is a chord of the window and the command that it means.
type Hotkey struct{ Chord, Command string }

// An Entry is a line of the window's menu.
type Entry struct {
	Label, Keys       string
	Checked, Disabled bool
	Separator         bool
	Command           int     // what Event.Code says when it is chosen, from 1; 0 for none
	Sub               []Entry `json:",omitempty"`
}

// A tell is a message of the host.
type tell struct {
	Kind    string
	Begin   *Begin            `json:",omitempty"`
	State   *State            `json:",omitempty"`
	Size    image.Point       // memory, shape
	Rects   []image.Rectangle `json:",omitempty"` // damage
	Hot     image.Point       // shape
	Pos     image.Point       // pointer
	Visible bool              `json:",omitempty"`
	Server  bool              `json:",omitempty"`
	Entries []Entry           `json:",omitempty"`
	Text    string            `json:",omitempty"` // toast
}

// Kinds of tells.
const (
	tellBegin   = "begin"
	tellState   = "state"
	tellMemory  = "memory"  // with a descriptor
	tellDamage  = "damage"  // answered by drawn
	tellShape   = "shape"   // with a descriptor, unless there is no shape
	tellPointer = "pointer" // where it is, whether it is seen, who draws it
	tellMenu    = "menu"
	tellToast   = "toast"
)

// An Event is a message of the guest: what its user did.
type Event struct {
	Kind   string
	Code   int         `json:",omitempty"` // key, button, wheel, command
	Down   bool        `json:",omitempty"` // also: there are more files
	At     image.Point // position, motion, size
	Scroll bool        `json:",omitempty"` // locks
	Num    bool        `json:",omitempty"`
	Caps   bool        `json:",omitempty"`
	Name   string      `json:",omitempty"` // hotkey, path of a file
}

// Kinds of events.
const (
	EventKey      = "key"
	EventPosition = "position"
	EventMotion   = "motion"
	EventButton   = "button"
	EventWheel    = "wheel"
	EventRelease  = "release" // of all that is held
	EventLocks    = "locks"
	EventSize     = "size"    // of the window, in device pixels
	EventHotkey   = "hotkey"  // by the name of its command
	EventCommand  = "command" // of the menu, by number
	EventMenu     = "menu"    // it opens; answered by tellMenu
	EventDrop     = "drop"    // of files onto the window, one path each
	EventClosed   = "closed"  // by its user
	eventDrawn    = "drawn"
)

// encode makes a packet.
func encode(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err == nil && len(body) > maxPacket {
		err = fmt.Errorf("a message of %d bytes", len(body))
	}
	return body, err
}

// decodeTell reads a message of the host and checks its bounds.
func decodeTell(packet []byte) (*tell, error) {
	t := new(tell)
	if err := json.Unmarshal(packet, t); err != nil {
		return nil, err
	}
	switch {
	case len(t.Rects) > maxRects, len(t.Entries) > maxEntries:
		return nil, fmt.Errorf("%s: too many parts", t.Kind)
	case t.Kind == tellMemory && !within(t.Size, maxPixels):
		return nil, fmt.Errorf("a picture of %v", t.Size)
	case t.Kind == tellShape && t.Size != (image.Point{}) && !within(t.Size, maxShape):
		return nil, fmt.Errorf("a pointer of %v", t.Size)
	case t.Kind == tellBegin && t.Begin == nil, t.Kind == tellState && t.State == nil:
		return nil, fmt.Errorf("%s without content", t.Kind)
	}
	return t, nil
}

// decodeEvent reads a message of the guest and checks its bounds.
func decodeEvent(packet []byte) (Event, error) {
	var e Event
	if len(packet) > maxEventLen {
		return e, fmt.Errorf("an event of %d bytes", len(packet))
	}
	err := json.Unmarshal(packet, &e)
	const far = 1 << 20
	if err == nil && max(e.At.X, -e.At.X, e.At.Y, -e.At.Y, e.Code, -e.Code) > far {
		err = fmt.Errorf("%s: out of range", e.Kind)
	}
	return e, err
}

// within reports whether a size has pixels, and at most most.
func within(size image.Point, most int) bool {
	return size.X > 0 && size.Y > 0 && size.X <= most && size.Y <= most/size.X
}

// cut shortens the texts of a state to what a message has room for.
func (s State) cut() State {
	const most = 2 << 10 // of bytes that are written as up to six
	for _, text := range []*string{&s.Title, &s.Status, &s.Note} {
		if len(*text) > most {
			*text = (*text)[:most]
		}
	}
	return s
}
