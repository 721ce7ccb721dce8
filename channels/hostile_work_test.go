package channels_test

import (
	"image"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/render"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

const (
	workWidth, workHeight = 640, 480
	// workTime bounds what one attack may cost. Most take milliseconds; with
	// the race detector on a busy machine it is a hundred times more.
	workTime = 30 * time.Second
	// workPeak bounds the memory in use meanwhile, garbage among it: what is
	// under way (see the display's budget), and a large image twice.
	workPeak = 400 << 20
	// workKept bounds what is left of it.
	workKept = 80 << 20
)

// An attack sends what makes much work or memory of little, or what refers to
// what is not there.
type attack struct {
	send func(c *spicetest.Channel)
	want string // a part of the warning, or of the reason why the channel ends; "" if nothing is wrong
	ends bool   // the channel ends
}

func rect(n int) image.Rectangle { return image.Rect(0, 0, n, n) }

// far is a rectangle of all coordinates that there are.
var far = image.Rect(-1<<31, -1<<31, 1<<31-1, 1<<31-1)

var solid = display.Brush{Type: 1, Color: 0x123456}

// rawCount is a DRAW_FILL whose clip list claims a length.
func rawCount(n uint32) body {
	var w wire.Writer
	w.U32(0)
	w.Rect(rect(9))
	w.U8(1)
	w.U32(n)
	w.Bytes(make([]byte, 64))
	return w.Body()
}

// huge is an image of a few bytes that claims to be of a size.
func huge(typ display.ImageType, width, height uint32) *display.Image {
	src := image.NewRGBA(rect(1))
	img := &display.Image{Type: typ, Width: width, Height: height}
	switch typ {
	case display.ImageQUIC:
		img.Data = encode.QUIC(src, false)
	case display.ImageLZRGB:
		img.Data = encode.LZ(src, 8, true)
	case display.ImageGLZRGB:
		img.Data = encode.NewGLZ(1<<20).Encode(src, false, true)
	case display.ImageZlibGLZRGB:
		img.Inflated = 1 << 31
		img.Data = encode.ZlibGLZ(make([]byte, 1<<20))
	case display.ImageLZ4:
		img.Data = encode.LZ4(src, 8, true)
	case display.ImageJPEG:
		img.Data = encode.JPEG(src, 80)
	case display.ImageBitmap:
		img.Format, img.Stride, img.Data = 8, 4*width, make([]byte, 4)
	}
	return img
}

// attacks are what hostile servers do on a display channel that has a surface.
func attacks() map[string]attack {
	base := display.Base{Box: rect(workHeight)}
	surface := func(id uint32) *display.Image {
		return &display.Image{Type: display.ImageSurface, Surface: id, Width: 640, Height: 480}
	}
	create := func(c *spicetest.Channel, id, side uint32) {
		c.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: id, Width: side, Height: side, Format: 32})
	}
	copyFrom := func(c *spicetest.Channel, to uint32, img *display.Image) {
		c.Send(display.MsgDrawCopy, &display.DrawCopy{Base: display.Base{Surface: to, Box: rect(100)}, Src: img, SrcArea: rect(99), ROP: 8})
	}
	all := map[string]attack{
		"draws on a destroyed surface": {want: "surface 1", send: func(c *spicetest.Channel) {
			create(c, 1, 64)
			c.Send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: 1})
			for range 1000 {
				copyFrom(c, 1, surface(0))
				c.Send(display.MsgDrawFill, &display.DrawFill{Base: display.Base{Surface: 1, Box: rect(9)}, Brush: solid, ROP: 8})
			}
		}},
		"draws from a destroyed surface": {want: "surface 1", send: func(c *spicetest.Channel) {
			create(c, 1, 64)
			c.Send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: 1})
			for range 1000 {
				copyFrom(c, 0, surface(1))
			}
		}},
		"surfaces draw from each other": {send: func(c *spicetest.Channel) {
			create(c, 1, 128)
			create(c, 2, 128)
			for range 100 {
				copyFrom(c, 1, surface(2))
				copyFrom(c, 2, surface(1))
				copyFrom(c, 2, surface(2))
			}
		}},
		"a clip of 2^32 rectangles": {ends: true, want: "a list is too long", send: func(c *spicetest.Channel) {
			c.Send(display.MsgDrawFill, rawCount(^uint32(0)))
		}},
		"a clip longer than its message": {ends: true, want: "a count is larger than the body can hold", send: func(c *spicetest.Channel) {
			c.Send(display.MsgDrawFill, rawCount(1<<19))
		}},
		"a clip of very many rectangles": {want: "too fragmented", send: func(c *spicetest.Channel) {
			b := display.Base{Box: far, Clipped: true}
			for i := range 1 << 18 {
				b.Clip = append(b.Clip, image.Rect(i%512*2, i/512*2, i%512*2+1, i/512*2+1))
			}
			for range 3 {
				c.Send(display.MsgDrawFill, &display.DrawFill{Base: b, Brush: solid, ROP: 64})
			}
		}},
		"surfaces come and go": {send: func(c *spicetest.Channel) {
			for i := range uint32(3000) {
				create(c, i, 512)
				c.Send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: i})
			}
			c.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: workWidth, Height: workHeight, Format: 32, Flags: 1})
		}},
		"more and more surfaces": {want: "surface", send: func(c *spicetest.Channel) {
			for i := range uint32(3000) {
				create(c, i+1, 512)
			}
			for i := range uint32(3000) {
				c.Send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: i + 1})
			}
		}},
		"a surface of 2^62 pixels": {want: "surface 1", send: func(c *spicetest.Channel) { create(c, 1, 1<<31) }},
		"65535 monitors": {send: func(c *spicetest.Channel) {
			m := &display.MonitorsConfig{MaxAllowed: 65535, Heads: make([]display.Head, 65535)}
			for i := range m.Heads {
				m.Heads[i] = display.Head{Monitor: uint32(i), Width: workWidth, Height: workHeight}
			}
			for range 5 {
				c.Send(display.MsgMonitorsConfig, m)
			}
			c.Send(display.MsgMonitorsConfig, &display.MonitorsConfig{MaxAllowed: 1, Heads: m.Heads[:1]})
		}},
		"many palettes": {want: "palette", send: func(c *spicetest.Channel) {
			img := &display.Image{Type: display.ImageBitmap, Format: 5, Stride: 1, Width: 1, Height: 1, Data: []byte{1},
				PaletteFlags: display.FlagPaletteCacheMe, Palette: display.Palette{Present: true, Entries: make([]uint32, 2000)}}
			for i := range uint64(1500) {
				img.Palette.ID = i + 1
				drawImage(c, img)
			}
			c.Send(display.MsgInvalAllPalettes, nil)
		}},
		"very many dashes": {send: func(c *spicetest.Channel) {
			m := &display.DrawStroke{Base: base, Brush: solid, ForeMode: 8, Attr: display.LineAttr{Flags: 8, Dashes: []int32{1, 1}}}
			for range 20 {
				m.Path = append(m.Path, display.PathSegment{Flags: 3, Points: []image.Point{{-1 << 31, -1 << 31}, {1<<31 - 1, 1<<31 - 1}, {0, 1<<31 - 1}}})
			}
			c.Send(display.MsgDrawStroke, m)
			m.Attr.Dashes = make([]int32, 255)
			c.Send(display.MsgDrawStroke, m)
			m.Attr.Dashes = []int32{-1, 1<<31 - 1, -1 << 31}
			c.Send(display.MsgDrawStroke, m)
		}},
		"very many lines": {send: func(c *spicetest.Channel) {
			points := make([]image.Point, 1<<18)
			for i := range points {
				points[i] = image.Pt(i%2*1<<30-1<<29, i%3*1<<30-1<<29)
			}
			c.Send(display.MsgDrawStroke, &display.DrawStroke{Base: display.Base{Box: rect(16)}, Brush: solid, ForeMode: 8,
				Path: display.Path{{Flags: 3, Points: points}}})
		}},
		"curves without end": {send: func(c *spicetest.Channel) {
			points := make([]image.Point, 1, 3*2000+1)
			for i := range 2000 {
				points = append(points, image.Pt(1<<31-1, -1<<31), image.Pt(-1<<31, 1<<31-1), image.Pt(16*(i%7), 16*(i%5)))
			}
			c.Send(display.MsgDrawStroke, &display.DrawStroke{Base: base, Brush: solid, ForeMode: 8,
				Path: display.Path{{Flags: 3 | 16, Points: points}}})
		}},
		"65535 glyphs": {send: func(c *spicetest.Channel) {
			for _, kind := range []uint8{1, 2, 4} {
				text := &display.String{Flags: kind, Glyphs: make([]display.Glyph, 65535)}
				for i := range text.Glyphs {
					text.Glyphs[i] = display.Glyph{RenderPos: image.Pt(i%1000-200, 1<<31-1), Origin: image.Pt(3, -i), Width: 8, Height: 2, Bits: make([]byte, 16)[:2*[]int{1: 1, 2: 4, 4: 8}[kind]]}
				}
				c.Send(display.MsgDrawText, &display.DrawText{Base: base, Fore: solid, Back: solid, BackArea: far, ForeMode: 8, Text: text})
			}
		}},
		"glyphs larger than their message": {ends: true, want: "ends too early", send: func(c *spicetest.Channel) {
			c.Send(display.MsgDrawText, &display.DrawText{Base: base, Fore: solid,
				Text: &display.String{Flags: 4, Glyphs: []display.Glyph{{Width: 65535, Height: 65535, Bits: make([]byte, 9)}}}})
		}},
		"pictures scaled to and from everywhere": {want: "empty source area", send: func(c *spicetest.Channel) {
			pixels := &display.Image{Format: 8, Width: 2, Height: 2, Stride: 8, Data: make([]byte, 16)}
			for _, area := range []image.Rectangle{far, rect(1), image.Rect(-1<<31, 0, 1-1<<31, 1), {}} {
				for _, box := range []image.Rectangle{far, rect(workHeight), image.Rect(1<<31-2, 0, 1<<31-1, 9)} {
					for scale := range uint8(2) {
						b := display.Base{Box: box}
						c.Send(display.MsgDrawCopy, &display.DrawCopy{Base: b, Src: pixels, SrcArea: area, ROP: 64, Scale: scale})
						c.Send(display.MsgDrawOpaque, &display.DrawOpaque{Base: b, Src: surface(0), SrcArea: area, Brush: solid, ROP: 64, Scale: scale})
						c.Send(display.MsgDrawROP3, &display.DrawROP3{Base: b, Src: pixels, SrcArea: area, Brush: solid, ROP3: 0xca, Scale: scale})
						c.Send(display.MsgDrawTransparent, &display.DrawTransparent{Base: b, Src: pixels, SrcArea: area})
						c.Send(display.MsgDrawAlphaBlend, &display.DrawAlphaBlend{Base: b, Alpha: 9, Src: surface(0), SrcArea: area})
						c.Send(display.MsgCopyBits, &display.CopyBits{Base: b, Src: area.Min})
					}
				}
			}
		}},
		"a tile far away": {send: func(c *spicetest.Channel) {
			tile := display.Brush{Type: 2, Pos: image.Pt(-1<<31, 1<<31-1),
				Pattern: &display.Image{Format: 8, Width: 1, Height: 1, Stride: 4, Data: make([]byte, 4)}}
			for range 20 {
				c.Send(display.MsgDrawFill, &display.DrawFill{Base: display.Base{Box: far}, Brush: tile, ROP: 64})
			}
		}},
	}
	for _, typ := range []display.ImageType{display.ImageQUIC, display.ImageLZRGB, display.ImageGLZRGB, display.ImageZlibGLZRGB,
		display.ImageLZ4, display.ImageJPEG} {
		all["a tiny "+typ.String()+" image that claims much"] = attack{want: typ.String(), send: func(c *spicetest.Channel) {
			for _, size := range []image.Point{{1 << 12, 1 << 12}, {1 << 26, 1}, {1 << 31, 1 << 31}, {0, 1 << 31}} {
				drawImage(c, huge(typ, uint32(size.X), uint32(size.Y)))
			}
		}}
	}
	all["a tiny bitmap that claims much"] = attack{want: "byte", ends: true, send: func(c *spicetest.Channel) {
		drawImage(c, huge(display.ImageBitmap, 1<<12, 1<<12))
	}}
	return all
}

// A watch samples how much memory is in use.
type watch struct {
	stop chan struct{}
	done sync.WaitGroup
	peak uint64
}

func startWatch() *watch {
	w := &watch{stop: make(chan struct{})}
	w.done.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			w.peak = max(w.peak, m.HeapAlloc)
			select {
			case <-w.stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return w
}

func (w *watch) end() uint64 {
	close(w.stop)
	w.done.Wait()
	return w.peak
}

// inUse is the memory that is not garbage.
func inUse() uint64 {
	debug.FreeOSMemory() // runs the collector, twice for pools
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestAttacks plays each attack on the second display of a session: it ends, or
// goes on with what comes next; the first display goes on in any case.
func TestAttacks(t *testing.T) {
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) { a.run(t) })
	}
}

func (a *attack) run(t *testing.T) {
	m := newMachine(display0, display1)
	defer m.Close()
	c := newClient(m)
	second := render.NewDesktop(render.DesktopOptions{MaxTotalPixels: 1 << 23})
	c.options.Sinks.Canvas = func(id uint8) display.Canvas { return []display.Canvas{c.desktop, second}[id] }
	c.options.MaxImagePixels = 1 << 24
	before := inUse()
	s, err := channels.Connect(t.Context(), &c.options)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c.Session = s
	began := time.Now()
	for _, d := range []*render.Desktop{c.desktop, second} {
		for d.Snapshot(0) == nil { // until then the machine itself still paints
			if time.Since(began) > workTime {
				t.Fatal("there is no picture")
			}
			time.Sleep(time.Millisecond)
		}
	}
	memory := startWatch()
	start := time.Now()
	ch := m.channel(t, display1)
	ch.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: workWidth, Height: workHeight, Format: 32, Flags: 1})
	a.send(ch)
	ch.Send(display.MsgDrawFill, &display.DrawFill{Base: display.Base{Box: rect(workWidth)}, Brush: display.Brush{Type: 1, Color: 0x77}, ROP: 8})
	fill(m.channel(t, display0), 0x77)
	painted := func(d *render.Desktop, id uint32) func() bool {
		return func() bool {
			p := d.SurfaceSnapshot(id)
			return p != nil && p.Pix[2] == 0x77 && p.Pix[len(p.Pix)-2] == 0x77
		}
	}
	var events []string
	happens := func(what string, f func() bool) {
		t.Helper()
		for !f() {
			if time.Since(start) > workTime {
				t.Fatalf("%s does not happen; events %q", what, events)
			}
			time.Sleep(time.Millisecond)
		}
	}
	happens("drawing on the first display", painted(c.desktop, 0))
	if a.ends {
		happens("the end of the channel", func() bool {
			events = append(events, c.take()...)
			return slices.ContainsFunc(events, func(e string) bool { return strings.HasPrefix(e, "ChannelFailed{display 1 ") })
		})
	} else {
		happens("drawing on the second display", painted(second, 0))
	}
	t.Logf("%v, peak %d MiB", time.Since(start).Round(time.Millisecond), (memory.end()-min(before, memory.peak))>>20)
	if memory.peak > before+workPeak {
		t.Errorf("it took %d MiB", (memory.peak-before)>>20)
	}
	if kept := inUse(); kept > before+workKept {
		t.Errorf("%d MiB are left", (kept-before)>>20)
	}
	events = slices.DeleteFunc(append(events, c.take()...), func(e string) bool {
		return !strings.HasPrefix(e, "Warning{") && !strings.HasPrefix(e, "ChannelFailed{")
	})
	named := slices.ContainsFunc(events, func(e string) bool { return strings.Contains(e, a.want) })
	if a.want == "" && len(events) > 0 || a.want != "" && !named {
		t.Errorf("events %.1000q, want %q", events, a.want)
	}
	s.Close()
}
