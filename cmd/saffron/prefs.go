package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// prefKeys are the settings that configuration files may have, for all machines
// or for one, and that windows remember, with what they may be. A flag of the
// same name wins over all of them.
var prefKeys = map[string]*regexp.Regexp{
	"resolution":      regexp.MustCompile(`^(scale|resize|fixed:[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$`),
	"scale":           regexp.MustCompile(`^(fit|1:1|integer)$`),
	"scale-filter":    regexp.MustCompile(`^(sharp|smooth|integer)$`),
	"clipboard":       regexp.MustCompile(`^(both|to-guest|to-client|off)$`),
	"clipboard-types": regexp.MustCompile(`^(text|image|files)(,(text|image|files))*$`),
	"lock-sync":       regexp.MustCompile(`^(both|guest|off)$`),
	"grab":            regexp.MustCompile(`^(auto|always|never)$`),
	"mouse":           regexp.MustCompile(`^(auto|server)$`),
	"profile":         regexp.MustCompile(`^(lan|wan)$`),
	"full-screen":     regexp.MustCompile(`^(true|false)$`),
	"menu-tab":        regexp.MustCompile(`^(true|false)$`),
	"audio":           regexp.MustCompile(`^(true|false)$`),
	"mic":             regexp.MustCompile(`^(ask|on|off)$`),
	"monitors":        regexp.MustCompile(`^(all|one|span)$`),
	"monitor-mapping": regexp.MustCompile(`^[0-9]+:[0-9]+([;,][0-9]+:[0-9]+)*$`),
	"hotkeys":         regexp.MustCompile(`^.+$`),
	prefSaved:         regexp.MustCompile(`^(true|false)$`),
	"keymap":          regexp.MustCompile(`^.+$`),
}

// A machineID is by what a machine is known. What is "" is not known (yet).
type machineID struct {
	uuid    string
	name    string
	address string // see console.place
	told    bool   // uuid and name are what the server tells; nobody has checked them
}

// names returns what stands for the machine in files, the surest first.
func (m machineID) names() []string {
	return slices.DeleteFunc([]string{m.uuid, m.name, m.address}, func(s string) bool { return s == "" })
}

// prefs are the settings of all machines: those of the configuration file, and
// those that windows have remembered. Any goroutine may call its methods.
type prefs struct {
	config *config
	memory *memory
}

// get returns a setting of a machine, "" if nothing says it: what the user wrote
// for this machine, else what a window remembered of it, else what the user
// wrote for all.
func (p *prefs) get(m machineID, key string) string {
	if p == nil {
		return ""
	}
	said := p.lookup(m, key)
	if narrower := narrowing[key]; narrower != nil && m.told && m.name != "" {
		m.name = "" // anybody may call a machine so
		said = narrower(said, p.lookup(m, key))
	}
	return said
}

// narrowing are the settings that let something of this computer out, or in. The
// name that a server tells can take away from them, and not add: each returns what
// is left of two values.
var narrowing = map[string]func(a, b string) string{
	"clipboard": func(a, b string) string {
		switch {
		case a == b || b == "both" || b == "":
			return a
		case a == "both" || a == "":
			return b
		}
		return "off"
	},
	"clipboard-types": func(a, b string) string {
		allowed := strings.Split(b, ",")
		for kind := range strings.SplitSeq(a, ",") {
			if b != "" && !slices.Contains(allowed, kind) {
				return b
			}
		}
		return a
	},
}

// lookup is get for a machine whose name is believed.
func (p *prefs) lookup(m machineID, key string) string {
	return cmp.Or(p.config.machine(m)[key], p.memory.setting(m, key), p.config.Settings[key])
}

// set makes windows of the machine begin like this from now on. value may be "",
// for what they would do without.
func (p *prefs) set(m machineID, key, value string) error {
	if p == nil {
		return nil
	}
	if re := prefKeys[key]; re == nil || value != "" && !re.MatchString(value) {
		return fmt.Errorf("%s cannot be %q", key, value)
	}
	return p.memory.setSetting(m, key, value)
}

// machine returns what the configuration has for a machine, nil if nothing.
func (c *config) machine(m machineID) prefTable {
	for _, name := range m.names() {
		if found, ok := c.Machines[name]; ok {
			return found
		}
	}
	return nil
}

// A prefTable is a table of settings. Their values are strings, numbers or
// booleans in the file.
type prefTable map[string]string

// UnmarshalTOML implements toml.Unmarshaler.
func (t *prefTable) UnmarshalTOML(v any) error {
	values, ok := v.(map[string]any)
	if !ok {
		return errors.New("settings are a table")
	}
	*t = prefTable{}
	for key, value := range values {
		switch value.(type) {
		case string, int64, bool:
			(*t)[key] = fmt.Sprint(value)
		default:
			return fmt.Errorf("%s is neither a string nor a number nor true or false", key)
		}
	}
	return nil
}

// checkPrefs returns the first setting that means nothing.
func (c *config) checkPrefs() (key string, err error) {
	if key, err := checkTable("settings", c.Settings); err != nil {
		return key, err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Machines)) {
		if key, err := checkTable("machines."+name, c.Machines[name]); err != nil {
			return key, err
		}
	}
	return "", nil
}

func checkTable(table string, settings prefTable) (key string, err error) {
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		re, ok := prefKeys[key]
		if !ok {
			return table + "." + key, fmt.Errorf("there is no setting %s; there are %s", key, strings.Join(slices.Sorted(maps.Keys(prefKeys)), ", "))
		}
		if !re.MatchString(settings[key]) {
			return table + "." + key, fmt.Errorf("%s cannot be %q", key, settings[key])
		}
	}
	return "", nil
}

// machineID returns by what the machine of this window is known now.
func (v *viewer) machineID() machineID { return v.console.machineID() }

func (c *console) machineID() machineID {
	m := machineID{address: c.place()}
	if s := c.current(); s != nil {
		info := s.Info()
		m.uuid, m.name, m.told = info.UUID, info.Name, true
	}
	if c.settings.domain != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		m.uuid, m.name, m.told = c.domain, c.name, false
	}
	return m
}

// place is the address of a machine as files have it.
func (c *console) place() string { return c.settings.place(c.machine) }

// place is the address where the settings lead; chosen returns the name of a
// domain that is chosen later, once it is.
func (s *settings) place(chosen func() string) string {
	d := s.domain
	if d == nil {
		return s.link.Target.String()
	}
	name := d.which
	if name == "" {
		name = chosen()
	}
	if d.flags.connect == "" || name == "" {
		return name
	}
	return publicName(d.flags.connect) + " " + name
}

// pref returns a setting of this machine, or "": see prefs.get. Any goroutine.
func (v *viewer) pref(key string) string { return v.console.settings.prefs.get(v.machineID(), key) }

// remember makes windows of this machine begin with a setting from now on. Any
// goroutine.
func (v *viewer) remember(key, value string) {
	if v.kiosk != nil { // nobody's choices
		return
	}
	if err := v.console.settings.prefs.set(v.machineID(), key, value); err != nil {
		v.app.warn("%s is not remembered: %v", key, err)
	}
}
