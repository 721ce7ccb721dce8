package uri

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Resolver is a user's surroundings.
type Resolver struct {
	Getenv   func(string) string
	ReadFile func(string) ([]byte, error)
	Root     bool   // the system's own daemons and files are the user's
	Home     string // "": unknown
}

// System returns the surroundings of this process.
func System() *Resolver {
	home, _ := os.UserHomeDir() // without one there are no files of the user
	return &Resolver{Getenv: os.Getenv, ReadFile: os.ReadFile, Root: os.Geteuid() == 0, Home: home}
}

// A Conf is a client's libvirt.conf.
type Conf struct {
	File    string   // where it is, or would be
	Aliases []string // "alias=URI", as they stand
	Default string   // URI or alias; "": none
	Mode    string   // which sockets, where the URI does not say; "": auto
	Proxy   string   // which program at the far end of ssh, likewise
}

// ConfFile returns where the client's libvirt.conf is: root has the system's,
// others have their own.
func (r *Resolver) ConfFile() string {
	if r.Root {
		return "/etc/libvirt/libvirt.conf"
	}
	return filepath.Join(r.ConfigDir(), "libvirt.conf")
}

// ConfigDir returns where a user's files for libvirt are.
func (r *Resolver) ConfigDir() string {
	return filepath.Join(r.xdg("XDG_CONFIG_HOME", ".config"), "libvirt")
}

// xdg returns a folder of the user's.
func (r *Resolver) xdg(variable, usual string) string {
	if dir := r.Getenv(variable); dir != "" {
		return dir
	}
	return filepath.Join(r.Home, usual)
}

// RuntimeDir returns where the sockets of the user's own daemons are.
func (r *Resolver) RuntimeDir() string {
	if dir := r.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "libvirt")
	}
	return filepath.Join(r.xdg("XDG_CACHE_HOME", ".cache"), "libvirt")
}

// Conf reads the client's libvirt.conf. A missing file is an empty one.
func (r *Resolver) Conf() (*Conf, error) {
	c := &Conf{File: r.ConfFile()}
	text, err := r.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("uri: %w", err)
	}
	values, err := ParseConf(c.File, text)
	if err != nil {
		return nil, err
	}
	for name, to := range map[string]*string{"uri_default": &c.Default, "remote_mode": &c.Mode, "remote_proxy": &c.Proxy} {
		var ok bool
		if v := values[name]; v != nil {
			if *to, ok = v.(string); !ok {
				return nil, fmt.Errorf("uri: %s: %s must be a string", c.File, name)
			}
		}
	}
	return c, c.aliases(values["uri_aliases"])
}

func (c *Conf) aliases(v Value) error {
	if v == nil {
		return nil
	}
	list, ok := v.([]Value)
	for _, entry := range list {
		s, isString := entry.(string)
		ok = ok && isString
		c.Aliases = append(c.Aliases, s)
	}
	if !ok {
		return fmt.Errorf("uri: %s: uri_aliases must be a list of strings", c.File)
	}
	return nil
}

// Alias returns what a name stands for, or "" if it is no alias. The entries
// are read in order, and those after the alias do not count; one that is not
// right before it is an error, as in libvirt.
func (c *Conf) Alias(name string) (string, error) {
	for _, entry := range c.Aliases {
		alias, target, ok := strings.Cut(entry, "=")
		if !ok {
			return "", fmt.Errorf(`uri: %s: uri_aliases: %q must be "alias=URI"`, c.File, entry)
		}
		if strings.ContainsFunc(alias, notAlias) {
			return "", fmt.Errorf("uri: %s: uri_aliases: %q: an alias has only letters, digits, - and _", c.File, alias)
		}
		if alias == name {
			return target, nil
		}
	}
	return "", nil
}

const aliasChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

func notAlias(r rune) bool { return !strings.ContainsRune(aliasChars, r) }

// Resolve returns the URI that name means: itself, or if it is empty
// LIBVIRT_DEFAULT_URI, or uri_default of libvirt.conf, each after aliases
// unless noAliases is set. If nothing names one, the URI is the zero value's,
// the local daemon.
func (r *Resolver) Resolve(name string, noAliases bool) (*URI, *Conf, error) {
	conf, err := r.Conf()
	if err != nil {
		return nil, nil, err
	}
	for _, other := range []string{r.Getenv("LIBVIRT_DEFAULT_URI"), conf.Default} {
		if name == "" {
			name = other
		}
	}
	if name == "" {
		return &URI{Transport: "unix"}, conf, nil
	}
	if !noAliases {
		target, err := conf.Alias(name)
		if err != nil {
			return nil, nil, err
		}
		if target != "" {
			name = target
		}
	}
	u, err := Parse(name)
	return u, conf, err
}

// Socket returns where a local daemon listens. exists tells which of the
// daemons there is.
func (r *Resolver) Socket(u *URI, c *Conf, readOnly bool, exists func(string) bool) string {
	if s := u.Param("socket"); s != "" {
		return s
	}
	prefix, suffix := "/var/run/libvirt/", "-sock"
	if r.Own(u) {
		prefix = r.RuntimeDir() + "/"
	} else if readOnly {
		suffix = "-sock-ro"
	}
	legacy, direct := prefix+"libvirt"+suffix, prefix+"virt"+u.Driver+"d"+suffix
	switch mode := cmp.Or(u.Param("mode"), c.Mode, "auto"); {
	case mode == "direct":
		return direct
	case mode == "legacy" || u.Driver == "":
		return legacy
	case exists(direct):
		return direct
	}
	return legacy
}

// Own reports whether a local URI means the user's own daemon: that of a
// session, or of whoever is not root and names none.
func (r *Resolver) Own(u *URI) bool {
	return !r.Root && u.Transport == "unix" && (u.Driver == "" || u.Session())
}
