package channels_test

import (
	"context"
	"fmt"
	"log"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render"
	"saffron/spice"
)

// A session draws the machine's first display on a desktop, from which a window
// or a file is made.
func ExampleConnect() {
	server := newMachine(display0) // stands for a real one
	defer server.Close()

	marked := make(chan struct{}, 1)
	desktop := render.NewDesktop(render.DesktopOptions{Changed: func() {
		select {
		case marked <- struct{}{}:
		default:
		}
	}})
	s, err := channels.Connect(context.Background(), &channels.Options{
		Link:  spice.Options{Target: spice.Target{Host: "vm", Port: 5900}, Dial: server.DialContext},
		Sinks: channels.Sinks{Canvas: func(uint8) display.Canvas { return desktop }},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	<-marked
	picture := desktop.Snapshot(0)
	fmt.Println(picture.Rect.Size(), picture.RGBAAt(0, 0))
	// Output: (8,8) {18 52 86 255}
}
