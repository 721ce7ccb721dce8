package channels_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"saffron/channels/display"
	"saffron/spice"
)

// TestPrefer checks that a server is asked for compressions when a display
// opens and later, but only for what it says it can be asked for.
func TestPrefer(t *testing.T) {
	for _, caps := range [][]int{nil, {display.CapPrefCompression}, {display.CapPrefCompression, display.CapPrefVideoCodec}} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(display0)
			m.Caps = map[spice.ChannelType]spice.CapSet{spice.ChannelDisplay: spice.NewCapSet(caps...)}
			defer m.Close()
			c := newClient(m)
			c.options.Prefer = display.Preferences{Compression: display.CompressionLZ4, Video: []display.StreamCodec{display.StreamVP9}}
			c.connect(t)
			check := func(n int) {
				t.Helper()
				synctest.Wait()
				for _, want := range []struct {
					typ uint16
					cap int
				}{{display.MsgcPreferredCompression, display.CapPrefCompression}, {display.MsgcPreferredVideoCodecType, display.CapPrefVideoCodec}} {
					count := n
					if !slices.Contains(caps, want.cap) {
						count = 0
					}
					if got := m.received(display0, want.typ); got != count {
						t.Errorf("with %v: message %d came %d times, want %d", caps, want.typ, got, count)
					}
				}
			}
			check(1)
			c.Prefer(c.options.Prefer)
			check(2)
			c.Prefer(display.Preferences{})
			check(2)
		})
	}
}
