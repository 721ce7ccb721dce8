package spice

import "slices"

// A CapSet is a set of capabilities as words of 32 bits: capability k is bit
// k mod 32 of word k / 32. Missing words are zero.
type CapSet []uint32

// Capabilities that every channel has (SPICE_COMMON_CAP_*).
const (
	CapAuthSelection = 0 // the client names an authentication mechanism
	CapAuthSpice     = 1 // ticket encrypted with the server's RSA key
	CapAuthSASL      = 2
	CapMiniHeader    = 3 // 6-byte message headers
)

// NewCapSet returns the set of the given capability numbers.
func NewCapSet(caps ...int) CapSet {
	var s CapSet
	for _, k := range caps {
		for len(s) <= k/32 {
			s = append(s, 0)
		}
		s[k/32] |= 1 << (k % 32)
	}
	return s
}

// Has reports whether capability k is in the set.
func (s CapSet) Has(k int) bool {
	return k/32 < len(s) && s[k/32]>>(k%32)&1 != 0
}

// List returns the capability numbers in the set, ascending.
func (s CapSet) List() []int {
	var list []int
	for k := range len(s) * 32 {
		if s.Has(k) {
			list = append(list, k)
		}
	}
	return list
}

// Clone returns a copy that shares no memory with s.
func (s CapSet) Clone() CapSet { return slices.Clone(s) }

// Caps are the two sets that each side announces when a channel is linked.
type Caps struct {
	Common  CapSet
	Channel CapSet
}
