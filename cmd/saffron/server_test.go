package main

import (
	"fmt"
	"image"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/channels/mainchan"
	"saffron/codec/bitmap"
	"saffron/codec/encode"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

// A machine is the server of a test script. What it does is chosen by flags,
// the words after "serve" in a script.
type machine struct {
	flags  map[string]string
	server *spicetest.Server

	mu       sync.Mutex
	received []string // guarded by mu; input, as lines
}

const machineName = "test machine"

var machineUUID = [16]byte{0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0}

// newMachine makes a machine from words such as "blank" or "password=p".
func newMachine(words []string) *machine {
	m := &machine{flags: map[string]string{}}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		m.flags[key] = value
	}
	m.server = &spicetest.Server{
		Password: m.flags["password"],
		Channels: []spice.ChannelID{{Type: spice.ChannelDisplay}, {Type: spice.ChannelInputs}, {Type: spice.ChannelCursor}},
		Caps: map[spice.ChannelType]spice.CapSet{
			spice.ChannelDisplay: spice.NewCapSet(display.CapMonitorsConfig),
			spice.ChannelInputs:  spice.NewCapSet(inputs.CapKeyScancode),
		},
		Handler: m.handle,
	}
	if m.has("two") {
		m.server.Channels = append(m.server.Channels, spice.ChannelID{Type: spice.ChannelDisplay, ID: 1})
	}
	return m
}

func (m *machine) has(flag string) bool {
	_, ok := m.flags[flag]
	return ok
}

// note remembers a line of input.
func (m *machine) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.received = append(m.received, fmt.Sprintf(format, args...))
}

func (m *machine) input() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(append(m.received, ""), "\n")
}

func (m *machine) handle(c *spicetest.Channel) error {
	switch c.ID.Type {
	case spice.ChannelMain:
		return m.serveMain(c)
	case spice.ChannelDisplay:
		return m.serveDisplay(c)
	case spice.ChannelInputs:
		return m.serveInputs(c)
	}
	if m.has("no-cursor") {
		return nil
	}
	return drain(c)
}

func drain(c *spicetest.Channel) error {
	for {
		if _, err := c.Recv(); err != nil {
			return ignoreEOF(err)
		}
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func (m *machine) serveMain(c *spicetest.Channel) error {
	modes := uint32(mainchan.MouseServer | mainchan.MouseClient)
	if m.has("relative") {
		modes = mainchan.MouseServer
	}
	if m.has("early-end") {
		return nil
	}
	err := c.Send(mainchan.MsgInit, &mainchan.Init{
		SessionID: c.Session, DisplayChannels: 1, SupportedMouseModes: modes,
		CurrentMouseMode: mainchan.MouseServer, RAMHint: 16 << 20,
	})
	if err != nil {
		return err
	}
	c.Send(mainchan.MsgName, &mainchan.Name{Name: machineName})
	c.Send(mainchan.MsgUUID, &mainchan.UUID{ID: machineUUID})
	agent := m.newAgent(c)
	if agent != nil {
		agent.Connect()
	}
	for {
		msg, err := c.Recv()
		if err != nil {
			return ignoreEOF(err)
		}
		if agent != nil {
			if _, err := agent.Take(msg); err != nil {
				return err
			}
		}
		switch msg.Type {
		case mainchan.MsgcAttachChannels:
			c.Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: m.server.Channels})
			if m.has("end") {
				after, err := time.ParseDuration(m.flags["end"])
				if err != nil {
					after = 100 * time.Millisecond
				}
				time.Sleep(after)
				return nil
			}
			if m.has("broken-main") {
				c.Send(mainchan.MsgMouseMode, nil)
			}
			if m.has("moved") {
				c.Send(mainchan.MsgMigrateSwitchHost, &mainchan.DstInfo{Port: 1, Host: "elsewhere.example"})
			}
		case mainchan.MsgcMouseModeRequest:
			c.Send(mainchan.MsgMouseMode, &mainchan.MouseMode{Supported: uint16(modes), Current: mainchan.MouseClient})
		}
	}
}

// testSize is the size of the machine's screens in pixels.
var testSize = image.Pt(64, 48)

// testPattern returns the picture of display channel n.
func testPattern(n uint8) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: testSize})
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = byte(i), byte(i>>6), 100*n, 255
	}
	return img
}

func (m *machine) serveDisplay(c *spicetest.Channel) error {
	size := testSize
	err := c.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{
		Width: uint32(size.X), Height: uint32(size.Y), Format: 32, Flags: display.SurfacePrimary,
	})
	if err != nil {
		return err
	}
	if m.has("blank") {
		return drain(c)
	}
	if m.has("heads") {
		c.Send(display.MsgMonitorsConfig, &display.MonitorsConfig{MaxAllowed: 4, Heads: []display.Head{
			{Monitor: 0, Width: 32, Height: 48}, {Monitor: 1, Width: 32, Height: 40, X: 32, Y: 8},
		}})
	}
	c.Send(display.MsgDrawCopy, drawCopy(testPattern(c.ID.ID)))
	c.Send(display.MsgMark, nil)
	m.misbehave(c)
	if m.has("restless") {
		go func() {
			for c.Send(display.MsgDrawCopy, drawCopy(testPattern(0))) == nil {
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	return drain(c)
}

func drawCopy(img *image.RGBA) *display.DrawCopy {
	size := img.Rect.Size()
	return &display.DrawCopy{
		Base: display.Base{Box: img.Rect}, SrcArea: img.Rect, ROP: 8,
		Src: &display.Image{
			Type: display.ImageBitmap, Width: uint32(size.X), Height: uint32(size.Y), Format: uint8(bitmap.RGB32),
			PaletteFlags: display.FlagTopDown, Stride: uint32(4 * size.X), Data: encode.Bitmap(img, bitmap.RGB32, true),
		},
	}
}

// misbehave sends what no server should.
func (m *machine) misbehave(c *spicetest.Channel) {
	whole := image.Rectangle{Max: testSize}
	image := func(img display.Image) *display.DrawCopy {
		return &display.DrawCopy{Base: display.Base{Box: whole}, SrcArea: whole, ROP: 8, Src: &img}
	}
	switch {
	case m.has("broken-image"):
		for range 3 {
			c.Send(display.MsgDrawCopy, image(display.Image{Type: display.ImageQUIC, Width: 64, Height: 48, Data: []byte("not QUIC at all")}))
		}
	case m.has("huge-image"):
		c.Send(display.MsgDrawCopy, image(display.Image{Type: display.ImageQUIC, Width: 1 << 16, Height: 1 << 15, Data: make([]byte, 64)}))
	case m.has("huge-message"):
		c.SendRaw([]byte{0x30, 0x01, 0xff, 0xff, 0xff, 0xff}) // draw_copy of 4 GiB - 1
	case m.has("cut"):
		c.SendRaw([]byte{0x30, 0x01, 100, 0, 0, 0, 1, 2, 3})
		c.Close()
	case m.has("broken-message"):
		c.Send(display.MsgDrawCopy, nil)
	}
}

func (m *machine) serveInputs(c *spicetest.Channel) error {
	if err := c.Send(inputs.MsgInit, &inputs.LockState{}); err != nil {
		return err
	}
	motions := 0
	for {
		msg, err := c.Recv()
		if err != nil {
			return ignoreEOF(err)
		}
		entry, ok := inputs.Messages.Lookup(msg.Type, false)
		if !ok {
			continue
		}
		body := entry.New()
		if err := wire.Unmarshal(msg.Body, body); err != nil {
			return err
		}
		m.noteInput(body)
		switch body.(type) {
		case *inputs.MouseMotion, *inputs.MousePosition:
			if motions++; motions%4 == 0 && !m.has("deaf") {
				c.Send(inputs.MsgMouseMotionAck, nil)
			}
		case *inputs.KeyCode, *inputs.KeyScancode:
			if m.has("hang-up") {
				return nil
			}
		}
	}
}

func (m *machine) noteInput(body wire.Message) {
	switch b := body.(type) {
	case *inputs.KeyCode:
		m.note("key %x", b.Code)
	case *inputs.KeyScancode:
		m.note("keys % x", b.Bytes)
	case *inputs.MouseMotion:
		if b.DX != 0 || b.DY != 0 {
			m.note("motion %d %d", b.DX, b.DY)
		}
	case *inputs.MousePosition:
		m.note("position %d %d display %d", b.X, b.Y, b.Display)
	case *inputs.MouseButton:
		m.note("button %d mask %x", b.Button, b.Buttons)
	}
}

// alien serves what is not SPICE: it says a few bytes and waits, or says
// nothing.
func alien(l net.Listener, words []byte) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			c.Write(words)
			io.Copy(io.Discard, c)
		}()
	}
}
