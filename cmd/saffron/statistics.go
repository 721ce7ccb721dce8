package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"saffron/channels"
	"saffron/channels/agent"
	"saffron/channels/display"
	"saffron/render/window"
	"saffron/spice"
)

// statistics are the figures that a window shows over the picture. Most are of
// the time since they were asked for last. Any goroutine may call its methods,
// but only one at a time rows.
type statistics struct {
	viewer *viewer

	mu     sync.Mutex
	timing *channels.Session // guarded by mu; the session that times its decoding

	// Of rows: what there was when it was called last.
	at      time.Time
	session *channels.Session
	sums    map[spice.ChannelID]channels.ChannelInfo
	drawn   window.Counts
}

// toggleStatistics shows the figures, or hides them. Sessions take the time of
// decoding only while they are shown.
func (v *viewer) toggleStatistics() {
	w := v.shownWindow()
	if w == nil {
		return
	}
	w.ToggleStatistics()
	if !w.StatisticsShown() {
		v.figures.time(nil)
	}
}

// time makes a session take the time of decoding, and the one before no more.
func (s *statistics) time(session *channels.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timing == session {
		return
	}
	if s.timing != nil {
		s.timing.Time(false)
	}
	if s.timing = session; session != nil {
		session.Time(true)
	}
}

// rows returns the figures of now.
func (s *statistics) rows() []window.StatRow {
	session := s.viewer.console.current()
	s.time(session)
	now := time.Now()
	span := now.Sub(s.at)
	if s.session != session || span > time.Minute || s.sums == nil {
		span, s.sums, s.drawn = 0, nil, window.Counts{}
	}
	f := figures{span: span.Seconds(), before: s.sums}
	sums := map[spice.ChannelID]channels.ChannelInfo{}
	if session != nil {
		info := session.Info()
		f.connection(&info, s.viewer.clip)
		for _, ch := range info.Channels {
			sums[ch.ID] = ch
		}
		f.picture(&info)
		f.sound(&info, s.viewer.sounds)
	}
	if w := s.viewer.shownWindow(); w != nil {
		drawn := w.Counts()
		f.window(drawn, s.drawn)
		s.drawn = drawn
	}
	s.at, s.session, s.sums = now, session, sums
	return f.rows
}

// figures makes the rows.
type figures struct {
	span   float64 // seconds since before; 0 if there is no before
	before map[spice.ChannelID]channels.ChannelInfo
	rows   []window.StatRow
}

func (f *figures) head(label string) { f.rows = append(f.rows, window.StatRow{Label: label}) }

func (f *figures) add(label, format string, args ...any) {
	f.rows = append(f.rows, window.StatRow{Label: label, Value: fmt.Sprintf(format, args...)})
}

// rate returns how much there was a second, 0 as long as that is not known.
func (f *figures) rate(now, before uint64) float64 {
	if f.span == 0 || now < before {
		return 0
	}
	return float64(now-before) / f.span
}

// connection has the figures of links.
func (f *figures) connection(info *channels.Info, clip *clipboardView) {
	f.head("Connection")
	secure := true
	var trip time.Duration
	for _, ch := range info.Channels {
		secure = secure && ch.Secure
		if trip == 0 || ch.RoundTrip > 0 && ch.ID.Type == spice.ChannelInputs {
			trip = ch.RoundTrip
		}
	}
	if trip > 0 {
		f.add("Round trip", "%s", duration(trip))
	} else {
		f.add("Round trip", "not known")
	}
	f.add("Encrypted", "%s", yesNo(secure))
	f.add("Guest agent", "%s", yesNo(info.Agent))
	if clip != nil {
		f.add("Clipboard held by", "%s", clip.share.heldBy(agent.Clipboard))
	}
	f.head("In and out, per second")
	for _, ch := range info.Channels {
		b := f.before[ch.ID].Stats
		f.add(ch.ID.String(), "%s / %s", perSecond(f.rate(ch.Stats.ReceivedBytes, b.ReceivedBytes)), perSecond(f.rate(ch.Stats.SentBytes, b.SentBytes)))
	}
}

// picture has the figures of what display channels draw.
func (f *figures) picture(info *channels.Info) {
	f.head("Decoding")
	queued, failed := 0, uint64(0)
	for _, ch := range info.Channels {
		d := ch.Display
		if d == nil {
			continue
		}
		var before display.Stats
		if b := f.before[ch.ID].Display; b != nil {
			before = *b
		}
		queued += d.Queued
		failed += d.Failed
		f.images(d, &before)
		f.videos(d, &before)
	}
	f.add("Waiting to be drawn", "%d", queued)
	if failed > 0 {
		f.add("Could not be shown", "%d", failed)
	}
}

// images has a row for each kind of image that came lately.
func (f *figures) images(d, before *display.Stats) {
	for _, name := range slices.Sorted(maps.Keys(d.Images)) {
		now, old := d.Images[name], before.Images[name]
		n := now.Count - old.Count
		if n == 0 || f.span == 0 {
			continue
		}
		value := fmt.Sprintf("%.0f/s", f.rate(now.Count, old.Count))
		if took := now.Time - old.Time; took > 0 {
			value += ", " + duration(took/time.Duration(n))
		}
		f.add(imageName(name), "%s", value)
	}
}

// imageName returns what people call a kind of images.
func imageName(name string) string {
	switch name {
	case "bitmap":
		return "Bitmap"
	case "surface":
		return "From a surface"
	case "from_cache", "from_cache_lossless":
		return "From the cache"
	}
	return strings.ReplaceAll(strings.ToUpper(name), "_", " ")
}

// videos has rows for each codec that came lately.
func (f *figures) videos(d, before *display.Stats) {
	for _, name := range slices.Sorted(maps.Keys(d.Videos)) {
		now, old := d.Videos[name], before.Videos[name]
		n := now.Frames - old.Frames
		if n == 0 || f.span == 0 {
			continue
		}
		value := fmt.Sprintf("%.0f/s", f.rate(now.Frames, old.Frames))
		if took := now.Time - old.Time; took > 0 {
			value += ", " + duration(took/time.Duration(n))
		}
		f.add("Video, "+strings.ToUpper(name), "%s", value)
		f.add("Shown, late, failed", "%d, %d, %d", now.Shown, now.Late, now.Failed)
	}
}

// window has the figures of drawing the window.
func (f *figures) window(now, before window.Counts) {
	f.head("Window")
	n := now.Frames - before.Frames
	f.add("Frames", "%.0f/s", f.rate(now.Frames, before.Frames))
	if n > 0 && f.span > 0 {
		f.add("Drawing one", "%s", duration((now.Time-before.Time)/time.Duration(n)))
	}
	f.add("Shown by", "%s", now.Way)
}

// sound has the figures of sound that is played and recorded.
func (f *figures) sound(info *channels.Info, heard *sounds) {
	for _, ch := range info.Channels {
		p := ch.Playback
		if p == nil || heard == nil || p.Packets == 0 {
			continue
		}
		r := playbackReportOf(ch, heard)
		f.head("Sound")
		state := "silent"
		if p.Playing {
			state = fmt.Sprintf("%s, %d kbit/s", r.Codec, (r.BitRate+500)/1000)
		}
		f.add("Playing", "%s", state)
		f.add("Buffer, wanted", "%.0f ms, %.0f ms", r.BufferMS, r.TargetMS)
		f.add("Gaps, clock", "%d, %+.0f ppm", r.Underruns, r.DriftPPM)
	}
	for _, ch := range info.Channels {
		if r := ch.Record; r != nil && r.Recording {
			f.head("Microphone")
			f.add("Recording", "%s, %d kbit/s", r.Mode, (r.BitRate+500)/1000)
		}
	}
}

// duration returns a short time for people.
func duration(d time.Duration) string {
	switch {
	case d < 100*time.Microsecond:
		return fmt.Sprintf("%.2f ms", d.Seconds()*1000)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// perSecond returns a rate in bytes for people: of at most four characters and a
// unit, so that it does not jump about.
func perSecond(bytes float64) string {
	switch {
	case bytes < 1:
		return "0"
	case bytes < 1000:
		return fmt.Sprintf("%.0f B", bytes)
	case bytes < 1e5:
		return fmt.Sprintf("%.1f kB", bytes/1e3)
	case bytes < 1e6:
		return fmt.Sprintf("%.0f kB", bytes/1e3)
	}
	return fmt.Sprintf("%.1f MB", bytes/1e6)
}
