package libvirtctl

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A node is an element of a description, with all that is in it: devices go
// back to libvirt as they came.
type node struct {
	name  string // with its prefix
	attrs []xml.Attr
	text  string // without surrounding space
	kids  []*node
}

// Bounds of a description, far above what libvirt sends.
const (
	maxDepth = 64
	maxNodes = 1 << 20
)

// parseNode reads a document of one element.
func parseNode(document string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(document))
	var root *node
	var open []*node
	for count := 0; ; {
		token, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && root != nil && len(open) == 0:
			return root, nil
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: rawName(t.Name), attrs: t.Copy().Attr}
			if name, twice := repeated(n.attrs); twice {
				return nil, fmt.Errorf("<%s> has %s twice", n.name, name)
			}
			switch count++; {
			case len(open) == maxDepth || count > maxNodes:
				return nil, errors.New("too deep or too large")
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.kids = append(parent.kids, n)
			case root != nil:
				return nil, errors.New("more than one element")
			default:
				root = n
			}
			open = append(open, n)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].name != rawName(t.Name) {
				return nil, fmt.Errorf("</%s> ends nothing", rawName(t.Name))
			}
			last := open[len(open)-1]
			last.text = strings.TrimSpace(last.text)
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			}
		}
	}
}

// repeated returns the name of an attribute that there is more than once, which
// no XML may have, but encoding/xml lets pass.
func repeated(attrs []xml.Attr) (name string, twice bool) {
	if len(attrs) < 2 {
		return "", false
	}
	seen := make(map[string]bool, len(attrs))
	for _, a := range attrs {
		if name = rawName(a.Name); seen[name] {
			return name, true
		}
		seen[name] = true
	}
	return "", false
}

func rawName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// newNode makes an element; attrs are names and values, in turn.
func newNode(name string, attrs ...string) *node {
	n := &node{name: name}
	for i := 0; i+1 < len(attrs); i += 2 {
		n.set(attrs[i], attrs[i+1])
	}
	return n
}

// with adds children and returns n.
func (n *node) with(kids ...*node) *node {
	n.kids = append(n.kids, kids...)
	return n
}

// attr returns an attribute, or "". A nil node has none.
func (n *node) attr(name string) string {
	if n != nil {
		for _, a := range n.attrs {
			if rawName(a.Name) == name {
				return a.Value
			}
		}
	}
	return ""
}

func (n *node) set(name, value string) {
	for i, a := range n.attrs {
		if rawName(a.Name) == name {
			n.attrs[i].Value = value
			return
		}
	}
	n.attrs = append(n.attrs, xml.Attr{Name: xml.Name{Local: name}, Value: value})
}

// child goes down by the first children of these names. It returns nil where
// there is none.
func (n *node) child(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		var found *node
		for _, k := range n.kids {
			if k.name == name {
				found = k
				break
			}
		}
		n = found
	}
	return n
}

// children returns the children of a name. A nil node has none.
func (n *node) children(name string) []*node {
	var found []*node
	if n != nil {
		for _, k := range n.kids {
			if k.name == name {
				found = append(found, k)
			}
		}
	}
	return found
}

// number reads a small number; what is none is 0.
func number(s string) int {
	n, _ := strconv.ParseUint(s, 10, 31)
	return int(n)
}

// drop takes children of these names away.
func (n *node) drop(names ...string) {
	var kept []*node
	for _, k := range n.kids {
		keep := true
		for _, name := range names {
			keep = keep && k.name != name
		}
		if keep {
			kept = append(kept, k)
		}
	}
	n.kids = kept
}

// content returns the text of an element, or "".
func (n *node) content() string {
	if n == nil {
		return ""
	}
	return n.text
}

// bytes reads a size with its unit, KiB if there is none. What is none is 0.
func (n *node) bytes() uint64 {
	if n == nil {
		return 0
	}
	v, err := strconv.ParseUint(n.text, 10, 64)
	unit, ok := map[string]uint64{"": kib, "b": 1, "bytes": 1, "KB": 1000, "k": kib, "KiB": kib, "MB": 1e6, "M": kib * kib,
		"MiB": kib * kib, "GB": 1e9, "G": kib * kib * kib, "GiB": kib * kib * kib, "TB": 1e12, "T": 1 << 40, "TiB": 1 << 40}[n.attr("unit")]
	if err != nil || !ok {
		return 0
	}
	return v * unit
}

// String returns the element as XML, indented.
func (n *node) String() string {
	var b strings.Builder
	n.write(&b, 0)
	return b.String()
}

func (n *node) write(b *strings.Builder, depth int) {
	indent := strings.Repeat("  ", depth)
	b.WriteString(indent + "<" + n.name)
	for _, a := range n.attrs {
		b.WriteString(" " + rawName(a.Name) + "='" + escape(a.Value) + "'")
	}
	switch {
	case len(n.kids) > 0:
		b.WriteString(">" + escape(n.text) + "\n")
		for _, k := range n.kids {
			k.write(b, depth+1)
		}
		b.WriteString(indent + "</" + n.name + ">\n")
	case n.text != "":
		b.WriteString(">" + escape(n.text) + "</" + n.name + ">\n")
	default:
		b.WriteString("/>\n")
	}
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// lacks returns where n is not as wanted says: all elements and attributes of
// wanted should be in n, which may have more.
func (n *node) lacks(wanted *node) []string {
	var missing []string
	for _, a := range wanted.attrs {
		if n.attr(rawName(a.Name)) != a.Value {
			missing = append(missing, wanted.name+"@"+rawName(a.Name))
		}
	}
	if wanted.text != "" && wanted.text != n.text {
		missing = append(missing, wanted.name)
	}
	for _, k := range wanted.kids {
		best := []string{k.name}
		for _, have := range n.kids {
			if have.name != k.name {
				continue
			}
			if m := have.lacks(k); len(m) == 0 || best[0] == k.name {
				best = m
			}
			if len(best) == 0 {
				break
			}
		}
		for _, m := range best {
			missing = append(missing, wanted.name+"/"+m)
		}
	}
	return missing
}

// A description is what of a domain's XML many calls need.
type description struct {
	root          *node
	Memory        *node
	CurrentMemory *node
}

// parsed reads the domain's description.
func (d *Domain) parsed(ctx context.Context, flags XMLFlags) (*description, error) {
	text, err := d.XML(ctx, flags)
	if err != nil {
		return nil, err
	}
	return parseDescription(text)
}

func parseDescription(text string) (*description, error) {
	root, err := parseNode(text)
	if err != nil {
		return nil, fmt.Errorf("libvirtctl: description of a domain: %w", err)
	}
	x := &description{root: root, Memory: root.child("memory"), CurrentMemory: root.child("currentMemory")}
	if x.CurrentMemory == nil {
		x.CurrentMemory = x.Memory
	}
	return x, nil
}
