package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"saffron/libvirtctl"
)

// libvirtFlags are the flags of all commands that work with one libvirt host.
type libvirtFlags struct {
	connect   string
	readOnly  bool
	noAliases bool
	authFile  string
	sshConfig string
}

func (f *libvirtFlags) add(c *cobra.Command) {
	c.Flags().StringVarP(&f.connect, "connect", "c", "", "libvirt host: a `URI` such as qemu+ssh://host/system,\na configured host, or an alias of libvirt.conf")
	completeFlag(c, "connect", completeHosts)
	if strings.Contains(c.Use, "DOMAIN") && c.ValidArgsFunction == nil {
		c.ValidArgsFunction = domainCompleter(f)
	}
	f.addHow(c)
}

// addHow adds how to connect, not where to.
func (f *libvirtFlags) addHow(c *cobra.Command) {
	s := c.Flags()
	s.BoolVar(&f.readOnly, "readonly", false, "connect read-only")
	s.StringVar(&f.authFile, "libvirt-auth-file", "", "`FILE` with user names and passwords for libvirt (auth.conf)")
	s.StringVar(&f.sshConfig, "ssh-config", "", "ssh configuration `FILE`, instead of ~/.ssh/config")
	s.BoolVar(&f.noAliases, "no-aliases", false, "take the name as a URI, even if it is an alias")
}

// host connects to the host that the flags say. The caller closes it.
func (a *app) host(ctx context.Context, f *libvirtFlags) (*libvirtctl.Host, error) {
	conf, err := loadConfig(configPath())
	if err != nil {
		return nil, err
	}
	return libvirtctl.Connect(ctx, conf.uri(f.connect), a.hostOptions(f))
}

// hostOptions are how the flags say to connect. Only on a terminal there is
// somebody to ask.
func (a *app) hostOptions(f *libvirtFlags) *libvirtctl.Options {
	o := &libvirtctl.Options{
		ReadOnly: f.readOnly, NoAliases: f.noAliases, AuthFile: f.authFile, SSHConfig: f.sshConfig, Log: a.log,
	}
	if !a.unattended && term.IsTerminal(int(a.in.Fd())) {
		o.Ask = a.answer
	}
	return o
}

// answer asks a person what a host wants to know.
func (a *app) answer(ctx context.Context, q libvirtctl.Question) (string, error) {
	prompt := oneLine(q.Text)
	if q.Secret {
		return a.password.ask(ctx, prompt)
	}
	fmt.Fprint(a.errs, prompt)
	type line struct {
		text string
		err  error
	}
	lines := make(chan line, 1)
	go func() { // it cannot be interrupted, but outlive us
		text, err := bufio.NewReader(a.in).ReadString('\n')
		lines <- line{strings.TrimSpace(text), err}
	}()
	select {
	case l := <-lines:
		return l.text, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// withDomain connects, finds a domain by its name, UUID or id, and works with
// it.
func (a *app) withDomain(ctx context.Context, f *libvirtFlags, which string, work func(context.Context, *libvirtctl.Domain) error) error {
	h, err := a.host(ctx, f)
	if err != nil {
		return err
	}
	defer h.Close()
	d, err := h.Domain(ctx, which)
	if err != nil {
		return err
	}
	return work(ctx, d)
}
