package main

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"

	"saffron/spice/spicetest"
)

// Messages of the agent's stream.
const (
	agentAnnounce   = 6
	agentFileStart  = 10
	agentFileStatus = 11
	agentFileData   = 12
	agentVolumeSync = 15
)

// A scriptAgent is the guest's agent of a test script: it takes files, or does
// not, as the flag agent says.
type scriptAgent struct {
	spicetest.Agent
	m *machine

	mu    sync.Mutex
	files map[uint32]*agentFile // guarded by mu
}

// An agentFile is a file on its way.
type agentFile struct {
	name, size string
	data       []byte
}

// newAgent makes the agent of a connection, or nil if there is none.
func (m *machine) newAgent(c *spicetest.Channel) *scriptAgent {
	if !m.has("agent") {
		return nil
	}
	a := &scriptAgent{m: m, files: map[uint32]*agentFile{}}
	a.Send, a.OnMessage = c.Send, a.hear
	return a
}

func (a *scriptAgent) hear(typ uint32, body []byte) {
	kind := a.m.flags["agent"]
	switch typ {
	case agentAnnounce:
		caps := uint32(0x00038de7)
		if kind == "nofiles" {
			caps |= 1 << 13
		}
		if kind != "silent" {
			a.Say(agentAnnounce, binary.LittleEndian.AppendUint32(make([]byte, 4), caps))
		}
	case agentFileStart:
		a.begin(binary.LittleEndian.Uint32(body), strings.TrimRight(string(body[4:]), "\x00"), kind)
	case agentFileData:
		a.add(binary.LittleEndian.Uint32(body), body[12:])
	case agentFileStatus:
		a.m.note("cancelled")
	case agentVolumeSync:
		a.m.note("volume % x", body)
	}
}

// begin takes a file or says why not.
func (a *scriptAgent) begin(id uint32, text, kind string) {
	f := new(agentFile)
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "name":
			f.name = value
		case "size":
			f.size = value
		}
	}
	switch {
	case kind == "full" && f.name != "small":
		a.status(id, 4, 0x40, 0xe2, 1, 0, 0, 0, 0, 0)
	case kind == "locked":
		a.status(id, 5)
	default:
		a.mu.Lock()
		a.files[id] = f
		a.mu.Unlock()
		a.status(id, 0)
	}
}

func (a *scriptAgent) add(id uint32, data []byte) {
	a.mu.Lock()
	f := a.files[id]
	f.data = append(f.data, data...)
	a.mu.Unlock()
	if f.size == strconv.Itoa(len(f.data)) {
		a.m.note("file %s %s %x", f.name, f.size, sha256.Sum256(f.data))
		a.status(id, 3)
	}
}

func (a *scriptAgent) status(id uint32, result uint32, detail ...byte) {
	body := binary.LittleEndian.AppendUint32(nil, id)
	body = binary.LittleEndian.AppendUint32(body, result)
	a.Say(agentFileStatus, append(body, detail...))
}
