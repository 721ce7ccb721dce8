package spicetest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestPipe moves more than the buffer holds in both directions at once.
func TestPipe(t *testing.T) {
	a, b := Pipe()
	want := bytes.Repeat([]byte("0123456789abcde"), pipeBuffer/4)
	echoed := make(chan error, 1)
	go func() {
		_, err := io.Copy(b, b)
		b.Close()
		echoed <- err
	}()
	go func() {
		a.Write(want)
		a.(*pipeConn).CloseWrite()
	}()
	got, err := io.ReadAll(a)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d of %d bytes, %v", len(got), len(want), err)
	}
	if err := <-echoed; err != nil {
		t.Error(err)
	}
}

func TestPipeEnds(t *testing.T) {
	a, b := Pipe()
	a.Write([]byte("last"))
	a.Close()
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading a closed end: %v", err)
	}
	if _, err := a.Write([]byte{1}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("writing to a closed end: %v", err)
	}
	if got, err := io.ReadAll(b); string(got) != "last" || err != nil {
		t.Errorf("the other end reads %q, %v", got, err)
	}
	if _, err := b.Write([]byte{1}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the other end writes: %v", err)
	}
	if a.LocalAddr().Network() != "pipe" || a.RemoteAddr().String() != "pipe" {
		t.Errorf("addresses %v, %v", a.LocalAddr(), a.RemoteAddr())
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		defer b.Close()
		defer a.Close()
		start := time.Now()
		a.SetReadDeadline(start.Add(time.Second))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Read after %v: %v", time.Since(start), err)
		}
		a.SetWriteDeadline(start.Add(3 * time.Second))
		if n, err := a.Write(make([]byte, pipeBuffer+1)); n != pipeBuffer || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("Write of %d bytes after %v: %v", n, time.Since(start), err)
		}
		a.SetDeadline(time.Time{})
		time.AfterFunc(time.Hour, func() { a.SetReadDeadline(time.Unix(1, 0)) }) // how a context interrupts
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) < time.Hour {
			t.Errorf("Read after %v: %v", time.Since(start), err)
		}
	})
}
