package rpc

import (
	"fmt"

	"saffron/libvirtctl/internal/xdr"
)

// An Error is a refusal of the daemon.
type Error struct {
	Code    uint32 // virErrorNumber
	Message string
}

func (e *Error) Error() string { return e.Message }

// parseError reads the body of a reply with an error.
func parseError(body []byte) error {
	r := xdr.NewReader(body)
	e := &Error{Code: r.U32()}
	r.U32() // the part of libvirt it comes from
	e.Message = r.OptString()
	if r.Err() != nil {
		return fmt.Errorf("rpc: an error that cannot be read: %w", r.Err())
	}
	if e.Message == "" {
		e.Message = "libvirt gives no reason"
	}
	return e
}
