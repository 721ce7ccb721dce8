package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render/window"
	"saffron/spice"
)

func testApp() *app {
	return &app{out: io.Discard, errs: io.Discard, log: slog.New(slog.DiscardHandler), password: nobody{}}
}

// nobody never answers.
type nobody struct{}

func (nobody) ask(context.Context, string) (string, error) { return "", errNoTerminal }

// connected returns a console with a session to a machine in this process.
func connected(t *testing.T, m *machine, changed func()) *console {
	t.Helper()
	c := testApp().newConsole(&settings{link: spice.Options{
		Dial: m.server.DialContext, Target: spice.Target{Host: "vm", Port: 5900},
	}}, changed)
	if err := c.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.server.Close)
	t.Cleanup(c.close)
	return c
}

// TestGuestInput drives the guest as the window does.
func TestGuestInput(t *testing.T) {
	m := newMachine([]string{"heads"})
	signal, changes := signals()
	c := connected(t, m, signal)
	h, err := c.picture(t.Context(), 1, 50*time.Millisecond, changes)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.current().Await(t.Context(), spice.ChannelID{Type: spice.ChannelInputs}); err != nil {
		t.Fatal(err)
	}
	for c.serverMouse() {
		<-changes
	}
	g := &guestInput{console: c, log: c.app.log, channel: h.channel, desktop: h.screen.desktop}
	g.Locks(false, true, true)
	g.Key(30, true) // A
	g.Key(30, false)
	g.Key(60000, true) // no such key
	g.Position(1, image.Pt(5, 6))
	g.Position(7, image.Pt(5, 6)) // no such head
	g.Button(window.Left, true)
	g.Wheel(-1)
	g.ReleaseAll()
	if err := c.inputs().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	// There is no agent: the pointer is a tablet's, which has all of the surface.
	want := "key 1e\nkey 9e\nposition 37 14 display 1\nbutton 1 mask 1\nbutton 5 mask 1\nbutton 5 mask 1\nbutton 1 mask 0\n"
	got := func() string { // keys that wait are sent together
		return strings.ReplaceAll(m.input(), "keys 1e 9e\n", "key 1e\nkey 9e\n")
	}
	for end := time.Now().Add(5 * time.Second); got() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the guest got\n%swant\n%s", m.input(), want)
		}
	}
}

// TestNoInputYet says that what comes before the channel is open goes nowhere.
func TestNoInputYet(t *testing.T) {
	c := testApp().newConsole(&settings{}, nil)
	g := &guestInput{console: c, log: c.app.log, desktop: c.screen(0).desktop}
	g.Key(30, true)
	g.Position(0, image.Pt(1, 1))
	g.Motion(1, 1)
	g.Button(window.Left, true)
	g.Wheel(1)
	g.ReleaseAll()
	g.Locks(true, false, false)
}

// TestDeaf has a server that takes input without saying so.
func TestDeaf(t *testing.T) {
	m := newMachine([]string{"deaf"})
	t.Cleanup(m.server.Close)
	c := testApp().newConsole(&settings{link: spice.Options{
		Dial: m.server.DialContext, Target: spice.Target{Host: "vm", Port: 5900},
	}}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := c.input(ctx, func(_ context.Context, in *taking) error { in.Combo(0x1e); return nil })
	if code, message, _ := explain(err); code != exitOther || !strings.Contains(message, "does not confirm") {
		t.Errorf("%d, %s", code, message)
	}
}

func TestFollow(t *testing.T) {
	to := &channels.MovedError{Host: "b", Port: 1, TLSPort: 2, Subject: "CN=b"}
	for name, tc := range map[string]struct {
		from spice.Target
		to   channels.MovedError
		want spice.Target // zero: an error
	}{
		"both":          {spice.Target{Host: "a", Port: 5, TLSPort: 6, User: "u"}, *to, spice.Target{Host: "b", Port: 1, TLSPort: 2, User: "u"}},
		"encrypted":     {spice.Target{Host: "a", TLSPort: 6}, *to, spice.Target{Host: "b", TLSPort: 2}},
		"no encryption": {spice.Target{Host: "a", TLSPort: 6}, channels.MovedError{Host: "b", Port: 1}, spice.Target{}},
		"socket":        {spice.Target{Socket: "/s"}, *to, spice.Target{Host: "b", Port: 1, TLSPort: 2}},
	} {
		c := testApp().newConsole(&settings{link: spice.Options{Target: tc.from}}, nil)
		err := c.follow(&tc.to)
		if tc.want == (spice.Target{}) {
			if code, _, _ := explain(err); code != exitConnect {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || c.options.Link.Target != tc.want || c.options.Link.TLS.HostSubject != tc.to.Subject {
			t.Errorf("%s: %+v, %v; want %+v", name, c.options.Link.Target, err, tc.want)
		}
	}
}

// TestProblems bounds what a server can make this program remember.
func TestProblems(t *testing.T) {
	c := testApp().newConsole(&settings{}, nil)
	for i := range 1000 {
		c.event(channels.Warning{Err: fmt.Errorf("row %d", i%500)})
	}
	if n := len(c.problems); n != maxProblems+1 || c.problems["other reasons"] != 1000-2*maxProblems {
		t.Errorf("%d reasons, %d others", n, c.problems["other reasons"])
	}
}

func TestExplain(t *testing.T) {
	link := &spice.LinkError{Stage: spice.StageConnect, Value: "h:1", Err: errors.New("refused"), Hint: "Is it on?"}
	for _, tc := range []struct {
		err     error
		code    int
		message string
	}{
		{errors.New("something\x1b[31m\nelse"), exitOther, "something\uFFFD[31m else"},
		{usageError("no %s", "way"), exitUsage, "no way"},
		{link, exitConnect, "cannot connect to h:1: refused"},
		{&spice.LinkError{Stage: spice.StageAuthenticate, Value: "h:1", Err: errors.New("no")}, exitAuth, "cannot log in to h:1: no"},
		{&spice.LinkError{Stage: spice.StageLink, Value: "h:1", Err: context.Canceled}, exitOther, "interrupted"},
		{&endedError{spice.ErrServerClosed}, exitLost, "the server closed the connection"},
		{&endedError{errors.New("odd")}, exitProtocol, "the server sent broken data: odd"},
		{&endedError{&channels.MovedError{Host: "b"}}, exitLost, "the machine has moved to b"},
		{&spice.ProtocolError{Channel: spice.ChannelID{Type: spice.ChannelDisplay}, Err: errors.New("odd")}, exitProtocol,
			"the server sent broken data on the display channel: odd"},
		{&window.NoDisplayError{Err: errors.New("none")}, exitOther, "there is no display to open a window on: none"},
	} {
		if code, message, _ := explain(tc.err); code != tc.code || message != tc.message {
			t.Errorf("%v: %d, %q; want %d, %q", tc.err, code, message, tc.code, tc.message)
		}
	}
	if _, message, _ := explain(errors.New(strings.Repeat("€", 1000))); len(message) > 700 {
		t.Errorf("a message of %d bytes", len(message))
	}
}

// TestTitle goes through the places that a title comes from.
func TestTitle(t *testing.T) {
	s := &settings{link: spice.Options{Target: spice.Target{Host: "h", Port: 1, Password: "sesame"}}}
	f := &openFlags{display: 1}
	v := newViewer(testApp(), s, f)
	check := func(want string) {
		t.Helper()
		if got := v.title(); got != want {
			t.Errorf("title %q, want %q", got, want)
		}
	}
	check("spice://h:1 - Saffron")
	v.console.event(channels.Named{Name: "vm"})
	check("vm - Saffron")
	s.title = "file %d"
	check("file 2")
	f.title = "flag %d"
	check("flag 2")
}

// TestViewerFails says in the window why there is no picture.
func TestViewerFails(t *testing.T) {
	m := newMachine([]string{"end"})
	t.Cleanup(m.server.Close)
	v := newViewer(testApp(), &settings{link: spice.Options{
		Dial: m.server.DialContext, Target: spice.Target{Host: "vm", Port: 5900},
	}}, new(openFlags))
	h := head{screen: v.console.screen(0)}
	if s := v.statusOf(h); s != "Waiting for a picture …" {
		t.Errorf("at first: %q", s)
	}
	go v.serve(t.Context())
	<-v.ended // from here on it waits for the user
	if s := v.statusOf(h); s != "The server closed the connection" {
		t.Errorf("in the end: %q", s)
	}
	if code, _, _ := explain(v.failure()); code != exitLost {
		t.Errorf("exit code %d", code)
	}
}

// A personWho types one password.
type personWho string

func (p personWho) ask(context.Context, string) (string, error) { return string(p), nil }

// TestViewerRefused is given a wrong password, and asks for another one when its
// user wants to connect again.
func TestViewerRefused(t *testing.T) {
	m := newMachine([]string{"password=sesame"})
	t.Cleanup(m.server.Close)
	v := newViewer(testApp(), &settings{password: "wrong", link: spice.Options{
		Dial: m.server.DialContext, Target: spice.Target{Host: "vm", Port: 5900},
	}}, new(openFlags))
	v.console.ask.ask = personWho("sesame")
	go v.serve(t.Context())
	<-v.ended
	if code, _, _ := explain(v.failure()); code != exitAuth {
		t.Fatalf("exit code %d with a wrong password, want %d", code, exitAuth)
	}
	v.reconnect()
	until(t, "a session", func() bool { return v.failure() == nil && v.console.current() != nil })
}

// TestViewerHidden says in the window that a picture is hidden, and for which
// display.
func TestViewerHidden(t *testing.T) {
	v := newViewer(testApp(), &settings{}, new(openFlags))
	first, second := head{screen: v.console.screen(0)}, head{channel: 1, screen: v.console.screen(1)}
	check := func(hidden bool) {
		t.Helper()
		if s := v.statusOf(first); s != "Waiting for a picture …" {
			t.Errorf("over the first display: %q", s)
		}
		if s := v.statusOf(second); strings.Contains(s, "GPU") != hidden || strings.Contains(s, "gl=off") != hidden {
			t.Errorf("over the second display: %q", s)
		}
	}
	check(false)
	id := spice.ChannelID{Type: spice.ChannelDisplay, ID: 1}
	v.console.event(channels.Hidden{ID: id, Err: display.ErrGPUMemory})
	check(true)
	v.console.event(channels.Hidden{ID: id})
	check(false)
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, text := range []string{"old", "new"} {
		if err := writeFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	broken := errors.New("broken")
	err := writeFile(path, func(w io.Writer) error { io.WriteString(w, "half"); return broken })
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("%q, %v", got, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	nowhere := filepath.Join(dir, "none", "b")
	if err := writeFile(nowhere, func(io.Writer) error { return nil }); err == nil || !strings.Contains(err.Error(), nowhere+":") {
		t.Errorf("%v does not name %s", err, nowhere)
	}
}

func TestReadPasswordFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	secret := rand.Text()
	for text, want := range map[string]string{secret: secret, secret + "\n": secret, secret + "\r\nmore": secret, "": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := readPasswordFile(path); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestCapNames(t *testing.T) {
	got := capNames(spice.NewCapSet(display.CapSizedStream, display.CapCodecMJPEG, 40), channelCapNames[spice.ChannelDisplay])
	if strings.Join(got, " ") != "sized-stream codec-mjpeg capability-40" {
		t.Error(got)
	}
}
