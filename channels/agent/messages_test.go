package agent

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"saffron/spice/wire"
)

// samples are messages with an empty one to read them into.
var samples = []struct{ full, empty wire.Message }{
	{&announce{1, Caps{1, 2, 3}}, new(announce)},
	{&grab{full, Primary, 9, []Format{Text, PNG}}, &grab{layout: full}},
	{&grab{layout{}, Clipboard, 0, []Format{Text}}, new(grab)},
	{&request{full, Secondary, JPEG}, &request{layout: full}},
	{&content{request{full, Primary, Text}, []byte("text")}, &content{request: request{layout: full}}},
	{&release{full, Primary}, &release{layout: full}},
	{&maxClipboard{-1}, new(maxClipboard)},
	{&reply{2, 1}, new(reply)},
	{&displayConfig{9, 16}, new(displayConfig)},
	{&monitorsConfig{[]Monitor{{}, {1, -2, 3, 4, true}}, true}, new(monitorsConfig)},
	{&volumeSync{true, Volume{true, []uint16{1, 65535}}}, new(volumeSync)},
	{&fileStart{7, "text"}, new(fileStart)},
	{&fileStatus{7, FileNoSpace, 1 << 40, 0}, new(fileStatus)},
	{&fileStatus{7, FileError, 0, 14}, new(fileStatus)},
	{&fileStatus{7, FileSuccess, 0, 0}, new(fileStatus)},
}

func TestRoundTrip(t *testing.T) {
	for _, s := range samples {
		body := wire.Marshal(s.full)
		if err := wire.Unmarshal(body, s.empty); err != nil {
			t.Errorf("%T: %v", s.full, err)
		}
		if d := cmp.Diff(s.full, s.empty, cmp.AllowUnexported(announce{}, grab{}, layout{}, request{}, content{}, release{},
			maxClipboard{}, reply{}, displayConfig{}, monitorsConfig{}, volumeSync{}, fileStart{}, fileStatus{})); d != "" {
			t.Errorf("%T: %s", s.full, d)
		}
		for n := range body { // what is cut off is an error or less, never a panic
			_ = wire.Unmarshal(body[:n], s.empty)
		}
	}
}

// A tap writes down what a stream makes of pieces.
type tap struct{ out []byte }

func (p *tap) take(typ, size uint32) bool {
	return size <= 10_000 && typ != 13
}
func (p *tap) progress(uint32, []byte, uint32) {}
func (p *tap) message(typ uint32, body []byte) {
	p.out = append(appendHeader(p.out, typ, uint32(len(body))), body...)
}

// FuzzStream: a stream gives the same messages however it was cut, and holds no
// more than what came.
func FuzzStream(f *testing.F) {
	var all []byte
	for i, s := range samples {
		body := wire.Marshal(s.full)
		all = append(appendHeader(all, uint32(i), uint32(len(body))), body...)
	}
	f.Add(all, uint8(1))
	f.Add(all, uint8(255))
	f.Add(appendHeader(nil, msgClipboard, 1<<32-1), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		var whole, parts stream
		var want, got tap
		if whole.feed(bytes.Clone(b), &want) != nil {
			return // what is lost with a breach depends on how it was cut
		}
		for rest := b; len(rest) > 0; {
			n := min(len(rest), 1+int(cut))
			if err := parts.feed(bytes.Clone(rest[:n]), &got); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if !bytes.Equal(want.out, got.out) || whole.left != parts.left || whole.have != parts.have {
			t.Errorf("%d bytes of messages, %d in pieces", len(want.out), len(got.out))
		}
		if len(got.out) > len(b) || cap(parts.body) > 2*len(b)+firstRoom {
			t.Errorf("%d bytes became %d, and %d are held", len(b), len(got.out), cap(parts.body))
		}
	})
}

// FuzzAgent: whatever the guest's agent says, the client keeps the rules of its
// own stream, answers within bounds, and ends.
func FuzzAgent(f *testing.F) {
	say := func(typ uint32, m wire.Encoder) []byte {
		body := wire.Marshal(m)
		return append(appendHeader(nil, typ, uint32(len(body))), body...)
	}
	hello := say(msgAnnounce, &announce{1, linuxCaps})
	f.Add(bytes.Join([][]byte{hello, say(msgGrab, &grab{full, 0, 0, []Format{1, 2}}), say(msgClipboard, &content{request{full, 0, 1}, []byte("x")})}, nil))
	f.Add(bytes.Join([][]byte{hello, say(msgRequest, &request{full, 1, 1}), say(msgRelease, &release{full, 0}), say(msgFileStatus, &fileStatus{ID: 1})}, nil))
	f.Add(bytes.Join([][]byte{say(msgAnnounce, &announce{0, newCaps(CapClipboard)}), say(msgGrab, &grab{Formats: []Format{1}}), say(msgRelease, &release{}),
		say(msgFileStatus, &fileStatus{1, FileNoSpace, 5, 0}), hello}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4096 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			p := pairOf(t, Options{MaxClipboard: 2000})
			p.local.has(Clipboard, []byte("this side's"))
			p.guest.Connect()
			_ = p.Grab(Clipboard, []Format{Text})
			p.SetMonitors([]Monitor{{Width: 800, Height: 600, Enabled: true}})
			first, rest := b[:len(b)/2], b[len(b)/2:]
			synctest.Wait()
			p.guest.SayRaw(first)
			file := start(func() (int, error) { return 0, p.SendFile(t.Context(), "f", 3, bytes.NewReader([]byte("abc")), nil) })
			text := p.request(t.Context(), Clipboard, Text)
			synctest.Wait()
			p.guest.SayRaw(rest)
			synctest.Wait()
			if n := len(p.heard()); n > len(b)+10 {
				t.Errorf("%d messages for %d bytes", n, len(b))
			}
			p.Close()
			if !file.ended() || !text.ended() {
				t.Error("something waits after the end")
			}
		})
	})
}
