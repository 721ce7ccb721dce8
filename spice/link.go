package spice

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"saffron/spice/wire"
)

const (
	linkMagic   = "REDQ"
	majorNumber = 2
	minorNumber = 2

	linkMessSize  = 18
	linkReplySize = 178

	// maxTries is enough for a server that wants both TLS and the password of
	// 60 bytes cut.
	maxTries = 3
)

// commonCaps are what this client can do on every channel.
var commonCaps = NewCapSet(CapAuthSelection, CapAuthSpice, CapMiniHeader)

// An Outgoing is a message to send.
type Outgoing struct {
	Type uint16
	Body wire.Encoder // nil for an empty body
}

// Connect opens the link of channel id: Dial and Link, and once more over TLS
// if the server says that this channel must be encrypted. session is 0 on main
// and the session's id on every other channel. The messages in first go out
// together with the ticket, a round trip before the server's answer. The error
// is a *LinkError.
func Connect(ctx context.Context, id ChannelID, session uint32, caps CapSet, o *Options, first ...Outgoing) (*Conn, error) {
	t, err := Dial(ctx, id.Type, o)
	if err != nil {
		return nil, err
	}
	return ConnectOver(ctx, t, id, session, caps, o, first...)
}

// ConnectOver is Connect over a transport dialled earlier, which it owns from
// now on. If the server refuses in a way that another transport would mend, it
// dials that one.
func ConnectOver(ctx context.Context, t *Transport, id ChannelID, session uint32, caps CapSet, o *Options, first ...Outgoing) (*Conn, error) {
	password, err := o.ticket(ctx)
	if err != nil {
		t.Close()
		return nil, &LinkError{Stage: StageAuthenticate, Channel: id, Value: t.value, Err: err}
	}
	if len(password) > MaxPassword {
		t.Close()
		return nil, &LinkError{Stage: StageAuthenticate, Channel: id, Value: t.value,
			Err:  fmt.Errorf("the password has %d bytes, servers accept at most %d", len(password), MaxPassword),
			Hint: "Check that the password was copied without anything around it."}
	}
	for try := 1; ; try++ {
		c, err := t.link(ctx, id, session, caps, o, password, first)
		var refused *LinkError
		if err == nil || !errors.As(err, &refused) || try == maxTries {
			return c, err
		}
		retry, secure := t.anotherTry(id.Type, refused.Code, password, o)
		if !retry {
			return nil, err
		}
		if refused.Code == LinkPermissionDenied {
			password = password[:MaxPassword-1]
		}
		if t, err = dial(ctx, id.Type, o, secure); err != nil {
			return nil, err
		}
	}
}

// anotherTry reports whether another transport, encrypted or not, could mend a
// refusal. Encryption that was asked for is never given up. A password of
// exactly the maximal length is cut by one byte in servers.
func (t *Transport) anotherTry(typ ChannelType, code LinkCode, password string, o *Options) (retry, secure bool) {
	switch code {
	case LinkNeedSecured:
		return !t.secure && o.Target.TLSPort != 0, true
	case LinkNeedUnsecured:
		return t.secure && o.Target.Port != 0 && !o.TLS.Configured() && !o.mustSecure(typ), false
	case LinkPermissionDenied:
		return len(password) == MaxPassword, t.secure
	}
	return false, false
}

// link makes the transport into a Conn, or closes it.
func (t *Transport) link(ctx context.Context, id ChannelID, session uint32, caps CapSet, o *Options, password string, first []Outgoing) (*Conn, error) {
	stop := until(ctx, t.conn, o.linkTimeout())
	c, err := t.handshake(id, session, caps, o, password, first)
	stop()
	if err == nil && ctx.Err() == nil {
		return c, nil
	}
	t.Close()
	if err == nil {
		c.tellEnd()
		err = &LinkError{Stage: StageLink, Err: context.Cause(ctx)}
	}
	var le *LinkError
	if errors.As(err, &le) {
		le.Channel, le.Value = id, t.value
		if ctx.Err() != nil {
			le.Err, le.Hint = context.Cause(ctx), ""
		}
	}
	return nil, err
}

// handshake runs link message, reply, ticket and result.
func (t *Transport) handshake(id ChannelID, session uint32, caps CapSet, o *Options, password string, first []Outgoing) (*Conn, error) {
	// If this fails the server may still have said why.
	_, writeErr := t.conn.Write(linkMessage(id, session, caps))
	// One buffered reader serves handshake and messages: a server sends its
	// first messages in the same segment as the link result.
	r := bufio.NewReaderSize(t.conn, 64<<10)
	reply, err := readLinkReply(r)
	if err == nil && reply.code == LinkOK {
		err = writeErr
	}
	if err != nil {
		return nil, linkFailure(StageLink, id, err)
	}
	if reply.code != LinkOK {
		return nil, refusal(reply.code)
	}
	out, err := authentication(reply, password)
	if err != nil {
		return nil, &LinkError{Stage: StageAuthenticate, Err: err}
	}
	c := newConn(t, r, id, reply.caps, o)
	for _, m := range first {
		out = c.appendMessage(out, m.Type, m.Body)
	}
	if _, err := t.conn.Write(out); err != nil {
		return nil, linkFailure(StageAuthenticate, id, err)
	}
	var result [4]byte
	if _, err := io.ReadFull(r, result[:]); err != nil {
		return nil, linkFailure(StageAuthenticate, id, err)
	}
	if code := LinkCode(binary.LittleEndian.Uint32(result[:])); code != LinkOK {
		return nil, refusal(code)
	}
	if o.Tap != nil {
		o.Tap.Opened(id, c.caps, c.secure)
	}
	return c, nil
}

// linkMessage returns LinkHeader, LinkMess and the capability words.
func linkMessage(id ChannelID, session uint32, caps CapSet) []byte {
	var w wire.Writer
	w.Bytes([]byte(linkMagic))
	w.U32(majorNumber)
	w.U32(minorNumber)
	w.U32(uint32(linkMessSize + 4*(len(commonCaps)+len(caps))))
	w.U32(session)
	w.U8(uint8(id.Type))
	w.U8(id.ID)
	w.U32(uint32(len(commonCaps)))
	w.U32(uint32(len(caps)))
	w.U32(linkMessSize)
	for _, word := range append(commonCaps.Clone(), caps...) {
		w.U32(word)
	}
	return w.Body()
}

// A linkReply is the server's answer to the link message.
type linkReply struct {
	code      LinkCode
	publicKey [publicKeySize]byte
	caps      Caps
}

// A notSPICEError is an answer that does not begin as SPICE does.
type notSPICEError struct{ got []byte }

func (e *notSPICEError) Error() string {
	return fmt.Sprintf("the server does not speak SPICE: it answered %q", e.got)
}

func readLinkReply(r *bufio.Reader) (*linkReply, error) {
	magic, err := r.Peek(len(linkMagic))
	if err != nil && strings.HasPrefix(linkMagic, string(magic)) {
		return nil, inside(err, len(magic))
	}
	if !bytes.Equal(magic, []byte(linkMagic)) {
		got, _ := r.Peek(min(max(r.Buffered(), len(magic)), 32))
		return nil, &notSPICEError{bytes.Clone(got)}
	}
	var header [16]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, inside(err, len(magic))
	}
	major := binary.LittleEndian.Uint32(header[4:])
	size := binary.LittleEndian.Uint32(header[12:])
	if major != majorNumber {
		return nil, fmt.Errorf("the server speaks version %d of the protocol, this client version %d", major, majorNumber)
	}
	if size < linkReplySize || size > maxLinkReply {
		return nil, fmt.Errorf("a link reply of %d bytes; expected %d to %d", size, linkReplySize, maxLinkReply)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, inside(err, len(header))
	}
	return parseLinkReply(body)
}

// inside tells the end of the stream after n bytes of something from its end
// before that.
func inside(err error, n int) error {
	if err == io.EOF && n > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

func parseLinkReply(body []byte) (*linkReply, error) {
	r := wire.NewReader(body)
	reply := &linkReply{code: LinkCode(r.U32())}
	copy(reply.publicKey[:], r.Bytes(publicKeySize))
	common, channel, at := r.U32(), r.U32(), r.U32()
	if reply.code != LinkOK { // the rest is zero then
		return reply, r.Err()
	}
	if common > 0 || channel > 0 {
		ok := r.At(at, func(r *wire.Reader) {
			reply.caps.Common = readCapSet(r, common)
			reply.caps.Channel = readCapSet(r, channel)
		})
		if !ok && r.Err() == nil {
			return nil, errors.New("link reply: capability words without an offset")
		}
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("link reply: %w", r.Err())
	}
	return reply, nil
}

func readCapSet(r *wire.Reader, n uint32) CapSet {
	s := make(CapSet, r.Count(n, 4))
	for i := range s {
		s[i] = r.U32()
	}
	return s
}

// linkFailure makes an error of the handshake one that a person can act on.
func linkFailure(stage Stage, id ChannelID, err error) error {
	e := &LinkError{Stage: stage, Err: err}
	var alien *notSPICEError
	switch {
	case errors.As(err, &alien):
		e.Hint = alienHint(alien.got)
	case isTimeout(err):
		e.Err = errors.New("the server accepts the connection but does not answer in time")
		e.Hint = "Is this a SPICE port?"
	case stage == StageLink && errors.Is(err, io.ErrUnexpectedEOF):
		e.Err = errors.New("the server closed the connection inside its link reply")
	case isClosed(err) && stage == StageLink && id.Type != ChannelMain:
		e.Stage, e.Err = StageChannel, errors.New("the server has no such channel")
	case isClosed(err) && stage == StageLink:
		e.Err = errors.New("the server closed the connection instead of answering the link message")
		e.Hint = "Is this a SPICE port?"
	case isClosed(err):
		e.Err = errors.New("the server closed the connection during authentication")
	}
	return e
}

func alienHint(got []byte) string {
	switch s := string(got); {
	case strings.HasPrefix(s, "RFB"):
		return "This is a VNC server: use a VNC viewer, or give the machine SPICE graphics."
	case strings.HasPrefix(s, "SSH-"):
		return "This is an SSH server: check the port."
	case strings.HasPrefix(s, "HTTP/"):
		return "This is a web server: check the port."
	case len(got) > 1 && got[0] == 0x15 && got[1] == 0x03:
		return "This port expects TLS: use a spice+tls:// address."
	}
	return "Check the port: it belongs to another service."
}

// refusal makes an error of the server's own word.
func refusal(code LinkCode) error {
	e := &LinkError{Stage: StageLink, Code: code, Err: errors.New(code.String())}
	switch code {
	case LinkPermissionDenied:
		e.Stage = StageAuthenticate
		e.Hint = "Check the password; tickets often expire after a minute or two."
	case LinkNeedSecured:
		e.Hint = "Use the server's TLS port: spice+tls://host:port."
	case LinkNeedUnsecured:
		e.Hint = "Use the server's plain port: spice://host:port."
	case LinkBadConnectionID, LinkNoChannel:
		e.Stage = StageChannel
	}
	return e
}
