//go:build lab

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"

	"saffron/channels/inputs"
	"saffron/cmd/saffron/demo"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

// A listener is the demo desktop with a keyboard that writes down what it gets.
type listener struct {
	uri  string
	deaf bool // acknowledges no motion

	mu      sync.Mutex
	bytes   []byte // of scancodes
	locks   []inputs.Locks
	buttons []string // "Press 1 mask 1 at 3,4"
	channel *spicetest.Channel
}

// startListener serves it on a port of this computer.
func startListener(t *testing.T, deaf bool) *listener {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{uri: "spice://" + socket.Addr().String(), deaf: deaf}
	desktop := demo.New(demo.Options{Width: 640, Height: 480})
	server := desktop.Server()
	others := server.Handler
	server.Handler = func(c *spicetest.Channel) error {
		if c.ID.Type == spice.ChannelInputs {
			return l.serve(c)
		}
		return others(c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(socket)
	}()
	t.Cleanup(func() {
		cancel()
		server.Close()
		<-served
	})
	go func() { _ = desktop.Run(ctx) }()
	desktop.Pause()
	return l
}

func (l *listener) serve(c *spicetest.Channel) error {
	l.mu.Lock()
	l.channel = c
	l.mu.Unlock()
	if err := c.Send(inputs.MsgInit, &inputs.LockState{}); err != nil {
		return err
	}
	motions, at := 0, ""
	for {
		m, err := c.Recv()
		if err != nil {
			return nil // the client is gone
		}
		entry, ok := inputs.Messages.Lookup(m.Type, false)
		if !ok {
			continue
		}
		body := entry.New()
		if err := wire.Unmarshal(m.Body, body); err != nil {
			return err
		}
		l.mu.Lock()
		switch b := body.(type) {
		case *inputs.KeyCode:
			for code := b.Code; code != 0; code >>= 8 {
				l.bytes = append(l.bytes, byte(code))
			}
		case *inputs.KeyScancode:
			l.bytes = append(l.bytes, b.Bytes...)
		case *inputs.LockState:
			l.locks = append(l.locks, b.Locks)
		case *inputs.MousePosition:
			at = fmt.Sprintf("%d,%d", b.X, b.Y)
			motions++
		case *inputs.MouseMotion:
			motions++
		case *inputs.MouseButton:
			what := map[bool]string{true: "Press", false: "Release"}[m.Type == inputs.MsgcMousePress]
			l.buttons = append(l.buttons, fmt.Sprintf("%s %d mask %x at %s", what, b.Button, b.Buttons, at))
		}
		l.mu.Unlock()
		if motions == 4 && !l.deaf {
			motions = 0
			_ = c.Send(inputs.MsgMouseMotionAck, nil)
		}
	}
}

// keys returns the scancodes so far: "1e 9e e0 4d".
func (l *listener) keys() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("% x", l.bytes)
}

// forget begins anew.
func (l *listener) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes, l.locks, l.buttons = nil, nil, nil
}

// hears waits until the keyboard has got just these scancodes.
func (l *listener) hears(t *testing.T, what, want string) {
	t.Helper()
	eventually(t, what, func() error {
		if got := l.keys(); got != want {
			return fmt.Errorf("the server got\n%s\nwant\n%s", got, want)
		}
		return nil
	})
	l.forget()
}

// lockedTo waits until the client has set the guest's lock keys to that, and to
// nothing else: once for each time that the window gets the focus.
func (l *listener) lockedTo(t *testing.T, want inputs.Locks) {
	t.Helper()
	eventually(t, "the lock keys", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.locks) == 0 || slices.ContainsFunc(l.locks, func(got inputs.Locks) bool { return got != want }) {
			return fmt.Errorf("the client set them to %v, want %v", l.locks, want)
		}
		return nil
	})
}

// clicked returns nil when so many presses and releases of buttons have come.
func (l *listener) clicked(n int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buttons) < n {
		return fmt.Errorf("%d of %d have come", len(l.buttons), n)
	}
	return nil
}

// report tells the client what the guest's lock keys are.
func (l *listener) report(t *testing.T, locks inputs.Locks) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.channel.Send(inputs.MsgKeyModifiers, &inputs.LockState{Locks: locks}); err != nil {
		t.Fatal(err)
	}
}

// A presser presses keys by their numbers, whatever they mean.
type presser struct {
	x    *xgb.Conn
	root xproto.Window
}

func (d *desk) presser(t *testing.T) *presser {
	t.Helper()
	x, err := xgb.NewConnDisplay(strings.TrimPrefix(d.env[0], "DISPLAY="))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	if err := xtest.Init(x); err != nil {
		t.Fatal(err)
	}
	return &presser{x, xproto.Setup(x).DefaultScreen(x).Root}
}

// fake presses or releases a key.
func (p *presser) fake(t *testing.T, keycode byte, down bool) {
	t.Helper()
	typ := byte(xproto.KeyRelease)
	if down {
		typ = xproto.KeyPress
	}
	p.act(t, typ, keycode, image.Point{})
}

// lights returns the lights of the keyboard: 1 Caps, 2 Num, 4 Scroll.
func (p *presser) lights(t *testing.T) uint32 {
	t.Helper()
	k, err := xproto.GetKeyboardControl(p.x).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return k.LedMask & 7
}

// act fakes an event: typ and detail are X's, at is where motion goes to.
func (p *presser) act(t *testing.T, typ, detail byte, at image.Point) {
	t.Helper()
	if err := xtest.FakeInputChecked(p.x, typ, detail, 0, p.root, int16(at.X), int16(at.Y), 0).Check(); err != nil {
		t.Fatal(err)
	}
}

// scancodes returns what a keyboard sends for a key.
func scancodes(evdev uint16, down bool) []byte {
	c, ok := inputs.FromEvdev(evdev)
	if !ok {
		return nil
	}
	if !down {
		c |= 0x80
	}
	if c>>8 != 0 {
		return []byte{byte(c >> 8), byte(c)}
	}
	return []byte{byte(c)}
}

// TestLabEveryKey presses every key that an X server can have, Japanese, Korean
// and media keys among them, each alone and all of them as fast as they go, and
// compares what the server got with what a keyboard sends.
func TestLabEveryKey(t *testing.T) {
	t.Parallel()
	l := startListener(t, false)
	d := startDesk(t, 0)
	d.open(t, "--hotkeys=", "--grab=always", l.uri)
	l.lockedTo(t, 0) // it has the keyboard
	p := d.presser(t)
	p.fake(t, 38, true)
	p.fake(t, 38, false)
	l.hears(t, "the first key", "1e 9e")
	var want []byte
	for code := 9; code <= 255; code++ {
		p.fake(t, byte(code), true)
		want = append(want, scancodes(uint16(code)-8, true)...)
		p.fake(t, byte(code), false)
		want = append(want, scancodes(uint16(code)-8, false)...)
	}
	if n := bytes.Count(want, []byte{0xe0}); n < 200 {
		t.Fatalf("only %d of the keys are extended ones", n/2)
	}
	l.hears(t, "every key", fmt.Sprintf("% x", want))
}

// TestLabHotkeys uses keys of the window and looks at what the guest gets of
// them: nothing that stays, and nothing of the key itself.
func TestLabHotkeys(t *testing.T) {
	t.Parallel()
	l := startListener(t, false)
	d := startDesk(t, 0)
	v := d.open(t, "--hotkeys=secure-attention=ctrl+alt+end,toggle-fullscreen=shift+f11", "--keymap=F2=Control_L+b,F3=", l.uri)
	l.lockedTo(t, 0) // it has the keyboard
	d.client(t, "xdotool", "key", "a")
	l.hears(t, "a key", "1e 9e")

	d.client(t, "xdotool", "key", "shift+F11")
	v.fills(t)
	l.hears(t, "the full screen", "2a aa")
	d.client(t, "xdotool", "key", "F11")
	l.hears(t, "what is no hotkey now", "57 d7")

	d.client(t, "xdotool", "keydown", "ctrl", "keydown", "alt", "key", "End", "key", "a", "keyup", "alt", "keyup", "ctrl")
	eventually(t, "Ctrl+Alt+End", func() error {
		got := l.keys()
		held := map[byte]bool{}
		for i := 0; i < len(l.bytes); i++ {
			b := l.bytes[i]
			if b != 0xe0 {
				held[b&0x7f] = b&0x80 == 0
			}
		}
		for code, down := range held {
			if down {
				return fmt.Errorf("%#x is stuck after %s", code, got)
			}
		}
		for what, part := range map[string]string{"Ctrl+Alt+Del": "1d 38 e0 53 e0 d3 b8 9d", "Ctrl+Alt+A": "1d 38 1e 9e b8 9d"} {
			if strings.Count(got, part) != 1 {
				return fmt.Errorf("no %s in %s", what, got)
			}
		}
		if strings.Contains(got, "4f") {
			return fmt.Errorf("End is in %s", got)
		}
		return nil
	})
	l.forget()
	d.client(t, "xdotool", "key", "F2", "key", "F3", "key", "b")
	l.hears(t, "the keymap", "1d 30 b0 9d 30 b0")
	// Alt+Tab is the window manager's in a window, the guest's on the full screen.
	d.client(t, "xdotool", "key", "alt+Tab", "key", "super+Tab")
	l.hears(t, "keys of the desktop", "38 0f b8 8f e0 5b 0f e0 db 8f")
	d.client(t, "xdotool", "keydown", "ctrl", "keydown", "alt", "keyup", "alt", "keyup", "ctrl")
	l.hears(t, "letting go", "1d 38 b8 9d")
}

// TestLabHotkeyOfLayout takes the hotkeys of a connection file by what the local
// keyboard says, which another layout changes, and gives the guest places
// nevertheless. Those that the file does not name are the guest's.
func TestLabHotkeyOfLayout(t *testing.T) {
	t.Parallel()
	need(t, "setxkbmap")
	l := startListener(t, false)
	d := startDesk(t, 0)
	file := filepath.Join(d.dir, "console.vv")
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(l.uri, "spice://"))
	text := "[virt-viewer]\ntype=spice\nhost=127.0.0.1\nport=" + port + "\nsecure-attention=Ctrl+A\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.open(t, file)
	l.lockedTo(t, 0) // it has the keyboard
	d.client(t, "xdotool", "key", "F11")
	l.hears(t, "F11, which the file does not name", "57 d7")
	p := d.presser(t)
	const ctrl, q, a = 37, 24, 38 // where a US keyboard has them
	with := func(key byte) {
		p.fake(t, ctrl, true)
		p.fake(t, key, true)
		p.fake(t, key, false)
		p.fake(t, ctrl, false)
	}
	const attention = "1d 9d 1d 38 e0 53 e0 d3 b8 9d"
	with(q)
	l.hears(t, "Ctrl+Q", "1d 10 90 9d")
	with(a)
	l.hears(t, "Ctrl+A", attention)
	d.client(t, "setxkbmap", "fr")
	eventually(t, "Ctrl+A on a French keyboard", func() error {
		l.forget()
		with(q)
		time.Sleep(200 * time.Millisecond)
		if got := l.keys(); got != attention {
			return fmt.Errorf("the server got %s", got)
		}
		return nil
	})
	l.forget()
	with(a)
	l.hears(t, "Ctrl+Q on a French keyboard", "1d 1e 9e 9d")
}

// fills waits until the window has the whole screen.
func (v *view) fills(t *testing.T) {
	t.Helper()
	eventually(t, "the full screen", func() error {
		if r := v.at(t); r.Dx() != 1920 || r.Dy() != 1200 {
			return fmt.Errorf("the window is %v", r)
		}
		return nil
	})
}

// TestLabLockKeys has the lock keys of both sides follow each other, once.
func TestLabLockKeys(t *testing.T) {
	t.Parallel()
	l := startListener(t, false)
	d := startDesk(t, 0)
	p := d.presser(t)
	d.client(t, "xdotool", "key", "Num_Lock")
	if got := p.lights(t); got != 2 {
		t.Fatalf("the lights are %b", got)
	}
	d.open(t, l.uri)
	l.lockedTo(t, inputs.NumLock)
	l.report(t, inputs.NumLock)
	for _, c := range []struct {
		guest inputs.Locks
		want  uint32
	}{
		{inputs.CapsLock | inputs.NumLock, 3}, {inputs.CapsLock, 1}, {inputs.ScrollLock, 4}, {0, 0},
	} {
		l.report(t, c.guest)
		eventually(t, "the lights", func() error {
			if got := p.lights(t); got != c.want {
				return fmt.Errorf("they are %b, want %b", got, c.want)
			}
			return nil
		})
	}
	d.client(t, "xdotool", "key", "Caps_Lock")
	l.hears(t, "Caps Lock", "3a ba")
	l.report(t, inputs.CapsLock)
	l.mu.Lock()
	if len(l.locks) > 0 {
		t.Errorf("the client set the guest's lock keys to %v though they are right", l.locks)
	}
	l.mu.Unlock()
	if got := p.lights(t); got != 1 {
		t.Errorf("the lights are %b after Caps Lock", got)
	}
}

// TestLabClickInPlace moves the mouse about faster than the server says that it
// follows, and clicks with every button: each click is where the pointer was,
// and every notch of the wheel counts, in its direction.
func TestLabClickInPlace(t *testing.T) {
	t.Parallel()
	l := startListener(t, true)
	d := startDesk(t, 0)
	v := d.open(t, "--shift-wheel", l.uri)
	l.lockedTo(t, 0) // it has the keyboard, and we the mouse
	v.sized(t, image.Pt(640, 480))
	origin := v.at(t).Min
	p := d.presser(t)
	// As the server numbers them: the mask and the button.
	buttons := map[byte][2]int{1: {1, 1}, 2: {2, 2}, 3: {3, 4}, 8: {6, 0x20}, 9: {7, 0x40}, 4: {4, 0}, 5: {5, 0}}
	rng := rand.New(rand.NewPCG(1, 2))
	var want []string
	for range 60 {
		var at image.Point
		for range 1 + rng.IntN(20) {
			at = image.Pt(rng.IntN(640), rng.IntN(480))
			p.act(t, xproto.MotionNotify, 0, origin.Add(at))
		}
		b := []byte{1, 2, 3, 4, 5, 8, 9}[rng.IntN(7)]
		p.act(t, xproto.ButtonPress, b, image.Point{})
		if b <= 3 {
			// The window manager looks at these first, and while it does the X
			// server takes the place of the release from later motion.
			eventually(t, "the press", func() error { return l.clicked(len(want) + 1) })
		}
		p.act(t, xproto.ButtonRelease, b, image.Point{})
		want = append(want, fmt.Sprintf("Press %d mask %x at %d,%d", buttons[b][0], buttons[b][1], at.X, at.Y),
			fmt.Sprintf("Release %d mask 0 at %d,%d", buttons[b][0], at.X, at.Y))
	}
	eventually(t, "the clicks", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !slices.Equal(l.buttons, want) {
			return fmt.Errorf("the server got %q, want %q", l.buttons, want)
		}
		return nil
	})
	l.forget()
	for _, b := range []byte{6, 7} {
		p.act(t, xproto.ButtonPress, b, image.Point{})
		p.act(t, xproto.ButtonRelease, b, image.Point{})
	}
	l.hears(t, "Shift with the horizontal wheel", "2a aa 2a aa")
}

// TestLabGuestLights has the BIOS of a real machine switch its lights, as the
// keyboard that nobody sees is pressed: the lights here follow.
func TestLabGuestLights(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{})
	m.guest.text(t, true)
	d := startDesk(t, 0)
	p := d.presser(t)
	d.open(t, m.uri)
	eventually(t, "the keyboard", func() error { // then the guest's lights have been made what they are here
		d.client(t, "xdotool", "key", "b")
		select {
		case <-m.guest.sent:
			m.guest.key(t)
			return nil
		case <-time.After(300 * time.Millisecond):
			return errors.New("no key has come to the guest")
		}
	})
	press := func(key string) {
		m.qmp.do(t, "send-key", map[string]any{"keys": []map[string]any{{"type": "qcode", "data": key}}}, nil)
	}
	lit := func(what string, want uint32) {
		t.Helper()
		eventually(t, what, func() error {
			press("a") // the BIOS sees to the lights when it is asked for a key
			m.guest.await(t, 'k')
			m.guest.key(t)
			if got := p.lights(t); got != want {
				return fmt.Errorf("the lights are %b, want %b", got, want)
			}
			return nil
		})
	}
	press("caps_lock")
	lit("Caps Lock of the guest", 1)
	press("num_lock")
	lit("Num Lock of the guest", 3)
	press("caps_lock")
	lit("no Caps Lock any more", 2)
}
