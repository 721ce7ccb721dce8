package main

import (
	"slices"
	"strings"
	"testing"

	"saffron/libvirtctl/fleet"
)

const someConfig = `
default = "lab"
[hosts.desk]
uri = "qemu:///system"
[hosts.rack]
uri = "qemu+ssh://rack/system"
[groups]
lab = ["rack", "desk"]
one = ["desk"]
`

func TestConfigFleet(t *testing.T) {
	c, err := parseConfig([]byte(someConfig))
	if err != nil {
		t.Fatal(err)
	}
	desk, rack := fleet.Host{Name: "desk", URI: "qemu:///system"}, fleet.Host{Name: "rack", URI: "qemu+ssh://rack/system"}
	for _, tc := range []struct {
		names, groups []string
		want          []fleet.Host
	}{
		{nil, nil, []fleet.Host{rack, desk}},
		{[]string{"desk"}, nil, []fleet.Host{desk}},
		{[]string{"desk", "test:///default"}, []string{"lab"}, []fleet.Host{desk, {Name: "test:///default", URI: "test:///default"}, rack}},
		{nil, []string{"all"}, []fleet.Host{desk, rack}},
		{[]string{"qemu+tcp://me:secret@far/system"}, nil, []fleet.Host{{Name: "qemu+tcp://me@far/system", URI: "qemu+tcp://me:secret@far/system"}}},
		{[]string{"qemu:///system", "desk"}, nil, []fleet.Host{{Name: "qemu:///system", URI: "qemu:///system"}}},
	} {
		if got, err := c.fleet(tc.names, tc.groups); err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%q, %q: %v, %v", tc.names, tc.groups, got, err)
		}
	}
	if _, err := c.fleet(nil, []string{"none"}); err == nil || !strings.Contains(err.Error(), "there are lab, one, all") {
		t.Errorf("no such group: %v", err)
	}
}

func TestConfigURI(t *testing.T) {
	for _, tc := range []struct{ conf, env, name, want string }{
		{someConfig, "", "desk", "qemu:///system"},
		{someConfig, "", "alias", "alias"},
		{someConfig, "", "", ""}, // the default is a group
		{`default = "desk"` + "\n[hosts.desk]\nuri = 'test:///default'", "", "", "test:///default"},
		{`default = "desk"` + "\n[hosts.desk]\nuri = 'test:///default'", "qemu:///session", "", ""}, // left to libvirt's rules
		{"", "", "", ""},
	} {
		t.Setenv("LIBVIRT_DEFAULT_URI", tc.env)
		c, err := parseConfig([]byte(tc.conf))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.uri(tc.name); got != tc.want {
			t.Errorf("%q with %q: %q, want %q", tc.name, tc.env, got, tc.want)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for text, want := range map[string]string{
		"[hosts.desk]\nuri = 'a:///b'\nport = 3":              "line 3: there is no setting hosts.desk.port",
		"colour = 1":                                          "line 1: there is no setting colour",
		"\n\n[colours]\nred = 1":                              "line 3: there is no setting colours",
		"[hosts.desk]\nuri = 'a:///b'\n[hosts.desk.extra]":    "line 3: there is no setting hosts.desk.extra",
		"default = \n":                                        "line 1: ",
		"default = 3":                                         "line 1 (last key",
		"[hosts.desk]":                                        "host desk has no uri",
		"[hosts.all]\nuri = 'a:///b'":                         `a host cannot be called "all"`,
		"[hosts.a]\nuri = 'a:///b'\n[groups]\na = []":         "a is a host and a group",
		"[groups]\na = ['b']":                                 `group a: there is no host "b"`,
		"default = 'x'":                                       `there is no host or group "x"`,
		"[hosts.a]\nuri = 'a:///b'\n[hosts.a]\nuri = 'c:///'": "line 3: ",
	} {
		if _, err := parseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
