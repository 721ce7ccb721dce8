package pane

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"saffron/render"
)

// A pair is a host and a guest in this process.
type pair struct {
	host    *Host
	guest   *Guest
	desktop *render.Desktop
	cursor  *render.CursorOverlay

	mu     sync.Mutex
	state  State
	events []Event
	toasts []string
}

func newPair(t *testing.T, b Begin) *pair {
	t.Helper()
	ours, theirs, err := newConns()
	if err != nil {
		t.Fatal(err)
	}
	c, err := openConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{state: b.State}
	wake := func() {
		if p.host != nil {
			p.host.Wake()
		}
	}
	p.desktop = render.NewDesktop(render.DesktopOptions{Changed: wake})
	p.cursor = &render.CursorOverlay{Changed: wake}
	p.host = newHost(ours, b, Source{
		Desktop: p.desktop, Cursor: p.cursor,
		Head: func() int { return len(p.desktop.Heads()) - 1 },
		State: func() State {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.state
		},
		Event: func(e Event) {
			p.mu.Lock()
			p.events = append(p.events, e)
			p.mu.Unlock()
			if e.Kind == EventMenu {
				p.host.Menu([]Entry{{Label: "Quit", Command: 7}})
			}
		},
	})
	if p.guest, err = newGuest(c); err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		p.guest.Serve(func() {}, func(text string) {
			p.mu.Lock()
			p.toasts = append(p.toasts, text)
			p.mu.Unlock()
		})
	})
	t.Cleanup(func() {
		p.host.Close()
		serving.Wait()
	})
	return p
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// same waits until the guest shows what the last head of the host does.
func (p *pair) same(t *testing.T) {
	t.Helper()
	want := p.desktop.Snapshot(len(p.desktop.Heads()) - 1)
	eventually(t, "showing the picture", func() error {
		got := p.guest.Desktop.Snapshot(0)
		if got == nil || got.Rect != want.Rect {
			return fmt.Errorf("the picture is not of %v", want.Rect)
		}
		if !bytes.Equal(got.Pix, want.Pix) {
			return fmt.Errorf("other pixels")
		}
		return nil
	})
}

func (p *pair) fill(t *testing.T, r image.Rectangle, c uint32) {
	t.Helper()
	op := &render.Fill{Brush: render.Brush{Kind: render.BrushSolid, Color: c}, Rop: render.RopPut}
	if err := p.desktop.Draw(0, r, nil, op); err != nil {
		t.Fatal(err)
	}
}

func (p *pair) surface(t *testing.T, size image.Point) {
	t.Helper()
	if err := p.desktop.CreateSurface(0, size.X, size.Y, render.FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	p.desktop.Mark()
}

func TestPicture(t *testing.T) {
	p := newPair(t, Begin{})
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []image.Point{{801, 599}, {64, 1}, {1920, 1080}, {801, 599}} {
		p.surface(t, size)
		for range 300 {
			x, y := r.IntN(size.X), r.IntN(size.Y)
			p.fill(t, image.Rect(x, y, x+1+r.IntN(size.X-x), y+1+r.IntN(size.Y-y)), r.Uint32())
		}
		p.same(t)
	}
	// The second of two heads, which moves.
	for _, x := range []int{400, 300, 501} {
		p.desktop.SetHeads([]render.Head{{ID: 0, Rect: image.Rect(0, 0, 300, 599)}, {ID: 1, Rect: image.Rect(x, 10, 801, 500)}})
		p.fill(t, image.Rect(0, 0, 801, 599), uint32(x))
		p.fill(t, image.Rect(x, 20, x+9, 30), 0xffffff)
		p.same(t)
	}
	if lag := p.host.Lag(); lag <= 0 || lag > 5*time.Second {
		t.Errorf("Lag = %v", lag)
	}
}

func TestPointer(t *testing.T) {
	p := newPair(t, Begin{})
	p.surface(t, image.Pt(100, 80))
	p.desktop.SetHeads([]render.Head{{ID: 3, Rect: image.Rect(30, 20, 100, 80)}})
	img := image.NewRGBA(image.Rect(0, 0, 17, 9))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	p.cursor.SetServer(true)
	p.cursor.Set(render.Cursor{Image: img, Hot: image.Pt(3, 4)}, image.Pt(50, 60), true)
	check := func(what string, ok func(s render.CursorState) bool) {
		t.Helper()
		eventually(t, what, func() error {
			if s := p.guest.Cursor.Snapshot(); !ok(s) {
				return fmt.Errorf("it is %+v", s)
			}
			return nil
		})
	}
	check("a pointer", func(s render.CursorState) bool {
		return s.Known && s.Visible && s.Server && s.Pos == image.Pt(20, 40) && s.Cursor.Hot == image.Pt(3, 4) &&
			s.Cursor.Image != nil && s.Cursor.Image.Rect == img.Rect && bytes.Equal(s.Cursor.Image.Pix, img.Pix)
	})
	p.cursor.Move(image.Pt(31, 22))
	check("moving", func(s render.CursorState) bool { return s.Pos == image.Pt(1, 2) })
	p.cursor.SetServer(false)
	p.cursor.Hide()
	check("hiding", func(s render.CursorState) bool { return !s.Visible && !s.Server })
	p.cursor.Set(render.Cursor{}, image.Point{}, true)
	check("no shape", func(s render.CursorState) bool { return s.Visible && s.Cursor.Image == nil })
}

func TestMessages(t *testing.T) {
	b := Begin{State: State{Title: "two"}, Width: 640, Fullscreen: true, Screen: "DP-2", Hotkeys: []Hotkey{{"f11", "toggle-fullscreen"}}}
	p := newPair(t, b)
	if got := p.guest.Begin(); fmt.Sprint(got) != fmt.Sprint(b) {
		t.Errorf("Begin = %+v", got)
	}
	p.mu.Lock()
	p.state.Status, p.state.Relative = "Waiting …", true
	p.mu.Unlock()
	p.host.Wake()
	eventually(t, "the state", func() error {
		if got := p.guest.State(); got != p.state {
			return fmt.Errorf("it is %+v", got)
		}
		return nil
	})
	if menu := p.guest.Menu(); len(menu) != 1 || menu[0].Label != "Quit" || menu[0].Command != 7 {
		t.Errorf("Menu = %+v", menu)
	}
	p.host.Toast("hello")
	var want []Event
	for i := range 3000 {
		e := Event{Kind: EventPosition, At: image.Pt(i, -i)}
		if i%3 == 0 {
			e = Event{Kind: EventKey, Code: i % 200, Down: i%2 == 0}
		}
		want = append(want, e)
		p.guest.Send(e)
		if i%1000 == 999 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	eventually(t, "events and a toast", func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.events) != len(want)+1 || len(p.toasts) != 1 {
			return fmt.Errorf("%d events, %d toasts", len(p.events), len(p.toasts))
		}
		for i, e := range want {
			if p.events[i+1] != e {
				t.Fatalf("event %d is %+v, want %+v", i, p.events[i+1], e)
			}
		}
		return nil
	})
	p.guest.Close()
	eventually(t, "closing", func() error {
		select {
		case <-p.host.done:
			return nil
		default:
			return fmt.Errorf("the host goes on")
		}
	})
	if last := p.events[len(p.events)-1]; last.Kind != EventClosed {
		t.Errorf("the last event is %+v", last)
	}
}

// A window that is closed before it was open says so, too.
func TestClosedEarly(t *testing.T) {
	ours, theirs, err := newConns()
	if err != nil {
		t.Fatal(err)
	}
	peer, err := openConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.send(&tell{Kind: tellBegin, Begin: &Begin{}}, nil); err != nil {
		t.Fatal(err)
	}
	g, err := newGuest(peer)
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.send(&tell{Kind: tellToast, Text: "it will not take this"}, nil); err != nil {
		t.Fatal(err)
	}
	g.Close()
	packet, _, err := ours.receive(make([]byte, maxPacket))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := decodeEvent(packet); err != nil || e.Kind != EventClosed {
		t.Errorf("told was %+v, %v", e, err)
	}
	ours.Close()
}

// A host that sends what it must not ends the connection, and nothing else.
func TestHostileHost(t *testing.T) {
	small, _, err := newMemory(image.Pt(8, 8))
	if err != nil {
		t.Fatal(err)
	}
	freeMemory(small)
	unsealed := func() *os.File {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "test")
		if err := f.Truncate(1 << 20); err != nil {
			t.Fatal(err)
		}
		return f
	}
	sealed := func() *os.File {
		mem, f, err := newMemory(image.Pt(8, 8))
		if err != nil {
			t.Fatal(err)
		}
		freeMemory(mem)
		return f
	}
	for name, c := range map[string]struct {
		message any
		file    func() *os.File
	}{
		"no message":          {tell{Kind: "what"}, nil},
		"damage first":        {tell{Kind: tellDamage, Rects: []image.Rectangle{{}}}, nil},
		"no memory":           {tell{Kind: tellMemory, Size: image.Pt(8, 8)}, nil},
		"too little memory":   {tell{Kind: tellMemory, Size: image.Pt(9, 9)}, sealed},
		"memory that shrinks": {tell{Kind: tellMemory, Size: image.Pt(8, 8)}, unsealed},
		"a size of nothing":   {tell{Kind: tellMemory, Size: image.Pt(0, 8)}, sealed},
		"a huge size":         {tell{Kind: tellMemory, Size: image.Pt(1<<31, 1<<31)}, sealed},
		"a huge pointer":      {tell{Kind: tellShape, Size: image.Pt(1<<20, 2)}, sealed},
		"no state":            {tell{Kind: tellState}, nil},
		"too many parts":      {tell{Kind: tellDamage, Rects: make([]image.Rectangle, maxRects+1)}, nil},
	} {
		ours, theirs, err := newConns()
		if err != nil {
			t.Fatal(err)
		}
		peer, err := openConn(theirs)
		if err != nil {
			t.Fatal(err)
		}
		if err := ours.send(&tell{Kind: tellBegin, Begin: &Begin{}}, nil); err != nil {
			t.Fatal(err)
		}
		g, err := newGuest(peer)
		if err != nil {
			t.Fatal(err)
		}
		var f *os.File
		if c.file != nil {
			f = c.file()
		}
		if err := ours.send(c.message, f); err != nil {
			t.Fatal(err)
		}
		closeFile(f)
		ended := make(chan struct{})
		go func() {
			g.Serve(func() {}, func(string) {})
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the guest goes on", name)
		}
		ours.Close()
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"Kind":"damage","Rects":[{"Min":{"X":1,"Y":2},"Max":{"X":3,"Y":4}}]}`))
	f.Add([]byte(`{"Kind":"key","Code":30,"Down":true}`))
	f.Fuzz(func(t *testing.T, packet []byte) {
		if m, err := decodeTell(packet); err == nil && m.Kind == tellMemory && m.Size.X*m.Size.Y > maxPixels {
			t.Fatalf("%v", m.Size)
		}
		if e, err := decodeEvent(packet); err == nil && (e.At.X > 1<<20 || e.Code > 1<<20) {
			t.Fatalf("%+v", e)
		}
	})
}
