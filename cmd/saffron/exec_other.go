//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// replaceProcess starts another process and ends this one. It returns only if
// that fails.
func replaceProcess(path string, args, env []string) error {
	c := exec.Command(path)
	c.Args, c.Env = args, env
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := c.Start(); err != nil {
		return err
	}
	os.Exit(exitOther)
	return nil
}
