//go:build !noopus

package opus_test

import (
	"fmt"

	"saffron/codec/opus"
)

func ExampleDecoder_Decode() {
	// A packet as servers send them: 10 ms of stereo.
	encoder, err := opus.NewEncoder(48000, 2)
	if err != nil {
		panic(err)
	}
	packet := make([]byte, opus.MaxEncoded)
	n, err := encoder.Encode(packet, make([]int16, 480*2))
	if err != nil {
		panic(err)
	}

	decoder, err := opus.NewDecoder(48000, 2)
	if err != nil {
		panic(err)
	}
	pcm := make([]int16, decoder.MaxSamples())
	frames, err := decoder.Decode(pcm, packet[:n])
	fmt.Println(frames, err)
	frames, err = decoder.Decode(pcm, nil) // a packet that got lost
	fmt.Println(frames, err)
	// Output:
	// 480 <nil>
	// 480 <nil>
}
