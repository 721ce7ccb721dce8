package libvirtctl

import (
	"encoding/xml"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Console is a way to a domain's screen: a <graphics> element of its XML.
type Console struct {
	Index int    // among all <graphics>, as OpenGraphics counts
	Type  string // "spice", "vnc", "sdl" …

	// Where it listens: on ports of an address, on a unix socket, or, with
	// neither, nowhere. Ports that libvirt chooses are known only while the
	// domain runs.
	Address string // as the host knows it; it may be a wildcard or ""
	Port    int    // 0: none
	TLSPort int    // 0: none
	Socket  string
	Auto    bool // libvirt chooses the ports when the domain starts

	// Ticketed says that there is a password: Password, "" if nobody can get
	// in. Both are only known of descriptions with XMLSecure.
	Ticketed bool
	Password string
	ValidTo  time.Time // of the password, zero for ever

	// Modes are "secure", "insecure" or "any", by the names of channels.
	Modes       map[string]string
	DefaultMode string // of other channels

	element *graphicsXML // as it was read
}

// Expired reports whether the password is not valid any more.
func (c *Console) Expired(now time.Time) bool { return !c.ValidTo.IsZero() && !c.ValidTo.After(now) }

// Secure reports whether a channel is encrypted or not there.
func (c *Console) Secure(channel string) bool {
	mode, ok := c.Modes[channel]
	if !ok {
		mode = c.DefaultMode
	}
	return mode == "secure"
}

// maxConsoles is more than any domain has.
const maxConsoles = 64

// Consoles returns the consoles that a domain's XML describes, in its order.
func Consoles(description string) ([]Console, error) {
	var d struct {
		Graphics []graphicsXML `xml:"devices>graphics"`
	}
	if err := CheckXML(description); err != nil {
		return nil, err
	}
	if err := xml.Unmarshal([]byte(description), &d); err != nil {
		return nil, fmt.Errorf("libvirtctl: description of a domain: %w", err)
	}
	if len(d.Graphics) > maxConsoles {
		return nil, fmt.Errorf("libvirtctl: description of a domain: it has %d consoles, more than %d", len(d.Graphics), maxConsoles)
	}
	consoles := make([]Console, len(d.Graphics))
	for i := range d.Graphics {
		c, err := d.Graphics[i].console()
		if err != nil {
			return nil, fmt.Errorf("libvirtctl: description of a domain: console %d: %w", i, err)
		}
		c.Index = i
		consoles[i] = c
	}
	return consoles, nil
}

// FirstConsole returns the first console of a type, or nil.
func FirstConsole(consoles []Console, kind string) *Console {
	i := slices.IndexFunc(consoles, func(c Console) bool { return c.Type == kind })
	if i < 0 {
		return nil
	}
	return &consoles[i]
}

// A graphicsXML is a <graphics> element. Attributes are kept as they are, to
// tell those that are empty from those that are not there.
type graphicsXML struct {
	Attrs    []xml.Attr   `xml:",any,attr"`
	Inner    string       `xml:",innerxml"`
	Listens  []listenXML  `xml:"listen"`
	Channels []channelXML `xml:"channel"`
}

type listenXML struct {
	Type    string `xml:"type,attr"`
	Address string `xml:"address,attr"`
	Socket  string `xml:"socket,attr"`
}

type channelXML struct {
	Name string `xml:"name,attr"`
	Mode string `xml:"mode,attr"`
}

// attr returns an attribute, "" if it is not there.
func (g *graphicsXML) attr(name string) string {
	for _, a := range g.Attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (g *graphicsXML) has(name string) bool {
	return slices.ContainsFunc(g.Attrs, func(a xml.Attr) bool { return a.Name.Space == "" && a.Name.Local == name })
}

func (g *graphicsXML) console() (Console, error) {
	c := Console{
		Type: g.attr("type"), Auto: g.attr("autoport") == "yes", Socket: g.attr("socket"),
		Ticketed: g.has("passwd"), Password: g.attr("passwd"),
		DefaultMode: g.attr("defaultMode"), element: g,
	}
	var err error
	if c.Port, err = portOf(g.attr("port")); err != nil {
		return c, fmt.Errorf("port: %w", err)
	}
	if c.TLSPort, err = portOf(g.attr("tlsPort")); err != nil {
		return c, fmt.Errorf("tlsPort: %w", err)
	}
	if s := g.attr("passwdValidTo"); s != "" {
		if c.ValidTo, err = time.Parse(validLayout, s); err != nil {
			return c, fmt.Errorf("passwdValidTo: %q is not a time", s)
		}
	}
	c.listens(g)
	for _, ch := range g.Channels {
		if c.Modes == nil {
			c.Modes = map[string]string{}
		}
		c.Modes[ch.Name] = ch.Mode
	}
	return c, nil
}

// validLayout is the form of passwdValidTo, in UTC.
const validLayout = "2006-01-02T15:04:05"

// listens takes over where the console listens: the first <listen> of each
// kind counts, and the attributes of earlier times where there is none.
func (c *Console) listens(g *graphicsXML) {
	address := false
	for _, l := range g.Listens {
		switch l.Type {
		case "address", "network":
			if !address {
				c.Address, address = l.Address, true
			}
		case "socket":
			if c.Socket == "" {
				c.Socket = l.Socket
			}
		}
	}
	if c.Address == "" {
		c.Address = g.attr("listen")
	}
}

// portOf reads a port. Absent, empty, -1 and 0 are none.
func portOf(s string) (int, error) {
	if s == "" || s == "-1" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a port", s)
	}
	return int(n), nil
}

// A Place is where a libvirt host is, seen from here.
type Place struct {
	Name string // of the host, "" for this one
	SSH  bool   // it is reached over ssh, which can carry more connections
}

// here reports whether the host is this computer, as far as its name tells.
func (p *Place) here() bool { return p.Name == "" || isLoopback(p.Name) }

// A Route is how a console is reached.
type Route struct {
	// Descriptor says that libvirt passes connections; the console may listen
	// nowhere. All else is zero then.
	Descriptor bool
	// Far says that connections are made by the host, see Host.DialFar.
	Far bool
	// Host is the name that certificates are compared with, Address what is
	// dialled. With Socket, which excludes ports, they are "".
	Host, Address string
	Port, TLSPort int
	Socket        string
}

// An UnreachableError says why a console cannot be reached, and what would
// help.
type UnreachableError struct{ Reason, Hint string }

func (e *UnreachableError) Error() string { return "libvirtctl: " + e.Reason }

// Route finds the way to a console of a running domain of a host. direct
// avoids ssh. The error is an *UnreachableError.
func (c *Console) Route(at Place, direct bool) (Route, error) {
	far := at.SSH && !direct
	switch {
	case c.Port == 0 && c.TLSPort == 0 && c.Socket != "":
		return c.socketRoute(at, far)
	case c.Port == 0 && c.TLSPort == 0:
		if at.Name != "" {
			return Route{}, &UnreachableError{
				fmt.Sprintf("the console listens nowhere, and %s is another computer", at.Name),
				"Run saffron on that host, or make the console listen: <listen type='address'/>.",
			}
		}
		return Route{Descriptor: true}, nil
	}
	r := Route{Far: far, Port: c.Port, TLSPort: c.TLSPort, Host: at.Name, Address: c.Address}
	switch {
	case isWildcard(c.Address):
		r.Address = at.Name
		if at.Name == "" || far {
			r.Address = "localhost"
		}
	case isLoopback(c.Address) && !far && !at.here():
		return Route{}, c.loopbackError(at)
	}
	if r.Host == "" {
		r.Host = r.Address
	}
	return r, nil
}

func (c *Console) socketRoute(at Place, far bool) (Route, error) {
	switch {
	case far || at.here():
	case at.SSH:
		return Route{}, &UnreachableError{fmt.Sprintf("the console listens on a unix socket of %s, which only ssh reaches", at.Name), "Leave out --direct."}
	default:
		return Route{}, &UnreachableError{fmt.Sprintf("the console listens on a unix socket of %s", at.Name), overSSH(at)}
	}
	return Route{Far: far, Socket: c.Socket}, nil
}

func (c *Console) loopbackError(at Place) error {
	reason := fmt.Sprintf("the console listens on %s of %s, which cannot be reached from here", c.Address, at.Name)
	if at.SSH {
		return &UnreachableError{reason, "Leave out --direct: ssh reaches it."}
	}
	return &UnreachableError{reason, overSSH(at) + " Or let the console listen on another address: <listen type='address' address='0.0.0.0'/>, with a password and TLS."}
}

func overSSH(at Place) string {
	return fmt.Sprintf("Connect over ssh, which carries the console: -c qemu+ssh://%s/system.", bracketed(at.Name))
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// isWildcard reports whether an address stands for all of a host.
func isWildcard(address string) bool {
	if address == "" || address == "*" {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(address, "[]"))
	return err == nil && a.Unmap().IsUnspecified()
}

// isLoopback reports whether an address is only reached on the host itself.
func isLoopback(address string) bool {
	if strings.EqualFold(address, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(address, "[]"))
	return err == nil && a.Unmap().IsLoopback()
}

// withTicket returns the element with another password.
func (c *Console) withTicket(password string, validTo time.Time) (string, error) {
	type element struct {
		XMLName xml.Name   `xml:"graphics"`
		Attrs   []xml.Attr `xml:",any,attr"`
		Inner   string     `xml:",innerxml"`
	}
	e := element{Inner: c.element.Inner}
	for _, a := range c.element.Attrs {
		if a.Name.Local != "passwd" && a.Name.Local != "passwdValidTo" {
			e.Attrs = append(e.Attrs, a)
		}
	}
	set := func(name, value string) {
		e.Attrs = append(e.Attrs, xml.Attr{Name: xml.Name{Local: name}, Value: value})
	}
	set("passwd", password)
	set("passwdValidTo", validTo.UTC().Format(validLayout))
	text, err := xml.Marshal(e)
	return string(text), err
}
