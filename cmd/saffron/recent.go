package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"saffron/render"
	"saffron/render/window"
)

func newRecent(a *app) *cobra.Command {
	forget := false
	c := &cobra.Command{
		Use:   "recent [WHICH]",
		Short: "List recent connections, or open one again",
		Long: `Recent lists the machines that windows have shown, the latest first, and opens
the one that WHICH names: its number in the list, its name or its address. Those
from connection files that are gone cannot be opened again and are not listed.

The list is in ` + "`saffron/machines.toml`" + ` below XDG_STATE_HOME, or ~/.local/state. It
holds no passwords: those are in the system's keyring, if that was asked for.`,
		Example: `  saffron recent
  saffron recent 1
  saffron recent --forget work`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f := &memory{path: memoryPath()}
			list, err := f.recent()
			if err != nil {
				return err
			}
			if len(args) == 0 && !forget {
				a.printRecent(list)
				return nil
			}
			some := matchingRecent(list, strings.Join(args, ""))
			switch {
			case len(some) == 0 && len(args) == 1:
				return usageError("there is no recent connection %q", args[0])
			case forget:
				return a.forget(c.Context(), f, some)
			case len(some) > 1:
				return usageError("%q is the name of %d machines; take the number", args[0], len(some))
			}
			return a.runOther(c.Context(), some[0].arguments())
		},
	}
	c.Flags().BoolVar(&forget, "forget", false, "forget what WHICH names, or all, with its saved password")
	return c
}

// printRecent prints the list.
func (a *app) printRecent(list []*remembered) {
	if len(list) == 0 {
		fmt.Fprintln(a.out, "There are no recent connections.")
		return
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 3, ' ', 0)
	for i, r := range list {
		fmt.Fprintf(w, "%3d  %s\t%s\t%s\n", i+1, oneLine(r.title()), oneLine(r.Address), r.Last.Local().Format("2006-01-02 15:04"))
	}
	w.Flush()
}

// title returns what the machine is called in lists.
func (r *remembered) title() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Address
}

// arguments returns the command line that opens the machine. Only what this
// program could have written is taken from the file.
func (r *remembered) arguments() []string { return append([]string{"open"}, r.Target...) }

// matchingRecent returns those that an answer means: one by its number, or those
// of a name or an address; all for "".
func matchingRecent(list []*remembered, answer string) []*remembered {
	if answer == "" {
		return list
	}
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(list) {
		return list[n-1 : n]
	}
	var some []*remembered
	for _, r := range list {
		if r.Name == answer || r.Address == answer {
			some = append(some, r)
		}
	}
	return some
}

// forget forgets machines and their passwords.
func (a *app) forget(ctx context.Context, f *memory, some []*remembered) error {
	for _, r := range some {
		if r.Settings[prefSaved] == "true" {
			if err := savePassword(ctx, r.Address, ""); err != nil {
				a.warn("%v", err)
			}
		}
	}
	n, err := f.forget(func(r *remembered) bool {
		return slices.ContainsFunc(some, func(s *remembered) bool { return s.Address == r.Address && s.Name == r.Name })
	})
	fmt.Fprintf(a.out, "%d forgotten.\n", n)
	return err
}

// reopenFlags are those that belong to the way to a machine.
var reopenFlags = []string{
	"connect", "readonly", "libvirt-auth-file", "ssh-config", "no-aliases", "attach", "direct", "wait", "reconnect",
	"password-file", "spice-ca-file", "spice-host-subject", "spice-pubkey", "spice-secure-channels", "proxy",
}

// pathFlags are those of them that are files.
var pathFlags = []string{"libvirt-auth-file", "ssh-config", "password-file", "spice-ca-file", "spice-pubkey"}

// reopening returns the arguments that open the same again, nil if that is not
// possible. They hold no password.
func (s *settings) reopening(flags *pflag.FlagSet, target string) []string {
	var args []string
	if f := flags.Lookup("connect"); f != nil && hasPassword(f.Value.String()) {
		return nil
	}
	flags.Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		if !slices.Contains(reopenFlags, f.Name) || f.Name == "proxy" && strings.Contains(value, "@") {
			return
		}
		if slice, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(slice.GetSlice(), ",")
		}
		if slices.Contains(pathFlags, f.Name) {
			if absolute, err := filepath.Abs(value); err == nil {
				value = absolute
			}
		}
		args = append(args, "--"+f.Name+"="+value)
	})
	switch {
	case target == "-":
		return nil
	case s.domain != nil:
		return append(args, "--", target)
	case isFile(target):
		path, err := filepath.Abs(target)
		if _, gone := os.Stat(path); err != nil || gone != nil {
			return nil
		}
		return append(args, "--", path)
	}
	return append(args, "--", s.link.Target.String())
}

// rememberOpened remembers that the machine is open: at once, and with its UUID
// as soon as the server tells that.
func (v *viewer) rememberOpened(ctx context.Context) {
	s, prefs := v.console.settings, v.console.settings.prefs
	if prefs == nil || len(s.reopen) == 0 || v.kiosk != nil {
		return
	}
	remember := func(m machineID) {
		if err := prefs.memory.opened(m, s.reopen); err != nil {
			v.app.log.Warn("the connection is not remembered", "err", err)
		}
	}
	m := v.machineID()
	remember(m)
	late := time.After(identityTime)
	for m.uuid == "" {
		select {
		case <-time.After(identityTime / 30):
		case <-late:
			return
		case <-ctx.Done():
			return
		}
		if m = v.machineID(); m.uuid != "" {
			remember(m)
		}
	}
}

// openRecent opens a recent connection that the user chooses, if there are any
// and somebody could choose. done is false if there are not.
func (a *app) openRecent(ctx context.Context, f *openFlags) (done bool, failed error) {
	list, err := (&memory{path: memoryPath()}).recent()
	if err != nil || len(list) == 0 || f.kiosk.on || f.domain.only {
		return false, nil
	}
	if a.onTerminal() {
		args, err := a.pickRecent(ctx, list)
		if err != nil || args == nil {
			return true, err
		}
		return true, a.runOther(ctx, args)
	}
	args, err := a.chooseRecent(ctx, list)
	if err != nil || args == nil {
		var noDisplay *window.NoDisplayError
		return !errors.As(err, &noDisplay), err
	}
	return true, becomeOther(args)
}

// chooseRecent lets the user choose a recent connection in a window, and returns the command line that opens it: nil if nothing was
// chosen.
func (a *app) chooseRecent(ctx context.Context, list []*remembered) ([]string, error) {
	chosen := make(chan string, 1)
	menu := window.NewMenu("Recent connections", func(key string) { chosen <- key })
	var items []window.MenuItem
	for i, r := range list {
		items = append(items, window.MenuItem{Key: strconv.Itoa(i), Text: r.title(), Detail: r.Last.Local().Format("2 Jan 2006"), Lively: i == 0})
	}
	menu.SetItems(items)
	done := make(chan struct{})
	key := ""
	go func() {
		defer close(done)
		select {
		case key = <-chosen:
		case <-ctx.Done():
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := window.Run(ctx, &window.Options{
		Title: "Saffron", Desktop: render.NewDesktop(render.DesktopOptions{}), Log: a.log,
		Menu: func() *window.Menu { return menu }, Done: done,
	})
	cancel()
	<-done
	if i, bad := strconv.Atoi(key); err == nil && bad == nil {
		return list[i].arguments(), nil
	}
	return nil, err
}

// pickRecent asks on the terminal.
func (a *app) pickRecent(ctx context.Context, list []*remembered) ([]string, error) {
	a.printRecent(list)
	fmt.Fprint(a.errs, "Open which one? A number: ")
	line := make(chan string, 1)
	go func() { // reading cannot be interrupted
		text, _ := bufio.NewReader(a.in).ReadString('\n')
		line <- strings.TrimSpace(text)
	}()
	select {
	case answer := <-line:
		if some := matchingRecent(list, answer); answer != "" && len(some) == 1 {
			return some[0].arguments(), nil
		}
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// runOther runs another command line of this program.
func (a *app) runOther(ctx context.Context, args []string) error {
	root := newRoot(a)
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}

// becomeOther runs another command line in place of this process, which has had
// its window: there is one a process.
func becomeOther(args []string) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	return replaceProcess(path, append([]string{path}, args...), os.Environ())
}
