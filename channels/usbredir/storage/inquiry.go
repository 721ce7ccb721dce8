package storage

import "encoding/binary"

// Peripheral device types.
const (
	typeDisk = 0x00
	typeCD   = 0x05
	typeNone = 0x7f // there is no such unit
)

func (u *unit) kind() byte {
	if u.drive.o.CD {
		return typeCD
	}
	return typeDisk
}

// Pages of vital product data.
const (
	pageSupported = 0x00
	pageSerial    = 0x80
	pageIdentity  = 0x83
)

// inquiry says what the unit is.
func (u *unit) inquiry(lun byte, c [16]byte) reply {
	allocated := int(binary.BigEndian.Uint16(c[3:]))
	kind := u.kind()
	if lun != 0 {
		kind = typeNone
	}
	if c[1]&1 != 0 {
		return u.vitalData(kind, c[2], allocated)
	}
	if c[2] != 0 {
		return u.fail(illegalRequest, invalidField)
	}
	const removable, spc3, format, additional = 0x80, 5, 2, 31
	data := append([]byte{kind, removable, spc3, format, additional, 0, 0, 0}, vendorName...)
	return answer(append(append(data, u.drive.productName()...), "1.0 "...), allocated)
}

func (u *unit) vitalData(kind, page byte, allocated int) reply {
	var data []byte
	switch page {
	case pageSupported:
		data = []byte{pageSupported, pageSerial, pageIdentity}
	case pageSerial:
		data = []byte(u.drive.serial())
	case pageIdentity: // of the vendor and a number: ASCII, of the unit
		id := vendorName + u.drive.serial()
		data = append([]byte{2, 1, 0, byte(len(id))}, id...)
	default:
		return u.fail(illegalRequest, invalidField)
	}
	return answer(append([]byte{kind, page, 0, byte(len(data))}, data...), allocated)
}

// requestSense says why the last command failed, once.
func (u *unit) requestSense(lun byte, allocated int) reply {
	key, code := u.key, u.code
	if lun != 0 {
		key, code = illegalRequest, wrongUnit
	} else {
		u.key, u.code = noSense, noCode
	}
	data := make([]byte, 18)
	data[0], data[2], data[7] = 0x70, key, 10
	binary.BigEndian.PutUint16(data[12:], code)
	return answer(data, allocated)
}

// startStop takes the medium out, and puts it back.
func (u *unit) startStop(how byte) reply {
	const start, eject = 1, 2
	if how&eject == 0 {
		return reply{}
	}
	out := how&start == 0
	if out && u.locked {
		return u.fail(illegalRequest, removalLocked)
	}
	if out && !u.ejected {
		_ = u.sync() // there is nobody who could be told
	}
	changed := u.ejected != out
	u.ejected = out
	if changed && u.drive.o.Ejected != nil {
		u.drive.o.Ejected(out)
	}
	u.key, u.code = noSense, noCode
	return reply{}
}

// Pages of modes.
const (
	pageRecovery     = 0x01
	pageCaching      = 0x08
	pageCapabilities = 0x2a
	allPages         = 0x3f
)

// modeSense returns pages of modes behind a header and, of disks, a descriptor of
// the blocks.
func (u *unit) modeSense(page, sub byte, describe, long bool, allocated int) reply {
	control, page := page>>6, page&0x3f
	if control == 3 || sub != 0 && sub != 0xff { // saved values
		return u.fail(illegalRequest, invalidField)
	}
	var pages []byte
	for _, p := range u.modes() {
		if page == allPages || page == p[0] {
			if control == 1 { // what can be changed: nothing
				p = append([]byte{p[0], p[1]}, make([]byte, len(p)-2)...)
			}
			pages = append(pages, p...)
		}
	}
	if len(pages) == 0 {
		return u.fail(illegalRequest, invalidField)
	}
	var blocks []byte
	if describe && !u.drive.o.CD {
		blocks = binary.BigEndian.AppendUint32(nil, uint32(min(u.drive.blocks, 0xffffff)))
		blocks = binary.BigEndian.AppendUint32(blocks, uint32(u.drive.block))
	}
	var flags byte
	if u.drive.o.ReadOnly && !u.drive.o.CD {
		flags = 0x80
	}
	size := len(blocks) + len(pages)
	header := []byte{byte(size + 3), 0, flags, byte(len(blocks))}
	if long {
		header = []byte{byte((size + 6) >> 8), byte(size + 6), 0, flags, 0, 0, 0, byte(len(blocks))}
	}
	return answer(append(append(header, blocks...), pages...), allocated)
}

// modes are the pages there are.
func (u *unit) modes() [][]byte {
	recovery := []byte{pageRecovery, 10, 11: 0}
	if u.drive.o.CD {
		// It reads CDs, DVDs and their sectors of mode 2, has a tray, can be
		// locked and ejects.
		capabilities := []byte{pageCapabilities, 18, 0x1f, 0, 0x70, 0, 0x29, 0, 0x02, 0xc2, 0, 2, 0x08, 0, 0x02, 0xc2, 19: 0}
		return [][]byte{recovery, capabilities}
	}
	const writeCache = 4
	return [][]byte{recovery, {pageCaching, 18, writeCache, 19: 0}}
}
