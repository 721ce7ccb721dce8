package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"time"
)

// Limits of a watchdog without a service manager that has one.
const (
	watchLimit    = time.Minute     // how long something may show no sign of life
	watchInterval = 2 * time.Second // between looks
)

// A watched thing shows signs of life when it is asked for them.
type watched struct {
	name  string
	alive func(ctx context.Context) error // blocks until there is a sign; any goroutine

	asking bool // there is no answer yet
	answer chan error
	last   time.Time // when the last came
}

// A watchdog looks whether the parts of a program still move. As long as they
// do it tells the service manager; otherwise it writes down what all goroutines
// do and starts the program anew. One goroutine runs it.
type watchdog struct {
	log      *slog.Logger
	notify   *notifier
	limit    time.Duration
	interval time.Duration
	things   []*watched
	out      io.Writer // for what the goroutines do
	restart  func()    // does not return if it succeeds
}

func newWatchdog(log *slog.Logger, notify *notifier) *watchdog {
	w := &watchdog{log: log, notify: notify, limit: watchLimit, interval: watchInterval, out: os.Stderr, restart: func() { restartSelf(log) }}
	if notify != nil && notify.watchdog > 0 {
		w.limit = notify.watchdog
		w.interval = min(w.interval, w.limit/4)
	}
	return w
}

// watch adds a thing, before run.
func (w *watchdog) watch(name string, alive func(context.Context) error) {
	w.things = append(w.things, &watched{name: name, alive: alive, answer: make(chan error, 1)})
}

// run watches until ctx ends.
func (w *watchdog) run(ctx context.Context) {
	tick := time.NewTicker(w.interval)
	defer tick.Stop()
	last := time.Now()
	for _, t := range w.things {
		t.last = last
	}
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		if gap := now.Sub(last); gap > 2*w.interval { // the whole program was held up, or the computer slept
			for _, t := range w.things {
				t.last = t.last.Add(gap)
			}
		}
		last = now
		if t := w.look(ctx, now); t != nil {
			w.stuck(t)
		} else if w.notify != nil && w.notify.watchdog > 0 {
			if err := w.notify.tell("WATCHDOG=1"); err != nil {
				w.log.Debug("the service manager cannot be told", "err", err)
			}
		}
	}
}

// look asks all for a sign of life and returns one that has shown none for too
// long, or nil.
func (w *watchdog) look(ctx context.Context, now time.Time) *watched {
	for _, t := range w.things {
		select {
		case err := <-t.answer:
			t.asking = false
			if err == nil {
				t.last = now
			}
		default:
		}
		if !t.asking {
			t.asking = true
			go func() { t.answer <- t.alive(ctx) }()
		}
		if now.Sub(t.last) > w.limit {
			return t
		}
	}
	return nil
}

// stuck starts the program anew.
func (w *watchdog) stuck(t *watched) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	w.log.Error("a part of the program is stuck; it starts anew", "part", t.name, "since", time.Since(t.last).Round(time.Second))
	fmt.Fprintf(w.out, "%s\n", stacks)
	_ = w.notify.tell("STATUS=The " + t.name + " was stuck; starting anew") // nothing more can be done
	w.restart()
	t.last = time.Now() // it could not be: give it another chance
}

// restartsVariable counts how often the program has started itself anew.
const restartsVariable = "SAFFRON_RESTARTS"

// restarts returns how often the program has started itself anew.
func restarts() int {
	n, _ := strconv.Atoi(os.Getenv(restartsVariable)) // 0 if it is no number
	return n
}

// restartSelf replaces this process by a new one with the same command line.
func restartSelf(log *slog.Logger) {
	path, err := os.Executable()
	if err == nil {
		err = os.Setenv(restartsVariable, strconv.Itoa(restarts()+1))
	}
	if err == nil {
		err = replaceProcess(path, os.Args, os.Environ())
	}
	log.Error("the program cannot start anew", "err", err)
}
