package libvirtctl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"saffron/libvirtctl/internal/xdr"
	"saffron/libvirtctl/rpc"
)

// skipAuth lets the server ask for no password.
const skipAuth = 1

// OpenGraphics connects to graphics of a running domain by a descriptor that
// the daemon passes, whatever the server listens on, even on nothing. index
// counts the domain's <graphics>. With skip the server asks for no password.
// Each call is one connection. It works on this machine only, over a unix
// socket, and not read-only.
func (h *Host) OpenGraphics(ctx context.Context, d *Domain, index int, skip bool) (net.Conn, error) {
	op := fmt.Sprintf("open graphics %d of %s", index, d.Name)
	if !h.rpc.CanPassFiles() {
		return nil, fmt.Errorf("libvirtctl: %s: a descriptor can be passed on this machine only, and %s is reached otherwise: open the console without attaching", op, h.uri)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, h.options.CallTimeout, fmt.Errorf("libvirt has not answered within %v", h.options.CallTimeout))
	defer cancel()
	flags := uint32(0)
	if skip {
		flags = skipAuth
	}
	var args xdr.Writer
	args.String(d.Name)
	args.Fixed(d.UUID[:])
	args.I32(int32(d.ID))
	args.U32(uint32(index))
	args.U32(flags)
	_, files, err := h.rpc.Call(ctx, rpc.ProcOpenGraphicsFile, args.Data())
	if err != nil {
		if h.rpc.Err() != nil {
			return nil, h.lostError(op)
		}
		return nil, wrap(op, err)
	}
	conn, err := connOf(files)
	if err != nil {
		return nil, fmt.Errorf("libvirtctl: %s: %w", op, err)
	}
	return conn, nil
}

// connOf makes a connection of the one descriptor that has come.
func connOf(files []*os.File) (net.Conn, error) {
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if len(files) != 1 {
		return nil, errors.New("libvirt has passed no descriptor")
	}
	return net.FileConn(files[0])
}
