package libvirtctl

import (
	"errors"
	"fmt"
)

// A Stage is where connecting has failed.
type Stage int

// The stages of connecting, in order.
const (
	StageResolve Stage = iota // the name, libvirt.conf
	StageDial                 // reaching the daemon: socket, name, TLS, ssh
	StageAuth                 // to prove who one is: to ssh, TLS or libvirt
	StageOpen                 // the daemon opens the driver
)

// A ConnectError is a connection to a host that could not be made.
type ConnectError struct {
	URI   string // without passwords; "" if it could not be read
	Stage Stage
	Err   error
	Hint  string // what to do about it, or ""
}

func (e *ConnectError) Error() string {
	cause := e.Err
	var refused *Error
	if errors.As(cause, &refused) {
		cause = errors.New(refused.Message)
	}
	switch {
	case e.URI == "":
		return fmt.Sprintf("libvirtctl: %v", cause)
	case e.Stage == StageAuth:
		return fmt.Sprintf("libvirtctl: log in to %s: %v", e.URI, cause)
	}
	return fmt.Sprintf("libvirtctl: connect to %s: %v", e.URI, cause)
}

func (e *ConnectError) Unwrap() error { return e.Err }
