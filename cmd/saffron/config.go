package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adrg/xdg"

	"saffron/libvirtctl/fleet"
)

// A config is what config.toml says of the user's hosts:
//
//	default = "lab" # a host or a group
//
//	[hosts.desk]
//	uri = "qemu:///system"
//	[hosts.rack]
//	uri = "qemu+ssh://rack/system"
//
//	[groups]
//	lab = ["desk", "rack"]
//
// and how windows begin, see prefKeys, for all machines and for one, which its
// name, its UUID or its address stands for:
//
//	[settings]
//	resolution = "resize"
//	[machines.work]
//	full-screen = true
type config struct {
	Default  string                `toml:"default"`
	Hosts    map[string]hostConfig `toml:"hosts"`
	Groups   map[string][]string   `toml:"groups"`
	Settings prefTable             `toml:"settings"`
	Machines map[string]prefTable  `toml:"machines"`
}

type hostConfig struct {
	URI string `toml:"uri"`
}

// everyHost is the group of all hosts.
const everyHost = "all"

// configPath returns where the configuration file is.
func configPath() string { return filepath.Join(xdg.ConfigHome, "saffron", "config.toml") }

// loadConfig reads the configuration file. There need not be one.
func loadConfig(path string) (*config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return new(config), nil
	}
	if err != nil {
		return nil, err
	}
	c, err := parseConfig(text)
	if err != nil {
		return nil, usageError("%s: %w", path, err)
	}
	return c, nil
}

func parseConfig(text []byte) (*config, error) {
	c := new(config)
	if err := decodeTOML(text, c); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if key, err := c.checkPrefs(); err != nil {
		return nil, fmt.Errorf("line %d: %w", lineOf(text, key), err)
	}
	return c, nil
}

// lineOf returns the line of a setting, such as hosts.desk.uri, 1 if it is
// written in a way that is not understood here.
func lineOf(text []byte, key string) int {
	table := ""
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.NewReplacer(" ", "", "\t", "", `"`, "", "'", "").Replace(line)
		if inner, ok := strings.CutPrefix(line, "["); ok {
			table = strings.Trim(strings.Split(inner, "]")[0], "[]") + "."
			if table == key+"." {
				return i + 1
			}
		} else if name, _, ok := strings.Cut(line, "="); ok && table+name == strings.ReplaceAll(key, `"`, "") {
			return i + 1
		}
	}
	return 1
}

// check looks for names that say nothing, or two things.
func (c *config) check() error {
	for _, name := range slices.Sorted(maps.Keys(c.Hosts)) {
		if c.Hosts[name].URI == "" {
			return fmt.Errorf("host %s has no uri", name)
		}
		if name == everyHost || strings.Contains(name, ":/") || name == "" {
			return fmt.Errorf("a host cannot be called %q", name)
		}
		if _, both := c.Groups[name]; both {
			return fmt.Errorf("%s is a host and a group", name)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(c.Groups)) {
		for _, name := range c.Groups[group] {
			if _, ok := c.Hosts[name]; !ok {
				return fmt.Errorf("group %s: there is no host %q", group, name)
			}
		}
	}
	_, group := c.Groups[c.Default]
	if _, host := c.Hosts[c.Default]; c.Default != "" && c.Default != everyHost && !host && !group {
		return fmt.Errorf("default: there is no host or group %q", c.Default)
	}
	return nil
}

// uri returns the URI of a configured host, or else the name itself. Without a
// name it is that of the default host, unless the environment names one.
func (c *config) uri(name string) string {
	if name == "" && os.Getenv("LIBVIRT_DEFAULT_URI") == "" {
		name = c.Default
	}
	if h, ok := c.Hosts[name]; ok {
		return h.URI
	}
	if name == c.Default {
		return "" // a group is not one host
	}
	return name
}

// fleet returns the hosts of several names and groups, or the default ones,
// each once.
func (c *config) fleet(names, groups []string) ([]fleet.Host, error) {
	var hosts []fleet.Host
	add := func(h fleet.Host) {
		if !slices.ContainsFunc(hosts, func(o fleet.Host) bool { return o.URI == h.URI }) {
			hosts = append(hosts, h)
		}
	}
	if len(names)+len(groups) == 0 {
		if _, ok := c.Groups[c.Default]; ok || c.Default == everyHost {
			groups = []string{c.Default}
		} else {
			add(fleet.Host{Name: c.Default, URI: c.uri("")})
		}
	}
	for _, name := range names {
		shown := name
		if _, ok := c.Hosts[name]; !ok {
			shown = publicName(name)
		}
		add(fleet.Host{Name: shown, URI: c.uri(name)})
	}
	for _, group := range groups {
		members, err := c.group(group)
		if err != nil {
			return nil, err
		}
		for _, name := range members {
			add(fleet.Host{Name: name, URI: c.Hosts[name].URI})
		}
	}
	return hosts, nil
}

func (c *config) group(name string) ([]string, error) {
	members, ok := c.Groups[name]
	if !ok && name == everyHost {
		return slices.Sorted(maps.Keys(c.Hosts)), nil
	}
	if !ok {
		return nil, usageError("there is no group %q in %s; there are %s", name, configPath(), strings.Join(c.groupNames(), ", "))
	}
	return members, nil
}

func (c *config) groupNames() []string {
	return append(slices.Sorted(maps.Keys(c.Groups)), everyHost)
}

// publicName is a URI as it is shown: without a password.
func publicName(name string) string {
	if u, err := url.Parse(name); err == nil && u.User != nil {
		u.User = url.User(u.User.Username())
		return u.String()
	}
	return name
}

// hasPassword reports whether there is a password in a URI.
func hasPassword(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	_, has := u.User.Password()
	return has
}
