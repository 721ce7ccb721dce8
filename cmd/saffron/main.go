package main

import (
	"os"
	"runtime/debug"
)

func main() {
	saveMemory()
	os.Exit(run(asCalled(os.Args[0], os.Args[1:])))
}

// saveMemory makes the garbage collector run earlier than usual. Nearly all
// memory is pixels, in which it has nothing to look for: a run costs little,
// and what it would otherwise let grow is much.
func saveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40)
	}
}
