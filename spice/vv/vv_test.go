package vv

import (
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"saffron/spice"
)

// full has every key, and every trap of the syntax.
const full = "\ufeff# from the management system\r\n" + `
[other]
type=vnc
[virt-viewer]
type=spice
version=11.0
versions=rhev-win64:2.0-160;rhel7:2.0-6
newer-version-url=https://example.com/download
host = 192.0.2.10
port=-1
tls-port=5901
username=ann
password=a;b#c=d\\e\sf 
proxy=http://proxy:3128
disable-channels=smartcard;
secure-channels=main;inputs;a\;b
tls-ciphers=DEFAULT
ca=-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n
host-subject=O=example,CN=host1
title=vm1:%d - Press SHIFT+F12
fullscreen=1
color-depth=32
disable-effects=all
toggle-fullscreen=shift+f11
secure-attention=ctrl+alt+end
enable-smartcard=0
enable-usbredir=true
enable-usb-autoshare=false
usb-filter=-1,-1,-1,-1,0
usb-redirect-on-connect=-1,-1,-1,-1,1
delete-this-file=1
x-private=ignored
[ovirt]
host=elsewhere
`

func TestParse(t *testing.T) {
	got, err := Parse(strings.NewReader(full))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Type: "spice", Version: "11.0", Versions: []string{"rhev-win64:2.0-160", "rhel7:2.0-6"},
		NewerVersionURL: "https://example.com/download",
		Host:            "192.0.2.10", TLSPort: 5901, Username: "ann", Password: `a;b#c=d\e f `, Proxy: "http://proxy:3128",
		DisableChannels: []string{"smartcard"}, SecureChannels: []string{"main", "inputs", "a;b"},
		TLSCiphers: "DEFAULT", CA: "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n",
		HostSubject: "O=example,CN=host1", Title: "vm1:%d - Press SHIFT+F12", Fullscreen: new(true),
		ColorDepth: 32, DisableEffects: []string{"all"},
		Hotkeys:         map[string]string{"toggle-fullscreen": "shift+f11", "secure-attention": "ctrl+alt+end"},
		EnableSmartcard: new(false), EnableUSBRedir: new(true), EnableUSBAutoshare: new(false),
		USBFilter: "-1,-1,-1,-1,0", USBRedirectOnConnect: "-1,-1,-1,-1,1", DeleteThisFile: true, OVirt: true,
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(File{})); d != "" {
		t.Error(d)
	}
	target := spice.Target{Host: "192.0.2.10", TLSPort: 5901, User: "ann", Password: `a;b#c=d\e f `}
	if d := cmp.Diff(target, got.Target()); d != "" {
		t.Error(d)
	}
	if !got.Secure(spice.ChannelMain) || got.Secure(spice.ChannelDisplay) {
		t.Error("secure channels are not main and inputs")
	}
}

func TestTargets(t *testing.T) {
	for lines, want := range map[string]spice.Target{
		"host=pve:1:2::sig\ntls-port=61000\nproxy=http://n:3128": {Host: "pve:1:2::sig", TLSPort: 61000},
		"host=h\nport=5900\ntls-port=0":                          {Host: "h", Port: 5900},
		"unix-path=/run/vm\\ssock\nhost=h\nport=1":               {Socket: "/run/vm sock"},
		"host=fe80::1%eth0\nport=5900":                           {Host: "fe80::1%eth0", Port: 5900},
	} {
		f, err := Parse(strings.NewReader("[virt-viewer]\ntype=spice\n" + lines))
		if err != nil {
			t.Errorf("%q: %v", lines, err)
			continue
		}
		if got := f.Target(); got != want {
			t.Errorf("%q: got %+v, want %+v", lines, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	f, err := Parse(strings.NewReader("[virt-viewer]\ntype=spice\nhost=h\nport=70000\ntls-port=5901\nfullscreen=yes\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"fullscreen is ignored: it is neither 1 nor 0", "port is ignored: it is not a number from 1 to 65535"}
	if d := cmp.Diff(want, f.Warnings); d != "" {
		t.Error(d)
	}
	if f.Fullscreen != nil || f.Port != 0 {
		t.Errorf("fullscreen %v, port %d; want neither", f.Fullscreen, f.Port)
	}
}

func TestParseErrors(t *testing.T) {
	const head = "[virt-viewer]\npassword=hunter2\n"
	for name, tc := range map[string]struct{ text, want string }{
		"empty":       {"", "no group [virt-viewer]"},
		"no type":     {head, `no "type"`},
		"vnc":         {head + "type=vnc\n", `"vnc"`},
		"no host":     {head + "type=spice\nport=1\n", `neither "host" nor "unix-path"`},
		"no port":     {head + "type=spice\nhost=h\nport=-1\n", `neither a valid "port"`},
		"no pair":     {head + "hunter2 again\n", "line 3: neither key=value"},
		"no group":    {"password=hunter2\n", "line 1: a key before"},
		"bad heading": {"[virt-viewer\n", "line 1: a broken group"},
		"heading end": {"[virt-viewer] hunter2\n", "line 1: a broken group"},
		"no key":      {head + "=hunter2\n", "line 3: neither"},
		"not text":    {head + "title=\xff\n", "not UTF-8"},
		"too large":   {head + strings.Repeat("#\n", maxFile/2), "larger than"},
		"too old":     {head + "type=spice\nhost=h\nport=1\nversion=11.1\nnewer-version-url=u\n", `"11.1"`},
	} {
		_, err := Parse(strings.NewReader(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want it to mention %s", name, err, tc.want)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password: %v", name, err)
		}
	}
}

func TestVersions(t *testing.T) {
	for version, ok := range map[string]bool{
		"11.0": true, "11": true, "10.99": true, "11.0.0": true, "2.0-160": true, "11.0-5": true, "eleven": true, "": true,
		"12": false, "11.0.1": false, "11.1-1": false, "99999999999999999999999": true,
	} {
		err := (&File{Version: version, NewerVersionURL: "https://example.com"}).checkVersion()
		var ve *VersionError
		if ok != (err == nil) || !ok && (!errors.As(err, &ve) || !strings.Contains(err.Error(), "https://example.com")) {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func TestSecretsStayOut(t *testing.T) {
	f, err := Parse(strings.NewReader("[virt-viewer]\ntype=spice\nhost=h\nport=1\npassword=hunter2\nproxy=http://u:hunter2@p\n"))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("loaded", "file", f)
	for _, s := range []string{f.String(), fmt.Sprintf("%v %+v %#v %s", f, f, f, *f), log.String()} {
		if strings.Contains(s, "hunter2") || !strings.Contains(s, "spice://h:1") {
			t.Errorf("got %q", s)
		}
	}
}

func TestTLS(t *testing.T) {
	f := &File{HostSubject: "CN=h"}
	trust, err := f.TLS()
	if err != nil || trust.CAs != nil || trust.HostSubject != "CN=h" {
		t.Errorf("without ca: %+v, %v", trust, err)
	}
	for _, ca := range []string{"nonsense", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))} {
		f.CA = ca
		if _, err := f.TLS(); err == nil {
			t.Errorf("ca %q: no error", ca)
		}
	}
	f.CA = testCA(t)
	if trust, err := f.TLS(); err != nil || trust.CAs == nil {
		t.Errorf("with ca: %v", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.vv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

const short = "[virt-viewer]\ntype=spice\nhost=h\nport=1\n"

func TestDelete(t *testing.T) {
	unsetenv(t, keepFile)
	for text, deleted := range map[string]bool{short: false, short + "delete-this-file=0": false, short + "delete-this-file=1\n": true} {
		path := write(t, text)
		f, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if !exists(path) {
			t.Fatal("Load has deleted the file")
		}
		if err := f.Delete(); err != nil || exists(path) == deleted {
			t.Errorf("%q: deleted %v, want %v; %v", text, !exists(path), deleted, err)
		}
		if deleted && f.Delete() == nil {
			t.Error("deleting twice: no error")
		}
	}
}

func TestDeleteLeavesOthersAlone(t *testing.T) {
	unsetenv(t, keepFile)
	const text = short + "delete-this-file=1\n"
	path := write(t, text)
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	f, err := Load(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(); err == nil || !exists(link) || !exists(path) {
		t.Errorf("a link: %v, link %v, file %v", err, exists(link), exists(path))
	}
	f, err = Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if err := f.Delete(); err == nil || !exists(path) {
		t.Errorf("a file that took the place of the one that was read: %v", err)
	}
	f, err = Parse(strings.NewReader(text))
	if err != nil || f.Delete() != nil {
		t.Errorf("a file without a name: %v", err)
	}
	t.Setenv(keepFile, "")
	f, err = Load(path)
	if err != nil || f.Delete() != nil || !exists(path) {
		t.Errorf("%s is not honoured: %v", keepFile, err)
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.vv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := write(t, "[virt-viewer]\ntype=spice\ndelete-this-file=1\n")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) || !exists(path) {
		t.Errorf("a broken file: %v, still there: %v", err, exists(path))
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory: no error")
	}
}

// unsetenv is t.Setenv for no value at all.
func unsetenv(t *testing.T, key string) {
	t.Setenv(key, "")
	os.Unsetenv(key)
}

// checkFile holds for every file that parses.
func checkFile(t *testing.T, text string) {
	f, err := Parse(strings.NewReader(text))
	if err != nil {
		if !strings.HasPrefix(err.Error(), "vv: ") {
			t.Errorf("an error without its package: %v", err)
		}
		return
	}
	target := f.Target()
	if target.Socket == "" && (target.Host == "" || target.Port == 0 && target.TLSPort == 0) {
		t.Errorf("a target that leads nowhere: %v", target)
	}
	if target.Port < 0 || target.Port > 65535 || target.TLSPort < 0 || target.TLSPort > 65535 {
		t.Errorf("ports %d, %d", target.Port, target.TLSPort)
	}
}

// TestTruncation cuts a file everywhere: no cut may panic.
func TestTruncation(t *testing.T) {
	for n := range full {
		checkFile(t, full[:n])
	}
}

func FuzzVV(f *testing.F) {
	for _, seed := range []string{full, short, "[virt-viewer]\ntype=spice\nunix-path=/x\\", "[a]\nb=\\;c;\\\n"} {
		f.Add(seed)
	}
	f.Fuzz(checkFile)
}
