package main

import (
	"bytes"
	"errors"
	"slices"

	"saffron/channels/agent"
	"saffron/cmd/saffron/share"
	"saffron/render/clipboard"
)

// errNoFiles is why no list of files is given to the guest.
var errNoFiles = errors.New("the files that were copied are not to be had")

// sharesCopies reports whether files that are copied here may be pasted in the
// guest, as far as is known before it is connected to.
func (v *viewer) sharesCopies() bool {
	p := v.console.settings.policy
	return v.clip != nil && !v.flags.viewOnly && p.clipboardType("files") && p.allowsDrop() &&
		slices.Contains(v.flags.clipboard.types, "files")
}

// useCopies makes copied files ones that the guest may have. It comes before the
// first session.
func (s *clipboardShare) useCopies() *share.Copies {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.copies = new(share.Copies)
	return s.copies
}

// filesReached is told whether the guest can get at files of this computer. If it
// cannot it is not told of any.
func (s *clipboardShare) filesReached(on bool) {
	s.half(agent.Clipboard, func(*clipboardHalf) { s.reach = on })
}

// forGuest returns the formats that the guest may have of the desktop. mu is
// locked.
func (s *clipboardShare) forGuest(sel agent.Selection, list []agent.Format) []agent.Format {
	list = s.rules.formats(sel, s.rules.toGuest, list)
	if s.copies == nil || !s.reach || sel != agent.Clipboard {
		return withoutFiles(list)
	}
	return list
}

// fileList makes the desktop's list of copied files the guest's (spec chapter 3,
// 7.6). They are always to be copied: a guest cannot take anything away from
// this computer.
func (s *clipboardShare) fileList(list []byte) ([]byte, error) {
	paths, _ := clipboard.Files(list)
	names := s.copies.Add(paths)
	if len(names) == 0 {
		return nil, errNoFiles
	}
	var out bytes.Buffer
	for _, text := range append([]string{"copy"}, names...) {
		out.WriteString(text)
		out.WriteByte(0)
	}
	return out.Bytes(), nil
}
