package webdav

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// piece returns a piece as it is on the wire.
func piece(id int64, text string) []byte {
	p := binary.LittleEndian.AppendUint64(nil, uint64(id))
	p = binary.LittleEndian.AppendUint16(p, uint16(len(text)))
	return append(p, text...)
}

// A guest takes apart what is sent to it.
type guest struct {
	mu     sync.Mutex
	got    map[int64]string // guarded by mu
	closes map[int64]int    // guarded by mu
	fail   error
	reads  gate
}

// A gate holds, like a mutex, who comes to it; synctest knows when they wait.
type gate struct{ c chan struct{} }

func (g *gate) Lock()   { g.c <- struct{}{} }
func (g *gate) Unlock() { <-g.c }

func newGuest() *guest {
	return &guest{got: map[int64]string{}, closes: map[int64]int{}, reads: gate{make(chan struct{}, 1)}}
}

func (g *guest) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fail != nil {
		return 0, g.fail
	}
	id, n := int64(binary.LittleEndian.Uint64(p)), int(binary.LittleEndian.Uint16(p[8:]))
	if len(p) != headerSize+n || len(p) > 64<<10 {
		return 0, fmt.Errorf("a piece of %d in %d bytes", n, len(p))
	}
	g.got[id] += string(p[headerSize:])
	if n == 0 {
		g.closes[id]++
	}
	return len(p), nil
}

func (g *guest) text(id int64) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got[id]
}

func (g *guest) closed(id int64) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closes[id]
}

// serve runs an HTTP server over a Mux.
func serve(t *testing.T, f http.HandlerFunc) (*Mux, *guest) {
	t.Helper()
	g := newGuest()
	m := New(g, nil)
	server := &http.Server{Handler: f, ReadHeaderTimeout: time.Minute, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(m) }()
	t.Cleanup(func() {
		m.Close()
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("serving ended with %v", err)
		}
		time.Sleep(time.Second) // connections end half a second later
	})
	return m, g
}

func request(path, body string) string {
	return fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s", r.URL.Path, body)
}

// TestHTTP lets many clients speak at once, their pieces mixed and cut anywhere,
// and comes to the same for every size of cuts.
func TestHTTP(t *testing.T) {
	for _, cut := range []int{1, 7, 10, 11, 1000, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			m, g := serve(t, echo)
			var stream []byte
			for round := range 3 {
				for id := range int64(20) {
					text := request(fmt.Sprintf("/%d/%d", id, round), strings.Repeat("x", int(id)*100))
					half := len(text) / 2
					stream = append(stream, piece(id-10, text[:half])...)
					stream = append(stream, piece(id-10, text[half:])...)
				}
			}
			stream = append(stream, piece(999, "")...) // of nobody
			for len(stream) > 0 {
				n := min(cut, len(stream))
				m.Receive(stream[:n])
				stream = stream[n:]
			}
			synctest.Wait()
			for id := range int64(20) {
				text := g.text(id - 10)
				if n := strings.Count(text, "200 OK"); n != 3 || !strings.Contains(text, fmt.Sprintf("/%d/2 ", id)) {
					t.Fatalf("cut %d, client %d: %d answers\n%s", cut, id, n, text)
				}
			}
			if g.closed(999) != 0 {
				t.Error("a connection that never was is closed")
			}
		})
	}
}

// TestClosing closes from both sides, and uses numbers again.
func TestClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, g := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/no" {
				w.Header().Set("Connection", "close")
				http.Error(w, "no", http.StatusForbidden) // without reading on
				return
			}
			echo(w, r)
		})
		const bye = "GET /bye HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		for n := range 3 { // the number is another client's at once
			m.Receive(piece(1, bye))
			synctest.Wait()
			time.Sleep(600 * time.Millisecond) // servers wait half a second themselves
			if g.closed(1) != n+1 || strings.Count(g.text(1), "/bye") != n+1 {
				t.Fatalf("closed %d times: %q", g.closed(1), g.text(1))
			}
		}
		m.Receive(piece(1, request("/again", "")))
		m.Receive(piece(1, "")) // the guest closes: nothing is said to that
		synctest.Wait()
		if g.closed(1) != 3 {
			t.Errorf("closed %d times", g.closed(1))
		}
		m.Receive(piece(2, "PUT /no HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"))
		for range 100 { // it goes on as long as it does not know
			m.Receive(piece(2, "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n"+strings.Repeat("x", 20_000)))
			time.Sleep(quiet / 10)
		}
		if n := strings.Count(g.text(2), "HTTP/1.1"); n != 1 || g.closed(2) != 0 {
			t.Errorf("closed %d times; what came too late was answered:\n%s", g.closed(2), g.text(2))
		}
		time.Sleep(2 * quiet)
		m.Receive(piece(2, request("/later", "")))
		synctest.Wait()
		if g.closed(2) != 1 || !strings.Contains(g.text(2), "/later") {
			t.Errorf("closed %d times\n%s", g.closed(2), g.text(2))
		}
	})
}

// TestReset makes the guest's side go away in the middle of everything.
func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, g := serve(t, echo)
		m.Opened()
		m.Receive(piece(1, request("/first", strings.Repeat("x", 100))[:60]))
		m.Receive([]byte{1, 2, 3})
		m.Closed()
		synctest.Wait()
		m.Opened()
		m.Receive(piece(1, request("/second", "y")))
		synctest.Wait()
		if text := g.text(1); !strings.Contains(text, "/second y") || strings.Contains(text, "/first") {
			t.Errorf("%q", text)
		}
	})
}

// TestTooMany opens more connections than there may be. Those that are closed
// make room.
func TestTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, g := serve(t, echo)
		for id := range int64(maxConns + 10) {
			m.Receive(piece(id, "GET "))
			synctest.Wait()
		}
		time.Sleep(2 * quiet)
		for id := int64(maxConns); id < maxConns+10; id++ {
			if g.closed(id) != 1 {
				t.Errorf("connection %d is closed %d times", id, g.closed(id))
			}
		}
		m.Receive(piece(3, ""))
		m.Receive(piece(500, request("/room", "")))
		synctest.Wait()
		if !strings.Contains(g.text(500), "/room") {
			t.Errorf("%q", g.text(500))
		}
	})
}

// TestLeftInTheMiddle leaves many connections whose answers nobody reads: they
// are not collected without end.
func TestLeftInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuest()
		m := New(writerFunc(func(p []byte) (int, error) { g.reads.Lock(); defer g.reads.Unlock(); return g.Write(p) }), nil)
		answering := 0
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			g.mu.Lock()
			answering++
			g.mu.Unlock()
			io.WriteString(w, strings.Repeat("x", 1<<20))
		})}
		go server.Serve(m)
		g.reads.Lock()
		for id := range int64(10 * maxConns) {
			m.Receive(piece(id, request("/", "")))
			synctest.Wait()
			m.Receive(piece(id, ""))
		}
		g.mu.Lock()
		if answering > maxLive {
			t.Errorf("%d requests are being answered", answering)
		}
		g.mu.Unlock()
		g.reads.Unlock()
		time.Sleep(2 * quiet)
		m.Receive(piece(5000, request("/", "")))
		synctest.Wait()
		if len(g.text(5000)) < 1<<20 {
			t.Errorf("there is no room again: %d bytes", len(g.text(5000)))
		}
		m.Close()
		time.Sleep(time.Minute)
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestNobodyAccepts does not collect connections without end.
func TestNobodyAccepts(t *testing.T) {
	g := newGuest()
	m := New(g, nil)
	for id := range int64(10_000) {
		m.Receive(piece(id, "x"))
	}
	if len(m.conns) != maxConns || len(m.drains) > 2*maxConns {
		t.Errorf("%d connections, %d draining", len(m.conns), len(m.drains))
	}
	m.Close()
	if _, err := m.Accept(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// TestSlowReader holds the guest while a connection does not read, and goes on
// without it after a while.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := make(chan bool)
		m, g := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				<-read
			}
			echo(w, r)
		})
		begun := time.Now()
		upload := func(id int64, path string) {
			text := request(path, strings.Repeat("z", 3*maxQueued))
			for len(text) > 0 {
				n := min(len(text), 60_000)
				m.Receive(piece(id, text[:n]))
				text = text[n:]
			}
		}
		upload(1, "/fast")
		synctest.Wait()
		if !strings.Contains(g.text(1), "/fast zzz") || time.Since(begun) > 0 {
			t.Fatalf("after %v: %.300q", time.Since(begun), g.text(1))
		}
		upload(2, "/slow")
		if d := time.Since(begun); d != stuck {
			t.Errorf("the guest waited %v", d)
		}
		upload(3, "/fast")
		synctest.Wait()
		time.Sleep(2 * quiet)
		if g.closed(2) != 1 || !strings.Contains(g.text(3), "/fast zzz") {
			t.Errorf("closed %d times; %.300q", g.closed(2), g.text(3))
		}
		close(read)
	})
}

// TestEnd closes the channel while connections read, write and wait.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuest()
		m := New(g, nil)
		m.Receive(piece(1, "abc"))
		c, err := m.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if c.RemoteAddr().String() == "" || c.LocalAddr().Network() == "" {
			t.Error("no address")
		}
		got, err := bufio.NewReader(c).Peek(3)
		if err != nil || string(got) != "abc" {
			t.Fatal(got, err)
		}
		c.SetDeadline(time.Now().Add(time.Second))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		c.SetReadDeadline(time.Time{})
		if n, err := c.Write(bytes.Repeat([]byte("y"), 200_000)); n != 200_000 || err != nil || len(g.text(1)) != n {
			t.Errorf("wrote %d, %v; %d arrived", n, err, len(g.text(1)))
		}
		blocked := make(chan error, 2)
		go func() {
			_, err := c.Read(make([]byte, 1))
			blocked <- err
		}()
		go func() { blocked <- m.Receive(bytes.Repeat(piece(7, strings.Repeat("q", 60_000)), 10)) }()
		synctest.Wait()
		m.Close()
		m.Close()
		synctest.Wait()
		for range 2 {
			if err := <-blocked; err != nil && !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}
		if _, err := c.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing later: %v", err)
		}
		c.Close()
	})
}

// TestGuestLeaves lets what was sent be read, and no answer be written.
func TestGuestLeaves(t *testing.T) {
	g := newGuest()
	m := New(g, nil)
	m.Receive(append(piece(1, "abc"), piece(1, "")...))
	c, _ := m.Accept()
	got, err := io.ReadAll(c)
	if string(got) != "abc" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	c.Close()
	if g.closed(1) != 0 {
		t.Error("the guest is told what it did")
	}
	g.fail = errors.New("gone")
	m.Receive(piece(2, "abc"))
	c, _ = m.Accept()
	if _, err := c.Write([]byte("x")); !errors.Is(err, g.fail) {
		t.Errorf("got %v", err)
	}
}

// FuzzMux feeds any stream, cut anywhere, to connections that copy, and checks
// that each gets back its own bytes.
func FuzzMux(f *testing.F) {
	f.Add(append(piece(1, "hello"), piece(2, "world")...), uint8(3))
	f.Add(append(piece(1, "x"), piece(1, "")...), uint8(1))
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8) {
		g := newGuest()
		m := New(g, nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				c, err := m.Accept()
				if err != nil {
					return
				}
				data := make([]byte, 1)
				if n, _ := c.Read(data); n > 0 {
					c.Write(data)
				}
				c.Close()
			}
		}()
		for len(stream) > 0 {
			n := min(int(cut)+1, len(stream))
			if err := m.Receive(stream[:n]); err != nil {
				t.Fatal(err)
			}
			stream = stream[n:]
		}
		m.Close()
		<-done
		if len(m.conns) > 0 {
			t.Fatalf("%d connections stay", len(m.conns))
		}
	})
}
