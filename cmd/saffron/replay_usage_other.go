//go:build !unix

package main

import (
	"os"
	"time"
)

// terminate ends a process: there is no asking here.
var terminate = os.Kill

// None of these is known here.
func cpuTime() time.Duration               { return 0 }
func peakMemory() uint64                   { return 0 }
func peakMemoryOf(int) uint64              { return 0 }
func peakMemoryIn(*os.ProcessState) uint64 { return 0 }
