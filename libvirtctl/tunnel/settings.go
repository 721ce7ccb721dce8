package tunnel

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kevinburke/ssh_config"
)

// systemConfig is the configuration of all users.
const systemConfig = "/etc/ssh/ssh_config"

// settings are what the configuration says of a host, after what the caller
// says.
type settings struct {
	alias    string // as the user named the host
	host     string
	port     string
	user     string
	keys     []string // private key files
	only     bool     // of the agent's keys only those of these files
	agent    string   // the agent's socket; "": none
	jumps    []string // hosts on the way, the first hop first
	known    []string // files with keys of hosts; unknown ones go into the first
	knownAs  string   // name in them, with port
	newHosts string   // yes, no, ask, accept-new, …
}

func (s *settings) address() string { return net.JoinHostPort(s.host, s.port) }

// usualKeys are the private keys that ssh looks for.
var usualKeys = []string{"~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk"}

// loadSettings reads the configuration for a host.
func loadSettings(c Config) (*settings, error) {
	f, err := loadFiles(c)
	if err != nil {
		return nil, err
	}
	s := &settings{alias: c.Host}
	s.user = cmp.Or(c.User, f.get(c.Host, "User"))
	if s.user == "" {
		me, err := user.Current()
		if err != nil {
			return nil, fmt.Errorf("tunnel: who are you on %s? name a user: %w", c.Host, err)
		}
		s.user = me.Username
	}
	s.host = strings.ReplaceAll(cmp.Or(f.get(c.Host, "HostName"), c.Host), "%h", c.Host)
	s.port = cmp.Or(f.get(c.Host, "Port"), "22")
	if c.Port != 0 {
		s.port = strconv.Itoa(c.Port)
	}
	s.identities(c, f)
	if jumps := f.get(c.Host, "ProxyJump"); jumps != "" && !strings.EqualFold(jumps, "none") && jumps != c.Host { // "Host *" may mean the jump itself
		s.jumps = strings.FieldsFunc(jumps, func(r rune) bool { return r == ',' || r == ' ' })
	}
	s.hostKeys(c, f)
	return s, nil
}

// identities finds the keys of the user.
func (s *settings) identities(c Config, f *files) {
	s.only = strings.EqualFold(f.get(c.Host, "IdentitiesOnly"), "yes")
	keys := f.all(c.Host, "IdentityFile")
	switch {
	case c.KeyFile != "":
		keys = []string{c.KeyFile}
	case len(keys) == 0:
		keys = usualKeys
	}
	for _, k := range keys {
		if !strings.EqualFold(k, "none") {
			s.keys = append(s.keys, s.expand(k))
		}
	}
	switch agent := f.get(c.Host, "IdentityAgent"); {
	case strings.EqualFold(agent, "none"):
	case agent == "" || agent == "SSH_AUTH_SOCK":
		s.agent = os.Getenv("SSH_AUTH_SOCK")
	case strings.HasPrefix(agent, "$"):
		s.agent = os.Getenv(strings.Trim(agent, "${}"))
	default:
		s.agent = s.expand(agent)
	}
}

// hostKeys finds the keys of hosts, and what they are filed under.
func (s *settings) hostKeys(c Config, f *files) {
	users := strings.Fields(cmp.Or(f.get(c.Host, "UserKnownHostsFile"), "~/.ssh/known_hosts ~/.ssh/known_hosts2"))
	systems := strings.Fields(cmp.Or(f.get(c.Host, "GlobalKnownHostsFile"), "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"))
	s.known = append(users, systems...)
	if c.KnownHosts != "" {
		s.known = []string{c.KnownHosts}
	}
	for i, k := range s.known {
		s.known[i] = s.expand(k)
	}
	s.knownAs = s.address()
	if alias := f.get(c.Host, "HostKeyAlias"); alias != "" {
		s.knownAs = net.JoinHostPort(alias, "22")
	}
	s.newHosts = strings.ToLower(cmp.Or(f.get(c.Host, "StrictHostKeyChecking"), "ask"))
}

// expand replaces what may stand in file names.
func (s *settings) expand(name string) string {
	home, _ := os.UserHomeDir() // without one, names below it lead nowhere
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		name = filepath.Join(home, rest)
	}
	return strings.NewReplacer("%%", "%", "%d", home, "%h", s.host, "%n", s.alias, "%p", s.port, "%r", s.user).Replace(name)
}

// files are the configuration files that are heeded, the most important first.
type files struct{ parsed []*ssh_config.Config }

func loadFiles(c Config) (*files, error) {
	f := new(files)
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if c.ConfigFile != "" {
		return f, f.load(c.ConfigFile, log)
	}
	if home, err := os.UserHomeDir(); err == nil {
		if err := f.load(filepath.Join(home, ".ssh", "config"), log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if err := f.load(systemConfig, log); err != nil { // what users cannot mend does not keep them out
		log.Warn("the system's ssh configuration is left out", "file", systemConfig, "err", err)
	}
	return f, nil
}

func (f *files) load(name string, log *slog.Logger) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("tunnel: ssh configuration: %w", err)
	}
	text, left := withoutMatch(text)
	if left > 0 {
		log.Info("Match is not known, its blocks are left out", "file", name, "blocks", left)
	}
	parsed, err := ssh_config.DecodeBytes(text)
	if err != nil {
		return fmt.Errorf("tunnel: ssh configuration %s: %w", name, err)
	}
	f.parsed = append(f.parsed, parsed)
	return nil
}

// withoutMatch leaves out blocks that begin with Match, but keeps the lines'
// numbers, and tells how many there were. A Match for all is one for any host.
func withoutMatch(text []byte) (kept []byte, left int) {
	var out bytes.Buffer
	within := false
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		line := lines.Text()
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '=' })
		switch {
		case len(words) == 0:
		case strings.EqualFold(words[0], "Host"):
			within = false
		case strings.EqualFold(words[0], "Match"):
			within = len(words) != 2 || !strings.EqualFold(words[1], "all")
			line = "Host *"
			if within {
				left++
			}
		}
		if !within {
			out.WriteString(line)
		}
		out.WriteByte('\n')
	}
	return out.Bytes(), left
}

// get returns the first value of a setting, or "".
func (f *files) get(host, key string) string {
	for _, c := range f.parsed {
		if v, err := c.Get(host, key); err == nil && v != "" {
			return strings.Trim(v, `"`)
		}
	}
	return ""
}

// all returns all values of a setting.
func (f *files) all(host, key string) []string {
	var all []string
	for _, c := range f.parsed {
		values, err := c.GetAll(host, key)
		if err != nil {
			continue
		}
		for _, v := range values {
			all = append(all, strings.Trim(v, `"`))
		}
	}
	return all
}
