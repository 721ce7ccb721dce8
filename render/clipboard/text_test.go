package clipboard

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecodeText(t *testing.T) {
	for _, tc := range []struct {
		typ, data, want string
		ok              bool
	}{
		{"UTF8_STRING", "Grüße\x00", "Grüße", true},
		{"UTF8_STRING", "a\x00\x00\x00", "a", true},
		{"UTF8_STRING", "bad \xff", "bad \uFFFD", true},
		{"text/plain;charset=utf-8", "ß", "ß", true},
		{"STRING", "Gr\xfc\xdfe", "Grüße", true},
		{"STRING", "Grüße", "Grüße", true}, // as some programs do
		{"COMPOUND_TEXT", "plain", "plain", true},
		{"COMPOUND_TEXT", "\x1b%G", "", false},
		{"", "", "", true},
	} {
		got, ok := decodeText(tc.typ, []byte(tc.data))
		if ok != tc.ok || ok && string(got) != tc.want {
			t.Errorf("%s %q: %q, %t", tc.typ, tc.data, got, ok)
		}
	}
}

func TestEncodeText(t *testing.T) {
	if got := encodeText("STRING", []byte("Grüße €")); string(got) != "Gr\xfc\xdfe ?" {
		t.Errorf("STRING: %q", got)
	}
	if got := encodeText("UTF8_STRING", []byte("€")); string(got) != "€" {
		t.Errorf("UTF8_STRING: %q", got)
	}
}

func TestFiles(t *testing.T) {
	for _, tc := range []struct {
		list  string
		paths []string
		cut   bool
	}{
		{"copy\nfile:///home/u/a%20b.txt\nfile:///tmp/c", []string{"/home/u/a b.txt", "/tmp/c"}, false},
		{"cut\nfile:///tmp/c\x00", []string{"/tmp/c"}, true},
		{"# comment\r\nfile:///tmp/a\r\nfile://localhost/tmp/b\r\n", []string{"/tmp/a", "/tmp/b"}, false},
		{"http://example.org/a\nfile://elsewhere/a\nfile:relative\n", nil, false},
		{"file:///tmp/../etc/x", []string{"/etc/x"}, false},
		{"", nil, false},
	} {
		paths, cut := Files([]byte(tc.list))
		if !slices.Equal(paths, tc.paths) || cut != tc.cut {
			t.Errorf("%q: %q, %t", tc.list, paths, cut)
		}
	}
}

func TestEncodeFiles(t *testing.T) {
	list := []byte("cut\nfile:///tmp/a%20b\nfile:///c")
	if got := encodeFiles("text/uri-list", list); string(got) != "file:///tmp/a%20b\r\nfile:///c\r\n" {
		t.Errorf("uri-list: %q", got)
	}
	if got := encodeFiles("x-special/gnome-copied-files", list); !bytes.Equal(got, list) {
		t.Errorf("gnome: %q", got)
	}
}

func TestFormatsOf(t *testing.T) {
	names := []string{"TARGETS", "text/uri-list", "image/png", "text/plain", "STRING", "UTF8_STRING", "image/bmp", "", "x/y"}
	if got, want := formatsOf(names), []Format{FileList, PNG, Text, BMP}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := bestName(names, Text); got != "UTF8_STRING" {
		t.Errorf("the best name of text is %q", got)
	}
	if got := bestName(names, TIFF); got != "" {
		t.Errorf("there is %q for TIFF", got)
	}
}

func TestTargets(t *testing.T) {
	for _, target := range targets {
		if got, ok := targetOf(target.name); !ok || got != target {
			t.Errorf("%s: %v, %t", target.name, got, ok)
		}
	}
}

// FuzzText decodes what a program may send for text.
func FuzzText(f *testing.F) {
	f.Add("UTF8_STRING", []byte("Grüße\x00"))
	f.Add("STRING", []byte("\xff\xfe"))
	f.Add("COMPOUND_TEXT", []byte("\x1b"))
	f.Fuzz(func(t *testing.T, typ string, data []byte) {
		text, ok := decodeText(typ, data)
		if ok && !utf8.Valid(text) {
			t.Errorf("%q is not UTF-8", text)
		}
		if ok && len(text) > 3*len(data) {
			t.Errorf("%d bytes became %d", len(data), len(text))
		}
		if ok {
			if again := toLatin1(text); len(again) > len(text) {
				t.Errorf("%d bytes became %d", len(text), len(again))
			}
		}
	})
}

// FuzzFiles reads lists of files as a program may send them, and writes them.
func FuzzFiles(f *testing.F) {
	f.Add([]byte("copy\nfile:///tmp/a%20b\nfile:///c"))
	f.Add([]byte("file:///a\r\nfile://host/b\r\n"))
	f.Fuzz(func(t *testing.T, list []byte) {
		paths, cut := Files(list)
		for _, p := range paths {
			if !strings.HasPrefix(p, "/") || strings.Contains(p+"/", "/../") || strings.ContainsRune(p, 0) {
				t.Errorf("%q", p)
			}
		}
		for _, name := range []string{"text/uri-list", "x-special/gnome-copied-files"} {
			again, stillCut := Files(encodeFiles(name, list))
			if !slices.Equal(again, paths) {
				t.Errorf("%s: %q became %q", name, paths, again)
			}
			if name != "text/uri-list" && stillCut != cut {
				t.Errorf("%s: cut %t became %t", name, cut, stillCut)
			}
		}
	})
}

// FuzzAtoms reads lists of targets as a program may send them.
func FuzzAtoms(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 2, 0, 0, 0, 3})
	f.Fuzz(func(t *testing.T, value []byte) {
		if list := atomsIn(value); len(list) > len(value)/4 || len(list) > maxTargets {
			t.Errorf("%d atoms of %d bytes", len(list), len(value))
		}
	})
}
