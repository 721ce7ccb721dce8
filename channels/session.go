package channels

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"saffron/channels/agent"
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/channels/mainchan"
	"saffron/channels/playback"
	"saffron/channels/port"
	"saffron/channels/record"
	"saffron/codec/glz"
	"saffron/spice"
)

// initTimeout bounds the wait for main's first message.
const initTimeout = 15 * time.Second

// Sinks are where a session's picture and sound go. A function that is nil, or
// returns nil, drops them; those of sound that are nil leave their channels
// closed.
type Sinks struct {
	// Canvas returns what the display channel of that id draws on.
	Canvas func(display uint8) display.Canvas
	// Cursor returns what shows the pointer of the display of that id.
	Cursor func(display uint8) cursor.Sink
	// Playback returns what plays the sound of the playback channel of that
	// id, which has just been opened. If its method Now is a SoundTime, the
	// session's clock goes by it.
	Playback func(id uint8) playback.Sink
	// Record returns where the sound for the record channel of that id comes
	// from, which has just been opened.
	Record func(id uint8) record.Source

	// Port returns what takes the stream of a named port of the guest, WebDAV
	// what takes that of its folder channel, USB what takes that of a port for
	// USB devices. They are called by the channel's reader. Channels for which
	// there is no function are not opened; those for which one returns nil are
	// closed again. Of the ports that are opened, one that is called as folder
	// channels are goes to WebDAV.
	Port, WebDAV, USB func(*port.Port) port.Sink
	// Clipboard is the clipboard of this side, which is shared with the guest.
	// Nil: none is.
	Clipboard agent.Local
}

func (s *Sinks) canvas(id uint8) display.Canvas {
	if s.Canvas != nil {
		if c := s.Canvas(id); c != nil {
			return c
		}
	}
	return nullCanvas{}
}

func (s *Sinks) cursor(id uint8) cursor.Sink {
	if s.Cursor != nil {
		if c := s.Cursor(id); c != nil {
			return c
		}
	}
	return nullCursor{}
}

func (s *Sinks) playback(id uint8) playback.Sink {
	if p := s.Playback(id); p != nil {
		return p
	}
	return nullSound{}
}

func (s *Sinks) record(id uint8) record.Source {
	if r := s.Record(id); r != nil {
		return r
	}
	return silence{}
}

// Options are the choices of Connect.
type Options struct {
	Link  spice.Options // required: Target
	Sinks Sinks

	// Extra adds kinds of channels, or replaces built-in ones.
	Extra []Kind

	// Disabled reports channel types that are not to be opened. It defaults
	// to none; main cannot be disabled.
	Disabled func(spice.ChannelType) bool

	// ServerMouse keeps the mouse relative even if the guest can take
	// positions.
	ServerMouse bool

	// MaxImagePixels bounds one image. It defaults to 1<<26 (8192x8192).
	MaxImagePixels int64

	// Prefer is what servers are asked for at first; see Session.Prefer.
	Prefer display.Preferences

	// RecordForm is how the microphone's sound is sent.
	RecordForm SoundForm

	// Workers is how many goroutines decode images. It defaults to one a core,
	// at most four.
	Workers int

	// CachePixels is what the server is told that the cache of images holds.
	// It defaults to display.DefaultCachePixels.
	CachePixels int64

	// WindowPixels is what the server is told of the past of compressed images
	// that it may refer to, at most 1<<25. It defaults to what suits the guest's
	// video memory.
	WindowPixels int32

	// MaxClipboard bounds the content of a clipboard, see agent.Options.
	MaxClipboard int64

	// Looks is what the guest's desktop is to leave out.
	Looks agent.Looks

	// OnEvent is told what happens, one event at a time and in order for each
	// channel, from the session's goroutines. It must not block or call Close
	// or Wait.
	OnEvent func(Event)
}

// A Session is a connection to one machine. Any goroutine may call its
// methods.
type Session struct {
	o        Options
	kinds    map[spice.ChannelType]Kind
	ctx      context.Context // ends with the session; its cause is why
	cancel   context.CancelCauseFunc
	progress *Progress
	clock    MediaClock
	shared   display.Shared // its Window is set by INIT, before started is closed
	displays uint32         // how many there are by INIT; set like Window
	started  chan struct{}  // closed when INIT has come
	ended    chan struct{}  // closed when all goroutines have ended
	running  sync.WaitGroup
	events   sync.Mutex // held while OnEvent runs
	agent    *agent.Agent
	telling  sync.Mutex // held while it is told that the agent has changed; before mu

	// Of a Player's session, see display.Options.
	everyFrame bool
	timed      atomic.Bool // see Time

	// Set before main's reader starts.
	links *spice.Options // of the channels other than main
	main  *mainchan.Main

	mu        sync.Mutex
	channels  map[spice.ChannelID]*channel // guarded by mu; being opened, or open
	claims    int                          // guarded by mu; channels ever opened, or tried
	listed    map[spice.ChannelID]bool     // guarded by mu; nil until the first list
	change    chan struct{}                // guarded by mu; closed and replaced when channels change
	inputs    *inputs.Inputs               // guarded by mu
	prefer    display.Preferences          // guarded by mu; not changed, but replaced
	info      Info                         // guarded by mu; without its channels
	agentTold AgentChanged                 // guarded by mu; the last of these events
}

// Connect opens a session and returns when the server has accepted it; the
// channels open from then on. The error is a *spice.LinkError or what ended
// ctx. When ctx ends later, the session goes on.
//
// Connecting takes five round trips to the first picture over TCP: the
// display's transport is dialled together with main's, its link begins when
// INIT brings the session's id, and its first message goes out with its
// ticket.
func Connect(ctx context.Context, o *Options) (*Session, error) {
	s := newSession(ctx, o)
	stop := context.AfterFunc(ctx, func() { s.end(context.Cause(ctx)) })
	err := s.start()
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	s.running.Done() // from here on it is the channels that run
	if err != nil {
		s.end(err)
		<-s.ended
		return nil, err
	}
	return s, nil
}

// newSession makes a session that runs until Done is called once on running.
func newSession(ctx context.Context, o *Options) *Session {
	s := blankSession(ctx, o)
	s.o.Link.Ticket = rememberTicket(&o.Link)
	s.running.Add(1)
	go s.teardown()
	return s
}

// blankSession makes a session in which nothing runs but its workers and the one
// that speaks with the guest's agent.
func blankSession(ctx context.Context, o *Options) *Session {
	s := &Session{
		o: *o, progress: NewProgress(), kinds: map[spice.ChannelType]Kind{},
		started: make(chan struct{}), ended: make(chan struct{}), change: make(chan struct{}),
		channels: map[spice.ChannelID]*channel{}, prefer: o.Prefer,
	}
	for _, k := range append(builtin(o), o.Extra...) {
		if o.Disabled == nil || !o.Disabled(k.Type) {
			s.kinds[k.Type] = k
		}
	}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if s.o.CachePixels <= 0 {
		s.o.CachePixels = display.DefaultCachePixels
	}
	s.shared.Cache = display.NewCache(s.o.CachePixels)
	s.shared.Workers = display.NewWorkers(o.Workers)
	s.agent = s.newAgent()
	return s
}

// start links main and waits for INIT.
func (s *Session) start() error {
	s.openAhead()
	conn, err := spice.Connect(s.ctx, mainID, 0, mainchan.Caps, &s.o.Link)
	if err != nil {
		return err
	}
	s.links = pinned(s.o.Link, conn.RemoteAddr())
	s.main = mainchan.New((*mainSession)(s), conn, s.o.Link.Log)
	s.progress.Open(mainID)
	s.adopt(&channel{id: mainID, kind: Kind{Type: mainID.Type, Essential: true}}, conn, s.main)
	return s.awaitInit()
}

// rememberTicket asks for the password once: every channel sends it, also one
// that opens hours later.
func rememberTicket(o *spice.Options) func(context.Context) (string, error) {
	ask := o.Ticket
	if ask == nil {
		return nil
	}
	var mu sync.Mutex
	var known bool
	var ticket string
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if known {
			return ticket, nil
		}
		t, err := ask(ctx)
		if err == nil {
			ticket, known = t, true
		}
		return t, err
	}
}

// pinned makes the other channels dial the address that main reached: a name
// may stand for several servers. A dial function of the user's knows its own
// way.
func pinned(o spice.Options, reached net.Addr) *spice.Options {
	if addr, ok := reached.(*net.TCPAddr); ok && o.Dial == nil {
		o.Target.Addr = host(addr)
	}
	return &o
}

func host(addr *net.TCPAddr) string { return (&net.IPAddr{IP: addr.IP, Zone: addr.Zone}).String() }

// awaitInit waits for the first message of main.
func (s *Session) awaitInit() error {
	fail := &spice.LinkError{Stage: spice.StageChannel, Channel: mainID, Value: s.o.Link.Target.String()}
	timer := time.NewTimer(initTimeout)
	defer timer.Stop()
	select {
	case <-s.started:
		return nil
	case <-s.ctx.Done():
		select {
		case <-s.started: // it began, and has ended since: Wait says why
			return nil
		default:
		}
		fail.Err = context.Cause(s.ctx)
	case <-timer.C:
		fail.Err = errors.New("the server accepted the link but does not begin the session")
	}
	return fail
}

// end makes cause the reason why the session ends, unless there is one.
func (s *Session) end(cause error) { s.cancel(cause) }

// teardown ends everything the session started, once its context ends.
func (s *Session) teardown() {
	<-s.ctx.Done()
	open := s.openChannels()
	for _, ch := range open { // all links first: a handler may wait for its canvas
		ch.conn.Close()
	}
	for _, ch := range open {
		ch.handler.Close()
	}
	s.agent.Close()
	s.running.Wait()
	s.shared.Workers.Close()
	close(s.ended)
}

func (s *Session) openChannels() []*channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*channel
	for _, ch := range s.channels {
		if ch.conn != nil {
			open = append(open, ch)
		}
	}
	return open
}

// Close ends the session and returns when everything it started has ended.
func (s *Session) Close() error {
	s.end(spice.ErrClosed)
	<-s.ended
	return nil
}

// Done is closed when the session is ending.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// Wait returns when the session has ended, with the first cause:
// spice.ErrServerClosed when the server went away, spice.ErrClosed after
// Close, a *MovedError, or what went wrong.
func (s *Session) Wait() error {
	<-s.ended
	return context.Cause(s.ctx)
}

func (s *Session) event(e Event) {
	if s.o.OnEvent != nil {
		s.events.Lock()
		defer s.events.Unlock()
		s.o.OnEvent(e)
	}
}

// Time makes the statistics of displays tell how long decoding takes, or no more.
func (s *Session) Time(on bool) { s.timed.Store(on) }

// MediaClock returns the session's clock for sound and video.
func (s *Session) MediaClock() *MediaClock { return &s.clock }

// Inputs returns the open inputs channel, or nil.
func (s *Session) Inputs() *inputs.Inputs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inputs
}

// Prefer asks the server for other compressions, on all display channels from
// now on. Running videos end and begin anew if their codec is to be another.
func (s *Session) Prefer(p display.Preferences) {
	s.mu.Lock()
	s.prefer = p
	s.mu.Unlock()
	for _, ch := range s.openChannels() {
		if ch.id.Type != spice.ChannelDisplay {
			continue
		}
		if messages := p.Messages(ch.conn.Caps().Channel); len(messages) > 0 {
			_ = ch.conn.SendAll(messages...) // a link that fails is noticed by its reader
		}
	}
}

func (s *Session) preferences() *display.Preferences {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.prefer
	return &p
}

// displayInit returns what each display channel announces: the same caches, so
// that they are shared. The dictionary is half of the guest's video memory,
// between 12 and 64 MiB, unless the options say otherwise.
func (s *Session) displayInit() *display.Init {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &display.Init{
		PixmapCacheID: 1, PixmapCacheSize: s.o.CachePixels,
		GLZDictionaryID: 1, GLZWindowSize: int32(s.windowPixels(s.info.RAMHint)),
	}
}

func (s *Session) windowPixels(ramHint uint32) int {
	if s.o.WindowPixels > 0 {
		return min(int(s.o.WindowPixels), maxWindowPixels)
	}
	return glzPixels(ramHint)
}

// maxWindowPixels is what servers bear: more ends their process.
const maxWindowPixels = 1 << 25

func glzPixels(ramHint uint32) int {
	return min(max(int(ramHint/2), 12<<20), 64<<20) / 4
}

// begin takes what INIT says.
func (s *Session) begin(m mainchan.Init) {
	s.mu.Lock()
	s.info.Session, s.info.RAMHint = m.SessionID, m.RAMHint
	s.mu.Unlock()
	s.shared.Window = glz.NewWindow(s.windowPixels(m.RAMHint))
	s.displays = m.DisplayChannels
	s.event(Connected{m.SessionID})
}
