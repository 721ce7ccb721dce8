package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// An item is an image of the corpus, or a sequence of them that share a GLZ
// window, and what is known of it.
type item struct {
	Name          string
	Codec         string // quic lz glz zlib_glz lz4 jpeg
	Type          string // RGB32, RGBA or PLT8; 420 or 444
	Width, Height int    // pixels
	TopDown       bool   `json:"top_down"`
	Files         []file
	Sum           string   `json:"expected_sha256"`        // of the pixels B,G,R,0 or B,G,R,A
	FrameSums     []string `json:"expected_frames_sha256"` // of each image of a sequence
	GLZSizes      []int    `json:"glz_sizes"`              // inflated, bytes
	WindowPixels  int      `json:"window_pixels"`
	Reference     float64  `json:"reference_ns_per_pixel"` // of the reference decoder, on its machine

	data   [][]byte
	planes bool // decode JPEG to planes, as for video
}

type file struct {
	File string
	Sum  string `json:"sha256"`
}

// pixels returns how many pixels all images of it have.
func (it *item) pixels() int { return len(it.Files) * it.Width * it.Height }

// load reads the corpus in a folder.
func load(folder string) ([]*item, error) {
	raw, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var m struct{ Items []*item }
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	for _, it := range m.Items {
		for _, f := range it.Files {
			data, err := os.ReadFile(filepath.Join(folder, f.File))
			if err != nil {
				return nil, err
			}
			if got := sum(data); got != f.Sum {
				return nil, fmt.Errorf("%s: its SHA-256 is %s, the manifest says %s", f.File, got, f.Sum)
			}
			it.data = append(it.data, data)
		}
	}
	return withPlanes(m.Items), nil
}

// withPlanes adds for each JPEG item one that is decoded to planes. There are no
// figures of the reference for those, so that they are compared only here.
func withPlanes(items []*item) []*item {
	for _, it := range items {
		if it.Codec == "jpeg" {
			p := *it
			p.Name += " to planes"
			p.planes, p.Reference = true, 0
			items = append(items, &p)
		}
	}
	return items
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}
