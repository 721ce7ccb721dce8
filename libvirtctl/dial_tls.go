package libvirtctl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A pki is where the certificates of a connection are.
type pki struct{ ca, cert, key string }

// places finds the certificates: all in pkipath=, or the user's own, or the
// system's, where the user's are not there. Root has no own.
func (d *dialer) places() pki {
	if dir := d.target.Param("pkipath"); dir != "" {
		return pki{filepath.Join(dir, "cacert.pem"), filepath.Join(dir, "clientcert.pem"), filepath.Join(dir, "clientkey.pem")}
	}
	p := pki{"/etc/pki/CA/cacert.pem", "/etc/pki/libvirt/clientcert.pem", "/etc/pki/libvirt/private/clientkey.pem"}
	if d.resolver.Root || d.resolver.Home == "" {
		return p
	}
	dir := filepath.Join(d.resolver.Home, ".pki", "libvirt")
	own := pki{filepath.Join(dir, "cacert.pem"), filepath.Join(dir, "clientcert.pem"), filepath.Join(dir, "clientkey.pem")}
	if exists(own.ca) {
		p.ca = own.ca
	}
	if exists(own.cert) && exists(own.key) {
		p.cert, p.key = own.cert, own.key
	}
	return p
}

// overTLS connects by TLS, with certificates on both sides.
func (d *dialer) overTLS(ctx context.Context) (net.Conn, error) {
	config, err := d.tlsConfig()
	if err != nil {
		return nil, err
	}
	raw, err := d.overTCP(ctx, portTLS)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, config)
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	err = conn.HandshakeContext(ctx)
	if err == nil {
		err = admitted(conn)
	}
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	return conn, nil
}

// admitted waits for the byte by which the daemon says that it has accepted
// this side's certificate.
func admitted(conn net.Conn) error {
	_ = conn.SetReadDeadline(time.Now().Add(defaultConnectTimeout)) // ctx bounds it, too
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	answer := make([]byte, 1)
	switch _, err := io.ReadFull(conn, answer); {
	case errors.Is(err, io.EOF):
		return &certificateError{errors.New("the daemon has closed the connection after seeing the client's certificate")}
	case err != nil:
		return &certificateError{fmt.Errorf("the daemon has not accepted the client's certificate: %w", err)}
	case answer[0] != 1:
		return &certificateError{errors.New("the daemon has not accepted the client's certificate")}
	}
	return nil
}

// A certificateError is a client's certificate that a daemon does not accept.
type certificateError struct{ err error }

func (e *certificateError) Error() string { return e.err.Error() }
func (e *certificateError) Unwrap() error { return e.err }

func (d *dialer) tlsConfig() (*tls.Config, error) {
	anyone, err := d.target.Switch("no_verify")
	if err != nil {
		return nil, err
	}
	if d.target.Param("tls_priority") != "" {
		d.options.Log.Warn("tls_priority is for GnuTLS and is left out")
	}
	p := d.places()
	// Names are checked below, since many of libvirt's certificates have them
	// in the subject only.
	config := &tls.Config{ServerName: d.target.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	cert, err := tls.LoadX509KeyPair(p.cert, p.key)
	switch {
	case err == nil:
		config.Certificates = []tls.Certificate{cert}
	case !errors.Is(err, fs.ErrNotExist): // a daemon may do without
		return nil, fmt.Errorf("the client's certificate %s: %w", p.cert, err)
	}
	if anyone {
		return config, nil
	}
	text, err := os.ReadFile(p.ca)
	if err != nil {
		return nil, fmt.Errorf("the certificates of authorities: %w: put cacert.pem there or in a folder for pkipath=, or trust any certificate with no_verify=1", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no certificates", p.ca)
	}
	config.VerifyConnection = func(s tls.ConnectionState) error { return verify(s, roots, d.target.Host) }
	return config, nil
}

// verify checks the daemon's certificate: who signed it, and that it is for
// the host. A certificate without alternative names is for its common name.
func verify(s tls.ConnectionState, roots *x509.CertPool, host string) error {
	leaf := s.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between}); err != nil {
		return err
	}
	if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 && leaf.Subject.CommonName != "" {
		leaf = &x509.Certificate{DNSNames: []string{leaf.Subject.CommonName}, Raw: leaf.Raw}
		if ip := net.ParseIP(leaf.DNSNames[0]); ip != nil {
			leaf.IPAddresses = []net.IP{ip}
		}
	}
	return leaf.VerifyHostname(host)
}
