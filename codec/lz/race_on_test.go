//go:build race

package lz

// raceEnabled tells that a pool forgets things at random.
const raceEnabled = true
