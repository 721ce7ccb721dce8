package storage

import "encoding/binary"

// Sizes and signatures of the wrappers of commands (CBW) and statuses (CSW).
const (
	cbwSize      = 31
	cbwSignature = 0x43425355 // "USBC"
	cswSize      = 13
	cswSignature = 0x53425355 // "USBS"
)

// What a command wrapper says of how the command went.
const (
	passed = 0
	failed = 1
)

// A phase is what comes next on the bulk endpoints.
type phase uint8

const (
	phaseCommand phase = iota // a command wrapper from the host
	phaseIn                   // data for the host
	phaseOut                  // data from the host
	phaseStatus               // a status wrapper for the host
)

// A stage is how far a command has come.
type stage struct {
	phase phase
	tag   uint32
	total int64 // bytes of the data phase, as the host wants it
	left  int64 // of these, bytes that are to come
	reply reply // what the command does with them; from its beginning
	done  int64 // bytes of data that were moved
}

// feeds reports whether there is something for the host.
func (s *stage) feeds() bool { return s.phase == phaseIn || s.phase == phaseStatus }

// out takes what the host sends. It returns false for what is neither a command
// nor data.
func (d *Drive) out(p []byte) bool {
	switch s := &d.stage; s.phase {
	case phaseCommand:
		return d.command(p)
	case phaseOut:
		if int64(len(p)) > s.left {
			return false
		}
		if n := min(int64(len(p)), s.reply.size-s.done); n > 0 {
			d.unit.write(&s.reply, s.done, p[:n])
			s.done += n
		}
		if s.left -= int64(len(p)); s.left == 0 {
			d.finish()
		}
		return true
	}
	return false
}

// command takes a command wrapper.
func (d *Drive) command(p []byte) bool {
	if len(p) != cbwSize || binary.LittleEndian.Uint32(p) != cbwSignature {
		return false
	}
	size := int(p[14] & 0x1f)
	if size < 1 || size > 16 || p[13] > 15 {
		return false
	}
	length, in := int64(binary.LittleEndian.Uint32(p[8:])), p[12]&0x80 != 0
	var cdb [16]byte
	copy(cdb[:], p[15:15+size])
	s := stage{tag: binary.LittleEndian.Uint32(p[4:]), total: length, left: length}
	s.reply = d.unit.execute(p[13], cdb)
	if s.reply.size > 0 && s.reply.out == in && length > 0 {
		s.reply = d.unit.fail(illegalRequest, invalidField) // it wants data the other way
	}
	switch {
	case length == 0:
		s.phase = phaseStatus
	case in:
		s.phase = phaseIn
	default:
		s.phase = phaseOut
	}
	d.stage = s
	if length == 0 {
		d.finish()
	}
	return true
}

// in returns what there is for the host, at most so many bytes. It returns
// false if that is not enough.
func (d *Drive) in(length int) ([]byte, bool) {
	s := &d.stage
	if s.phase == phaseStatus {
		if length < cswSize {
			return nil, false
		}
		csw := d.status()
		d.stage = stage{}
		return csw, true
	}
	data := make([]byte, min(int64(length), s.left)) // beyond what the command has, zeros
	if n := min(int64(len(data)), s.reply.size-s.done); n > 0 {
		d.unit.read(&s.reply, s.done, data[:n])
		s.done += n
	}
	if s.left -= int64(len(data)); s.left == 0 {
		d.finish()
	}
	return data, true
}

// finish ends the data phase.
func (d *Drive) finish() {
	s := &d.stage
	s.phase = phaseStatus
	d.unit.finish(&s.reply)
}

// status returns the status wrapper.
func (d *Drive) status() []byte {
	s := &d.stage
	csw := binary.LittleEndian.AppendUint32(nil, cswSignature)
	csw = binary.LittleEndian.AppendUint32(csw, s.tag)
	csw = binary.LittleEndian.AppendUint32(csw, uint32(s.total-s.done))
	result := byte(passed)
	if s.reply.failed {
		result = failed
	}
	return append(csw, result)
}
