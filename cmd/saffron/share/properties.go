package share

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/webdav"
)

var _ webdav.DeadPropsHolder = (*file)(nil)

// microsoft is the space of properties that Windows sets after each copy.
const microsoft = "urn:schemas-microsoft-com:"

// DeadProps implements webdav.DeadPropsHolder: there are none.
func (*file) DeadProps() (map[xml.Name]webdav.Property, error) { return nil, nil }

// Patch implements webdav.DeadPropsHolder. Windows takes a copy for failed
// unless it may say when the file was changed; the rest of what it says is
// taken, and forgotten. Other properties are refused.
func (f *file) Patch(patches []webdav.Proppatch) ([]webdav.Propstat, error) {
	taken, refused := webdav.Propstat{Status: http.StatusOK}, webdav.Propstat{Status: http.StatusForbidden}
	for _, patch := range patches {
		for _, p := range patch.Props {
			into := &refused
			if p.XMLName.Space == microsoft {
				into = &taken
				if p.XMLName.Local == "Win32LastModifiedTime" && !patch.Remove {
					f.setTime(string(p.InnerXML))
				}
			}
			into.Props = append(into.Props, webdav.Property{XMLName: p.XMLName})
		}
	}
	var stats []webdav.Propstat
	for _, s := range []webdav.Propstat{taken, refused} {
		if len(s.Props) > 0 {
			stats = append(stats, s)
		}
	}
	return stats, nil
}

// setTime makes the file one that was changed then.
func (f *file) setTime(text string) {
	if t, err := http.ParseTime(strings.TrimSpace(text)); err == nil {
		_ = f.files.root.Chtimes(f.name, time.Time{}, t) // then it stays as it is
	}
}
