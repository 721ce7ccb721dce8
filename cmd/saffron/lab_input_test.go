//go:build lab

package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// line is what the tests type: 200 characters, all that a US keyboard has.
const line = "The Quick Brown Fox Jumps Over 13 Lazy Dogs; " +
	"`1234567890-= ~!@#$%^&*()_+ [];',./ {}:\"<>?| \\ " +
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz " +
	"aAbBcC11!!22@@ pack my box with (five) <dozen> LIQUOR."

func TestLabTypeQEMU(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{})
	m.guest.text(t, true)
	succeed(t, "type", m.uri, line)
	if got := m.guest.keys(t, line); got != line {
		t.Errorf("the guest got\n%q, typed was\n%q", got, line)
	}
	succeed(t, "key", m.uri, "enter")
	if got := m.guest.keys(t, "\r"); got != "\r" {
		t.Errorf("the guest got %q for enter", got)
	}
}

func TestLabTypeXspice(t *testing.T) {
	t.Parallel()
	x := startXspice(t, nil)
	file := filepath.Join(x.dir, "typed")
	x.terminal(t, "typing", "80x24+100+100", fmt.Sprintf("cat >'%s'", file))
	x.client(t, "xdotool", "mousemove", "300", "300") // the keyboard follows the pointer
	succeed(t, "type", x.uri, line+"\n")
	var got string
	eventually(t, "typing into xterm", func() error {
		b, err := os.ReadFile(file)
		got = string(b)
		if err == nil && !strings.HasSuffix(got, "\n") {
			err = fmt.Errorf("the terminal has %q so far", got)
		}
		return err
	})
	if got != line+"\n" {
		t.Errorf("the terminal got\n%q, typed was\n%q", got, line+"\n")
	}
}

func TestLabClick(t *testing.T) {
	t.Parallel()
	x := startXspice(t, nil)
	xev := start(t, x.env, "xev", "-geometry", "400x300+100+80", "-name", "target", "-event", "button")
	eventually(t, "opening xev", func() error {
		_, err := x.try("xdotool", "search", "--onlyvisible", "--name", "^target$")
		return err
	})
	clicks := 0
	for _, p := range [][2]int{{100, 80}, {257, 301}, {499, 379}, {333, 111}} {
		succeed(t, "click", x.uri, fmt.Sprint(p[0]), fmt.Sprint(p[1]))
		clicks++
		at := x.client(t, "xdotool", "getmouselocation")
		if want := fmt.Sprintf("x:%d y:%d ", p[0], p[1]); !strings.HasPrefix(at, want) {
			t.Errorf("the pointer is at %q, want %q", at, want)
		}
		want := fmt.Sprintf("root:(%d,%d)", p[0], p[1])
		eventually(t, "clicking", func() error {
			out, _ := os.ReadFile(xev.log)
			presses := regexp.MustCompile(`ButtonPress event[^\n]*\n[^\n]*root:\(\d+,\d+\)[^\n]*\n[^\n]*button 1`).FindAllString(string(out), -1)
			if len(presses) != clicks || !strings.Contains(presses[clicks-1], want) {
				return fmt.Errorf("xev saw %q, want the last of %d at %s", presses, clicks, want)
			}
			if n := strings.Count(string(out), "ButtonRelease event"); n != clicks {
				return fmt.Errorf("xev saw %d releases, want %d", n, clicks)
			}
			return nil
		})
	}
}
