//go:build lab

package main_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// A dragger is an X client from which something is dragged, as a file manager is.
type dragger struct {
	c      *xgb.Conn
	window xproto.Window
	data   []byte // what is dragged, as text/uri-list
}

// startDragger makes one that has files.
func (d *desk) startDragger(t *testing.T, paths ...string) *dragger {
	t.Helper()
	c, err := xgb.NewConnDisplay(strings.TrimPrefix(d.env[0], "DISPLAY="))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	g := &dragger{c: c}
	for _, path := range paths {
		g.data = append(g.data, (&url.URL{Scheme: "file", Path: path}).String()+"\r\n"...)
	}
	root := xproto.Setup(c).DefaultScreen(c)
	if g.window, err = xproto.NewWindowId(c); err != nil {
		t.Fatal(err)
	}
	err = xproto.CreateWindowChecked(c, 0, g.window, root.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, root.RootVisual, 0, nil).Check()
	if err == nil {
		err = xproto.SetSelectionOwnerChecked(c, g.window, g.atom(t, "XdndSelection"), 0).Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *dragger) atom(t *testing.T, name string) xproto.Atom {
	t.Helper()
	r, err := xproto.InternAtom(g.c, false, uint16(len(name)), name).Reply()
	if err != nil {
		t.Fatal(err)
	}
	return r.Atom
}

// say sends a message of the protocol to a window.
func (g *dragger) say(t *testing.T, to xproto.Window, name string, data ...uint32) {
	t.Helper()
	full := [5]uint32{uint32(g.window)}
	copy(full[1:], data)
	e := xproto.ClientMessageEvent{Format: 32, Window: to, Type: g.atom(t, name), Data: xproto.ClientMessageDataUnionData32New(full[:])}
	if err := xproto.SendEventChecked(g.c, false, to, 0, string(e.Bytes())).Check(); err != nil {
		t.Fatal(err)
	}
}

// await answers those who ask for the data until a message comes.
func (g *dragger) await(t *testing.T, name string) []uint32 {
	t.Helper()
	want := g.atom(t, name)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		e, err := g.c.PollForEvent()
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case xproto.ClientMessageEvent:
			if e.Type == want {
				return e.Data.Data32
			}
		case xproto.SelectionRequestEvent:
			xproto.ChangeProperty(g.c, xproto.PropModeReplace, e.Requestor, e.Property, e.Target, 8, uint32(len(g.data)), g.data)
			answer := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: e.Property}
			xproto.SendEvent(g.c, false, e.Requestor, 0, string(answer.Bytes()))
		}
	}
	t.Fatalf("%s does not come", name)
	return nil
}

// drop drags what it has onto a window and drops it there.
func (g *dragger) drop(t *testing.T, v *view) {
	t.Helper()
	id, err := strconv.ParseUint(v.id, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	to, at := xproto.Window(id), v.at(t)
	middle := at.Min.Add(at.Size().Div(2))
	g.say(t, to, "XdndEnter", 5<<24, uint32(g.atom(t, "text/uri-list")))
	g.say(t, to, "XdndPosition", 0, uint32(middle.X<<16|middle.Y), 0, uint32(g.atom(t, "XdndActionCopy")))
	if status := g.await(t, "XdndStatus"); status[1]&1 == 0 {
		t.Fatal("the window does not take it")
	}
	g.say(t, to, "XdndDrop", 0, 0)
	g.await(t, "XdndFinished")
}

// copy puts something into the clipboard, where it stays until the test ends.
func (d *desk) copy(t *testing.T, target string, data []byte) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "copied")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, d.env, "xclip", "-quiet", "-selection", "clipboard", "-t", target, "-i", file)
}

// TestLabDropFiles drops files and a folder onto the window, and copies one; they
// arrive in the guest.
func TestLabDropFiles(t *testing.T) {
	t.Parallel()
	x, g := startXspiceAgent(t, nil)
	dir := t.TempDir()
	paths := []string{
		randomFile(t, dir, "a file.bin", 200_000), randomFile(t, dir, "größe.txt", 5), randomFile(t, dir, "folder/one", 1000),
		randomFile(t, dir, "folder/deep/two", 2000),
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "folder", "link")); err != nil {
		t.Fatal(err)
	}
	d := startDesk(t, 0)
	v := d.open(t, "--hotkeys", "send-copied-files=shift+f9", x.uri)
	eventually(t, "sending what was dropped", func() error {
		d.startDragger(t, paths[0], paths[1], filepath.Join(dir, "folder")).drop(t, v)
		time.Sleep(500 * time.Millisecond)
		var errs []error
		for _, path := range paths {
			errs = append(errs, sameFile(path, filepath.Join(g.saves, filepath.Base(path))))
		}
		return errors.Join(errs...)
	})
	copied := randomFile(t, dir, "copied.bin", 12_345)
	d.copy(t, "text/uri-list", []byte("file://"+copied+"\r\n"))
	eventually(t, "sending what was copied", func() error {
		d.client(t, "xdotool", "windowactivate", "--sync", v.id, "key", "--delay", "100", "shift+F9")
		time.Sleep(300 * time.Millisecond)
		return sameFile(copied, filepath.Join(g.saves, "copied.bin"))
	})
	if _, err := os.Lstat(filepath.Join(g.saves, "link")); err == nil {
		t.Error("a link was followed")
	}
	v.quit(t)
}
