package libvirtctl

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Definitions are edited as text: what is not understood stays as it is.

// A span is where an element is in a text.
type span struct {
	start, open int // its start tag
	close, end  int // its end tag; empty if the start tag ends it, too
}

// spanOf finds the first element at a path whose start tag fits.
func spanOf(text string, fits func(xml.StartElement) bool, path ...string) (span, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	var at []string
	found, depth := span{start: -1}, 0
	for {
		before := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found, fmt.Errorf("libvirtctl: the definition has no %s", strings.Join(path, "/"))
		}
		if err != nil {
			return found, fmt.Errorf("libvirtctl: a domain's definition: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = append(at, token.Name.Local)
			if found.start < 0 && slices.Equal(at, path) && (fits == nil || fits(token)) {
				found.start, found.open, depth = before, int(d.InputOffset()), len(at)
			}
		case xml.EndElement:
			if found.start >= 0 && len(at) == depth {
				found.close, found.end = before, int(d.InputOffset())
				return found, nil
			}
			at = at[:len(at)-1]
		}
	}
}

// insert puts text at the end of an element.
func (s span) insert(text, element, name string) string {
	if s.close != s.end {
		return text[:s.close] + element + "\n" + text[s.close:]
	}
	start := strings.TrimSuffix(text[s.start:s.open], "/>")
	return text[:s.start] + start + ">" + element + "</" + name + ">" + text[s.open:]
}

// addDevice adds a device to a definition.
func addDevice(device string) func(string) (string, error) {
	return func(text string) (string, error) {
		s, err := spanOf(text, nil, "domain", "devices")
		if err != nil {
			return "", err
		}
		return s.insert(text, device, "devices"), nil
	}
}

// addToSPICE adds an element to the first SPICE console.
func addToSPICE(element string) func(string) (string, error) {
	return func(text string) (string, error) {
		spice := func(e xml.StartElement) bool {
			return slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "type" && a.Value == "spice" })
		}
		s, err := spanOf(text, spice, "domain", "devices", "graphics")
		if err != nil {
			return "", err
		}
		return s.insert(text, element, "graphics"), nil
	}
}

var headsAttribute = regexp.MustCompile(`\sheads\s*=\s*('[^']*'|"[^"]*")`)

// setHeads gives the first video device a number of heads.
func setHeads(n int) func(string) (string, error) {
	return func(text string) (string, error) {
		s, err := spanOf(text, nil, "domain", "devices", "video", "model")
		if err != nil {
			return "", err
		}
		tag := headsAttribute.ReplaceAllString(text[s.start:s.open], "")
		tag = strings.Replace(tag, "<model", fmt.Sprintf("<model heads='%d'", n), 1)
		return text[:s.start] + tag + text[s.open:], nil
	}
}

// audioToSPICE lets sound that goes nowhere go to the console.
func audioToSPICE(text string) (string, error) {
	s, err := spanOf(text, nil, "domain", "devices", "audio")
	if err != nil {
		return "", err
	}
	tag := typeAttribute.ReplaceAllString(text[s.start:s.open], " type='spice'")
	return text[:s.start] + tag + text[s.open:], nil
}

var typeAttribute = regexp.MustCompile(`\stype\s*=\s*('[^']*'|"[^"]*")`)
