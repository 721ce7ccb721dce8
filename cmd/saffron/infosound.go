package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"

	"saffron/channels"
	"saffron/channels/record"
)

// A playbackReport tells of the sound of a playback channel. The figures of its
// buffer are those of a device that plays by the clock of this computer.
type playbackReport struct {
	Playing   bool    `json:"playing"`
	Codec     string  `json:"codec"`     // "raw" or "opus"
	Rate      int     `json:"rate"`      // frames a second, 0 if nothing was played
	Channels  int     `json:"channels"`  // of sound, likewise
	BitRate   int     `json:"bit_rate"`  // bits a second, of the last second; 0 if it was shorter
	Packets   uint64  `json:"packets"`   // that were played
	Bytes     uint64  `json:"bytes"`     // of them
	Dropped   uint64  `json:"dropped"`   // packets out of place
	Concealed uint64  `json:"concealed"` // packets that did not decode
	LostMS    uint64  `json:"lost_ms"`   // sound that never came
	Muted     bool    `json:"muted"`
	BufferMS  float64 `json:"buffer_ms"` // sound that waits
	TargetMS  float64 `json:"target_ms"` // and how much of it the network makes necessary
	Underruns uint64  `json:"underruns"`
	DriftPPM  float64 `json:"drift_ppm"` // by which the server's clock is faster
}

// A recordReport tells of the sound that goes to a record channel.
type recordReport struct {
	Recording bool   `json:"recording"`
	Codec     string `json:"codec"` // "raw" or "opus", "" if nothing was recorded
	Rate      int    `json:"rate"`
	Channels  int    `json:"channels"`
	BitRate   int    `json:"bit_rate"`
	Packets   uint64 `json:"packets"`
	Bytes     uint64 `json:"bytes"`
}

func playbackReportOf(ch channels.ChannelInfo, heard *sounds) *playbackReport {
	p := ch.Playback
	if p == nil {
		return nil
	}
	r := &playbackReport{
		Playing: p.Playing, Codec: p.Mode.String(), Rate: p.Rate, Channels: p.Channels, BitRate: p.BitRate,
		Packets: p.Packets, Bytes: p.Bytes, Dropped: p.Dropped, Concealed: p.Concealed, LostMS: p.LostMS, Muted: p.Muted,
	}
	if s, ok := heard.stats(ch.ID.ID); ok {
		r.BufferMS, r.TargetMS = milliseconds(s.Queued), milliseconds(s.Target)
		r.Underruns, r.DriftPPM = s.Underruns, tenths(s.Drift)
	}
	return r
}

func recordReportOf(s *record.Stats) *recordReport {
	if s == nil {
		return nil
	}
	r := &recordReport{Recording: s.Recording, Rate: s.Rate, Channels: s.Channels, BitRate: s.BitRate, Packets: s.Packets, Bytes: s.Bytes}
	if s.Rate > 0 {
		r.Codec = s.Mode.String()
	}
	return r
}

// printSound lists what each channel of sound did.
func (r *report) printSound(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range r.Channels {
		if p := c.Playback; p != nil {
			p.print(w, c.Name)
		}
	}
	return w.Flush()
}

func (p *playbackReport) print(w io.Writer, name string) {
	if p.Packets == 0 {
		fmt.Fprintf(w, "\n%s sound\tnone\n", name)
		return
	}
	state := ""
	if !p.Playing {
		state = ", stopped"
	}
	if p.Muted {
		state += ", muted"
	}
	rate := ""
	if p.BitRate > 0 {
		rate = fmt.Sprintf(", %d kbit/s", (p.BitRate+500)/1000)
	}
	fmt.Fprintf(w, "\n%s sound\t%s, %d Hz, %s%s%s\n", name, p.Codec, p.Rate, channelsText(p.Channels), rate, state)
	fmt.Fprintf(w, "%s packets\t%d, %s; %d out of place, %d concealed, %d ms lost\n", name, p.Packets, size(p.Bytes), p.Dropped, p.Concealed, p.LostMS)
	fmt.Fprintf(w, "%s buffer\t%.0f ms (target %.0f ms), %d underruns, drift %+.0f ppm\n", name, p.BufferMS, p.TargetMS, p.Underruns, p.DriftPPM)
}

// milliseconds and tenths round for people.
func milliseconds(d time.Duration) float64 { return tenths(float64(d) / float64(time.Millisecond)) }
func tenths(v float64) float64             { return math.Round(v*10) / 10 }
