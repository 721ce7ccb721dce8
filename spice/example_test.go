package spice_test

import (
	"context"
	"fmt"

	"saffron/spice"
	"saffron/spice/spicetest"
)

// Connect links one channel and reads its messages. The server here is one in
// this process; without Dial the target is looked up and dialled.
func ExampleConnect() {
	server := &spicetest.Server{Password: "secret", Handler: func(c *spicetest.Channel) error {
		return c.Send(spice.MsgNotify, &spice.Notify{Text: "hello"})
	}}
	defer server.Close()

	target, err := spice.ParseTarget("spice://vm.example:5900?password=secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	o := &spice.Options{Target: target, Dial: server.DialContext}
	conn, err := spice.Connect(context.Background(), spice.ChannelID{Type: spice.ChannelMain}, 0, nil, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	for {
		m, err := conn.Next()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("message", m.Serial, "of type", m.Type)
		m.Free()
	}
	// Output:
	// message 1 of type 7
	// spice: the server closed the connection
}

func ExampleParseTarget() {
	for _, s := range []string{
		"spice://vm.example?port=5900;tls-port=5901",
		"spice+tls://ann@[2001:db8::1]:5901",
		"spice+unix:///run/vm.sock",
		"spice://vm.example:5900?secure=yes",
	} {
		target, err := spice.ParseTarget(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(target)
	}
	// Output:
	// spice://vm.example?port=5900&tls-port=5901
	// spice+tls://ann@[2001:db8::1]:5901
	// spice+unix:///run/vm.sock
	// spice: target: unknown key "secure" (known: port, tls-port, password)
}
