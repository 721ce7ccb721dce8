//go:build lab

package main_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl"
)

// An sshHost is a libvirt host with an ssh server of its own, and a user.
type sshHost struct {
	*libvirtHost
	port  int
	home  string // the user's
	key   string // private key file that the server accepts
	other string // one that it does not know
}

// startSSH starts an ssh server that sees the host's daemon where daemons
// usually are.
func startSSH(t *testing.T, h *libvirtHost, config string) *sshHost {
	t.Helper()
	need(t, "sshd", "ssh-keygen", "ssh-agent", "ssh-add", "nc", "virt-ssh-helper")
	dir := t.TempDir()
	s := &sshHost{libvirtHost: h, port: freePort(t), home: dir, key: filepath.Join(dir, "key"), other: filepath.Join(dir, "other")}
	if err := os.Mkdir(filepath.Join(dir, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	keygen(t, s.key, "")
	keygen(t, s.other, "")
	keygen(t, filepath.Join(dir, "host"), "")
	write(t, filepath.Join(dir, "sshd_config"), fmt.Sprintf(`Port %d
ListenAddress 127.0.0.1
HostKey %s/host
AuthorizedKeysFile %[2]s/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
%s
`, s.port, dir, config))
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		t.Fatal(err)
	}
	const script = `mkdir -p /run/sshd /run/libvirt; mount --make-rprivate /; mount --bind "$0" /run/libvirt; exec "$1" -D -e -f "$2"`
	p := start(t, nil, "unshare", "-m", "bash", "-c", script, filepath.Join(h.dir, "run"), sshd, filepath.Join(dir, "sshd_config"))
	listening(t, p, "tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	s.know(t, "host.pub")
	return s
}

func keygen(t *testing.T, file, passphrase string) {
	t.Helper()
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
}

// know makes a key the one that the user knows of the server; "" is none.
func (s *sshHost) know(t *testing.T, name string) {
	t.Helper()
	line := ""
	if name != "" {
		key, err := os.ReadFile(filepath.Join(s.home, name))
		if err != nil {
			t.Fatal(err)
		}
		line = fmt.Sprintf("[127.0.0.1]:%d %s", s.port, key)
	}
	write(t, filepath.Join(s.home, ".ssh", "known_hosts"), line)
}

// env is the user's environment.
func (s *sshHost) env(more ...string) []string {
	return append([]string{"HOME=" + s.home, "SSH_AUTH_SOCK="}, more...)
}

// at returns a URI with parameters.
func (s *sshHost) at(params string) string {
	return fmt.Sprintf("qemu+ssh://root@127.0.0.1:%d/system?%s", s.port, params)
}

func TestLabLibvirtSSH(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	s := startSSH(t, h, "")
	key := "keyfile=" + s.key
	seesWork(t, s.env(), "-c", s.at(key))
	seesWork(t, s.env(), "--readonly", "-c", s.at(key))
	seesWork(t, s.env(), "-c", s.at(key+"&socket="+h.dir+"/run/libvirt-sock"))
	for _, proxy := range []string{"native", "netcat"} {
		seesWork(t, s.env(), "-c", s.at(key+"&proxy="+proxy))
	}
	refuses(t, loginFailed, "does not let root in", s.env(), "dominfo", "work", "-c", s.at("keyfile="+s.other))
	refuses(t, loginFailed, "ssh-add", s.env(), "dominfo", "work", "-c", s.at(""))
	refuses(t, connectFailed, "No such file", s.env(), "dominfo", "work", "-c", s.at(key+"&socket=/nothing"))
	refuses(t, connectFailed, "refused", s.env(), "dominfo", "work", "-c", fmt.Sprintf("qemu+ssh://127.0.0.1:%d/system", freePort(t)))

	s.know(t, "")
	refuses(t, connectFailed, "is not known: it has ssh-ed25519 SHA256:", s.env(), "dominfo", "work", "-c", s.at(key))
	seesWork(t, s.env(), "-c", s.at(key+"&no_verify=1"))
	s.know(t, "other.pub")
	refuses(t, connectFailed, "has changed", s.env(), "dominfo", "work", "-c", s.at(key))
	s.know(t, "")
	libssh := strings.Replace(s.at(key+"&known_hosts_verify=auto"), "qemu+ssh", "qemu+libssh", 1)
	seesWork(t, s.env(), "-c", libssh)
	seesWork(t, s.env(), "-c", s.at(key)) // it has been stored
}

// TestLabLibvirtSSHConfig has a host that is an alias of a configuration file,
// keys in an agent, and a way through another host.
func TestLabLibvirtSSHConfig(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	s := startSSH(t, h, "")
	write(t, filepath.Join(s.home, ".ssh", "config"), fmt.Sprintf(`
Host desk
  HostName 127.0.0.1
  Port %d
  User root
  IdentityFile %s
Host behind
  HostName 127.0.0.1
  Port %[1]d
  User root
  ProxyJump desk
  IdentityFile %[2]s
Host round
  HostName 127.0.0.1
  ProxyJump round2
Host round2
  HostName 127.0.0.1
  ProxyJump round
Match user nobody
  Port 1
Host plain
  HostName 127.0.0.1
  Port %[1]d
  User root
`, s.port, s.key))
	seesWork(t, s.env(), "-c", "qemu+ssh://desk/system")
	seesWork(t, s.env(), "-c", "qemu+ssh://behind/system")
	refuses(t, connectFailed, "more than 8 hosts", s.env(), "dominfo", "work", "-c", "qemu+ssh://round/system")
	refuses(t, loginFailed, "does not let root in", s.env(), "dominfo", "work", "-c", "qemu+ssh://plain/system")

	socket := filepath.Join(s.home, "agent")
	agent := start(t, nil, "ssh-agent", "-D", "-a", socket)
	listening(t, agent, "unix", socket)
	add := exec.Command("ssh-add", s.key)
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v\n%s", err, out)
	}
	seesWork(t, s.env("SSH_AUTH_SOCK="+socket), "-c", "qemu+ssh://plain/system")
}

// TestLabLibvirtSSHForbidden has a server that forwards to no sockets: programs
// of the far host take over.
func TestLabLibvirtSSHForbidden(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	s := startSSH(t, h, "AllowStreamLocalForwarding no\nAllowTcpForwarding no")
	key := "keyfile=" + s.key
	seesWork(t, s.env(), "-c", s.at(key))
	seesWork(t, s.env(), "--readonly", "-c", s.at(key))
	seesWork(t, s.env(), "-c", s.at(key+"&socket="+h.dir+"/run/libvirt-sock"))
	refuses(t, connectFailed, "netcat-of-another-name", s.env(), "dominfo", "work", "-c", s.at(key+"&netcat=netcat-of-another-name"))
}

// TestLabLibvirtSSHFar connects to a console through the ssh connection of the
// host, by TCP and by a unix socket.
func TestLabLibvirtSSHFar(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	socket := filepath.Join(h.dir, "console")
	h.define(t, "tcp", domainConfig{})
	h.define(t, "unix", domainConfig{graphics: "<graphics type='spice'><listen type='socket' socket='" + socket + "'/></graphics>"})
	h.virsh(t, "start", "tcp")
	h.virsh(t, "start", "unix")
	s := startSSH(t, h, "")
	config := filepath.Join(s.home, "config")
	write(t, config, "Host *\nUserKnownHostsFile "+s.home+"/.ssh/known_hosts\nIdentityAgent none\n")
	host := connectTo(t, s.at("keyfile="+s.key), &libvirtctl.Options{SSHConfig: config})
	if !host.OverSSH() || host.RemoteName() != "127.0.0.1" {
		t.Errorf("over ssh: %v, at %q", host.OverSSH(), host.RemoteName())
	}
	port := strings.TrimPrefix(h.virsh(t, "domdisplay", "tcp"), "spice://")
	for network, address := range map[string]string{"tcp": port, "unix": socket} {
		conn, err := host.DialFar(t.Context(), network, address)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		io.WriteString(conn, "REDQ\x02\x00\x00\x00\x02\x00\x00\x00\x12\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x12\x00\x00\x00")
		answer := make([]byte, 4)
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "REDQ" {
			t.Errorf("%s: the answer to a link header: %q, %v", network, answer, err)
		}
		conn.Close()
	}
	if _, err := host.DialFar(t.Context(), "unix", "/nothing"); err == nil {
		t.Error("a socket that is not there")
	}
	d, err := host.Domain(t.Context(), "tcp")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.OpenGraphics(t.Context(), d, 0, true); err == nil || !strings.Contains(err.Error(), "this machine only") {
		t.Errorf("a descriptor through ssh: %v", err)
	}
	host.Close()
	select {
	case <-host.Lost():
	case <-time.After(patience):
		t.Error("a closed host is not lost")
	}
}
