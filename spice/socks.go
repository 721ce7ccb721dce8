package spice

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
)

// SOCKS version 5 (RFC 1928) with user name and password (RFC 1929).
const (
	socksVersion     = 5
	socksNoAuth      = 0
	socksPassword    = 2
	socksNoMethod    = 0xff
	socksAuthVersion = 1
	socksConnect     = 1
	socksIPv4        = 1
	socksName        = 3
	socksIPv6        = 4
	socksMaxWord     = 255 // bytes of a name, a user name, a password
)

// socksReplies are what the codes of a reply mean.
var socksReplies = []string{
	"", "it failed", "its rules do not allow the connection", "the network cannot be reached",
	"the host cannot be reached", "the server refuses the connection", "the server is too far away",
	"it does not connect", "it does not know this kind of address",
}

// socksRequest returns what asks a SOCKS5 proxy for a tunnel to address. The
// proxy resolves names.
func (p *proxyDialer) socksRequest(address string) (tunneller, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := parsePort(port)
	if err != nil {
		return nil, err
	}
	request := []byte{socksVersion, socksConnect, 0}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		kind := byte(socksIPv6)
		if ip = ip.Unmap(); ip.Is4() {
			kind = socksIPv4
		}
		request = append(append(request, kind), ip.AsSlice()...)
	} else if len(host) <= socksMaxWord {
		request = append(append(request, socksName, byte(len(host))), host...)
	} else {
		return nil, fmt.Errorf("the name of the host is longer than %d bytes", socksMaxWord)
	}
	request = append(request, byte(number>>8), byte(number))
	login, err := p.socksLogin()
	return func(conn net.Conn) (net.Conn, error) { return p.socksTunnel(conn, login, request) }, err
}

// socksLogin returns what says user name and password, nil if there are none.
func (p *proxyDialer) socksLogin() ([]byte, error) {
	if p.url.User == nil {
		return nil, nil
	}
	name := p.url.User.Username()
	password, _ := p.url.User.Password()
	if len(name) == 0 || len(name) > socksMaxWord || len(password) > socksMaxWord {
		return nil, fmt.Errorf("user name and password must not be longer than %d bytes, nor the user name empty", socksMaxWord)
	}
	login := append([]byte{socksAuthVersion, byte(len(name))}, name...)
	return append(append(login, byte(len(password))), password...), nil
}

// socksTunnel does the exchange. Answers are read to their last byte and no
// further: what follows is the server's.
func (p *proxyDialer) socksTunnel(conn net.Conn, login, request []byte) (net.Conn, error) {
	greeting := []byte{socksVersion, 1, socksNoAuth}
	if login != nil {
		greeting = []byte{socksVersion, 2, socksNoAuth, socksPassword}
	}
	answer, err := p.exchange(conn, greeting, 2)
	if err != nil {
		return nil, err
	}
	switch {
	case answer[0] != socksVersion:
		return nil, p.failure(errors.New("it does not speak SOCKS5"), "Is this a SOCKS5 proxy?")
	case answer[1] == socksPassword && login != nil:
		if answer, err = p.exchange(conn, login, 2); err != nil {
			return nil, err
		}
		if answer[1] != 0 {
			return nil, p.socksUser("the proxy does not accept the user name and password")
		}
	case answer[1] == socksNoMethod || answer[1] == socksPassword:
		return nil, p.socksUser("the proxy wants a user name and a password")
	case answer[1] != socksNoAuth:
		return nil, p.failure(errors.New("it wants a way to log in that was not offered"), "")
	}
	if answer, err = p.exchange(conn, request, 5); err != nil {
		return nil, err
	}
	if code := answer[1]; code != 0 {
		reason := "code " + strconv.Itoa(int(code))
		if int(code) < len(socksReplies) {
			reason = socksReplies[code]
		}
		return nil, p.failure(fmt.Errorf("the proxy cannot connect to the server: %s", reason), "")
	}
	rest := map[byte]int{socksIPv4: net.IPv4len - 1, socksIPv6: net.IPv6len - 1, socksName: int(answer[4])}
	more, known := rest[answer[3]]
	if answer[0] != socksVersion || !known {
		return nil, p.failure(errors.New("its answer is not SOCKS5"), "Is this a SOCKS5 proxy?")
	}
	if _, err = p.exchange(conn, nil, more+2); err != nil { // the address it connects from, and a port
		return nil, err
	}
	return conn, nil
}

func (p *proxyDialer) socksUser(what string) error {
	return p.failure(errors.New(what), "Put them into the proxy's address: socks5://user:password@host:port.")
}

// exchange sends a message, unless it is empty, and reads n bytes.
func (p *proxyDialer) exchange(conn net.Conn, message []byte, n int) ([]byte, error) {
	if _, err := conn.Write(message); err != nil {
		return nil, p.ioFailure(err)
	}
	answer := make([]byte, n)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return nil, p.ioFailure(err)
	}
	return answer, nil
}
