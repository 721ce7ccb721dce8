package usbredir

import (
	"fmt"
	"strconv"
	"strings"
)

// A Filter says which devices are allowed: the first rule that fits counts, and
// without one none is.
type Filter []Rule

// A Rule fits devices; -1 is any.
type Rule struct {
	Class, Vendor, Product, Version int
	Allow                           bool
}

// ParseFilter reads rules as other viewers do: class, vendor, product, version
// and 0 or 1 for allowed, with commas between, numbers also as 0x, and the rules
// separated by |.
func ParseFilter(text string) (Filter, error) {
	var f Filter
	for rule := range strings.SplitSeq(text, "|") {
		if strings.TrimSpace(rule) == "" {
			continue
		}
		parts := strings.Split(rule, ",")
		if len(parts) != 5 {
			return nil, fmt.Errorf("usbredir: the rule %q has %d parts, not class,vendor,product,version,allow", rule, len(parts))
		}
		var n [5]int
		for i, most := range []int64{0xff, 0xffff, 0xffff, 0xffff, 1} {
			least := int64(-1)
			if i == 4 {
				least = 0
			}
			v, err := strconv.ParseInt(strings.TrimSpace(parts[i]), 0, 32)
			if err != nil || v < least || v > most {
				return nil, fmt.Errorf("usbredir: %q in the rule %q is not from %d to %d", parts[i], rule, least, most)
			}
			n[i] = int(v)
		}
		f = append(f, Rule{n[0], n[1], n[2], n[3], n[4] == 1})
	}
	return f, nil
}

// String returns the rules as ParseFilter reads them.
func (f Filter) String() string {
	var rules []string
	for _, r := range f {
		allow := 0
		if r.Allow {
			allow = 1
		}
		rules = append(rules, fmt.Sprintf("%s,%s,%s,%s,%d", hex(r.Class, 2), hex(r.Vendor, 4), hex(r.Product, 4), hex(r.Version, 4), allow))
	}
	return strings.Join(rules, "|")
}

func hex(n, digits int) string {
	if n < 0 {
		return "-1"
	}
	return fmt.Sprintf("0x%0*x", digits, n)
}

// Class numbers that filters look at.
const (
	classPerInterface  = 0x00
	classHID           = 0x03
	classMiscellaneous = 0xef
)

// Allows reports whether a device may be plugged: all of its classes must be
// allowed. Parts of a device that are keys on something else, a headset for
// example, are not looked at. A device without interfaces may turn out to be
// anything: all must be allowed.
func (f Filter) Allows(d Description) bool {
	if d.Class != classPerInterface && d.Class != classMiscellaneous && !f.allows(d.Class, d) {
		return false
	}
	if len(d.Interfaces) == 0 && !f.allowsAny(d) { // it is not configured
		return false
	}
	looked := 0
	for _, i := range d.Interfaces {
		keys := i.Class == classHID && i.SubClass == 0 && i.Protocol == 0
		if keys && len(d.Interfaces) > 1 {
			continue
		}
		looked++
		if !f.allows(i.Class, d) {
			return false
		}
	}
	if looked == 0 { // there is nothing but keys
		for _, i := range d.Interfaces {
			if !f.allows(i.Class, d) {
				return false
			}
		}
	}
	return true
}

func (f Filter) allows(class uint8, d Description) bool {
	for _, r := range f {
		if (r.Class == -1 || r.Class == int(class)) && r.fits(d) {
			return r.Allow
		}
	}
	return false
}

// allowsAny reports whether a device is allowed whatever its class.
func (f Filter) allowsAny(d Description) bool {
	for _, r := range f {
		switch {
		case !r.fits(d):
		case !r.Allow:
			return false
		case r.Class == -1:
			return true
		}
	}
	return false
}

// fits reports whether a rule is about a device, its class aside.
func (r *Rule) fits(d Description) bool {
	fits := func(rule int, n uint16) bool { return rule == -1 || rule == int(n) }
	return fits(r.Vendor, d.Vendor) && fits(r.Product, d.Product) && fits(r.Version, d.Version)
}
