//go:build lab

package main_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLabTypeLayouts types what the keyboards of some countries have, in a guest
// that has such a keyboard; one of them from the clipboard, in a window.
func TestLabTypeLayouts(t *testing.T) {
	t.Parallel()
	need(t, "setxkbmap", "xclip")
	x := startXspice(t, nil)
	d := startDesk(t, 0)
	for _, tc := range []struct{ layout, special string }{
		{"gb", "£€¬"},
		{"fr", "éèçàùµ£$€§²°^ê ë Ï û¤"},
		{"de", "äöüßÄÖÜ€§°²³µ^`é è À û Ê"}, // last: the server has room for one client
	} {
		layout, special := tc.layout, tc.special
		text := special + ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_` + "`" + `abcdefghijklmnopqrstuvwxyz{|}~`
		x.client(t, "setxkbmap", "-layout", layout)
		file := filepath.Join(x.dir, layout)
		x.env = append(x.env, "LC_ALL=C.UTF-8")
		window := x.terminal(t, layout, "120x4", "stty -icanon; touch "+file+".ready; head -n 1 > "+file)
		x.wait(t, file+".ready")
		x.client(t, "xdotool", "windowfocus", "--sync", window)
		if layout == "de" {
			d.take(t, text+"\n")
			v := d.open(t, "--guest-layout", "de", "--hotkeys", "type-clipboard=shift+f8", x.uri)
			agree(t, "the window", func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return x.screen(t) })
			d.client(t, "xdotool", "key", "shift+F8")
		} else {
			succeed(t, "type", "--delay", "3ms", "--guest-layout", layout, x.uri, text+"\n")
		}
		eventually(t, "typing "+layout, func() error {
			got, err := os.ReadFile(file)
			if want := text + "\n"; err == nil && string(got) != want {
				err = fmt.Errorf("the guest got\n%s\nwant\n%s", strings.TrimSpace(string(got)), text)
			}
			return err
		})
	}
}
