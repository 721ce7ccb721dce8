//go:build lab

// The lab tests run real servers on this machine and compare what Saffron shows
// with what the servers themselves say is on their screens. They are run with
//
//	go test -tags lab -run Lab ./cmd/saffron
//
// and need the packages of testdata/lab/packages.txt. They do not skip: without
// those packages they fail.
package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds the wait for anything in the lab to happen.
const patience = 30 * time.Second

// need fails the test unless the programs are installed.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Fatalf("%s is not installed; run: apt-get install -y --no-install-recommends %s", p, packages())
		}
	}
}

// packages are what the lab needs, by Debian's names.
func packages() string {
	list, err := os.ReadFile("../../testdata/lab/packages.txt")
	if err != nil {
		return err.Error()
	}
	var names []string
	for line := range strings.Lines(string(list)) {
		line, _, _ = strings.Cut(line, "#")
		names = append(names, strings.Fields(line)...)
	}
	return strings.Join(names, " ")
}

// A process is a server or an X client that runs until the test ends.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string        // file with both outputs
	done chan struct{} // closed when it has ended
	err  error         // valid after done
}

// start runs a program in a process group of its own, ends it with the test,
// and shows the end of its output if the test failed. Should the test itself be
// killed, timeout(1) ends the program.
func start(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	need(t, name)
	p := &process{name: name, done: make(chan struct{}), log: filepath.Join(t.TempDir(), filepath.Base(name)+".log")}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command("timeout", append([]string{"-k", "5", "600", name}, args...)...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s %s\n%s", name, strings.Join(args, " "), p.tail())
		}
	})
	return p
}

// stop ends the process and its children, politely at first.
func (p *process) stop() {
	group := -p.cmd.Process.Pid
	syscall.Kill(group, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(3 * time.Second):
	}
	syscall.Kill(group, syscall.SIGKILL)
	<-p.done
}

// tail returns the end of the output.
func (p *process) tail() string {
	out, _ := os.ReadFile(p.log)
	return string(out[max(0, len(out)-3000):])
}

// running is an error once the process has ended.
func (p *process) running() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s has ended: %v\n%s", p.name, p.err, p.tail())
	default:
		return nil
	}
}

// eventually calls try until it returns nil, and fails the test with its last
// error if that does not happen in time.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		var never *neverError
		if errors.As(err, &never) || time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// A neverError says that waiting longer is of no use.
type neverError struct{ error }

// listening waits until something accepts connections at address.
func listening(t *testing.T, p *process, network, address string) {
	t.Helper()
	eventually(t, "waiting for "+address, func() error {
		if err := p.running(); err != nil {
			return &neverError{err}
		}
		c, err := net.Dial(network, address)
		if err == nil {
			c.Close()
		}
		return err
	})
}

var lastPort atomic.Int32

// freePort returns a TCP port of 127.0.0.1 that nothing uses, below those that
// the system gives to outgoing connections.
func freePort(t *testing.T) int {
	t.Helper()
	const first, count = 20000, 10000
	for range count {
		port := first + (os.Getpid()*37+int(lastPort.Add(1)))%count
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// program builds saffron once, beside the test binary, which `go test` removes.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(os.Args[0]), "saffron-lab")
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// A result is what a run of saffron left behind.
type result struct {
	code           int
	stdout, stderr string
}

// saffron runs the program. It fails the test if the program does not end.
func saffron(t *testing.T, args ...string) result {
	t.Helper()
	return saffronWith(t, nil, args...)
}

// saffronWith is saffron with additions to the environment.
func saffronWith(t *testing.T, env []string, args ...string) result {
	t.Helper()
	r, err := execute(t.Context(), env, args...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// execute runs the program. Any goroutine. The error is not the program's, but
// says that it could not be run or did not end.
func execute(ctx context.Context, env []string, args ...string) (result, error) {
	path, err := program()
	if err != nil {
		return result{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return result{}, fmt.Errorf("saffron %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, nil
}

// succeed runs saffron and fails the test unless it succeeds.
func succeed(t *testing.T, args ...string) result {
	t.Helper()
	r := saffron(t, args...)
	if r.code != 0 {
		t.Fatalf("saffron %s: exit code %d\n%s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r
}
