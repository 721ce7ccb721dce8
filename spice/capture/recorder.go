package capture

import (
	"io"
	"slices"
	"sync"
	"time"

	"saffron/spice"
)

// Options say what a Recorder keeps. The zero value leaves out all that is
// private.
type Options struct {
	// Agent keeps what the guest's agent says: the clipboard, names of files.
	Agent bool
	// Devices keeps what USB devices, serial ports, shared folders and
	// smartcards send.
	Devices bool
}

// A Recorder is a spice.Tap that writes what servers send to a capture, and
// nothing of what clients do. It is lossless: it holds the links up when the
// disk is slow. Any goroutine may call its methods.
type Recorder struct {
	w     *Writer
	o     Options
	start time.Time

	mu    sync.Mutex              // also held while a record is written: their order is that of their times
	links map[spice.ChannelID]int // guarded by mu; those that are open
	next  int                     // guarded by mu; number of the next link
}

var _ spice.Tap = (*Recorder)(nil)

// NewRecorder begins a recording to w, which Close does not close. Nothing is
// written before a link has been opened, or Close.
func NewRecorder(w io.Writer, o Options) *Recorder {
	start := time.Now()
	return &Recorder{
		w: NewWriter(w, Header{Start: start, Agent: o.Agent, Devices: o.Devices}), o: o, start: start,
		links: map[spice.ChannelID]int{},
	}
}

// Opened implements spice.Tap.
func (r *Recorder) Opened(id spice.ChannelID, caps spice.Caps, secure bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.links[id] = r.next
	r.write(Record{Kind: Opened, Link: r.next, Opened: Link{id, caps, secure}})
	r.next++
}

// Closed implements spice.Tap.
func (r *Recorder) Closed(id spice.ChannelID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n, open := r.links[id]; open {
		delete(r.links, id)
		r.write(Record{Kind: Closed, Link: n})
	}
}

// Received implements spice.Tap.
func (r *Recorder) Received(id spice.ChannelID, f spice.Frame) {
	withheld := r.private(id.Type, f)
	r.mu.Lock()
	defer r.mu.Unlock()
	if n, open := r.links[id]; open {
		r.write(Record{Kind: Message, Link: n, Frame: f, Withheld: withheld})
	}
}

// Sent implements spice.Tap. It does nothing: what the client sends is no one's
// business.
func (r *Recorder) Sent(spice.ChannelID, spice.Frame) {}

// write stamps a record and writes it. mu is held.
func (r *Recorder) write(rec Record) {
	rec.Time = time.Since(r.start)
	_ = r.w.Write(rec) // Failed and Close tell
}

// Failed is closed when writing has failed: nothing more is recorded. Close
// says why.
func (r *Recorder) Failed() <-chan struct{} { return r.w.Failed() }

// Totals returns what was recorded so far.
func (r *Recorder) Totals() Totals { return r.w.Totals() }

// Close ends the recording and returns the first error of all. What comes
// later is not recorded.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.links)
	return r.w.Close(time.Since(r.start))
}

// Message types of main that carry the guest agent's words.
const msgAgentData = 109

// private reports whether the body of a message must stay out of the capture.
// That goes for a message with sub-messages, too, if one of them is private.
func (r *Recorder) private(t spice.ChannelType, f spice.Frame) bool {
	if f.Type != spice.MsgList && f.SubList == 0 {
		return r.privateType(t, f.Type)
	}
	switch t {
	case spice.ChannelDisplay, spice.ChannelCursor, spice.ChannelPlayback, spice.ChannelInputs:
		return false // nothing of theirs is; and they are the ones that send lists
	}
	list, err := f.AppendMessages(nil)
	return err != nil || slices.ContainsFunc(list, func(m spice.Message) bool { return r.privateType(t, m.Type) })
}

func (r *Recorder) privateType(t spice.ChannelType, typ uint16) bool {
	if typ == spice.MsgMigrateData {
		return true // the server's own state
	}
	switch t {
	case spice.ChannelMain:
		return typ == msgAgentData && !r.o.Agent
	case spice.ChannelUSBRedir, spice.ChannelPort, spice.ChannelWebDAV, spice.ChannelSmartcard:
		return typ >= spice.FirstChannelMsg && !r.o.Devices
	}
	return false
}
