package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"saffron/spice/wire"
)

// A fileTaker is a guest that takes files.
type fileTaker struct {
	p *pair

	mu    sync.Mutex
	texts map[uint32]string        // guarded by mu
	data  map[uint32]*bytes.Buffer // guarded by mu
	sizes map[uint32][]int         // guarded by mu; of the messages
	ended []fileStatus             // guarded by mu; what the client said
}

// takeFiles makes the guest of p take files; status is what it says to each.
func takeFiles(p *pair, status func(id uint32, stage string) *fileStatus) *fileTaker {
	f := &fileTaker{p: p, texts: map[uint32]string{}, data: map[uint32]*bytes.Buffer{}, sizes: map[uint32][]int{}}
	p.on = func(m *received) {
		if s := f.take(m); s != "" {
			id := wire.NewReader(m.body).U32()
			if answer := status(id, s); answer != nil {
				p.guest.Say(msgFileStatus, wire.Marshal(answer))
			}
		}
	}
	return f
}

// take returns at which stage a file is now: "start", "all", or "".
func (f *fileTaker) take(m *received) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := wire.NewReader(m.body)
	switch m.typ {
	case msgFileStart:
		var s fileStart
		s.Decode(r)
		f.texts[s.ID], f.data[s.ID] = s.Text, new(bytes.Buffer)
		return "start"
	case msgFileData:
		id := r.U32()
		n := r.U64()
		data := r.Rest()
		if uint64(len(data)) != n {
			panic("the size is wrong")
		}
		f.data[id].Write(data)
		f.sizes[id] = append(f.sizes[id], len(data))
		if strings.HasSuffix(f.texts[id], fmt.Sprintf("\nsize=%d\n", f.data[id].Len())) {
			return "all"
		}
	case msgFileStatus:
		var s fileStatus
		s.Decode(r)
		f.ended = append(f.ended, s)
	}
	return ""
}

// willing takes everything.
func willing(id uint32, stage string) *fileStatus {
	if stage == "all" {
		return &fileStatus{ID: id, Result: FileSuccess}
	}
	return &fileStatus{ID: id, Result: FileCanSend}
}

// TestFiles sends several at once, of all kinds of sizes.
func TestFiles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		p.greeted(t, linuxCaps)
		g := takeFiles(p, willing)
		var running []*outcome[[]int64]
		var want [][]byte
		for i, size := range []int{0, 1, 2048, maxChunk - 1, maxChunk, maxChunk + 1, 5*maxChunk + 77} {
			content := bytes.Repeat([]byte{byte('a' + i)}, size)
			want = append(want, content)
			running = append(running, start(func() ([]int64, error) {
				var steps []int64
				err := p.SendFile(t.Context(), fmt.Sprint("file", size), int64(size), bytes.NewReader(content), func(n int64) { steps = append(steps, n) })
				return steps, err
			}))
		}
		for i, o := range running {
			if !o.ended() || o.err != nil || o.value[len(o.value)-1] != int64(len(want[i])) {
				t.Errorf("%d bytes: %v, %v", len(want[i]), o.value, o.err)
			}
		}
		for id, b := range g.data {
			i := slices.IndexFunc(want, func(w []byte) bool { return bytes.Equal(w, b.Bytes()) })
			if i < 0 || g.texts[id] != fmt.Sprintf("[vdagent-file-xfer]\nname=file%d\nsize=%[1]d\n", len(want[i])) {
				t.Errorf("%q has %d bytes", g.texts[id], b.Len())
			}
			if slices.Max(g.sizes[id]) > maxChunk || len(want[i]) > 0 && slices.Min(g.sizes[id]) == 0 || len(g.sizes[id]) != max(1, (len(want[i])+maxChunk-1)/maxChunk) {
				t.Errorf("messages of %v", g.sizes[id])
			}
		}
		if len(g.data) != len(want) || len(p.files.all) != 0 || len(g.ended) != 0 {
			t.Errorf("%d files, %d left, %v", len(g.data), len(p.files.all), g.ended)
		}
	})
}

// TestClipboardBetweenFiles: a large file does not hold up the clipboard for
// longer than one chunk takes.
func TestClipboardBetweenFiles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		takeFiles(p, willing)
		p.guest.Hold = true
		o := start(func() (int, error) {
			return 0, p.SendFile(t.Context(), "large", 100*maxChunk, iotest.OneByteReader(zeros{}), nil)
		})
		o.ended()
		_ = p.Grab(Clipboard, []Format{Text})
		data := 0
		for range 200 {
			p.guest.Grant(1)
			for _, m := range p.heard() {
				switch m.typ {
				case msgFileData:
					data++
				case msgGrab:
					if data > 1 {
						t.Errorf("after %d messages of the file", data)
					}
					return
				}
			}
		}
		t.Error("the clipboard waits for the file")
	})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestFileRefused: what the guest says comes back in words.
func TestFileRefused(t *testing.T) {
	for _, tc := range []struct {
		stage  string
		status fileStatus
		want   string
	}{
		{"start", fileStatus{Result: FileCancelled}, "it was cancelled in the guest"},
		{"start", fileStatus{Result: FileError}, "the guest could not write it"},
		{"start", fileStatus{Result: FileError, Code: 14}, "the guest could not write it"},
		{"start", fileStatus{Result: FileNoSpace, Free: 12_345_678}, "there is not enough space in the guest: 12 MB are free"},
		{"start", fileStatus{Result: FileNoSpace}, "there is not enough space in the guest"},
		{"start", fileStatus{Result: FileSessionLocked}, "the guest's screen is locked"},
		{"start", fileStatus{Result: FileNoSessionAgent}, "nobody is logged in who could take it: no agent runs in the guest's session"},
		{"start", fileStatus{Result: FilesDisabled}, "the guest, or its server, does not allow files to be sent"},
		{"start", fileStatus{Result: 99}, "the guest refused it with code 99"},
		{"start", fileStatus{Result: FileSuccess}, "the guest says it has the file, but not all of it was sent"},
		{"all", fileStatus{Result: FileError}, "the guest could not write it"},
	} {
		bubble(t, func(t *testing.T) {
			p := pairOf(t, Options{Local: noLocal})
			p.greeted(t, linuxCaps)
			g := takeFiles(p, func(id uint32, stage string) *fileStatus {
				if stage != tc.stage {
					return willing(id, stage)
				}
				s := tc.status
				s.ID = id
				return &s
			})
			o := start(func() (int, error) { return 0, p.SendFile(t.Context(), "f", 10, zeros{}, nil) })
			if !o.ended() || o.err == nil || o.err.Error() != tc.want {
				t.Errorf("got %v, want %s", o.err, tc.want)
			}
			if cancels := len(g.ended); (cancels == 1) != (tc.status.Result == FileSuccess) {
				t.Errorf("%v", g.ended)
			}
		})
	}
}

// TestFileRefusedInTheMiddle: nothing more is sent of a file that the guest has
// no space for.
func TestFileRefusedInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		p.greeted(t, linuxCaps)
		takeFiles(p, willing)
		p.guest.Hold = true
		o := start(func() (int, error) { return 0, p.SendFile(t.Context(), "f", 10*maxChunk, zeros{}, nil) })
		o.ended()
		p.heard()
		p.say(t, msgFileStatus, &fileStatus{ID: 1, Result: FileNoSpace, Free: 5})
		var refused *FileRefusedError
		if !o.ended() || !errors.As(o.err, &refused) || refused.Free != 5 {
			t.Errorf("got %v", o.err)
		}
		p.guest.Hold = false
		p.guest.Grant(100)
		got := p.heard()
		if len(got) != 1 || got[0].typ != msgFileData || len(got[0].body) != maxChunk+12 { // what had begun
			t.Errorf("%d messages", len(got))
		}
		p.say(t, msgFileStatus, &fileStatus{ID: 1, Result: FileNoSpace}) // late
		p.say(t, msgFileStatus, &fileStatus{ID: 77})
	})
}

// TestFileCancelled at each stage: the guest is told.
func TestFileCancelled(t *testing.T) {
	for _, stage := range []string{"start", "data", "all"} {
		bubble(t, func(t *testing.T) {
			p := pairOf(t, Options{Local: noLocal})
			p.greeted(t, linuxCaps)
			g := takeFiles(p, func(id uint32, s string) *fileStatus {
				if stage == s {
					return nil
				}
				return willing(id, s)
			})
			why := errors.New("the user does not want to")
			ctx, cancel := context.WithCancelCause(t.Context())
			p.guest.Hold = stage == "data"
			o := start(func() (int, error) { return 0, p.SendFile(ctx, "f", 10*maxChunk, zeros{}, nil) })
			if o.ended() {
				t.Fatalf("%s: %v", stage, o.err)
			}
			cancel(why)
			if !o.ended() || !errors.Is(o.err, why) {
				t.Errorf("%s: %v", stage, o.err)
			}
			p.guest.Hold = false
			p.guest.Grant(100)
			p.heard()
			if !slices.Equal(g.ended, []fileStatus{{ID: 1, Result: FileCancelled}}) {
				t.Errorf("%s: told %v", stage, g.ended)
			}
		})
	}
}

// TestFileCannotBeRead: then it is cancelled in the guest.
func TestFileCannotBeRead(t *testing.T) {
	broken := errors.New("the disk is broken")
	for _, tc := range []struct {
		r    io.Reader
		want error
	}{
		{iotest.ErrReader(broken), broken},
		{strings.NewReader("short"), errShrunk},
		{io.MultiReader(io.LimitReader(zeros{}, maxChunk), iotest.ErrReader(broken)), broken},
	} {
		bubble(t, func(t *testing.T) {
			p := pairOf(t, Options{Local: noLocal})
			p.greeted(t, linuxCaps)
			g := takeFiles(p, willing)
			o := start(func() (int, error) { return 0, p.SendFile(t.Context(), "f", 2*maxChunk, tc.r, nil) })
			if !o.ended() || !errors.Is(o.err, tc.want) {
				t.Errorf("got %v", o.err)
			}
			if p.heard(); !slices.Equal(g.ended, []fileStatus{{ID: 1, Result: FileCancelled}}) {
				t.Errorf("told %v", g.ended)
			}
		})
	}
}

// TestFilesNeedAnAgent of a kind.
func TestFilesNeedAnAgent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		send := func() error { return p.SendFile(t.Context(), "f", 1, zeros{}, nil) }
		if err := send(); !errors.Is(err, ErrNoAgent) {
			t.Errorf("without: %v", err)
		}
		p.greeted(t, newCaps(CapFilesDisabled))
		if err := send(); !errors.Is(err, ErrFilesDisabled) {
			t.Errorf("not allowed: %v", err)
		}
		p.greeted(t, linuxCaps)
		o := start(func() (int, error) { return 0, send() })
		o.ended()
		p.greeted(t, linuxCaps) // another one
		if !o.ended() || !errors.Is(o.err, ErrGone) {
			t.Errorf("gone: %v", o.err)
		}
		p.expect(t)
	})
}

func TestNamesOfFiles(t *testing.T) {
	for name, want := range map[string]string{
		"hello.txt": "hello.txt", "  a b ": `\s\sa b `, `a\b`: `a\\b`, "a\nsize=1": `a\nsize=1`, "\t\r": `\t\r`, "größe": "größe", "a\xff": "a\uFFFD",
	} {
		s, err := startOf(name, 5)
		if err != nil || s.Text != "[vdagent-file-xfer]\nname="+want+"\nsize=5\n" {
			t.Errorf("%q: %q, %v", name, s.Text, err)
		}
	}
	for _, name := range []string{"", ".", "..", "a/b", "/", "a\x00", strings.Repeat("x", 256)} {
		if _, err := startOf(name, 5); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	if _, err := startOf("a", -1); err == nil {
		t.Error("a negative size is taken")
	}
}

func TestAmounts(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 12_345: "12 kB", 999_600: "1.0 MB", 104_857_600: "105 MB", 1 << 63: "9.2 EB",
	} {
		if got := amount(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
