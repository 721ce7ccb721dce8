package libvirtctl

import (
	"errors"
	"fmt"

	"github.com/digitalocean/go-libvirt"

	"saffron/libvirtctl/rpc"
)

// An Error is what libvirt refused to do, and why.
type Error struct {
	Op      string // what was asked for, as in "start domain work"
	Code    Code
	Message string // libvirt's own
}

func (e *Error) Error() string { return "libvirtctl: " + e.Op + ": " + e.Message }

// A Code tells libvirt's errors apart (virErrorNumber).
type Code uint32

// Codes that callers act upon.
const (
	CodeInternal             Code = 1
	CodeNoSupport            Code = 3
	CodeInvalidArg           Code = 8
	CodeOperationFailed      Code = 9
	CodeXMLError             Code = 27
	CodeOperationDenied      Code = 29 // the connection is read-only
	CodeNoDomain             Code = 42
	CodeAuthFailed           Code = 45
	CodeOperationInvalid     Code = 55 // in this state of the domain
	CodeConfigUnsupported    Code = 67
	CodeOperationTimeout     Code = 68
	CodeNoSnapshot           Code = 72
	CodeArgumentUnsupported  Code = 74
	CodeSnapshotRevertRisky  Code = 77
	CodeOperationAborted     Code = 78
	CodeBlockCopyActive      Code = 83
	CodeOperationUnsupported Code = 84
	CodeAgentUnresponsive    Code = 86
	CodeResourceBusy         Code = 87
	CodeAccessDenied         Code = 88
	CodeXMLInvalid           Code = 92 // against the schema
	CodeAuthUnavailable      Code = 94
	CodeDeviceMissing        Code = 99
)

// IsCode reports whether libvirt refused with one of some codes.
func IsCode(err error, codes ...Code) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// IsRefusal reports whether libvirt refused, rather than that it could not be
// asked.
func IsRefusal(err error) bool { return errors.As(err, new(*Error)) }

// ErrLost is the cause of calls that the end of a connection cut off.
var ErrLost = errors.New("the connection to libvirt was lost")

// wrap makes an error of go-libvirt ours; op says what was asked for.
func wrap(op string, err error) error {
	var (
		refused libvirt.Error
		direct  *rpc.Error
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return &Error{Op: op, Code: Code(refused.Code), Message: refused.Message}
	case errors.As(err, &direct):
		return &Error{Op: op, Code: Code(direct.Code), Message: direct.Message}
	case errors.Is(err, libvirt.ErrInterrupted):
		return fmt.Errorf("libvirtctl: %s: %w", op, ErrLost)
	case errors.Is(err, libvirt.ErrUnsupported):
		return &Error{Op: op, Code: CodeNoSupport, Message: "this libvirt does not know the call"}
	}
	return fmt.Errorf("libvirtctl: %s: %w", op, err)
}
