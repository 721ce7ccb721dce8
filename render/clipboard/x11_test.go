//go:build window

// The tests with the tag window need Xvfb and xclip. Each has an X server of
// its own.
package clipboard_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"saffron/render/clipboard"
)

// A desk is an X server with a board on it.
type desk struct {
	*clipboard.Board
	t       *testing.T
	display string
	changes chan change
}

type change struct {
	sel     clipboard.Selection
	formats []clipboard.Format
}

const patience = 20 * time.Second

func open(t *testing.T, o clipboard.Options) *desk {
	t.Helper()
	t.Parallel()
	d := &desk{t: t, display: startServer(t), changes: make(chan change, 1000)}
	d.open(o)
	return d
}

func (d *desk) open(o clipboard.Options) {
	d.t.Helper()
	o.Display = d.display
	o.Changed = func(sel clipboard.Selection, formats []clipboard.Format) { d.changes <- change{sel, formats} }
	var err error
	if d.Board, err = clipboard.Open(&o); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.Close)
}

func startServer(t *testing.T) string {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	run(t, cmd)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("Xvfb:", err)
	}
	return ":" + strings.TrimSpace(number)
}

// run starts a program that ends with the test, and returns what ends it.
func run(t *testing.T, cmd *exec.Cmd) (stop func()) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
	}
	t.Cleanup(stop)
	return stop
}

func (d *desk) xclip(args ...string) *exec.Cmd {
	cmd := exec.Command("xclip", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
	return cmd
}

// copy has xclip hold something until it is stopped.
func (d *desk) copy(data []byte, args ...string) (stop func()) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "data")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return run(d.t, d.xclip(append([]string{"-quiet", "-i"}, append(args, file)...)...))
}

// paste returns what xclip is given.
func (d *desk) paste(args ...string) ([]byte, error) {
	cmd := d.xclip(append([]string{"-o"}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("xclip: %w: %s", err, &errs)
	}
	return out, err
}

// changed waits for a change.
func (d *desk) changed(sel clipboard.Selection, formats ...clipboard.Format) {
	d.t.Helper()
	select {
	case c := <-d.changes:
		if c.sel != sel || !slices.Equal(c.formats, formats) {
			d.t.Fatalf("the %v has %v, want the %v to have %v", c.sel, c.formats, sel, formats)
		}
	case <-time.After(patience):
		d.t.Fatalf("no change, want the %v to have %v", sel, formats)
	}
}

// unchanged fails the test if there is a change.
func (d *desk) unchanged() {
	d.t.Helper()
	select {
	case c := <-d.changes:
		d.t.Fatalf("the %v has %v, but nothing has changed", c.sel, c.formats)
	case <-time.After(300 * time.Millisecond):
	}
}

// offer offers fixed data.
func (d *desk) offer(sel clipboard.Selection, data map[clipboard.Format][]byte) {
	d.t.Helper()
	var formats []clipboard.Format
	for f := range data {
		formats = append(formats, f)
	}
	slices.Sort(formats)
	err := d.Offer(sel, formats, func(_ context.Context, f clipboard.Format) ([]byte, error) { return data[f], nil })
	if err != nil {
		d.t.Fatal(err)
	}
}

// noise is data that no compression makes small, of a PNG's beginning.
func noise(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(data)
	copy(data, "\x89PNG\r\n\x1a\n")
	return data
}

func same(t *testing.T, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Fatalf("%d bytes, %.40q …, want %d, %.40q …", len(got), got, len(want), want)
	}
}

const umlauts = "Grüße, Ærøskøbing, 日本語, 🌻\nsecond line\n"

func TestXclipText(t *testing.T) {
	d := open(t, clipboard.Options{})
	for sel, name := range []string{"clipboard", "primary"} {
		sel := clipboard.Selection(sel)
		stop := d.copy([]byte(umlauts), "-selection", name)
		d.changed(sel, clipboard.Text)
		got, err := d.Read(t.Context(), sel, clipboard.Text)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, []byte(umlauts))
		if _, err := d.Read(t.Context(), sel, clipboard.PNG); !errors.Is(err, clipboard.ErrNothing) {
			t.Errorf("there is a picture in a text: %v", err)
		}
		stop()
		d.changed(sel)
		if _, err := d.Read(t.Context(), sel, clipboard.Text); !errors.Is(err, clipboard.ErrNothing) {
			t.Errorf("there is text without an owner: %v", err)
		}
		d.offer(sel, map[clipboard.Format][]byte{clipboard.Text: []byte(umlauts)})
		for target, want := range map[string]string{
			"UTF8_STRING": umlauts, "text/plain;charset=utf-8": umlauts, "TEXT": umlauts,
			"STRING": "Gr\xfc\xdfe, \xc6r\xf8sk\xf8bing, ???, ?\nsecond line\n",
		} {
			got, err := d.paste("-selection", name, "-t", target)
			if err != nil {
				t.Fatal(target, err)
			}
			same(t, got, []byte(want))
		}
		if !d.Owns(sel) {
			t.Error("the offer does not stand")
		}
		if _, err := d.Read(t.Context(), sel, clipboard.Text); !errors.Is(err, clipboard.ErrNothing) {
			t.Errorf("our own offer can be read: %v", err)
		}
		if err := d.Withdraw(sel); err != nil {
			t.Fatal(err)
		}
		if out, err := d.paste("-selection", name); err == nil {
			t.Errorf("after it was withdrawn it is %q", out)
		}
	}
	d.unchanged() // by offers of our own
}

// TestXclipLarge transfers more than fits into a property.
func TestXclipLarge(t *testing.T) {
	d := open(t, clipboard.Options{})
	picture := noise(20 << 20)
	stop := d.copy(picture, "-selection", "clipboard", "-t", "image/png")
	d.changed(clipboard.Clipboard, clipboard.PNG)
	begin := time.Now()
	got, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.PNG)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("read in", time.Since(begin))
	same(t, got, picture)
	stop()
	d.changed(clipboard.Clipboard)

	d.offer(clipboard.Clipboard, map[clipboard.Format][]byte{clipboard.PNG: picture})
	begin = time.Now()
	if got, err = d.paste("-selection", "clipboard", "-t", "image/png"); err != nil {
		t.Fatal(err)
	}
	t.Log("served in", time.Since(begin))
	same(t, got, picture)
	if out, err := d.paste("-selection", "clipboard", "-t", "TARGETS"); err != nil || strings.Contains(string(out), "STRING") || !strings.Contains(string(out), "image/png") {
		t.Errorf("targets of a picture: %q, %v", out, err)
	}
}

// TestManyAtOnce serves many programs at the same time, and fetches once.
func TestManyAtOnce(t *testing.T) {
	d := open(t, clipboard.Options{})
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // exactly what is kept
	var mu sync.Mutex
	fetched := 0
	err := d.Offer(clipboard.Clipboard, []clipboard.Format{clipboard.Text}, func(context.Context, clipboard.Format) ([]byte, error) {
		mu.Lock()
		fetched++
		mu.Unlock()
		time.Sleep(100 * time.Millisecond)
		return text, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if fetched != 0 {
		t.Error("it was fetched before anybody asked")
	}
	mu.Unlock()
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			got, err := d.paste("-selection", "clipboard")
			if err != nil || !bytes.Equal(got, text) {
				t.Error(len(got), err)
			}
		})
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	if fetched != 1 {
		t.Errorf("it was fetched %d times", fetched)
	}
}

// TestHundredOwners lets the clipboard change hands a hundred times, now to
// another program, now back.
func TestHundredOwners(t *testing.T) {
	d := open(t, clipboard.Options{})
	x := d.connect()
	for i := range 100 {
		text := fmt.Sprintf("their text %d", i)
		o := x.own(text)
		d.changed(clipboard.Clipboard, clipboard.Text)
		got, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.Text)
		if err != nil {
			t.Fatal(i, err)
		}
		same(t, got, []byte(text))
		d.offer(clipboard.Clipboard, map[clipboard.Format][]byte{clipboard.Text: fmt.Appendf(nil, "our text %d", i)})
		o.lost()
		same(t, x.ask("UTF8_STRING"), fmt.Appendf(nil, "our text %d", i))
	}
	d.unchanged()
}

// TestStorm changes owners as fast as the server can: what is said last is
// true, and nothing is said that is not.
func TestStorm(t *testing.T) {
	d := open(t, clipboard.Options{})
	x := d.connect()
	for i := range 500 {
		x.own(fmt.Sprintf("text %d", i))
	}
	deadline := time.After(patience)
	for {
		select {
		case <-d.changes:
		case <-time.After(500 * time.Millisecond):
			got, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.Text)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, []byte("text 499"))
			return
		case <-deadline:
			t.Fatal("changes without end")
		}
	}
}

// TestHeldBefore tells what was held before the board was open.
func TestHeldBefore(t *testing.T) {
	t.Parallel()
	d := &desk{t: t, display: startServer(t), changes: make(chan change, 10)}
	stop := d.copy([]byte("early"), "-selection", "clipboard")
	defer stop()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if out, err := d.paste("-selection", "clipboard"); err == nil && string(out) == "early" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("xclip has not come up")
		}
	}
	d.open(clipboard.Options{})
	d.changed(clipboard.Clipboard, clipboard.Text)
	got, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.Text)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []byte("early"))
}

// TestTooLarge refuses what exceeds the limit, in one piece and in many.
func TestTooLarge(t *testing.T) {
	d := open(t, clipboard.Options{Max: 100_000})
	for _, size := range []int{100_001, 3 << 20} {
		stop := d.copy(noise(size), "-selection", "clipboard", "-t", "image/png")
		d.changed(clipboard.Clipboard, clipboard.PNG)
		_, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.PNG)
		var large *clipboard.TooLargeError
		if !errors.As(err, &large) || large.Max != 100_000 || large.Size <= large.Max {
			t.Errorf("%d bytes: %v", size, err)
		}
		d.survives()
		stop()
		d.changed(clipboard.Clipboard)
	}
}

// survives fails the test unless the xclip that holds the clipboard serves it
// still. It ignores who asks while it sends something in pieces.
func (d *desk) survives() {
	d.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		ctx, cancel := context.WithTimeout(d.t.Context(), time.Second)
		cmd := exec.CommandContext(ctx, "xclip", "-o", "-selection", "clipboard", "-t", "TARGETS")
		cmd.Env = append(os.Environ(), "DISPLAY="+d.display)
		out, err := cmd.Output()
		cancel()
		if err == nil && strings.Contains(string(out), "image/png") {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("xclip did not survive it: %q, %v", out, err)
		}
	}
}

// TestSecret leaves what a password manager holds alone.
func TestSecret(t *testing.T) {
	d := open(t, clipboard.Options{})
	x := d.connect()
	x.own("harmless")
	d.changed(clipboard.Clipboard, clipboard.Text)
	o := x.newOwner(map[string]string{"UTF8_STRING": "hunter2", "x-kde-passwordManagerHint": "secret"})
	o.take()
	d.changed(clipboard.Clipboard)
	got, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.Text) // by who has not heard of it
	if !errors.Is(err, clipboard.ErrNothing) {
		t.Errorf("read %q, %v", got, err)
	}
	for _, target := range o.asked() {
		if target == "UTF8_STRING" {
			t.Error("the secret was read")
		}
	}
	if got, err := d.ReadSecret(t.Context(), clipboard.Clipboard, clipboard.Text); string(got) != "hunter2" {
		t.Errorf("at the user's wish: %q, %v", got, err)
	}
	d.unchanged()
}

// TestFileList reads a list of files as file managers have it.
func TestFileList(t *testing.T) {
	d := open(t, clipboard.Options{})
	x := d.connect()
	o := x.newOwner(map[string]string{
		"text/uri-list": "file:///tmp/a%20b\r\n", "x-special/gnome-copied-files": "copy\nfile:///tmp/a%20b", "UTF8_STRING": "/tmp/a b",
	})
	o.order = []string{"x-special/gnome-copied-files", "text/uri-list", "UTF8_STRING"}
	o.take()
	d.changed(clipboard.Clipboard, clipboard.FileList, clipboard.Text)
	list, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.FileList)
	if err != nil {
		t.Fatal(err)
	}
	if paths, cut := clipboard.Files(list); cut || !slices.Equal(paths, []string{"/tmp/a b"}) {
		t.Errorf("%q, %t", paths, cut)
	}
}

// TestVanished ends a program in the middle of a transfer. Others are served.
func TestVanished(t *testing.T) {
	d := open(t, clipboard.Options{})
	picture := noise(4 << 20)
	d.offer(clipboard.Clipboard, map[clipboard.Format][]byte{clipboard.PNG: picture})
	for range 5 {
		x := d.connect()
		answer, first := x.begin("image/png")
		if answer == 0 || first.Type != x.atom("INCR") {
			t.Fatalf("property %d of type %d", answer, first.Type)
		}
		x.piece(answer)
		x.Close()
	}
	x := d.connect() // and one that only destroys its window
	answer, _ := x.begin("image/png")
	x.piece(answer)
	xproto.DestroyWindow(x.Conn, x.win)
	got, err := d.paste("-selection", "clipboard", "-t", "image/png")
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, picture)
}

// TestTimestamp asks for the time of the ownership, which requests from before
// are not served.
func TestTimestamp(t *testing.T) {
	d := open(t, clipboard.Options{})
	x := d.connect()
	d.offer(clipboard.Clipboard, map[clipboard.Format][]byte{clipboard.Text: []byte("text")})
	stamp := x.ask("TIMESTAMP")
	if len(stamp) != 4 || xgb.Get32(stamp) == 0 {
		t.Fatalf("the time is %v", stamp)
	}
	x.time = xproto.Timestamp(xgb.Get32(stamp))
	same(t, x.ask("UTF8_STRING"), []byte("text"))
	x.time--
	if got := x.ask("UTF8_STRING"); got != nil {
		t.Errorf("a request from before the ownership got %q", got)
	}
}

// TestMultiple asks for several targets in one request.
func TestMultiple(t *testing.T) {
	d := open(t, clipboard.Options{})
	x := d.connect()
	large := noise(1 << 20)
	d.offer(clipboard.Clipboard, map[clipboard.Format][]byte{clipboard.Text: []byte("text"), clipboard.PNG: large})
	pairs := []xproto.Atom{
		x.atom("UTF8_STRING"), x.atom("A"), x.atom("image/tiff"), x.atom("B"), x.atom("image/png"), x.atom("C"),
	}
	var value []byte
	for _, a := range pairs {
		value = append(value, byte(a), byte(a>>8), byte(a>>16), byte(a>>24))
	}
	xproto.ChangeProperty(x.Conn, xproto.PropModeReplace, x.win, x.atom("DATA"), x.atom("ATOM_PAIR"), 32, uint32(len(pairs)), value)
	if x.convert("MULTIPLE") == 0 {
		t.Fatal("it was refused")
	}
	answer := x.get(x.atom("DATA"), true).Value
	if xgb.Get32(answer[4:]) != uint32(x.atom("A")) || xgb.Get32(answer[12:]) != 0 || xgb.Get32(answer[20:]) != uint32(x.atom("C")) {
		t.Errorf("the answer is %v", answer)
	}
	same(t, x.get(x.atom("A"), true).Value, []byte("text"))
	if got := x.get(x.atom("C"), true); got.Type != x.atom("INCR") {
		t.Fatalf("the picture is of type %d", got.Type)
	}
	same(t, x.rest(x.atom("C")), large)
}

// TestHostileOwners reads from programs that do not keep to the rules.
func TestHostileOwners(t *testing.T) {
	d := open(t, clipboard.Options{Max: 1 << 20})
	x := d.connect()
	o := x.newOwner(map[string]string{"UTF8_STRING": "x"})
	o.endless = true
	o.take()
	d.changed(clipboard.Clipboard, clipboard.Text)
	var large *clipboard.TooLargeError
	if _, err := d.Read(t.Context(), clipboard.Clipboard, clipboard.Text); !errors.As(err, &large) {
		t.Errorf("a transfer without end: %v", err)
	}
	o = x.newOwner(map[string]string{"UTF8_STRING": "x"})
	o.order = slices.Repeat([]string{"UTF8_STRING", "image/png"}, 2000)
	o.take()
	d.changed(clipboard.Clipboard) // a list that long is not read
	o = x.newOwner(map[string]string{"UTF8_STRING": "x"})
	o.silent = true
	o.take()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := d.Read(ctx, clipboard.Clipboard, clipboard.Text); err == nil || time.Since(begin) > patience {
		t.Errorf("one that is silent: %v after %v", err, time.Since(begin))
	}
	o = x.newOwner(map[string]string{"UTF8_STRING": "sound"})
	o.take()
	d.changed(clipboard.Clipboard, clipboard.Text) // at once, not when the silent one has had its time
}

// TestServerGone ends the X server.
func TestServerGone(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	stop := run(t, cmd)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	b, err := clipboard.Open(&clipboard.Options{Display: ":" + strings.TrimSpace(number)})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	fetch := func(context.Context, clipboard.Format) ([]byte, error) { return nil, io.EOF }
	if err := b.Offer(clipboard.Clipboard, []clipboard.Format{clipboard.Text}, fetch); err == nil {
		t.Error("an offer to nobody succeeds")
	}
	if _, err := b.Read(t.Context(), clipboard.Clipboard, clipboard.Text); err == nil {
		t.Error("reading from nobody succeeds")
	}
	b.Close()
	if _, err := clipboard.Open(&clipboard.Options{Display: ":9999"}); err == nil {
		t.Error("there is a clipboard without a server")
	}
}
