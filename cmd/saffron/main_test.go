package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/adrg/xdg"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	program := func() { os.Exit(run(asCalled(os.Args[0], os.Args[1:]))) }
	testscript.Main(isolated{m}, map[string]func(){"saffron": program, "remote-viewer": program, "virt-viewer": program})
}

// isolated runs the tests with the settings and the memory of nobody: all that
// is started by them finds its directories below one of their own.
type isolated struct{ *testing.M }

func (m isolated) Run() int {
	dir, err := os.MkdirTemp("", "saffron-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if user, err := os.UserConfigDir(); err == nil && os.Getenv("GOENV") == "" {
		os.Setenv("GOENV", filepath.Join(user, "go", "env")) // the lab builds the program
	}
	// What is in the cache nobody misses, and the lab's build is faster with it.
	for _, name := range []string{"STATE_HOME", "CONFIG_HOME", "DATA_HOME", "PICTURES_DIR"} {
		os.Setenv("XDG_"+name, filepath.Join(dir, name))
	}
	xdg.Reload()
	return m.M.Run()
}

// TestScripts runs testdata/script. Besides the usual commands they have
//
//	serve [FLAG...]          starts a SPICE server, see machine, and sets ADDR
//	alien WORDS              starts a server of something else, and sets ADDR
//	received FILE            compares the input that the server got with FILE
//	status CODE COMMAND...   runs a command, which must end with this exit code
//	pattern FILE N           compares a PNG with the picture of display channel N
//	size FILE WxH            compares the size of a PNG
//	schema FILE              compares the fields of info's JSON with those known
//	envfile FILE...          replaces $PORT in files
//	cut FILE N               takes N bytes off the end of a file
//	benchschema FILE         compares the fields of replay --bench's JSON with those known
//	serveschema FILE         does so with those of replay --serve
//
// and PORT1, an address where nobody listens.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PORT1", "127.0.0.1:1")
			e.Setenv("DISPLAY", "")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("LIBVIRT_DEFAULT_URI", "qemu:///system?socket=/nowhere")
			e.Values[machineKey{}] = new(*machine)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serve, "alien": serveAlien, "received": received, "status": status, "pattern": pattern, "size": sizeOf,
			"schema": schema, "envfile": envfile, "cut": cut, "benchschema": benchSchema, "serveschema": serveSchema,
		},
	})
}

// listen makes an address on loopback and tells the script.
func listen(ts *testscript.TestScript) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("ADDR", l.Addr().String())
	ts.Setenv("PORT", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	return l
}

// machineKey is where the machine that a script serves is kept.
type machineKey struct{}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	m := newMachine(args)
	if m.has("tls") {
		m.server.TLS = certify(ts)
	}
	l := listen(ts)
	go m.server.Serve(l)
	ts.Defer(m.server.Close)
	*ts.Value(machineKey{}).(**machine) = m
}

func serveAlien(ts *testscript.TestScript, neg bool, args []string) {
	words, err := strconv.Unquote(`"` + strings.Join(args, " ") + `"`)
	ts.Check(err)
	go alien(listen(ts), []byte(words))
}

func received(ts *testscript.TestScript, neg bool, args []string) {
	m := *ts.Value(machineKey{}).(**machine)
	if got, want := m.input(), ts.ReadFile(args[0]); got != want {
		ts.Fatalf("the server received\n%swant\n%s", got, want)
	}
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func readPNG(ts *testscript.TestScript, name string) *image.RGBA {
	img, err := png.Decode(strings.NewReader(ts.ReadFile(name)))
	ts.Check(err)
	got := image.NewRGBA(img.Bounds())
	draw.Draw(got, got.Rect, img, image.Point{}, draw.Src)
	return got
}

func pattern(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.ParseUint(args[1], 10, 8)
	ts.Check(err)
	if got, want := readPNG(ts, args[0]), testPattern(uint8(n)); got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) {
		ts.Fatalf("%s, %v, is not the picture of display %d", args[0], got.Rect, n)
	}
}

func sizeOf(ts *testscript.TestScript, neg bool, args []string) {
	if got, want := readPNG(ts, args[0]).Rect.Size(), args[1]; fmt.Sprintf("%dx%d", got.X, got.Y) != want {
		ts.Fatalf("%s is %v, want %s", args[0], got, want)
	}
}

func envfile(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "$PORT", ts.Getenv("PORT"))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// schema fails when a field that others may rely on is gone or new.
func schema(ts *testscript.TestScript, neg bool, args []string) {
	var r struct {
		Address, Name, UUID string
		Secure              bool
		MouseMode           string   `json:"mouse_mode"`
		MouseModes          []string `json:"mouse_modes"`
		Agent               bool
		AgentCaps           []string `json:"agent_capabilities"`
		VideoRAM            uint32   `json:"video_ram"`
		Heads               []struct{ Channel, Monitor, X, Y, Width, Height int }
		Offered             []string
		Ports               []struct {
			Channel, Name string
			Opened        bool
		}
		Channels []struct {
			Name              string
			Secure            bool
			CommonCaps        []string `json:"common_capabilities"`
			Caps              []string `json:"capabilities"`
			Received, Sent    uint64
			ReceivedBytes     uint64 `json:"received_bytes"`
			SentBytes         uint64 `json:"sent_bytes"`
			Messages, Undrawn map[string]uint64
			Images            map[string]struct{ Count, Bytes, Pixels uint64 }
			Failed            uint64
		}
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(&r))
	if len(r.Heads) != 1 || len(r.Channels) != 4 || len(r.Offered) != 3 {
		ts.Fatalf("%d heads, %d channels, %d offered; want 1, 4, 3", len(r.Heads), len(r.Channels), len(r.Offered))
	}
	for _, c := range r.Channels {
		if c.Received == 0 && c.Name != "cursor" || len(c.CommonCaps) == 0 {
			ts.Fatalf("the %s channel received %d messages and has the common capabilities %v", c.Name, c.Received, c.CommonCaps)
		}
	}
}

// certify makes a server's certificate for 127.0.0.1 and tells the script: the
// authority is ca.pem, another one other.pem, the server's public key pub.pem.
func certify(ts *testscript.TestScript) *tls.Config {
	ca, caKey := newCertificate(ts, nil, nil, &x509.Certificate{IsCA: true, BasicConstraintsValid: true})
	other, otherKey := newCertificate(ts, nil, nil, &x509.Certificate{IsCA: true, BasicConstraintsValid: true})
	leaf, key := newCertificate(ts, ca, caKey, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test host"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	writePEM(ts, "ca.pem", "CERTIFICATE", ca.Raw)
	writePEM(ts, "other.pem", "CERTIFICATE", other.Raw)
	writePEM(ts, "pub.pem", "PUBLIC KEY", leaf.RawSubjectPublicKeyInfo)
	der, err := x509.MarshalPKIXPublicKey(otherKey.Public())
	ts.Check(err)
	writePEM(ts, "otherpub.pem", "PUBLIC KEY", der)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
}

// newCertificate signs template with parent, or with itself.
func newCertificate(ts *testscript.TestScript, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template.SerialNumber = big.NewInt(1)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	ts.Check(err)
	c, err := x509.ParseCertificate(der)
	ts.Check(err)
	return c, key
}

func writePEM(ts *testscript.TestScript, name, kind string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o600))
}
