package libvirtctl

import (
	"math"
	"testing"

	"saffron/libvirtctl/internal/xdr"
)

// bodies are messages of all types, without lies.
func bodies() map[EventKind][]byte {
	all := make(map[EventKind][]byte)
	for _, t := range eventTypes {
		var w xdr.Writer
		w.U32(1)
		if t.reason {
			w.U32(0)
		}
		w.String("work")
		w.Fixed(make([]byte, 16))
		w.I32(1)
		switch t.kind {
		case KindGraphics:
			w.U32(0)
			for range 2 {
				w.U32(1)
				w.String("::1")
				w.String("5900")
			}
			w.String("spice")
			w.U32(1)
			w.String("x509")
			w.String("me")
		case KindTunable, KindJobCompleted:
			w.U32(7)
			for kind := range uint32(7) {
				w.String("name")
				w.U32(kind + 1)
				w.U64(0) // two words, a word, or an empty string and the next name's length
				if kind != 2 && kind != 3 && kind != 4 {
					w = *shorten(&w)
				}
			}
		default:
			w.Fixed(make([]byte, 96)) // zeros, empty strings and nothing
		}
		all[t.kind] = w.Data()
	}
	return all
}

// shorten takes a word back.
func shorten(w *xdr.Writer) *xdr.Writer {
	var s xdr.Writer
	s.Fixed(w.Data()[:len(w.Data())-4])
	return &s
}

func TestParseTruncated(t *testing.T) {
	for kind, body := range bodies() {
		typ := typeOf(kind)
		if _, err := typ.parse(body); err != nil {
			t.Errorf("%s: whole: %v", kind, err)
		}
		shortest := 0
		for n := range body {
			if _, err := typ.parse(body[:n]); err == nil {
				break
			}
			shortest = n
		}
		if shortest < 31 {
			t.Errorf("%s: %d bytes are enough", kind, shortest+1)
		}
	}
}

func TestParseLies(t *testing.T) {
	for kind, body := range bodies() {
		for at := 0; at+4 <= len(body); at += 4 {
			lie := append([]byte(nil), body...)
			copy(lie[at:], []byte{0xff, 0xff, 0xff, 0xff})
			checkParse(t, typeOf(kind), lie)
		}
	}
}

// checkParse parses a message, which must not make more of it than there is.
func checkParse(t *testing.T, typ *eventType, body []byte) {
	e, err := typ.parse(body)
	if err != nil {
		return
	}
	if e.Kind != typ.kind || e.What == "" || len(e.String()) > 40*len(body)+200 {
		t.Errorf("%s: %d bytes make %+v", typ.kind, len(body), e)
	}
}

func TestKindsOfLibvirt(t *testing.T) {
	seen := make(map[int32]bool)
	for _, typ := range eventTypes {
		if seen[typ.id] || typ.id > 27 || typ.procedure < 318 {
			t.Errorf("%s: id %d, procedure %d", typ.kind, typ.id, typ.procedure)
		}
		seen[typ.id] = true
	}
	if got := (words{"a"}).of(math.MinInt32); got != "number -2147483648" {
		t.Error(got)
	}
}

func FuzzEvent(f *testing.F) {
	for i, t := range eventTypes {
		f.Add(byte(i), bodies()[t.kind])
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		checkParse(t, &eventTypes[int(which)%len(eventTypes)], body)
	})
}
