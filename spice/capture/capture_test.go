package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
)

var (
	mainID    = spice.ChannelID{Type: spice.ChannelMain}
	displayID = spice.ChannelID{Type: spice.ChannelDisplay, ID: 1}
)

// sample are records of every kind.
func sample() []Record {
	return []Record{
		{Kind: Opened, Link: 0, Time: time.Millisecond, Opened: Link{ID: mainID, Caps: spice.Caps{Common: spice.CapSet{11}, Channel: spice.CapSet{15}}}},
		{Kind: Message, Link: 0, Time: 2 * time.Millisecond, Frame: spice.Frame{Serial: 1, Type: 103, Body: []byte("0123456789")}},
		{Kind: Opened, Link: 1, Time: 3 * time.Millisecond, Opened: Link{ID: displayID, Caps: spice.Caps{Common: spice.CapSet{11, 0}, Channel: spice.CapSet{}}, Secure: true}},
		{Kind: Message, Link: 1, Time: 3 * time.Millisecond, Frame: spice.Frame{Serial: 1, Type: 304, SubList: 4, Body: bytes.Repeat([]byte{7}, 1000)}},
		{Kind: Message, Link: 0, Time: 2 * time.Hour, Frame: spice.Frame{Serial: 1 << 40, Type: 109}, Withheld: true},
		{Kind: Closed, Link: 1, Time: 3 * time.Hour},
	}
}

func write(t testing.TB, records []Record, end time.Duration) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, Header{Start: time.UnixMicro(1234567890), Agent: true})
	for _, r := range records {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(end); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read returns the records of a capture and the error that ended them.
func read(data []byte, memory bool) (records []Record, err error) {
	r, err := NewReader(iotest{bytes.NewReader(data)})
	if memory {
		r, err = NewMemoryReader(data)
	}
	if err != nil {
		return nil, err
	}
	for {
		rec, err := r.Next()
		if err != nil {
			return records, err
		}
		records = append(records, rec)
	}
}

// iotest hands out few bytes at a time.
type iotest struct{ io.Reader }

func (r iotest) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 7)]) }

// same reports whether two lists of records are the same.
func same(a, b []Record) bool {
	return slices.EqualFunc(a, b, func(a, b Record) bool {
		f, g := a.Frame, b.Frame
		return a.Kind == b.Kind && a.Link == b.Link && a.Time == b.Time && a.Withheld == b.Withheld && a.Totals == b.Totals &&
			a.Opened.ID == b.Opened.ID && a.Opened.Secure == b.Opened.Secure &&
			slices.Equal(a.Opened.Caps.Common, b.Opened.Caps.Common) && slices.Equal(a.Opened.Caps.Channel, b.Opened.Caps.Channel) &&
			f.Serial == g.Serial && f.Type == g.Type && f.SubList == g.SubList && bytes.Equal(f.Body, g.Body)
	})
}

func TestRoundTrip(t *testing.T) {
	data := write(t, sample(), 4*time.Hour)
	want := append(sample(), Record{Kind: End, Time: 4 * time.Hour, Totals: Totals{3, 1010}})
	for _, memory := range []bool{false, true} {
		got, err := read(data, memory)
		if err != io.EOF {
			t.Error(err)
		}
		if !same(want, got) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	s, err := Stat(bytes.NewReader(data))
	if err != nil || !s.Complete || s.Duration != 4*time.Hour || s.Totals != (Totals{3, 1010}) || !s.Agent || s.Devices ||
		!s.Start.Equal(time.UnixMicro(1234567890)) {
		t.Error(s, err)
	}
}

// TestCut cuts a capture at every byte: everything before is there, and the end
// is told from that of a whole one.
func TestCut(t *testing.T) {
	data := write(t, sample(), 4*time.Hour)
	whole, _ := read(data, true)
	most := 0
	for n := range data {
		for _, memory := range []bool{false, true} {
			got, err := read(data[:n:n], memory)
			if err != ErrTruncated {
				t.Fatalf("%d bytes: %v", n, err)
			}
			if len(got) > 0 && !same(got, whole[:len(got)]) {
				t.Fatalf("%d bytes: other records", n)
			}
			if len(got) < most {
				t.Fatalf("%d bytes: %d records, had %d", n, len(got), most)
			}
			most = len(got)
		}
		s, err := Stat(bytes.NewReader(data[:n:n]))
		if n < headerSize {
			if err != ErrTruncated {
				t.Fatal(n, err)
			}
		} else if err != nil || s.Complete || int(s.Messages) > most {
			t.Fatal(n, s, err)
		}
	}
	if most != len(whole)-1 {
		t.Error(most)
	}
}

// mangle changes one record of a capture.
func mangle(data []byte, record int, change func(head []byte)) []byte {
	data = slices.Clone(data)
	at := headerSize
	for range record {
		at += recordSize + int(binary.LittleEndian.Uint32(data[at+4:]))
	}
	change(data[at:])
	return data
}

func TestBroken(t *testing.T) {
	data := write(t, sample(), 4*time.Hour)
	put32 := binary.LittleEndian.PutUint32
	for _, tc := range []struct {
		name   string
		data   []byte
		before int // records that are good
		want   string
	}{
		{"time goes back", mangle(data, 1, func(h []byte) { clear(h[8:16]) }), 1, "older"},
		{"time out of this world", mangle(data, 1, func(h []byte) { h[15] = 0xff }), 1, "older"},
		{"a link too far", mangle(data, 2, func(h []byte) { h[2] = 7 }), 2, "link 7 is opened after 1 others"},
		{"a link opened twice", mangle(data, 2, func(h []byte) { h[2] = 0 }), 2, "link 0"},
		{"a message of no link", mangle(data, 1, func(h []byte) { h[3] = 1 }), 1, "link 256 was not opened"},
		{"the end of no link", mangle(data, 5, func(h []byte) { h[2] = 9 }), 5, "link 9 was not opened"},
		{"a body of 4 GiB", mangle(data, 1, func(h []byte) { put32(h[4:], 1<<32-1) }), 1, "too large"},
		{"a huge link", mangle(data, 0, func(h []byte) { put32(h[4:], 1<<20) }), 0, "too large"},
		{"an odd link", mangle(data, 0, func(h []byte) { put32(h[4:], 11) }), 0, "impossible"},
		{"too many words", mangle(data, 0, func(h []byte) { h[recordSize+2] = 3 }), 0, "impossible"},
		{"a short end", mangle(data, 6, func(h []byte) { put32(h[4:], 15) }), 6, "too short"},
	} {
		for _, memory := range []bool{false, true} {
			got, err := read(tc.data, memory)
			var format *FormatError
			if !errors.As(err, &format) || !strings.Contains(err.Error(), tc.want) || len(got) != tc.before {
				t.Errorf("%s: %d records, %v", tc.name, len(got), err)
			}
		}
	}
	if got, err := read(mangle(data, 5, func(h []byte) { h[0] = 99 }), false); err != io.EOF || len(got) != 6 {
		t.Error("a record of a later version is not skipped:", len(got), err)
	}
	if s, err := Stat(bytes.NewReader(mangle(data, 1, func(h []byte) { clear(h[8:16]) })[:len(data)-1])); err != nil || s.Complete || s.Messages != 0 {
		t.Error(s, err)
	}
}

func TestNotACapture(t *testing.T) {
	if _, err := read([]byte(strings.Repeat("not a capture ", 3)), false); err != ErrNotCapture {
		t.Error(err)
	}
	later := write(t, nil, 0)
	later[8] = 2
	if _, err := read(later, true); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Error(err)
	}
}

// TestUnusedMemory: a record that claims much must not cost much.
func TestUnusedMemory(t *testing.T) {
	data := mangle(write(t, sample()[:2], 0), 1, func(h []byte) { binary.LittleEndian.PutUint32(h[4:], maxBody) })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := read(data, false); err != ErrTruncated {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 65<<20 {
		t.Errorf("%d bytes made for a file of %d", n, len(data))
	}
}

// TestWriterRefuses what a Reader would not take.
func TestWriterRefuses(t *testing.T) {
	w := NewWriter(io.Discard, Header{})
	if err := w.Write(Record{Kind: Opened, Link: 1}); err == nil {
		t.Error("a link out of order is taken")
	}
	if err := w.Close(0); err == nil {
		t.Error("the error does not stick")
	}
	w = NewWriter(io.Discard, Header{})
	if err := w.Close(0); err != nil {
		t.Error(err)
	}
	if err := w.Write(Record{Kind: Closed}); err != errClosed {
		t.Error(err)
	}
}

// A disk that is full after some bytes.
type fullDisk struct{ room int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestFullDisk(t *testing.T) {
	for _, room := range []int{0, 100, 300 << 10} {
		r := NewRecorder(&fullDisk{room}, Options{})
		r.Opened(mainID, spice.Caps{}, false)
		for i := range 1000 {
			r.Received(mainID, spice.Frame{Serial: uint64(i), Type: 103, Body: make([]byte, 1000)})
		}
		select {
		case <-r.Failed():
		default:
			t.Error("nobody is told")
		}
		if err := r.Close(); err != errFull {
			t.Error(err)
		}
	}
}

// TestFlush: what is recorded gets to the file without Close.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		r := NewRecorder(&file, Options{})
		for _, id := range []spice.ChannelID{mainID, displayID} {
			time.Sleep(10 * time.Second)
			r.Opened(id, spice.Caps{}, false)
			time.Sleep(2 * flushAfter)
			synctest.Wait()
			if got, err := read(slices.Clone(file.Bytes()), false); err != ErrTruncated || got[len(got)-1].Opened.ID != id {
				t.Error(got, err)
			}
		}
		r.Close()
	})
}

// TestRecorder records what several goroutines receive.
func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var file bytes.Buffer
		r := NewRecorder(&file, Options{})
		ids := []spice.ChannelID{mainID, displayID, {Type: spice.ChannelCursor}}
		const each = 100
		var running sync.WaitGroup
		for _, id := range ids {
			running.Go(func() {
				r.Received(id, spice.Frame{Serial: 99}) // of a link that is not open
				r.Opened(id, spice.Caps{Common: spice.CapSet{uint32(id.Type)}}, false)
				body := make([]byte, 1)
				for i := range each {
					time.Sleep(time.Duration(id.Type) * time.Millisecond)
					body[0] = byte(i)
					r.Received(id, spice.Frame{Serial: uint64(i + 1), Type: 200, Body: body})
					r.Sent(id, spice.Frame{Serial: 1, Type: 300, Body: body})
				}
				r.Closed(id)
				r.Closed(id)
				r.Received(id, spice.Frame{Serial: 99})
			})
		}
		running.Wait()
		r.Opened(mainID, spice.Caps{}, true) // again
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r.Received(mainID, spice.Frame{Serial: 99})
		records, err := read(file.Bytes(), false)
		if err != io.EOF {
			t.Fatal(err)
		}
		var links []Link
		serials := map[int]uint64{}
		for _, rec := range records {
			switch rec.Kind {
			case Opened:
				links = append(links, rec.Opened)
			case Message:
				serials[rec.Link]++
				at := time.Duration(rec.Frame.Serial) * time.Duration(links[rec.Link].ID.Type) * time.Millisecond
				if rec.Frame.Serial != serials[rec.Link] || rec.Frame.Type != 200 || rec.Frame.Body[0] != byte(rec.Frame.Serial-1) || rec.Time != at {
					t.Fatal(rec)
				}
			case Closed:
				if serials[rec.Link] != each {
					t.Error(rec)
				}
			}
		}
		if len(links) != 4 || !links[3].Secure || links[3].ID != mainID || len(serials) != 3 || len(records) != 4+3*each+3+1 {
			t.Error(links, serials, len(records))
		}
	})
}

func TestPrivate(t *testing.T) {
	secret := []byte("secret")
	list := func(typ uint16) []byte { // a list of one message
		b := []byte{1, 0, 6, 0, 0, 0, byte(typ), byte(typ >> 8), 6, 0, 0, 0}
		return append(b, secret...)
	}
	for _, tc := range []struct {
		typ            spice.ChannelType
		f              spice.Frame
		agent, devices bool // is it kept with this option
		plain          bool // and without any
	}{
		{spice.ChannelMain, spice.Frame{Type: 109, Body: secret}, true, false, false},
		{spice.ChannelMain, spice.Frame{Type: 113, Body: secret}, true, true, true},
		{spice.ChannelMain, spice.Frame{Type: spice.MsgMigrateData, Body: secret}, false, false, false},
		{spice.ChannelMain, spice.Frame{Type: spice.MsgList, Body: list(109)}, true, false, false},
		{spice.ChannelMain, spice.Frame{Type: spice.MsgList, Body: list(113)}, true, true, true},
		{spice.ChannelMain, spice.Frame{Type: spice.MsgList, Body: secret}, false, false, false},
		{spice.ChannelMain, spice.Frame{Type: 113, SubList: 5, Body: append([]byte("outer"), 1, 0, 11, 0, 0, 0, 109, 0, 6, 0, 0, 0)}, true, false, false},
		{spice.ChannelDisplay, spice.Frame{Type: spice.MsgList, Body: list(105)}, true, true, true},
		{spice.ChannelDisplay, spice.Frame{Type: spice.MsgMigrateData, Body: secret}, false, false, false},
		{spice.ChannelDisplay, spice.Frame{Type: 109, Body: secret}, true, true, true},
		{spice.ChannelUSBRedir, spice.Frame{Type: 101, Body: secret}, false, true, false},
		{spice.ChannelPort, spice.Frame{Type: 201, Body: secret}, false, true, false},
		{spice.ChannelWebDAV, spice.Frame{Type: 101, Body: secret}, false, true, false},
		{spice.ChannelSmartcard, spice.Frame{Type: 101, Body: secret}, false, true, false},
		{spice.ChannelPort, spice.Frame{Type: spice.MsgPing, Body: secret}, true, true, true},
	} {
		for want, o := range map[*bool]Options{&tc.agent: {Agent: true}, &tc.devices: {Devices: true}, &tc.plain: {}} {
			var file bytes.Buffer
			r := NewRecorder(&file, o)
			id := spice.ChannelID{Type: tc.typ}
			r.Opened(id, spice.Caps{}, false)
			tc.f.Serial = 5
			r.Received(id, tc.f)
			r.Close()
			kept := bytes.Contains(file.Bytes(), tc.f.Body)
			records, _ := read(file.Bytes(), true)
			rec := records[1]
			if kept != *want || rec.Withheld == kept || rec.Frame.Serial != 5 || rec.Frame.Type != tc.f.Type || kept != bytes.Equal(rec.Frame.Body, tc.f.Body) {
				t.Errorf("%v message %d with %+v: kept %v, want %v: %+v", tc.typ, tc.f.Type, o, kept, *want, rec)
			}
		}
	}
}

// checkReader: whatever a file holds, reading it ends, the two kinds of readers
// agree, and what was read can be written and read again.
func checkReader(t *testing.T, data []byte) {
	got, err := read(data, true)
	got2, err2 := got, err
	if err != ErrTruncated { // else much memory may be made for nothing, see TestCut
		got2, err2 = read(data, false)
	}
	if !same(got, got2) || (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() {
		t.Fatalf("the readers differ: %v, %v", err, err2)
	}
	if err == nil {
		t.Fatal("reading does not end")
	}
	if _, err := Stat(bytes.NewReader(data)); err != nil && len(data) >= headerSize && bytes.HasPrefix(data, []byte(magic+"\x01\x00")) {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := NewWriter(&out, Header{})
	for i, r := range got {
		if r.Withheld {
			got[i].Frame.Body = nil
		}
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	w.Close(0)
	again, err := read(out.Bytes(), true)
	if err != io.EOF {
		t.Fatal(err)
	}
	if len(again) > len(got) {
		again = again[:len(got)] // without the end that Close wrote
	}
	for i := range got { // what was not written
		got[i].Frame.SubList, got[i].Totals = 0, Totals{}
	}
	for i := range again {
		again[i].Frame.SubList, again[i].Totals = 0, Totals{}
	}
	if !same(got, again) {
		t.Fatalf("got  %+v\nwant %+v", again, got)
	}
}

func FuzzReader(f *testing.F) {
	data := write(f, sample(), 4*time.Hour)
	f.Add(data)
	f.Add(data[:200])
	f.Add(write(f, nil, 0))
	f.Add([]byte("SPICECAP"))
	f.Fuzz(checkReader)
}

func TestReaderSeeds(t *testing.T) {
	data := write(t, sample(), 4*time.Hour)
	for i := headerSize; i < len(data); i += 3 {
		changed := slices.Clone(data)
		changed[i] ^= 0x55
		checkReader(t, changed)
	}
}

func BenchmarkRecorder(b *testing.B) {
	for _, size := range []int{60, 8 << 10, 1 << 20} {
		b.Run(map[int]string{60: "60B", 8 << 10: "8KiB", 1 << 20: "1MiB"}[size], func(b *testing.B) {
			r := NewRecorder(io.Discard, Options{})
			defer r.Close()
			r.Opened(displayID, spice.Caps{}, false)
			f := spice.Frame{Serial: 1, Type: 304, Body: make([]byte, size)}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r.Received(displayID, f)
			}
		})
	}
}
