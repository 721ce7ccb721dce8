//go:build lab

package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/spice"
)

// Exit codes of the program.
const (
	connectFailed = 3
	loginFailed   = 4
)

// fails runs `saffron info` and expects an exit code and words in what it says.
func fails(t *testing.T, code int, says string, env []string, args ...string) {
	t.Helper()
	r := saffronWith(t, env, append([]string{"info"}, args...)...)
	if r.code != code || !strings.Contains(strings.ToLower(r.stderr), strings.ToLower(says)) {
		t.Errorf("saffron info %s: exit code %d, want %d, and a message with %q; it said\n%s",
			strings.Join(args, " "), r.code, code, says, r.stderr)
	}
}

func TestLabTicket(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: "password-secret=s", args: []string{"-object", "secret,id=s,data=correct horse"}})
	m.guest.text(t, false)
	right, wrong := []string{"SAFFRON_PASSWORD=correct horse"}, []string{"SAFFRON_PASSWORD=battery staple"}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	agree(t, "with the password", func() *image.RGBA { return screenshot(t, m.uri, "--password-file", file) },
		func() *image.RGBA { return m.screen(t) })
	if r := saffronWith(t, right, "info", m.uri); r.code != 0 {
		t.Errorf("the right password in the environment: exit code %d\n%s", r.code, r.stderr)
	}
	fails(t, loginFailed, "password", wrong, m.uri)
	fails(t, loginFailed, "password", nil, m.uri)
	m.qmp.do(t, "expire_password", map[string]any{"protocol": "spice", "time": "now"}, nil)
	fails(t, loginFailed, "password", right, m.uri)
}

func TestLabTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t, "Lab"), newAuthority(t, "Stranger")
	dir := t.TempDir()
	ours.issue(t, dir, "vm.lab", "127.0.0.1")
	tlsPort := freePort(t)
	m := startMachine(t, machineConfig{spice: fmt.Sprintf("tls-port=%d,x509-dir=%s", tlsPort, dir)})
	m.guest.text(t, false)
	secure := fmt.Sprintf("spice+tls://127.0.0.1:%d", tlsPort)
	both := fmt.Sprintf("spice://127.0.0.1?port=%d&tls-port=%d", m.port, tlsPort)
	truth := func() *image.RGBA { return m.screen(t) }

	for name, args := range map[string][]string{
		"the authority":   {secure, "--spice-ca-file", ours.file},
		"the subject":     {secure, "--spice-ca-file", ours.file, "--spice-host-subject", "O=Lab,CN=vm.lab"},
		"both ports":      {both, "--spice-ca-file", ours.file},
		"secure channels": {both, "--spice-ca-file", ours.file, "--spice-secure-channels", "all"},
	} {
		agree(t, "trusting "+name, func() *image.RGBA { return screenshot(t, args...) }, truth)
	}
	fails(t, connectFailed, "certificate", nil, secure, "--spice-ca-file", theirs.file)
	fails(t, connectFailed, "certificate", nil, secure)
	fails(t, connectFailed, "subject", nil, secure, "--spice-ca-file", ours.file, "--spice-host-subject", "O=Lab,CN=other.lab")
}

// TestLabTLSNames connects by a name that the certificate does not have.
func TestLabTLSNames(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t, "Lab")
	dir := t.TempDir()
	ours.issue(t, dir, "vm.lab", "")
	tlsPort := freePort(t)
	startMachine(t, machineConfig{spice: fmt.Sprintf("tls-port=%d,x509-dir=%s", tlsPort, dir)})
	secure := fmt.Sprintf("spice+tls://127.0.0.1:%d", tlsPort)
	fails(t, connectFailed, "127.0.0.1", nil, secure, "--spice-ca-file", ours.file)
	succeed(t, "info", secure, "--spice-ca-file", ours.file, "--spice-host-subject", "O=Lab,CN=vm.lab")
}

// TestLabNeedSecured meets a server that takes some channels only encrypted.
func TestLabNeedSecured(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t, "Lab")
	dir := t.TempDir()
	ours.issue(t, dir, "vm.lab", "127.0.0.1")
	tlsPort := freePort(t)
	for _, channels := range []string{"tls-channel=main", "tls-channel=main,tls-channel=display,tls-channel=inputs"} {
		m := startMachine(t, machineConfig{spice: fmt.Sprintf("tls-port=%d,x509-dir=%s,%s", tlsPort, dir, channels)})
		m.guest.text(t, false)
		both := fmt.Sprintf("spice://127.0.0.1?port=%d&tls-port=%d", m.port, tlsPort)
		agree(t, channels, func() *image.RGBA { return screenshot(t, both, "--spice-ca-file", ours.file) },
			func() *image.RGBA { return m.screen(t) })
		fails(t, connectFailed, "TLS", nil, m.uri)
		m.stop()
	}
}

func TestLabUnixSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "spice.sock")
	m := startMachine(t, machineConfig{noTCP: true, spice: "unix=on,addr=" + socket})
	m.uri = "spice+unix://" + socket
	truth := func() *image.RGBA { return m.screen(t) }
	m.guest.graphics(t, 1024, 768)
	m.guest.scene(t, 3)
	agree(t, "over a unix socket, screenshot", func() *image.RGBA { return screenshot(t, m.uri) }, truth)
	live := connect(t, m.uri, sessionConfig{})
	m.guest.graphics(t, 800, 600)
	m.guest.scene(t, 4)
	agree(t, "over a unix socket", live.screen, truth)
	live.sound(t)
}

// TestLabVNC talks to a server of another protocol.
func TestLabVNC(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	p := start(t, nil, "qemu-system-x86_64", "-accel", "tcg", "-m", "16", "-nodefaults", "-device", "VGA",
		"-vnc", fmt.Sprintf("127.0.0.1:%d", port-5900), "-S")
	listening(t, p, "tcp", address)
	fails(t, connectFailed, "VNC", nil, address)
	fails(t, connectFailed, "refused", nil, fmt.Sprintf("127.0.0.1:%d", freePort(t)))
}

// TestLabServerEnds resets the machine, which the session survives, and then
// ends it.
func TestLabServerEnds(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{})
	m.guest.graphics(t, 800, 600)
	m.guest.scene(t, 9)
	live := connect(t, m.uri, sessionConfig{})
	truth := func() *image.RGBA { return m.screen(t) }
	agree(t, "before the reset", live.screen, truth)
	m.qmp.do(t, "system_reset", nil, nil)
	m.guest.await(t, 'R')
	m.guest.text(t, false)
	agree(t, "after the reset", live.screen, truth)
	live.sound(t)
	m.qmp.do(t, "quit", nil, nil)
	ended := make(chan error, 1)
	go func() { ended <- live.Wait() }()
	select {
	case err := <-ended:
		if !errors.Is(err, spice.ErrServerClosed) {
			t.Errorf("the session ended with %v, want %v", err, spice.ErrServerClosed)
		}
	case <-time.After(patience):
		t.Error("the session goes on without a server")
	}
}

// An authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate, PEM
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{file: filepath.Join(t.TempDir(), "ca-cert.pem")}
	template := certificate(name, "authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	a.cert, a.key = sign(t, template, nil, a.file)
	return a
}

// issue writes what QEMU wants of a server into dir. The certificate is for an
// address, if that is not "".
func (a *authority) issue(t *testing.T, dir, name, address string) {
	t.Helper()
	template := certificate("Lab", name)
	template.DNSNames = []string{name}
	if address != "" {
		template.IPAddresses = []net.IP{net.ParseIP(address)}
	}
	_, key := sign(t, template, a, filepath.Join(dir, "server-cert.pem"))
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(dir, "server-key.pem"), "PRIVATE KEY", der)
	writePEM(t, filepath.Join(dir, "ca-cert.pem"), "CERTIFICATE", a.cert.Raw)
}

func certificate(organization, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{Organization: []string{organization}, CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

// sign makes a certificate, signed by a or by itself, and writes it to a file.
func sign(t *testing.T, template *x509.Certificate, a *authority, path string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, path, "CERTIFICATE", der)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func writePEM(t *testing.T, path, typ string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
