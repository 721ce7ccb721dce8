//go:build !windows && !darwin

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

const (
	frameBytes = 4 // of 16-bit stereo

	measureEvery = 250 * time.Millisecond

	// maxOwed bounds what a server may ask for at once: a second.
	maxOwed = 48000 * frameBytes

	// Underruns are taken for one when they are closer than calm, and do not
	// count so soon after the start. maxLatency is where growing ends.
	calm       = time.Second
	maxLatency = 100 * time.Millisecond
)

// A player plays on a stream of a PulseAudio server.
//
// The server asks for samples as the device plays, and gets them on the spot,
// from the goroutine that reads the connection. Its stream does not wait for
// anything (there is no prebuffering): what is late is skipped, so that the time
// between reading and hearing never grows.
type player struct {
	src    Source
	o      *Options
	report func(State)
	server *server
	index  uint32
	events chan any // what run has to know

	mu      sync.Mutex // guards what follows
	corked  bool
	closed  bool
	owed    int // bytes that the server has asked for and not got
	written int // bytes
	clock   clock
	quiet   time.Duration // since there was sound
	pcm     []int16       // 10 ms
	data    []byte        // the same as bytes

	// Owned by run.
	state   State
	latency time.Duration // asked for
	steady  time.Time     // when underruns count again
}

// The events of a player, besides those of the protocol.
type (
	wentQuiet struct{}
	underrun  struct{}
)

// play opens a stream and plays until it is lost or the context ends.
func play(ctx context.Context, src Source, o *Options, report func(State)) error {
	p := newPlayer(src, o, report)
	server, err := connect(ctx, o, p.handle)
	if err != nil {
		return err
	}
	p.server = server
	defer p.close()
	if err := p.open(); err != nil {
		return err
	}
	return p.run(ctx)
}

func newPlayer(src Source, o *Options, report func(State)) *player {
	return &player{
		src: src, o: o, report: report, latency: o.Latency,
		events: make(chan any, 16),
		corked: true,
		pcm:    make([]int16, o.Rate/100*2),
		data:   make([]byte, o.Rate/100*frameBytes),
	}
}

// close ends the stream. After it the source is not read any more.
func (p *player) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.server.Close()
}

func (p *player) open() error {
	create := proto.CreatePlaybackStream{
		SampleSpec:            proto.SampleSpec{Format: proto.FormatInt16LE, Channels: 2, Rate: uint32(p.o.Rate)},
		ChannelMap:            channelMap(2),
		ChannelVolumes:        proto.ChannelVolumes{proto.VolumeNorm, proto.VolumeNorm},
		SinkIndex:             proto.Undefined,
		SinkName:              p.o.Device,
		Corked:                true,
		BufferMaxLength:       proto.Undefined,
		BufferTargetLength:    bytesFor(p.latency, p.o.Rate, 2),
		BufferPrebufferLength: 0,
		BufferMinimumRequest:  p.fragment(),
		AdjustLatency:         true,
		Properties:            properties("media.name", p.o.Stream, "media.role", "video"),
	}
	var reply proto.CreatePlaybackStreamReply
	if err := p.server.Request(&create, &reply); err != nil {
		return explain(err, "device to play on")
	}
	p.mu.Lock()
	p.index = reply.StreamIndex
	p.owe(reply.Missing)
	p.mu.Unlock()
	p.state = State{Condition: Active, Device: p.server.sinkName(reply.SinkName)}
	p.state.Latency = p.latency
	return p.resume()
}

// fragment returns how much the server should ask for at once: half of what it
// holds, up to 10 ms.
func (p *player) fragment() uint32 {
	return bytesFor(min(p.latency/2, 10*time.Millisecond), p.o.Rate, 2)
}

// resume lets the stream play from now on.
func (p *player) resume() error {
	p.mu.Lock()
	p.corked, p.quiet = false, 0
	p.clock.reset(p.latency/2, time.Now())
	p.fill()
	p.mu.Unlock()
	if err := p.server.Request(&proto.CorkPlaybackStream{StreamIndex: p.index, Corked: false}, nil); err != nil {
		return explain(err, "such stream")
	}
	p.steady = time.Now().Add(calm)
	p.state.Condition = Active
	p.report(p.state)
	return nil
}

// pause stops the device, if there is still nothing to play.
func (p *player) pause() error {
	p.mu.Lock()
	p.corked = p.quiet >= p.o.IdleAfter
	corked := p.corked
	p.mu.Unlock()
	if !corked {
		return nil
	}
	for _, r := range []proto.RequestArgs{
		&proto.CorkPlaybackStream{StreamIndex: p.index, Corked: true},
		&proto.FlushPlaybackStream{StreamIndex: p.index}, // silence, to be heard before what comes next
	} {
		if err := p.server.Request(r, nil); err != nil {
			return explain(err, "such stream")
		}
	}
	p.state.Condition = Idle
	p.report(p.state)
	return nil
}

// handle takes what the server says.
func (p *player) handle(message any) {
	switch m := message.(type) {
	case *proto.Request:
		p.mu.Lock()
		p.owe(m.Length)
		p.fill()
		p.mu.Unlock()
	case *proto.Underflow:
		p.mu.Lock()
		sounding := !p.corked && p.quiet == 0
		p.mu.Unlock()
		if sounding {
			p.tell(underrun{})
		}
	default:
		p.tell(message)
	}
}

// tell tells run of something. Nothing waits for it: with this many events
// pending it is about to learn that the connection has ended.
func (p *player) tell(event any) {
	select {
	case p.events <- event:
	default:
	}
}

// owe takes note of what the server asks for. p.mu is held.
func (p *player) owe(bytes uint32) { p.owed += min(int(bytes), maxOwed-p.owed) }

// fill gives the server what it has asked for. p.mu is held.
func (p *player) fill() {
	for p.owed >= frameBytes && !p.corked && !p.closed {
		frames := min(p.owed/frameBytes, len(p.pcm)/2)
		pcm, lasts := p.pcm[:frames*2], time.Duration(frames)*time.Second/time.Duration(p.o.Rate)
		p.hush(p.src.Read(pcm, p.clock.now(time.Now())), lasts)
		for i, s := range pcm {
			binary.LittleEndian.PutUint16(p.data[i*2:], uint16(s))
		}
		if p.server.Send(p.index, p.data[:len(pcm)*2]) != nil {
			return // run learns of it by itself
		}
		p.owed -= len(pcm) * 2
		p.written += len(pcm) * 2
		p.clock.add(lasts)
	}
}

// hush counts for how long there has been silence. p.mu is held.
func (p *player) hush(sounding bool, lasts time.Duration) {
	if sounding {
		p.quiet = 0
		return
	}
	before := p.quiet
	p.quiet += lasts
	if before < p.o.IdleAfter && p.quiet >= p.o.IdleAfter {
		p.tell(wentQuiet{})
	}
}

// run follows the stream.
func (p *player) run(ctx context.Context) error {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-p.src.Wake():
			err = p.wake()
		case e := <-p.events:
			err = p.follow(e)
		case <-tick.C:
			err = p.measure()
		}
		if err != nil {
			return err
		}
		if p.state.Condition == Idle {
			tick.Stop()
		} else {
			tick.Reset(measureEvery)
		}
	}
}

// wake ends a pause, or keeps one from beginning.
func (p *player) wake() error {
	p.mu.Lock()
	p.quiet = 0
	corked := p.corked
	p.mu.Unlock()
	if !corked {
		return nil
	}
	return p.resume()
}

// follow takes an event.
func (p *player) follow(event any) error {
	switch e := event.(type) {
	case *proto.ConnectionClosed:
		return errors.New("the sound server has ended")
	case *proto.PlaybackStreamKilled:
		return errors.New("the device has been removed")
	case *proto.PlaybackStreamMoved:
		p.state.Device = p.server.sinkName(e.DestName)
		p.steady = time.Now().Add(calm)
		p.report(p.state)
	case *proto.PlaybackStreamSuspended:
		p.steady = time.Now().Add(calm)
	case wentQuiet:
		return p.pause()
	case underrun:
		return p.grow()
	}
	return nil
}

// grow asks for more latency after an underrun.
func (p *player) grow() error {
	now := time.Now()
	if now.Before(p.steady) {
		return nil
	}
	p.steady = now.Add(calm)
	p.state.Underruns++
	p.report(p.state)
	if p.latency >= maxLatency {
		return nil
	}
	p.latency = min(p.latency*3/2, maxLatency)
	ask := proto.SetPlaybackStreamBufferAttr{
		StreamIndex:           p.index,
		BufferMaxLength:       proto.Undefined,
		BufferTargetLength:    bytesFor(p.latency, p.o.Rate, 2),
		BufferPrebufferLength: 0,
		BufferMinimumRequest:  p.fragment(),
		AdjustLatency:         true,
	}
	if err := p.server.Request(&ask, &proto.SetPlaybackStreamBufferAttrReply{}); err != nil {
		return explain(err, "such stream")
	}
	return nil
}

// measure asks the server how long it will be until the next sample is heard.
// Its word counts only if no samples crossed it.
func (p *player) measure() error {
	for range 3 {
		p.mu.Lock()
		before := p.written
		p.mu.Unlock()
		asked := time.Now()
		var reply proto.GetPlaybackLatencyReply
		if err := p.server.Request(&proto.GetPlaybackLatency{StreamIndex: p.index}, &reply); err != nil {
			return explain(err, "such stream")
		}
		now := time.Now()
		buffered := max(0, reply.WriteIndex-reply.ReadIndex) / frameBytes
		delay := time.Duration(buffered)*time.Second/time.Duration(p.o.Rate) + time.Duration(reply.Latency)*time.Microsecond
		if delay > time.Minute || !reply.Running {
			return nil // nonsense, or the device is suspended
		}
		p.mu.Lock()
		clean := p.written == before
		if clean {
			p.clock.measured(delay, asked.Add(now.Sub(asked)/2))
			p.state.Latency += (p.clock.now(now) - p.state.Latency) / 8 // it is a saw
		}
		p.mu.Unlock()
		if clean {
			p.report(p.state)
			return nil
		}
	}
	return nil
}
