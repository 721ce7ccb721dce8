//go:build !amd64 || noasm

package quic

// useVector is false where there is no vector code.
var useVector = false

// coloursVector decodes nothing.
func (d *decoder) coloursVector(*group, []byte, []byte, *place, int) {}
