package spice

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"strings"
)

// TLS says how a server's certificate is judged.
//
// A public key is enough on its own. Otherwise the chain must be valid, and
// the certificate must carry HostSubject if that is set, else the host's name.
type TLS struct {
	// CAs are the authorities to trust. Nil means the system's.
	CAs *x509.CertPool
	// HostSubject is the subject that the certificate must have, such as
	// "C=IL, O=Red Hat, CN=my server". It replaces the check of the host name.
	HostSubject string
	// PublicKey is the DER SubjectPublicKeyInfo that the certificate must have.
	PublicKey []byte
}

// Configured reports whether the user said whom to trust, which is taken as a
// wish for encryption.
func (t *TLS) Configured() bool {
	return t.CAs != nil || t.HostSubject != "" || len(t.PublicKey) > 0
}

// config returns the settings for a link to host. Go's own verification is
// off because it has no subject rule and refuses certificates without
// alternative names, which private SPICE authorities still issue; verify does
// the whole of it instead.
func (t *TLS) config(host string) *tls.Config {
	c := &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS12,
		VerifyConnection:   func(cs tls.ConnectionState) error { return t.verify(host, cs.PeerCertificates) },
	}
	if !strings.Contains(host, ":") && net.ParseIP(host) == nil { // neither an address nor a proxy's ticket
		c.ServerName = host
	}
	return c
}

func (t *TLS) verify(host string, chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("the server sent no certificate")
	}
	leaf := chain[0]
	if len(t.PublicKey) > 0 {
		if !bytes.Equal(leaf.RawSubjectPublicKeyInfo, t.PublicKey) {
			return errors.New("the server's public key is not the expected one")
		}
		return nil
	}
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: t.CAs, Intermediates: intermediates,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return err
	}
	if t.HostSubject != "" {
		return matchSubject(t.HostSubject, leaf)
	}
	return matchHost(host, leaf)
}

// matchHost compares host with the certificate's alternative names, and with
// its common name only if it has no alternative names of that kind.
func matchHost(host string, c *x509.Certificate) error {
	ip := net.ParseIP(host)
	if ip == nil && len(c.DNSNames) > 0 || ip != nil && len(c.IPAddresses) > 0 {
		return c.VerifyHostname(host)
	}
	if ok := strings.EqualFold(c.Subject.CommonName, host); !ok {
		return fmt.Errorf("the certificate is for %q, not for %q", c.Subject.CommonName, host)
	}
	return nil
}

// attributeNames are the short names that a host subject may use, by object
// identifier (RFC 4519 and PKCS #9).
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C",
	"2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street", "2.5.4.10": "O",
	"2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.42": "GN", "2.5.4.17": "postalCode",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
	"1.2.840.113549.1.9.1": "emailAddress",
}

// A subjectEntry is one key and value of a distinguished name.
type subjectEntry struct{ key, value string }

// matchSubject requires the same entries in the same order.
func matchSubject(want string, c *x509.Certificate) error {
	wanted, err := parseSubject(want)
	if err != nil {
		return err
	}
	got, err := subjectOf(c)
	if err != nil {
		return err
	}
	equal := len(wanted) == len(got)
	for i := 0; equal && i < len(got); i++ {
		equal = strings.EqualFold(wanted[i].key, got[i].key) && wanted[i].value == got[i].value
	}
	if !equal {
		return fmt.Errorf("the certificate's subject is %q, expected %q", formatSubject(got), want)
	}
	return nil
}

func subjectOf(c *x509.Certificate) ([]subjectEntry, error) {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(c.RawSubject, &rdns); err != nil {
		return nil, fmt.Errorf("the certificate's subject: %w", err)
	}
	var entries []subjectEntry
	for _, rdn := range rdns {
		for _, a := range rdn {
			key := attributeNames[a.Type.String()]
			if key == "" {
				key = a.Type.String()
			}
			entries = append(entries, subjectEntry{key, fmt.Sprint(a.Value)})
		}
	}
	return entries, nil
}

func formatSubject(entries []subjectEntry) string {
	var parts []string
	for _, e := range entries {
		parts = append(parts, e.key+"="+e.value)
	}
	return strings.Join(parts, ",")
}

// parseSubject reads "KEY=value, KEY=value"; \\ and \, are the only escapes,
// and spaces before a key are skipped.
func parseSubject(s string) ([]subjectEntry, error) {
	var entries []subjectEntry
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		key, rest, ok := strings.Cut(s, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("host subject: %q is not KEY=value", s)
		}
		value, rest, err := subjectValue(rest)
		if err != nil {
			return nil, err
		}
		entries = append(entries, subjectEntry{strings.TrimRight(key, " "), value})
		s = rest
	}
	if len(entries) == 0 {
		return nil, errors.New("host subject: it is empty")
	}
	return entries, nil
}

// subjectValue reads up to the next bare comma.
func subjectValue(s string) (value, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == ',':
			return b.String(), s[i+1:], nil
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == ',' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '\\':
			return "", "", errors.New(`host subject: a backslash may only stand before "," or another backslash`)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), "", nil
}
