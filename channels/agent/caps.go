package agent

import "fmt"

// Capabilities (VD_AGENT_CAP_*).
const (
	CapMouseState                 = 0
	CapMonitorsConfig             = 1
	CapReply                      = 2
	CapClipboardPush              = 3 // obsolete
	CapDisplayConfig              = 4
	CapClipboard                  = 5 // by demand
	CapClipboardSelection         = 6
	CapSparseMonitors             = 7
	CapLineEndLF                  = 8
	CapLineEndCRLF                = 9
	CapMaxClipboard               = 10
	CapVolumeSync                 = 11
	CapMonitorsPosition           = 12
	CapFilesDisabled              = 13
	CapFileErrors                 = 14 // in detail
	CapGraphicsDeviceInfo         = 15
	CapNoReleaseOnRegrab          = 16
	CapClipboardGrabSerial        = 17
	maxCapWords                   = 8
	knownCaps                     = 18
	announceRequest        uint32 = 1
)

var capNames = [knownCaps]string{
	"mouse-state", "monitors-config", "reply", "clipboard-push", "display-config", "clipboard", "clipboard-selection",
	"sparse-monitors-config", "guest-lineend-lf", "guest-lineend-crlf", "max-clipboard", "audio-volume-sync",
	"monitors-config-position", "file-xfer-disabled", "file-xfer-detailed-errors", "graphics-device-info",
	"clipboard-no-release-on-regrab", "clipboard-grab-serial",
}

// Caps are an agent's capabilities, 32 a word. They are not changed once made.
type Caps []uint32

func newCaps(caps ...int) Caps {
	var c Caps
	for _, n := range caps {
		for len(c) <= n/32 {
			c = append(c, 0)
		}
		c[n/32] |= 1 << (n % 32)
	}
	return c
}

// Has reports whether a capability is among them.
func (c Caps) Has(n int) bool {
	return n >= 0 && n/32 < len(c) && c[n/32]>>(n%32)&1 != 0
}

// Names returns what they are called, in order; those without a name as for
// example "cap-40".
func (c Caps) Names() []string {
	names := []string{}
	for n := range 32 * len(c) {
		switch {
		case !c.Has(n):
		case n < knownCaps:
			names = append(names, capNames[n])
		default:
			names = append(names, fmt.Sprintf("cap-%d", n))
		}
	}
	return names
}

// ownCaps are what the client announces, with a clipboard or without.
func ownCaps(clipboard bool) Caps {
	caps := []int{CapMonitorsConfig, CapReply, CapDisplayConfig, CapMonitorsPosition, CapFileErrors}
	if clipboard {
		caps = append(caps, CapClipboard, CapClipboardSelection, CapNoReleaseOnRegrab, CapClipboardGrabSerial)
	}
	return newCaps(caps...)
}
