package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels/agent"
	"saffron/channels/display"
	"saffron/spice"
	"saffron/spice/vv"
)

// connectFlags are the flags of all commands that connect.
type connectFlags struct {
	caFile       string
	hostSubject  string
	pubKey       string
	secure       []string
	passwordFile string
	proxy        string
	timeout      time.Duration
	workers      int
	domain       domainFlags
	prefer       preferFlags // of commands that show pictures
}

func (f *connectFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.passwordFile, "password-file", "", "read the password from the first line of `FILE`")
	s.StringVar(&f.caFile, "spice-ca-file", "", "trust the authorities in the PEM `FILE`\n(default ~/.spicec/spice_truststore.pem, if it exists)")
	s.StringVar(&f.hostSubject, "spice-host-subject", "", "the `SUBJECT` that the server's certificate must have,\nsuch as \"O=Example,CN=host\"; replaces the check of the name")
	s.StringVar(&f.pubKey, "spice-pubkey", "", "accept only the public key in `FILE`, PEM or DER")
	s.StringSliceVar(&f.secure, "spice-secure-channels", nil, "`CHANNELS` that must be encrypted, as in main,inputs, or all")
	s.StringVar(&f.proxy, "proxy", "", "reach the server through the HTTP or SOCKS5 proxy at\n`URL`, as in socks5://user:password@host:1080\n(default $SPICE_PROXY)")
	s.DurationVar(&f.timeout, "connect-timeout", 0, "how long connecting and linking may take, each\n(default 10s and 15s)")
	s.IntVar(&f.workers, "workers", 0, "how many goroutines decode images, 0 for one a core, at most four")
	_ = s.MarkHidden("workers") // for tests; it fails only for flags that do not exist
	f.domain.add(c)
	s.SortFlags = false
}

// settings are all that is known about a connection before it is made.
type settings struct {
	link       spice.Options
	disabled   func(spice.ChannelType) bool
	password   string
	prefer     display.Preferences
	file       string            // path of the connection file, "" if none
	foreign    bool              // the connection file says whom to trust, or by which way to go
	title      string            // of the connection file, "" if none
	fullscreen bool              // of the connection file
	hotkeys    map[string]string // of the connection file, nil without one
	usb        usbFlags          // of the connection file
	workers    int               // that decode images, 0 for as many as are good
	looks      agent.Looks       // of the connection file: what the guest's desktop is to leave out

	policy *policy // what windows may do; nil allows all
	prefs  *prefs  // how windows begin; nil says nothing

	reopen []string // the arguments that lead here again, nil if there are none

	// domain is where link leads once it is prepared, nil if TARGET is no
	// domain. Then the goroutine that connects owns link.
	domain *opening
}

// close ends what the settings opened.
func (s *settings) close() {
	if s.domain != nil {
		s.domain.close()
	}
}

// settings reads TARGET and brings it and the flags together. A connection
// file that asks for it is deleted. TARGET may be "" for a domain that is
// chosen later. The caller closes the settings.
func (a *app) settings(ctx context.Context, arg string, f *connectFlags) (*settings, error) {
	arg = localFile(arg)
	s := &settings{link: spice.Options{Log: a.log, ConnectTimeout: f.timeout, LinkTimeout: f.timeout}}
	if f.isDomain(arg) {
		return s, a.useDomain(ctx, s, arg, f)
	}
	if err := f.domain.check(); err != nil {
		return nil, err
	}
	file, err := a.readTarget(arg, s)
	if err != nil {
		return nil, err
	}
	if file != nil {
		if err := s.useFile(file); err != nil {
			return nil, err
		}
	}
	if err := f.apply(s); err != nil {
		return nil, err
	}
	if t := s.link.Target; t.TLSPort == 0 && (f.caFile != "" || f.hostSubject != "" || f.pubKey != "") {
		a.warn("%s has no TLS port: the connection is not encrypted, and no certificate is checked", t)
	}
	if err := s.useTrustStore(); err != nil {
		return nil, err
	}
	proxy := ""
	if file != nil {
		proxy = file.Proxy
	}
	if err := s.useProxy(f.proxy, proxy, os.Getenv("SPICE_PROXY")); err != nil {
		return nil, err
	}
	if s.password, err = f.choosePassword(s.link.Target.Password); err != nil {
		return nil, err
	}
	s.link.Target.Password = ""
	if file != nil { // last: a mistake in the flags leaves the file for another try
		if err := file.Delete(); err != nil {
			a.warn("%s", strings.TrimPrefix(err.Error(), "vv: "))
		}
	}
	return s, nil
}

// isDomain reports whether TARGET is a domain: with -c it is, and otherwise if
// it can be neither an address nor a file.
func (f *connectFlags) isDomain(arg string) bool {
	return f.domain.connect != "" || f.domain.only || arg == "" || arg != "-" && !strings.ContainsAny(arg, ":?;@") && !isFile(arg)
}

// useDomain takes a domain for TARGET. Where that leads is found out before
// each connection.
func (a *app) useDomain(ctx context.Context, s *settings, arg string, f *connectFlags) error {
	if f.domain.attach && f.domain.direct {
		return usageError("--attach and --direct exclude each other")
	}
	if f.domain.setTicket && (f.domain.readOnly || f.passwordFile != "") {
		return usageError("--set-ticket goes neither with --readonly nor with --password-file")
	}
	if err := f.apply(s); err != nil {
		return err
	}
	if err := s.useProxy(f.proxy, os.Getenv("SPICE_PROXY")); err != nil {
		return err
	}
	var err error
	if s.password, err = f.choosePassword(""); err != nil {
		return err
	}
	o := &opening{app: a, flags: &f.domain, which: arg, dial: s.link.Dial, secure: s.link.Secure}
	o.say = func(format string, args ...any) { a.log.Info(oneLine(fmt.Sprintf(format, args...))) }
	s.domain = o
	if f.domain.patient {
		return nil
	}
	if err := o.open(ctx); err != nil {
		o.close()
		return err
	}
	return nil
}

// readTarget understands TARGET. The result is nil if it is no connection
// file.
func (a *app) readTarget(arg string, s *settings) (*vv.File, error) {
	var file *vv.File
	var err error
	switch {
	case arg == "-":
		file, err = vv.Parse(a.in)
	case isFile(arg):
		s.file = arg
		file, err = vv.Load(arg)
	default:
		s.link.Target, err = parseTarget(arg)
		if s.link.Target.Password != "" {
			a.warn("a password in the address can be seen by all users of this computer; use --password-file or %s", passwordVariable)
		}
		return nil, err
	}
	if err != nil {
		return nil, &failure{exitUsage, errors.New(strings.TrimPrefix(err.Error(), "vv: ")), ""}
	}
	for _, w := range file.Warnings {
		a.warn("%s: %s", arg, w)
	}
	a.log.Debug("read a connection file", "target", file, "ignored", ignoredKeys(file))
	return file, nil
}

// localFile returns the path in a file URI, as desktops hand files over, and
// everything else as it is.
func localFile(arg string) string {
	u, err := url.Parse(arg)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return arg
	}
	return filepath.FromSlash(u.Path)
}

// isFile reports whether TARGET is the name of a connection file.
func isFile(arg string) bool {
	if strings.Contains(arg, "://") {
		return false
	}
	if strings.EqualFold(filepath.Ext(arg), ".vv") {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && info.Mode().IsRegular()
}

// parseTarget is spice.ParseTarget whose errors do not show a password.
func parseTarget(arg string) (spice.Target, error) {
	t, err := spice.ParseTarget(arg)
	if err == nil {
		return t, nil
	}
	if strings.Contains(strings.ToLower(arg), "password") {
		err = errors.New("the address, which holds a password and is not shown, is not understood")
	}
	return t, &failure{exitUsage, errors.New(strings.TrimPrefix(err.Error(), "spice: ")),
		"A target is host:port, spice://host:port, spice+tls://host:port, spice+unix://path, a .vv file, -, or the name of a domain."}
}

// useFile takes over what a connection file says.
func (s *settings) useFile(file *vv.File) (err error) {
	s.link.Target = file.Target()
	s.title = file.Title
	s.foreign = file.CA != "" || file.HostSubject != "" || file.Proxy != ""
	s.fullscreen = file.Fullscreen != nil && *file.Fullscreen
	s.hotkeys = file.Hotkeys
	s.looks, _ = looksOf(file.DisableEffects)
	if s.link.TLS, err = file.TLS(); err != nil {
		return &failure{exitUsage, errors.New(strings.TrimPrefix(err.Error(), "vv: ")), ""}
	}
	if len(file.SecureChannels) > 0 {
		s.link.Secure = file.Secure
	}
	names := slices.Clone(file.DisableChannels)
	s.usb = usbOf(file)
	if usb := file.EnableUSBRedir; usb != nil && !*usb {
		names = append(names, spice.ChannelUSBRedir.String())
	}
	if len(names) > 0 {
		s.disabled = func(t spice.ChannelType) bool {
			return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, t.String()) })
		}
	}
	return nil
}

// unknownEffect returns an effect that a connection file disables and nobody
// knows, or "".
func unknownEffect(f *vv.File) string {
	_, unknown := looksOf(f.DisableEffects)
	return unknown
}

// ignoredKeys returns the keys of a connection file that have no effect.
func ignoredKeys(f *vv.File) []string {
	var keys []string
	for key, set := range map[string]bool{
		"[ovirt]": f.OVirt, "versions": len(f.Versions) > 0,
		"tls-ciphers": f.TLSCiphers != "", "color-depth": f.ColorDepth != 0,
		"disable-effects": unknownEffect(f) != "", "enable-smartcard": f.EnableSmartcard != nil,
	} {
		if set {
			keys = append(keys, key)
		}
	}
	for _, key := range []string{"usb-device-reset", "smartcard-insert", "smartcard-remove"} {
		if f.Hotkeys[key] != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// apply puts the flags over what is known.
func (f *connectFlags) apply(s *settings) error {
	if f.hostSubject != "" {
		s.link.TLS.HostSubject = f.hostSubject
	}
	if f.caFile != "" {
		if err := s.readCAs(f.caFile); err != nil {
			return usageError("--spice-ca-file: %w", err)
		}
	}
	if f.pubKey != "" {
		key, err := readPublicKey(f.pubKey)
		if err != nil {
			return usageError("--spice-pubkey: %w", err)
		}
		s.link.TLS.PublicKey = key
	}
	if len(f.secure) > 0 {
		secure, err := secureChannels(f.secure)
		if err != nil {
			return err
		}
		s.link.Secure = secure
	}
	if f.workers < 0 {
		return usageError("--workers is negative")
	}
	s.workers = f.workers
	if f.timeout < 0 {
		return usageError("--connect-timeout is negative")
	}
	var err error
	s.prefer, err = f.prefer.preferences()
	return err
}

func secureChannels(names []string) (func(spice.ChannelType) bool, error) {
	var types []spice.ChannelType
	all := false
	for _, name := range names {
		t, ok := spice.ParseChannelType(name)
		if !ok && !strings.EqualFold(name, "all") {
			return nil, usageError("--spice-secure-channels: there is no channel %q", name)
		}
		all = all || !ok
		types = append(types, t)
	}
	return func(t spice.ChannelType) bool { return all || slices.Contains(types, t) }, nil
}

func (s *settings) readCAs(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s.link.TLS.CAs = x509.NewCertPool()
	if !s.link.TLS.CAs.AppendCertsFromPEM(text) {
		return fmt.Errorf("%s holds no certificate", path)
	}
	return nil
}

// useTrustStore takes the authorities that SPICE clients have always looked
// for, unless there is something better.
func (s *settings) useTrustStore() error {
	home, err := os.UserHomeDir()
	if err != nil || s.link.TLS.CAs != nil || s.link.Target.TLSPort == 0 {
		return nil
	}
	err = s.readCAs(filepath.Join(home, ".spicec", "spice_truststore.pem"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// readPublicKey returns the DER SubjectPublicKeyInfo in a file that holds a
// public key or a certificate.
func readPublicKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(text); block != nil {
		text = block.Bytes
	}
	if c, err := x509.ParseCertificate(text); err == nil {
		return c.RawSubjectPublicKeyInfo, nil
	}
	if _, err := x509.ParsePKIXPublicKey(text); err != nil {
		return nil, fmt.Errorf("%s holds neither a public key nor a certificate", path)
	}
	return text, nil
}

// useProxy dials through the first proxy that is given.
func (s *settings) useProxy(addresses ...string) error {
	i := slices.IndexFunc(addresses, func(a string) bool { return a != "" })
	if i < 0 {
		return nil
	}
	u, err := spice.ParseProxy(addresses[i])
	if err == nil {
		s.link.Dial, err = spice.ProxyDial(u, nil)
	}
	if err != nil {
		return usageError("%s", strings.TrimPrefix(err.Error(), "spice: "))
	}
	return nil
}

// choosePassword returns the password that counts; ofTarget is the one of the
// address or the connection file.
func (f *connectFlags) choosePassword(ofTarget string) (string, error) {
	switch {
	case f.passwordFile != "":
		p, err := readPasswordFile(f.passwordFile)
		if err != nil {
			return "", usageError("--password-file: %w", err)
		}
		return p, nil
	case ofTarget != "":
		return ofTarget, nil
	}
	return os.Getenv(passwordVariable), nil
}
