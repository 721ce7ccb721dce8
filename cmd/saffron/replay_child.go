package main

import (
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// A child is a command that runs.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
	most  atomic.Uint64 // the most memory that it was seen to have had, in bytes
}

// wait collects it.
func (c *child) wait() {
	_ = c.cmd.Wait() // ProcessState tells
	close(c.ended)
}

// watch looks at its memory from time to time. What the system says of it in
// the end counts that of this process, too, from which it came.
func (c *child) watch() {
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			c.look()
		case <-c.ended:
			return
		}
	}
}

func (c *child) look() {
	if n := peakMemoryOf(c.cmd.Process.Pid); n > 0 {
		c.most.Store(n)
	}
}

// peak returns the most memory that it had, in bytes.
func (c *child) peak() uint64 {
	if n := c.most.Load(); n > 0 {
		return n
	}
	return peakMemoryIn(c.cmd.ProcessState)
}

// end ends it: by leaving it alone, by asking, by force.
func (c *child) end(leave func()) {
	c.look()
	leave()
	if c.endsWithin(quitGrace) {
		return
	}
	_ = c.cmd.Process.Signal(terminate) // may have ended just now
	if c.endsWithin(killGrace) {
		return
	}
	_ = c.cmd.Process.Signal(os.Kill)
	<-c.ended
}

func (c *child) endsWithin(d time.Duration) bool {
	select {
	case <-c.ended:
		return true
	case <-time.After(d):
		return false
	}
}
