package vv

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"saffron/spice"
)

// maxFile bounds a file in bytes; the largest part of one is a certificate.
const maxFile = 1 << 20

// A File is a connection file. Pointers are nil and strings empty for keys
// that it does not have.
type File struct {
	Type            string   // always "spice"
	Version         string   // the least version of the viewer
	Versions        []string // the same for some systems, "osid:version"
	NewerVersionURL string

	UnixPath string // of a socket; Host and ports do not count then
	Host     string // with Proxy set, any string that the proxy understands
	Port     int    // plain port, 0 if none
	TLSPort  int    // TLS port, 0 if none
	Username string
	Password string
	Proxy    string // URL of a proxy, see spice.ParseProxy

	DisableChannels []string // names of channel types not to open
	SecureChannels  []string // names of channel types to encrypt, or "all"
	TLSCiphers      string   // in the syntax of OpenSSL
	CA              string   // authorities to trust, PEM
	HostSubject     string   // the subject that the certificate must have

	Title          string // of the window; "%d" stands for the display's number
	Fullscreen     *bool
	ColorDepth     int // obsolete
	DisableEffects []string
	// Hotkeys maps actions, such as "toggle-fullscreen", to keys, such as
	// "shift+f11". Actions that are not in it have no hotkey at all.
	Hotkeys map[string]string

	EnableSmartcard      *bool
	EnableUSBRedir       *bool
	EnableUSBAutoshare   *bool
	USBFilter            string
	USBRedirectOnConnect string

	DeleteThisFile bool // see Delete

	// OVirt says that there is a group [ovirt], with which oVirt's menu of CDs
	// could be had.
	OVirt bool

	// Warnings say which values were ignored, and why.
	Warnings []string

	path string      // of the file, if Load read it
	info fs.FileInfo // likewise
}

// hotkeys are the actions that a file may bind.
var hotkeys = []string{
	"toggle-fullscreen", "release-cursor", "zoom-in", "zoom-out", "zoom-reset",
	"smartcard-insert", "smartcard-remove", "usb-device-reset", "secure-attention",
}

// fields maps keys to where their values go.
func (f *File) fields() map[string]any {
	return map[string]any{
		"type": &f.Type, "version": &f.Version, "versions": &f.Versions,
		"newer-version-url": &f.NewerVersionURL,
		"unix-path":         &f.UnixPath, "host": &f.Host, "port": &f.Port, "tls-port": &f.TLSPort,
		"username": &f.Username, "password": &f.Password, "proxy": &f.Proxy,
		"disable-channels": &f.DisableChannels, "secure-channels": &f.SecureChannels,
		"tls-ciphers": &f.TLSCiphers, "ca": &f.CA, "host-subject": &f.HostSubject,
		"title": &f.Title, "fullscreen": &f.Fullscreen, "color-depth": &f.ColorDepth,
		"disable-effects":  &f.DisableEffects,
		"enable-smartcard": &f.EnableSmartcard, "enable-usbredir": &f.EnableUSBRedir,
		"enable-usb-autoshare": &f.EnableUSBAutoshare, "usb-filter": &f.USBFilter,
		"usb-redirect-on-connect": &f.USBRedirectOnConnect,
		"delete-this-file":        &f.DeleteThisFile,
	}
}

// Parse reads a file of at most 1 MiB. It fails if the syntax is broken, if
// the file is for another protocol, if it asks for a newer viewer (a
// *VersionError), or if it names no server. No error holds a value that may
// be secret.
func Parse(r io.Reader) (*File, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("vv: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("vv: the file is larger than %d bytes", maxFile)
	}
	f, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("vv: %w", err)
	}
	return f, nil
}

func parse(text string) (*File, error) {
	values, found, err := parseGroup(text, "virt-viewer")
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errors.New("this is not a connection file: there is no group [virt-viewer]")
	}
	_, ovirt, _ := parseGroup(text, "ovirt") // the same text: no other errors
	f := &File{Hotkeys: map[string]string{}, OVirt: ovirt}
	for key, field := range f.fields() {
		if raw, ok := values[key]; ok {
			f.set(key, field, raw)
		}
	}
	for _, action := range hotkeys {
		if raw, ok := values[action]; ok {
			f.Hotkeys[action] = unescape(raw)
		}
	}
	slices.Sort(f.Warnings) // keys come in no order
	return f, f.check()
}

func (f *File) set(key string, field any, raw string) {
	switch p := field.(type) {
	case *string:
		*p = unescape(raw)
	case *[]string:
		*p = list(raw)
	case *int:
		*p = f.number(key, raw)
	case *bool:
		if b := f.boolean(key, raw); b != nil {
			*p = *b
		}
	case **bool:
		*p = f.boolean(key, raw)
	}
}

// number reads a port or a colour depth; 0 and -1 are how files say "none".
func (f *File) number(key, raw string) int {
	n, err := strconv.Atoi(strings.TrimSpace(raw))
	if err != nil || n < -1 || n > 65535 {
		f.warn(key, "it is not a number from 1 to 65535")
		return 0
	}
	return max(n, 0)
}

// boolean reads 1 and 0, which is what the reference viewer takes, and true
// and false, which people write.
func (f *File) boolean(key, raw string) *bool {
	switch strings.TrimSpace(raw) {
	case "1", "true":
		return new(true)
	case "0", "false":
		return new(false)
	}
	f.warn(key, "it is neither 1 nor 0")
	return nil
}

func (f *File) warn(key, why string) {
	f.Warnings = append(f.Warnings, fmt.Sprintf("%s is ignored: %s", key, why))
}

func (f *File) check() error {
	switch {
	case f.Type == "":
		return errors.New(`there is no "type"`)
	case f.Type != "spice":
		return fmt.Errorf("the type of the connection is %q; only spice is supported", f.Type)
	}
	if err := f.checkVersion(); err != nil {
		return err
	}
	switch {
	case f.UnixPath != "":
		if f.Host != "" || f.Port != 0 || f.TLSPort != 0 {
			f.warn("host", "there is a unix-path")
		}
	case f.Host == "":
		return errors.New(`there is neither "host" nor "unix-path"`)
	case f.Port == 0 && f.TLSPort == 0:
		return errors.New(`there is neither a valid "port" nor a valid "tls-port"`)
	}
	return nil
}

// Target returns the server and who connects.
func (f *File) Target() spice.Target {
	t := spice.Target{User: f.Username, Password: f.Password}
	if f.UnixPath != "" {
		t.Socket = f.UnixPath
		return t
	}
	t.Host, t.Port, t.TLSPort = f.Host, f.Port, f.TLSPort
	return t
}

// TLS returns whom to trust.
func (f *File) TLS() (spice.TLS, error) {
	t := spice.TLS{HostSubject: f.HostSubject}
	if f.CA == "" {
		return t, nil
	}
	t.CAs = x509.NewCertPool()
	if !t.CAs.AppendCertsFromPEM([]byte(f.CA)) {
		return t, errors.New(`vv: "ca" holds no certificate`)
	}
	return t, nil
}

// Secure reports whether channels of type t must be encrypted.
func (f *File) Secure(t spice.ChannelType) bool {
	return slices.ContainsFunc(f.SecureChannels, func(name string) bool {
		return strings.EqualFold(name, "all") || strings.EqualFold(name, t.String())
	})
}

// String returns where the file points to, without its secrets.
func (f File) String() string { return f.Target().String() }

// GoString is String, so that no form of printing shows secrets.
func (f File) GoString() string { return "vv.File(" + f.String() + ")" }

// LogValue implements slog.LogValuer, without secrets.
func (f File) LogValue() slog.Value { return slog.StringValue(f.String()) }
