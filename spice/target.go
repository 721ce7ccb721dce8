package spice

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// A Target is where a server listens, and who connects.
type Target struct {
	Host    string // name or address, IPv6 without brackets
	Port    int    // plain TCP port, 0 if none
	TLSPort int    // TLS port, 0 if none
	Socket  string // path of a unix socket; excludes Host and ports

	User     string
	Password string

	// Addr, if set, is dialled instead of Host, which stays the name that
	// certificates are compared with. A session sets it to the address that
	// its first link reached, so that all links meet the same server.
	Addr string
}

// ParseTarget reads a SPICE URI in one of the forms
//
//	spice://[user@]host[:port][?port=N&tls-port=N&password=P]
//	spice+tls://[user@]host[:tls-port]
//	spice+unix:///path/of/socket
//	host:port
//
// Query pairs are separated by '&' or ';'. An unknown or repeated key is an
// error, as in the reference client.
func ParseTarget(s string) (Target, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return parseHostPort(s)
	}
	var t Target
	var err error
	switch strings.ToLower(scheme) {
	case "spice":
		t, err = parseAuthority(rest, false)
	case "spice+tls":
		t, err = parseAuthority(rest, true)
	case "spice+unix":
		t, err = Target{Socket: rest}, nil
		if rest == "" {
			err = errors.New("no path after spice+unix://")
		}
	default:
		err = fmt.Errorf("the scheme %q is not spice, spice+tls or spice+unix", scheme)
	}
	if err != nil {
		return Target{}, fmt.Errorf("spice: target: %w", err)
	}
	return t, nil
}

func parseHostPort(s string) (Target, error) {
	if strings.ContainsAny(s, "?;@") { // it may hold a password, so it is not quoted
		return Target{}, errors.New("spice: target: an address with more than host:port begins with spice://")
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" {
		return Target{}, fmt.Errorf("spice: target: %q is neither a SPICE URI nor host:port", s)
	}
	n, err := parsePort(port)
	if err != nil {
		return Target{}, fmt.Errorf("spice: target: %w", err)
	}
	return Target{Host: host, Port: n}, nil
}

// parseAuthority reads everything after the scheme. The search for user name
// and path stops at the query, so that a password may contain '@' and '/'.
func parseAuthority(s string, secure bool) (Target, error) {
	var t Target
	query := ""
	if i := strings.IndexAny(s, "?;"); i >= 0 {
		s, query = s[:i], s[i+1:]
	}
	s, _, _ = strings.Cut(s, "/")
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		user, err := url.PathUnescape(s[:i])
		if err != nil {
			return t, fmt.Errorf("user name: %w", err)
		}
		t.User, s = user, s[i+1:]
	}
	port := &t.Port
	if secure {
		port = &t.TLSPort
	}
	if err := t.parseHost(s, port); err != nil {
		return t, err
	}
	if err := t.parseQuery(query, secure); err != nil {
		return t, err
	}
	if t.Port == 0 && t.TLSPort == 0 {
		return t, errors.New("no port: give one after the host, as in spice://host:5900")
	}
	return t, nil
}

func (t *Target) parseHost(s string, port *int) error {
	host := s
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		n, err := parsePort(s[i+1:])
		if err != nil {
			return err
		}
		host, *port = s[:i], n
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	} else if strings.ContainsAny(host, "[]:") {
		return fmt.Errorf("host %q: an IPv6 address needs brackets", host)
	}
	host, err := url.PathUnescape(host)
	if err != nil {
		return fmt.Errorf("host: %w", err)
	}
	if host == "" {
		return errors.New("no host")
	}
	t.Host = host
	return nil
}

func (t *Target) parseQuery(query string, secure bool) error {
	seen := map[string]bool{}
	if t.Port != 0 {
		seen["port"] = true
	}
	pairs := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		value, err := url.PathUnescape(value)
		if err != nil { // it would quote a part of the value
			return fmt.Errorf("value of %q: a %% that is not followed by two hexadecimal digits", key)
		}
		if seen[key] {
			return fmt.Errorf("%q is given twice", key)
		}
		seen[key] = true
		if value == "" {
			continue
		}
		if err := t.setQuery(key, value, secure); err != nil {
			return err
		}
	}
	return nil
}

func (t *Target) setQuery(key, value string, secure bool) error {
	var err error
	switch key {
	case "port":
		if !secure { // spice+tls has no plain port, whatever the query says
			t.Port, err = parsePort(value)
		}
	case "tls-port":
		if !secure {
			t.TLSPort, err = parsePort(value)
		}
	case "password":
		t.Password = value
	default:
		err = fmt.Errorf("unknown key %q (known: port, tls-port, password)", key)
	}
	return err
}

func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("port %q is not a number from 1 to 65535", s)
	}
	return int(n), nil
}

// String returns the target as a URI without the password.
func (t Target) String() string {
	if t.Socket != "" {
		return "spice+unix://" + t.Socket
	}
	host := strings.ReplaceAll(url.PathEscape(t.Host), "@", "%40")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.User != "" {
		host = url.PathEscape(t.User) + "@" + host
	}
	switch {
	case t.TLSPort == 0:
		return fmt.Sprintf("spice://%s:%d", host, t.Port)
	case t.Port == 0:
		return fmt.Sprintf("spice+tls://%s:%d", host, t.TLSPort)
	}
	return fmt.Sprintf("spice://%s?port=%d&tls-port=%d", host, t.Port, t.TLSPort)
}

// GoString is String, so that no form of printing shows the password.
func (t Target) GoString() string { return "spice.Target(" + t.String() + ")" }

// LogValue implements slog.LogValuer, without the password.
func (t Target) LogValue() slog.Value { return slog.StringValue(t.String()) }

// address returns what to give to a DialFunc.
func (t Target) address(secure bool) (network, address string) {
	if t.Socket != "" {
		return "unix", t.Socket
	}
	host, port := t.Host, t.Port
	if t.Addr != "" {
		host = t.Addr
	}
	if secure {
		port = t.TLSPort
	}
	return "tcp", net.JoinHostPort(host, strconv.Itoa(port))
}
