package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/spice"
)

// domainFlags are the flags of commands that can take a domain for TARGET.
type domainFlags struct {
	libvirtFlags
	attach    bool
	direct    bool
	wait      bool
	setTicket bool
	only      bool // TARGET is a domain, whatever it looks like
	patient   bool // the host is reached when it is needed; then waiting begins
}

func (f *domainFlags) add(c *cobra.Command) {
	f.libvirtFlags.add(c)
	s := c.Flags()
	s.BoolVarP(&f.wait, "wait", "w", false, "wait until the domain runs")
	s.BoolVarP(&f.attach, "attach", "a", false, "let a local libvirt pass connections to the console")
	s.BoolVarP(&f.direct, "direct", "d", false, "connect to the console of a remote domain without ssh")
	s.BoolVar(&f.setTicket, "set-ticket", false, "give the running domain a new random password, valid\nfor a minute, and connect with it")
}

// check refuses flags that mean nothing without a domain.
func (f *domainFlags) check() error {
	for _, given := range []struct {
		flag string
		set  bool
	}{{"wait", f.wait}, {"attach", f.attach}, {"direct", f.direct}, {"set-ticket", f.setTicket}} {
		if given.set {
			return usageError("--%s is for domains of libvirt, not for addresses and files", given.flag)
		}
	}
	return nil
}

// ticketTime is how long a ticket is valid: long enough for all channels to
// open.
const ticketTime = time.Minute

// An opening is a domain whose console is to be opened, with the connection to
// its host. One goroutine at a time uses it.
type opening struct {
	app   *app
	flags *domainFlags
	which string             // as it was asked for, "" if it is chosen later
	host  *libvirtctl.Host   // nil before open
	found *libvirtctl.Domain // nil until it is known
	dial  spice.DialFunc     // without a tunnel; nil is the usual one
	keep  bool               // go on over the domain's restarts and libvirtd's
	moved bool               // the domain runs elsewhere now: settings lead there

	console  libvirtctl.Console               // as it was when prepared
	secure   func(spice.ChannelType) bool     // what the flags ask for, or nil
	say      func(format string, args ...any) // tells what is waited for
	attached bool                             // libvirt passes connections
}

// open connects to the host and finds the domain, if it is there.
func (o *opening) open(ctx context.Context) error {
	var err error
	if o.host, err = o.app.host(ctx, &o.flags.libvirtFlags); err != nil {
		if o.flags.connect == "" && o.which != "" {
			return &failure{exitUsage, saying(err, "%q is no address, and there is no libvirt whose domain it could be: %s", o.which, plain(err)),
				"A target is host:port, spice://host:port, spice+tls://host:port, spice+unix://path, a .vv file, -, or a domain, whose host -c names."}
		}
		return err
	}
	if o.which == "" {
		return nil
	}
	if err = o.find(ctx); libvirtctl.IsCode(err, libvirtctl.CodeNoDomain) && (o.flags.wait || o.flags.patient) {
		return nil
	}
	return err
}

func (o *opening) close() {
	if o.host != nil {
		o.host.Close()
	}
}

// name returns what the user calls the domain.
func (o *opening) name() string {
	if o.found != nil {
		return o.found.Name
	}
	return o.which
}

// find looks the domain up, for ever by its UUID once that is known.
func (o *opening) find(ctx context.Context) error {
	which := o.which
	if o.found != nil {
		which = o.found.UUID.String()
	}
	d, err := o.host.Domain(ctx, which)
	if libvirtctl.IsCode(err, libvirtctl.CodeNoDomain) {
		return &failure{exitConnect, saying(err, "there is no domain %s on %s", o.name(), o.host.URI()), o.command("list", "", "See what there is: %s")}
	}
	if err != nil {
		return err
	}
	o.found = d
	return nil
}

// A said is an error with other words.
type said struct {
	error
	text string
}

func (s *said) Error() string { return s.text }
func (s *said) Unwrap() error { return s.error }

func saying(err error, format string, args ...any) error {
	return &said{err, fmt.Sprintf(format, args...)}
}

// plain returns an error of libvirtctl without the package.
func plain(err error) string { return strings.TrimPrefix(err.Error(), "libvirtctl: ") }

// command makes a hint: a sentence with a command of this program for a domain,
// as the user would have to write it here.
func (o *opening) command(verb, domain, sentence string) string {
	words := []string{"saffron", verb}
	if o.flags.connect != "" {
		words = append(words, "-c", quoted(o.flags.connect))
	}
	if domain != "" {
		words = append(words, quoted(domain))
	}
	return fmt.Sprintf(sentence, strings.Join(words, " "))
}

// quoted makes a word that a shell takes as it is.
func quoted(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@+=,%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// prepare makes the settings lead to the domain's console as it is now. It
// waits for the domain if that is asked for.
func (o *opening) prepare(ctx context.Context, s *settings) error {
	if o.moved {
		return nil
	}
	if o.host == nil {
		if err := o.open(ctx); err != nil {
			return err
		}
	}
	if err := o.awaitRunning(ctx); err != nil {
		return err
	}
	if err := o.read(ctx); err != nil {
		return err
	}
	if err := o.route(ctx, s); err != nil {
		return err
	}
	if t := &s.link.Target; t.TLSPort != 0 {
		if err := s.useTrustStore(); err != nil {
			return err
		}
	}
	if o.flags.setTicket && !o.attached && !o.console.Ticketed { // QEMU refuses
		o.app.warn("%s has no password, so no ticket is set: everybody gets in", o.name())
		return nil
	}
	if o.flags.setTicket && !o.attached {
		password, err := o.found.SetTicket(ctx, &o.console, ticketTime)
		if err != nil {
			return &failure{exitConnect, saying(err, "no ticket could be set: %s", plain(err)), ""}
		}
		o.app.log.Info("set a ticket", "domain", o.found.Name, "valid", ticketTime)
		o.console.Password, o.console.ValidTo = password, time.Time{}
	}
	return nil
}

// read finds the console in what libvirt says of the domain now.
func (o *opening) read(ctx context.Context) error {
	description, err := "", error(nil)
	if !o.flags.readOnly {
		description, err = o.found.XML(ctx, libvirtctl.XMLSecure)
	}
	if o.flags.readOnly || libvirtctl.IsCode(err, libvirtctl.CodeOperationDenied, libvirtctl.CodeAccessDenied) {
		description, err = o.found.XML(ctx, 0)
	}
	if err != nil {
		return err
	}
	consoles, err := libvirtctl.Consoles(description)
	if err != nil {
		return err
	}
	c := libvirtctl.FirstConsole(consoles, "spice")
	if c == nil {
		return o.noSpice(consoles)
	}
	o.console = *c
	return nil
}

// spiceXML makes a domain one with a SPICE console.
const spiceXML = `<graphics type='spice' autoport='yes'/>`

func (o *opening) noSpice(consoles []libvirtctl.Console) error {
	has := "no console"
	if len(consoles) > 0 {
		has = "no SPICE console, only " + strings.ToUpper(consoles[0].Type)
	}
	return &failure{exitConnect, fmt.Errorf("%s has %s", o.name(), has),
		o.command("doctor", o.name(), "Add "+spiceXML+" to its <devices> and start it anew. What else a good console needs: %s")}
}

// route finds the way to the console.
func (o *opening) route(ctx context.Context, s *settings) error {
	place := libvirtctl.Place{Name: o.host.RemoteName(), SSH: o.host.OverSSH()}
	r, err := o.console.Route(place, o.flags.direct)
	var unreachable *libvirtctl.UnreachableError
	if errors.As(err, &unreachable) && !(o.flags.attach && place.Name == "") {
		return &failure{exitConnect, fmt.Errorf("%s cannot be opened: %s", o.name(), unreachable.Reason), unreachable.Hint}
	}
	s.link.Dial, o.attached = o.dial, false
	s.link.Secure = o.mustSecure
	if o.flags.attach || r.Descriptor {
		err := o.attach(ctx, s, place)
		if err == nil {
			return nil
		}
		if r.Descriptor || ctx.Err() != nil {
			return &failure{exitConnect, saying(err, "the console of %s listens nowhere, and libvirt does not pass a connection: %s", o.name(), plain(err)), ""}
		}
		o.app.warn("libvirt does not pass connections, so the console's address is used: %s", plain(err))
	}
	s.link.Target = spice.Target{Host: r.Host, Port: r.Port, TLSPort: r.TLSPort, Socket: r.Socket}
	if r.Address != r.Host {
		s.link.Target.Addr = r.Address
	}
	if r.Far {
		s.link.Dial = o.host.DialFar
	}
	return nil
}

// mustSecure reports whether a channel has to be encrypted, by the domain or by
// the flags.
func (o *opening) mustSecure(t spice.ChannelType) bool {
	return o.console.Secure(t.String()) && !o.attached || o.secure != nil && o.secure(t)
}

// attach lets libvirt pass connections. It tries one at once, which is then the
// first.
func (o *opening) attach(ctx context.Context, s *settings, place libvirtctl.Place) error {
	if place.Name != "" {
		return fmt.Errorf("%s is another computer", place.Name)
	}
	host, found, index := o.host, o.found, o.console.Index
	first, err := host.OpenGraphics(ctx, found, index, true)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	o.attached = true
	s.link.Target = spice.Target{Socket: "(passed by libvirt)/" + found.Name}
	s.link.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		mu.Lock()
		conn := first
		first = nil
		mu.Unlock()
		if conn != nil {
			return conn, nil
		}
		return host.OpenGraphics(ctx, found, index, true)
	}
	return nil
}

// Tries to log in to a domain that is just starting, and the pause between them:
// QEMU listens before libvirt has told it the password.
const (
	startTries = 5
	startPause = 200 * time.Millisecond
)

// early reports whether the password that was refused is the one that libvirt
// says is right.
func (o *opening) early(err error, password string) bool {
	var link *spice.LinkError
	return errors.As(err, &link) && link.Code == spice.LinkPermissionDenied && !o.moved &&
		password != "" && password == o.console.Password && !o.console.Expired(time.Now())
}

// explain says more of a refused password than the server does.
func (o *opening) explain(err error) error {
	var link *spice.LinkError
	if o.moved || !errors.As(err, &link) || link.Code != spice.LinkPermissionDenied {
		return err
	}
	hint := o.command("open --set-ticket", o.name(), "Set a fresh one for this connection: %s")
	switch c := &o.console; {
	case c.Expired(time.Now()):
		return &failure{exitAuth, fmt.Errorf("the password of %s has expired on %s UTC", o.name(), c.ValidTo.Format(time.DateTime)), hint}
	case c.Ticketed && c.Password == "" && !o.flags.readOnly:
		return &failure{exitAuth, fmt.Errorf("%s lets nobody in: its password is empty", o.name()), hint}
	}
	return err
}

// check refuses a machine that is not the domain: ports are given to others
// when a domain stops.
func (o *opening) check(name, uuid string) error {
	got, err := libvirtctl.ParseUUID(uuid)
	same := name == o.found.Name
	if err == nil {
		same = got == o.found.UUID
	}
	if same {
		return nil
	}
	return &failure{exitConnect, fmt.Errorf("there is another machine where %s (%s) should be: %s (%s)", o.found.Name, o.found.UUID, name, uuid),
		"Its port may have been given to another domain meanwhile: try again."}
}
