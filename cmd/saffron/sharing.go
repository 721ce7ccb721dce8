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

// A sharing is the folder that the guest may use. Any goroutine may call its
// methods.
type sharing struct {
	app    *app
	folder *share.Folder
}

// openSharing opens the folder of --share.
func openSharing(a *app, arg string, readOnly bool) (*sharing, error) {
	dir, asked := splitMode(arg)
	folder, err := share.Open(dir, share.Options{ReadOnly: asked || readOnly, Log: a.log})
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, usageError("--share: %s: %w", dir, err)
	}
	return &sharing{a, folder}, nil
}

// channel serves the folder on a channel that has opened.
func (s *sharing) channel(p *port.Port) port.Sink {
	s.app.log.Info("the guest can reach the shared folder", "channel", p.ID().String(), "folder", s.folder.Path())
	mux := webdav.New(p, s.app.log)
	go s.folder.Serve(mux) // until the channel ends
	return mux
}

// label is what the folder is called.
func (s *sharing) label() string {
	name := filepath.Base(s.folder.Path())
	if s.folder.ReadOnly() {
		name += " (read only)"
	}
	return name
}

// on reports whether the guest can use the folder now.
func (s *sharing) on() bool { return !s.folder.Paused() }

// toggle takes the folder away from the guest, or gives it back, and says so.
func (s *sharing) toggle() string {
	s.folder.Pause(s.on())
	if s.on() {
		return fmt.Sprintf("The guest can use the folder %s", s.label())
	}
	return fmt.Sprintf("The guest cannot use the folder %s any more", s.label())
}

func (s *sharing) close() { s.folder.Close() }
