package channels_test

import (
	"encoding/binary"
	"image"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/channels/mainchan"
	"saffron/channels/msgtable"
	"saffron/codec/glz"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
	"saffron/testdata"
)

// A body is a message body that is sent as it is.
type body []byte

// Encode implements wire.Encoder.
func (b body) Encode(w *wire.Writer) { w.Bytes(b) }

// A sample is a valid message of a channel.
type sample struct {
	typ  uint16
	body body
}

// samplesOf finds out under which numbers of a table messages can be sent.
func samplesOf(table msgtable.Table, messages ...wire.Message) []sample {
	var all []sample
	for _, e := range table {
		for _, m := range messages {
			if e.FromServer && e.New != nil && reflect.TypeOf(e.New()) == reflect.TypeOf(m) {
				all = append(all, sample{e.Type, wire.Marshal(m)})
			}
		}
	}
	return all
}

// A hostileChannel is a channel that scripts can be played on.
type hostileChannel struct {
	id      spice.ChannelID
	samples []sample
}

// hostileChannels are main, two displays that share their samples, cursor and
// inputs.
var hostileChannels = sync.OnceValue(func() []hostileChannel {
	base := []wire.Message{new(msgtable.Empty)}
	wait := spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: display0, Serial: 3}, {Channel: display1, Serial: 3}, {Channel: cursorID, Serial: 2}}}
	common := []sample{
		{spice.MsgSetAck, wire.Marshal(&spice.SetAck{Generation: 1, Window: 2})},
		{spice.MsgPing, wire.Marshal(&spice.Ping{ID: 1, Time: 2})},
		{spice.MsgWaitForChannels, wire.Marshal(&wait)},
		{spice.MsgNotify, wire.Marshal(&spice.Notify{Severity: 2, Text: "\x1b[2Jtext"})},
		{spice.MsgDisconnecting, wire.Marshal(&spice.Disconnecting{})},
		{spice.MsgList, body{1, 0, 6, 0, 0, 0, spice.MsgPing, 0, 12, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		{spice.MsgMigrate, body{3, 0, 0, 0}},
	}
	mains := samplesOf(mainchan.Messages, append(base,
		&mainchan.Init{SessionID: 1, DisplayChannels: 2, SupportedMouseModes: 3, CurrentMouseMode: 1, RAMHint: 64 << 20},
		&mainchan.ChannelsList{Channels: []spice.ChannelID{display0, display1, inputsID, cursorID, portID}},
		&mainchan.MouseMode{Supported: 3, Current: 2}, &mainchan.MediaTime{Time: 5}, &mainchan.AgentDisconnected{},
		&mainchan.AgentData{Data: []byte("data")}, &mainchan.AgentTokens{Tokens: 10}, &mainchan.Name{Name: "\x1b]0;name\x07"},
		&mainchan.UUID{ID: [16]byte{1}}, &mainchan.DstInfo{Port: 1, Host: "host\r\n", Subject: "CN=x"},
		&mainchan.MigrateBeginSeamless{DstInfo: mainchan.DstInfo{Host: "host"}})...)
	shape := cursor.Shape{Flags: cursor.FlagCacheMe, Unique: 7, Width: 2, Height: 2, Data: make([]byte, 16)}
	mono := cursor.Shape{Type: 1, Width: 9, Height: 2, HotX: 20, Data: make([]byte, 8)}
	cursors := samplesOf(cursor.Messages, append(base,
		&cursor.Init{Visible: 1, Shape: shape}, &cursor.Set{Shape: shape}, &cursor.Set{Visible: 1, Shape: mono},
		&cursor.Set{Shape: cursor.Shape{Flags: cursor.FlagFromCache, Unique: 7}}, &cursor.Move{Pos: image.Pt(-1, 30000)},
		&cursor.Trail{}, &cursor.InvalOne{Unique: 7})...)
	displays := append(displaySamples(), recordedSamples()...)
	all := []hostileChannel{
		{mainID, mains}, {display0, displays}, {display1, displays}, {cursorID, cursors},
		{inputsID, samplesOf(inputs.Messages, append(base, &inputs.LockState{Locks: 7})...)},
	}
	for i := range all {
		all[i].samples = append(all[i].samples, common...)
	}
	return all
})

// displaySamples are drawing messages that refer to each other's surfaces and
// images, some of them in ways that make work.
func displaySamples() []sample {
	box := image.Rect(0, 0, 64, 64)
	base := display.Base{Box: box}
	clipped := display.Base{Box: image.Rect(-5, -5, 1<<30, 1<<30), Clipped: true,
		Clip: []image.Rectangle{image.Rect(0, 0, 9, 9), image.Rect(5, 5, 20, 20)}}
	mask := display.QMask{Pos: image.Pt(1, -1), Bitmap: &display.Image{Width: 9, Height: 2, Format: 2, Stride: 2, Data: []byte{1, 2, 3, 4}}}
	pixels := &display.Image{ID: 5, Flags: display.FlagCacheMe, Format: 8, Width: 2, Height: 2, Stride: 8, Data: make([]byte, 16)}
	self := &display.Image{Type: display.ImageSurface, Width: 64, Height: 64}
	solid := display.Brush{Type: 1, Color: 0x123456}
	tile := display.Brush{Type: 2, Pattern: pixels, Pos: image.Pt(-7, 7)}
	return samplesOf(display.Messages, new(msgtable.Empty),
		&display.SurfaceCreate{Width: 64, Height: 64, Format: 32, Flags: display.SurfacePrimary},
		&display.SurfaceCreate{Surface: 1, Width: 64, Height: 32, Format: 16},
		&display.SurfaceCreate{Surface: 2, Width: 16, Height: 16, Format: 1},
		&display.Mode{Width: 64, Height: 64, Bits: 32}, &display.SurfaceDestroy{},
		&display.CopyBits{Base: clipped, Src: image.Pt(3, 3)},
		&display.InvalList{Resources: []display.Resource{{Type: 1, ID: 5}}},
		&display.InvalAllPixmaps{WaitForChannels: spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: display1, Serial: 2}}}},
		&display.InvalPalette{ID: 99},
		&display.DrawFill{Base: base, Brush: solid, ROP: 8, Mask: mask},
		&display.DrawFill{Base: clipped, Brush: tile, ROP: 64},
		&display.DrawCopy{Base: clipped, Src: self, SrcArea: image.Rect(1, 1, 3, 5), ROP: 8},
		&display.DrawCopy{Base: base, Src: pixels, SrcArea: image.Rect(0, 0, 2, 2), ROP: 8, Scale: 1, Mask: mask},
		&display.DrawCopy{Base: base, Src: &display.Image{Type: display.ImageFromCache, ID: 5}, SrcArea: box, ROP: 16},
		&display.DrawMasked{Base: base, Mask: display.QMask{Bitmap: &display.Image{Type: display.ImageSurface, Surface: 2}}},
		&display.DrawOpaque{Base: base, Src: pixels, SrcArea: box, Brush: solid, ROP: 64, Mask: mask},
		&display.DrawROP3{Base: base, Src: self, SrcArea: box, Brush: tile, ROP3: 0xca},
		&display.DrawStroke{Base: base, Brush: solid, ForeMode: 8, Path: display.Path{{Flags: 3, Points: []image.Point{{16, 32}, {-48, 64}}}},
			Attr: display.LineAttr{Flags: 8, Dashes: []int32{16, 48}}},
		&display.DrawText{Base: base, Fore: solid, Text: &display.String{Flags: 1, Glyphs: []display.Glyph{{Width: 9, Height: 1, Bits: []byte{1, 2}}}}},
		&display.DrawTransparent{Base: base, Src: pixels, SrcArea: box},
		&display.DrawAlphaBlend{Base: base, Alpha: 200, Src: pixels, SrcArea: box},
		&display.MonitorsConfig{MaxAllowed: 4, Heads: []display.Head{{Width: 32, Height: 64}, {Monitor: 1, Width: 32, Height: 64, X: 32}}},
	)
}

// recordings are what real servers sent on display channels, with mini headers.
var recordings = []string{"bpp16_auto_lz/rec.ch0", "ops_auto_glz/rec.ch0", "ops_lz4/rec.ch0", "ops_quic/rec.ch0",
	"ops_zlib_glz/rec.ch0", "two_auto_glz/rec.ch0", "two_auto_glz/rec.ch1", "two_glz/rec.ch0", "two_glz/rec.ch1"}

func recorded(name string) []sample {
	b, err := testdata.FS.ReadFile("sessions/" + name + ".bin")
	if err != nil {
		panic(err)
	}
	var all []sample
	for len(b) > 0 {
		size := binary.LittleEndian.Uint32(b[2:])
		all = append(all, sample{binary.LittleEndian.Uint16(b), b[6 : 6+size : 6+size]})
		b = b[6+size:]
	}
	return all
}

// recordedSamples are small recorded messages, some of each type and codec.
func recordedSamples() []sample {
	var all []sample
	for _, name := range recordings {
		kinds := map[uint16]int{}
		for _, s := range recorded(name) {
			if kinds[s.typ]++; kinds[s.typ] <= 4 && len(s.body) < 3000 {
				all = append(all, s)
			}
		}
	}
	return all
}

// What a script can do, by the number that stands for it.
const (
	sendSample = iota
	sendDamaged
	sendAny
	sendList
	sendRaw
	hangUp
	verbs
)

// A script is what a hostile server does, read off any bytes.
type script struct{ b []byte }

func (s *script) byte() byte {
	if len(s.b) == 0 {
		return 0
	}
	c := s.b[0]
	s.b = s.b[1:]
	return c
}

func (s *script) bytes() []byte {
	n := min(int(s.byte()), len(s.b))
	p := s.b[:n]
	s.b = s.b[n:]
	return p
}

// sample returns a valid message.
func (s *script) sample(from []sample) sample {
	n := int(s.byte()) | int(s.byte())<<8
	return from[n%len(from)]
}

// damaged returns a message with a few bytes changed, or cut short.
func (s *script) damaged(from []sample) sample {
	m := s.sample(from)
	m.body = append(body(nil), m.body...)
	for range 1 + s.byte()%4 {
		at, with := int(s.byte())|int(s.byte())<<8, s.byte()
		if len(m.body) == 0 {
			break
		}
		at %= len(m.body)
		if with == 0 {
			m.body = m.body[:at]
			continue
		}
		m.body[at] ^= with
	}
	return m
}

// An act is one thing that a hostile server does on a channel.
type act func(c *spicetest.Channel) error

// act returns the next one and the index of its channel.
func (s *script) act() (channel int, do act) {
	channel = int(s.byte()) % len(hostileChannels())
	from := hostileChannels()[channel].samples
	switch s.byte() % verbs {
	case sendDamaged:
		m := s.damaged(from)
		return channel, func(c *spicetest.Channel) error { return c.Send(m.typ, m.body) }
	case sendAny:
		typ := uint16(s.byte()) | uint16(s.byte())<<8
		b := body(s.bytes())
		return channel, func(c *spicetest.Channel) error { return c.Send(typ, b) }
	case sendList:
		var sub []spice.Outgoing
		for range s.byte() % 8 {
			m := s.damaged(from)
			sub = append(sub, spice.Outgoing{Type: m.typ, Body: m.body})
		}
		outer := s.sample(from)
		return channel, func(c *spicetest.Channel) error {
			return c.SendList(sub, &spice.Outgoing{Type: outer.typ, Body: outer.body})
		}
	case sendRaw:
		b := s.bytes()
		return channel, func(c *spicetest.Channel) error { return c.SendRaw(b) }
	case hangUp:
		return channel, (*spicetest.Channel).Close
	}
	m := s.sample(from)
	return channel, func(c *spicetest.Channel) error { return c.Send(m.typ, m.body) }
}

// The bits of a script's first byte.
const (
	fullHeaders  = 1
	withoutStart = 2 // neither INIT nor a surface to draw on
	closeEarly   = 4
)

// A hostileServer plays a script on all of its channels.
type hostileServer struct {
	spicetest.Server
	start bool
	acts  map[spice.ChannelID][]act
}

func newHostileServer(data []byte) (h *hostileServer, flags byte) {
	s := &script{data}
	flags = s.byte()
	h = &hostileServer{acts: map[spice.ChannelID][]act{}, start: flags&withoutStart == 0}
	h.NoMiniHeader = flags&fullHeaders != 0
	for _, c := range hostileChannels()[1:] {
		h.Channels = append(h.Channels, c.id)
	}
	for n := 0; n < 300 && len(s.b) > 0; n++ {
		channel, do := s.act()
		id := hostileChannels()[channel].id
		h.acts[id] = append(h.acts[id], do)
	}
	h.Handler = h.serve
	return h, flags
}

// serve plays the channel's part, and reads what the client sends meanwhile.
func (h *hostileServer) serve(c *spicetest.Channel) error {
	go h.play(c)
	for {
		if _, err := c.Recv(); err != nil {
			return err
		}
	}
}

func (h *hostileServer) play(c *spicetest.Channel) {
	if h.start {
		switch c.ID.Type {
		case spice.ChannelMain:
			c.Send(mainchan.MsgInit, &mainchan.Init{SessionID: c.Session, SupportedMouseModes: 3, CurrentMouseMode: 1, DisplayChannels: 2})
			c.Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: h.Channels})
		case spice.ChannelDisplay:
			c.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 64, Height: 64, Format: 32, Flags: display.SurfacePrimary})
		}
	}
	for _, do := range h.acts[c.ID] {
		if do(c) != nil {
			return
		}
	}
}

// hostileAlloc bounds what a script may make the client take, all in all. Each
// message may cost a few times the largest image that is allowed.
const hostileAlloc = 256 << 20

// survive connects to a server that does what data says. Whatever that is, the
// session can be used and closed, at once, and leaves nothing behind.
func survive(t *testing.T, data []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	synctest.Test(t, func(t *testing.T) {
		h, flags := newHostileServer(data)
		defer h.Close()
		desktop := render.NewDesktop(render.DesktopOptions{MaxSurfacePixels: 1 << 14, MaxTotalPixels: 1 << 16})
		overlay := new(render.CursorOverlay)
		s, err := channels.Connect(t.Context(), &channels.Options{
			Link: spice.Options{Target: spice.Target{Host: "vm", Port: 5900}, Dial: h.DialContext},
			Sinks: channels.Sinks{
				Canvas: func(uint8) display.Canvas { return desktop },
				Cursor: func(uint8) cursor.Sink { return overlay },
			},
			MaxImagePixels: 1 << 14,
			OnEvent:        func(channels.Event) {},
		})
		if err != nil {
			return
		}
		use(s, desktop, overlay)
		if flags&closeEarly == 0 {
			synctest.Wait()
			use(s, desktop, overlay)
			time.Sleep(10 * time.Minute) // whatever is waited for in vain is given up
			use(s, desktop, overlay)
		}
		start := time.Now()
		s.Close()
		if d := time.Since(start); d != 0 {
			t.Errorf("closing waits %v", d)
		}
		if n := desktop.Stats().Bytes; n > 8<<16+64<<20 {
			t.Errorf("the desktop holds %d bytes", n)
		}
	})
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > hostileAlloc {
		t.Errorf("the session took %d MiB", n>>20)
	}
}

// use does what a window does.
func use(s *channels.Session, desktop *render.Desktop, overlay *render.CursorOverlay) {
	if in := s.Inputs(); in != nil {
		in.Key(0x1e, true)
		in.Motion(1, 1)
		in.ReleaseAll()
	}
	s.Info()
	overlay.Snapshot()
	for i := range desktop.Heads() {
		desktop.Damage(i, func(pix *image.RGBA, r image.Rectangle) { _ = pix.SubImage(r) })
		desktop.Snapshot(i)
	}
}

// hostileSeeds are scripts that send every sample as it is, damaged and in
// lists, with both kinds of headers.
func hostileSeeds() [][]byte {
	var seeds [][]byte
	for i, c := range hostileChannels() {
		for first := 0; first < len(c.samples); first += 20 {
			whole, damaged, list := []byte{0}, []byte{fullHeaders}, []byte{0}
			for k := first; k < min(first+20, len(c.samples)); k++ {
				lo, hi := byte(k), byte(k>>8)
				whole = append(whole, byte(i), sendSample, lo, hi)
				damaged = append(damaged, byte(i), sendDamaged, lo, hi, 1, byte(7*k), 0, byte(k|1), 0, 0, 0)
				list = append(list, byte(i), sendList, 1, lo, hi, 0, 9, 0, byte(1<<(k%8)), lo, hi)
			}
			seeds = append(seeds, whole, damaged, list)
		}
		seeds = append(seeds, []byte{closeEarly, byte(i), sendRaw, 3, 1, 2, 3}, []byte{0, byte(i), hangUp},
			[]byte{withoutStart, byte(i), sendAny, 8, 0, 4, 1, 0, 0, 0})
	}
	return seeds
}

func FuzzSession(f *testing.F) {
	for _, s := range hostileSeeds() {
		f.Add(s)
	}
	f.Fuzz(survive)
}

// TestHostileServer plays the seeds of FuzzSession, and scripts of chance.
func TestHostileServer(t *testing.T) {
	for _, s := range hostileSeeds() {
		survive(t, s)
	}
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		s := make([]byte, 600)
		for i := range s {
			s[i] = byte(rnd.Uint32())
		}
		s[0] &^= withoutStart
		survive(t, s)
	}
}

// damageRecording plays a recording in which about one byte of every interval
// is another one, and some messages are cut short, doubled or left out.
func damageRecording(t *testing.T, which int, seed uint64, interval int) {
	synctest.Test(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(seed, 11))
		progress := channels.NewProgress()
		shared := &display.Shared{Cache: display.NewCache(1 << 20), Window: glz.NewWindow(1 << 20), Workers: display.NewWorkers(1)}
		defer shared.Workers.Close()
		h := display.New(display0, display.Options{
			Canvas:   render.NewDesktop(render.DesktopOptions{MaxSurfacePixels: 1 << 21}),
			Progress: progress, Shared: shared, MaxImagePixels: 1 << 20,
		})
		defer h.Close()
		for i, m := range recorded(recordings[which]) {
			b := append([]byte(nil), m.body...)
			for at := rnd.IntN(interval); at < len(b); at += 1 + rnd.IntN(2*interval) {
				b[at] = byte(rnd.Uint32() >> (rnd.Uint32() % 32))
			}
			switch {
			case rnd.IntN(interval) == 0:
				b = b[:rnd.IntN(len(b)+1)]
			case rnd.IntN(interval) == 0:
				b = append(b, b...)
			case rnd.IntN(interval) == 0:
				continue
			}
			h.Handle(spice.Message{Type: m.typ, Serial: uint64(i + 1), Body: b}) // an error would end a channel; this one goes on
		}
		if err := h.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func FuzzRecordings(f *testing.F) {
	f.Add(byte(0), uint64(1), uint16(500))
	f.Fuzz(func(t *testing.T, which byte, seed uint64, interval uint16) {
		damageRecording(t, int(which)%len(recordings), seed, int(interval)+2)
	})
}

// TestDamagedRecordings damages each recording a little and a lot.
func TestDamagedRecordings(t *testing.T) {
	for which := range recordings {
		for seed, interval := range []int{20, 300, 5000} {
			damageRecording(t, which, uint64(seed), interval)
		}
	}
}

// TestManyChannels lists every channel that could be.
func TestManyChannels(t *testing.T) {
	var all []spice.ChannelID
	for i := range 1 << 16 {
		all = append(all, spice.ChannelID{Type: spice.ChannelType(i >> 8), ID: uint8(i)})
	}
	session(t, newMachine(all...), func(t *testing.T, m *machine, c *client) {
		open := map[spice.ChannelType]int{}
		for _, ch := range c.Info().Channels {
			open[ch.ID.Type]++
		}
		want := map[spice.ChannelType]int{spice.ChannelMain: 1, spice.ChannelDisplay: 16, spice.ChannelInputs: 16, spice.ChannelCursor: 16}
		if !maps.Equal(open, want) {
			t.Errorf("open are %v, want %v", open, want)
		}
	})
}

// TestListForEver lists a channel again and again that is refused each time.
func TestListForEver(t *testing.T) {
	const lists = 3000
	m := newMachine(display0, cursorID)
	m.list = []spice.ChannelID{display0}
	var tries atomic.Int32
	m.Refuse = func(id spice.ChannelID) spice.LinkCode {
		if id != cursorID {
			return spice.LinkOK
		}
		tries.Add(1)
		return spice.LinkNoChannel
	}
	session(t, m, func(t *testing.T, m *machine, c *client) {
		for range lists {
			m.channel(t, mainID).Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: []spice.ChannelID{cursorID}})
			synctest.Wait()
		}
		if n := tries.Load(); n < 1000 || n > 1024 {
			t.Errorf("the channel was tried %d times", n)
		}
		if !c.has(display0) {
			t.Error("the session has ended")
		}
	})
}
