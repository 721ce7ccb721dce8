package window_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"

	"saffron/render"
	"saffron/render/window"
)

// A window is woken by what it shows, once it is open.
func Example() {
	var open atomic.Pointer[window.Window]
	wake := func() {
		if w := open.Load(); w != nil {
			w.Wake()
		}
	}
	desktop := render.NewDesktop(render.DesktopOptions{Changed: wake})
	cursor := &render.CursorOverlay{Changed: wake}
	err := window.Run(context.Background(), &window.Options{
		Title:   "guest",
		Desktop: desktop,
		Cursor:  cursor,
		Status:  func() string { return "Connecting …" },
		OnReady: func(w *window.Window) { open.Store(w) },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
