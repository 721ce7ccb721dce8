package libvirtctl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// idleDaemon is after how many seconds without clients and domains a daemon
// ends that was started here.
const idleDaemon = "--timeout=120"

// autostart starts the user's own daemon and connects to its socket.
func (d *dialer) autostart(ctx context.Context, socket string) (net.Conn, error) {
	program, err := d.daemonFor(socket)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, idleDaemon)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	d.options.Log.Info("started libvirt's daemon", "program", program)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		var n net.Dialer
		conn, err := n.DialContext(ctx, "unix", socket)
		if err == nil {
			return conn, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case e := <-ended: // perhaps because another client was faster
			if e != nil {
				err = fmt.Errorf("%s has ended (%w)", program, e)
			}
			if conn, again := n.DialContext(ctx, "unix", socket); again == nil {
				return conn, nil
			}
			return nil, err
		case <-ctx.Done():
			return nil, fmt.Errorf("%s was started, but does not listen: %w", program, err)
		}
	}
}

// daemonFor finds the daemon that listens on a socket: virtqemud-sock is
// virtqemud's, libvirt-sock is libvirtd's.
func (d *dialer) daemonFor(socket string) (string, error) {
	name := strings.TrimSuffix(filepath.Base(socket), "-sock")
	variable := "VIRTD_PATH"
	if name == "libvirt" {
		name, variable = "libvirtd", "LIBVIRTD_PATH"
	}
	if path := d.resolver.Getenv(variable); path != "" {
		return path, nil
	}
	for _, try := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(try); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no daemon listens on " + socket + ", and " + name + " is not installed: install libvirt's daemon, or name another host with -c")
}
