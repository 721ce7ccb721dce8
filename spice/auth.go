package spice

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	// MaxPassword is the longest password a server accepts, in bytes.
	MaxPassword = 60

	ticketSize    = 128 // bytes of an RSA-1024 ciphertext
	publicKeySize = 162 // bytes of a DER SubjectPublicKeyInfo for such a key
)

// encryptTicket returns password, with the terminating zero byte that servers
// compare, as RSAES-OAEP with SHA-1 under the server's key.
func encryptTicket(password string, der []byte) ([]byte, error) {
	pub, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("the server's public key: %w", err)
	}
	key, ok := pub.(*rsa.PublicKey)
	if !ok || key.Size() != ticketSize {
		return nil, errors.New("the server's public key is not a 1024-bit RSA key")
	}
	return rsa.EncryptOAEP(sha1.New(), rand.Reader, key, append([]byte(password), 0), nil)
}

// authentication returns what the client sends after the link reply: the
// mechanism, if both sides select one, and the ticket.
func authentication(reply *linkReply, password string) ([]byte, error) {
	var out []byte
	if reply.caps.Common.Has(CapAuthSelection) {
		if !reply.caps.Common.Has(CapAuthSpice) {
			return nil, errors.New("the server accepts only SASL, which is not supported")
		}
		out = binary.LittleEndian.AppendUint32(out, CapAuthSpice)
	}
	ticket, err := encryptTicket(password, reply.publicKey[:])
	if err != nil {
		return nil, err
	}
	return append(out, ticket...), nil
}
