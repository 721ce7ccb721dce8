package main

import (
	"fmt"
	"maps"
	"slices"
)

// countsOf returns lines such as "12 draw_copy", by name.
func countsOf(counts map[string]uint64) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%d %s", counts[name], name))
	}
	return lines
}
