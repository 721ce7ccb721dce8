package agent

import (
	"bytes"
	"runtime"
)

// localCRLF says that lines end in CR LF on this system.
const localCRLF = runtime.GOOS == "windows"

// toGuest makes text of this system that of a guest, whose lines end in CR LF
// if crlf. It does not change b.
func toGuest(b []byte, crlf bool) []byte {
	b = bytes.TrimRight(b, "\x00")
	switch {
	case crlf:
		return toCRLF(b)
	case localCRLF:
		return toLF(b)
	}
	return b
}

// fromGuest makes text of a guest that of this system.
func fromGuest(b []byte, crlf bool) []byte {
	b = bytes.ToValidUTF8(bytes.TrimRight(b, "\x00"), []byte("\uFFFD"))
	switch {
	case localCRLF:
		return toCRLF(b)
	case crlf:
		return toLF(b)
	}
	return b
}

// toCRLF puts a CR before each LF that has none.
func toCRLF(b []byte) []byte {
	missing := bytes.Count(b, []byte("\n")) - bytes.Count(b, []byte("\r\n"))
	if missing == 0 {
		return b
	}
	out := make([]byte, 0, len(b)+missing)
	for i, c := range b {
		if c == '\n' && (i == 0 || b[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return out
}

func toLF(b []byte) []byte {
	if !bytes.Contains(b, []byte("\r\n")) {
		return b
	}
	return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
}
