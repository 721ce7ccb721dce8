// Package spicetest is a SPICE server inside this process. Tests of all
// channels talk to it, and so does the built-in demonstration.
//
// It does what every server does on every channel: the link handshake in the
// order of real servers, message headers in both forms, acknowledgement
// windows. What the messages of a channel mean is left to [Server.Handler]:
//
//	s := &spicetest.Server{
//		Channels: []spice.ChannelID{{Type: spice.ChannelInputs}},
//		Handler: func(c *spicetest.Channel) error {
//			if err := c.Send(firstMessage, body); err != nil {
//				return err
//			}
//			for {
//				m, err := c.Recv()
//				...
//			}
//		},
//	}
//	defer s.Close()
//	o := &spice.Options{Dial: s.DialContext, Target: spice.Target{Host: "vm", Port: 5900}}
//
// [Server.DialContext] connects in memory and works in a testing/synctest
// bubble; [Server.Serve] takes a real listener.
package spicetest
