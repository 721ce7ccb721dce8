package port

import (
	"sync"
	"sync/atomic"

	"saffron/codec/lz4"
	"saffron/spice"
	"saffron/spice/wire"
)

// A Sender sends on one channel; spice.Conn is one. Any goroutine.
type Sender interface {
	Caps() spice.Caps // the server's
	Send(typ uint16, m wire.Encoder) error
}

// A Port is the way to the guest. Any goroutine may call its methods; what one
// Write writes is not mixed with what others do, up to MaxWrite bytes.
type Port struct {
	id   spice.ChannelID
	name string
	out  Sender
	lz4  bool // the server takes it

	mu   sync.Mutex // held while writing
	room []byte     // for packing; guarded by mu

	sent, packed atomic.Uint64 // bytes
}

// MaxWrite is how much is sent in one message, in bytes.
const MaxWrite = 64 << 10

// worthPacking is the least that is compressed, in bytes.
const worthPacking = 1000

func newPort(id spice.ChannelID, name string, out Sender) *Port {
	return &Port{id: id, name: name, out: out, lz4: out.Caps().Channel.Has(CapLZ4)}
}

// ID returns the channel.
func (p *Port) ID() spice.ChannelID { return p.id }

// Name returns what the port is called, "" on USB channels. It is the server's
// word: any bytes but NUL.
func (p *Port) Name() string { return p.name }

// Write sends bytes to the guest. It blocks while the guest takes none, until
// the channel is closed.
func (p *Port) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := 0
	for len(b) > done {
		piece := b[done:min(len(b), done+MaxWrite)]
		if err := p.send(piece); err != nil {
			return done, err
		}
		done += len(piece)
	}
	return done, nil
}

// send sends one piece, packed if that makes it smaller. mu is held.
func (p *Port) send(piece []byte) error {
	typ, size := uint16(MsgData), len(piece)
	var body wire.Encoder = &Data{piece}
	if p.lz4 && len(piece) > worthPacking {
		if p.room == nil {
			p.room = make([]byte, MaxWrite)
		}
		if n := lz4.EncodeBlock(p.room[:len(piece)-len(piece)/16], piece); n > 0 {
			typ, size = MsgCompressed, n
			body = &Compressed{LZ4, uint32(len(piece)), p.room[:n]}
		}
	}
	if err := p.out.Send(typ, body); err != nil {
		return err
	}
	p.sent.Add(uint64(len(piece)))
	p.packed.Add(uint64(size))
	return nil
}

// Break sends a break, as serial lines have them.
func (p *Port) Break() error { return p.out.Send(MsgcEvent, &EventMessage{EventBreak}) }
