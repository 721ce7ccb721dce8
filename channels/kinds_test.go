package channels_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	"saffron/channels"
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/spice"
	"saffron/spice/spicetest"
)

// A counter is a handler that counts, and fails at message 666.
type counter struct {
	handled, closed atomic.Int32
}

func (c *counter) Handle(m spice.Message) error {
	if m.Type == 666 {
		return errTest
	}
	c.handled.Add(1)
	return nil
}

func (c *counter) Close() error { c.closed.Add(1); return nil }

// TestExtraKinds adds a kind and replaces one.
func TestExtraKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(portID, cursorID)
		m.run[portID] = func(c *spicetest.Channel) error {
			hello, err := c.Recv()
			if err != nil || hello.Type != 111 || !c.ClientCaps.Channel.Has(4) {
				t.Errorf("hello %v, %v", hello, err)
			}
			c.Send(101, nil)
			return m.read(c)
		}
		defer m.Close()
		c, h := newClient(m), new(counter)
		c.options.Extra = []channels.Kind{
			{Type: spice.ChannelPort, Caps: spice.NewCapSet(4),
				Hello: func(*channels.Session) []spice.Outgoing { return []spice.Outgoing{{Type: 111}} },
				New: func(_ *channels.Session, id spice.ChannelID, out channels.Sender) (channels.Handler, error) {
					if id != portID {
						t.Errorf("got %v", id)
					}
					return h, out.Send(112, nil)
				}},
			{Type: spice.ChannelCursor, New: func(*channels.Session, spice.ChannelID, channels.Sender) (channels.Handler, error) {
				return nil, errTest
			}},
		}
		c.connect(t)
		defer c.Close()
		if n := h.handled.Load(); n != 1 || m.received(portID, 112) != 1 || !c.has(portID) || c.has(cursorID) {
			t.Errorf("%d messages; %+v", n, c.Info().Channels)
		}
		m.channel(t, portID).Send(666, nil)
		synctest.Wait()
		failed := 0
		for _, e := range c.take() {
			if e == "ChannelFailed{cursor error of the test}" || e == "ChannelFailed{port 3 error of the test}" {
				failed++
			}
		}
		if failed != 2 || h.closed.Load() == 0 || c.has(portID) {
			t.Errorf("%d failures were told; closed %d times", failed, h.closed.Load())
		}
	})
}

// TestDisabled opens nothing but main and inputs, and draws nowhere.
func TestDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(display0, inputsID, cursorID)
		defer m.Close()
		c := newClient(m)
		c.options.Disabled = func(typ spice.ChannelType) bool { return typ != spice.ChannelInputs }
		c.connect(t)
		defer c.Close()
		if n := len(c.Info().Channels); n != 2 || !c.has(inputsID) {
			t.Errorf("%+v", c.Info().Channels)
		}
	})
	for _, sinks := range []channels.Sinks{{}, {
		Canvas: func(uint8) display.Canvas { return nil },
		Cursor: func(uint8) cursor.Sink { return nil },
	}} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(display0, cursorID)
			defer m.Close()
			c := newClient(m)
			c.options.Sinks, c.options.OnEvent = sinks, nil
			c.connect(t)
			defer c.Close()
			if st := c.Info().Channels[1].Display; st.Messages["draw_fill"] != 1 || st.Failed != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}
