package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"saffron/channels/agent"
)

// atOnce is how many files are sent side by side: small ones do not wait for a
// large one, and the guest's agent is not asked too much.
const atOnce = 4

// A sending is a number of files on their way to the guest. Any goroutine may
// call its methods.
type sending struct {
	agent   *agent.Agent
	files   []sentFile
	changed func() // told when more was sent; it must not block

	mu     sync.Mutex
	next   int           // guarded by mu; of files, that nobody has begun
	parts  map[int]int64 // guarded by mu; bytes that were sent of files that are under way
	done   int64         // guarded by mu; bytes of files that have ended
	total  int64         // guarded by mu
	sent   int           // guarded by mu; files
	failed []unsentFile  // guarded by mu
	over   error         // guarded by mu; why no other file can be sent
}

// An unsentFile is one that the guest does not have, and why.
type unsentFile struct {
	name string
	err  error
}

func (f unsentFile) String() string { return f.name + ": " + fileReason(f.err) }

// newSending prepares to send files to a guest; changed may be nil.
func newSending(a *agent.Agent, files []sentFile, changed func()) *sending {
	s := &sending{agent: a, files: files, changed: changed, parts: map[int]int64{}}
	if changed == nil {
		s.changed = func() {}
	}
	for _, f := range files {
		s.total += f.size
	}
	return s
}

// run sends the files and returns when all have ended, or ctx has. The error is
// why none of the rest was tried.
func (s *sending) run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range min(atOnce, len(s.files)) {
		workers.Go(func() {
			for i, ok := s.take(); ok; i, ok = s.take() {
				s.end(i, s.send(ctx, i), ctx)
			}
		})
	}
	workers.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// take returns the next file.
func (s *sending) take() (i int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || s.next == len(s.files) {
		return 0, false
	}
	s.next++
	return s.next - 1, true
}

func (s *sending) send(ctx context.Context, i int) error {
	f := &s.files[i]
	file, size, err := f.open()
	if err != nil {
		return err
	}
	defer file.Close()
	s.update(func() {
		s.total += size - f.size
		f.size = size
		s.parts[i] = 0
	})
	return s.agent.SendFile(ctx, f.name(), size, file, func(n int64) { s.update(func() { s.parts[i] = n }) })
}

// end notes how a file ended.
func (s *sending) end(i int, err error, ctx context.Context) {
	s.update(func() {
		delete(s.parts, i)
		s.done += s.files[i].size
		if err == nil {
			s.sent++
			return
		}
		if hopeless(err) || ctx.Err() != nil {
			s.over = err
		}
		s.failed = append(s.failed, unsentFile{s.files[i].name(), err})
	})
}

// hopeless reports whether what kept one file from being sent keeps all.
func hopeless(err error) bool {
	for _, e := range []error{agent.ErrNoAgent, agent.ErrGone, agent.ErrStuck, agent.ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	var refused *agent.FileRefusedError
	if errors.As(err, &refused) {
		switch refused.Result {
		case agent.FileSessionLocked, agent.FileNoSessionAgent, agent.FilesDisabled:
			return true
		}
	}
	return false
}

func (s *sending) update(change func()) {
	s.mu.Lock()
	change()
	s.mu.Unlock()
	s.changed()
}

// progress returns how much of the bytes has been dealt with.
func (s *sending) progress() (done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done = s.done
	for _, n := range s.parts {
		done += n
	}
	return min(done, s.total), s.total
}

// sendingNote returns what the window says while files are being sent, "" if none
// are.
func sendingNote(all []*sending) string {
	var done, total int64
	var files int
	for _, s := range all {
		d, t := s.progress()
		done, total, files = done+d, total+t, files+len(s.files)
	}
	what := fmt.Sprintf("%d files", files)
	switch {
	case files == 0:
		return ""
	case len(all) == 1:
		what = all[0].what()
	}
	percent := 0
	if total > 0 {
		percent = int(float64(done) / float64(total) * 100)
	}
	return fmt.Sprintf("Sending %s to the guest: %d %% of %s", what, percent, size(uint64(total)))
}

// what returns what is sent, in a few words.
func (s *sending) what() string {
	if len(s.files) == 1 {
		return abridged(s.files[0].name())
	}
	return fmt.Sprintf("%d files", len(s.files))
}

// outcome returns what the user is told when all has ended: what was sent, and
// the first of what was not.
func (s *sending) outcome(left []error) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	unsent := len(s.files) - s.sent + len(left)
	if unsent == 0 {
		return fmt.Sprintf("The guest has %s", s.what())
	}
	var lines []string
	if len(s.files)+len(left) > 1 {
		lines = append(lines, fmt.Sprintf("Not sent: %d of %d files", unsent, len(s.files)+len(left)))
	}
	for _, f := range s.failed {
		lines = append(lines, abridged(f.name)+" was not sent: "+fileReason(f.err))
	}
	for _, err := range left {
		lines = append(lines, err.Error())
	}
	const most = 3
	return strings.Join(lines[:min(len(lines), most)], "\n")
}

// abridged returns a name that is not too long to be read, fit to be shown.
func abridged(name string) string {
	const most = 40
	r := []rune(oneLine(name))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most/2]) + "…" + string(r[len(r)-most/2+1:])
}
