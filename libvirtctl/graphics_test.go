package libvirtctl

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func domainWith(graphics string) string {
	return "<domain type='kvm'><name>work</name><devices>" + graphics + "</devices></domain>"
}

func TestConsoles(t *testing.T) {
	const spice = "spice"
	for _, tc := range []struct {
		name, xml string
		want      []Console
		err       string
	}{
		{"none", ``, []Console{}, ""},
		{"plain", `<graphics type='spice' port='5900' autoport='no' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>`,
			[]Console{{Type: spice, Port: 5900, Address: "127.0.0.1"}}, ""},
		{"both ports", `<graphics type='spice' port='5900' tlsPort='5901' autoport='yes'/>`,
			[]Console{{Type: spice, Port: 5900, TLSPort: 5901, Auto: true}}, ""},
		{"TLS only", `<graphics type='spice' tlsPort='5901' defaultMode='secure'/>`,
			[]Console{{Type: spice, TLSPort: 5901, DefaultMode: "secure"}}, ""},
		{"TLS only, -1", `<graphics type='spice' port='-1' tlsPort='5901'/>`, []Console{{Type: spice, TLSPort: 5901}}, ""},
		{"plain, TLS -1", `<graphics type='spice' port='5900' tlsPort='-1'/>`, []Console{{Type: spice, Port: 5900}}, ""},
		{"plain, TLS 0", `<graphics type='spice' port='5900' tlsPort='0'/>`, []Console{{Type: spice, Port: 5900}}, ""},
		{"empty ports", `<graphics type='spice' port='' tlsPort=''/>`, []Console{{Type: spice}}, ""},
		{"inactive", `<graphics type='spice' autoport='yes'/>`, []Console{{Type: spice, Auto: true}}, ""},
		{"port too large", `<graphics type='spice' port='65536'/>`, nil, `console 0: port: "65536" is not a port`},
		{"port is no number", `<graphics type='vnc'/><graphics type='spice' tlsPort='http'/>`, nil, `console 1: tlsPort: "http" is not a port`},
		{"negative port", `<graphics type='spice' port='-2'/>`, nil, "is not a port"},
		{"legacy listen", `<graphics type='spice' port='5900' listen='192.0.2.1'/>`, []Console{{Type: spice, Port: 5900, Address: "192.0.2.1"}}, ""},
		{"element before attribute", `<graphics type='spice' port='5900' listen='192.0.2.1'><listen type='address' address='192.0.2.2'/></graphics>`,
			[]Console{{Type: spice, Port: 5900, Address: "192.0.2.2"}}, ""},
		{"address without one", `<graphics type='spice' port='5900' listen='192.0.2.1'><listen type='address'/></graphics>`,
			[]Console{{Type: spice, Port: 5900, Address: "192.0.2.1"}}, ""},
		{"two addresses", `<graphics type='spice' port='5900'><listen type='address' address='192.0.2.2'/><listen type='address' address='192.0.2.3'/></graphics>`,
			[]Console{{Type: spice, Port: 5900, Address: "192.0.2.2"}}, ""},
		{"network", `<graphics type='spice' port='5900'><listen type='network' address='192.0.2.7' network='lan'/></graphics>`,
			[]Console{{Type: spice, Port: 5900, Address: "192.0.2.7"}}, ""},
		{"network, not resolved", `<graphics type='spice' port='5900'><listen type='network' network='lan'/></graphics>`,
			[]Console{{Type: spice, Port: 5900}}, ""},
		{"socket", `<graphics type='spice'><listen type='socket' socket='/run/work.sock'/></graphics>`,
			[]Console{{Type: spice, Socket: "/run/work.sock"}}, ""},
		{"socket, not generated yet", `<graphics type='spice'><listen type='socket'/></graphics>`, []Console{{Type: spice}}, ""},
		{"legacy socket", `<graphics type='vnc' socket='/run/work.sock'/>`, []Console{{Type: "vnc", Socket: "/run/work.sock"}}, ""},
		{"nowhere", `<graphics type='spice'><listen type='none'/></graphics>`, []Console{{Type: spice}}, ""},
		{"IPv6", `<graphics type='spice' port='5900'><listen type='address' address='::'/></graphics>`,
			[]Console{{Type: spice, Port: 5900, Address: "::"}}, ""},
		{"VNC first", `<graphics type='vnc' port='5901'/><graphics type='spice' port='5900'/>`,
			[]Console{{Type: "vnc", Port: 5901}, {Index: 1, Type: spice, Port: 5900}}, ""},
		{"password", `<graphics type='spice' port='5900' passwd='secret'/>`,
			[]Console{{Type: spice, Port: 5900, Ticketed: true, Password: "secret"}}, ""},
		{"locked", `<graphics type='spice' port='5900' passwd=''/>`, []Console{{Type: spice, Port: 5900, Ticketed: true}}, ""},
		{"escaped", `<graphics type='spice' port='5900' passwd='&lt;&amp;&apos;&#x20AC;'/>`,
			[]Console{{Type: spice, Port: 5900, Ticketed: true, Password: "<&'€"}}, ""},
		{"valid to", `<graphics type='spice' port='5900' passwd='x' passwdValidTo='2030-01-02T03:04:05'/>`,
			[]Console{{Type: spice, Port: 5900, Ticketed: true, Password: "x", ValidTo: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}}, ""},
		{"valid to nonsense", `<graphics type='spice' passwdValidTo='tomorrow'/>`, nil, `passwdValidTo: "tomorrow" is not a time`},
		{"channels", `<graphics type='spice' port='1' tlsPort='2' defaultMode='any'><channel name='main' mode='secure'/><channel name='display' mode='insecure'/></graphics>`,
			[]Console{{Type: spice, Port: 1, TLSPort: 2, DefaultMode: "any", Modes: map[string]string{"main": "secure", "display": "insecure"}}}, ""},
		{"unknown things", `<graphics type='egl-headless' strange='1'><new/></graphics>`, []Console{{Type: "egl-headless"}}, ""},
		{"entities", `<graphics type='&bomb;'/>`, nil, "invalid character entity"},
		{"too many", strings.Repeat(`<graphics type='vnc'/>`, maxConsoles+1), nil, "more than 64"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Consoles(domainWith(tc.xml))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				got[i].element = nil
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
	for n := range domainWith("<graphics/>") {
		if _, err := Consoles(domainWith("<graphics/>")[:n]); err == nil {
			t.Errorf("no error after %d bytes", n)
		}
	}
}

func TestConsoleSecure(t *testing.T) {
	for _, tc := range []struct {
		mode  string
		modes map[string]string
		want  string // of main, display
	}{
		{"", nil, "false false"}, {"any", nil, "false false"}, {"insecure", nil, "false false"}, {"secure", nil, "true true"},
		{"", map[string]string{"main": "secure"}, "true false"},
		{"secure", map[string]string{"main": "insecure"}, "false true"},
		{"secure", map[string]string{"main": "any"}, "false true"},
	} {
		c := Console{DefaultMode: tc.mode, Modes: tc.modes}
		got := strings.Join([]string{boolText(c.Secure("main")), boolText(c.Secure("display"))}, " ")
		if got != tc.want {
			t.Errorf("%q, %v: %s, want %s", tc.mode, tc.modes, got, tc.want)
		}
	}
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func TestConsoleExpired(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		validTo time.Time
		want    bool
	}{{time.Time{}, false}, {now, true}, {now.Add(-time.Second), true}, {now.Add(time.Second), false}} {
		if c := (Console{ValidTo: tc.validTo}); c.Expired(now) != tc.want {
			t.Errorf("valid to %v: %v", tc.validTo, !tc.want)
		}
	}
}

func TestRoute(t *testing.T) {
	local, ssh, tls := Place{}, Place{Name: "hail", SSH: true}, Place{Name: "hail"}
	at := func(address string) Console { return Console{Address: address, Port: 5900, TLSPort: 5901} }
	tcp := func(far bool, host, address string) Route {
		return Route{Far: far, Host: host, Address: address, Port: 5900, TLSPort: 5901}
	}
	socket := Console{Socket: "/run/work.sock"}
	for _, tc := range []struct {
		name    string
		console Console
		at      Place
		direct  bool
		want    Route
		err     string // in the reason or the hint
	}{
		{"wildcard, here", at("0.0.0.0"), local, false, tcp(false, "localhost", "localhost"), ""},
		{"nothing, here", at(""), local, false, tcp(false, "localhost", "localhost"), ""},
		{"IPv6 wildcard, here", at("::"), local, false, tcp(false, "localhost", "localhost"), ""},
		{"mapped wildcard", at("::ffff:0.0.0.0"), local, false, tcp(false, "localhost", "localhost"), ""},
		{"star", at("*"), local, false, tcp(false, "localhost", "localhost"), ""},
		{"wildcard, remote", at("0.0.0.0"), tls, false, tcp(false, "hail", "hail"), ""},
		{"IPv6 wildcard, remote", at("::"), tls, false, tcp(false, "hail", "hail"), ""},
		{"wildcard, ssh", at("0.0.0.0"), ssh, false, tcp(true, "hail", "localhost"), ""},
		{"wildcard, ssh, direct", at("0.0.0.0"), ssh, true, tcp(false, "hail", "hail"), ""},
		{"address, here", at("192.0.2.1"), local, false, tcp(false, "192.0.2.1", "192.0.2.1"), ""},
		{"address, remote", at("192.0.2.1"), tls, false, tcp(false, "hail", "192.0.2.1"), ""},
		{"address, ssh", at("192.0.2.1"), ssh, false, tcp(true, "hail", "192.0.2.1"), ""},
		{"address, ssh, direct", at("192.0.2.1"), ssh, true, tcp(false, "hail", "192.0.2.1"), ""},
		{"a name", at("console.example"), tls, false, tcp(false, "hail", "console.example"), ""},
		{"loopback, here", at("127.0.0.1"), local, false, tcp(false, "127.0.0.1", "127.0.0.1"), ""},
		{"loopback, here, direct", at("127.0.0.1"), local, true, tcp(false, "127.0.0.1", "127.0.0.1"), ""},
		{"loopback, ssh", at("127.0.0.1"), ssh, false, tcp(true, "hail", "127.0.0.1"), ""},
		{"loopback by name, ssh", at("localhost"), ssh, false, tcp(true, "hail", "localhost"), ""},
		{"loopback, ssh, direct", at("127.0.0.1"), ssh, true, Route{}, "Leave out --direct"},
		{"loopback, remote", at("127.0.0.1"), tls, false, Route{}, "listens on 127.0.0.1 of hail, which cannot be reached"},
		{"another loopback, remote", at("127.9.9.9"), tls, false, Route{}, "qemu+ssh://hail/system"},
		{"IPv6 loopback, remote", at("::1"), tls, false, Route{}, "cannot be reached"},
		{"localhost, remote", at("LocalHost"), tls, false, Route{}, "cannot be reached"},
		{"loopback, remote that is here", at("127.0.0.1"), Place{Name: "localhost"}, false, tcp(false, "localhost", "127.0.0.1"), ""},
		{"socket, remote that is here", socket, Place{Name: "127.0.0.1"}, false, Route{Socket: "/run/work.sock"}, ""},
		{"nowhere, remote that is here", Console{}, Place{Name: "localhost"}, false, Route{}, "listens nowhere"},
		{"loopback, ssh to here", at("127.0.0.1"), Place{Name: "localhost", SSH: true}, false, tcp(true, "localhost", "127.0.0.1"), ""},
		{"IPv6 host", at("::1"), Place{Name: "2001:db8::1"}, false, Route{}, "qemu+ssh://[2001:db8::1]/system"},
		{"plain only", Console{Port: 5900}, local, false, Route{Host: "localhost", Address: "localhost", Port: 5900}, ""},
		{"TLS only", Console{TLSPort: 5901}, ssh, false, Route{Far: true, Host: "hail", Address: "localhost", TLSPort: 5901}, ""},
		{"ports before socket", Console{Port: 5900, Socket: "/x"}, local, false, Route{Host: "localhost", Address: "localhost", Port: 5900}, ""},
		{"socket, here", socket, local, false, Route{Socket: "/run/work.sock"}, ""},
		{"socket, ssh", socket, ssh, false, Route{Far: true, Socket: "/run/work.sock"}, ""},
		{"socket, ssh, direct", socket, ssh, true, Route{}, "Leave out --direct"},
		{"socket, remote", socket, tls, false, Route{}, "unix socket of hail"},
		{"nowhere, here", Console{}, local, false, Route{Descriptor: true}, ""},
		{"nowhere, ssh", Console{}, ssh, false, Route{}, "listens nowhere"},
		{"nowhere, remote", Console{}, tls, true, Route{}, "hail is another computer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.console.Route(tc.at, tc.direct)
			if got != tc.want {
				t.Errorf("%+v, want %+v", got, tc.want)
			}
			var unreachable *UnreachableError
			if errors.As(err, &unreachable) != (tc.err != "") {
				t.Fatalf("error %v", err)
			}
			if tc.err != "" && !strings.Contains(unreachable.Reason+" "+unreachable.Hint, tc.err) {
				t.Errorf("%q %q, want %q", unreachable.Reason, unreachable.Hint, tc.err)
			}
		})
	}
}

func TestWithTicket(t *testing.T) {
	const inner = `<listen type='address' address='127.0.0.1'/><image compression='off'/><gl enable='no'/>`
	consoles, err := Consoles(domainWith(`<graphics type='spice' port='5900' passwd='old' passwdValidTo='2001-01-01T00:00:00' keymap='de'>` + inner + `</graphics>`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := consoles[0].withTicket(`"new"&`, time.Date(2030, 1, 2, 4, 4, 5, 0, time.FixedZone("", 3600)))
	want := `<graphics type="spice" port="5900" keymap="de" passwd="&#34;new&#34;&amp;" passwdValidTo="2030-01-02T03:04:05">` + inner + `</graphics>`
	if err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func FuzzConsoles(f *testing.F) {
	f.Add(domainWith(`<graphics type='spice' port='5900' tlsPort='-1' passwd='x' passwdValidTo='2030-01-01T00:00:00'><listen type='network' network='n' address='::'/><channel name='main' mode='secure'/></graphics>`))
	f.Add("<domain><devices><graphics><listen type='none'/></graphics></devices></domain>")
	f.Fuzz(func(t *testing.T, description string) {
		consoles, err := Consoles(description)
		if err != nil {
			return
		}
		for _, c := range consoles {
			if c.Port < 0 || c.Port > 65535 || c.TLSPort < 0 || c.TLSPort > 65535 {
				t.Errorf("ports %d, %d", c.Port, c.TLSPort)
			}
			for _, at := range []Place{{}, {Name: "h"}, {Name: "h", SSH: true}} {
				r, err := c.Route(at, false)
				if (err == nil) == (r == Route{}) {
					t.Errorf("%+v: %+v, %v", c, r, err)
				}
			}
			if _, err := c.withTicket("x", time.Now()); err != nil {
				t.Error(err)
			}
		}
	})
}
