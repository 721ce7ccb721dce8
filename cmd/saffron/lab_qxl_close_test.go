//go:build lab

package main_test

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"saffron/render"
)

// Some operations come close to what the server draws, but are not always the
// same. They are compared one by one: after each, what was drawn is replaced by
// what the server drew.

// TestLabQXLOperators plays COMPOSITE with the operators that are defined by
// fractions. No byte may be off by more than one, except that the modes of PDF
// may be off by two and, where they divide by next to nothing, by more.
func TestLabQXLOperators(t *testing.T) {
	for family, name := range map[int]string{2: "saturate", 3: "disjoint", 4: "conjoint", 5: "blend", 6: "blend_and_hsl"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			near, most := 1, 1
			if family >= 5 {
				near, most = 2, 16
			}
			for seed := *qxlFirst; seed < *qxlFirst+(*qxlSeeds+1)/3; seed++ {
				c := newClose(t, seed, "--ops=composite", fmt.Sprintf("--beyond=%d", family))
				far := 0
				c.play(t, func(got, want *image.RGBA, alpha bool) error {
					worst := farthest(got, want, alpha)
					c.worst = max(c.worst, worst)
					if worst > near {
						far++
					}
					if worst > most {
						return fmt.Errorf("a byte is off by %d: %v", worst, difference(got, want))
					}
					return nil
				})
				t.Logf("seed %d: %d of %d commands exact; the others are off by no more than %d", seed, c.exact, c.commands, c.worst)
				if far > c.commands/50 {
					t.Errorf("seed %d: %d of %d commands are off by more than %d", seed, far, c.commands, near)
				}
			}
		})
	}
}

// A closeRun plays a script command by command.
type closeRun struct {
	run   qxlRun
	guest *scriptGuest
	live  *qxlSession

	commands, exact, worst int
}

func newClose(t *testing.T, seed int, args ...string) *closeRun {
	t.Helper()
	r := newQXLRun(qxlModes[0], seed, 32)
	r.displays, r.late = 1, 0
	r.server = append([]string{fmt.Sprintf("--seed=%d", seed), "--compression=off"}, args...)
	r.count = *qxlCount * 3 / 8 // each takes its time
	c := &closeRun{run: r, guest: startScript(t, r.server...)}
	c.live = r.connect(t, c.guest)
	return c
}

// play compares after each command with near, which judges pictures that are
// not equal.
func (c *closeRun) play(t *testing.T, near func(got, want *image.RGBA, alpha bool) error) {
	t.Helper()
	defer c.guest.stop()
	defer c.live.Close()
	for n := 1; n <= c.run.count; n++ {
		want, err := c.next(n)
		if err == nil {
			err = c.settle(want, near)
		}
		if err != nil {
			t.Fatalf("seed %d, command %d: %v\n%s", c.run.seed, n, err, c.guest.lastCommands(n))
		}
		c.commands++
	}
}

// next plays command n, and waits until the client has drawn it.
func (c *closeRun) next(n int) ([]truth, error) {
	before := c.drawn()
	want, err := c.guest.play(n)
	if err != nil {
		return nil, err
	}
	command := c.guest.commands(0)[n-1]
	if strings.HasPrefix(command, "create ") || strings.HasPrefix(command, "destroy ") {
		return want, nil
	}
	for start := time.Now(); c.drawn() == before; time.Sleep(time.Millisecond) {
		switch waited := time.Since(start); {
		case waited > patience:
			return nil, errors.New("the command did not come")
		case waited > 50*time.Millisecond && c.live.compare(want) == nil:
			return want, nil // the server does not send what is clipped away
		}
	}
	return want, nil
}

// drawn counts operations on the client's side.
func (c *closeRun) drawn() uint64 {
	n := uint64(0)
	for _, draws := range c.live.desks[0].Stats().Draws {
		n += draws
	}
	return n
}

// settle waits until the surfaces are near what they should be, then makes them
// so.
func (c *closeRun) settle(want []truth, near func(got, want *image.RGBA, alpha bool) error) error {
	if c.live.soon(want) == nil {
		c.exact++
		return nil
	}
	for i := range want {
		w := &want[i]
		got := c.live.desks[0].SurfaceSnapshot(w.surface)
		if got == nil {
			continue
		}
		if err := near(got, w.image, w.format.HasAlpha() && !w.loose); err != nil {
			return fmt.Errorf("%v: %w", w, err)
		}
		err := c.live.desks[0].Draw(w.surface, got.Rect, nil, &render.Copy{
			Src: render.Source{Image: w.image, HasAlpha: true}, SrcArea: got.Rect, Rop: render.RopPut,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// soon is agree for a single command that may make a difference. A surface that
// is used for the first time is drawn twice.
func (q *qxlSession) soon(want []truth) error {
	var err error
	seen, since := q.messages(), time.Now()
	for time.Since(since) < 15*time.Millisecond {
		if err = q.compare(want); err == nil {
			return nil
		}
		if n := q.messages(); n != seen {
			seen, since = n, time.Now()
		}
		time.Sleep(time.Millisecond)
	}
	return err
}

// farthest returns the largest difference of two bytes.
func farthest(got, want *image.RGBA, alpha bool) int {
	worst := 0
	for i := range want.Pix {
		if i%4 != 3 || alpha {
			d := int(got.Pix[i]) - int(want.Pix[i])
			worst = max(worst, d, -d)
		}
	}
	return worst
}

// TestLabQXLDashes measures how far dashed lines are from the server's.
func TestLabQXLDashes(t *testing.T) {
	t.Parallel()
	differ, drawn := 0, 0
	for seed := *qxlFirst; seed < *qxlFirst+(*qxlSeeds+1)/3; seed++ {
		c := newClose(t, seed, "--ops=stroke", "--styled", "--surfaces=0")
		var before *image.RGBA
		for n := 1; n <= c.run.count; n++ {
			want, err := c.next(n)
			if err != nil {
				t.Fatal(err)
			}
			if before != nil {
				drawn += unequal(before, want[0].image)
			}
			before = want[0].image
			err = c.settle(want, func(got, want *image.RGBA, _ bool) error { differ += unequal(got, want); return nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		c.guest.stop()
		c.live.Close()
	}
	t.Logf("%d of %d pixels differ", differ, drawn)
	if share := float64(differ) / float64(drawn); share > 0.02 {
		t.Errorf("%.1f %% of the pixels differ", 100*share)
	}
}

// unequal counts pixels that differ.
func unequal(a, b *image.RGBA) int {
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if [3]byte(a.Pix[i:]) != [3]byte(b.Pix[i:]) {
			n++
		}
	}
	return n
}
