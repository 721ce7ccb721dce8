//go:build linux || freebsd || netbsd || windows || darwin

package clipboard

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	lib "golang.design/x/clipboard"
)

// together is how long after a change others belong to it.
const together = 100 * time.Millisecond

// A system is the clipboard of a system without selections: what is offered is
// fetched and handed over at once, text if there is any and else a PNG, and
// changes are looked for once a second.
type system struct {
	o       *Options
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	stop  context.CancelFunc // guarded by mu; of the fetch of the offer
	ours  bool               // guarded by mu; an offer stands
	given []byte             // guarded by mu; what was handed over last
}

func openSystem(o *Options) (backend, error) {
	if err := lib.Init(); err != nil {
		return nil, err
	}
	s := &system{o: o, stop: func() {}}
	s.ctx, s.end = context.WithCancel(context.Background())
	if formats := s.held(); len(formats) > 0 {
		s.running.Go(func() { o.Changed(Clipboard, formats) })
	}
	s.running.Go(s.follow)
	return s, nil
}

// follow tells of changes that others make.
func (s *system) follow() {
	changes := lib.Watch(s.ctx, lib.FmtText, lib.FmtImage)
	for change := range changes {
		if s.mine(change.Bytes) {
			continue
		}
		quiet := time.After(together)
		for waiting := true; waiting; {
			select {
			case _, waiting = <-changes:
			case <-quiet:
				waiting = false
			}
		}
		s.o.Changed(Clipboard, s.held())
	}
}

// mine reports whether a change is our own. If not, our offer is over.
func (s *system) mine(data []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ours && bytes.Equal(data, s.given) {
		return true
	}
	s.stop()
	s.ours, s.given = false, nil
	return false
}

// held returns in which formats the clipboard has what it has.
func (s *system) held() []Format {
	var list []Format
	for _, f := range lib.Formats() {
		switch f {
		case lib.FmtText:
			list = append(list, Text)
		case lib.FmtImage:
			list = append(list, PNG)
		}
	}
	return list
}

func (s *system) offer(sel Selection, formats []Format, fetch Fetch) error {
	f, as := PNG, lib.FmtImage
	if slices.Contains(formats, Text) {
		f, as = Text, lib.FmtText
	}
	if sel != Clipboard || !slices.Contains(formats, f) {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, fetchTime)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	s.stop, s.ours = cancel, true
	s.running.Go(func() {
		defer cancel()
		data, err := fetch(ctx, f)
		if err != nil {
			s.o.Log.Debug("clipboard: what was offered cannot be had", "format", f.String(), "err", err)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if ctx.Err() == nil {
			s.given = data
			lib.Write(as, data)
		}
	})
	return nil
}

// withdraw leaves what was handed over: it cannot be told whether it is still
// the same.
func (s *system) withdraw(Selection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	s.ours = false
	return nil
}

func (s *system) owns(sel Selection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sel == Clipboard && s.ours
}

func (s *system) read(_ context.Context, sel Selection, f Format, _ bool) ([]byte, error) {
	as, ok := map[Format]lib.Format{Text: lib.FmtText, PNG: lib.FmtImage}[f]
	if sel != Clipboard || !ok || s.owns(sel) {
		return nil, ErrNothing
	}
	data := lib.Read(as)
	switch {
	case data == nil:
		return nil, ErrNothing
	case int64(len(data)) > s.o.max():
		return nil, &TooLargeError{Size: int64(len(data)), Max: s.o.max()}
	case f == Text:
		data, _ = decodeText("", data)
	}
	return data, nil
}

func (s *system) primary() bool { return false }

func (s *system) close() {
	s.end()
	s.running.Wait()
}
