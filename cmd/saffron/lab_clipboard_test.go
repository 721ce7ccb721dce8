//go:build lab

package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hold has an xclip hold something, until another takes it or it is stopped.
func (x *xserver) hold(t *testing.T, selection, target string, data []byte) *process {
	t.Helper()
	file := filepath.Join(t.TempDir(), "held")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-quiet", "-i", "-selection", selection}
	if target != "" {
		args = append(args, "-t", target)
	}
	return start(t, x.env, "xclip", append(args, file)...)
}

// paste returns what is held.
func (x *xserver) paste(selection, target string) ([]byte, error) {
	args := []string{"-o", "-selection", selection}
	if target != "" {
		args = append(args, "-t", target)
	}
	return x.try("xclip", args...)
}

// pasted waits until something is held.
func (x *xserver) pasted(t *testing.T, where, selection, target string, want []byte) {
	t.Helper()
	begin := time.Now()
	eventually(t, "pasting "+where, func() error {
		got, err := x.paste(selection, target)
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("%d bytes, %.60q …, want %d, %.60q …", len(got), got, len(want), want)
		}
		return err
	})
	if time.Since(begin) > time.Second {
		t.Logf("%d B pasted %s after %v", len(want), where, time.Since(begin))
	}
}

// empty waits until nothing is held.
func (x *xserver) empty(t *testing.T, where, selection string) {
	t.Helper()
	eventually(t, "emptying the clipboard "+where, func() error {
		if got, err := x.paste(selection, "TARGETS"); err == nil {
			return fmt.Errorf("there is %.60q", got)
		}
		return nil
	})
}

// incompressible is a PNG by its beginning, and nothing that can be made smaller.
func incompressible(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(data)
	copy(data, "\x89PNG\r\n\x1a\n")
	return data
}

// TestLabClipboard copies here and pastes there, and the other way, between the
// desktop of the window and the guest, by its real agent.
func TestLabClipboard(t *testing.T) {
	t.Parallel()
	need(t, "xclip")
	x, g := startXspiceAgent(t, nil)
	d := startDesk(t, 0)
	const early = "held before the window was open"
	d.hold(t, "clipboard", "", []byte(early))
	d.open(t, x.uri)
	x.pasted(t, "there", "clipboard", "", []byte(early))

	const umlauts = "Grüße, Ærøskøbing, 日本語, 🌻\n\tthird line\n"
	for _, selection := range []string{"clipboard", "primary"} {
		d.hold(t, selection, "", []byte(umlauts+selection))
		x.pasted(t, "there", selection, "", []byte(umlauts+selection))
		x.hold(t, selection, "", []byte("back: "+umlauts+selection))
		d.pasted(t, "here", selection, "", []byte("back: "+umlauts+selection))
	}
	text := []byte(strings.Repeat(umlauts, 3<<20/len(umlauts))) // far beyond the tokens
	d.hold(t, "clipboard", "", text)
	x.pasted(t, "there", "clipboard", "", text)
	picture := incompressible(20 << 20)
	x.hold(t, "clipboard", "image/png", picture)
	d.pasted(t, "here", "clipboard", "image/png", picture)
	picture = incompressible(20<<20 - 1)
	d.hold(t, "clipboard", "image/png", picture)
	x.pasted(t, "there", "clipboard", "image/png", picture)

	g.stop()
	x.hold(t, "clipboard", "", []byte("while there was no agent"))
	x.pasted(t, "there", "clipboard", "", []byte("while there was no agent"))
	g.start(t)
	d.hold(t, "clipboard", "", []byte("with another agent"))
	x.pasted(t, "there", "clipboard", "", []byte("with another agent"))
	x.hold(t, "clipboard", "", []byte("held there"))
	d.pasted(t, "here", "clipboard", "", []byte("held there"))
	g.stop()
	d.empty(t, "here", "clipboard")
}

// TestLabClipboardHundred lets the clipboard change hands a hundred times in a
// row, without waiting for the other side in between.
func TestLabClipboardHundred(t *testing.T) {
	t.Parallel()
	need(t, "xclip")
	x, _ := startXspiceAgent(t, nil)
	d := startDesk(t, 0)
	d.open(t, x.uri)
	d.hold(t, "clipboard", "", []byte("begin"))
	x.pasted(t, "there", "clipboard", "", []byte("begin"))
	for i := range 100 {
		if i%2 == 0 {
			d.take(t, fmt.Sprintf("here %d", i))
		} else {
			x.take(t, fmt.Sprintf("there %d", i))
		}
	}
	// Where both sides take it at the same time this side wins.
	agree := func() (held string, err error) {
		here, err := d.paste("clipboard", "")
		if err != nil {
			return "", err
		}
		there, err := x.paste("clipboard", "")
		switch held = string(there); {
		case err != nil:
		case string(here) != held:
			err = fmt.Errorf("here is %q, there is %q", here, there)
		case held != "there 99" && held != "here 98":
			err = fmt.Errorf("both hold %q", held)
		}
		return held, err
	}
	var held string
	eventually(t, "agreeing", func() (err error) {
		held, err = agree()
		return err
	})
	for range 10 { // and so it stays: nobody answers a change with a change
		time.Sleep(50 * time.Millisecond)
		if now, err := agree(); err != nil || now != held {
			t.Fatalf("it was %q, is %q: %v", held, now, err)
		}
	}
}

// take has an xclip take the clipboard in the background.
func (x *xserver) take(t *testing.T, text string) {
	t.Helper()
	file := filepath.Join(x.dir, "taken")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := x.try("sh", "-c", "exec xclip -i -selection clipboard "+file+" >/dev/null 2>&1"); err != nil {
		t.Fatal(err)
	}
}

// TestLabClipboardRules shares only one way, only pictures, and not too large
// ones.
func TestLabClipboardRules(t *testing.T) {
	t.Parallel()
	need(t, "xclip")
	x, _ := startXspiceAgent(t, nil)
	d := startDesk(t, 0)
	d.open(t, "--clipboard", "to-guest", "--clipboard-types", "image", "--clipboard-max", "1M", x.uri)
	small, large := incompressible(1000), incompressible(2<<20)
	d.hold(t, "clipboard", "image/png", small)
	x.pasted(t, "there", "clipboard", "image/png", small)
	d.hold(t, "clipboard", "image/png", large)
	eventually(t, "refusing what is too large", func() error {
		if got, err := x.paste("clipboard", "image/png"); err == nil && len(got) > 0 {
			return fmt.Errorf("%d bytes came", len(got))
		}
		return nil
	})
	d.hold(t, "clipboard", "", []byte("text"))
	x.empty(t, "there", "clipboard")
	x.hold(t, "clipboard", "image/png", small)
	x.pasted(t, "there", "clipboard", "image/png", small)
	time.Sleep(200 * time.Millisecond)
	if got, err := d.paste("clipboard", ""); err != nil || string(got) != "text" {
		t.Errorf("here is %q, %v", got, err)
	}
	d.hold(t, "clipboard", "image/png", small[:500])
	x.pasted(t, "there", "clipboard", "image/png", small[:500])
	if _, err := x.paste("clipboard", "UTF8_STRING"); err == nil {
		t.Error("text came along")
	}
	if err := x.running(); err != nil {
		t.Error(errors.Join(errors.New("the server did not survive it"), err))
	}
}

// TestLabClipboardCommand holds a text in the guest's clipboard, and prints what
// is copied there.
func TestLabClipboardCommand(t *testing.T) {
	t.Parallel()
	need(t, "xclip")
	x, _ := startXspiceAgent(t, nil)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	const text = "Grüße\nan alle\n"
	set := start(t, nil, "sh", "-c", fmt.Sprintf("printf '%s' | exec %s clipboard set --once %s", strings.ReplaceAll(text, "\n", "\\n"), path, x.uri))
	x.pasted(t, "there", "clipboard", "", []byte(text))
	select {
	case <-set.done:
		if set.err != nil {
			t.Errorf("clipboard set: %v\n%s", set.err, set.tail())
		}
	case <-time.After(patience):
		t.Fatal("clipboard set does not end")
	}
	out := filepath.Join(x.dir, "copied")
	get := start(t, nil, "sh", "-c", fmt.Sprintf("exec %s clipboard get %s >%s", path, x.uri, out))
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) { // until one is seen
		x.take(t, text)
		select {
		case <-get.done:
		default:
			if time.Now().Before(deadline) {
				continue
			}
			t.Fatal("clipboard get does not end")
		}
		break
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != text || get.err != nil {
		t.Errorf("got %q, %v, %v\n%s", got, err, get.err, get.tail())
	}
}
