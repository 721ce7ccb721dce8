package main

import (
	"bytes"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		done, total uint64
		elapsed     time.Duration
		want        string
	}{
		{0, 0, 2600 * time.Millisecond, "saving: 3s"},
		{0, 4096, 0, "saving [--------------------]   0 % 0 B of 4.0 KiB"},
		{1 << 20, 4 << 20, 2 * time.Second, "saving [#####---------------]  25 % 1.0 MiB of 4.0 MiB, 6s left"},
		{4096, 4096, time.Hour, "saving [####################] 100 % 4.0 KiB of 4.0 KiB"},
		{9000, 4096, 0, "saving [####################] 100 % 4.0 KiB of 4.0 KiB"},
	} {
		if got := progressLine("saving", c.done, c.total, c.elapsed); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.done, c.total, got, c.want)
		}
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := newProgress(&out, "saving a\nb")
	p.now = func() time.Time { return now }
	p.set(0, 2)
	p.set(1, 2) // too soon
	p.set(2, 2) // the end is always shown
	p.end()
	p.end()
	p.set(2, 2) // too late
	want := "\rsaving a b [--------------------]   0 % 0 B of 2 B\x1b[K" +
		"\rsaving a b [####################] 100 % 2 B of 2 B\x1b[K" +
		"\r\x1b[K"
	if out.String() != want {
		t.Errorf("%q\nwant\n%q", out.String(), want)
	}
	silent := (&app{errs: &out}).progress("x") // not a terminal
	silent.set(1, 2)
	silent.end()
	if out.String() != want {
		t.Error("something was written that is not a terminal's")
	}
}
