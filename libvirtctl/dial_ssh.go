package libvirtctl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"saffron/libvirtctl/tunnel"
)

// A far is the far end of an ssh connection. A nil far is none.
type far struct{ client *tunnel.Client }

func (f *far) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return f.client.Dial(ctx, network, address)
}

func (f *far) ended() context.Context { return f.client.Done() }

func (f *far) close() {
	if f != nil {
		f.client.Close()
	}
}

// overSSH connects to the daemon through the host's ssh server: to its socket,
// or where that is not forwarded, by a program of libvirt's on the far host.
func (d *dialer) overSSH(ctx context.Context) (net.Conn, error) {
	config, err := d.sshConfig()
	if err != nil {
		return nil, err
	}
	client, err := tunnel.Dial(ctx, config)
	if err != nil {
		return nil, err
	}
	d.far = &far{client}
	proxy := cmp.Or(d.target.Param("proxy"), d.conf.Proxy, "auto")
	if proxy == "auto" {
		for _, socket := range d.farSockets() {
			conn, err := client.Dial(ctx, "unix", socket)
			if err == nil {
				return conn, nil
			}
			var refused *tunnel.RefusedError
			if !errors.As(err, &refused) {
				return nil, err
			}
			d.options.Log.Debug("the daemon's socket cannot be reached directly", "socket", socket, "err", err)
		}
	}
	command, err := d.farCommand(proxy)
	if err != nil {
		return nil, err
	}
	return client.Run(ctx, command)
}

// sshConfig is what the URI says of the ssh connection.
func (d *dialer) sshConfig() (tunnel.Config, error) {
	u := d.target
	c := tunnel.Config{
		Host: u.Host, Port: u.Port, User: u.User, KeyFile: u.Param("keyfile"), KnownHosts: u.Param("known_hosts"),
		ConfigFile: d.options.SSHConfig, Log: d.options.Log,
	}
	if u.Param("command") != "" {
		return c, errors.New("command= names an ssh program, and Saffron needs none: leave it out")
	}
	silent, err := u.Switch("no_tty")
	if err != nil {
		return c, err
	}
	if ask := d.options.Ask; ask != nil && !silent {
		c.Ask = func(ctx context.Context, text string, secret bool) (string, error) {
			return ask(ctx, Question{Text: text, Secret: secret})
		}
	}
	if methods := u.Param("sshauth"); methods != "" {
		c.Methods = strings.Split(strings.ToLower(methods), ",")
	}
	anyone, err := u.Switch("no_verify")
	if err != nil {
		return c, err
	}
	switch verify := cmp.Or(u.Param("known_hosts_verify"), "normal"); {
	case anyone || verify == "ignore":
		c.HostKeys = tunnel.HostKeysIgnore
	case verify == "auto":
		c.HostKeys = tunnel.HostKeysAccept
	case verify != "normal":
		return c, fmt.Errorf("known_hosts_verify %q is not one of normal, auto, ignore", verify)
	}
	return c, nil
}

// farSockets are where the daemon of the far host may listen, the likeliest
// first. Where those of a session are, only the far host knows.
func (d *dialer) farSockets() []string {
	if socket := d.target.Param("socket"); socket != "" {
		return []string{socket}
	}
	if d.target.Session() {
		return nil
	}
	direct := "/var/run/libvirt/virt" + d.target.Driver + "d-sock" + d.readOnlySuffix()
	legacy := "/var/run/libvirt/libvirt-sock" + d.readOnlySuffix()
	switch cmp.Or(d.target.Param("mode"), d.conf.Mode, "auto") {
	case "direct":
		return []string{direct}
	case "legacy":
		return []string{legacy}
	}
	return []string{direct, legacy}
}

func (d *dialer) readOnlySuffix() string {
	if d.options.ReadOnly {
		return "-ro"
	}
	return ""
}

// farCommand is what connects to the daemon on the far host: virt-ssh-helper,
// which knows where it listens, or nc.
func (d *dialer) farCommand(proxy string) (string, error) {
	helper := "virt-ssh-helper " + quote(d.target.Daemon())
	if d.options.ReadOnly {
		helper = "virt-ssh-helper -r " + quote(d.target.Daemon())
	}
	socket := d.target.Param("socket")
	if socket == "" && !d.target.Session() {
		sockets := d.farSockets()
		socket = sockets[len(sockets)-1]
	}
	nc := quote(cmp.Or(d.target.Param("netcat"), "nc"))
	// Some need to be told to end with their input.
	netcat := fmt.Sprintf(`if %s -q 2>&1 | grep "requires an argument" >/dev/null 2>&1; then ARG=-q0; else ARG=; fi; exec %s $ARG -U %s`, nc, nc, quote(socket))
	var script string
	switch {
	case proxy == "native" && d.target.Param("socket") != "":
		return "", errors.New("proxy=native finds the socket itself: leave out socket=, or use proxy=netcat")
	case proxy == "native":
		script = "exec " + helper
	case proxy == "netcat" && socket == "":
		return "", errors.New("where a session's daemon listens is not known here: use proxy=native, or name it with socket=")
	case proxy == "netcat" || d.target.Param("socket") != "" || d.target.Param("netcat") != "":
		script = netcat
	case socket == "":
		script = "exec " + helper
	default:
		script = "if command -v virt-ssh-helper >/dev/null 2>&1; then exec " + helper + "; fi; " + netcat
	}
	return "sh -c " + quote(script), nil
}

// quote makes a word for a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
