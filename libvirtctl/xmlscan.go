package libvirtctl

import (
	"fmt"
	"strings"
)

// What a domain's description may be: libvirt's own longest string, and far
// deeper than any.
const (
	maxDescription = 4 << 20
	maxXMLDepth    = 64
)

// CheckXML reports whether a description from a host is fit to be parsed: it
// is not too large nor too deep, and declares no types or entities, which
// libvirt never does. It does not tell whether it is valid.
func CheckXML(description string) error {
	return scanXML(description, func(int, string, string) {})
}

// devices calls visit with each device of a domain's description: the element's
// name and its text. It fails as CheckXML does.
func devices(description string, visit func(name, element string)) error {
	within := false
	return scanXML(description, func(depth int, name, element string) {
		switch {
		case depth == 1:
			within = name == "devices" && element == ""
		case depth == 2 && within && element != "":
			visit(name, element)
		}
	})
}

// scanXML goes through the elements of a text down to the third level, at
// depths 0 to 2. It calls visit with the name of an element where it begins,
// and again with all of its text where it ends, if it is at depth 2. Who needs
// more of an element parses that text.
func scanXML(s string, visit func(depth int, name, element string)) error {
	if len(s) > maxDescription {
		return xmlError(0, "it has %d bytes, more than %d", len(s), maxDescription)
	}
	depth, began, name := 0, 0, ""
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '<')
		if i < 0 {
			break
		}
		at += i
		end, kind, err := tagAt(s, at)
		if err != nil {
			return err
		}
		if kind == tagOpen || kind == tagWhole {
			if depth <= 2 {
				name, began = tagName(s[at+1:end]), at
				visit(depth, name, "")
			}
			depth++
		}
		if kind == tagClose || kind == tagWhole {
			if depth--; depth < 0 {
				return xmlError(at, "an element ends that did not begin")
			}
			if depth == 2 {
				visit(depth, name, s[began:end])
			}
		}
		if depth > maxXMLDepth {
			return xmlError(at, "elements are nested more than %d deep", maxXMLDepth)
		}
		at = end
	}
	if depth != 0 {
		return xmlError(len(s), "it ends within an element")
	}
	return nil
}

type tagKind int

const (
	tagOpen  tagKind = iota // <a>
	tagClose                // </a>
	tagWhole                // <a/>
	tagOther                // a comment, an instruction, text in CDATA
)

// tagAt returns where the tag that begins at an offset ends, and what it is.
func tagAt(s string, at int) (end int, kind tagKind, err error) {
	rest := s[at:]
	for _, other := range [...][2]string{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if strings.HasPrefix(rest, other[0]) {
			n := strings.Index(rest[len(other[0]):], other[1])
			if n < 0 {
				return 0, 0, xmlError(at, "%s has no end", other[0])
			}
			return at + len(other[0]) + n + len(other[1]), tagOther, nil
		}
	}
	if strings.HasPrefix(rest, "<!") {
		return 0, 0, xmlError(at, "it declares types or entities, which libvirt never does")
	}
	n := tagEnd(rest)
	switch {
	case n < 0:
		return 0, 0, xmlError(at, "a tag has no end")
	case rest[1] == '/':
		kind = tagClose
	case rest[n-2] == '/':
		kind = tagWhole
	}
	return at + n, kind, nil
}

// tagEnd returns the length of the tag that begins a text, -1 if it has no end.
func tagEnd(s string) int {
	quote := byte(0)
	for at := 1; at < len(s); at++ {
		switch c := s[at]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return at + 1
		}
	}
	return -1
}

func tagName(tag string) string {
	if i := strings.IndexAny(tag, " \t\r\n/>"); i >= 0 {
		return tag[:i]
	}
	return tag
}

func xmlError(at int, format string, args ...any) error {
	return fmt.Errorf("libvirtctl: description of a domain: byte %d: %s", at, fmt.Sprintf(format, args...))
}
