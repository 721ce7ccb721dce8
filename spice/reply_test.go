package spice

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"saffron/spice/wire"
)

// replyBody builds a link reply with caps at the usual place.
func replyBody(code LinkCode, key []byte, common, channel CapSet) []byte {
	var w wire.Writer
	w.U32(uint32(code))
	w.Bytes(append(slices.Clone(key), make([]byte, publicKeySize-len(key))...))
	w.U32(uint32(len(common)))
	w.U32(uint32(len(channel)))
	w.U32(linkReplySize)
	for _, word := range slices.Concat(common, channel) {
		w.U32(word)
	}
	return w.Body()
}

func TestLinkMessage(t *testing.T) {
	got := linkMessage(ChannelID{ChannelMain, 0}, 0, CapSet{0x0f})
	want := []byte("REDQ\x02\x00\x00\x00\x02\x00\x00\x00\x1a\x00\x00\x00" +
		"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x12\x00\x00\x00\x0b\x00\x00\x00\x0f\x00\x00\x00")
	if !bytes.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}

func TestLinkReply(t *testing.T) {
	key := bytes.Repeat([]byte{7}, publicKeySize)
	got, err := parseLinkReply(replyBody(LinkOK, key, CapSet{0x0b}, CapSet{0x0f, 1}))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Caps{CapSet{0x0b}, CapSet{0x0f, 1}}, got.caps); d != "" || !bytes.Equal(got.publicKey[:], key) {
		t.Errorf("key %x\n%s", got.publicKey[:4], d)
	}
	got, err = parseLinkReply(replyBody(LinkNeedSecured, nil, nil, nil))
	if err != nil || got.code != LinkNeedSecured {
		t.Errorf("a refusal: %+v, %v", got, err)
	}
}

func TestBrokenLinkReply(t *testing.T) {
	full := replyBody(LinkOK, nil, CapSet{1}, CapSet{2})
	for n := range full {
		if _, err := parseLinkReply(full[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(full))
		}
	}
	for at, want := range map[int]string{166: "count", 170: "count", 174: "offset"} {
		b := slices.Clone(full)
		copy(b[at:], "\xff\xff\xff\xff")
		if _, err := parseLinkReply(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
	b := slices.Clone(full)
	copy(b[174:], "\x00\x00\x00\x00")
	if _, err := parseLinkReply(b); err == nil {
		t.Error("words without an offset: no error")
	}
}

func TestReadLinkReply(t *testing.T) {
	header := func(s string) string { return "REDQ" + s }
	for name, tc := range map[string]struct{ in, want string }{
		"nothing":      {"", "EOF"},
		"part of it":   {"RED", "unexpected EOF"},
		"header only":  {header("\x02\x00\x00\x00\x02\x00\x00\x00\xb2\x00\x00\x00"), "unexpected EOF"},
		"RFB":          {"RFB 003.008\n", `answered "RFB 003.008\n"`},
		"short banner": {"+OK", `answered "+OK"`},
		"version":      {header("\x01\x00\x00\x00\x02\x00\x00\x00\xb2\x00\x00\x00"), "version 1"},
		"small":        {header("\x02\x00\x00\x00\x02\x00\x00\x00\xb1\x00\x00\x00"), "177 bytes"},
		"large":        {header("\x02\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff"), "4294967295 bytes"},
	} {
		_, err := readLinkReply(bufio.NewReader(strings.NewReader(tc.in)))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want it to mention %s", name, err, tc.want)
		}
		if name == "nothing" && err != io.EOF {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// checkLinkReply reads anything; what is read must be within the input.
func checkLinkReply(t *testing.T, stream []byte) {
	reply, err := readLinkReply(bufio.NewReader(bytes.NewReader(stream)))
	if (reply == nil) != (err != nil) {
		t.Fatalf("got %+v, %v", reply, err)
	}
	if err != nil {
		return
	}
	if words := len(reply.caps.Common) + len(reply.caps.Channel); 4*words > maxLinkReply {
		t.Errorf("%d words of capabilities", words)
	}
	if reply.code == LinkOK {
		authentication(reply, "secret") // any key: must not panic
	}
}

func FuzzLinkReply(f *testing.F) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		f.Fatal(err)
	}
	header := []byte("REDQ\x02\x00\x00\x00\x02\x00\x00\x00\xba\x00\x00\x00")
	f.Add(append(header, replyBody(LinkOK, der, CapSet{0x0b}, CapSet{0x0f})...))
	f.Add(append(header, replyBody(LinkOK, nil, CapSet{0x0c}, CapSet{1})...))
	f.Add(append(header, replyBody(LinkNeedSecured, nil, CapSet{0}, CapSet{0})...))
	f.Add([]byte("RFB 003.008\n"))
	f.Fuzz(checkLinkReply)
}

func TestTicket(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil || len(der) != publicKeySize {
		t.Fatalf("%d bytes of key, %v", len(der), err)
	}
	for _, password := range []string{"", "secret", strings.Repeat("x", MaxPassword)} {
		ticket, err := encryptTicket(password, der)
		if err != nil {
			t.Fatal(err)
		}
		text, err := rsa.DecryptOAEP(sha1.New(), nil, key, ticket, nil)
		if err != nil || string(text) != password+"\x00" {
			t.Errorf("%q: the ticket holds %q, %v", password, text, err)
		}
	}
}

func TestBadServerKeys(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, der := range map[string][]byte{"zero": make([]byte, publicKeySize), "not RSA": der} {
		if _, err := encryptTicket("", der); err == nil || !strings.Contains(err.Error(), "public key") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSASLOnly(t *testing.T) {
	reply := &linkReply{caps: Caps{Common: NewCapSet(CapAuthSelection, CapAuthSASL)}}
	if _, err := authentication(reply, ""); err == nil || !strings.Contains(err.Error(), "SASL") {
		t.Errorf("got %v", err)
	}
}

func TestLinkCodes(t *testing.T) {
	for code := range LinkCode(11) {
		var e *LinkError
		if err := refusal(code); !errors.As(err, &e) || e.Code != code || e.Error() == "" {
			t.Errorf("code %d: %v", code, err)
		}
	}
	if s := LinkCode(4000000000).String(); !strings.Contains(s, "4000000000") {
		t.Errorf("got %q", s)
	}
}
