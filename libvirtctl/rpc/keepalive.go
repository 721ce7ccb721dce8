package rpc

import (
	"fmt"
	"time"
)

// KeepAlive watches the connection from now on: after an interval of silence
// the peer is pinged, and after count pings without a sign of life the
// connection ends. So a dead peer is noticed within (count+1) intervals. It
// does nothing if the daemon said that it does not know keepalive.
func (c *Client) KeepAlive(interval time.Duration, count int) {
	go func() {
		t := time.NewTicker(interval)
		defer t.Stop()
		last := int64(-1) // when something had been heard at the last tick
		for missed := 0; ; {
			select {
			case <-t.C:
			case <-c.done:
				return
			}
			heard := c.heard.Load()
			if heard != last {
				missed, last = 0, heard
			}
			silent := time.Since(c.start) - time.Duration(heard)
			switch {
			case silent < interval:
			case missed >= count:
				c.end(fmt.Errorf("rpc: the daemon has been silent for %v and does not answer", silent.Round(time.Second)))
				return
			default:
				missed++
				go func() { _ = c.signal(keepAlivePing) }() // a stuck transport must not hold the clock; a failure ends the connection
			}
		}
	}()
}

// keepAlive answers a packet of the keepalive program.
func (c *Client) keepAlive(h header) error {
	if h.kind == typeMessage && h.procedure == keepAlivePing {
		return c.signal(keepAlivePong)
	}
	return nil // a pong has been heard
}

func (c *Client) signal(procedure uint32) error {
	return c.send(header{program: programKeepAlive, version: version, procedure: procedure, kind: typeMessage}.packet(nil))
}
