//go:build !noopus

package opus

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A vector is a stream of packets that libopus made of a synthesized signal,
// and what libopus decodes of them.
type vector struct {
	name           string
	rate, channels int
	ms             int // a packet's
	periods        int // packets
	voip           bool
	wideband       bool  // no frequencies that SILK does not carry
	bitrates       []int // in turn, each for an equal share of the packets
	join           int   // frames of CELT put into one packet, 0 for 1
	lost           []int // packets that get lost, without the decoder being told
	modes          []string
}

var vectors = []vector{
	{name: "celt-64k", rate: 48000, channels: 2, ms: 10, periods: 20, bitrates: []int{64000}, modes: []string{"CELT"}},
	{name: "celt-96k", rate: 48000, channels: 2, ms: 10, periods: 20, bitrates: []int{96000}, modes: []string{"CELT"}},
	{name: "celt-128k", rate: 48000, channels: 2, ms: 10, periods: 20, bitrates: []int{128000}, modes: []string{"CELT"}},
	{name: "celt-mono", rate: 48000, channels: 1, ms: 10, periods: 20, bitrates: []int{48000}, modes: []string{"CELT"}},
	{name: "celt-24k", rate: 24000, channels: 2, ms: 10, periods: 20, bitrates: []int{64000}, modes: []string{"CELT"}},
	{name: "celt-120ms", rate: 48000, channels: 2, ms: 20, periods: 12, bitrates: []int{96000}, join: 6, modes: []string{"CELT"}},
	{name: "celt-lost", rate: 48000, channels: 2, ms: 10, periods: 24, bitrates: []int{96000}, lost: []int{8, 15, 16}, modes: []string{"CELT"}},
	{name: "hybrid", rate: 48000, channels: 2, ms: 20, periods: 12, voip: true, bitrates: []int{44000}, modes: []string{"hybrid"}},
	{name: "hybrid-mono", rate: 48000, channels: 1, ms: 20, periods: 12, voip: true, bitrates: []int{28000}, modes: []string{"hybrid"}},
	{name: "silk", rate: 48000, channels: 2, ms: 20, periods: 12, voip: true, wideband: true, bitrates: []int{22000}, modes: []string{"SILK"}},
	{name: "silk-16k", rate: 16000, channels: 1, ms: 20, periods: 12, voip: true, bitrates: []int{16000}, modes: []string{"SILK"}},
	{name: "silk-12k", rate: 12000, channels: 2, ms: 20, periods: 12, voip: true, bitrates: []int{20000}, modes: []string{"SILK"}},
	{name: "silk-8k", rate: 8000, channels: 1, ms: 20, periods: 12, voip: true, bitrates: []int{10000}, modes: []string{"SILK"}},
	{name: "silk-lost", rate: 16000, channels: 1, ms: 20, periods: 14, voip: true, bitrates: []int{16000}, lost: []int{6, 9, 10}, modes: []string{"SILK"}},
	{name: "switches", rate: 48000, channels: 1, ms: 20, periods: 36, voip: true, bitrates: []int{12000, 28000, 96000, 12000, 96000, 28000}, modes: []string{"SILK", "hybrid", "CELT"}},
}

// mode returns what a packet's first byte says of it.
func mode(packet []byte) string {
	switch config := packet[0] >> 3; {
	case config < 12:
		return "SILK"
	case config < 16:
		return "hybrid"
	}
	return "CELT"
}

// A packet, nil if it got lost, and what is to come of it.
type packet struct {
	data []byte
	pcm  []int16
}

func (v *vector) file() string { return filepath.Join("testdata", v.name+".gz") }

// read returns a vector's packets. In the file each is a size, its bytes, the
// frames that came of it, and those.
func (v *vector) read(t testing.TB) (packets []packet) {
	t.Helper()
	b, err := os.ReadFile(v.file())
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for {
		var p packet
		var n uint16
		if err := binary.Read(z, binary.LittleEndian, &n); err == io.EOF {
			return packets
		} else if err != nil {
			t.Fatal(err)
		}
		p.data = make([]byte, n)
		if _, err := io.ReadFull(z, p.data); err != nil {
			t.Fatal(err)
		}
		if err := binary.Read(z, binary.LittleEndian, &n); err != nil {
			t.Fatal(err)
		}
		p.pcm = make([]int16, int(n)*v.channels)
		if err := binary.Read(z, binary.LittleEndian, p.pcm); err != nil {
			t.Fatal(err)
		}
		packets = append(packets, p)
	}
}
