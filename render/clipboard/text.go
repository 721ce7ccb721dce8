package clipboard

import (
	"bytes"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// decodeText makes UTF-8 of text as a program has sent it: typ is the name of
// its type. ok is false for encodings that are not known.
func decodeText(typ string, data []byte) (text []byte, ok bool) {
	data = bytes.TrimRight(data, "\x00")
	switch typ {
	case "STRING":
		if !utf8.Valid(data) { // some programs send UTF-8 under this name
			return fromLatin1(data), true
		}
		return data, true
	case "COMPOUND_TEXT", "C_STRING":
		return data, ascii(data)
	}
	return bytes.ToValidUTF8(data, []byte("\uFFFD")), true
}

// encodeText makes text that was asked for by the name of a target.
func encodeText(name string, text []byte) []byte {
	if name == "STRING" {
		return toLatin1(text)
	}
	return text
}

func ascii(data []byte) bool {
	for _, b := range data {
		if b >= 0x80 || b == 0x1b {
			return false
		}
	}
	return true
}

func fromLatin1(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(data)/4)
	for _, b := range data {
		out = utf8.AppendRune(out, rune(b))
	}
	return out
}

// toLatin1 writes a question mark for what Latin-1 lacks.
func toLatin1(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r > 0xff {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return out
}

// maxFiles bounds the files of a list.
const maxFiles = 10000

// Files returns the files of a FileList: absolute paths on this computer. cut
// says that they are to be moved, not copied. What is no local file is left
// out.
func Files(list []byte) (paths []string, cut bool) {
	for line := range strings.Lines(string(list)) {
		line = strings.TrimRight(line, "\r\n\x00")
		if line == "cut" && len(paths) == 0 {
			cut = true
		}
		if p, ok := filePath(line); ok && len(paths) < maxFiles {
			paths = append(paths, p)
		}
	}
	return paths, cut
}

// filePath returns the path in a file:// address of this computer.
func filePath(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" {
		return "", false
	}
	p := u.Path
	if !path.IsAbs(p) || strings.ContainsRune(p, 0) {
		return "", false
	}
	return path.Clean(p), true
}

// encodeFiles makes a list of files, as Read returns one, that was asked for by
// the name of a target.
func encodeFiles(name string, list []byte) []byte {
	paths, cut := Files(list)
	var out []byte
	end := "\r\n"
	if name != "text/uri-list" {
		end = "\n"
		verb := "copy"
		if cut {
			verb = "cut"
		}
		out = append(out, verb...)
	}
	for i, p := range paths {
		if len(out) > 0 && (i == 0 || end == "\n") {
			out = append(out, '\n')
		}
		out = append(out, (&url.URL{Scheme: "file", Path: p}).String()...)
		if end == "\r\n" {
			out = append(out, end...)
		}
	}
	return out
}
