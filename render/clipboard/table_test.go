//go:build window

package clipboard_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/jezek/xgb"

	"saffron/render/clipboard"
)

// A foreignEvent is what another package makes of events of extensions.
type foreignEvent []byte

func (e foreignEvent) Bytes() []byte  { return e }
func (e foreignEvent) String() string { return "foreign" }

// TestForeignTable is told of owners where another package has filled the
// library's table of events, which is that of a whole process.
func TestForeignTable(t *testing.T) {
	const child = "SAFFRON_CLIPBOARD_CHILD"
	if os.Getenv(child) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestForeignTable$", "-test.timeout=30s")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	for n := 64; n < 128; n++ {
		xgb.NewEventFuncs[n] = func(buf []byte) xgb.Event { return foreignEvent(buf) }
	}
	d := open(t, clipboard.Options{})
	stop := d.copy([]byte("text"), "-selection", "clipboard")
	d.changed(clipboard.Clipboard, clipboard.Text)
	d.offer(clipboard.Clipboard, map[clipboard.Format][]byte{clipboard.Text: []byte("ours")})
	stop()
	d.unchanged()
}
