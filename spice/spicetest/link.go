package spicetest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

const (
	linkMagic     = "REDQ"
	version       = 2
	linkMessSize  = 18
	linkReplySize = 178
	maxLinkMess   = 4096
	maxCapWords   = 1024
	publicKeySize = 162
	keyBits       = 1024 // the size of the field leaves no choice
)

// serverKey makes the key that all servers of this process use: a fresh one
// for each link would take tests more time than all the rest.
var serverKey = sync.OnceValues(func() (*rsa.PrivateKey, []byte) {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		panic(err) // 1024 bits are enough for Go, and its source of chance does not fail
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil || len(der) != publicKeySize {
		panic(fmt.Sprint("spicetest: a public key of unexpected form: ", len(der), err))
	}
	return key, der
})

// A linkMess is what a client asks for.
type linkMess struct {
	session uint32
	id      spice.ChannelID
	caps    spice.Caps
}

// A refusedError is a link that the server turned down with a code.
type refusedError struct {
	id   spice.ChannelID
	code spice.LinkCode
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("spicetest: %s channel refused with code %d", e.id, uint32(e.code))
}

// link does the server's half of the handshake, its checks in the order of
// real servers.
func (s *Server) link(conn net.Conn, secure bool) (*Channel, error) {
	r := bufio.NewReaderSize(conn, 16<<10)
	m, code, err := readLinkMess(r)
	if err != nil {
		return nil, err
	}
	if code == spice.LinkOK {
		code = s.policy(m.id, secure)
	}
	if code != spice.LinkOK {
		_, _ = conn.Write(replyHeader(errorReply(code))) // refused either way
		return nil, &refusedError{m.id, code}
	}
	if !s.exists(m.id) {
		return nil, fmt.Errorf("spicetest: there is no %s channel", m.id)
	}
	own := spice.Caps{Common: s.commonCaps(), Channel: s.Caps[m.id.Type]}
	if _, err := conn.Write(replyHeader(okReply(own))); err != nil {
		return nil, err
	}
	if code, err = s.authenticate(r, m, own); err != nil {
		return nil, err
	}
	if _, err := conn.Write(binary.LittleEndian.AppendUint32(nil, uint32(code))); err != nil {
		return nil, err
	}
	if code != spice.LinkOK {
		return nil, &refusedError{m.id, code}
	}
	return &Channel{
		ID: m.id, ClientCaps: m.caps, Session: s.SessionID(), ConnectionID: m.session, Secure: secure,
		conn: conn, r: r, acked: make(chan struct{}),
		mini: own.Common.Has(spice.CapMiniHeader) && m.caps.Common.Has(spice.CapMiniHeader),
	}, nil
}

func (s *Server) commonCaps() spice.CapSet {
	caps := []int{spice.CapAuthSpice}
	if !s.NoAuthSelection {
		caps = append(caps, spice.CapAuthSelection)
	}
	if !s.NoMiniHeader {
		caps = append(caps, spice.CapMiniHeader)
	}
	return spice.NewCapSet(caps...)
}

// policy asks Refuse.
func (s *Server) policy(id spice.ChannelID, secure bool) spice.LinkCode {
	if s.Refuse == nil {
		return spice.LinkOK
	}
	code := s.Refuse(id)
	if code == spice.LinkNeedSecured && secure || code == spice.LinkNeedUnsecured && !secure {
		return spice.LinkOK
	}
	return code
}

// readLinkMess returns a code for a message that a server answers with it, and
// an error if there is no message.
func readLinkMess(r *bufio.Reader) (linkMess, spice.LinkCode, error) {
	var m linkMess
	var header [16]byte
	if _, err := io.ReadFull(r, header[:4]); err != nil {
		return m, 0, err
	}
	if !bytes.Equal(header[:4], []byte(linkMagic)) {
		return m, spice.LinkInvalidMagic, nil
	}
	if _, err := io.ReadFull(r, header[4:]); err != nil {
		return m, 0, err
	}
	if binary.LittleEndian.Uint32(header[4:]) != version {
		return m, spice.LinkVersionMismatch, nil
	}
	size := binary.LittleEndian.Uint32(header[12:])
	if size < linkMessSize || size > maxLinkMess {
		return m, spice.LinkInvalidData, nil
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return m, 0, err
	}
	if err := wire.Unmarshal(body, &m); err != nil {
		return m, spice.LinkInvalidData, nil
	}
	return m, spice.LinkOK, nil
}

// Decode implements wire.Decoder.
func (m *linkMess) Decode(r *wire.Reader) {
	m.session = r.U32()
	m.id = spice.ChannelID{Type: spice.ChannelType(r.U8()), ID: r.U8()}
	common, channel, at := r.U32(), r.U32(), r.U32()
	if common > maxCapWords || channel > maxCapWords {
		r.Fail(wire.ErrCount)
	}
	r.At(at, func(r *wire.Reader) {
		m.caps.Common = readCapSet(r, common)
		m.caps.Channel = readCapSet(r, channel)
	})
}

func readCapSet(r *wire.Reader, n uint32) spice.CapSet {
	s := make(spice.CapSet, r.Count(n, 4))
	for i := range s {
		s[i] = r.U32()
	}
	return s
}

func replyHeader(body []byte) []byte {
	var w wire.Writer
	w.Bytes([]byte(linkMagic))
	w.U32(version)
	w.U32(version)
	w.U32(uint32(len(body)))
	w.Bytes(body)
	return w.Body()
}

func errorReply(code spice.LinkCode) []byte {
	body := make([]byte, linkReplySize)
	binary.LittleEndian.PutUint32(body, uint32(code))
	return body
}

func okReply(caps spice.Caps) []byte {
	_, der := serverKey()
	var w wire.Writer
	w.U32(uint32(spice.LinkOK))
	w.Bytes(der)
	w.U32(uint32(len(caps.Common)))
	w.U32(uint32(len(caps.Channel)))
	w.U32(linkReplySize)
	for _, set := range []spice.CapSet{caps.Common, caps.Channel} {
		for _, word := range set {
			w.U32(word)
		}
	}
	return w.Body()
}

// authenticate reads mechanism and ticket, and returns the link result.
func (s *Server) authenticate(r *bufio.Reader, m linkMess, own spice.Caps) (spice.LinkCode, error) {
	if own.Common.Has(spice.CapAuthSelection) && m.caps.Common.Has(spice.CapAuthSelection) {
		var mechanism [4]byte
		if _, err := io.ReadFull(r, mechanism[:]); err != nil {
			return 0, err
		}
		if binary.LittleEndian.Uint32(mechanism[:]) != spice.CapAuthSpice {
			return spice.LinkInvalidData, nil
		}
	}
	var ticket [keyBits / 8]byte
	if _, err := io.ReadFull(r, ticket[:]); err != nil {
		return 0, err
	}
	key, _ := serverKey()
	text, err := rsa.DecryptOAEP(sha1.New(), nil, key, ticket[:], nil)
	if err != nil || len(text) == 0 || text[len(text)-1] != 0 || s.Password != "" && string(text[:len(text)-1]) != s.Password {
		return spice.LinkPermissionDenied, nil
	}
	if m.id.Type != spice.ChannelMain && m.session != s.SessionID() {
		return spice.LinkBadConnectionID, nil
	}
	return spice.LinkOK, nil
}
