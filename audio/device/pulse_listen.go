//go:build !windows && !darwin && !(malgo && cgo)

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// canListen reports whether this build can use a microphone.
const canListen = true

// listen opens a stream from a microphone and hands over what it brings until it
// is lost or the context ends. The server resamples and mixes channels as needed.
func listen(ctx context.Context, rate, channels int, o *Options, deliver func([]int16), report func(State)) error {
	events := make(chan any, 16)
	var pcm []int16
	server, err := connect(ctx, o, func(message any) {
		data, ok := message.(*proto.DataPacket)
		if !ok {
			select {
			case events <- message:
			default:
			}
			return
		}
		pcm = pcm[:0]
		for b := data.Data; len(b) >= 2*channels; b = b[2*channels:] {
			for c := range channels {
				pcm = append(pcm, int16(binary.LittleEndian.Uint16(b[2*c:])))
			}
		}
		deliver(pcm)
	})
	if err != nil {
		return err
	}
	defer server.Close()
	create := proto.CreateRecordStream{
		SampleSpec:         proto.SampleSpec{Format: proto.FormatInt16LE, Channels: byte(channels), Rate: uint32(rate)},
		ChannelMap:         channelMap(channels),
		SourceIndex:        proto.Undefined,
		SourceName:         o.Device,
		BufferMaxLength:    proto.Undefined,
		BufferFragSize:     bytesFor(10*time.Millisecond, rate, channels),
		AdjustLatency:      true,
		DirectOnInputIndex: proto.Undefined,
		ChannelVolumes:     make(proto.ChannelVolumes, channels),
		Properties:         properties("media.name", o.Stream),
	}
	for i := range create.ChannelVolumes {
		create.ChannelVolumes[i] = proto.VolumeNorm
	}
	var reply proto.CreateRecordStreamReply
	if err := server.Request(&create, &reply); err != nil {
		return explain(err, "microphone")
	}
	state := State{Condition: Active, Device: server.sourceName(reply.SourceName),
		Latency: time.Duration(reply.SourceLatency)*time.Microsecond + 10*time.Millisecond}
	report(state)
	// A connection that is reset rather than closed shows only when it is used.
	check := time.NewTicker(time.Second)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-check.C:
			if err := server.Request(&proto.GetRecordLatency{StreamIndex: reply.StreamIndex}, &proto.GetRecordLatencyReply{}); err != nil {
				return explain(err, "such stream")
			}
		case e := <-events:
			switch e := e.(type) {
			case *proto.ConnectionClosed:
				return errors.New("the sound server has ended")
			case *proto.RecordStreamKilled:
				return errors.New("the microphone has been removed")
			case *proto.RecordStreamMoved:
				state.Device = server.sourceName(e.DestName)
				report(state)
			}
		}
	}
}
