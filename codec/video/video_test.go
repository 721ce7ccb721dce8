package video

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Every frame gives its picture at once, and the picture is what ffmpeg makes of it.
func TestDecode(t *testing.T) {
	for name, codec := range streams {
		t.Run(name, func(t *testing.T) {
			frames, sums := stream(t, name)
			d := decoder(t, codec)
			for i, f := range frames {
				p, err := d.Decode(f)
				if err != nil {
					t.Fatalf("frame %d: %v", i, err)
				}
				if got := sumOf(p); got != sums[i] {
					t.Fatalf("frame %d is %v, want %v", i, got, sums[i])
				}
			}
		})
	}
}

// Colours are what the bit stream says, or else what the size suggests.
func TestColours(t *testing.T) {
	for name, want := range map[string][2]string{ // of the first and of the last picture
		"vp8":       {"601 limited", "601 limited"},
		"vp9":       {"709 limited", "601 limited"},
		"h264":      {"601 limited", "709 full"},
		"h265":      {"601 limited", "601 limited"},
		"vp8-720p":  {"709 limited", "709 limited"},
		"vp9-720p":  {"709 limited", "709 limited"},
		"h264-720p": {"709 limited", "709 limited"},
		"h265-720p": {"709 limited", "709 limited"},
	} {
		frames, _ := stream(t, name)
		d := decoder(t, streams[name])
		var got []string
		for _, f := range frames {
			p, err := d.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, colours(p))
		}
		if first, last := got[0], got[len(got)-1]; first != want[0] || last != want[1] {
			t.Errorf("%s: %s, then %s, want %v", name, first, last, want)
		}
	}
}

func colours(p *Picture) string {
	space, span := "601", "limited"
	if p.HD {
		space = "709"
	}
	if p.FullRange {
		span = "full"
	}
	return space + " " + span
}

// An empty frame does nothing, above all not end the stream; a broken one is an
// error, and what follows shows again.
func TestBroken(t *testing.T) {
	for name, codec := range streams {
		t.Run(name, func(t *testing.T) {
			frames, sums := stream(t, name)
			d := decoder(t, codec)
			garbage := slices.Repeat([]byte{0xff, 0x12, 0x34}, 50)
			if p, err := d.Decode(garbage); p != nil || err == nil {
				t.Errorf("garbage first: picture %v, error %v", sumOf(p), err)
			}
			for i, f := range frames {
				if p, err := d.Decode(nil); p != nil || err != nil {
					t.Fatalf("empty frame: picture %v, error %v", sumOf(p), err)
				}
				p, err := d.Decode(f)
				if err != nil || sumOf(p) != sums[i] {
					t.Fatalf("frame %d: picture %v, error %v", i, sumOf(p), err)
				}
			}
			var format FormatError
			if _, err := d.Decode(garbage); !errors.As(err, &format) {
				t.Errorf("garbage last: %v, want a FormatError", err)
			}
			if p, err := d.Decode(frames[0]); err != nil || sumOf(p) != sums[0] {
				t.Errorf("first frame again: picture %v, error %v", sumOf(p), err)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	d := decoder(t, VP8)
	var unsupported UnsupportedError
	if _, err := d.Decode(make([]byte, maxFrame+1)); !errors.As(err, &unsupported) {
		t.Errorf("frame of %d bytes: %v", maxFrame+1, err)
	}
	frames, _ := stream(t, "vp8")
	for _, size := range [][2]uint16{{16383, 16383}, {16383, 16}, {16, 16383}, {8193, 16}} {
		key := slices.Clone(frames[0])
		key[6], key[7] = byte(size[0]), byte(size[0]>>8)
		key[8], key[9] = byte(size[1]), byte(size[1]>>8)
		if p, err := d.Decode(key); p != nil || err == nil {
			t.Errorf("%dx%d: picture %v, error %v", size[0], size[1], sumOf(p), err)
		}
	}
}

// Pictures other than 4:2:0 are refused, and the decoder goes on.
func TestFormat(t *testing.T) {
	d := decoder(t, H264)
	odd, _ := stream(t, "h264-444")
	var unsupported UnsupportedError
	if p, err := d.Decode(odd[0]); p != nil || !errors.As(err, &unsupported) || !strings.HasSuffix(err.Error(), "yuv444p") {
		t.Errorf("4:4:4: picture %v, error %v", sumOf(p), err)
	}
	frames, sums := stream(t, "h264")
	if p, err := d.Decode(frames[0]); err != nil || sumOf(p) != sums[0] {
		t.Errorf("4:2:0 after it: picture %v, error %v", sumOf(p), err)
	}
}

// A library that is not as expected is not used.
func TestLibrary(t *testing.T) {
	var major int
	if _, err := fmt.Sscanf(Library(), "libavcodec %d", &major); err != nil {
		t.Fatalf("%q: the tests of this package need libavcodec: Debian's package is libavcodec59", Library())
	}
	i := slices.IndexFunc(versions, func(v struct{ codec, util int }) bool { return v.codec == major })
	codec, err1 := open("avcodec", versions[i].codec)
	util, err2 := open("avutil", versions[i].util)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if _, err := bindAll(codec, util, major); err != nil {
		t.Error(err)
	}
	for name, tt := range map[string]struct {
		codec, util uintptr
		major       int
	}{
		"another version":   {codec, util, major - 1},
		"missing functions": {util, util, major},
	} {
		if lib, err := bindAll(tt.codec, tt.util, tt.major); lib != nil || err == nil {
			t.Errorf("%s: %v, error %v", name, lib, err)
		}
	}
	if _, err := open("avcodec", 1); err == nil {
		t.Error("there is a libavcodec 1")
	}
}

func TestClose(t *testing.T) {
	d := decoder(t, H264)
	for range 2 {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := d.Decode([]byte{1}); p != nil || err == nil {
		t.Errorf("decoding after Close: picture %v, error %v", sumOf(p), err)
	}
}

func TestAvailable(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for c := VP8; c <= H265; c++ {
				if !Available(c) {
					t.Errorf("%v is not available: the tests of this package need libavcodec: Debian's package is libavcodec59", c)
				}
			}
		})
	}
	wg.Wait()
	if name := Library(); !strings.HasPrefix(name, "libavcodec ") {
		t.Errorf("the library is %q", name)
	}
	for _, c := range []Codec{0, 1, 6, 255} {
		var unavailable *UnavailableError
		_, err := NewDecoder(c)
		if Available(c) || !errors.As(err, &unavailable) || unavailable.Codec != c {
			t.Errorf("%v: available %v, error %v", c, Available(c), err)
		}
	}
}

func TestString(t *testing.T) {
	if got := fmt.Sprint(VP8, H264, VP9, H265, Codec(1)); got != "VP8 H.264 VP9 H.265 codec 1" {
		t.Error(got)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"vp8-720p", "vp9-720p", "h264-720p", "h265-720p"} {
		b.Run(name, func(b *testing.B) {
			frames, _ := stream(b, name)
			d := decoder(b, streams[name])
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := d.Decode(frames[i%len(frames)]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1280*720), "ns/pixel")
		})
	}
}
