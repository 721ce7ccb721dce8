package vv

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Emulates is the version of the reference viewer whose files this package
// understands.
const Emulates = "11.0"

// A VersionError is a file that asks for a newer viewer.
type VersionError struct {
	Version string // the least version
	URL     string // where the file says that it can be had, or ""
}

func (e *VersionError) Error() string {
	s := fmt.Sprintf("the file asks for version %q of the viewer; this one counts as %s", e.Version, Emulates)
	if e.URL != "" {
		s += fmt.Sprintf(" (the file suggests %q)", e.URL)
	}
	return s
}

// checkVersion looks at "version" only: "versions" is for builds that bear the
// name of an operating system, which this one does not.
func (f *File) checkVersion() error {
	if f.Version != "" && compareVersions(Emulates, f.Version) < 0 {
		return &VersionError{f.Version, f.NewerVersionURL}
	}
	return nil
}

// compareVersions compares numbers separated by dots, part by part; a missing
// part is zero, and a part that is no number makes all equal. Behind a '-' is
// the number of a package build, which says nothing about another viewer.
func compareVersions(a, b string) int {
	as, aok := versionParts(a)
	bs, bok := versionParts(b)
	if !aok || !bok {
		return 0
	}
	for i := range max(len(as), len(bs)) {
		if c := cmp.Compare(part(as, i), part(bs, i)); c != 0 {
			return c
		}
	}
	return 0
}

func versionParts(s string) ([]uint64, bool) {
	s, _, _ = strings.Cut(s, "-")
	var parts []uint64
	for p := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(p, 10, 64)
		if err != nil {
			return nil, false
		}
		parts = append(parts, n)
	}
	return parts, true
}

func part(parts []uint64, i int) uint64 {
	if i < len(parts) {
		return parts[i]
	}
	return 0
}
