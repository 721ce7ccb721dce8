package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	saveMemory()
	os.Exit(run(asCalled(os.Args[0], os.Args[1:])))
}

// saveMemory makes the garbage collector run earlier than usual, but not before
// there is something to collect. Nearly all memory is pixels, in which it has
// nothing to look for: a run costs little, and what it would otherwise let grow is
// much. Runs while the program starts would cost a tenth of the start.
func saveMemory() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(firstPercent)
	runtime.AddCleanup(new([64]byte), func(percent int) { debug.SetGCPercent(percent) }, percent) // by the first run
}

// By how many percent the heap may grow until the collector runs, and until it
// runs for the first time: 4 MiB are taken to be there in the beginning.
const (
	percent      = 40
	firstPercent = 700
)
