//go:build lab

package main_test

import (
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl"
)

// wrongUsage and connectionLost are exit codes of the program.
const (
	otherFailure   = 1
	wrongUsage     = 2
	connectionLost = 6
)

// refuses runs saffron and expects an exit code and words in what it says.
func refuses(t *testing.T, code int, says string, env []string, args ...string) {
	t.Helper()
	r := saffronWith(t, env, args...)
	if r.code != code || !strings.Contains(r.stderr, says) {
		t.Errorf("saffron %s: exit code %d, want %d, and a message with %q; it said\n%s", strings.Join(args, " "), r.code, code, says, r.stderr)
	}
}

// seesWork expects saffron to see the host's domain "work".
func seesWork(t *testing.T, env []string, args ...string) {
	t.Helper()
	args = append([]string{"dominfo", "work"}, args...)
	if r := saffronWith(t, env, args...); r.code != 0 || !strings.Contains(r.stdout, "shut off") {
		t.Errorf("saffron %s: exit code %d, %q\n%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
}

// connectTo opens a connection until the test ends.
func connectTo(t *testing.T, uri string, o *libvirtctl.Options) *libvirtctl.Host {
	t.Helper()
	h, err := libvirtctl.Connect(t.Context(), uri, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestLabLibvirtUnix(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	seesWork(t, nil, "-c", h.uri)
	readOnly := strings.Replace(h.uri, "libvirt-sock", "libvirt-sock-ro", 1)
	for _, uri := range []string{h.uri, readOnly} {
		seesWork(t, nil, "--readonly", "-c", uri)
		host := connectTo(t, uri, &libvirtctl.Options{ReadOnly: true})
		d, err := host.Domain(t.Context(), "work")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.XML(t.Context(), libvirtctl.XMLSecure); !libvirtctl.IsCode(err, libvirtctl.CodeOperationDenied) {
			t.Errorf("%s: passwords over a read-only connection: %v", uri, err)
		}
	}
	refuses(t, otherFailure, "read-only", nil, "start", "--readonly", "-c", h.uri, "work")
	// The test driver, as a daemon serves it.
	test := strings.Replace(h.uri, "qemu:///system", "test:///default", 1)
	if out := succeed(t, "dominfo", "-c", test, "test").stdout; !strings.Contains(out, "running") {
		t.Errorf("the test driver's domain is %q", out)
	}
	refuses(t, connectFailed, "No libvirt daemon listens there", nil, "dominfo", "-c", "qemu:///system?socket="+h.dir+"/nothing", "work")
	refuses(t, connectFailed, "connect to nosuch:///system", nil, "dominfo", "-c", strings.Replace(h.uri, "qemu:", "nosuch:", 1), "work")
	refuses(t, wrongUsage, "three slashes", nil, "dominfo", "-c", "qemu://system", "work")
}

// TestLabLibvirtOpenGraphics speaks SPICE over a descriptor that libvirt has
// passed, to a domain that listens nowhere.
func TestLabLibvirtOpenGraphics(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{graphics: `<graphics type='spice'><listen type='none'/></graphics>`})
	host := connectTo(t, h.uri, nil)
	d, err := host.Domain(t.Context(), "work")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := host.OpenGraphics(t.Context(), d, 0, true); !libvirtctl.IsCode(err, libvirtctl.CodeOperationInvalid) {
		t.Errorf("graphics of a domain that does not run: %v", err)
	}
	h.virsh(t, "start", "work")
	if _, err := host.OpenGraphics(t.Context(), d, 1, true); err == nil {
		t.Error("a second graphics, which is not there")
	}
	for range 3 { // one after the other over the same connection to libvirt
		conn, err := host.OpenGraphics(t.Context(), d, 0, true)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		// A link header of the main channel, without capabilities.
		hello := []byte("REDQ\x02\x00\x00\x00\x02\x00\x00\x00\x12\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x12\x00\x00\x00")
		answer := make([]byte, 4)
		if _, err := conn.Write(hello); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "REDQ" {
			t.Errorf("the answer to a link header: %q, %v", answer, err)
		}
		conn.Close()
	}
}

// TestLabLibvirtRestart ends libvirtd under a connection.
func TestLabLibvirtRestart(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	h.virsh(t, "start", "work")
	up, lost := make(chan *libvirtctl.Host, 10), make(chan error, 10)
	ctx := t.Context()
	go libvirtctl.Keep(ctx, h.uri, nil, libvirtctl.Keeper{
		Up: func(h *libvirtctl.Host) { up <- h }, Down: func(err error, _ time.Duration) { lost <- err },
	})
	first := <-up
	h.kill(t)
	select {
	case <-first.Lost():
	case <-time.After(patience):
		t.Fatal("the end of libvirtd is not noticed")
	}
	if err := <-lost; err == nil {
		t.Error("the loss has no cause")
	}
	if _, err := first.Domains(ctx); err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("a call after the loss: %v", err)
	}
	h.start(t, libvirtConfig{})
	select {
	case again := <-up:
		d, err := again.Domain(ctx, "work")
		if err != nil {
			t.Fatal(err)
		}
		if s, err := d.State(ctx); s != libvirtctl.Running || err != nil {
			t.Errorf("after the restart the domain is %v, %v", s, err)
		}
	case <-time.After(patience):
		t.Fatal("the connection is not made again")
	}
}

// kill ends libvirtd at once, and not its domains.
func (h *libvirtHost) kill(t *testing.T) {
	t.Helper()
	pid, err := os.ReadFile(filepath.Join(h.dir, "run", "libvirtd.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("kill", "-9", strings.TrimSpace(string(pid))).CombinedOutput(); err != nil {
		t.Fatalf("kill: %v\n%s", err, out)
	}
}

// startTLS starts a host that listens for TLS and TCP.
func startTLS(t *testing.T, more string, env ...string) (h *libvirtHost, good *authority, tlsPort, tcpPort int) {
	good = newAuthority(t, "Lab")
	dir := t.TempDir()
	good.issue(t, dir, "localhost", "")
	tlsPort, tcpPort = freePort(t), freePort(t)
	h = startLibvirt(t, libvirtConfig{options: "--listen", env: env, libvirtd: fmt.Sprintf(`listen_tls = 1
listen_tcp = 1
listen_addr = "127.0.0.1"
tls_port = "%d"
tcp_port = "%d"
ca_file = "%s/ca-cert.pem"
cert_file = "%[3]s/server-cert.pem"
key_file = "%[3]s/server-key.pem"
%s
`, tlsPort, tcpPort, dir, more)})
	h.define(t, "work", domainConfig{})
	return h, good, tlsPort, tcpPort
}

// pki writes what a client wants into a folder. own signs the client's
// certificate; if nil there is none.
func (a *authority) pki(t *testing.T, own *authority) string {
	dir := t.TempDir()
	writePEM(t, filepath.Join(dir, "cacert.pem"), "CERTIFICATE", a.cert.Raw)
	if own != nil {
		template := certificate("Lab", "client")
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		_, key := sign(t, template, own, filepath.Join(dir, "clientcert.pem"))
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		writePEM(t, filepath.Join(dir, "clientkey.pem"), "PRIVATE KEY", der)
	}
	return dir
}

func TestLabLibvirtTLS(t *testing.T) {
	t.Parallel()
	_, good, port, tcp := startTLS(t, `auth_tcp = "none"`)
	other := newAuthority(t, "Other")
	at := func(host, dir, more string) string {
		return fmt.Sprintf("qemu+tls://%s:%d/system?pkipath=%s%s", host, port, dir, more)
	}
	mine := good.pki(t, good)
	seesWork(t, nil, "-c", at("localhost", mine, ""))
	seesWork(t, nil, "-c", strings.Replace(at("localhost", mine, ""), "qemu+tls", "qemu", 1))
	seesWork(t, nil, "-c", fmt.Sprintf("qemu+tcp://127.0.0.1:%d/system", tcp))
	refuses(t, connectFailed, "certificate signed by unknown authority", nil, "dominfo", "work", "-c", at("localhost", other.pki(t, good), ""))
	seesWork(t, nil, "-c", at("localhost", other.pki(t, good), "&no_verify=1"))
	refuses(t, connectFailed, "cannot validate certificate for 127.0.0.1", nil, "dominfo", "work", "-c", at("127.0.0.1", mine, ""))
	refuses(t, loginFailed, "client certificate that it trusts", nil, "dominfo", "work", "-c", at("localhost", good.pki(t, nil), ""))
	refuses(t, loginFailed, "client certificate that it trusts", nil, "dominfo", "work", "-c", at("localhost", good.pki(t, other), ""))
	refuses(t, connectFailed, "cacert.pem", nil, "dominfo", "work", "-c", at("localhost", t.TempDir(), ""))
	refuses(t, connectFailed, "", nil, "dominfo", "work", "-c", fmt.Sprintf("qemu+tls://127.0.0.1:%d/system?pkipath=%s", tcp, mine))
	refuses(t, connectFailed, "refused", nil, "dominfo", "work", "-c", fmt.Sprintf("qemu+tcp://127.0.0.1:%d/system", freePort(t)))
}

func TestLabLibvirtSASL(t *testing.T) {
	t.Parallel()
	need(t, "saslpasswd2")
	dir := t.TempDir()
	db := filepath.Join(dir, "users")
	add := exec.Command("saslpasswd2", "-p", "-a", "libvirt", "-f", db, "fred")
	add.Stdin = strings.NewReader("open sesame")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("saslpasswd2: %v\n%s", err, out)
	}
	for _, mechanism := range []string{"scram-sha-256", "plain"} {
		t.Run(mechanism, func(t *testing.T) {
			conf := t.TempDir()
			write(t, filepath.Join(conf, "libvirt.conf"), "mech_list: "+mechanism+"\nsasldb_path: "+db+"\n")
			h, good, port, tcp := startTLS(t, "auth_tcp = \"sasl\"\nauth_tls = \"sasl\"\n", "SASL_CONF_PATH="+conf)
			_ = h
			uri := fmt.Sprintf("qemu+tls://localhost:%d/system?pkipath=%s", port, good.pki(t, good))
			right, wrong, unknown := filepath.Join(dir, "right"), filepath.Join(dir, "wrong"), filepath.Join(dir, "unknown")
			const auth = "[credentials-lab]\nauthname=fred\npassword=%s\n[auth-libvirt-%s]\ncredentials=lab\n"
			write(t, right, fmt.Sprintf(auth, "open sesame", "localhost"))
			write(t, wrong, fmt.Sprintf(auth, "close sesame", "default"))
			write(t, unknown, fmt.Sprintf(auth, "open sesame", "elsewhere"))
			seesWork(t, nil, "-c", uri, "--libvirt-auth-file", right)
			seesWork(t, nil, "-c", uri+"&authfile="+right)
			seesWork(t, []string{"LIBVIRT_AUTH_FILE=" + right}, "-c", uri)
			refuses(t, loginFailed, "authentication failed", nil, "dominfo", "work", "-c", uri, "--libvirt-auth-file", wrong)
			refuses(t, loginFailed, "auth.conf", nil, "dominfo", "work", "-c", uri, "--libvirt-auth-file", unknown)
			refuses(t, loginFailed, "", nil, "dominfo", "work", "-c", fmt.Sprintf("qemu+tcp://localhost:%d/system", tcp), "--libvirt-auth-file", right)
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLabLibvirtSilent has a host that accepts and says nothing.
func TestLabLibvirtSilent(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	_, err = libvirtctl.Connect(t.Context(), "qemu:///system?socket="+path, &libvirtctl.Options{ConnectTimeout: 300 * time.Millisecond})
	if err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}
