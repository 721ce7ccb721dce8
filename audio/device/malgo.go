//go:build malgo && cgo

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/gen2brain/malgo"
)

// canListen reports whether this build can use a microphone.
const canListen = true

// listen opens the default microphone and hands over what it brings until it is
// lost or the context ends. miniaudio resamples and mixes channels as needed.
func listen(ctx context.Context, rate, channels int, o *Options, deliver func([]int16), report func(State)) error {
	system, err := malgo.InitContext(nil, malgo.ContextConfig{}, nil)
	if err != nil {
		return fmt.Errorf("no sound system: %w", err)
	}
	defer system.Free()
	defer system.Uninit()
	config := malgo.DefaultDeviceConfig(malgo.Capture)
	config.SampleRate = uint32(rate)
	config.PeriodSizeInMilliseconds = 10
	config.Capture.Format = malgo.FormatS16
	config.Capture.Channels = uint32(channels)
	lost := make(chan struct{}, 1)
	var pcm []int16
	microphone, err := malgo.InitDevice(system.Context, config, malgo.DeviceCallbacks{
		Data: func(_, in []byte, frames uint32) {
			pcm = pcm[:0]
			for i := range min(int(frames)*channels, len(in)/2) {
				pcm = append(pcm, int16(binary.LittleEndian.Uint16(in[2*i:])))
			}
			deliver(pcm)
		},
		Stop: func() {
			select {
			case lost <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		return fmt.Errorf("no microphone: %w", err)
	}
	defer microphone.Uninit()
	if err := microphone.Start(); err != nil {
		return fmt.Errorf("the microphone does not start: %w", err)
	}
	report(State{Condition: Active, Device: "the system's default microphone", Latency: 20 * time.Millisecond})
	select {
	case <-ctx.Done():
		return nil
	case <-lost:
		return errors.New("the microphone has gone")
	}
}
