package monitors

import (
	"fmt"
	"strconv"
	"strings"
)

// A Mapping says which monitor of this computer, counted from 0, shows which
// of the guest, likewise.
type Mapping map[int]int

// maxMonitors is how many monitors a guest has at most.
const maxMonitors = 256

// ParseMapping reads a list such as 1:2,2:1, of pairs guest:client which both
// count from 1; semicolons separate as well. A monitor appears at most once on
// each side, and those of the guest are 1 up to their number.
func ParseMapping(text string) (Mapping, error) {
	m := Mapping{}
	used := map[int]bool{}
	for pair := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' }) {
		g, c, found := strings.Cut(strings.TrimSpace(pair), ":")
		guest, err1 := strconv.Atoi(strings.TrimSpace(g))
		client, err2 := strconv.Atoi(strings.TrimSpace(c))
		if !found || err1 != nil || err2 != nil || min(guest, client) < 1 || max(guest, client) > maxMonitors {
			return nil, fmt.Errorf("%q is no pair of monitors such as 1:2", pair)
		}
		if _, twice := m[guest-1]; twice {
			return nil, fmt.Errorf("monitor %d of the guest is mapped twice", guest)
		}
		if used[client-1] {
			return nil, fmt.Errorf("monitor %d of this computer is mapped twice", client)
		}
		m[guest-1], used[client-1] = client-1, true
	}
	for n := range len(m) {
		if _, ok := m[n]; !ok {
			return nil, fmt.Errorf("monitor %d of the guest is not mapped, but one after it is", n+1)
		}
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("%q maps no monitor", text)
	}
	return m, nil
}
