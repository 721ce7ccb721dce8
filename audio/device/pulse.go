//go:build !windows && !darwin

package device

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// A server is a connection to a PulseAudio server.
type server struct {
	*proto.Client
	conn net.Conn
}

// connect connects to a server. What the server says goes to handle, from one
// goroutine, which also brings the replies: it must not ask the server anything.
func connect(ctx context.Context, o *Options, handle func(message any)) (*server, error) {
	type result struct {
		*server
		error
	}
	done := make(chan result, 1)
	go func() {
		s, err := dial(o, handle)
		done <- result{s, err}
	}()
	select {
	case r := <-done:
		return r.server, r.error
	case <-ctx.Done(): // a server on another machine may take minutes not to answer
		go func() {
			if r := <-done; r.error == nil {
				r.server.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func dial(o *Options, handle func(message any)) (*server, error) {
	client, conn, err := proto.Connect(o.Server)
	if err != nil {
		return nil, fmt.Errorf("no sound server: %w", err)
	}
	client.Callback = handle
	name := proto.SetClientName{Props: properties(
		"application.name", o.Program,
		"application.icon_name", "video-display",
		"application.process.id", strconv.Itoa(os.Getpid()),
		"application.process.binary", filepath.Base(os.Args[0]),
	)}
	if err := client.Request(&name, &proto.SetClientNameReply{}); err != nil {
		conn.Close()
		return nil, fmt.Errorf("sound server: %w", err)
	}
	return &server{client, conn}, nil
}

// Close ends the connection, and with it its streams.
func (s *server) Close() { s.conn.Close() }

// properties makes a property list of keys and values in turn.
func properties(pairs ...string) proto.PropList {
	list := proto.PropList{}
	for i := 0; i < len(pairs); i += 2 {
		list[pairs[i]] = proto.PropListString(pairs[i+1])
	}
	return list
}

// sinkName returns what people call a sink.
func (s *server) sinkName(name string) string {
	var info proto.GetSinkInfoReply
	err := s.Request(&proto.GetSinkInfo{SinkIndex: proto.Undefined, SinkName: name}, &info)
	return described(name, info.Properties, err)
}

// sourceName returns what people call a source.
func (s *server) sourceName(name string) string {
	var info proto.GetSourceInfoReply
	err := s.Request(&proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: name}, &info)
	return described(name, info.Properties, err)
}

func described(name string, list proto.PropList, err error) string {
	if text, ok := list["device.description"]; ok && err == nil && len(text) > 1 {
		return text.String()
	}
	return name
}

// explain makes an error of the server one that helps.
func explain(err error, what string) error {
	if errors.Is(err, proto.ErrNoSuchEntity) {
		return fmt.Errorf("the sound server has no %s", what)
	}
	return fmt.Errorf("sound server: %w", err)
}

// bytesFor returns the size of sound that lasts for d.
func bytesFor(d time.Duration, rate, channels int) uint32 {
	return uint32(int64(d) * int64(rate) / int64(time.Second) * int64(channels) * 2)
}

// channelMap returns the map of mono or stereo.
func channelMap(channels int) proto.ChannelMap {
	if channels == 1 {
		return proto.ChannelMap{proto.ChannelMono}
	}
	return proto.ChannelMap{proto.ChannelLeft, proto.ChannelRight}
}
