package libvirttest

import (
	"encoding/binary"
	"time"
)

// A Packet is an answer on its way to a client.
type Packet struct {
	Procedure uint32
	Data      []byte        // with length and header
	Delay     time.Duration // before it is sent, while others go on
	Close     bool          // the connection after it
}

// A Fault spoils answers.
type Fault func(p *Packet)

// On spoils the answers of one procedure only.
func On(procedure uint32, f Fault) Fault {
	return func(p *Packet) {
		if p.Procedure == procedure {
			f(p)
		}
	}
}

// All applies several faults, one after the other.
func All(faults ...Fault) Fault {
	return func(p *Packet) {
		for _, f := range faults {
			f(p)
		}
	}
}

// Slow answers late. Calls that are made together are answered together.
func Slow(d time.Duration) Fault { return func(p *Packet) { p.Delay = d } }

// Dead never answers.
func Dead() Fault { return func(p *Packet) { p.Data = nil } }

// CutAt ends the connection after n bytes of an answer.
func CutAt(n int) Fault {
	return func(p *Packet) { p.Data, p.Close = p.Data[:min(n, len(p.Data))], true }
}

// Short leaves out all but n bytes of an answer's body, and says so in its length.
func Short(n int) Fault {
	return func(p *Packet) {
		p.Data = p.Data[:min(headerSize+n, len(p.Data))]
		binary.BigEndian.PutUint32(p.Data, uint32(len(p.Data)))
	}
}

// Length lies about the length of packets.
func Length(n uint32) Fault { return func(p *Packet) { binary.BigEndian.PutUint32(p.Data, n) } }

// Count replaces the first word of an answer, which is a count or a length in
// the answers that have one.
func Count(n uint32) Fault {
	return func(p *Packet) {
		if len(p.Data) >= headerSize+4 {
			binary.BigEndian.PutUint32(p.Data[headerSize:], n)
		}
	}
}

// Twice sends every answer twice.
func Twice() Fault { return func(p *Packet) { p.Data = append(p.Data, p.Data...) } }

// Header replaces a word of the header: 1 program, 2 version, 3 procedure,
// 4 type, 5 serial, 6 status.
func Header(word int, v uint32) Fault {
	return func(p *Packet) { binary.BigEndian.PutUint32(p.Data[4*word:], v) }
}
