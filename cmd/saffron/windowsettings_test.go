package main

import (
	"testing"

	"saffron/spice"
)

// TestUsePrefs begins a window as settings say, unless a flag does.
func TestUsePrefs(t *testing.T) {
	open := func(args ...string) (*openFlags, *settings) {
		t.Helper()
		f := new(openFlags)
		c := newOpenWith(testApp(), f)
		if err := c.ParseFlags(args); err != nil {
			t.Fatal(err)
		}
		f.given = c.Flags()
		s := &settings{link: spice.Options{Target: spice.Target{Host: "h", Port: 1}}, prefs: testPrefs(t, `
[settings]
full-screen = true
audio = false
mic = "off"
mouse = "server"
[machines."spice://h:1"]
profile = "wan"
mic = "on"
`)}
		if err := f.usePrefs(s); err != nil {
			t.Fatal(err)
		}
		return f, s
	}
	f, s := open()
	if !s.fullscreen || !f.sound.silent || f.sound.mic != "on" || f.mouse != "server" || f.prefer.profile != "wan" ||
		s.prefer.Compression != profiles["wan"].Compression {
		t.Errorf("%+v, %+v", f, s)
	}
	f, s = open("--full-screen=false", "--no-audio=false", "--mic=ask", "--mouse=auto", "--profile=lan")
	if s.fullscreen || f.sound.silent || f.sound.mic != "ask" || f.mouse != "auto" || f.prefer.profile != "lan" {
		t.Errorf("with flags: %+v, %+v", f, s)
	}
}
