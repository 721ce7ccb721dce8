package vv

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseGroup returns the raw values of one group of a key file. Where a key
// or a group comes twice, the later value counts. Errors name the line but
// never quote it, since it may hold a password.
func parseGroup(text, group string) (values map[string]string, found bool, err error) {
	if !utf8.ValidString(text) {
		return nil, false, errors.New("it is not UTF-8 text")
	}
	text = strings.TrimPrefix(text, "\ufeff")
	values = map[string]string{}
	current := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		// White space at the end of a value is part of it.
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		line = strings.TrimLeft(line, " \t\r\v\f")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			name, rest, ok := strings.Cut(line[1:], "]")
			if !ok || name == "" || strings.TrimSpace(rest) != "" {
				return nil, false, fmt.Errorf("line %d: a broken group heading", number)
			}
			current = name
			found = found || name == group
		default:
			key, value, ok := strings.Cut(line, "=")
			key = strings.TrimRight(key, " \t")
			if !ok || key == "" {
				return nil, false, fmt.Errorf("line %d: neither key=value nor a comment", number)
			}
			if current == "" {
				return nil, false, fmt.Errorf("line %d: a key before the first group", number)
			}
			if current == group {
				values[key] = strings.TrimLeft(value, " \t")
			}
		}
	}
	return values, found, nil
}

// escapes are what may follow a backslash.
var escapes = map[byte]byte{'s': ' ', 'n': '\n', 't': '\t', 'r': '\r', '\\': '\\'}

// unescape decodes a string value. An unknown escape stays as it is: somebody
// has written a password by hand.
func unescape(raw string) string { return split(raw, 0)[0] }

// list decodes a list value; empty items are left out.
func list(raw string) []string {
	var items []string
	for _, item := range split(raw, ';') {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// split decodes escapes and cuts at each bare separator; 0 means at none. The
// result has one item at least.
func split(raw string, separator byte) []string {
	var items []string
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case separator != 0 && c == separator:
			items = append(items, b.String())
			b.Reset()
			continue
		case c == '\\' && i+1 < len(raw):
			if d, ok := escapes[raw[i+1]]; ok {
				c, i = d, i+1
			} else if separator != 0 && raw[i+1] == separator {
				c, i = separator, i+1
			}
		}
		b.WriteByte(c)
	}
	return append(items, b.String())
}
