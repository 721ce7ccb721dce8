//go:build unix

package rpc

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// socketPair returns both ends of a local connection.
func socketPair(t *testing.T) (near, far *net.UnixConn) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	noError(t, err)
	defer l.Close()
	a, err := net.Dial("unix", l.Addr().String())
	noError(t, err)
	b, err := l.Accept()
	noError(t, err)
	t.Cleanup(func() { a.Close(); b.Close() })
	return a.(*net.UnixConn), b.(*net.UnixConn)
}

// TestFiles passes descriptors as libvirt does: after the packet, one to a
// byte.
func TestFiles(t *testing.T) {
	for _, tt := range []struct {
		name           string
		promised, sent int
		says           string
	}{
		{"one", 1, 1, ""},
		{"three", 3, 3, ""},
		{"none", 0, 0, ""},
		{"one too few", 2, 1, "descriptor 2 of a reply"},
		{"a byte without one", 1, 0, "did not come"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			near, far := socketPair(t)
			c := New(near, func(uint32, []byte) {})
			t.Cleanup(func() { c.Close() })
			go func() {
				h, _, err := readPacket(far)
				if err != nil {
					return
				}
				h.kind = typeReplyWithFiles
				far.Write(h.packet([]byte{0, 0, 0, byte(tt.promised), 'b', 'o', 'd', 'y'}))
				for range tt.sent {
					r, w, _ := os.Pipe()
					far.WriteMsgUnix([]byte{0}, syscall.UnixRights(int(w.Fd())), nil)
					w.Close()
					r.Close()
				}
				far.Write([]byte{0})
				far.Close()
			}()
			body, files, err := c.Call(t.Context(), ProcOpenGraphicsFile, nil)
			defer closeAll(files)
			switch {
			case tt.says != "":
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%v; want %q", err, tt.says)
				}
			case err != nil || string(body) != "body" || len(files) != tt.promised:
				t.Errorf("%q, %d descriptors, %v", body, len(files), err)
			}
		})
	}
}

// TestFilesUnasked passes a descriptor with a packet that has none.
func TestFilesUnasked(t *testing.T) {
	near, far := socketPair(t)
	c := New(near, func(uint32, []byte) {})
	t.Cleanup(func() { c.Close() })
	go func() {
		h, _, err := readPacket(far)
		if err != nil {
			return
		}
		far.WriteMsgUnix(replyTo(h, statusOK, []byte("good")), syscall.UnixRights(0), nil)
	}()
	body, files, err := c.Call(t.Context(), procURI, nil)
	if err != nil || string(body) != "good" || len(files) != 0 {
		t.Errorf("%q, %d descriptors, %v", body, len(files), err)
	}
}
