//go:build !race

package glz

const raceEnabled = false
