package main

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps a process out of what the terminal sends to this one: it ends
// when its socket does, in order.
func ownGroup(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
