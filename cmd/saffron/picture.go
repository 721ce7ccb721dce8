package main

import (
	"context"
	"errors"
	"image"
	"time"
)

// Reasons to stop waiting for a picture.
var (
	errNoPicture = errors.New("there is no picture yet")
	errRestless  = errors.New("the picture does not come to rest")
)

// blink is what may change of a picture at rest, in pixels: a text cursor.
const blink = 512

// breath is how long to wait at least before looking for monitors again.
const breath = 5 * time.Millisecond

// picture waits for a head to show a picture that is complete: it has been
// marked, and for settle nothing changed but a blinking cursor. changes
// receives whenever the console has changed.
//
// When ctx ends it returns errRestless with the head as it is then, or
// errNoPicture; when the session ends, why.
func (c *console) picture(ctx context.Context, n int, settle time.Duration, changes <-chan struct{}) (head, error) {
	rest := time.NewTimer(settle)
	defer rest.Stop()
	changed := 0 // pixels since rest began to run
	for {
		select {
		case <-changes:
			if changed += c.damaged(); changed > blink {
				rest.Reset(settle)
				changed = 0
			}
		case <-rest.C:
			heads := c.heads()
			if n < len(heads) {
				return heads[n], nil
			}
			if len(heads) > 0 {
				return head{}, &failure{exitOther, errNoHead(n, len(heads)), ""}
			}
			rest.Reset(max(settle, breath)) // changes come at once; this is for those that are not told
			changed = 0
		case <-c.current().Done():
			return head{}, c.wait()
		case <-ctx.Done():
			heads := c.heads()
			switch {
			case !errors.Is(ctx.Err(), context.DeadlineExceeded):
				return head{}, ctx.Err()
			case n < len(heads):
				return heads[n], errRestless
			}
			return head{}, errNoPicture
		}
	}
}

// damaged returns how many pixels of all heads have changed since it was called
// last.
func (c *console) damaged() int {
	n := 0
	for _, h := range c.heads() {
		h.screen.desktop.Damage(h.index, func(_ *image.RGBA, r image.Rectangle) { n += r.Dx() * r.Dy() })
	}
	return n
}

// signals returns a function that never blocks and a channel on which its
// calls arrive, several as one.
func signals() (signal func(), arrived <-chan struct{}) {
	ch := make(chan struct{}, 1)
	return func() {
		select {
		case ch <- struct{}{}:
		default:
		}
	}, ch
}
