package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"saffron/spice"
)

// testKiosk returns a viewer that connects with dial and hardly pauses.
func testKiosk(t *testing.T, quit string, dial spice.DialFunc) *viewer {
	t.Helper()
	f := &openFlags{kiosk: kioskFlags{on: true, quit: quit}}
	v := newViewer(testApp(), &settings{link: spice.Options{Dial: dial, Target: spice.Target{Host: "vm", Port: 5900}}}, f)
	v.kiosk.pauses = kioskPauses{time.Millisecond, 4 * time.Millisecond, 2 * time.Millisecond, 4 * time.Millisecond}
	return v
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// TestKioskFlat ends some hundred sessions: a kiosk comes back each time and
// holds no more goroutines and memory than at the beginning.
func TestKioskFlat(t *testing.T) {
	m := newMachine([]string{"end=1ms"})
	t.Cleanup(m.server.Close)
	var dials atomic.Int64
	v := testKiosk(t, "never", func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return m.server.DialContext(ctx, network, address)
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.serve(ctx)
	}()
	sessions := func(n int64) func() bool { return func() bool { return dials.Load() >= 2*n } } // main and a display each
	measure := func() (heap uint64) {
		for range 3 {
			runtime.GC()
		}
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	until(t, "the first sessions", sessions(100))
	first, goroutines := measure(), runtime.NumGoroutine()
	until(t, "hundreds of sessions", sessions(500))
	last, more := measure(), runtime.NumGoroutine()
	t.Logf("%d dials: %d then %d kB, %d then %d goroutines", dials.Load(), first>>10, last>>10, goroutines, more)
	// Both are taken in the middle of some session, which has goroutines and
	// buffers of its own.
	if last > first+4<<20 {
		t.Errorf("the heap grew from %d to %d kB", first>>10, last>>10)
	}
	if more > goroutines+40 {
		t.Errorf("%d goroutines became %d", goroutines, more)
	}
	cancel()
	<-done
	if v.failure() != nil {
		t.Errorf("the kiosk gave up: %v", v.failure())
	}
}

// TestKioskRefused has a server that wants another password, until the file has
// it.
func TestKioskRefused(t *testing.T) {
	m := newMachine([]string{"password=new"})
	t.Cleanup(m.server.Close)
	v := testKiosk(t, "never", m.server.DialContext)
	v.flags.passwordFile = filepath.Join(t.TempDir(), "password")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(v.flags.passwordFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	v.console.ask.given = "old"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.serve(ctx)
	}()
	status := func() string {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.status
	}
	until(t, "a refusal", func() bool { return strings.Contains(status(), "Connecting again in 1 s") })
	if strings.Contains(status(), "terminal") {
		t.Errorf("the window asks: %q", status())
	}
	write("new")
	until(t, "a session", func() bool { return status() == "" && v.console.current() != nil })
	cancel()
	<-done
}

// TestKioskFile has a connection file that another takes the place of.
func TestKioskFile(t *testing.T) {
	m := newMachine([]string{"password=new"})
	t.Cleanup(m.server.Close)
	v := testKiosk(t, "never", m.server.DialContext)
	v.console.settings.file = filepath.Join(t.TempDir(), "console.vv")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		v.serve(ctx)
	}()
	status := func() string {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.status
	}
	until(t, "a refusal", func() bool { return strings.Contains(status(), "Connecting again") })
	if err := os.WriteFile(v.console.settings.file, []byte("[virt-viewer]\ntype=spice\nhost=vm\nport=5901\npassword=new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, "a session", func() bool { return status() == "" && v.console.current() != nil })
	cancel()
	<-done
	if got := v.console.options.Link.Target.Port; got != 5901 {
		t.Errorf("port %d", got)
	}
}

// TestKioskQuits ends with its session, and with a connection that fails.
func TestKioskQuits(t *testing.T) {
	m := newMachine([]string{"end"})
	t.Cleanup(m.server.Close)
	v := testKiosk(t, "on-disconnect", m.server.DialContext)
	v.serve(t.Context())
	if code, _, _ := explain(v.failure()); code != exitLost || !v.quits() {
		t.Errorf("after a session: %v", v.failure())
	}
	v = testKiosk(t, "on-disconnect", func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no") })
	v.serve(t.Context())
	if code, _, _ := explain(v.failure()); code != exitConnect {
		t.Errorf("without a session: %v", v.failure())
	}
}

// TestKioskPauses looks at the pauses that a kiosk would make.
func TestKioskPauses(t *testing.T) {
	v := testKiosk(t, "never", nil)
	k := v.kiosk
	k.pauses = usualPauses
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	pause := func(err error) time.Duration {
		k.next(err)
		return k.pause
	}
	refused := &spice.LinkError{Stage: spice.StageAuthenticate, Code: spice.LinkPermissionDenied, Err: errors.New("no")}
	down := &spice.LinkError{Stage: spice.StageConnect, Err: errors.New("no")}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		if got := pause(down); got != want*time.Second {
			t.Errorf("pause %d: %v, want %v s", i, got, want)
		}
	}
	k.began = time.Now()
	if got := pause(&endedError{spice.ErrServerClosed}); got != 5*time.Second {
		t.Errorf("after a short session: %v", got)
	}
	k.began = time.Now().Add(-time.Minute)
	if got := pause(&endedError{spice.ErrServerClosed}); got != time.Second {
		t.Errorf("after a long session: %v", got)
	}
	if got := pause(refused); got != 30*time.Second {
		t.Errorf("after a refusal: %v", got)
	}
	if k.again(gone, down) {
		t.Error("a kiosk that is ended goes on")
	}
}

// TestKioskRules keeps those at a kiosk in it, without a policy, too.
func TestKioskRules(t *testing.T) {
	var none *policy
	for _, p := range []*policy{none.ofKiosk(), policyOf(t, `actions = ["quit", "toggle-fullscreen", "scaling"]`).ofKiosk()} {
		if p.allows("quit") || p.allows(commandFullscreen) || p.allowsHotkey("quit") || !p.allows("scaling") {
			t.Errorf("%+v", p)
		}
	}
	f := &openFlags{sound: soundFlags{mic: "ask"}, kiosk: kioskFlags{quit: "never"}}
	if err := f.obey(policyOf(t, "kiosk = true\nkiosk-quit = \"on-disconnect\"\n")); err != nil || !f.kiosk.on || f.kiosk.quit != "on-disconnect" || f.sound.mic != "off" {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestNotify is a service manager.
func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil && runtime.GOOS == "windows" {
		t.Skip("no datagrams over unix sockets: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "40000", "WATCHDOG_PID": strconv.Itoa(os.Getpid())}
	n := newNotifier(func(key string) string { return env[key] })
	if n.watchdog != 40*time.Millisecond {
		t.Errorf("the watchdog wants to be told every %v", n.watchdog)
	}
	env["WATCHDOG_PID"] = "1"
	if other := newNotifier(func(key string) string { return env[key] }); other.watchdog != 0 {
		t.Error("the watchdog of another process is taken for ours")
	}
	if newNotifier(func(string) string { return "" }) != nil {
		t.Error("there is a service manager where there is none")
	}
	next := func() string {
		buf := make([]byte, 100)
		l.SetReadDeadline(time.Now().Add(10 * time.Second))
		size, err := l.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:size])
	}
	var alive atomic.Bool
	alive.Store(true)
	restarted := make(chan struct{}, 1)
	w := newWatchdog(slog.New(slog.DiscardHandler), n)
	w.watch("part", func(ctx context.Context) error {
		if alive.Load() {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	})
	var stacks bytes.Buffer
	w.out = &stacks
	w.restart = func() {
		select {
		case restarted <- struct{}{}:
		default:
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx)
	}()
	for range 5 {
		if got := next(); got != "WATCHDOG=1" {
			t.Fatalf("%q", got)
		}
	}
	alive.Store(false)
	for got := next(); got == "WATCHDOG=1"; got = next() {
		continue
	}
	<-restarted
	cancel()
	<-done
	if !strings.Contains(stacks.String(), "TestNotify") {
		t.Error("there is no word of what the goroutines did")
	}
}

// TestPulse notices a step that takes too long.
func TestPulse(t *testing.T) {
	var p pulse
	if _, by := p.overdue(); by != 0 {
		t.Error("nothing is late")
	}
	p.enter("ending", time.Millisecond)
	until(t, "lateness", func() bool { step, by := p.overdue(); return step == "ending" && by > 0 })
	p.enter("session", 0)
	if _, by := p.overdue(); by != 0 {
		t.Error("a session is late")
	}
}

// TestProbe asks a session for a sign of life.
func TestProbe(t *testing.T) {
	c := connected(t, newMachine(nil), nil)
	if err := c.current().Await(t.Context(), spice.ChannelID{Type: spice.ChannelDisplay}); err != nil {
		t.Fatal(err)
	}
	if err := c.current().Probe(t.Context()); err != nil {
		t.Error(err)
	}
	c.close()
	if err := c.current().Probe(t.Context()); err != nil {
		t.Errorf("after the end: %v", err)
	}
}
