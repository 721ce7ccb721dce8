package auth

import (
	"fmt"
	"strings"
)

// MaxConf bounds auth.conf in bytes.
const MaxConf = 1 << 20

// A Conf is the content of an auth.conf: keys and values by groups.
type Conf map[string]map[string]string

// ParseConf reads an auth.conf. file is for errors, which say the line and not
// its content.
func ParseConf(file string, text []byte) (Conf, error) {
	if len(text) > MaxConf {
		return nil, fmt.Errorf("auth: %s: at most %d bytes", file, MaxConf)
	}
	c := make(Conf)
	var group map[string]string
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		bad := func(what string) error { return fmt.Errorf("auth: %s:%d: %s", file, i+1, what) }
		key, value, pair := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			if len(line) < 3 || line[len(line)-1] != ']' {
				return nil, bad("a group must be as [name]")
			}
			name := line[1 : len(line)-1]
			if c[name] == nil {
				c[name] = make(map[string]string)
			}
			group = c[name]
		case !pair:
			return nil, bad("expecting key=value")
		case group == nil:
			return nil, bad("a key before the first [group]")
		default:
			group[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return c, nil
}

// Lookup returns what is known of the user of a service ("libvirt", "ssh") on
// a host: its own group's, or that of the default. Fields that are not known
// are empty.
func (c Conf) Lookup(file, service, host string) (Credentials, error) {
	for _, name := range []string{"auth-" + service + "-" + host, "auth-" + service + "-default"} {
		group, ok := c[name]
		if !ok {
			continue
		}
		which := group["credentials"]
		if which == "" {
			return Credentials{}, fmt.Errorf("auth: %s: group [%s] has no key credentials", file, name)
		}
		found, ok := c["credentials-"+which]
		if !ok {
			return Credentials{}, fmt.Errorf("auth: %s: group [%s] wants [credentials-%s], which is not there", file, name, which)
		}
		user := found["authname"]
		if user == "" {
			user = found["username"]
		}
		return Credentials{User: user, Password: found["password"]}, nil
	}
	return Credentials{}, nil
}
