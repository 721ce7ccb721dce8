package channels

import (
	"sync"

	"saffron/channels/playback"
)

// A playedSound plays the sound of a recording while it runs as it was
// recorded. In between its sink is stopped: the rest would be noise.
type playedSound struct {
	mu             sync.Mutex
	sink           playback.Sink // its methods are called with mu held
	aloud          bool          // guarded by mu; see playedSinks.setAloud
	started        bool          // guarded by mu; the guest plays
	running        bool          // guarded by mu; so does the sink
	rate, channels int           // guarded by mu; of what the guest plays
	latency        uint32        // guarded by mu; that the server wants since START, 0: none
}

// Start implements playback.Sink. The sink starts with the first packet.
func (p *playedSound) Start(rate, channels int, _ uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest()
	p.started, p.rate, p.channels, p.latency = true, rate, channels, 0
}

// Play implements playback.Sink.
func (p *playedSound) Play(time uint32, pcm []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.started || !p.aloud {
		return
	}
	if !p.running {
		p.running = true
		p.sink.Start(p.rate, p.channels, time)
		if p.latency > 0 {
			p.sink.SetLatency(p.latency)
		}
	}
	p.sink.Play(time, pcm)
}

// Stop implements playback.Sink.
func (p *playedSound) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest()
	p.started = false
}

// rest stops the sink. The caller holds mu.
func (p *playedSound) rest() {
	if p.running {
		p.running = false
		p.sink.Stop()
	}
}

func (p *playedSound) setAloud(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.aloud = on
	if !on {
		p.rest()
	}
}

// SetVolume implements playback.Sink.
func (p *playedSound) SetVolume(levels []uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sink.SetVolume(levels)
}

// SetMute implements playback.Sink.
func (p *playedSound) SetMute(mute bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sink.SetMute(mute)
}

// SetLatency implements playback.Sink.
func (p *playedSound) SetLatency(ms uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latency = ms
	if p.running {
		p.sink.SetLatency(ms)
	}
}

// Close implements playback.Sink.
func (p *playedSound) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started, p.running = false, false
	p.sink.Close()
}

// Now returns what is heard now, if the sink can tell.
func (p *playedSound) Now() (ms, queued uint32, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h, can := p.sink.(heard); can && p.running {
		return h.Now()
	}
	return 0, 0, false
}
