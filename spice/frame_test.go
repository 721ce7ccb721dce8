package spice

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"saffron/spice/wire"
)

type raw []byte

func (b raw) Encode(w *wire.Writer) { w.Bytes(b) }

const testLimit = 1 << 20

// frames are two messages in a row.
func frames(mini bool) []byte {
	return appendFrame(appendFrame(nil, mini, 1, 101, raw("body")), mini, 2, 102, nil)
}

func TestFrames(t *testing.T) {
	want := map[bool][]byte{
		true: []byte("\x65\x00\x04\x00\x00\x00body\x66\x00\x00\x00\x00\x00"),
		false: []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x65\x00\x04\x00\x00\x00\x00\x00\x00\x00body" +
			"\x02\x00\x00\x00\x00\x00\x00\x00\x66\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	}
	for mini, bytes := range want {
		if got := frames(mini); !slices.Equal(got, bytes) {
			t.Errorf("mini %v: % x, want % x", mini, got, bytes)
		}
	}
}

// readAll reads frames up to the error, which is not nil.
func readAll(stream []byte, mini bool) ([]Frame, error) {
	r := bufio.NewReader(bytes.NewReader(stream))
	var list []Frame
	for {
		f, err := readFrame(r, mini, uint64(len(list)+1), testLimit)
		if err != nil {
			return list, err
		}
		list = append(list, f)
	}
}

func TestReadFrame(t *testing.T) {
	want := []Frame{{Serial: 1, Type: 101, Body: []byte("body")}, {Serial: 2, Type: 102}}
	for _, mini := range []bool{true, false} {
		got, err := readAll(frames(mini), mini)
		if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Frame{})); d != "" || err != io.EOF {
			t.Errorf("mini %v: %v\n%s", mini, err, d)
		}
	}
}

// TestTruncatedFrames cuts the stream everywhere: only between two messages is
// that an orderly end.
func TestTruncatedFrames(t *testing.T) {
	for mini, header := range map[bool]int{true: miniHeaderSize, false: fullHeaderSize} {
		stream := frames(mini)
		for n := range stream {
			got, err := readAll(stream[:n], mini)
			want, count := io.ErrUnexpectedEOF, 0
			if n >= header+4 {
				count = 1
			}
			if n == 0 || n == header+4 {
				want = io.EOF
			}
			if err != want || len(got) != count {
				t.Errorf("mini %v cut at %d: %d messages, %v; want %d, %v", mini, n, len(got), err, count, want)
			}
		}
	}
}

// TestLimit claims 4 GiB: nothing may be allocated for them.
func TestLimit(t *testing.T) {
	header := []byte{101, 0, 0xff, 0xff, 0xff, 0xff}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readFrame(bufio.NewReader(bytes.NewReader(header)), true, 1, testLimit)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "4294967295") {
		t.Errorf("got %v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

// TestLargeBodyGrows claims the largest display message and sends little of
// it.
func TestLargeBodyGrows(t *testing.T) {
	header := []byte{101, 0, 0, 0, 0, 0x10} // 256 MiB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readFrame(bufio.NewReader(bytes.NewReader(append(header, 1, 2, 3))), true, 1, defaultMaxDisplayMessage)
	runtime.ReadMemStats(&after)
	if err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > eagerBody+1<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

// counting is an endless stream of bytes that say where they stand.
type counting struct{ at int }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte((c.at + i) * 7 >> 3)
	}
	c.at += len(p)
	return len(p), nil
}

func TestReadLarge(t *testing.T) {
	const n = eagerBody + 1000
	body, err := readLarge(bufio.NewReader(new(counting)), n)
	if err != nil || len(body) != n {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	want := make([]byte, n)
	new(counting).Read(want)
	if !bytes.Equal(body, want) {
		t.Error("the body is not what was sent")
	}
}

// subList is a LIST body as real servers send it: memory order and list order
// differ, and sizes are overstated.
var subList = []byte{
	2, 0, 24, 0, 0, 0, 10, 0, 0, 0, // two, at 24 and 10
	105, 0, 100, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, // at 10: type 105, 100 bytes claimed
	5, 0, 200, 0, 0, 0, 0, // at 24: type 5
}

func TestSubMessages(t *testing.T) {
	want := []Message{{Type: 5, Body: []byte{0}}, {Type: 105, Body: subList[16:]}}
	got, err := appendSubMessages(nil, subList, 0)
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Message{})); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	nested := append([]byte("message"), 1, 0, 13, 0, 0, 0, 104, 0, 0, 0, 0, 0)
	got, err = appendSubMessages(nil, nested, 7)
	if err != nil || len(got) != 1 || got[0].Type != 104 || len(got[0].Body) != 0 {
		t.Errorf("behind a message: %+v, %v", got, err)
	}
}

// TestOverstatedSubMessages lets servers overstate sizes, but not make work
// without end of one message.
func TestOverstatedSubMessages(t *testing.T) {
	list := func(n, size int) []byte {
		body := binary.LittleEndian.AppendUint16(nil, uint16(n))
		for range n {
			body = binary.LittleEndian.AppendUint32(body, uint32(2+4*n))
		}
		body = append(body, 105, 0, 0xff, 0xff, 0xff, 0xff)
		return append(body, make([]byte, size)...)
	}
	for _, tc := range []struct {
		n, size int
		ok      bool
	}{{8, 1 << 16, true}, {300, 8, true}, {9, 1 << 16, false}, {65535, 1 << 16, false}, {65535, 1 << 20, false}} {
		got, err := appendSubMessages(nil, list(tc.n, tc.size), 0)
		if ok := err == nil && len(got) == tc.n; ok != tc.ok || !tc.ok && !errors.Is(err, errOverstated) {
			t.Errorf("%d times %d bytes: %d messages, %v", tc.n, tc.size, len(got), err)
		}
	}
}

func TestBrokenSubMessages(t *testing.T) {
	for name, tc := range map[string]struct {
		body []byte
		at   uint32
		want error
	}{
		"empty":            {nil, 0, wire.ErrShort},
		"count":            {[]byte{255, 255, 1, 0, 0, 0}, 0, wire.ErrCount},
		"offset 0":         {[]byte{1, 0, 0, 0, 0, 0}, 0, wire.ErrOffset},
		"offset outside":   {[]byte{1, 0, 7, 0, 0, 0}, 0, wire.ErrOffset},
		"offset at end":    {[]byte{1, 0, 6, 0, 0, 0}, 0, wire.ErrShort},
		"list outside":     {[]byte{0, 0}, 3, wire.ErrOffset},
		"list cut":         {[]byte{0, 0}, 1, wire.ErrShort},
		"largest possible": {[]byte{1, 0, 255, 255, 255, 255}, 0, wire.ErrOffset},
	} {
		if _, err := appendSubMessages(nil, tc.body, tc.at); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
	for n := range 30 { // every cut of headers and list; bodies may be short
		if _, err := appendSubMessages(nil, subList[:n], 0); err == nil {
			t.Errorf("cut to %d bytes: no error", n)
		}
	}
}

// checkStream reads any bytes as a stream of messages with lists in them.
func checkStream(t *testing.T, mini bool, stream []byte) {
	list, err := readAll(stream, mini)
	total := 0
	for i, f := range list {
		total += len(f.Body)
		if mini && f.Serial != uint64(i+1) {
			t.Errorf("message %d has serial %d", i, f.Serial)
		}
		subs, err := appendSubMessages(nil, f.Body, f.SubList)
		for _, m := range subs {
			if err == nil && len(m.Body) > len(f.Body) {
				t.Errorf("a sub-message of %d bytes in a message of %d", len(m.Body), len(f.Body))
			}
		}
	}
	if err == nil || total > len(stream) {
		t.Errorf("%d bytes of bodies from %d bytes, %v", total, len(stream), err)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add(true, frames(true))
	f.Add(false, frames(false))
	f.Add(true, appendFrame(nil, true, 1, MsgList, raw(subList)))
	list := appendFrame(nil, false, 1, 101, raw(append([]byte("abcd"), subList...)))
	binary.LittleEndian.PutUint32(list[14:], 4)
	f.Add(false, list)
	f.Add(true, []byte{101, 0, 255, 255, 255, 255})
	f.Fuzz(checkStream)
}

func TestPool(t *testing.T) {
	for n, size := range map[int]int{0: 64, 1: 64, 64: 64, 65: 128, 4096: 4096, 4097: 8192, 32 << 20: 32 << 20} {
		p := takeBody(n)
		if len(p.b) != size {
			t.Errorf("%d bytes: got %d, want %d", n, len(p.b), size)
		}
		p.free()
	}
	if p := takeBody(32<<20 + 1); p != nil {
		t.Errorf("a body above the largest class has %d bytes", len(p.b))
	}
}

// repeated is an endless stream of the same bytes.
type repeated struct {
	unit []byte
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.unit[r.at:])
	r.at = (r.at + n) % len(r.unit)
	return n, nil
}

// TestNextDoesNotAllocate: a caller that frees what it gets costs no memory.
func TestNextDoesNotAllocate(t *testing.T) {
	for _, mini := range []bool{true, false} {
		stream := &repeated{unit: appendFrame(nil, mini, 1, 101, raw(make([]byte, 60)))}
		c := &Conn{r: bufio.NewReader(stream), mini: mini, limit: testLimit, opts: new(Options)}
		allocations := testing.AllocsPerRun(1000, func() {
			m, err := c.Next()
			if err != nil || len(m.Body) != 60 {
				t.Fatalf("%d bytes, %v", len(m.Body), err)
			}
			m.Free()
		})
		if allocations > 0 {
			t.Errorf("mini %v: %v allocations a message", mini, allocations)
		}
	}
}
