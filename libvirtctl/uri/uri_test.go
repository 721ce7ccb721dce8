package uri

import (
	"io/fs"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ in, transport, host, daemon, out string }{
		{"qemu:///system", "unix", "", "qemu:///system", "qemu:///system"},
		{"qemu:/system", "unix", "", "qemu:///system", "qemu:///system"},
		{"qemu://host/system", "tls", "host", "qemu:///system", "qemu://host/system"},
		{"qemu+tls://host:1/system", "tls", "host", "qemu:///system", "qemu://host:1/system"},
		{"qemu+tcp:///system", "tcp", "localhost", "qemu:///system", "qemu+tcp://localhost/system"},
		{"qemu+ssh://me:secret@[::1]:22/session", "ssh", "::1", "qemu:///session", "qemu+ssh://me@[::1]:22/session"},
		{"qemu+libssh2://h/system?keyfile=/a/b&known_hosts_verify=auto", "libssh2", "h", "qemu:///system", "qemu+libssh2://h/system?keyfile=/a/b&known_hosts_verify=auto"},
		{"test+unix:///default?socket=/run/s&own=1", "unix", "", "test:///default?own=1", "test:///default?own=1&socket=/run/s"},
		{"qemu+ssh://h/system?name=qemu:///embed", "ssh", "h", "qemu:///embed", "qemu+ssh://h/system?name=qemu:///embed"},
		{"xen", "unix", "", "xen:///system", "xen:///system"},
		{"vbox+ssh://h/session?a=1;b=2", "ssh", "h", "vbox:///session?a=1&b=2", "vbox+ssh://h/session?a=1&b=2"},
	} {
		u, err := Parse(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if u.Transport != tt.transport || u.Host != tt.host || u.Daemon() != tt.daemon || u.String() != tt.out {
			t.Errorf("%s: by %s to %q, asked for %q, shown as %q", tt.in, u.Transport, u.Host, u.Daemon(), u)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, says := range map[string]string{
		"":                           "not a URI",
		"desk":                       "not an alias",
		"qemu":                       "not a URI",
		"qemu://system":              "three slashes",
		"qemu+pigeon:///system":      `"pigeon" is not one of unix, tcp`,
		"qemu+unix://h/system":       "this machine",
		"qemu:///system?mode=odd":    `mode "odd"`,
		"qemu+ssh://h/?proxy=odd":    `proxy "odd"`,
		"qemu+tcp://h:0/system":      "not a port",
		"qemu+tcp://h:99999/system":  "not a port",
		"qemu://[::1/system":         "not a URI",
		"qemu:///system?%zz":         "parameters",
		"qemu://me:secret@h\x7f/sys": "not a URI",
	} {
		_, err := Parse(in)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want %q", in, err, says)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error has the password: %v", in, err)
		}
	}
}

// resolver has some files and an environment.
func resolver(root bool, files, env map[string]string) *Resolver {
	return &Resolver{
		Root: root, Home: "/home/me",
		Getenv: func(name string) string { return env[name] },
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		},
	}
}

const (
	systemFile = "/etc/libvirt/libvirt.conf"
	ownFile    = "/home/me/.config/libvirt/libvirt.conf"
	aliases    = `uri_aliases = [ "hail=qemu+ssh://root@hail/system", "d-1_X=test:///default", ]` + "\n"
)

func TestResolve(t *testing.T) {
	type strs map[string]string
	for _, tt := range []struct {
		about     string
		name      string
		noAliases bool
		root      bool
		files     strs
		env       strs
		want      string // or, after "!", what the error says
	}{
		{about: "nothing", want: ""},
		{about: "named", name: "test:///default", env: strs{"LIBVIRT_DEFAULT_URI": "qemu:///x"}, want: "test:///default"},
		{about: "environment", env: strs{"LIBVIRT_DEFAULT_URI": "qemu:///x"}, files: strs{ownFile: `uri_default = "test:///y"`}, want: "qemu:///x"},
		{about: "empty environment", env: strs{"LIBVIRT_DEFAULT_URI": ""}, files: strs{ownFile: `uri_default = "test:///y"`}, want: "test:///y"},
		{about: "default", files: strs{ownFile: `uri_default = "test:///y"`}, want: "test:///y"},
		{about: "another's file", files: strs{systemFile: `uri_default = "test:///y"`}, want: ""},
		{about: "root's file", root: true, files: strs{systemFile: `uri_default = "test:///y"`, ownFile: `uri_default = "test:///z"`}, want: "test:///y"},
		{about: "XDG", env: strs{"XDG_CONFIG_HOME": "/x"}, files: strs{"/x/libvirt/libvirt.conf": `uri_default = "test:///y"`, ownFile: "bad"}, want: "test:///y"},
		{about: "alias", name: "hail", files: strs{ownFile: aliases}, want: "qemu:///system"},
		{about: "alias with all it may have", name: "d-1_X", files: strs{ownFile: aliases}, want: "test:///default"},
		{about: "alias in the environment", env: strs{"LIBVIRT_DEFAULT_URI": "hail"}, files: strs{ownFile: aliases}, want: "qemu:///system"},
		{about: "alias as default", files: strs{ownFile: aliases + `uri_default = "hail"`}, want: "qemu:///system"},
		{about: "alias of an alias", name: "a", files: strs{ownFile: `uri_aliases = [ "a=b", "b=test:///default" ]`}, want: "!not an alias"},
		{about: "aliases left out", name: "hail", noAliases: true, files: strs{ownFile: aliases}, want: "!not an alias"},
		{about: "no alias", name: "ha.il", files: strs{ownFile: aliases}, want: "!not an alias"},
		{about: "prefix of one", name: "hai", files: strs{ownFile: aliases}, want: "!not an alias"},
		{about: "malformed after it", name: "ok", files: strs{ownFile: `uri_aliases = [ "ok=test:///default", "b.ad=x" ]`}, want: "test:///default"},
		{about: "malformed before it", name: "ok", files: strs{ownFile: `uri_aliases = [ "b.ad=x", "ok=test:///default" ]`}, want: "!only letters"},
		{about: "malformed, but left out", name: "test:///default", noAliases: true, files: strs{ownFile: `uri_aliases = [ "b.ad=x" ]`}, want: "test:///default"},
		{about: "no =", name: "ok", files: strs{ownFile: `uri_aliases = [ "ok" ]`}, want: "!alias=URI"},
		{about: "not a list", files: strs{ownFile: `uri_aliases = "ok=test:///default"`}, want: "!list of strings"},
		{about: "not strings", files: strs{ownFile: `uri_aliases = [ 3 ]`}, want: "!list of strings"},
		{about: "not a string", files: strs{ownFile: `uri_default = 3`}, want: "!must be a string"},
		{about: "first of two", files: strs{ownFile: "uri_default = \"test:///1\"\nuri_default = \"test:///2\""}, want: "test:///1"},
		{about: "syntax", name: "test:///default", files: strs{ownFile: "\n\nuri_default = x"}, want: "!libvirt.conf:3: expecting a value"},
	} {
		u, _, err := resolver(tt.root, tt.files, tt.env).Resolve(tt.name, tt.noAliases)
		says, wrong := strings.CutPrefix(tt.want, "!")
		switch {
		case wrong && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v; want %q", tt.about, err, says)
		case !wrong && err != nil:
			t.Errorf("%s: %v", tt.about, err)
		case !wrong && u.Daemon() != tt.want:
			t.Errorf("%s: %q, want %q", tt.about, u.Daemon(), tt.want)
		}
	}
}

func TestSocket(t *testing.T) {
	for _, tt := range []struct {
		uri      string
		root, ro bool
		mode     string
		env      map[string]string
		there    string
		want     string
	}{
		{uri: "qemu:///system", want: "/var/run/libvirt/libvirt-sock"},
		{uri: "qemu:///system", ro: true, want: "/var/run/libvirt/libvirt-sock-ro"},
		{uri: "qemu:///system", there: "/var/run/libvirt/virtqemud-sock", want: "/var/run/libvirt/virtqemud-sock"},
		{uri: "qemu:///system?mode=legacy", there: "/var/run/libvirt/virtqemud-sock", want: "/var/run/libvirt/libvirt-sock"},
		{uri: "qemu:///system?mode=direct", ro: true, want: "/var/run/libvirt/virtqemud-sock-ro"},
		{uri: "qemu:///system", mode: "direct", want: "/var/run/libvirt/virtqemud-sock"},
		{uri: "qemu:///system?socket=/s", ro: true, want: "/s"},
		{uri: "qemu:///session", ro: true, want: "/home/me/.cache/libvirt/libvirt-sock"},
		{uri: "qemu:///session", env: map[string]string{"XDG_RUNTIME_DIR": "/run/user/7"}, want: "/run/user/7/libvirt/libvirt-sock"},
		{uri: "qemu:///session", root: true, want: "/var/run/libvirt/libvirt-sock"},
		{uri: "", env: map[string]string{"XDG_CACHE_HOME": "/c"}, want: "/c/libvirt/libvirt-sock"},
		{uri: "", root: true, want: "/var/run/libvirt/libvirt-sock"},
	} {
		r := resolver(tt.root, nil, tt.env)
		u, conf, err := r.Resolve(tt.uri, false)
		if err != nil {
			t.Fatal(err)
		}
		conf.Mode = tt.mode
		if got := r.Socket(u, conf, tt.ro, func(p string) bool { return p == tt.there }); got != tt.want {
			t.Errorf("%q (root %v, read-only %v): %s, want %s", tt.uri, tt.root, tt.ro, got, tt.want)
		}
	}
}

func TestParseConf(t *testing.T) {
	for in, says := range map[string]string{
		"a = 1 # c\n\n# x\nb=-2;c = +3":            "",
		`a = [ "x", ["y", 'z'], # c` + "\n\n1 , ]": "",
		"a = \"\"\"te\"st\nmore\"\"\"":             "",
		"":                                         "",
		"a = \"x":                                  "f:1: unterminated string",
		"\na = \"x\ny\"":                           "f:2: unterminated string",
		"a = \"\"\"x\"":                            "unterminated string",
		"a":                                        "expecting an assignment",
		"a-b = 1":                                  "expecting an assignment",
		"= 1":                                      "expecting a name",
		"a = 1 b = 2":                              "expecting a separator",
		"a = [ 1 2 ]":                              "separator in list",
		"a = [ 1":                                  "separator in list",
		"a = [":                                    "expecting a value",
		"a = -":                                    "expecting a value",
		"a = 99999999999999999999":                 "too large",
		"a = " + strings.Repeat("[", 99):           "lists within lists",
		"a = \"" + strings.Repeat("x", MaxConf):    "at most",
	} {
		_, err := ParseConf("f", []byte(in))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%.40q: %v; want %q", in, err, says)
		}
	}
	values, err := ParseConf("f", []byte("a = [ 'x\"', 7 ]"))
	list, _ := values["a"].([]Value)
	if err != nil || len(list) != 2 || list[0] != `x"` || list[1] != int64(7) {
		t.Errorf("%v, %v", values, err)
	}
}

func FuzzConf(f *testing.F) {
	f.Add([]byte(aliases + "a = -5 # c\nb = \"\"\"x\"\"\""))
	f.Add([]byte("a = [[[["))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := ParseConf("f", text)
		if err != nil && !strings.HasPrefix(err.Error(), "uri: f") {
			t.Errorf("an error without place: %v", err)
		}
		if err != nil && values != nil {
			t.Error("values and an error")
		}
	})
}

func FuzzURI(f *testing.F) {
	for _, s := range []string{"qemu:///system", "qemu+ssh://me@[::1]:22/session?keyfile=/k", "test+unix:///default?socket=/s", "xen"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := Parse(s)
		if err != nil {
			return
		}
		again, err := Parse(u.String())
		if err != nil || again.Daemon() != u.Daemon() || again.Host != u.Host || again.Transport != u.Transport {
			t.Errorf("%q is shown as %q, which is another: %v", s, u, err)
		}
	})
}
