package tunnel

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// newKey makes a private key and writes it to a file, locked if there is a
// phrase.
func newKey(t *testing.T, name, phrase string) (ssh.Signer, string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if phrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(phrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	write(t, file, string(pem.EncodeToMemory(block)))
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer, file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A server accepts one user's key, and the password "right". Every channel to
// a socket is an echo; others are forbidden.
type server struct {
	host ssh.Signer
	addr *net.TCPAddr
}

func serve(t *testing.T, user ssh.PublicKey) *server {
	t.Helper()
	host, _ := newKey(t, "host", "")
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if user != nil && string(key.Marshal()) == string(user.Marshal()) {
				return nil, nil
			}
			return nil, errors.New("no")
		},
		PasswordCallback: func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if string(password) == "right" {
				return nil, nil
			}
			return nil, errors.New("no")
		},
	}
	config.AddHostKey(host)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go talk(conn, config)
		}
	}()
	return &server{host, l.Addr().(*net.TCPAddr)}
}

func talk(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		if c.ChannelType() != "direct-streamlocal@openssh.com" {
			c.Reject(ssh.Prohibited, "not allowed")
			continue
		}
		channel, more, err := c.Accept()
		if err != nil {
			return
		}
		go ssh.DiscardRequests(more)
		go io.Copy(channel, channel)
	}
}

// config is how to reach the server, whose key is known.
func (s *server) config(t *testing.T, keyFile string) Config {
	dir := t.TempDir()
	known, empty := filepath.Join(dir, "known"), filepath.Join(dir, "config")
	write(t, known, knownhosts.Line([]string{s.addr.String()}, s.host.PublicKey())+"\n")
	write(t, empty, "IdentityAgent none\n")
	return Config{Host: "127.0.0.1", Port: s.addr.Port, User: "me", KeyFile: keyFile, KnownHosts: known, ConfigFile: empty}
}

func TestDial(t *testing.T) {
	key, file := newKey(t, "key", "")
	s := serve(t, key.PublicKey())
	c, err := Dial(t.Context(), s.config(t, file))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	conn, err := c.Dial(t.Context(), "unix", "/run/some")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "hello")
	b := make([]byte, 5)
	if _, err := io.ReadFull(conn, b); err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := conn.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: %v", err)
	}
	var refused *RefusedError
	if _, err := c.Dial(t.Context(), "tcp", "127.0.0.1:1"); !errors.As(err, &refused) || !refused.Forbidden {
		t.Errorf("what is forbidden: %v", err)
	}
	if _, err := c.Dial(t.Context(), "udp", "127.0.0.1:1"); err == nil {
		t.Error("a network that ssh does not have")
	}
	c.Close()
	<-c.Done().Done()
}

// answers are a person's, in order.
func answers(t *testing.T, all ...string) func(context.Context, string, bool) (string, error) {
	return func(_ context.Context, text string, _ bool) (string, error) {
		if len(all) == 0 {
			t.Errorf("asked once more: %s", text)
			return "", io.EOF
		}
		a := all[0]
		all = all[1:]
		return a, nil
	}
}

func TestLockedKey(t *testing.T) {
	key, file := newKey(t, "key", "sesame")
	s := serve(t, key.PublicKey())
	config := s.config(t, file)
	var refused *AuthError
	if _, err := Dial(t.Context(), config); !errors.As(err, &refused) || !strings.Contains(err.Error(), "passphrase") {
		t.Errorf("nobody to ask: %v", err)
	}
	config.Ask = answers(t, "wrong", "sesame")
	c, err := Dial(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestPassword(t *testing.T) {
	config := serve(t, nil).config(t, "")
	config.Ask = answers(t, "wrong", "right")
	config.Methods = []string{MethodPassword}
	c, err := Dial(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	config.Methods = []string{"magic"}
	if _, err := Dial(t.Context(), config); err == nil || !strings.Contains(err.Error(), "magic") {
		t.Errorf("a method that is not there: %v", err)
	}
}

func TestHostKeys(t *testing.T) {
	key, file := newKey(t, "key", "")
	s := serve(t, key.PublicKey())
	config := s.config(t, file)
	var bad *HostKeyError
	expect := func(what string, ok bool) {
		t.Helper()
		c, err := Dial(t.Context(), config)
		if ok && err != nil || !ok && !errors.As(err, &bad) {
			t.Errorf("%s: %v", what, err)
		}
		if err == nil {
			c.Close()
		}
	}
	expect("known", true)
	write(t, config.KnownHosts, "")
	expect("unknown", false)
	config.Ask = answers(t, "no", "yes")
	expect("a person says no", false)
	expect("a person says yes", true)
	expect("stored", true)
	other, _ := newKey(t, "other", "")
	write(t, config.KnownHosts, knownhosts.Line([]string{s.addr.String()}, other.PublicKey())+"\n")
	config.HostKeys = HostKeysAccept
	expect("changed", false)
	if bad.Changed == "" || !strings.Contains(bad.Hint(), "ssh-keygen -R '[127.0.0.1]:") {
		t.Errorf("%v\n%s", bad, bad.Hint())
	}
	config.HostKeys = HostKeysIgnore
	expect("changed, and nobody cares", true)
	write(t, config.KnownHosts, "@revoked * "+string(ssh.MarshalAuthorizedKey(s.host.PublicKey())))
	config.HostKeys = HostKeysAccept
	expect("revoked", false)
}

func TestSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	write(t, file, `
Host desk
  HostName %h.example.org
  User fred
  Port 2222
  IdentityFile "/keys/%r@%n"
  IdentitiesOnly yes
  HostKeyAlias thedesk
  UserKnownHostsFile /k1 /k2
  StrictHostKeyChecking accept-new
  ProxyJump a@one:1,two
Match exec "true"
  User nobody
Match all
  IdentityAgent none
Host *
  ProxyJump gate
`)
	s, err := loadSettings(Config{Host: "desk", ConfigFile: file})
	if err != nil {
		t.Fatal(err)
	}
	if s.address() != "desk.example.org:2222" || s.user != "fred" || s.keys[0] != "/keys/fred@desk" || !s.only || s.agent != "" ||
		s.knownAs != "thedesk:22" || s.known[1] != "/k2" || s.newHosts != "accept-new" || strings.Join(s.jumps, " ") != "a@one:1 two" {
		t.Errorf("%+v", s)
	}
	s, err = loadSettings(Config{Host: "gate", ConfigFile: file, User: "me", Port: 7, KeyFile: "/k"})
	if err != nil || s.address() != "gate:7" || s.user != "me" || s.jumps != nil || len(s.keys) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := loadSettings(Config{Host: "desk", ConfigFile: file + "x"}); err == nil {
		t.Error("a file that is not there")
	}
	if _, err := jumpConfig(Config{}, "me@host:port"); err == nil {
		t.Error("a jump without a right port")
	}
}

func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	config := (&server{addr: l.Addr().(*net.TCPAddr), host: hostKey(t)}).config(t, "/nothing")
	if _, err := Dial(ctx, config); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func hostKey(t *testing.T) ssh.Signer {
	key, _ := newKey(t, "host", "")
	return key
}
