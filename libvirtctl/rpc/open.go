package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"saffron/libvirtctl/internal/xdr"
)

// Kinds of authentication that a daemon wants.
const (
	authNone   = 0
	authSASL   = 1
	authPolkit = 2
)

// featureKeepAlive asks whether the daemon answers pings.
const featureKeepAlive = 10

// A Mechanism is one side of a SASL exchange.
type Mechanism interface {
	// Name is as in "SCRAM-SHA-256".
	Name() string
	// Step answers the server's last data. The first step gets nil. The answer
	// may be nil: nothing is sent.
	Step(challenge []byte) ([]byte, error)
	// Complete says whether the server has proved all that it has to.
	Complete() bool
}

// OpenOptions say what a daemon is to open.
type OpenOptions struct {
	Name     string // URI for the daemon; "": it chooses
	ReadOnly bool
	// SASL chooses among the mechanisms that the daemon offers. nil: no
	// credentials can be had.
	SASL func(ctx context.Context, offered []string) (Mechanism, error)
}

// An AuthError is a login that failed.
type AuthError struct{ Err error }

func (e *AuthError) Error() string { return e.Err.Error() }
func (e *AuthError) Unwrap() error { return e.Err }

// Open logs in and opens the connection to a driver. It reports whether the
// daemon knows keepalive. A login that fails is an *AuthError.
func (c *Client) Open(ctx context.Context, o OpenOptions) (keepAlive bool, err error) {
	if err := c.login(ctx, o); err != nil {
		return false, err
	}
	keepAlive, err = c.feature(ctx, featureKeepAlive)
	if err != nil {
		return false, err
	}
	var args xdr.Writer
	if o.Name == "" {
		args.U32(0)
	} else {
		args.OptString(o.Name)
	}
	flags := uint32(0)
	if o.ReadOnly {
		flags = 1
	}
	args.U32(flags)
	_, _, err = c.Call(ctx, procOpen, args.Data())
	return keepAlive, err
}

// URI asks what the daemon has opened.
func (c *Client) URI(ctx context.Context) (string, error) {
	body, _, err := c.Call(ctx, procURI, nil)
	if err != nil {
		return "", err
	}
	r := xdr.NewReader(body)
	return r.String(), r.Err()
}

// feature asks for a feature. A daemon that does not understand has none.
func (c *Client) feature(ctx context.Context, which uint32) (bool, error) {
	var args xdr.Writer
	args.U32(which)
	body, _, err := c.Call(ctx, procFeature, args.Data())
	var refused *Error
	if errors.As(err, &refused) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r := xdr.NewReader(body)
	return r.U32() != 0, r.Err()
}

// login does what the daemon wants before anything else.
func (c *Client) login(ctx context.Context, o OpenOptions) error {
	body, _, err := c.Call(ctx, procAuthList, nil)
	if err != nil {
		return err
	}
	r := xdr.NewReader(body)
	var kinds []uint32
	for range r.Count(4) {
		kinds = append(kinds, r.U32())
	}
	if r.Err() != nil {
		return fmt.Errorf("rpc: kinds of authentication: %w", r.Err())
	}
	for _, kind := range kinds {
		switch kind {
		case authNone:
			return nil
		case authPolkit:
			return c.polkit(ctx)
		case authSASL:
			return c.sasl(ctx, o)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	return &AuthError{fmt.Errorf("the daemon wants authentication of kinds %v, which are not known here", kinds)}
}

func (c *Client) polkit(ctx context.Context) error {
	_, _, err := c.Call(ctx, procPolkit, nil)
	return asAuth(err)
}

// asAuth makes a refusal one of the login.
func asAuth(err error) error {
	var refused *Error
	if errors.As(err, &refused) {
		return &AuthError{err}
	}
	return err
}

func (c *Client) sasl(ctx context.Context, o OpenOptions) error {
	body, _, err := c.Call(ctx, procSASLInit, nil)
	if err != nil {
		return asAuth(err)
	}
	r := xdr.NewReader(body)
	offered := strings.FieldsFunc(r.String(), func(c rune) bool { return c == ',' || c == ' ' })
	if r.Err() != nil {
		return fmt.Errorf("rpc: mechanisms of SASL: %w", r.Err())
	}
	if o.SASL == nil {
		return &AuthError{errors.New("the daemon wants a user name and a password")}
	}
	m, err := o.SASL(ctx, offered)
	if err != nil {
		return &AuthError{err}
	}
	return c.exchange(ctx, m)
}

// exchange goes through a SASL mechanism's steps.
func (c *Client) exchange(ctx context.Context, m Mechanism) error {
	data, err := m.Step(nil)
	if err != nil {
		return &AuthError{err}
	}
	procedure, args := uint32(procSASLStart), new(xdr.Writer)
	args.String(m.Name())
	const most = 16 // steps; mechanisms have three at most
	for range most {
		writeStep(args, data)
		body, _, err := c.Call(ctx, procedure, args.Data())
		if err != nil {
			return asAuth(err)
		}
		complete, challenge, err := readStep(body)
		if err != nil {
			return err
		}
		data = nil
		if !m.Complete() {
			if data, err = m.Step(challenge); err != nil {
				return &AuthError{err}
			}
		}
		if complete {
			if !m.Complete() {
				return &AuthError{errors.New("the server has not proved that it knows the password")}
			}
			return nil
		}
		procedure, args = procSASLStep, new(xdr.Writer)
	}
	return &AuthError{errors.New("the login does not come to an end")}
}

// writeStep writes data of SASL, which may be absent, unlike empty. Each byte
// has a word of its own.
func writeStep(w *xdr.Writer, data []byte) {
	absent := uint32(0)
	if data == nil {
		absent = 1
	}
	w.U32(absent)
	w.U32(uint32(len(data)))
	for _, c := range data {
		w.I32(int32(int8(c)))
	}
}

func readStep(body []byte) (complete bool, data []byte, err error) {
	r := xdr.NewReader(body)
	complete = r.U32() != 0
	r.U32() // whether the data is absent
	data = make([]byte, r.Count(4))
	for i := range data {
		data[i] = byte(r.U32())
	}
	if r.Err() != nil {
		return false, nil, fmt.Errorf("rpc: a step of SASL: %w", r.Err())
	}
	return complete, data, nil
}
