package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render/window"
	"saffron/spice"
)

func TestFigures(t *testing.T) {
	id := spice.ChannelID{Type: spice.ChannelDisplay}
	info := func(bytes, images uint64, took time.Duration, frames uint64) channels.ChannelInfo {
		return channels.ChannelInfo{
			ID: id, Secure: true, Stats: spice.Stats{ReceivedBytes: bytes, SentBytes: 10}, RoundTrip: 1500 * time.Microsecond,
			Display: &display.Stats{
				Images: map[string]display.ImageStats{"quic": {Count: images, Time: took}, "lz": {Count: 5}},
				Videos: map[string]display.StreamStats{"vp8": {Frames: frames, Shown: frames - 3, Late: 2, Failed: 1, Time: time.Duration(frames) * 2 * time.Millisecond}},
				Queued: 7,
			},
		}
	}
	before, now := info(1000, 10, 0, 40), info(2_001_000, 30, 100*time.Millisecond, 100)
	text := func(f *figures) string {
		var lines []string
		for _, r := range f.rows {
			lines = append(lines, r.Label+"="+r.Value)
		}
		return strings.Join(lines, "\n")
	}
	f := &figures{span: 2, before: map[spice.ChannelID]channels.ChannelInfo{id: before}}
	all := &channels.Info{Agent: true, Channels: []channels.ChannelInfo{now}}
	f.connection(all, nil)
	f.picture(all)
	f.window(window.Counts{Frames: 60, Time: 300 * time.Millisecond, Way: "GPU"}, window.Counts{Frames: 20, Time: 100 * time.Millisecond})
	const want = `Connection=
Round trip=1.5 ms
Encrypted=yes
Guest agent=yes
In and out, per second=
display=1.0 MB / 0
Decoding=
QUIC=10/s, 5.0 ms
Video, VP8=30/s, 2.0 ms
Shown, late, failed=97, 2, 1
Waiting to be drawn=7
Window=
Frames=20/s
Drawing one=5.0 ms
Shown by=GPU`
	if got := text(f); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	first := &figures{} // nothing is known of before
	first.connection(all, nil)
	first.picture(all)
	if got := text(first); !strings.Contains(got, "display=0 / 0") || strings.Contains(got, "QUIC") {
		t.Errorf("at first:\n%s", got)
	}
	if !slices.ContainsFunc(first.rows, func(r window.StatRow) bool { return r.Value == "" }) {
		t.Error("there are no headings")
	}
}

func TestPerSecond(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.4: "0", 999: "999 B", 1500: "1.5 kB", 123456: "123 kB", 12345678: "12.3 MB"} {
		if got := perSecond(v); got != want {
			t.Errorf("%v: %q, want %q", v, got, want)
		}
	}
	for d, want := range map[time.Duration]string{30 * time.Microsecond: "0.03 ms", 1500 * time.Microsecond: "1.5 ms", 37 * time.Millisecond: "37 ms"} {
		if got := duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
