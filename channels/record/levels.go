package record

import "sync"

// levels are how loud the guest wants to hear each channel of sound. Any
// goroutine.
type levels struct {
	mu    sync.Mutex
	gains []int32 // guarded by mu; of one<<gainBits each; none: all as they come
	mute  bool    // guarded by mu
}

const gainBits = 15

// set takes the levels of the protocol, 65535 for as loud as it comes. Loudness
// is felt as the third power. No levels are none set; one is for all channels.
func (l *levels) set(volume []uint16) {
	if len(volume) == 0 {
		return
	}
	gains := make([]int32, len(volume))
	for i, v := range volume {
		f := float64(v) / 65535
		gains[i] = int32(f*f*f*(1<<gainBits) + 0.5)
	}
	l.mu.Lock()
	l.gains = gains
	l.mu.Unlock()
}

func (l *levels) setMute(on bool) {
	l.mu.Lock()
	l.mute = on
	l.mu.Unlock()
}

// apply makes frames as loud as they are to be.
func (l *levels) apply(pcm []int16, channels int) {
	l.mu.Lock()
	gains, mute := l.gains, l.mute
	l.mu.Unlock()
	switch {
	case mute:
		clear(pcm)
	case gains != nil:
		for i, s := range pcm {
			g := gains[min(i%channels, len(gains)-1)]
			pcm[i] = int16(int32(s) * g >> gainBits)
		}
	}
}
