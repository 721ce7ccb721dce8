package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/adrg/xdg"

	"saffron/render/window"
)

// profileCommands ask the server for other encodings.
func (v *viewer) profileCommands() []command {
	v.mu.Lock()
	current := v.choice
	v.mu.Unlock()
	c := command{name: "profile", label: "Encoding for"}
	for i, p := range profileChoices(v.console.settings.prefer) {
		c.sub = append(c.sub, chosen(p.name, p.label, i, current, v.setProfile))
	}
	return []command{c}
}

// pictureCommands are those of what is seen.
func (v *viewer) pictureCommands() []command {
	return []command{
		{name: "toggle-fullscreen", label: "Full screen", do: v.withWindow((*window.Window).ToggleFullscreen),
			checked: func() bool { w := v.shownWindow(); return w != nil && w.Fullscreen() }},
		{name: "statistics", label: "Statistics", do: v.toggleStatistics,
			checked: func() bool { w := v.shownWindow(); return w != nil && w.StatisticsShown() }},
		{name: commandScreenshot, label: "Save a screenshot", do: v.saveScreenshot, available: v.hasPicture},
	}
}

// hasPicture reports whether the guest's screen is shown.
func (v *viewer) hasPicture() bool {
	h := v.shownHead()
	width, _ := h.screen.desktop.HeadSize(h.index)
	return width > 0
}

// saveScreenshot writes what the window shows of the guest to a file.
func (v *viewer) saveScreenshot() { v.saveHead(v.shownHead(), v.toast) }

// saveHead writes a monitor of the guest to a file among the user's pictures, and
// says in the monitor's window what came of it.
func (v *viewer) saveHead(h head, toast func(string)) {
	img := h.screen.desktop.Snapshot(h.index)
	if img == nil {
		toast("There is no picture to save")
		return
	}
	path, err := freeName(xdg.UserDirs.Pictures, pictureName(v.console.label(), time.Now()))
	if err == nil {
		err = v.app.writePNG(path, img)
	}
	if err != nil {
		toast("The screenshot was not saved: " + plain(err))
		return
	}
	toast("Screenshot saved as\n" + abbreviate(path, xdg.Home))
}

// pictureName returns a name for a picture of a machine at a time, without its
// extension.
func pictureName(machine string, at time.Time) string {
	const longest = 60
	if _, place, ok := strings.Cut(machine, "://"); ok {
		machine = place
	}
	name := strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' || !unicode.IsPrint(r) {
			return '-'
		}
		return r
	}, machine)
	name = strings.TrimLeft(name, ".- ")
	for len(name) > longest {
		r := []rune(name)
		name = string(r[:len(r)-1])
	}
	return cmp.Or(name, "saffron") + " " + at.Format("2006-01-02 15-04-05")
}

// freeName returns a name of no file yet in a folder, which is made if there is
// none.
func freeName(dir, name string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	const most = 1000
	for n := range most {
		path := filepath.Join(dir, name+".png")
		if n > 0 {
			path = filepath.Join(dir, fmt.Sprintf("%s (%d).png", name, n+1))
		}
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s has too many pictures of that name", dir)
}

// abbreviate returns a path in the form that people write.
func abbreviate(path, home string) string {
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok && home != "" {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}
