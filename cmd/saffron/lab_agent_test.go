//go:build lab

package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"saffron/channels"
	"saffron/spice"
)

// A guestAgent is the real agent in the guest that an Xspice plays: a daemon at
// the server's port and a program in the X session.
type guestAgent struct {
	x               *xserver
	port, socket    string // of the server, and between the two
	uinput          string
	saves           string // folder that files are sent to
	daemon, session *process
}

// startXspiceAgent starts an X server like startXspice, with the guest's agent,
// which is there when a client connects. The server must be told about env and
// args before those of the agent.
func startXspiceAgent(t *testing.T, env []string, args ...string) (*xserver, *guestAgent) {
	t.Helper()
	need(t, "spice-vdagent", "spice-vdagentd")
	dir := t.TempDir()
	g := &guestAgent{
		port: filepath.Join(dir, "virtio"), socket: filepath.Join(dir, "socket"), uinput: filepath.Join(dir, "uinput"),
		saves: filepath.Join(dir, "saves"),
	}
	if err := os.Mkdir(g.saves, 0o700); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--vdagent", "--vdagent-no-launch", "--vdagent-virtio-path", g.port, "--vdagent-udcs-path", g.socket,
		"--vdagent-uinput-path", g.uinput}, args...)
	g.x = startXspice(t, env, args...)
	g.start(t)
	return g.x, g
}

// start starts both halves of the agent.
func (g *guestAgent) start(t *testing.T) {
	t.Helper()
	os.Remove(g.socket)
	g.daemon = start(t, g.x.env, "spice-vdagentd", "-d", "-f", "-x", "-X", "-S", g.socket, "-s", g.port, "-u", g.uinput)
	eventually(t, "starting spice-vdagentd", func() error {
		if err := g.daemon.running(); err != nil {
			return &neverError{err}
		}
		_, err := os.Stat(g.socket)
		return err
	})
	g.startSession(t)
}

// startSession starts the half that is in the X session.
func (g *guestAgent) startSession(t *testing.T) {
	t.Helper()
	g.session = start(t, g.x.env, "spice-vdagent", "-d", "-x", "-s", g.port, "-S", g.socket, "-f", g.saves, "-o", "0")
}

// stop ends both.
func (g *guestAgent) stop() {
	g.session.stop()
	g.daemon.stop()
}

// target is the address of the server.
func (x *xserver) target(t *testing.T) spice.Target {
	t.Helper()
	port, err := strconv.Atoi(x.uri[strings.LastIndexByte(x.uri, ':')+1:])
	if err != nil {
		t.Fatal(err)
	}
	return spice.Target{Host: "127.0.0.1", Port: port}
}

// connectAgent opens a session without a picture and returns it when the guest's
// agent has said what it can do.
func connectAgent(t *testing.T, x *xserver, o channels.Options) *channels.Session {
	t.Helper()
	o.Link.Target = x.target(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := channels.Connect(ctx, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Agent().Await(ctx); err != nil {
		t.Fatalf("the agent does not announce itself: %v", err)
	}
	return s
}

// TestLabAgentComesAndGoes follows the agent through an end and a new
// beginning.
func TestLabAgentComesAndGoes(t *testing.T) {
	t.Parallel()
	x, g := startXspiceAgent(t, nil)
	s := connectAgent(t, x, channels.Options{})
	caps := s.Agent().Caps().Names()
	for _, want := range []string{"monitors-config", "clipboard", "clipboard-selection", "max-clipboard"} {
		if !strings.Contains(strings.Join(caps, " "), want) {
			t.Errorf("the agent does not have %s: %q", want, caps)
		}
	}
	g.stop()
	eventually(t, "noticing that the agent has ended", func() error {
		if s.Agent().Connected() || s.Info().Agent {
			return errors.New("there still is one")
		}
		return nil
	})
	g.start(t)
	eventually(t, "noticing that the agent is there again", func() error {
		if !s.Agent().Ready() {
			return fmt.Errorf("connected %v, ready not", s.Agent().Connected())
		}
		return nil
	})
	select {
	case <-s.Done():
		t.Errorf("the session has ended: %v", s.Wait())
	default:
	}
}
