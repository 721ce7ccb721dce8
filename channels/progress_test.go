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
		waiter := spice.ChannelID{Type: spice.ChannelPort}
		wait := func(serials ...uint64) chan error {
			var w []spice.ChannelSerial
			for i, s := range serials {
				w = append(w, spice.ChannelSerial{Channel: spice.ChannelID{Type: spice.ChannelDisplay, ID: uint8(i)}, Serial: s})
			}
			done := make(chan error, 1)
			waiter.ID++
			id := waiter
			go func() { done <- p.Wait(t.Context(), id, w) }()
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
		if err := p.Wait(ctx, display1, []spice.ChannelSerial{{Channel: display0, Serial: 5}}); err != errTest {
			t.Errorf("got %v", err)
		}
	})
}

// TestProgressCycle lets channels wait for each other in circles of all sizes:
// who closes one is told, and the others come free when it goes on.
func TestProgressCycle(t *testing.T) {
	for size := 1; size < 5; size++ {
		synctest.Test(t, func(t *testing.T) {
			p := channels.NewProgress()
			id := func(i int) spice.ChannelID {
				return spice.ChannelID{Type: spice.ChannelDisplay, ID: uint8(i % size)}
			}
			for i := range size {
				p.Open(id(i))
			}
			p.Open(cursorID)
			free := make(chan int, size)
			for i := range size - 1 {
				go func() {
					wait := []spice.ChannelSerial{{Channel: cursorID, Serial: 0}, {Channel: id(i + 1), Serial: 9}}
					if err := p.Wait(t.Context(), id(i), wait); err != nil {
						t.Error(err)
					}
					free <- i // before the next can be told
					p.Commit(id(i), 9)
				}()
				synctest.Wait()
			}
			last := id(size - 1)
			if err := p.Wait(t.Context(), last, []spice.ChannelSerial{{Channel: cursorID}, {Channel: id(0), Serial: 9}}); err != channels.ErrWaitCycle {
				t.Errorf("the last of %d that wait for each other gets %v", size, err)
			}
			p.Commit(last, 9)
			for i := size - 2; i >= 0; i-- {
				if got := <-free; got != i {
					t.Errorf("channel %d comes free, should be %d", got, i)
				}
			}
		})
	}
}

// TestProgressNoCycle waits where nothing goes round: two wait for the same
// channel, one for another that waits, and one for a serial that has come.
func TestProgressNoCycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := channels.NewProgress()
		for _, id := range []spice.ChannelID{display0, display1, cursorID, inputsID} {
			p.Open(id)
		}
		p.Commit(display0, 5)
		free := make(chan error, 3)
		wait := func(id spice.ChannelID, serial uint64, others ...spice.ChannelID) {
			var w []spice.ChannelSerial
			for _, o := range others {
				w = append(w, spice.ChannelSerial{Channel: o, Serial: serial})
			}
			go func() { free <- p.Wait(t.Context(), id, w) }()
			synctest.Wait()
		}
		wait(display0, 9, cursorID, inputsID)
		wait(display1, 9, display0, cursorID)
		wait(cursorID, 5, display0) // has come, though display 0 waits for the cursor
		if len(free) != 1 {
			t.Fatalf("%d have come free, should be 1", len(free))
		}
		for _, id := range []spice.ChannelID{cursorID, inputsID, display0} {
			p.Commit(id, 9)
		}
		for range 3 {
			if err := <-free; err != nil {
				t.Error(err)
			}
		}
	})
}
