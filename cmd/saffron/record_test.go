package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"saffron/channels/inputs"
	"saffron/channels/mainchan"
	"saffron/spice"
	"saffron/spice/capture"
	"saffron/spice/spicetest"
)

// A spy passes on to a tape what it sees, and keeps what was sent.
type spy struct {
	spice.Tap
	mu   sync.Mutex
	sent map[spice.ChannelType]int // guarded by mu; messages
}

func (s *spy) Sent(id spice.ChannelID, f spice.Frame) {
	s.mu.Lock()
	s.sent[id.Type]++
	s.mu.Unlock()
	s.Tap.Sent(id, f)
}

// TestRecordingKeepsSecrets records a session in which a password is given,
// keys are typed and the clipboard changes: none of it may be in the file.
func TestRecordingKeepsSecrets(t *testing.T) {
	const password, clipboard = "open sesame 4711", "what the user has copied"
	m := newMachine([]string{"password=" + password})
	handle := m.server.Handler
	m.server.Handler = func(c *spicetest.Channel) error {
		if c.ID.Type == spice.ChannelMain {
			go func() {
				for c.Serial() < 3 { // INIT, NAME and UUID come first
					if c.Context().Err() != nil {
						return
					}
					time.Sleep(time.Millisecond)
				}
				c.Send(mainchan.MsgAgentData, &mainchan.AgentData{Data: []byte(clipboard)})
			}()
		}
		return handle(c)
	}
	path := filepath.Join(t.TempDir(), "session.capture")
	tape, err := newRecording(path, false, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	watch := &spy{Tap: tape, sent: map[spice.ChannelType]int{}}
	app := testApp()
	c := app.newConsole(&settings{link: spice.Options{
		Dial: m.server.DialContext, Target: spice.Target{Host: "vm", Port: 5900}, Tap: watch,
	}, password: password}, nil)
	// Keys whose codes are nowhere else.
	keys := []inputs.Scancode{0xe05b, 0xe05d, 0xe037}
	err = c.input(t.Context(), func(_ context.Context, in *taking) error {
		in.Combo(keys...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.close()
	m.server.Close()
	if err := tape.finish(app); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	secrets := [][]byte{[]byte(password), []byte(clipboard)}
	for _, key := range keys {
		for _, up := range []byte{0, 0x80} {
			code := []byte{0xe0, byte(key) | up}
			secrets = append(secrets, append(code, 0, 0), append(code, 0xe0))
		}
	}
	secrets = append(secrets, []byte{0xe0, 0x5b, 0xe0, 0x5d})
	for _, secret := range secrets {
		if bytes.Contains(data, secret) {
			t.Errorf("%q is in the recording", secret)
		}
	}
	if watch.sent[spice.ChannelInputs] < 5 || watch.sent[spice.ChannelMain] == 0 {
		t.Error("nothing was typed:", watch.sent)
	}
	checkWithheld(t, data)
}

// checkWithheld: the clipboard keeps its place in the count of messages.
func checkWithheld(t *testing.T, data []byte) {
	t.Helper()
	r, err := capture.NewMemoryReader(data)
	if err != nil {
		t.Fatal(err)
	}
	serials, withheld := map[int]uint64{}, 0
	for {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind != capture.Message {
			continue
		}
		if serials[rec.Link]++; rec.Frame.Serial != serials[rec.Link] {
			t.Errorf("message %d of link %d has serial %d", serials[rec.Link], rec.Link, rec.Frame.Serial)
		}
		if rec.Withheld {
			withheld++
		}
	}
	if withheld != 1 {
		t.Errorf("%d messages withheld, want 1", withheld)
	}
}
