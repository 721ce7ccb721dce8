package clipboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// A Selection is one of the places where something can be held.
type Selection uint8

// The selections.
const (
	Clipboard Selection = iota // what copying and pasting uses
	Primary                    // what is marked with the mouse; only X11 has it
	selections
)

func (s Selection) String() string {
	switch s {
	case Clipboard:
		return "clipboard"
	case Primary:
		return "primary selection"
	}
	return fmt.Sprintf("selection %d", uint8(s))
}

// A Format is the form of what is held.
type Format uint8

// The formats. Text is UTF-8 without a NUL at its end, line ends as the other
// program has them. Pictures are complete files. Files is a list of files on
// this computer, see Files.
const (
	Text Format = iota
	PNG
	BMP
	TIFF
	JPEG
	FileList
	formats
)

func (f Format) String() string {
	if int(f) < len(formatNames) {
		return formatNames[f]
	}
	return fmt.Sprintf("format %d", uint8(f))
}

var formatNames = [formats]string{"text", "PNG", "BMP", "TIFF", "JPEG", "file list"}

// DefaultMax is the limit to the size of what is transferred.
const DefaultMax = 100 << 20

// Options are the choices of Open. The zero value works.
type Options struct {
	// Display is the X server, as DISPLAY has it. It defaults to that.
	Display string
	// Max bounds what is transferred, in bytes. It defaults to DefaultMax;
	// below zero there is no limit but memory.
	Max int64
	// Changed is told what another program holds now, in the order in which it
	// prefers it; nothing if nobody holds anything that can be used. It is
	// called by one goroutine a selection, and may block: changes meanwhile come
	// to one. It is called for what is held when the board is opened, too.
	Changed func(sel Selection, formats []Format)
	// Log is nil for silence. What is held is never logged.
	Log *slog.Logger
}

func (o *Options) max() int64 {
	switch {
	case o.Max == 0:
		return DefaultMax
	case o.Max < 0:
		return 1<<62 - 1
	}
	return o.Max
}

// A Fetch brings what was offered. It is called when somebody wants it, by any
// goroutine, for one format at most once at a time.
type Fetch func(ctx context.Context, f Format) ([]byte, error)

// A Board is the clipboard of the desktop. Any goroutine may call its methods.
type Board struct{ b backend }

// A backend is what a window system has for a clipboard.
type backend interface {
	offer(sel Selection, formats []Format, fetch Fetch) error
	withdraw(sel Selection) error
	owns(sel Selection) bool
	read(ctx context.Context, sel Selection, f Format, secrets bool) ([]byte, error)
	primary() bool
	close()
}

// Open connects to the clipboard. It returns an error if there is none. The
// first in a process must be open before other connections of the X library
// are, since that has tables for all of them which it does not guard.
func Open(o *Options) (*Board, error) {
	options := *o
	if options.Changed == nil {
		options.Changed = func(Selection, []Format) {}
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	b, err := open(&options)
	if err != nil {
		return nil, fmt.Errorf("clipboard: %w", err)
	}
	return &Board{b}, nil
}

// Offer takes a selection: from now on other programs see the formats there,
// and fetch is called when one asks for the data. It replaces an earlier offer.
// It returns ErrLost if another program was faster, and waits for the server:
// when it returns, Changed has been told all that was before, so Changed must
// not call it.
func (b *Board) Offer(sel Selection, formats []Format, fetch Fetch) error {
	return b.b.offer(sel, formats, fetch)
}

// Withdraw ends an offer, if there is one still.
func (b *Board) Withdraw(sel Selection) error { return b.b.withdraw(sel) }

// Owns reports whether an offer stands. What Changed was told before it was made
// is not true any more, then.
func (b *Board) Owns(sel Selection) bool { return b.b.owns(sel) }

// Read returns what another program holds. It returns ErrNothing if there is
// nothing of that format, or only a secret, and a *TooLargeError if it exceeds
// the limit.
func (b *Board) Read(ctx context.Context, sel Selection, f Format) ([]byte, error) {
	return b.b.read(ctx, sel, f, false)
}

// ReadSecret is Read for what is marked as a secret, too: for when it is the user
// who asks.
func (b *Board) ReadSecret(ctx context.Context, sel Selection, f Format) ([]byte, error) {
	return b.b.read(ctx, sel, f, true)
}

// HasPrimary reports whether the desktop has the primary selection.
func (b *Board) HasPrimary() bool { return b.b.primary() }

// Close ends the offers and the connection. It returns when no goroutine of
// the board runs any more; so it must not be called by Changed or a Fetch.
func (b *Board) Close() { b.b.close() }

// What can be wrong with a selection.
var (
	// ErrNothing says that nobody holds anything, or not in that format.
	ErrNothing = errors.New("clipboard: there is nothing of that kind")
	// ErrLost says that another program has taken the selection.
	ErrLost = errors.New("clipboard: another program has taken it")
	// ErrSlow says that a program did not answer in time.
	ErrSlow = errors.New("clipboard: the program that holds it does not answer")
	// ErrClosed says that the board, or the server, is gone.
	ErrClosed = errors.New("clipboard: the connection is closed")
)

// A TooLargeError says that what is held exceeds the limit.
type TooLargeError struct {
	Size int64 // in bytes; what is known of it
	Max  int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("clipboard: %s or more are held, the limit is %s", sizeText(e.Size), sizeText(e.Max))
}

// sizeText writes a size for people.
func sizeText(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// How long others may take.
const (
	answerTime   = 5 * time.Second  // to say what they hold
	dataTime     = 30 * time.Second // to begin to send it
	fetchTime    = 60 * time.Second // for what we offered ourselves
	progressTime = 15 * time.Second // to send or take a piece
)
