package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/channels/port"
	"saffron/spice"
)

// A report is what info prints. Its JSON form is part of the interface: fields
// may be added.
type report struct {
	Address    string          `json:"address"`
	Name       string          `json:"name"` // "" if unknown
	UUID       string          `json:"uuid"` // "" if unknown
	Secure     bool            `json:"secure"`
	MouseMode  string          `json:"mouse_mode"`  // "client" or "server"
	MouseModes []string        `json:"mouse_modes"` // what can be asked for
	Agent      bool            `json:"agent"`
	AgentCaps  []string        `json:"agent_capabilities"` // what the agent has said that it can do
	VideoRAM   uint32          `json:"video_ram"`          // bytes
	Heads      []headReport    `json:"heads"`
	Offered    []string        `json:"offered"` // channels
	Ports      []portReport    `json:"ports"`
	Channels   []channelReport `json:"channels"`
}

type headReport struct {
	Channel uint8  `json:"channel"` // display channel
	Monitor uint32 `json:"monitor"`
	X       int    `json:"x"`
	Y       int    `json:"y"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
}

type channelReport struct {
	Name          string                 `json:"name"`
	Secure        bool                   `json:"secure"`
	CommonCaps    []string               `json:"common_capabilities"`
	Caps          []string               `json:"capabilities"`
	Received      uint64                 `json:"received"` // messages
	ReceivedBytes uint64                 `json:"received_bytes"`
	Sent          uint64                 `json:"sent"`
	SentBytes     uint64                 `json:"sent_bytes"`
	Messages      map[string]uint64      `json:"messages,omitempty"`
	Undrawn       map[string]uint64      `json:"undrawn,omitempty"`
	Images        map[string]imageReport `json:"images,omitempty"`
	Videos        map[string]videoReport `json:"videos,omitempty"` // by codec
	Failed        uint64                 `json:"failed"`           // what could not be shown
	Playback      *playbackReport        `json:"playback,omitempty"`
	Record        *recordReport          `json:"record,omitempty"`
}

type imageReport struct {
	Count  uint64 `json:"count"`
	Bytes  uint64 `json:"bytes"`
	Pixels uint64 `json:"pixels"`
}

type videoReport struct {
	Count  uint64 `json:"count"`
	Frames uint64 `json:"frames"` // received
	Bytes  uint64 `json:"bytes"`
	Shown  uint64 `json:"shown"` // frames
	Late   uint64 `json:"late"`  // frames left out
	Failed uint64 `json:"failed"`
}

type infoFlags struct {
	connectFlags
	json   bool
	span   time.Duration
	follow bool
}

func newInfo(a *app) *cobra.Command {
	f := new(infoFlags)
	c := &cobra.Command{
		Use:   "info TARGET",
		Short: "Tell what the server is and has",
		Long: `Info connects, watches for a while, and prints what the machine is called, what
channels and capabilities its server has, which monitors there are, and what was
received meanwhile, by channel and kind of image, and how the sound would be to
hear.`,
		Example: `  saffron info host:5900
  saffron info console.vv --for 10s
  saffron info host:5900 --json | jq .heads
  saffron info host:5900 --follow`,
		Args: exactly(1, "one target"),
		RunE: func(c *cobra.Command, args []string) error { return a.info(c.Context(), args[0], f) },
	}
	s := c.Flags()
	s.BoolVar(&f.json, "json", false, "print JSON")
	s.DurationVar(&f.span, "for", time.Second, "how long to watch")
	s.BoolVar(&f.follow, "follow", false, "watch until the server ends the session, or Ctrl-C")
	f.prefer.add(c)
	f.add(c)
	return c
}

func (a *app) info(ctx context.Context, target string, f *infoFlags) error {
	if f.span < 0 {
		return usageError("--for is negative")
	}
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return err
	}
	defer s.close()
	c := a.newConsole(s, nil)
	heard := newSounds()
	c.options.Sinks.Playback = heard.channel
	c.options.Sinks.Port = func(*port.Port) port.Sink { return nil } // only for their names
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go heard.idle(ctx)
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.close()
	if err := c.watch(ctx, f); err != nil {
		return err
	}
	r := c.report(heard)
	if f.json {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return r.print(a.out)
}

// watch waits for as long as the flags say. An end before that is an error.
func (c *console) watch(ctx context.Context, f *infoFlags) error {
	if f.follow {
		if cause := c.endsWithin(ctx, 0, nil); cause != nil && !errors.Is(cause, spice.ErrServerClosed) {
			return cause
		}
		return nil
	}
	if cause := c.endsWithin(ctx, max(f.span, 1), nil); cause != nil {
		return cause
	}
	return ctx.Err()
}

// report tells what is known now.
func (c *console) report(heard *sounds) *report {
	info := c.current().Info()
	r := &report{
		Address: c.options.Link.Target.String(), Name: info.Name, UUID: info.UUID,
		MouseMode: "client", MouseModes: []string{}, Agent: info.Agent, AgentCaps: info.AgentCaps.Names(), VideoRAM: info.RAMHint,
		Heads: []headReport{}, Offered: []string{}, Channels: []channelReport{}, Secure: true,
	}
	if info.ServerMouse {
		r.MouseMode = "server"
	}
	for i, name := range []string{"server", "client"} {
		if info.MouseModes>>i&1 != 0 {
			r.MouseModes = append(r.MouseModes, name)
		}
	}
	for _, h := range c.heads() {
		r.Heads = append(r.Heads, headReport{h.channel, h.monitor, h.rect.Min.X, h.rect.Min.Y, h.rect.Dx(), h.rect.Dy()})
	}
	for _, id := range info.Offered {
		r.Offered = append(r.Offered, id.String())
	}
	for _, ch := range slices.Concat(info.Channels, info.Ended) {
		r.Channels = append(r.Channels, channelReportOf(ch, heard))
		r.Secure = r.Secure && ch.Secure
	}
	r.Ports = portReports(info)
	return r
}

func channelReportOf(ch channels.ChannelInfo, heard *sounds) channelReport {
	r := channelReport{
		Name: ch.ID.String(), Secure: ch.Secure,
		CommonCaps: capNames(ch.Caps.Common, commonCapNames),
		Caps:       capNames(ch.Caps.Channel, channelCapNames[ch.ID.Type]),
		Received:   ch.Stats.Received, ReceivedBytes: ch.Stats.ReceivedBytes,
		Sent: ch.Stats.Sent, SentBytes: ch.Stats.SentBytes,
	}
	if d := ch.Display; d != nil {
		r.Messages, r.Undrawn, r.Failed = d.Messages, d.Undrawn, d.Failed
		r.Images, r.Videos = imagesOf(d.Images), videosOf(d.Videos)
	}
	r.Playback, r.Record = playbackReportOf(ch, heard), recordReportOf(ch.Record)
	return r
}

func imagesOf(stats map[string]display.ImageStats) map[string]imageReport {
	images := make(map[string]imageReport, len(stats))
	for name, s := range stats {
		images[name] = imageReport{s.Count, s.Bytes, s.Pixels}
	}
	return images
}

func videosOf(stats map[string]display.StreamStats) map[string]videoReport {
	videos := make(map[string]videoReport, len(stats))
	for name, s := range stats {
		videos[name] = videoReport{s.Streams, s.Frames, s.Bytes, s.Shown, s.Late, s.Failed}
	}
	return videos
}
