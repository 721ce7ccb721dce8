package agent

import (
	"fmt"
	"strconv"
	"strings"
)

// maxName bounds the name of a file, in bytes, as file systems do.
const maxName = 255

// startOf returns what tells the guest of a file.
func startOf(name string, size int64) (*fileStart, error) {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if size < 0 || name == "" || name == "." || name == ".." || len(name) > maxName || strings.ContainsAny(name, "/\x00") {
		return nil, fmt.Errorf("%w: %q", errName, name)
	}
	return &fileStart{Text: "[vdagent-file-xfer]\nname=" + keyFileValue(name) + "\nsize=" + strconv.FormatInt(size, 10) + "\n"}, nil
}

// keyFileValue escapes a text as a value of a key file.
func keyFileValue(s string) string {
	var b strings.Builder
	leading := true
	for _, c := range s {
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == ' ' && leading:
			b.WriteString(`\s`)
		default:
			b.WriteRune(c)
		}
		leading = leading && c == ' '
	}
	return b.String()
}

// amount writes a number of bytes for people.
func amount(n uint64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	f := float64(n) / 1000
	i := 0
	for f >= 999.5 && i < len(units)-1 {
		f /= 1000
		i++
	}
	if f < 9.95 {
		return fmt.Sprintf("%.1f %cB", f, units[i])
	}
	return fmt.Sprintf("%.0f %cB", f, units[i])
}
