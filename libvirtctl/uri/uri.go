package uri

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A URI says how a daemon is reached and what it is asked for. The zero value
// is the local daemon, which chooses its driver itself.
type URI struct {
	Driver    string // "qemu", …; "": the daemon chooses
	Transport string // one of Transports; never "" after Parse
	User      string // "" if not given
	Host      string // without brackets; "": this machine
	Port      int    // 0: the transport's usual one
	Path      string // "/system", …
	Params    url.Values
}

// Transports are the ways to a daemon.
var Transports = []string{"unix", "tcp", "tls", "ssh", "libssh", "libssh2", "ext"}

// ours are the parameters that say how the daemon is reached. The daemon is
// not told of them.
var ours = []string{"name", "mode", "proxy", "command", "socket", "netcat", "keyfile", "no_verify", "no_tty", "no_sanity",
	"known_hosts", "known_hosts_verify", "sshauth", "tls_priority", "pkipath", "auth", "authfile"}

// Parse reads a URI, driver[+transport]://[user@][host][:port]/path[?params].
// Its errors do not repeat the string, which may hold a password.
func Parse(s string) (*URI, error) {
	if s == "xen" { // as it was once written
		s = "xen:///system"
	}
	p, err := url.Parse(s)
	if err != nil {
		var bad *url.Error
		if errors.As(err, &bad) {
			err = bad.Err
		}
		return nil, fmt.Errorf("uri: not a URI: %w", err)
	}
	if p.Scheme == "" || p.Opaque != "" {
		return nil, errors.New(`uri: not a URI such as "qemu:///system", and not an alias of libvirt.conf`)
	}
	u := &URI{Host: p.Hostname(), User: p.User.Username(), Path: p.Path}
	if u.Params, err = url.ParseQuery(strings.ReplaceAll(p.RawQuery, ";", "&")); err != nil {
		return nil, fmt.Errorf("uri: parameters: %w", err)
	}
	if _, err := netip.ParseAddr(u.Host); strings.Contains(u.Host, ":") && err != nil {
		return nil, fmt.Errorf("uri: %q is not a host", u.Host)
	}
	if port := p.Port(); port != "" {
		if u.Port, err = strconv.Atoi(port); err != nil || u.Port < 1 || u.Port > 65535 {
			return nil, fmt.Errorf("uri: %q is not a port", port)
		}
	}
	return u, u.transport(p.Scheme)
}

// transport splits the scheme and checks that it fits the rest.
func (u *URI) transport(scheme string) error {
	var explicit bool
	u.Driver, u.Transport, explicit = strings.Cut(scheme, "+")
	if !explicit {
		u.Transport = "tls"
		if u.Host == "" {
			u.Transport = "unix"
		}
	}
	switch {
	case !slices.Contains(Transports, u.Transport):
		return fmt.Errorf("uri: transport %q is not one of %s", u.Transport, strings.Join(Transports, ", "))
	case u.Transport == "unix" && u.Host != "":
		return fmt.Errorf("uri: a unix socket is on this machine: leave out %q, or use the transport ssh with the parameter socket", u.Host)
	case u.Driver == "qemu" && u.Path == "" && (u.Host == "system" || u.Host == "session"):
		return fmt.Errorf("uri: %q is taken for a host: write %s:///%s, with three slashes", u.Host, scheme, u.Host)
	case u.Transport != "unix" && u.Transport != "ext" && u.Host == "":
		u.Host = "localhost"
	}
	if mode := u.Param("mode"); mode != "" && !slices.Contains([]string{"auto", "legacy", "direct"}, mode) {
		return fmt.Errorf("uri: mode %q is not one of auto, legacy, direct", mode)
	}
	if proxy := u.Param("proxy"); proxy != "" && !slices.Contains([]string{"auto", "netcat", "native"}, proxy) {
		return fmt.Errorf("uri: proxy %q is not one of auto, netcat, native", proxy)
	}
	return nil
}

// Param returns a parameter, or "".
func (u *URI) Param(name string) string { return u.Params.Get(name) }

// Switch reads a parameter that is 0 or 1; absent is 0.
func (u *URI) Switch(name string) (bool, error) {
	v := u.Param(name)
	if v == "" {
		return false, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return false, fmt.Errorf("uri: %s=%q: it must be 0 or 1", name, v)
	}
	return n != 0, nil
}

// SSH reports whether the daemon is reached by ssh.
func (u *URI) SSH() bool {
	return u.Transport == "ssh" || u.Transport == "libssh" || u.Transport == "libssh2"
}

// Session reports whether a user's own daemon is meant and not the system's.
func (u *URI) Session() bool { return u.Path == "/session" }

// Daemon returns what the daemon is asked to open: the parameter name, or the
// URI without the way to the daemon. "" lets it choose.
func (u *URI) Daemon() string {
	if name := u.Param("name"); name != "" {
		return name
	}
	if u.Driver == "" {
		return ""
	}
	rest := url.Values{}
	for name, values := range u.Params {
		if !slices.Contains(ours, name) {
			rest[name] = values
		}
	}
	return u.Driver + "://" + u.tail(rest)
}

// tail is a URI's path and parameters.
func (u *URI) tail(params url.Values) string {
	s := (&url.URL{Path: u.Path}).EscapedPath()
	if len(params) > 0 {
		s += "?" + readable.Replace(params.Encode())
	}
	return s
}

// readable undoes the escapes of what may stand in a query as it is.
var readable = strings.NewReplacer("%2F", "/", "%3A", ":", "%2C", ",")

// String returns the URI without a password.
func (u *URI) String() string {
	if u.Driver == "" {
		return "the local libvirt daemon"
	}
	s := u.Driver
	if usual := u.Transport == "tls" && u.Host != "" || u.Transport == "unix"; !usual {
		s += "+" + u.Transport
	}
	s += "://"
	if u.User != "" {
		s += url.User(u.User).String() + "@"
	}
	if strings.Contains(u.Host, ":") {
		s += "[" + u.Host + "]"
	} else {
		s += u.Host
	}
	if u.Port != 0 {
		s += ":" + strconv.Itoa(u.Port)
	}
	return s + u.tail(u.Params)
}
