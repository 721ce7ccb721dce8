package channels_test

import (
	"context"
	"testing"
	"testing/synctest"

	"saffron/channels"
	"saffron/spice"
)

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := channels.NewProgress()
		p.Commit(display0, 99) // not open
		p.Open(display0)
		p.Open(display1)
		wait := func(serials ...uint64) chan error {
			var w []spice.ChannelSerial
			for i, s := range serials {
				w = append(w, spice.ChannelSerial{Channel: spice.ChannelID{Type: spice.ChannelDisplay, ID: uint8(i)}, Serial: s})
			}
			done := make(chan error, 1)
			go func() { done <- p.Wait(t.Context(), w) }()
			synctest.Wait()
			return done
		}
		if wait(0, 0, 5) == nil || len(wait()) != 1 || len(wait(0, 0, 1000)) != 1 {
			t.Error("waits for what is there, or cannot come")
		}
		both := wait(3, 2)
		p.Commit(display0, 4)
		synctest.Wait()
		if len(both) != 0 {
			t.Error("did not wait for display 1")
		}
		p.Commit(display1, 2)
		if err := <-both; err != nil {
			t.Error(err)
		}
		closed := wait(4, 10)
		p.Close(display1)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errTest)
		if err := p.Wait(ctx, []spice.ChannelSerial{{Channel: display0, Serial: 5}}); err != errTest {
			t.Errorf("got %v", err)
		}
	})
}
