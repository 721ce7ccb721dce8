package demo_test

import (
	"context"
	"fmt"

	"saffron/channels"
	"saffron/cmd/saffron/demo"
	"saffron/spice"
)

// A client connects in memory, whatever the address.
func Example() {
	d := demo.New(demo.Options{})
	defer d.Close()
	s, err := channels.Connect(context.Background(), &channels.Options{
		Link: spice.Options{Dial: d.Server().DialContext, Target: spice.Target{Host: "demo", Port: 5900}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	d.Step(10)
	fmt.Println(d.Snapshot().Bounds())
	// Output: (0,0)-(1024,640)
}
