package spice_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
)

// An authority signs certificates that are good in a bubble's time, which
// begins in 2000, and in real time.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func certificate(serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		NotBefore:    time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := certificate(1)
	template.Subject.CommonName = "authority"
	template.IsCA, template.BasicConstraintsValid = true, true
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{cert, key, x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a
}

// config signs a server's certificate and returns the server's settings.
func (a *authority) config(t *testing.T, change func(*x509.Certificate)) *tls.Config {
	t.Helper()
	key := newKey(t)
	template := certificate(2)
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}}}
}

func commonName(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Subject.CommonName = name }
}

func dnsName(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = "vm", []string{name} }
}

func ipAddress(ip string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject.CommonName, c.IPAddresses = "192.0.2.1", []net.IP{net.ParseIP(ip)}
	}
}

// subject sets a subject with one entry of each kind that matters.
func subject(c *x509.Certificate) {
	set := func(oid []int, value string) pkix.RelativeDistinguishedNameSET {
		return pkix.RelativeDistinguishedNameSET{{Type: asn1.ObjectIdentifier(oid), Value: value}}
	}
	c.RawSubject, _ = asn1.Marshal(pkix.RDNSequence{
		set([]int{2, 5, 4, 6}, "IL"), set([]int{2, 5, 4, 10}, `Red, Hat\Co`), set([]int{2, 5, 4, 3}, "my server"),
		set([]int{1, 2, 3, 4}, "private"),
	})
}

// TestTrust links over TLS with each way to judge a certificate.
func TestTrust(t *testing.T) {
	right, wrong := newAuthority(t), newAuthority(t)
	const fullSubject = `C=IL, O=Red\, Hat\\Co, CN=my server, 1.2.3.4=private`
	for name, tc := range map[string]struct {
		change func(*x509.Certificate)
		host   string
		trust  spice.TLS
		want   string // part of the error, "" for none
	}{
		"dns name":            {dnsName("vm.example"), "vm.example", spice.TLS{CAs: right.pool}, ""},
		"dns name, case":      {dnsName("vm.example"), "VM.Example", spice.TLS{CAs: right.pool}, ""},
		"wildcard":            {dnsName("*.example"), "vm.example", spice.TLS{CAs: right.pool}, ""},
		"wildcard, too deep":  {dnsName("*.example"), "a.vm.example", spice.TLS{CAs: right.pool}, "not a.vm.example"},
		"names beat the CN":   {dnsName("other"), "vm", spice.TLS{CAs: right.pool}, "not vm"},
		"wrong authority":     {dnsName("vm"), "vm", spice.TLS{CAs: wrong.pool}, "unknown authority"},
		"system's trust":      {dnsName("vm"), "vm", spice.TLS{}, "certificate"},
		"CN only":             {commonName("vm"), "VM", spice.TLS{CAs: right.pool}, ""},
		"CN only, other":      {commonName("other"), "vm", spice.TLS{CAs: right.pool}, `for "other", not for "vm"`},
		"IP":                  {ipAddress("192.0.2.7"), "192.0.2.7", spice.TLS{CAs: right.pool}, ""},
		"IPv6":                {ipAddress("2001:db8::7"), "2001:db8::7", spice.TLS{CAs: right.pool}, ""},
		"IPs beat the CN":     {ipAddress("192.0.2.7"), "192.0.2.1", spice.TLS{CAs: right.pool}, "not 192.0.2.1"},
		"IP in the CN":        {commonName("192.0.2.1"), "192.0.2.1", spice.TLS{CAs: right.pool}, ""},
		"IPs are no names":    {ipAddress("192.0.2.7"), "vm", spice.TLS{CAs: right.pool}, `not for "vm"`},
		"subject":             {subject, "anything", spice.TLS{CAs: right.pool, HostSubject: fullSubject}, ""},
		"subject, key's case": {subject, "x", spice.TLS{CAs: right.pool, HostSubject: strings.Replace(fullSubject, "CN=", "cn=", 1)}, ""},
		"subject, order":      {subject, "x", spice.TLS{CAs: right.pool, HostSubject: `O=Red\, Hat\\Co,C=IL,CN=my server,1.2.3.4=private`}, "subject"},
		"subject, part":       {subject, "x", spice.TLS{CAs: right.pool, HostSubject: "CN=my server"}, "subject"},
		"subject, value":      {subject, "x", spice.TLS{CAs: right.pool, HostSubject: strings.Replace(fullSubject, "my", "your", 1)}, "subject"},
		"subject, broken":     {subject, "x", spice.TLS{CAs: right.pool, HostSubject: `CN=\x`}, "backslash"},
		"subject, authority":  {subject, "x", spice.TLS{CAs: wrong.pool, HostSubject: fullSubject}, "unknown authority"},
		"expired": {func(c *x509.Certificate) { dnsName("vm")(c); c.NotAfter = c.NotBefore.AddDate(0, 1, 0) },
			"vm", spice.TLS{CAs: right.pool}, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			testTrust(t, right.config(t, tc.change), tc.host, tc.trust, tc.want)
		})
	}
	config := right.config(t, dnsName("elsewhere"))
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	testTrust(t, config, "vm", spice.TLS{CAs: wrong.pool, PublicKey: leaf.RawSubjectPublicKeyInfo}, "")
	testTrust(t, config, "elsewhere", spice.TLS{CAs: right.pool, PublicKey: right.cert.RawSubjectPublicKeyInfo}, "public key")
}

func testTrust(t *testing.T, config *tls.Config, host string, trust spice.TLS, want string) {
	t.Helper()
	s := &spicetest.Server{TLS: config}
	defer s.Close()
	o := optionsFor(s)
	o.Target, o.TLS = spice.Target{Host: host, TLSPort: 5901}, trust
	c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
	if want == "" {
		if err != nil {
			t.Fatal(err)
		}
		if !c.Secure() {
			t.Error("the link is not encrypted")
		}
		c.Close()
		return
	}
	if le := wantLinkError(t, err, spice.StageTLS); !strings.Contains(err.Error(), want) || le.Hint == "" {
		t.Errorf("got %v, want it to mention %s", err, want)
	}
}

// TestServerName looks at what the client tells about the host in the clear.
func TestServerName(t *testing.T) {
	ca := newAuthority(t)
	for host, want := range map[string]string{"vm.example": "vm.example", "192.0.2.1": "", "2001:db8::1": "", "pve:ticket::x": ""} {
		got := "?"
		config := ca.config(t, commonName(host))
		config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			got = h.ServerName
			return nil, nil
		}
		testTrust(t, config, host, spice.TLS{CAs: ca.pool}, "")
		if got != want {
			t.Errorf("%s: the server name is %q, want %q", host, got, want)
		}
	}
}

// TestSecurityPolicy lets the server insist on TLS, or on none.
func TestSecurityPolicy(t *testing.T) {
	ca := newAuthority(t)
	config := ca.config(t, commonName("vm"))
	trust := spice.TLS{CAs: ca.pool}
	always := func(spice.ChannelType) bool { return true }
	plain := strings.Repeat("p", spice.MaxPassword)
	both := spice.Target{Host: "vm", Port: 5900, TLSPort: 5901}
	for name, tc := range map[string]struct {
		refuse spice.LinkCode
		target spice.Target
		trust  spice.TLS
		secure func(spice.ChannelType) bool
		dials  int32
		last   string
		stage  spice.Stage
		code   spice.LinkCode
		linked bool
	}{
		"plain first":            {target: both, dials: 1, last: "vm:5900", linked: true},
		"TLS where trust is set": {target: both, trust: trust, dials: 1, last: "vm:5901", linked: true},
		"TLS only":               {target: spice.Target{Host: "vm", TLSPort: 5901}, trust: trust, dials: 1, last: "vm:5901", linked: true},
		"need secured": {refuse: spice.LinkNeedSecured, target: both, dials: 2, last: "vm:5901",
			stage: spice.StageTLS}, // the retry is TLS, which does not trust this authority
		"need secured, no port": {refuse: spice.LinkNeedSecured, target: spice.Target{Host: "vm", Port: 5900},
			dials: 1, last: "vm:5900", stage: spice.StageLink, code: spice.LinkNeedSecured},
		"need unsecured, trust set": {refuse: spice.LinkNeedUnsecured, target: both, trust: trust,
			dials: 1, last: "vm:5901", stage: spice.StageLink, code: spice.LinkNeedUnsecured},
		"need unsecured, secure channel": {refuse: spice.LinkNeedUnsecured, target: both, trust: spice.TLS{PublicKey: leafKey(t, config)},
			secure: always, dials: 1, last: "vm:5901", stage: spice.StageLink, code: spice.LinkNeedUnsecured},
		"secure channel, no port": {target: spice.Target{Host: "vm", Port: 5900}, secure: always, stage: spice.StageConnect},
	} {
		t.Run(name, func(t *testing.T) {
			s := &spicetest.Server{TLS: config, Refuse: func(spice.ChannelID) spice.LinkCode { return tc.refuse }}
			defer s.Close()
			dial := &counted{next: s.DialContext}
			o := &spice.Options{Dial: dial.dial, Target: tc.target, TLS: tc.trust, Secure: tc.secure}
			o.Target.Password = plain
			c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
			last, _ := dial.address.Load().(string)
			if dial.calls.Load() != tc.dials || last != tc.last {
				t.Errorf("dialled %d times, last %s; want %d, %s", dial.calls.Load(), last, tc.dials, tc.last)
			}
			if tc.linked {
				if err != nil {
					t.Fatal(err)
				}
				c.Close()
				return
			}
			if le := wantLinkError(t, err, tc.stage); le.Code != tc.code {
				t.Errorf("code %d, want %d", le.Code, tc.code)
			}
		})
	}
}

func leafKey(t *testing.T, config *tls.Config) []byte {
	t.Helper()
	leaf, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return leaf.RawSubjectPublicKeyInfo
}

// TestNeedSecuredRetry makes the whole way: plain, refused, TLS, password
// refused, TLS with the password cut.
func TestNeedSecuredRetry(t *testing.T) {
	ca := newAuthority(t)
	full := strings.Repeat("p", spice.MaxPassword)
	s := &spicetest.Server{
		Password: full[1:], TLS: ca.config(t, commonName("vm")), Channels: []spice.ChannelID{inputsID},
		Refuse: func(spice.ChannelID) spice.LinkCode { return spice.LinkNeedSecured },
	}
	defer s.Close()
	o := optionsFor(s)
	dial := &counted{next: s.DialContext}
	o.Dial, o.Target.TLSPort, o.Target.Password, o.TLS.CAs = dial.dial, 5901, full, ca.pool
	// A transport that was opened ahead of knowing that it must be encrypted.
	ahead := *o
	ahead.TLS = spice.TLS{}
	tr, err := spice.Dial(t.Context(), spice.ChannelInputs, &ahead)
	if err != nil {
		t.Fatal(err)
	}
	c, err := spice.ConnectOver(t.Context(), tr, inputsID, s.SessionID(), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Secure() || dial.calls.Load() != 3 {
		t.Errorf("secure %v after %d dials, want 3", c.Secure(), dial.calls.Load())
	}
}

// TestMixedUpPorts speaks TLS to a plain port, and the other way round.
func TestMixedUpPorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(spicetest.Server)
		defer s.Close()
		o := optionsFor(s)
		o.Target = spice.Target{Host: "vm", TLSPort: 5900}
		_, err := spice.Connect(t.Context(), mainID, 0, nil, o)
		if le := wantLinkError(t, err, spice.StageTLS); !strings.Contains(err.Error(), "does not speak TLS") || le.Hint == "" {
			t.Errorf("TLS to a plain port: %v", err)
		}
		o.Dial = script(func(c net.Conn) { c.Read(make([]byte, 1)) })
		_, err = spice.Connect(t.Context(), mainID, 0, nil, o)
		if wantLinkError(t, err, spice.StageTLS); !strings.Contains(err.Error(), "closed") {
			t.Errorf("a server that closes: %v", err)
		}
		o.Dial = script(drain)
		took := elapsed(func() { _, err = spice.Connect(t.Context(), mainID, 0, nil, o) })
		if wantLinkError(t, err, spice.StageTLS); took != 15*time.Second {
			t.Errorf("silence: after %v: %v", took, err)
		}
		o.Target = spice.Target{Host: "vm", Port: 5901}
		o.Dial = script(func(c net.Conn) { // what a TLS server says to a link message
			c.Write([]byte{0x15, 3, 3, 0, 2, 2, 10})
			drain(c)
		})
		_, err = spice.Connect(t.Context(), mainID, 0, nil, o)
		if le := wantLinkError(t, err, spice.StageLink); !strings.Contains(le.Hint, "spice+tls") {
			t.Errorf("plain to a TLS port: %v, hint %q", err, le.Hint)
		}
	})
}
