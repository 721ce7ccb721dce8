// Package clipboard is the clipboard of the desktop that the program runs on,
// as a second party sees it: what other programs hold, and what this one offers
// them.
//
//	b, err := clipboard.Open(&clipboard.Options{Changed: changed})
//	b.Offer(clipboard.Clipboard, []clipboard.Format{clipboard.Text}, fetch)
//	data, err := b.Read(ctx, clipboard.Primary, clipboard.Text)
//
// Nothing is copied before somebody asks for it. [Board.Offer] takes a
// selection with a promise, and fetches the data when another program pastes;
// what others hold is only named, by [Options.Changed], until [Board.Read] is
// called. An offer of our own never comes back as a change.
//
// # X11
//
// There the package has a connection of its own, with a window that nobody
// sees. XFixes tells of new owners; TARGETS, TIMESTAMP, MULTIPLE and INCR are
// spoken in both directions; both CLIPBOARD and PRIMARY are served. One
// goroutine receives events and never waits for the server or for anybody
// else, so that a hundred owners in a row, or a program that stops in the
// middle of a transfer, hold up nobody. Each transfer has a goroutine.
//
// What a password manager has marked as a secret (x-kde-passwordManagerHint) is
// treated as if nobody held the selection.
//
// # Elsewhere
//
// On Windows, macOS, and Wayland without an X server the package wraps
// golang.design/x/clipboard. That has to be given data at once, so an offer is
// fetched right away; it looks for changes once a second, knows only text and
// PNG, and no primary selection.
//
// # Trust
//
// What other programs say is checked: sizes are bounded by [Options.Max], lists
// by their own limits, and everybody's patience by time.
package clipboard
