package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/agent"
	"saffron/cmd/saffron/share"
	"saffron/render/clipboard"
)

// A clipboardWorld is a desktop and a guest between which news takes its time.
// It knows who holds the clipboard by the knowledge of each.
type clipboardWorld struct {
	share *clipboardShare

	mu      sync.Mutex
	rand    *rand.Rand
	desktop side               // guestHolds is the share's offer
	offered []clipboard.Format // by the share
	fetch   clipboard.Fetch
	agent   side // as the client's side of the agent knows it
	guest   side // as the guest knows it; desktopHolds is what it was told
	grabbed []agent.Format
	offers  int    // made by the share; what was before them is told no more
	here    uint32 // counts grabs, on the client's side
	there   uint32 // and on the guest's

	files []byte // what the desktop's list of files is
	said  []string
}

func newClipboardWorld(seed uint64, rules clipboardRules) *clipboardWorld {
	w := &clipboardWorld{rand: rand.New(rand.NewPCG(seed, 1))}
	w.share = newClipboardShare(slog.New(slog.DiscardHandler), rules, func(text string) { w.said = append(w.said, text) }, func() {})
	w.share.board = w
	w.share.run()
	w.share.attach(guestHalf{w})
	return w
}

// later does something after a while. What goes the same way keeps its order.
func (w *clipboardWorld) later(way chan func(), do func()) { way <- do }

// deliver passes news on, in order, each after a while.
func (w *clipboardWorld) deliver(ctx context.Context, way <-chan func()) {
	for {
		select {
		case do := <-way:
			w.mu.Lock()
			pause := time.Duration(w.rand.IntN(20)) * time.Millisecond
			w.mu.Unlock()
			time.Sleep(pause)
			do()
		case <-ctx.Done():
			return
		}
	}
}

// Offer and the others implement desktopClipboard.
func (w *clipboardWorld) Offer(_ clipboard.Selection, formats []clipboard.Format, fetch clipboard.Fetch) error {
	w.pause()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.desktop, w.offered, w.fetch = guestHolds, formats, fetch
	w.offers++
	return nil
}

func (w *clipboardWorld) Withdraw(sel clipboard.Selection) error {
	w.pause()
	if sel != clipboard.Clipboard {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desktop == guestHolds {
		w.desktop, w.fetch = nobodyHolds, nil
	}
	return nil
}

func (w *clipboardWorld) Owns(clipboard.Selection) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.desktop == guestHolds
}

func (w *clipboardWorld) Read(_ context.Context, _ clipboard.Selection, f clipboard.Format) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desktop != desktopHolds {
		return nil, clipboard.ErrNothing
	}
	if f == clipboard.FileList && w.files != nil {
		return w.files, nil
	}
	return []byte("desktop " + f.String()), nil
}

func (w *clipboardWorld) pause() {
	w.mu.Lock()
	d := time.Duration(w.rand.IntN(5)) * time.Millisecond
	w.mu.Unlock()
	time.Sleep(d)
}

// A guestHalf is the world as a guestClipboard.
type guestHalf struct{ *clipboardWorld }

var toGuest, toClient, fromDesktop chan func()

func (g guestHalf) Grab(_ agent.Selection, formats []agent.Format) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.agent, g.grabbed = desktopHolds, formats
	serial := g.here
	g.here++
	g.later(toGuest, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if serial == g.there { // or both took it at once: then this side wins
			g.there++
		} else if serial != g.there-1 {
			return
		}
		g.guest = desktopHolds
	})
	return nil
}

func (g guestHalf) Release(sel agent.Selection) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if sel != agent.Clipboard || g.agent != desktopHolds {
		return nil
	}
	g.agent = nobodyHolds
	g.later(toGuest, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.guest == desktopHolds {
			g.guest = nobodyHolds
		}
	})
	return nil
}

func (g guestHalf) Request(_ context.Context, _ agent.Selection, f agent.Format) ([]byte, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.agent != guestHolds {
		return nil, agent.ErrNotHeld
	}
	return []byte("guest " + f.String()), nil
}

// tell tells the share of a change on the desktop.
func (w *clipboardWorld) tell(formats []clipboard.Format) {
	w.mu.Lock()
	before := w.offers
	w.mu.Unlock()
	w.later(fromDesktop, func() {
		w.mu.Lock()
		stale := w.offers != before
		w.mu.Unlock()
		if !stale {
			w.share.desktopChanged(clipboard.Clipboard, formats)
		}
	})
}

// copyHere has a program of the desktop take the clipboard.
func (w *clipboardWorld) copyHere(formats ...clipboard.Format) {
	w.mu.Lock()
	w.desktop, w.fetch = desktopHolds, nil
	w.mu.Unlock()
	w.tell(formats)
}

// quitHere has the program that holds it end.
func (w *clipboardWorld) quitHere() {
	w.mu.Lock()
	if w.desktop != desktopHolds {
		w.mu.Unlock()
		return
	}
	w.desktop = nobodyHolds
	w.mu.Unlock()
	w.tell(nil)
}

// copyThere has a program of the guest take the clipboard.
func (w *clipboardWorld) copyThere(formats ...agent.Format) {
	w.mu.Lock()
	w.guest = guestHolds
	serial := w.there
	w.there++
	w.mu.Unlock()
	w.later(toClient, func() {
		w.mu.Lock()
		lost := serial != w.here
		if !lost {
			w.here++
			w.agent = guestHolds
		}
		w.mu.Unlock()
		if !lost {
			w.share.Offered(agent.Clipboard, formats)
		}
	})
}

// quitThere has the program of the guest that holds it end.
func (w *clipboardWorld) quitThere() {
	w.mu.Lock()
	if w.guest != guestHolds {
		w.mu.Unlock()
		return
	}
	w.guest = nobodyHolds
	w.mu.Unlock()
	w.later(toClient, func() {
		w.mu.Lock()
		was := w.agent == guestHolds
		if was {
			w.agent = nobodyHolds
		}
		w.mu.Unlock()
		if was {
			w.share.Withdrawn(agent.Clipboard)
		}
	})
}

// agreed returns what is wrong with what the sides know.
func (w *clipboardWorld) agreed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.desktop != w.guest || w.guest != w.agent {
		return errors.New("desktop " + w.desktop.String() + ", agent " + w.agent.String() + ", guest " + w.guest.String())
	}
	return nil
}

var shareAll = clipboardRules{toGuest: true, toClient: true, kinds: clipboardKinds, primary: true}

// inWorld runs f in a world of its own, whose time is not the real one.
func inWorld(t *testing.T, seed uint64, rules clipboardRules, f func(t *testing.T, w *clipboardWorld)) {
	synctest.Test(t, func(t *testing.T) {
		toGuest, toClient, fromDesktop = make(chan func(), 10000), make(chan func(), 10000), make(chan func(), 10000)
		w := newClipboardWorld(seed, rules)
		ctx, cancel := context.WithCancel(t.Context())
		var ways sync.WaitGroup
		for _, way := range []chan func(){toGuest, toClient, fromDesktop} {
			ways.Go(func() { w.deliver(ctx, way) })
		}
		defer ways.Wait()
		defer w.share.close()
		defer cancel()
		f(t, w)
	})
}

func settled() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

// TestClipboardAgrees lets both sides take the clipboard at random: when it is
// quiet again they agree, and pasting works.
func TestClipboardAgrees(t *testing.T) {
	for seed := range uint64(300) {
		inWorld(t, seed, shareAll, func(t *testing.T, w *clipboardWorld) {
			random := rand.New(rand.NewPCG(seed, 2))
			var done []string
			do := func(what string, f func()) {
				done = append(done, what)
				f()
			}
			for range 30 {
				switch random.IntN(8) {
				case 0, 1, 2:
					do("here", func() { w.copyHere(clipboard.Text) })
				case 3, 4, 5:
					do("there", func() { w.copyThere(agent.Text) })
				case 6:
					do("end here", w.quitHere)
				case 7:
					do("end there", w.quitThere)
				}
				time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
			}
			settled()
			if err := w.agreed(); err != nil {
				t.Fatalf("seed %d: %v, after %s", seed, err, strings.Join(done, ", "))
			}
			if w.desktop == guestHolds {
				if data, err := w.fetch(t.Context(), clipboard.Text); err != nil || string(data) != "guest text" {
					t.Fatalf("seed %d: %q, %v", seed, data, err)
				}
			}
			if w.guest == desktopHolds {
				if data, err := wanted(w, agent.Text); err != nil || string(data) != "desktop text" {
					t.Fatalf("seed %d: %q, %v", seed, data, err)
				}
			}
		})
	}
}

// wanted returns what the guest gets when it asks.
func wanted(w *clipboardWorld, f agent.Format) (data []byte, err error) {
	answered := make(chan struct{})
	w.share.Wanted(agent.Clipboard, f, func(d []byte, e error) {
		data, err = d, e
		close(answered)
	})
	<-answered
	return data, err
}

// TestClipboardEndless has programs on both sides that take over whatever they
// see. That never ends, but it is slow, and when they end so does it.
func TestClipboardEndless(t *testing.T) {
	inWorld(t, 1, shareAll, func(t *testing.T, w *clipboardWorld) {
		taken := 0
		ctx, cancel := context.WithCancel(t.Context())
		var managers sync.WaitGroup
		managers.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(time.Millisecond)
				w.mu.Lock()
				here, there := w.desktop == guestHolds, w.guest == desktopHolds
				w.mu.Unlock()
				if here {
					taken++
					w.copyHere(clipboard.Text)
				}
				if there {
					w.copyThere(agent.Text)
				}
			}
		})
		w.copyHere(clipboard.Text)
		time.Sleep(time.Minute)
		cancel()
		managers.Wait()
		if most := settleBurst + int(time.Minute/settleEvery); taken < 10 || taken > most {
			t.Errorf("taken over %d times in a minute, want at most %d", taken, most)
		}
		settled()
		if err := w.agreed(); err != nil {
			t.Error(err)
		}
	})
}

// TestClipboardAgentGoes withdraws what the guest held, and gives the next one
// what is held here.
func TestClipboardAgentGoes(t *testing.T) {
	inWorld(t, 1, shareAll, func(t *testing.T, w *clipboardWorld) {
		w.copyThere(agent.Text)
		settled()
		if w.desktop != guestHolds {
			t.Fatal("what the guest holds is not offered here")
		}
		w.quitThere() // as the agent says when it loses its guest
		settled()
		if w.desktop != nobodyHolds || w.fetch != nil {
			t.Error("it is still offered here")
		}
		w.copyHere(clipboard.Text)
		settled()
		w.mu.Lock()
		w.guest, w.agent, w.here, w.there = nobodyHolds, nobodyHolds, 0, 0
		w.mu.Unlock()
		w.share.attach(guestHalf{w})
		settled()
		if err := w.agreed(); err != nil || w.guest != desktopHolds {
			t.Errorf("another guest: %v", err)
		}
	})
}

// TestClipboardRules lets over only what may go.
func TestClipboardRules(t *testing.T) {
	inWorld(t, 1, clipboardRules{toGuest: true, kinds: []string{"image"}}, func(t *testing.T, w *clipboardWorld) {
		w.copyThere(agent.PNG)
		settled()
		if w.desktop != nobodyHolds {
			t.Error("the guest's picture is offered here")
		}
		w.copyHere(clipboard.Text)
		settled()
		if w.guest == desktopHolds {
			t.Error("text is given to the guest")
		}
		w.copyHere(clipboard.Text, clipboard.PNG, clipboard.JPEG, clipboard.FileList)
		settled()
		if !slices.Equal(w.grabbed, []agent.Format{agent.PNG, agent.JPEG}) {
			t.Errorf("the guest was told of %v", w.grabbed)
		}
		if _, err := wanted(w, agent.Text); !errors.Is(err, errNotShared) {
			t.Errorf("the guest got the text: %v", err)
		}
		if got := w.share.held(agent.Clipboard); got != "this computer: text, PNG, JPEG, file list" {
			t.Errorf("it is held by %s", got)
		}
		w.share.setRules(clipboardRules{})
		settled()
		if w.guest == desktopHolds || w.agent == desktopHolds {
			t.Error("it is still shared")
		}
		if _, err := wanted(w, agent.PNG); !errors.Is(err, errNotShared) {
			t.Errorf("the guest got the picture: %v", err)
		}
		w.share.setRules(shareAll)
		settled()
		if w.guest != desktopHolds {
			t.Error("it is not shared again")
		}
	})
}

// TestClipboardFiles gives the guest files that are copied here, while it can get at
// them.
func TestClipboardFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file ü")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	inWorld(t, 1, shareAll, func(t *testing.T, w *clipboardWorld) {
		w.files = []byte((&url.URL{Scheme: "file", Path: file}).String() + "\r\nfile:///nowhere/else\r\n")
		server := &share.Server{Copies: w.share.useCopies(), Log: slog.New(slog.DiscardHandler)}
		told := func(when string, want ...agent.Format) {
			t.Helper()
			settled()
			if !slices.Equal(w.grabbed, want) {
				t.Errorf("%s the guest is told of %v, want %v", when, w.grabbed, want)
			}
			_, err := wanted(w, agent.FileList)
			if given := slices.Contains(want, agent.FileList); given != (err == nil) {
				t.Errorf("%s the list: %v", when, err)
			}
		}
		w.copyHere(clipboard.FileList, clipboard.Text)
		told("without a folder channel", agent.Text)
		w.share.filesReached(true)
		told("with one", agent.FileList, agent.Text)
		list, err := wanted(w, agent.FileList)
		part := strings.Split(string(list), "\x00")
		if err != nil || len(part) != 3 || part[0] != "copy" || part[2] != "" || path.Base(part[1]) != "a file ü" {
			t.Fatalf("the list is %q, %v", list, err)
		}
		get := func() (int, string) {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+(&url.URL{Path: part[1]}).EscapedPath(), nil))
			return w.Code, w.Body.String()
		}
		if code, body := get(); code != 200 || body != "content" {
			t.Errorf("the file: %d, %s", code, body)
		}
		w.files = []byte("file:///nowhere/else\r\n")
		if _, err := wanted(w, agent.FileList); !errors.Is(err, errNoFiles) {
			t.Errorf("files that are not there: %v", err)
		}
		w.share.filesReached(false)
		told("when the channel is closed", agent.Text)
		w.share.filesReached(true)
		w.share.setRules(clipboardRules{toGuest: true, kinds: []string{"text", "image"}})
		told("without files", agent.Text)
		if code, _ := get(); code != 404 {
			t.Errorf("a file that is not shared any more: %d", code)
		}
		w.share.setRules(shareAll)
		w.copyThere(agent.FileList)
		settled()
		if w.desktop == guestHolds {
			t.Errorf("the guest's files are offered here as %v", w.offered)
		}
	})
}

// TestClipboardExplains says what went wrong, with the limit, and nothing of
// what happens every day.
func TestClipboardExplains(t *testing.T) {
	inWorld(t, 1, shareAll, func(t *testing.T, w *clipboardWorld) {
		for _, tc := range []struct {
			err     error
			toGuest bool
			want    string
		}{
			{&clipboard.TooLargeError{Size: 200 << 20, Max: 100 << 20}, true, "200.0 MiB"},
			{&agent.TooLargeError{Size: 200 << 20, Limit: 100 << 20}, false, "100.0 MiB"},
			{agent.ErrTimeout, false, "does not hand out"},
			{clipboard.ErrSlow, true, "does not hand it out"},
			{clipboard.ErrNothing, true, ""},
			{clipboard.ErrLost, true, ""},
			{agent.ErrNotHeld, false, ""},
			{nil, true, ""},
		} {
			w.said = nil
			w.share.explain(tc.err, tc.toGuest)
			if said := strings.Join(w.said, "|"); (said == "") != (tc.want == "") || !strings.Contains(said, tc.want) {
				t.Errorf("%v: %q", tc.err, said)
			}
		}
		w.said = nil
		w.share.Progress(agent.Clipboard, true, 10<<20, 40<<20)
		if got := w.share.note(); got != "Clipboard to the guest: 10.0 MiB of 40.0 MiB" {
			t.Errorf("the note is %q", got)
		}
		w.share.Progress(agent.Clipboard, true, 40<<20, 40<<20)
		w.share.Progress(agent.Clipboard, false, -1, 40<<20)
		if got := w.share.note(); got != "" || len(w.said) != 1 {
			t.Errorf("the note is %q, said was %q", got, w.said)
		}
	})
}
