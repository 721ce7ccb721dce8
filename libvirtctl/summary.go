package libvirtctl

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// A Summary is what a list of consoles tells of a domain.
type Summary struct {
	Consoles []Console
	Heads    int // screens that the video devices have
	// Agent is the state of SPICE's agent channel: "connected",
	// "disconnected", "unknown" while the domain does not run, or "none".
	Agent string
}

const agentName = "com.redhat.spice.0"

// Summarize reads a domain's description as far as a Summary needs it. It
// takes little memory and time, whatever it is given.
func Summarize(description string) (*Summary, error) {
	s := &Summary{Agent: "none"}
	var graphics strings.Builder
	var failed error
	err := devices(description, func(name, element string) {
		var err error
		switch name {
		case "graphics":
			graphics.WriteString(element)
		case "video":
			err = s.addVideo(element)
		case "channel":
			err = s.addChannel(element)
		}
		if err != nil && failed == nil {
			failed = fmt.Errorf("libvirtctl: description of a domain: %s: %w", name, err)
		}
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		s.Consoles, err = Consoles("<domain><devices>" + graphics.String() + "</devices></domain>")
	}
	return s, err
}

// maxHeads is more screens than any domain has.
const maxHeads = 256

func (s *Summary) addVideo(element string) error {
	var v struct {
		Model struct {
			Type  string `xml:"type,attr"`
			Heads uint32 `xml:"heads,attr"`
		} `xml:"model"`
	}
	if err := xml.Unmarshal([]byte(element), &v); err != nil {
		return err
	}
	if v.Model.Type != "none" {
		s.Heads = min(s.Heads+int(min(max(v.Model.Heads, 1), maxHeads)), maxHeads)
	}
	return nil
}

func (s *Summary) addChannel(element string) error {
	var c struct {
		Target struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
		} `xml:"target"`
	}
	if err := xml.Unmarshal([]byte(element), &c); err != nil {
		return err
	}
	if c.Target.Name == agentName {
		if s.Agent = c.Target.State; s.Agent == "" {
			s.Agent = "unknown"
		}
	}
	return nil
}
