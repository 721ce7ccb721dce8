package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"saffron/channels/display"
)

// preferFlags say what a server is asked to encode the picture with.
type preferFlags struct {
	compression string
	videoCodec  []string
	profile     string
}

// profiles are preferences by the kind of network.
var profiles = map[string]display.Preferences{
	// Bytes cost nothing, so neither side should work for them.
	"lan": {Compression: display.CompressionLZ4, Video: []display.StreamCodec{display.StreamMJPEG}},
	// Bytes are what is short. Codecs that a server or this system lacks are
	// passed over.
	"wan": {Compression: display.CompressionAutoGLZ, Video: []display.StreamCodec{
		display.StreamVP9, display.StreamH264, display.StreamVP8, display.StreamMJPEG}},
}

// A profileChoice is one that the window goes through.
type profileChoice struct {
	name   string // of the command
	label  string
	note   string
	prefer display.Preferences
}

// profileChoices returns what a window goes through, beginning with what the
// command line asked for.
func profileChoices(given display.Preferences) []profileChoice {
	return []profileChoice{
		{"profile-first", "As at the beginning", "Encoding as at the beginning", given},
		{"profile-lan", "A fast network (lan)", "Encoding for a fast network (lan)", profiles["lan"]},
		{"profile-wan", "A slow network (wan)", "Encoding for a slow network (wan)", profiles["wan"]},
	}
}

var videoCodecNames = []string{"mjpeg", "vp8", "vp9", "h264", "h265"}

func (f *preferFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.profile, "profile", "", "ask the server for what suits a network, lan or wan\n(default the server's own choice)")
	s.StringVar(&f.compression, "compression", "", "ask for images in this `FORMAT`: "+strings.Join(display.CompressionNames(), ", "))
	s.StringSliceVar(&f.videoCodec, "video-codec", nil, "ask for videos in these `CODECS`, the best first:\n"+strings.Join(videoCodecNames, ", "))
	fixed := func(values ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	_ = c.RegisterFlagCompletionFunc("profile", fixed("lan", "wan"))
	_ = c.RegisterFlagCompletionFunc("compression", fixed(display.CompressionNames()...))
	_ = c.RegisterFlagCompletionFunc("video-codec", fixed(videoCodecNames...))
}

// preferences returns what is asked for: a single flag wins over the profile.
func (f *preferFlags) preferences() (display.Preferences, error) {
	p, ok := profiles[f.profile]
	if !ok && f.profile != "" {
		return p, usageError("--profile is lan or wan, not %q", f.profile)
	}
	if f.compression != "" {
		if p.Compression, ok = display.ParseCompression(f.compression); !ok {
			return p, usageError("--compression is one of %s, not %q", strings.Join(display.CompressionNames(), ", "), f.compression)
		}
	}
	if len(f.videoCodec) == 0 {
		return p, nil
	}
	p.Video = nil
	for _, name := range f.videoCodec {
		c, ok := display.ParseStreamCodec(name)
		switch {
		case !ok:
			return p, usageError("--video-codec is one of %s, not %q", strings.Join(videoCodecNames, ", "), name)
		case !display.CanDecode(c):
			return p, usageError("--video-codec %s needs libavcodec, which is not on this system", name)
		case !slices.Contains(p.Video, c):
			p.Video = append(p.Video, c)
		}
	}
	return p, nil
}
