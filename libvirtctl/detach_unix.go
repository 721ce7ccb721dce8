//go:build unix

package libvirtctl

import (
	"os/exec"
	"syscall"
)

// detach lets a program outlive this one and its terminal.
func detach(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
