package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"saffron/render/window"
)

type openFlags struct {
	connectFlags
	fullscreen bool
	title      string
	zoom       int
	scaling    scaleFlags
	viewOnly   bool
	mouse      string
	display    int
	record     string
	reconnect  bool
	sound      soundFlags
	resolution resolutionFlags
	monitors   monitorFlags
	kiosk      kioskFlags
	clipboard  clipboardFlags
	layout     layoutFlag // of the guest, for typing
	guest      guestFlags
	keyboard   keyboardFlags
	effects    effectFlags
	compat     compat
	savePass   bool
	given      *pflag.FlagSet // all flags, to open the same again; nil if that is not to be
}

// Zoom in percent, as remote-viewer takes it.
const (
	minZoom = 10
	maxZoom = 400
)

func newOpen(a *app) *cobra.Command { return newOpenWith(a, new(openFlags)) }

func newOpenWith(a *app, f *openFlags) *cobra.Command {
	c := &cobra.Command{
		Use:   "open [TARGET]",
		Short: "Open a window with the machine's screen (the default)",
		Long: `Open shows the machine's screen in a window and hands it keyboard and mouse.

Keys of the window itself, which --hotkeys replaces:
  F11           full screen and back
  Shift+F9      the menu, which is also at the upper edge
  Shift+F10     lets the guest use the microphone, when it wants to, or no more
  Shift+F11     asks the server to encode for another kind of network: as at the
                beginning, fast (lan), slow (wan)
  Shift+F12     lets go of a captured mouse and of the keyboard; so do the left
                Ctrl and Alt, pressed and released together
  Ctrl+Alt+End  sends Ctrl+Alt+Del

With -c, or if TARGET is neither an address nor a file, it is a domain of libvirt,
whose console is found before each connection: its port, its password, over ssh if
its host is reached so, and by a connection that libvirt passes if it listens
nowhere. A machine that turns out to be another one is refused. Without TARGET
there is a list of domains, on the terminal or else in the window.

If connecting fails, or the server closes the connection, the window says so; the
exit code tells it, too, when it is closed.`,
		Example: `  saffron open spice://host:5900
  saffron open --full-screen --scale integer console.vv
  saffron open -c qemu:///system work
  saffron open -c qemu+ssh://host/system --wait --reconnect work
  saffron open -c qemu:///system`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exactly(1, "one target")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			fullscreenGiven := c.Flags().Changed("full-screen")
			if len(args) == 0 {
				return a.openChosen(c, f)
			}
			f.given = c.Flags()
			return a.open(c.Context(), args[0], f, fullscreenGiven)
		},
	}
	s := c.Flags()
	s.BoolVarP(&f.fullscreen, "full-screen", "f", false, "begin on the full screen")
	s.StringVarP(&f.title, "title", "t", "", "`TITLE` of the window, %d for the monitor's number")
	s.IntVarP(&f.zoom, "zoom", "z", 100, "size of the window at first, in percent of the screen's,\n10 to 400")
	f.scaling.add(c)
	s.BoolVar(&f.viewOnly, "view-only", false, "send neither keys nor mouse")
	s.StringVar(&f.mouse, "mouse", "auto", "auto takes positions if the guest can, server always\ncaptures the mouse")
	s.IntVar(&f.display, "display", 0, "which monitor to show, counted from `0`")
	s.BoolVarP(&f.reconnect, "reconnect", "r", false, "connect again when the domain starts anew")
	s.BoolVar(&f.savePass, "save-password", false, "keep the password that the server accepts in the\nsystem's keyring, for windows opened later")
	s.StringVar(&f.record, "record", "", "also write what the server sends to `FILE`, see record")
	f.keyboard.add(c)
	f.resolution.add(c)
	f.monitors.add(c)
	f.sound.add(c)
	f.guest.add(c)
	f.clipboard.add(c)
	f.layout.add(c)
	f.kiosk.add(c)
	f.prefer.add(c)
	f.effects.add(c)
	f.add(c)
	fixed := func(values ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	_ = c.RegisterFlagCompletionFunc("mouse", fixed("auto", "server"))
	return c
}

func (f *openFlags) check() error {
	if err := f.scaling.check(); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]string{"auto", "server"}, f.mouse):
		return usageError("--mouse is auto or server, not %q", f.mouse)
	case f.zoom < minZoom || f.zoom > maxZoom:
		return usageError("--zoom is from %d to %d percent", minZoom, maxZoom)
	case f.display < 0:
		return usageError("--display is negative")
	}
	if err := f.resolution.check(); err != nil {
		return err
	}
	if err := f.monitors.check(); err != nil {
		return err
	}
	if err := f.clipboard.check(); err != nil {
		return err
	}
	if _, err := f.layout.find(); err != nil {
		return err
	}
	if err := f.effects.check(); err != nil {
		return err
	}
	if err := f.kiosk.check(); err != nil {
		return err
	}
	if err := f.keyboard.check(); err != nil {
		return err
	}
	return f.sound.check()
}

// open opens a target. fullscreenGiven says that the flag counts, not the
// connection file.
func (a *app) open(ctx context.Context, target string, f *openFlags, fullscreenGiven bool) error {
	if err := f.check(); err != nil {
		return err
	}
	s, err := a.windowSettings(ctx, target, f)
	if err != nil {
		return err
	}
	defer s.close()
	if f.reconnect && s.domain == nil {
		return usageError("--reconnect is for domains of libvirt, not for addresses and files")
	}
	return a.openWindow(ctx, s, f, s.fullscreen && !fullscreenGiven || f.fullscreen)
}

// openChosen opens a domain that the user chooses: on the terminal if there is
// one, otherwise in the window. Without libvirt it says how to use the command.
func (a *app) openChosen(c *cobra.Command, f *openFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	ctx := c.Context()
	s, err := a.windowSettings(ctx, "", f)
	if err != nil {
		if f.domain.connect != "" || errors.Is(err, context.Canceled) {
			return err
		}
		if done, err := a.openRecent(ctx, f); done {
			return err
		}
		return &failure{exitUsage, fmt.Errorf("%s wants one target", c.CommandPath()),
			fmt.Sprintf("See %s --help. With a libvirt host it offers the domains to choose from: -c qemu+ssh://host/system. Here is none: %s.",
				c.CommandPath(), plain(err))}
	}
	defer s.close()
	if f.kiosk.on {
		return usageError("--kiosk wants a target: there is nobody to choose one")
	}
	if a.onTerminal() {
		if err := s.domain.pick(ctx); err != nil {
			return err
		}
	}
	return a.openWindow(ctx, s, f, f.fullscreen)
}

// openWindow serves a window until it is closed.
func (a *app) openWindow(ctx context.Context, s *settings, f *openFlags, fullscreen bool) error {
	v := newViewer(a, s, f)
	if v.panes.spans() {
		v.span = newSpan(v.console, func() { v.withWindow((*window.Window).Wake)() })
	}
	if err := v.addSound(); err != nil {
		return err
	}
	defer v.closeSound()
	v.openClipboard()
	defer v.clip.close()
	defer v.attached.close()
	if err := v.addAttachments(); err != nil {
		return err
	}
	if f.record != "" {
		if err := v.startRecording(f.record); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	v.attached.serve(ctx)
	background := make(chan struct{})
	go func() {
		defer close(background)
		v.serve(ctx)
	}()
	guarded := make(chan struct{})
	go func() {
		defer close(guarded)
		v.guard(ctx)
	}()
	screen := v.panes.prepare(fullscreen)
	var sizing sync.WaitGroup
	if v.span != nil {
		sizing.Go(func() { v.span.run(ctx) })
	}
	sizing.Go(func() { v.size.run(ctx) })
	sizing.Go(func() { v.panes.run(ctx) })
	defer sizing.Wait()
	if v.sounds != nil {
		playing := make(chan struct{})
		go func() {
			defer close(playing)
			v.sounds.play(ctx, a, v.wake)
		}()
		defer func() { <-playing }()
	}
	err := v.show(ctx, fullscreen, screen)
	cancel()
	<-background
	<-guarded
	failed := v.failure()
	if f.compat.endsWell(failed) {
		failed = nil
	}
	return errors.Join(cmp.Or(err, failed), v.finishRecording())
}

// show runs the window, on the full screen of a monitor if it is to be. It opens at once, unless its size or what it shows
// depends on what the server has.
func (v *viewer) show(ctx context.Context, fullscreen bool, screen string) error {
	f := v.flags
	h := head{screen: v.console.screen(0)}
	var width, height int
	if f.display > 0 || f.zoom != 100 {
		var err error
		if h, err = v.awaitHead(ctx, f.display); err != nil {
			return err
		}
		width, height = h.rect.Dx()*f.zoom/100, h.rect.Dy()*f.zoom/100
	}
	v.input.channel, v.input.desktop = h.channel, h.screen.desktop
	v.mu.Lock()
	v.head = h
	v.mu.Unlock()
	mode, filter := v.scaling()
	o := &window.Options{
		Title: v.title(), Desktop: h.screen.desktop, Head: h.index, Cursor: h.screen.cursor,
		Input: v.input, Relative: v.console.serverMouse,
		Fullscreen: fullscreen, Screen: screen, Mode: v.size.fitting(mode), Filter: filter, Width: width, Height: height, ViewOnly: f.viewOnly,
		Log: v.app.log, OnReady: v.ready, Note: v.note, Dropped: v.dropped, Commands: v.entries, NoTab: v.noTab(), Statistics: v.figures.rows,
		Resized: func(size image.Point) { v.size.resized(h.slot(), size) }, Follow: func(size image.Point) bool { return v.size.follows(h.slot(), size) },
		Status: func() string { return v.statusOf(h) }, Menu: v.menuNow,
		Unclosable: v.kiosk != nil,
	}
	if f.compat.localCursor {
		o.Cursor = nil
	}
	v.spread(o)
	v.setKeyboard(o)
	v.opening.Store(true)
	return window.Run(ctx, o)
}

// title returns what stands in the title of the window now.
func (v *viewer) title() string { return v.titleOf(v.flags.display) }

// titleOf returns what stands in the title of the window of a monitor.
func (v *viewer) titleOf(n int) string {
	for _, given := range []string{v.flags.title, v.console.settings.title} {
		if given != "" {
			if n != v.flags.display && !strings.Contains(given, "%d") {
				given += " (%d)"
			}
			return strings.ReplaceAll(given, "%d", strconv.Itoa(n+1)) + v.mic.title()
		}
	}
	if name := v.console.label(); name != "" {
		if n != v.flags.display {
			name += " (" + monitorName(n) + ")"
		}
		return name + v.mic.title() + " - Saffron"
	}
	return "Saffron"
}
