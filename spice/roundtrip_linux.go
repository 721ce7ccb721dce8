//go:build linux && !386 && !s390x

package spice

import (
	"encoding/binary"
	"syscall"
	"time"
	"unsafe"
)

// roundTrip asks the kernel for struct tcp_info, of which the smoothed round-trip
// time in microseconds is the 32 bits at offset 68 (linux/tcp.h).
func roundTrip(c syscall.RawConn) (took time.Duration) {
	const (
		tcpInfo = 11
		offset  = 68
	)
	var info [104]byte
	_ = c.Control(func(fd uintptr) {
		size := uint32(len(info))
		_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, tcpInfo,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
		if errno == 0 && size >= offset+4 {
			took = time.Duration(binary.NativeEndian.Uint32(info[offset:])) * time.Microsecond
		}
	})
	return took
}
