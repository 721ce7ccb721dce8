package rpc

import (
	"testing"

	"saffron/libvirtctl/internal/xdr"
)

func stats() []byte {
	var w xdr.Writer
	w.U32(1)
	w.String("work")
	w.Fixed(make([]byte, 16))
	w.U32(1)
	w.U32(4)
	for kind, put := range map[uint32]func(){1: func() { w.U32(1) }, 4: func() { w.U64(1) }, 6: func() { w.U32(1) }, 7: func() { w.String("text") }} {
		w.String("state.state")
		w.U32(kind)
		put()
	}
	return w.Data()
}

func TestCheckReply(t *testing.T) {
	var refused xdr.Writer
	refused.U32(42)
	refused.U32(10)
	refused.OptString("no domain")
	for name, tc := range map[string]struct {
		procedure, status uint32
		body              []byte
	}{
		"stats": {344, statusOK, stats()}, "error": {344, statusError, refused.Data()},
	} {
		if err := checkReply(tc.procedure, tc.status, tc.body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for n := range tc.body {
			if err := checkReply(tc.procedure, tc.status, tc.body[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are enough", name, n, len(tc.body))
			}
		}
	}
	if err := checkReply(212, statusOK, []byte{0xff}); err != nil {
		t.Errorf("an answer of numbers: %v", err)
	}
}

// TestCheckReplyLies has answers that begin with a count or length that cannot
// be.
func TestCheckReplyLies(t *testing.T) {
	for procedure := range shapes {
		body := make([]byte, 64)
		at := 0
		if procedure == 298 { // it begins with a number
			at = 4
		}
		copy(body[at:], []byte{0x7f, 0xff, 0xff, 0xff})
		if err := checkReply(procedure, statusOK, body); err == nil {
			t.Errorf("procedure %d: believed", procedure)
		}
	}
}

func FuzzCheckReply(f *testing.F) {
	for procedure := range shapes {
		f.Add(procedure, stats())
	}
	f.Fuzz(func(t *testing.T, procedure uint32, body []byte) {
		_ = checkReply(procedure, statusOK, body)
		if err := checkReply(procedure, statusError, body); err == nil && len(body) < 12 {
			t.Errorf("a refusal of %d bytes", len(body))
		}
	})
}
