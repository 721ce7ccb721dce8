//go:build !unix

package main

import "time"

// cpuTime and peakMemory are not known here.
func cpuTime() time.Duration { return 0 }
func peakMemory() uint64     { return 0 }
