package libvirtctl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"saffron/libvirtctl/auth"
	"saffron/libvirtctl/rpc"
)

// sasl chooses how to log in, and with which credentials.
func (d *dialer) sasl(ctx context.Context, offered []string) (rpc.Mechanism, error) {
	only := ""
	if rest, ok := strings.CutPrefix(d.target.Param("auth"), "sasl."); ok {
		only = rest
	}
	name, err := auth.Choose(offered, d.target.Transport != "tcp", only)
	if err != nil {
		return nil, err
	}
	c, err := d.credentials(ctx)
	if err != nil {
		return nil, err
	}
	return auth.New(name, c)
}

// credentials are those of auth.conf, and what is missing there is asked for.
func (d *dialer) credentials(ctx context.Context) (auth.Credentials, error) {
	host := cmp.Or(d.target.Host, "localhost")
	c, err := d.stored(host)
	if err != nil {
		return c, err
	}
	if c.User == "" {
		c.User = d.target.User
	}
	ask := d.options.Ask
	if ask == nil && (c.User == "" || c.Password == "") {
		return c, errors.New("the daemon wants a user name and a password, and auth.conf has none for " + host)
	}
	if c.User == "" {
		if c.User, err = ask(ctx, Question{Text: fmt.Sprintf("User name for libvirt on %s: ", host)}); err != nil {
			return c, err
		}
	}
	if c.Password == "" {
		c.Password, err = ask(ctx, Question{Text: fmt.Sprintf("Password of %s for libvirt on %s: ", c.User, host), Secret: true})
	}
	return c, err
}

// stored reads auth.conf.
func (d *dialer) stored(host string) (auth.Credentials, error) {
	file, must := d.authFile()
	text, err := d.resolver.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return auth.Credentials{}, nil
	}
	if err != nil {
		return auth.Credentials{}, err
	}
	conf, err := auth.ParseConf(file, text)
	if err != nil {
		return auth.Credentials{}, err
	}
	return conf.Lookup(file, "libvirt", host)
}

// authFile is where auth.conf is. One that was named must be there.
func (d *dialer) authFile() (file string, must bool) {
	if file = cmp.Or(d.options.AuthFile, d.resolver.Getenv("LIBVIRT_AUTH_FILE"), d.target.Param("authfile")); file != "" {
		return file, true
	}
	own := filepath.Join(d.resolver.ConfigDir(), "auth.conf")
	if _, err := d.resolver.ReadFile(own); !errors.Is(err, fs.ErrNotExist) {
		return own, false
	}
	return "/etc/libvirt/auth.conf", false
}
