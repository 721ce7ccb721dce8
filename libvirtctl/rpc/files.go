package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
)

// maxFiles is how many descriptors libvirt passes with one reply at most.
const maxFiles = 32

// CanPassFiles reports whether descriptors can come over this connection: it
// is a local one.
func (c *Client) CanPassFiles() bool {
	_, ok := c.conn.(*net.UnixConn)
	return ok && filesSupported
}

// files takes the number of descriptors off the front of a reply's body, and
// the descriptors themselves, which follow the packet as messages of one byte
// each.
func (c *Client) files(body []byte) (rest []byte, files []*os.File, err error) {
	if len(body) < 4 {
		return nil, nil, errors.New("rpc: a reply with descriptors does not say how many")
	}
	n := binary.BigEndian.Uint32(body)
	if n > maxFiles {
		return nil, nil, fmt.Errorf("rpc: a reply with %d descriptors: at most %d can come", n, maxFiles)
	}
	unix, local := c.conn.(*net.UnixConn)
	if !local && n > 0 {
		return nil, nil, errors.New("rpc: a reply with descriptors over a connection that cannot pass any")
	}
	for range n {
		f, err := receiveFile(unix)
		if err != nil {
			closeAll(files)
			return nil, nil, fmt.Errorf("rpc: descriptor %d of a reply: %w", len(files)+1, err)
		}
		files = append(files, f)
	}
	return body[4:], files, nil
}
