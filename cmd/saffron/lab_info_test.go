//go:build lab

package main_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"saffron/channels/display"
)

// TestLabInfo reads what `saffron info --json` counts: with it the encodings that
// really came over a connection can be told.
func TestLabInfo(t *testing.T) {
	for _, s := range lossless {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			m := startMachine(t, machineConfig{spice: s.spice, args: []string{"-name", "lab machine"}})
			m.guest.graphics(t, 800, 600)
			m.guest.scene(t, 1)
			var r result
			var err error
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				args := []string{"info", m.uri, "--json", "--for", "1500ms"}
				if s.prefer == display.CompressionLZ4 {
					args = append(args, "--compression", "lz4")
				}
				r, err = execute(t.Context(), nil, args...)
			}()
			for drawing := true; drawing; { // so that there is more to count than the first picture
				m.guest.boxes(t, 10)
				select {
				case <-ended:
					drawing = false
				default:
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.code != 0 {
				t.Fatalf("exit code %d\n%s", r.code, r.stderr)
			}
			checkInfo(t, r.stdout, s)
		})
	}
}

func checkInfo(t *testing.T, text string, s setting) {
	t.Helper()
	var info struct {
		Name  string `json:"name"`
		Heads []struct {
			Width  int `json:"width"`
			Height int `json:"height"`
		} `json:"heads"`
		Channels []struct {
			Name   string                     `json:"name"`
			Images map[string]json.RawMessage `json:"images"`
			Failed int                        `json:"failed"`
		} `json:"channels"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := d.Decode(&info); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if info.Name != "lab machine" {
		t.Errorf("the machine's name is %q", info.Name)
	}
	if len(info.Heads) != 1 || info.Heads[0].Width != 800 || info.Heads[0].Height != 600 {
		t.Errorf("the heads are %+v", info.Heads)
	}
	images := map[string]json.RawMessage{}
	for _, ch := range info.Channels {
		if ch.Failed > 0 {
			t.Errorf("%s: %d failed", ch.Name, ch.Failed)
		}
		for name, v := range ch.Images {
			images[name] = v
		}
	}
	for _, typ := range s.types {
		if images[typ.String()] == nil {
			t.Errorf("no image of type %s came: %s", typ, images)
		}
	}
}
