package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// goals are the ratios to the reference that are wanted, by how an item's name
// begins; the first that fits counts.
var goals = []struct {
	prefix string
	ratio  float64
}{
	{"quic_RGB32_photo_32", 0.80}, {"quic_RGB32_desktop_32", 0.80},
	{"quic_RGB32_photo", 0.85}, {"quic_RGBA_photo", 0.85},
	{"quic_RGB32_desktop", 0.70}, {"quic_RGBA_desktop", 0.70},
	{"quic_RGB32_noise", 0.50},
	{"lz_RGB32_photo", 0.40}, {"lz_RGB32_desktop", 0.60}, {"lz_RGBA", 0.60}, {"lz_PLT8", 0.60},
	{"glz_RGB32_photo", 0.30}, {"glz_RGB32_desktop", 0.30}, {"zlibglz", 0.70},
	{"lz4_RGB32_photo", 1.3}, {"jpeg", 1.2},
}

// goal returns the ratio to the reference that is wanted of it: 1 where nothing
// else is said.
func (it *item) goal() float64 {
	for _, g := range goals {
		if strings.HasPrefix(it.Name, g.prefix) {
			return g.ratio
		}
	}
	return 1
}

// report prints the medians as a table in Markdown. Items that match re are
// shown; the others only gave the factor.
func report(list []*result, re *regexp.Regexp) {
	var factors []float64
	for _, r := range list {
		if len(r.theirs) > 0 && r.Reference > 0 {
			factors = append(factors, median(r.theirs)/r.Reference)
		}
	}
	factor := 1.0
	if len(factors) > 0 {
		factor = median(factors)
		fmt.Printf("Factor of this machine: %.2f (%.2f to %.2f over %d items).\n\n",
			factor, slices.Min(factors), slices.Max(factors), len(factors))
	}
	fmt.Println("| item | ns/pixel | reference | ratio | goal | |")
	fmt.Println("|---|---|---|---|---|---|")
	missed := 0
	for _, r := range list {
		if !re.MatchString(r.Name) || r.Reference == 0 && len(r.theirs) == 0 {
			continue
		}
		reference, how := r.Reference*factor, ""
		if len(r.theirs) > 0 {
			reference, how = median(r.theirs), " (here)"
		}
		ours := median(r.ours)
		verdict := "reached"
		if ours > reference*r.goal() {
			verdict = "not reached"
			missed++
		}
		if r.remark != "" {
			verdict += "; " + r.remark
		}
		fmt.Printf("| %s | %.2f | %.2f%s | %.2f | %.2f | %s |\n", r.Name, ours, reference, how, ours/reference, r.goal(), verdict)
	}
	fmt.Printf("\n%d goals not reached.\n", missed)
}
