package storage

import "encoding/binary"

// Commands (operation codes).
const (
	opTestUnitReady     = 0x00
	opRequestSense      = 0x03
	opRead6             = 0x08
	opWrite6            = 0x0a
	opInquiry           = 0x12
	opModeSelect6       = 0x15
	opModeSense6        = 0x1a
	opStartStop         = 0x1b
	opSendDiagnostic    = 0x1d
	opPrevent           = 0x1e
	opFormatCapacities  = 0x23
	opReadCapacity10    = 0x25
	opRead10            = 0x28
	opWrite10           = 0x2a
	opSeek10            = 0x2b
	opWriteVerify10     = 0x2e
	opVerify10          = 0x2f
	opPrefetch10        = 0x34
	opSyncCache10       = 0x35
	opReadTOC           = 0x43
	opGetConfiguration  = 0x46
	opGetEventStatus    = 0x4a
	opReadDiscInfo      = 0x51
	opReadTrackInfo     = 0x52
	opModeSelect10      = 0x55
	opModeSense10       = 0x5a
	opRead16            = 0x88
	opWrite16           = 0x8a
	opWriteVerify16     = 0x8e
	opVerify16          = 0x8f
	opSyncCache16       = 0x91
	opServiceActionIn16 = 0x9e
	opReportLUNs        = 0xa0
	opRead12            = 0xa8
	opWrite12           = 0xaa
	opWriteVerify12     = 0xae
	opVerify12          = 0xaf
	opSetSpeed          = 0xbb
	opMechanismStatus   = 0xbd

	actionReadCapacity16 = 0x10 // of opServiceActionIn16
)

// Sense keys.
const (
	noSense        = 0x0
	notReady       = 0x2
	mediumError    = 0x3
	illegalRequest = 0x5
	dataProtect    = 0x7
)

// Additional sense codes with their qualifiers.
const (
	noCode         = 0x0000
	writeError     = 0x0c00
	readError      = 0x1100
	invalidCommand = 0x2000
	outOfRange     = 0x2100
	invalidField   = 0x2400
	wrongUnit      = 0x2500
	writeProtected = 0x2700
	noMedium       = 0x3a00
	removalLocked  = 0x5302
)

// A reply is what a command has to say, or wants to hear.
type reply struct {
	out     bool   // the data comes from the host
	size    int64  // of the data, in bytes
	data    []byte // it, or nil for the medium's
	offset  int64  // of the data on the medium
	ignored bool   // the data from the host is not kept
	sync    bool   // what is written is made last at the end
	failed  bool   // the command has; the unit has sense data
}

// A unit is the logical unit of a drive. It is used by one goroutine.
type unit struct {
	drive   *Drive
	key     byte
	code    uint16
	ejected bool // the medium is out
	locked  bool // the guest wants it to stay in
}

// fail makes sense data, and is what a command says that failed.
func (u *unit) fail(key byte, code uint16) reply {
	u.key, u.code = key, code
	return reply{failed: true}
}

// answer is a command that says something, at most as much as is asked for.
func answer(data []byte, allocated int) reply {
	data = data[:min(len(data), allocated)]
	return reply{data: data, size: int64(len(data))}
}

// execute begins a command.
func (u *unit) execute(lun byte, c [16]byte) reply {
	op := c[0]
	if lun != 0 && op != opInquiry && op != opRequestSense && op != opReportLUNs {
		return u.fail(illegalRequest, wrongUnit)
	}
	if op == opRequestSense {
		return u.requestSense(lun, int(c[4]))
	}
	u.key, u.code = noSense, noCode
	if r, ok := u.always(lun, c); ok {
		return r
	}
	if u.ejected {
		return u.fail(notReady, noMedium)
	}
	if r, ok := u.transfer(c); ok {
		return r
	}
	if u.drive.o.CD {
		if r, ok := u.disc(c); ok {
			return r
		}
	}
	return u.fail(illegalRequest, invalidCommand)
}

// always does what can be done without a medium.
func (u *unit) always(lun byte, c [16]byte) (reply, bool) {
	be := binary.BigEndian
	switch c[0] {
	case opInquiry:
		return u.inquiry(lun, c), true
	case opReportLUNs:
		return answer([]byte{0, 0, 0, 8, 7: 0, 15: 0}, int(min(be.Uint32(c[6:]), 1<<16))), true
	case opModeSense6:
		return u.modeSense(c[2], c[3], c[1]&8 == 0, false, int(c[4])), true
	case opModeSense10:
		return u.modeSense(c[2], c[3], c[1]&8 == 0, true, int(be.Uint16(c[7:]))), true
	case opModeSelect6:
		return reply{out: true, ignored: true, size: int64(c[4])}, true
	case opModeSelect10:
		return reply{out: true, ignored: true, size: int64(be.Uint16(c[7:]))}, true
	case opStartStop:
		return u.startStop(c[4]), true
	case opPrevent:
		u.locked = c[4]&1 != 0
		return reply{}, true
	case opSendDiagnostic, opSetSpeed:
		return reply{}, true
	case opGetEventStatus, opGetConfiguration, opMechanismStatus:
		if u.drive.o.CD {
			return u.disc(c)
		}
	}
	return reply{}, false
}

// transfer does what has to do with blocks.
func (u *unit) transfer(c [16]byte) (reply, bool) {
	be := binary.BigEndian
	switch c[0] {
	case opTestUnitReady:
		return reply{}, true
	case opReadCapacity10:
		last := uint32(min(u.drive.blocks-1, 0xffffffff))
		return answer(be.AppendUint32(be.AppendUint32(nil, last), uint32(u.drive.block)), 8), true
	case opServiceActionIn16:
		if c[1]&0x1f != actionReadCapacity16 {
			return u.fail(illegalRequest, invalidField), true
		}
		data := be.AppendUint32(be.AppendUint64(nil, uint64(u.drive.blocks-1)), uint32(u.drive.block))
		return answer(append(data, make([]byte, 20)...), int(min(be.Uint32(c[10:]), 1<<16))), true
	case opFormatCapacities:
		data := be.AppendUint32([]byte{0, 0, 0, 8}, uint32(min(u.drive.blocks, 0xffffffff)))
		data = be.AppendUint32(data, 2<<24|uint32(u.drive.block)) // formatted
		return answer(data, int(be.Uint16(c[7:]))), true
	case opSyncCache10, opSyncCache16:
		return u.sync(), true
	}
	at, n, ok := blocksOf(c)
	if !ok {
		return reply{}, false
	}
	return u.blocks(c, at, n), true
}

// blocksOf returns which blocks a command is about.
func blocksOf(c [16]byte) (at uint64, n uint32, ok bool) {
	be := binary.BigEndian
	switch c[0] {
	case opRead6, opWrite6:
		n = uint32(c[4])
		if n == 0 {
			n = 256
		}
		return uint64(be.Uint32(c[:]) & 0x1fffff), n, true
	case opRead10, opWrite10, opWriteVerify10, opVerify10, opSeek10, opPrefetch10:
		return uint64(be.Uint32(c[2:])), uint32(be.Uint16(c[7:])), true
	case opRead12, opWrite12, opWriteVerify12, opVerify12:
		return uint64(be.Uint32(c[2:])), be.Uint32(c[6:]), true
	case opRead16, opWrite16, opWriteVerify16, opVerify16:
		return be.Uint64(c[2:]), be.Uint32(c[10:]), true
	}
	return 0, 0, false
}

// blocks reads, writes or looks for blocks.
func (u *unit) blocks(c [16]byte, at uint64, n uint32) reply {
	d := u.drive
	if at > uint64(d.blocks) || uint64(n) > uint64(d.blocks)-at || c[0] == opSeek10 && at >= uint64(d.blocks) {
		return u.fail(illegalRequest, outOfRange)
	}
	r := reply{offset: int64(at) * d.block, size: int64(n) * d.block}
	switch c[0] {
	case opRead6, opRead10, opRead12, opRead16:
		return r
	case opVerify10, opVerify12, opVerify16, opSeek10, opPrefetch10:
		if c[0] != opSeek10 && c[0] != opPrefetch10 && c[1]&6 != 0 { // with data to compare
			return u.fail(illegalRequest, invalidField)
		}
		return reply{}
	}
	if d.o.ReadOnly {
		return u.fail(dataProtect, writeProtected)
	}
	r.out = true
	r.sync = c[0] != opWrite6 && c[1]&8 != 0 // what is written must last
	return r
}

// sync makes what was written last.
func (u *unit) sync() reply {
	if u.drive.o.ReadOnly {
		return reply{}
	}
	if err := u.drive.o.Medium.Sync(); err != nil {
		return u.fail(mediumError, writeError)
	}
	return reply{}
}

// read fills p with the reply's data from at on. What the medium does not have
// is zeros.
func (u *unit) read(r *reply, at int64, p []byte) {
	if r.data != nil {
		copy(p, r.data[at:])
		return
	}
	at += r.offset
	p = p[:max(0, min(int64(len(p)), u.drive.o.Size-at))]
	if len(p) == 0 {
		return
	}
	if _, err := u.drive.o.Medium.ReadAt(p, at); err != nil && !r.failed {
		clear(p)
		*r = u.fail(mediumError, readError).with(*r)
	}
}

// write takes the reply's data from at on.
func (u *unit) write(r *reply, at int64, p []byte) {
	if r.ignored || r.failed {
		return
	}
	if _, err := u.drive.o.Medium.WriteAt(p, r.offset+at); err != nil {
		*r = u.fail(mediumError, writeError).with(*r)
	}
}

// with is a reply that fails half way.
func (r reply) with(begun reply) reply {
	begun.failed = r.failed
	return begun
}

// finish ends a command whose data has been moved.
func (u *unit) finish(r *reply) {
	if r.sync && !r.failed && u.sync().failed {
		r.failed = true
	}
}
