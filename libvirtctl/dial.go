package libvirtctl

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"saffron/libvirtctl/rpc"
	"saffron/libvirtctl/tunnel"
	"saffron/libvirtctl/uri"
)

// Ports where daemons listen.
const (
	portTCP = 16509
	portTLS = 16514
)

// A dialer makes one connection.
type dialer struct {
	resolver *uri.Resolver
	options  *Options
	target   *uri.URI
	conf     *uri.Conf
	far      *far // set by the transports over ssh
}

// dial opens the transport to the daemon.
func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	switch {
	case d.target.SSH():
		return d.overSSH(ctx)
	case d.target.Transport == "tls":
		return d.overTLS(ctx)
	case d.target.Transport == "tcp":
		return d.overTCP(ctx, portTCP)
	case d.target.Transport == "unix":
		return d.local(ctx)
	}
	return nil, fmt.Errorf("the transport %s runs a program of your own, which Saffron does not: use ssh", d.target.Transport)
}

func (d *dialer) overTCP(ctx context.Context, port int) (net.Conn, error) {
	if d.target.Port != 0 {
		port = d.target.Port
	}
	// A peer that is gone is noticed by libvirt's own keepalive.
	n := net.Dialer{KeepAlive: 30 * time.Second}
	return n.DialContext(ctx, "tcp", net.JoinHostPort(d.target.Host, strconv.Itoa(port)))
}

// local connects to a daemon of this machine, and starts the user's own one if
// it does not run.
func (d *dialer) local(ctx context.Context) (net.Conn, error) {
	socket := d.resolver.Socket(d.target, d.conf, d.options.ReadOnly, exists)
	var n net.Dialer
	conn, err := n.DialContext(ctx, "unix", socket)
	if err == nil || !d.resolver.Own(d.target) || d.target.Param("socket") != "" || d.resolver.Getenv("LIBVIRT_AUTOSTART") == "0" ||
		!errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
		return conn, err
	}
	return d.autostart(ctx, socket)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// failed makes an error that tells the user what failed and what to do.
func (d *dialer) failed(ctx context.Context, stage Stage, err error) error {
	e := &ConnectError{URI: d.target.String(), Stage: stage, Err: err}
	if ctx.Err() != nil {
		e.Err = context.Cause(ctx)
		return e
	}
	var (
		refused *rpc.Error
		login   *rpc.AuthError
		ssh     *tunnel.AuthError
		key     *tunnel.HostKeyError
		signer  x509.UnknownAuthorityError
		name    x509.HostnameError
		client  *certificateError
	)
	if errors.As(err, &refused) {
		e.Err = &Error{Op: "connect to " + e.URI, Code: Code(refused.Code), Message: refused.Message}
	}
	switch {
	case errors.As(err, &ssh):
		e.Stage, e.Hint = StageAuth, ssh.Hint
	case errors.As(err, &login):
		e.Stage, e.Hint = StageAuth, loginHint(refused)
	case errors.As(err, &key):
		e.Hint = key.Hint()
	case errors.As(err, &signer), errors.As(err, &name):
		e.Hint = "The certificate authority that signs the daemons' certificates is read from cacert.pem, in ~/.pki/libvirt, /etc/pki/CA or pkipath=; no_verify=1 in the URI takes any certificate."
	case errors.As(err, &client):
		e.Stage, e.Hint = StageAuth, clientCertificateHint
	default:
		e.Hint = d.localHint(err)
	}
	return e
}

const clientCertificateHint = "The daemon wants a client certificate that it trusts: clientcert.pem and clientkey.pem, in ~/.pki/libvirt, /etc/pki/libvirt (the key in private/) or pkipath=."

func loginHint(refused *rpc.Error) string {
	if refused != nil && Code(refused.Code) == CodeAuthUnavailable {
		return "polkit would have to ask, and there is nobody to answer: join the group libvirt, or connect read-only with --readonly."
	}
	return "User names and passwords are read from auth.conf (--libvirt-auth-file, LIBVIRT_AUTH_FILE, ~/.config/libvirt or /etc/libvirt), or asked for on a terminal."
}

// localHint says how a daemon of this machine gets ready.
func (d *dialer) localHint(err error) string {
	switch {
	case d.target.Transport != "unix":
		return ""
	case errors.Is(err, fs.ErrPermission):
		return "Join the group libvirt, or connect read-only with --readonly."
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return "No libvirt daemon listens there. Start one (systemctl start libvirtd, or virtqemud), or name another host with -c, such as qemu+ssh://host/system."
	}
	return ""
}
