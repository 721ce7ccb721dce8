package spice

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// A Stage is a step of opening a link, in order.
type Stage uint8

// The stages of opening a link.
const (
	StageResolve      Stage = iota // name to address
	StageConnect                   // the transport: TCP, unix socket, proxy
	StageTLS                       // TLS handshake and certificate
	StageLink                      // link message and reply
	StageAuthenticate              // ticket and link result
	StageChannel                   // the channel itself was refused
)

var stageNames = [...]string{"resolve", "connect", "TLS", "link", "authenticate", "channel"}

func (s Stage) String() string { return stageNames[s] }

// A LinkError says why a link could not be opened.
type LinkError struct {
	Stage   Stage
	Channel ChannelID
	Value   string // what was tried: an address, a name
	Err     error
	Code    LinkCode // the server's own word, if it gave one
	Hint    string   // one suggestion for the person in front of the screen, or ""
}

func (e *LinkError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "spice: %s", e.Stage)
	if e.Value != "" {
		fmt.Fprintf(&b, " %s", e.Value)
	}
	if e.Channel.Type != 0 && e.Channel.Type != ChannelMain {
		fmt.Fprintf(&b, " (%s channel)", e.Channel)
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	return b.String()
}

func (e *LinkError) Unwrap() error { return e.Err }

// A LinkCode is the word by which a server accepts or refuses a link
// (SPICE_LINK_ERR_*).
type LinkCode uint32

// The link codes of the protocol.
const (
	LinkOK               LinkCode = 0
	LinkFailed           LinkCode = 1
	LinkInvalidMagic     LinkCode = 2
	LinkInvalidData      LinkCode = 3
	LinkVersionMismatch  LinkCode = 4
	LinkNeedSecured      LinkCode = 5
	LinkNeedUnsecured    LinkCode = 6
	LinkPermissionDenied LinkCode = 7
	LinkBadConnectionID  LinkCode = 8
	LinkNoChannel        LinkCode = 9
)

var linkCodeText = [...]string{
	"ok", "the server reports a general error", "the server did not find the SPICE magic",
	"the server found our link message invalid", "the server speaks another version of the protocol",
	"the server wants this channel encrypted", "the server wants this channel unencrypted",
	"the password is wrong or has expired", "the server does not know this session",
	"the server does not have this channel",
}

func (c LinkCode) String() string {
	if int(c) < len(linkCodeText) {
		return linkCodeText[c]
	}
	return fmt.Sprintf("the server refuses with the unknown code %d", uint32(c))
}

// A ProtocolError is a message that breaks the protocol. It ends its channel.
type ProtocolError struct {
	Channel ChannelID
	Type    uint16 // message type, 0 if the header itself is broken
	Err     error
}

func (e *ProtocolError) Error() string {
	if e.Type == 0 {
		return fmt.Sprintf("spice: %s channel: %v", e.Channel, e.Err)
	}
	return fmt.Sprintf("spice: %s channel: message %d: %v", e.Channel, e.Type, e.Err)
}

func (e *ProtocolError) Unwrap() error { return e.Err }

// ErrClosed is returned by a Conn that was closed on this side. It matches
// net.ErrClosed.
var ErrClosed = fmt.Errorf("spice: %w", net.ErrClosed)

// ErrServerClosed is returned by Next when the server ended the link between
// two messages: what a machine that is shut down looks like.
var ErrServerClosed = errors.New("spice: the server closed the connection")

// ErrLost is wrapped by what Next and Send return when the network, not the
// server, ended the link: the server's machine does not answer any more.
var ErrLost = errors.New("spice: the connection was lost")
