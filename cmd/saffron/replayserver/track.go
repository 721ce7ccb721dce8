package replayserver

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"saffron/channels/mainchan"
	"saffron/spice"
	"saffron/spice/capture"
	"saffron/spice/wire"
)

// A track is what is sent on one channel. It is not changed once made.
type track struct {
	link   capture.Link
	frames []frame
}

type frame struct {
	at time.Duration
	spice.Frame
}

// index sorts a recording by channels. The bodies alias data. What follows a
// cut is missing.
func index(data []byte) (tracks map[spice.ChannelID]*track, broken error, err error) {
	r, err := capture.NewMemoryReader(data)
	if err != nil {
		return nil, nil, err
	}
	tracks = map[spice.ChannelID]*track{}
	links := map[int]*track{} // nil for a channel that was opened before
	for {
		rec, err := r.Next()
		if err != nil {
			if err != io.EOF {
				broken = err
			}
			break
		}
		switch rec.Kind {
		case capture.Opened:
			if tracks[rec.Opened.ID] == nil {
				links[rec.Link] = &track{link: rec.Opened}
				tracks[rec.Opened.ID] = links[rec.Link]
			}
		case capture.Message:
			if t := links[rec.Link]; t != nil {
				t.frames = append(t.frames, frame{rec.Time, stand(t.link.ID, rec)})
			}
		}
	}
	return tracks, broken, nil
}

// nothing is the body of a ping that stands for something else.
var nothing = make([]byte, 12)

// stand returns the frame to send for a message.
func stand(id spice.ChannelID, rec capture.Record) spice.Frame {
	f := rec.Frame
	elsewhere := f.Type == spice.MsgMigrate || f.Type == spice.MsgMigrateData
	if id.Type == spice.ChannelMain {
		switch f.Type {
		case mainchan.MsgMigrateBegin, mainchan.MsgMigrateCancel, mainchan.MsgMigrateSwitchHost, mainchan.MsgMigrateEnd,
			mainchan.MsgMigrateBeginSeamless, mainchan.MsgMigrateDstSeamlessAck, mainchan.MsgMigrateDstSeamlessNack:
			elsewhere = true
		}
	}
	if rec.Withheld || elsewhere {
		return spice.Frame{Serial: f.Serial, Type: spice.MsgPing, Body: nothing}
	}
	return f
}

var mainID = spice.ChannelID{Type: spice.ChannelMain}

// prepareMain checks that main's track begins a session, and makes its list of
// channels one of those that there are. It returns the session's id.
func prepareMain(tracks map[spice.ChannelID]*track) (session uint32, err error) {
	m := tracks[mainID]
	if m == nil || len(m.frames) == 0 || m.frames[0].Type != mainchan.MsgInit {
		return 0, errors.New("the recording does not have the beginning of a session")
	}
	var init mainchan.Init
	if err := wire.Unmarshal(m.frames[0].Body, &init); err != nil || init.SessionID == 0 {
		return 0, errors.New("the recording does not have the number of the session")
	}
	listed := false
	for i := range m.frames {
		f := &m.frames[i]
		if f.Type != mainchan.MsgChannelsList {
			continue
		}
		var list mainchan.ChannelsList
		if err := wire.Unmarshal(f.Body, &list); err != nil {
			return 0, fmt.Errorf("the list of channels: %w", err)
		}
		list.Channels = slices.DeleteFunc(list.Channels, func(id spice.ChannelID) bool { return tracks[id] == nil })
		f.Body, listed = wire.Marshal(&list), true
	}
	if !listed { // the recording is cut off before it
		last := m.frames[len(m.frames)-1]
		m.frames = append(m.frames, frame{last.at, spice.Frame{
			Serial: last.Serial + 1, Type: mainchan.MsgChannelsList, Body: wire.Marshal(&mainchan.ChannelsList{Channels: others(tracks)}),
		}})
	}
	return init.SessionID, nil
}

// others returns the channels other than main.
func others(tracks map[spice.ChannelID]*track) []spice.ChannelID {
	var ids []spice.ChannelID
	for id := range tracks {
		if id != mainID {
			ids = append(ids, id)
		}
	}
	return ids
}
