//go:build !linux

package pane

import (
	"errors"
	"image"
	"os"
)

// Supported says whether this system has panes.
const Supported = false

var errUnsupported = errors.New("this system shows one window for a machine")

// A conn is one end of the socket between the processes. There is none here.
type conn struct{}

func newConns() (conn, *os.File, error)                    { return conn{}, nil, errUnsupported }
func openConn(f *os.File) (conn, error)                    { return conn{}, errors.Join(errUnsupported, f.Close()) }
func (conn) send(any, *os.File) error                      { return errUnsupported }
func (conn) receive([]byte) ([]byte, *os.File, error)      { return nil, nil, errUnsupported }
func (conn) Close() error                                  { return nil }
func newMemory(image.Point) ([]byte, *os.File, error)      { return nil, nil, errUnsupported }
func openMemory(f *os.File, _ image.Point) ([]byte, error) { return nil, errUnsupported }
func freeMemory([]byte)                                    {}
