//go:build unix

package main

import "syscall"

// replaceProcess makes this process another program, with the same number. It
// returns only if that fails. What is stuck in the system does not hold it up.
func replaceProcess(path string, args, env []string) error { return syscall.Exec(path, args, env) }
