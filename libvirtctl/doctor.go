package libvirtctl

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Severity says how bad a finding is.
type Severity int

// The severities.
const (
	Hint    Severity = iota // more is possible, or somebody has decided so
	Warning                 // the console works less well, or is less safe, than it could
	Trouble                 // the console cannot be opened or used
)

var severityNames = [...]string{"hint", "warning", "error"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText returns the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Finding is something that a domain lacks for a good console.
type Finding struct {
	ID       string   `json:"id"` // does not change, as in "no-agent-channel"
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`            // one line
	Mend     string   `json:"mend,omitempty"`  // XML that mends it
	Where    string   `json:"where,omitempty"` // where Mend goes, as in "<devices>"
	Advice   string   `json:"advice,omitempty"`
	When     string   `json:"when,omitempty"` // "now" or "next start": when mending takes effect
	Safe     bool     `json:"safe"`           // Treat does it: it only adds to the stored definition
	// Stored says that the stored definition is mended already, and only the
	// running domain is not.
	Stored bool `json:"stored"`

	edit func(definition string) (string, error)
}

// A Checkup is what is known of a domain and of who looks at it.
type Checkup struct {
	Live    string // description of the running domain; "" if it does not run
	Stored  string // what is stored for the next start; "" for a transient domain
	Secrets bool   // the descriptions were read with XMLSecure
	At      Place  // where the domain's host is
	Now     time.Time
}

// Diagnose finds what a domain lacks for a good console, the worst first. It
// fails only if a description cannot be read.
func Diagnose(c *Checkup) ([]Finding, error) {
	if c.Live == "" {
		return examine(c.Stored, false, c)
	}
	found, err := examine(c.Live, true, c)
	if err != nil || c.Stored == "" {
		return found, err
	}
	stored, err := examine(c.Stored, false, c)
	has := func(in []Finding, id string) bool {
		return slices.ContainsFunc(in, func(f Finding) bool { return f.ID == id })
	}
	for i := range found {
		found[i].Stored = found[i].When == nextStart && !timely[found[i].ID] && !has(stored, found[i].ID)
	}
	for _, f := range stored {
		if !has(found, f.ID) && !timely[f.ID] {
			f.Text += ", from the next start on"
			found = append(found, f)
		}
	}
	sortFindings(found)
	return found, err
}

// timely are findings that tell of this moment or of choices at the start: a
// stored definition says nothing about them.
var timely = map[string]bool{"unreachable": true, "no-tls": true}

// Values of Finding.When.
const (
	now       = "now"
	nextStart = "next start"
)

func sortFindings(f []Finding) {
	slices.SortStableFunc(f, func(a, b Finding) int { return int(b.Severity - a.Severity) })
}

// An exam is one description under examination.
type exam struct {
	domain   doctorXML
	consoles []Console
	spice    *Console // the first, nil without SPICE
	graphics *doctorGraphics
	live     bool
	*Checkup
	found []Finding
}

// doctorXML is what the doctor reads of a description.
type doctorXML struct {
	Graphics []doctorGraphics `xml:"devices>graphics"`
	Videos   []struct {
		Model struct {
			Type  string `xml:"type,attr"`
			Heads int    `xml:"heads,attr"`
		} `xml:"model"`
	} `xml:"devices>video"`
	Channels []struct {
		Type   string `xml:"type,attr"`
		Target struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
		} `xml:"target"`
	} `xml:"devices>channel"`
	Sounds []struct{} `xml:"devices>sound"`
	Audios []struct {
		Type string `xml:"type,attr"`
	} `xml:"devices>audio"`
	Redirs []struct {
		Bus string `xml:"bus,attr"`
	} `xml:"devices>redirdev"`
	Inputs []struct {
		Type string `xml:"type,attr"`
	} `xml:"devices>input"`
	Controllers []doctorController `xml:"devices>controller"`
}

type doctorController struct {
	Type  string `xml:"type,attr"`
	Model string `xml:"model,attr"`
}

// doctorGraphics are the settings of a console.
type doctorGraphics struct {
	Type  string `xml:"type,attr"`
	Image struct {
		Compression string `xml:"compression,attr"`
	} `xml:"image"`
	Playback struct {
		Compression string `xml:"compression,attr"`
	} `xml:"playback"`
	Streaming *struct {
		Mode string `xml:"mode,attr"`
	} `xml:"streaming"`
	Mouse struct {
		Mode string `xml:"mode,attr"`
	} `xml:"mouse"`
	Clipboard struct {
		CopyPaste string `xml:"copypaste,attr"`
	} `xml:"clipboard"`
	FileTransfer struct {
		Enable string `xml:"enable,attr"`
	} `xml:"filetransfer"`
	GL struct {
		Enable string `xml:"enable,attr"`
	} `xml:"gl"`
}

func examine(description string, live bool, c *Checkup) ([]Finding, error) {
	e := &exam{live: live, Checkup: c}
	if err := xml.Unmarshal([]byte(description), &e.domain); err != nil {
		return nil, fmt.Errorf("libvirtctl: a domain's description: %w", err)
	}
	var err error
	if e.consoles, err = Consoles(description); err != nil {
		return nil, err
	}
	e.spice = FirstConsole(e.consoles, "spice")
	if i := slices.IndexFunc(e.domain.Graphics, func(g doctorGraphics) bool { return g.Type == "spice" }); i >= 0 {
		e.graphics = &e.domain.Graphics[i]
	}
	e.checkVideo()
	e.checkDevices()
	if e.spice != nil && e.graphics != nil {
		e.checkReach()
		e.checkTicket()
		e.checkSettings()
	} else {
		e.findNoSPICE()
	}
	sortFindings(e.found)
	return e.found, nil
}

func (e *exam) find(f Finding) { e.found = append(e.found, f) }

const plainSPICE = "<graphics type='spice' autoport='yes'>\n  <listen type='address' address='127.0.0.1'/>\n</graphics>"

func (e *exam) findNoSPICE() {
	var others []string
	for _, c := range e.consoles {
		others = append(others, c.Type)
	}
	text := "the domain has no graphical console"
	if len(others) > 0 {
		text = "the domain has no SPICE console, only " + strings.Join(others, ", ")
	}
	e.find(Finding{ID: "no-spice", Severity: Trouble, Text: text, Mend: plainSPICE, Where: "<devices>", When: nextStart, Safe: true, edit: addDevice(plainSPICE)})
}

// checkReach looks at where the console listens.
func (e *exam) checkReach() {
	c := *e.spice
	if !e.live && c.Auto && c.Port == 0 && c.TLSPort == 0 {
		c.Port = 5900 // libvirt will choose one
	}
	var unreachable *UnreachableError
	if _, err := c.Route(e.At, false); errors.As(err, &unreachable) {
		e.find(Finding{ID: "unreachable", Severity: Trouble, Text: unreachable.Reason, Advice: unreachable.Hint, When: nextStart})
	}
	tcp := c.Port != 0 || c.TLSPort != 0
	if e.graphics.GL.Enable == "yes" && tcp {
		e.find(Finding{ID: "gl-on-tcp", Severity: Trouble, Text: "GL is on and the console listens on TCP: QEMU does not start so", Mend: "<listen type='none'/>", Where: "<graphics>, instead of its listen",
			Advice: "It can then be opened on the host only, with --attach.", When: nextStart})
	}
	if tcp && !isLoopback(c.Address) && c.TLSPort == 0 && (e.live || !c.Auto) {
		e.find(Finding{ID: "no-tls", Severity: Warning, Text: fmt.Sprintf("the console listens on %s without TLS: what is typed and shown crosses the network in clear", orAll(c.Address)),
			Mend: "<graphics type='spice' autoport='yes' defaultMode='secure'>", Where: "<graphics>, its attributes",
			Advice: "TLS needs spice_tls = 1 and a certificate in the host's qemu.conf. Or listen on 127.0.0.1 and connect over ssh.", When: nextStart})
	}
}

func orAll(address string) string {
	if isWildcard(address) {
		return "all addresses"
	}
	return address
}

// checkTicket looks at the password, if it may be seen.
func (e *exam) checkTicket() {
	c := e.spice
	const set = "Set one with saffron open --set-ticket, or by virsh update-device with passwd in the graphics element."
	const mend = "<graphics type='spice' autoport='yes' passwd='…' passwdValidTo='…'>"
	f := Finding{Mend: mend, Where: "<graphics>, its attributes", Advice: set, When: now}
	switch {
	case c.Expired(e.Now):
		f.ID, f.Severity, f.Text = "ticket-expired", Trouble, "the password is not valid any more, since "+c.ValidTo.UTC().Format("2006-01-02 15:04:05 MST")
	case !e.Secrets:
		return
	case c.Ticketed && c.Password == "":
		f.ID, f.Severity, f.Text = "ticket-empty", Trouble, "the password is empty: SPICE lets nobody in"
	case c.Ticketed || c.Port == 0 && c.TLSPort == 0 && !c.Auto:
		return
	case isLoopback(c.Address):
		f.ID, f.Severity, f.Text = "no-ticket", Hint, "there is no password: whoever can log in to the host can open the console"
	default:
		f.ID, f.Severity, f.Text = "no-ticket", Warning, "there is no password, and the console listens on "+orAll(c.Address)+": whoever reaches it can open it"
	}
	e.find(f)
}
