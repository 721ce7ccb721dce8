package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"saffron/channels"
	"saffron/channels/port"
	"saffron/spice"
)

type portFlags struct {
	connectFlags
	linger time.Duration
	brk    bool
}

// leaveKey is Ctrl+], which leaves a port, as in virsh console.
const leaveKey = 0x1d

func newPort(a *app) *cobra.Command {
	f := new(portFlags)
	c := &cobra.Command{
		Use:   "port TARGET [NAME]",
		Short: "Connect the terminal with a port of the guest, or list its ports",
		Long: `Port connects standard input and output with one of the machine's ports: a serial
console, QEMU's monitor, or whatever else it has been given a name for. On a
terminal keys go to the guest as they are pressed, and Ctrl+] leaves.

Without NAME it lists the ports.`,
		Example: `  saffron port host:5900
  saffron port host:5900 org.qemu.console.serial.0
  echo 'info block' | saffron port --linger 1s host:5900 org.qemu.monitor.hmp.0`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return exactly(2, "a target and the name of a port")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.listPorts(c.Context(), args[0], f)
			}
			return a.port(c.Context(), args[0], args[1], f)
		},
	}
	c.Flags().DurationVar(&f.linger, "linger", -1, "how long to stay when standard input has ended (default until\nthe session ends, or Ctrl-C)")
	c.Flags().BoolVar(&f.brk, "break", false, "send a break first, as a serial line has it: on Linux consoles\nthe key that follows is then the magic one of SysRq")
	f.add(c)
	return c
}

// notPorts are the channels that have nothing to do with ports.
var notPorts = []spice.ChannelType{spice.ChannelDisplay, spice.ChannelCursor, spice.ChannelInputs}

// portConsole connects to a target for its ports.
func (a *app) portConsole(ctx context.Context, target string, f *portFlags, sink func(*port.Port) port.Sink) (*console, func(), error) {
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return nil, nil, err
	}
	c := a.newConsole(s, nil)
	c.without(notPorts...)
	c.options.Sinks.Port = sink
	if err := c.connect(ctx); err != nil {
		s.close()
		return nil, nil, err
	}
	return c, func() { c.close(); s.close() }, nil
}

// listPorts prints what ports there are.
func (a *app) listPorts(ctx context.Context, target string, f *portFlags) error {
	c, done, err := a.portConsole(ctx, target, f, func(*port.Port) port.Sink { return nil })
	if err != nil {
		return err
	}
	defer done()
	ports, err := c.awaitPorts(ctx, "")
	if err != nil {
		return err
	}
	for _, p := range ports {
		fmt.Fprintln(a.out, oneLine(p))
	}
	return nil
}

// portsTime is how long the ports of a server may take to tell their names.
const portsTime = 5 * time.Second

// awaitPorts returns the names of all ports when they are known, or when there
// is one called name.
func (c *console) awaitPorts(ctx context.Context, name string) ([]string, error) {
	late := time.After(portsTime)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		info := c.current().Info()
		names := portNames(info)
		if len(info.Offered) > 0 && (len(names) >= offeredPorts(info) || name != "" && slices.Contains(names, name)) {
			return names, nil
		}
		select {
		case <-tick.C:
		case <-late:
			return names, nil
		case <-c.current().Done():
			return nil, c.wait()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// offeredPorts returns how many ports the server has.
func offeredPorts(info channels.Info) int {
	n := 0
	for _, id := range info.Offered {
		if id.Type == spice.ChannelPort {
			n++
		}
	}
	return n
}

// portNames returns the names that are known.
func portNames(info channels.Info) []string {
	var names []string
	for _, p := range portReports(info) {
		names = append(names, p.Name)
	}
	return names
}

// A portReport is what is known of a port.
type portReport struct {
	Channel string `json:"channel"`
	Name    string `json:"name"`
	Opened  bool   `json:"opened"` // the guest's side is
}

// portReports returns the ports whose names are known.
func portReports(info channels.Info) []portReport {
	list := []portReport{}
	for _, ch := range slices.Concat(info.Channels, info.Ended) {
		if ch.ID.Type == spice.ChannelPort && ch.Port != nil && ch.Port.Name != "" {
			list = append(list, portReport{ch.ID.String(), ch.Port.Name, ch.Port.Opened})
		}
	}
	slices.SortFunc(list, func(a, b portReport) int { return cmp.Compare(a.Channel, b.Channel) })
	return list
}

// port joins the standard streams with a port.
func (a *app) port(ctx context.Context, target, name string, f *portFlags) error {
	if target == "-" {
		return usageError("standard input goes to the port, and cannot be a connection file, too")
	}
	b := newBridge(a, name)
	b.local = a.out
	c, done, err := a.portConsole(ctx, target, f, bridgePorts([]*bridge{b}))
	if err != nil {
		return err
	}
	defer done()
	names, err := c.awaitPorts(ctx, name)
	if err != nil {
		return err
	}
	if !slices.Contains(names, name) {
		return &failure{exitOther, fmt.Errorf("the machine has no port %q", name), "It has: " + cmp.Or(strings.Join(names, ", "), "none") + "."}
	}
	if p, _, _ := b.state(); f.brk && p != nil {
		if err := p.Break(); err != nil {
			return err
		}
	}
	return a.talk(ctx, c, b, f.linger)
}

// talk moves bytes until the user leaves, standard input has ended for long
// enough, or the session ends.
func (a *app) talk(ctx context.Context, c *console, b *bridge, linger time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, opened, _ := b.state(); !opened {
		a.warn("the guest has not opened its side of %s yet", b.name)
	}
	in, restore := a.rawInput(cancel)
	defer restore()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.send(ctx, in)
	}()
	var late <-chan time.Time
	for {
		p, _, change := b.state()
		if p == nil { // the channel has ended
			if cause := c.endsWithin(ctx, time.Second, nil); cause != nil {
				return cause
			}
			return &failure{exitLost, fmt.Errorf("the port %s is there no more", b.name), ""}
		}
		select {
		case <-change:
		case <-ended:
			ended = nil
			if linger >= 0 {
				late = time.After(linger)
			}
		case <-late:
			return nil
		case <-c.current().Done():
			if err := c.wait(); !errors.Is(err, spice.ErrServerClosed) {
				return err
			}
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// rawInput returns standard input: of a terminal each key as it is pressed, and
// leave is called for Ctrl+]. restore makes the terminal what it was.
func (a *app) rawInput(leave func()) (in io.Reader, restore func()) {
	fd := int(a.in.Fd())
	if !term.IsTerminal(fd) {
		return a.in, func() {}
	}
	before, err := term.MakeRaw(fd)
	if err != nil {
		return a.in, func() {}
	}
	var once sync.Once
	fmt.Fprint(a.errs, "Connected. Ctrl+] leaves.\r\n")
	return &leavingReader{a.in, leave}, func() {
		once.Do(func() {
			_ = term.Restore(fd, before) // nothing could be done
			fmt.Fprintln(a.errs)
		})
	}
}

// A leavingReader ends at Ctrl+].
type leavingReader struct {
	r     io.Reader
	leave func()
}

// Read implements io.Reader.
func (l *leavingReader) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if i := bytes.IndexByte(p[:n], leaveKey); i >= 0 {
		l.leave()
		return i, io.EOF
	}
	return n, err
}
