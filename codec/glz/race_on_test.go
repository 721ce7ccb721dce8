//go:build race

package glz

// raceEnabled tells that a pool forgets things at random.
const raceEnabled = true
