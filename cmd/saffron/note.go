package main

import "strings"

// note returns what stands at the lower edge of the window as long as it lasts.
func (v *viewer) note() string {
	var lines []string
	for _, of := range []func() string{v.mic.note, v.clip.note, v.drop.note} {
		if text := of(); text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}
