package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// A progress is a line on a terminal that says how far something is. Its
// methods may be called from any goroutine, those of nil, too: they do nothing.
type progress struct {
	out  io.Writer
	what string
	now  func() time.Time

	mu    sync.Mutex
	start time.Time // of the first call of set
	drawn time.Time // last
	shown bool
	ended bool
}

// redraw is how often the line changes at most.
const redraw = 100 * time.Millisecond

// progress begins a line about what, as in "saving work". It returns nil, which
// shows nothing, unless standard error is a terminal. The caller ends it.
func (a *app) progress(what string) *progress {
	file, _ := a.errs.(*os.File)
	if file == nil || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return newProgress(a.errs, what)
}

func newProgress(out io.Writer, what string) *progress {
	return &progress{out: out, what: oneLine(what), now: time.Now}
}

// set shows how much of a total is done, in bytes. With total 0 nobody knows.
func (p *progress) set(done, total uint64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.start.IsZero() {
		p.start = now
	}
	if p.ended || p.shown && now.Sub(p.drawn) < redraw && (done < total || total == 0) {
		return
	}
	p.shown, p.drawn = true, now
	fmt.Fprintf(p.out, "\r%s\x1b[K", progressLine(p.what, done, total, now.Sub(p.start)))
}

// end takes the line off the terminal. It may be called more than once.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown && !p.ended {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.ended = true
}

// progressLine fits a terminal of 80 columns if what takes no more than 20.
func progressLine(what string, done, total uint64, elapsed time.Duration) string {
	if total == 0 {
		return fmt.Sprintf("%s: %v", what, elapsed.Round(time.Second))
	}
	done = min(done, total)
	const width = 20
	share := float64(done) / float64(total)
	full := int(share * width)
	line := fmt.Sprintf("%s [%s%s] %3d %% %s of %s", what, strings.Repeat("#", full), strings.Repeat("-", width-full),
		int(share*100), size(done), size(total))
	if done > 0 && done < total && elapsed >= time.Second {
		left := time.Duration(float64(elapsed) / share * (1 - share))
		line += fmt.Sprintf(", %v left", left.Round(time.Second))
	}
	return line
}
