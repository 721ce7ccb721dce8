package channels_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/port"
	"saffron/spice"
	"saffron/spice/spicetest"
)

var (
	webdavID = spice.ChannelID{Type: spice.ChannelWebDAV, ID: 1}
	usbID    = spice.ChannelID{Type: spice.ChannelUSBRedir}
)

// A tube is a sink that writes down what it is told.
type tube struct {
	*port.Port
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (s *tube) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

func (s *tube) Opened()                { s.note("opened") }
func (s *tube) Closed()                { s.note("closed") }
func (s *tube) Close() error           { s.note("close"); return nil }
func (s *tube) Receive(p []byte) error { s.note(string(p)); return nil }

// tubes are all that were opened, by who was asked, id and name.
type tubes map[string]*tube

var tubesMu sync.Mutex // held while tubes change

func (ts tubes) open(who string, wanted bool) func(*port.Port) port.Sink {
	return func(p *port.Port) port.Sink {
		tubesMu.Lock()
		defer tubesMu.Unlock()
		t := &tube{Port: p}
		ts[fmt.Sprintf("%s %d %s", who, p.ID().ID, p.Name())] = t
		if wanted {
			return t
		}
		return nil
	}
}

// announce makes the machine call a port by its name, and say something.
func (m *machine) announce(id spice.ChannelID, name string) {
	m.run[id] = func(c *spicetest.Channel) error {
		if id.Type != spice.ChannelUSBRedir {
			c.Send(port.MsgInit, &port.Init{Name: name})
		}
		c.Send(port.MsgData, &port.Data{Bytes: []byte("hello")})
		return m.read(c)
	}
}

// TestStreams opens ports, a folder and a USB port, and closes what is not
// wanted without a word.
func TestStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old := spice.ChannelID{Type: spice.ChannelPort, ID: 4}
		m := newMachine(portID, webdavID, usbID, old)
		m.announce(portID, "org.test.0")
		m.announce(old, "org.spice-space.webdav.0")
		m.announce(webdavID, "org.spice-space.webdav.0")
		m.announce(usbID, "")
		defer m.Close()
		c, got := newClient(m), make(tubes)
		c.options.Sinks.Port = got.open("port", false)
		c.options.Sinks.WebDAV = got.open("webdav", true)
		c.options.Sinks.USB = got.open("usb", true)
		c.connect(t)
		defer c.Close()
		for _, want := range []string{"webdav 1 org.spice-space.webdav.0", "webdav 4 org.spice-space.webdav.0", "usb 0 "} {
			tube := got[want]
			if tube == nil {
				t.Fatalf("%q was not opened: %v", want, got)
			}
			if len(tube.lines) != 2 || tube.lines[1] != "hello" {
				t.Errorf("%s: %q", want, tube.lines)
			}
			if _, err := tube.Write([]byte("an answer")); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if got["port 3 org.test.0"] == nil || c.has(portID) || m.received(usbID, port.MsgData) != 1 {
			t.Errorf("%v; %+v", got, c.Info().Channels)
		}
		ended := c.Info().Ended
		if len(ended) != 1 || ended[0].Port == nil || ended[0].Port.Name != "org.test.0" {
			t.Errorf("ended: %+v", ended)
		}
		for _, e := range c.take() {
			if len(e) > 13 && e[:13] == "ChannelFailed" {
				t.Error(e)
			}
		}
		c.Close()
		if lines := got["usb 0 "].lines; lines[len(lines)-1] != "close" {
			t.Errorf("the end is not told: %q", lines)
		}
	})
}

// TestNoStreams opens none of these channels unless they are asked for.
func TestNoStreams(t *testing.T) {
	session(t, newMachine(portID, webdavID, usbID), func(t *testing.T, _ *machine, c *client) {
		if n := len(c.Info().Channels); n != 1 {
			t.Errorf("%+v", c.Info().Channels)
		}
	})
}

// TestStreamUnread lets a guest read nothing for an hour: the session goes on,
// and ends when it is told to.
func TestStreamUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(portID)
		m.run[portID] = func(c *spicetest.Channel) error {
			c.Send(port.MsgInit, &port.Init{Name: "x"})
			<-c.Context().Done()
			return nil
		}
		defer m.Close()
		c, got := newClient(m), make(tubes)
		c.options.Sinks.Port = got.open("port", true)
		c.connect(t)
		failed := make(chan error, 1)
		go func() {
			for {
				if _, err := got["port 3 x"].Write(make([]byte, 60_000)); err != nil {
					failed <- err
					return
				}
			}
		}()
		time.Sleep(time.Hour)
		select {
		case err := <-failed:
			t.Errorf("writing: %v", err)
		default:
		}
		c.Close()
		if err := <-failed; err == nil {
			t.Error("writing goes on")
		}
	})
}
