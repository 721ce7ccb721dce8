package main

import (
	"context"
	"slices"
	"time"

	"saffron/channels/agent"
	"saffron/render/clipboard"
)

// copiedTime bounds the wait for the program in which files were copied.
const copiedTime = 5 * time.Second

// copiedCommand sends files that were copied on this computer, as in a file
// manager: where nothing can be dropped, such as on the full screen.
func (v *viewer) copiedCommand() command {
	return command{name: "send-copied-files", label: "Send the copied files to the guest", do: v.sendCopied, available: v.hasCopied}
}

// hasCopied reports whether there are copied files.
func (v *viewer) hasCopied() bool {
	return v.clip != nil && v.console.settings.policy.allowsDrop() && v.clip.share.desktopHas(agent.FileList)
}

func (v *viewer) sendCopied() {
	ctx, cancel := context.WithTimeout(context.Background(), copiedTime)
	defer cancel()
	list, err := v.clip.board.Read(ctx, clipboard.Clipboard, clipboard.FileList)
	paths, _ := clipboard.Files(list)
	switch {
	case err != nil:
		v.toast("The copied files cannot be had: " + plain(err))
	case len(paths) == 0:
		v.toast("There are no files of this computer in the clipboard")
	default:
		v.dropped(paths)
	}
}

// desktopHas reports whether this computer's clipboard has a format.
func (s *clipboardShare) desktopHas(f agent.Format) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.halves[agent.Clipboard]
	return h.holder == desktopHolds && slices.Contains(h.desktop, f)
}
