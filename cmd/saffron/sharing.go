package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"saffron/channels/port"
	"saffron/channels/webdav"
	"saffron/cmd/saffron/share"
)

// A sharing is the folder that the guest may use, and what was copied to be pasted
// there. Any goroutine may call its methods.
type sharing struct {
	app     *app
	server  share.Server
	reached func(on bool) // told whether the guest has opened a way to it; must not block
}

// openSharing opens the folder of --share, if it is not "".
func openSharing(a *app, arg string, readOnly bool) (*sharing, error) {
	s := &sharing{app: a, server: share.Server{Log: a.log}, reached: func(bool) {}}
	if arg == "" {
		return s, nil
	}
	dir, asked := splitMode(arg)
	folder, err := share.Open(dir, share.Options{ReadOnly: asked || readOnly, Log: a.log})
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, usageError("--share: %s: %w", dir, err)
	}
	s.server.Folder = folder
	return s, nil
}

// channel serves all that on a channel that has opened.
func (s *sharing) channel(p *port.Port) port.Sink {
	s.app.log.Debug("a channel for shared folders", "channel", p.ID().String())
	mux := webdav.New(p, s.app.log)
	go s.server.Serve(mux) // until the channel ends
	return &sharingSink{mux, s.reached}
}

// A sharingSink tells whether the guest's end of the channel is open.
type sharingSink struct {
	*webdav.Mux
	reached func(on bool)
}

// Opened implements port.Sink.
func (s *sharingSink) Opened() {
	s.Mux.Opened()
	s.reached(true)
}

// Closed implements port.Sink.
func (s *sharingSink) Closed() {
	s.reached(false)
	s.Mux.Closed()
}

// Close implements port.Sink.
func (s *sharingSink) Close() error {
	s.reached(false)
	return s.Mux.Close()
}

// hasFolder reports whether there is a folder.
func (s *sharing) hasFolder() bool { return s != nil && s.server.Folder != nil }

// label is what the folder is called.
func (s *sharing) label() string {
	name := filepath.Base(s.server.Folder.Path())
	if s.server.Folder.ReadOnly() {
		name += " (read only)"
	}
	return name
}

// on reports whether the guest can use the folder now.
func (s *sharing) on() bool { return !s.server.Folder.Paused() }

// toggle takes the folder away from the guest, or gives it back, and says so.
func (s *sharing) toggle() string {
	s.server.Folder.Pause(s.on())
	if s.on() {
		return fmt.Sprintf("The guest can use the folder %s", s.label())
	}
	return fmt.Sprintf("The guest cannot use the folder %s any more", s.label())
}

func (s *sharing) close() {
	if s.hasFolder() {
		s.server.Folder.Close()
	}
}
