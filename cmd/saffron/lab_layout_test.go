//go:build lab

package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLabTypeLayouts types what the keyboards of some countries have, in a guest
// that has such a keyboard.
func TestLabTypeLayouts(t *testing.T) {
	t.Parallel()
	need(t, "setxkbmap")
	x := startXspice(t, nil)
	for layout, special := range map[string]string{
		"gb": "£€¬",
		"de": "äöüßÄÖÜ€§°²³µ^`é è À û Ê",
		"fr": "éèçàùµ£$€§²°^ê ë Ï û¤",
	} {
		text := special + ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_` + "`" + `abcdefghijklmnopqrstuvwxyz{|}~`
		x.client(t, "setxkbmap", "-layout", layout)
		file := filepath.Join(x.dir, layout)
		x.env = append(x.env, "LC_ALL=C.UTF-8")
		window := x.terminal(t, layout, "120x4", "stty -icanon; touch "+file+".ready; head -n 1 > "+file)
		x.wait(t, file+".ready")
		x.client(t, "xdotool", "windowfocus", "--sync", window)
		succeed(t, "type", "--guest-layout", layout, x.uri, text+"\n")
		eventually(t, "typing "+layout, func() error {
			got, err := os.ReadFile(file)
			if want := text + "\n"; err == nil && string(got) != want {
				err = fmt.Errorf("the guest got\n%s\nwant\n%s", strings.TrimSpace(string(got)), text)
			}
			return err
		})
	}
}
