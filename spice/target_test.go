package spice

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

var targets = map[string]Target{
	"spice://host:5900":                             {Host: "host", Port: 5900},
	"SPICE://host:5900/":                            {Host: "host", Port: 5900},
	"spice://host?port=5900;tls-port=5901":          {Host: "host", Port: 5900, TLSPort: 5901},
	"spice://host;port=5900&tls-port=5901":          {Host: "host", Port: 5900, TLSPort: 5901},
	"spice://host:5900?tls-port=5901":               {Host: "host", Port: 5900, TLSPort: 5901},
	"spice://host:1?password=a%3Bb@/c":              {Host: "host", Port: 1, Password: "a;b@/c"},
	"spice://host:1?password=":                      {Host: "host", Port: 1},
	"spice://ann%40x@host:1":                        {Host: "host", Port: 1, User: "ann@x"},
	"spice://ann:pw@host:1":                         {Host: "host", Port: 1, User: "ann:pw"},
	"spice+tls://[2001:db8::1]:5901":                {Host: "2001:db8::1", TLSPort: 5901},
	"spice+tls://host:5901?port=5900&tls-port=1":    {Host: "host", TLSPort: 5901},
	"spice://[fe80::1%25eth0]:5900":                 {Host: "fe80::1%eth0", Port: 5900},
	"spice+unix:///run/user/1000/vm.sock":           {Socket: "/run/user/1000/vm.sock"},
	"spice+unix://relative?x=%20":                   {Socket: "relative?x=%20"},
	"vm:5900":                                       {Host: "vm", Port: 5900},
	"[::1]:5900":                                    {Host: "::1", Port: 5900},
	"spice://h%6Fst?tls-port=65535":                 {Host: "host", TLSPort: 65535},
	"spice://[pve:1:2::sig]?port=1&password=hunter": {Host: "pve:1:2::sig", Port: 1, Password: "hunter"},
}

func TestParseTarget(t *testing.T) {
	for s, want := range targets {
		got, err := ParseTarget(s)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v; want %+v", s, got, err, want)
		}
	}
}

func TestParseTargetErrors(t *testing.T) {
	for s, want := range map[string]string{
		"":                            "neither",
		"host":                        "neither",
		"vm:0":                        "port",
		":5900":                       "neither",
		"vnc://host:5900":             `"vnc"`,
		"spice://host":                "no port",
		"spice://host:0":              "port",
		"spice://host:65536":          "port",
		"spice://host:+5":             "port",
		"spice://:5900":               "no host",
		"spice://2001:db8::1:5900":    "brackets",
		"spice://host:1?port=2":       "twice",
		"spice://host?port=1;port=1":  "twice",
		"spice://host:1?username=ann": "unknown key",
		"spice://host:1?password=%zz": "password",
		"spice://%zz:1":               "host",
		"spice://%zz@host:1":          "user",
		"spice+unix://":               "path",
		"spice://host?tls-port=-1":    "port",
	} {
		if _, err := ParseTarget(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to mention %s", s, err, want)
		}
	}
}

// checkTarget parses anything. What parses must come back from its own text,
// except for the password, which the text must not hold.
func checkTarget(t *testing.T, s string) {
	want, err := ParseTarget(s)
	if err != nil {
		return
	}
	got, err := ParseTarget(want.String())
	want.Password = ""
	if err != nil || got != want {
		t.Errorf("%q: %q gives %+v, %v; want %+v", s, want, got, err, want)
	}
}

func TestTargetString(t *testing.T) {
	for s := range targets {
		checkTarget(t, s)
	}
	target := Target{Host: "h", Port: 1, TLSPort: 2, User: "ann", Password: "hunter2"}
	if got, want := target.String(), "spice://ann@h?port=1&tls-port=2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTargetSecret prints targets, and errors about them, in every way: none
// may show the password.
func TestTargetSecret(t *testing.T) {
	target := Target{Host: "h", Port: 1, Password: "hunter2"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "target", target)
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "target", target)
	texts := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		texts = append(texts, fmt.Sprintf(verb, target), fmt.Sprintf(verb, Options{Target: target}))
	}
	for _, s := range []string{"host:5900?password=hunter2", "host?password=hunter2", "spice://host:1?password=%hunter2"} {
		_, err := ParseTarget(s)
		if err == nil {
			t.Errorf("%s: no error", s)
			continue
		}
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		if strings.Contains(text, "hu") {
			t.Errorf("the password is in %s", text)
		}
	}
}

func TestTargetAddress(t *testing.T) {
	for _, tc := range []struct {
		target           Target
		secure           bool
		network, address string
	}{
		{Target{Host: "::1", Port: 1, TLSPort: 2}, false, "tcp", "[::1]:1"},
		{Target{Host: "h", Port: 1, TLSPort: 2}, true, "tcp", "h:2"},
		{Target{Host: "h", Port: 1, Addr: "192.0.2.1"}, false, "tcp", "192.0.2.1:1"},
		{Target{Socket: "/s"}, false, "unix", "/s"},
	} {
		if n, a := tc.target.address(tc.secure); n != tc.network || a != tc.address {
			t.Errorf("%+v: got %s %s", tc.target, n, a)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for s := range targets {
		f.Add(s)
	}
	f.Fuzz(checkTarget)
}
