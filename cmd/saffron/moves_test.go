package main

import (
	"testing"
	"time"
)

// TestMovesLeft counts moves one after the other, and not those of months.
func TestMovesLeft(t *testing.T) {
	moves := 0
	for range 3 * maxMoves {
		moves = movesLeft(moves, time.Hour) + 1
	}
	if moves >= maxMoves {
		t.Errorf("a machine that moves every hour is given up after %d", moves)
	}
	for range maxMoves {
		moves = movesLeft(moves, time.Second) + 1
	}
	if moves < maxMoves {
		t.Errorf("a machine that is passed to and fro is followed: %d", moves)
	}
}
