package storage

import "encoding/binary"

// disc does what only drives of CDs do.
func (u *unit) disc(c [16]byte) (reply, bool) {
	allocated := int(binary.BigEndian.Uint16(c[7:]))
	switch c[0] {
	case opReadTOC:
		return u.contents(c[1]&2 != 0, c[2]&0x0f, c[9]>>6, c[6], allocated), true
	case opGetConfiguration:
		return u.configuration(c[1]&3, binary.BigEndian.Uint16(c[2:]), allocated), true
	case opGetEventStatus:
		return u.events(c[1]&1 != 0, c[4], allocated), true
	case opReadDiscInfo: // complete, one session, one track
		return answer([]byte{0, 32, 0x0e, 1, 1, 1, 1, 0x20, 33: 0}, allocated), true
	case opReadTrackInfo:
		return u.track(allocated), true
	case opMechanismStatus:
		return answer(make([]byte, 8), int(binary.BigEndian.Uint16(c[8:]))), true
	}
	return reply{}, false
}

const (
	leadOut   = 0xaa
	dataTrack = 0x14
)

// contents is the table of contents: one track of data.
func (u *unit) contents(msf bool, format, oldFormat, first byte, allocated int) reply {
	if format == 0 {
		format = oldFormat
	}
	entry := func(track byte, block int64) []byte {
		return append([]byte{0, dataTrack, track, 0}, address(block, msf)...)
	}
	var data []byte
	switch {
	case format == 0 && (first <= 1 || first == leadOut):
		data = []byte{0, 0, 1, 1}
		if first <= 1 {
			data = append(data, entry(1, 0)...)
		}
		data = append(data, entry(leadOut, u.drive.blocks)...)
	case format == 1: // the last session, which is the first
		data = append([]byte{0, 0, 1, 1}, entry(1, 0)...)
	default:
		return u.fail(illegalRequest, invalidField)
	}
	binary.BigEndian.PutUint16(data, uint16(len(data)-2))
	return answer(data, allocated)
}

// address returns where a block is, by its number or by minute, second and
// frame.
func address(block int64, msf bool) []byte {
	if !msf {
		return binary.BigEndian.AppendUint32(nil, uint32(min(block, 0xffffffff)))
	}
	block += 150
	if minutes := block / 75 / 60; minutes > 255 {
		return []byte{0, 255, 59, 74} // a DVD
	}
	return []byte{0, byte(block / 75 / 60), byte(block / 75 % 60), byte(block % 75)}
}

// Profiles of discs.
const (
	profileCD  = 0x0008
	profileDVD = 0x0010
	cdSize     = 900 << 20 // bytes; what is larger is a DVD
)

// configuration tells what the drive can do, feature by feature.
func (u *unit) configuration(which byte, from uint16, allocated int) reply {
	var current uint16
	if !u.ejected {
		current = profileCD
		if u.drive.o.Size > cdSize {
			current = profileDVD
		}
	}
	is := func(profile uint16) byte {
		if profile == current {
			return 1
		}
		return 0
	}
	features := [][]byte{
		{0, 0, 3, 8, profileDVD >> 8, profileDVD & 0xff, is(profileDVD), 0, profileCD >> 8, profileCD & 0xff, is(profileCD), 0},
		{0, 1, 0x0b, 8, 0, 0, 0, 8, 1, 0, 0, 0}, // core, over USB
		{0, 3, 3, 4, 0x29, 0, 0, 0},             // the medium can be taken out of a tray, and locked in
	}
	data := []byte{0, 0, 0, 0, 0, 0, byte(current >> 8), byte(current)}
	for _, f := range features {
		code := binary.BigEndian.Uint16(f)
		if code < from || which == 2 && code != from {
			continue
		}
		data = append(data, f...)
	}
	binary.BigEndian.PutUint32(data, uint32(len(data)-4))
	return answer(data, allocated)
}

// events tells whether there is a medium, when it is asked for.
func (u *unit) events(polled bool, classes byte, allocated int) reply {
	const media = 4 // its number, and its bit in classes is 1<<media
	if !polled {
		return u.fail(illegalRequest, invalidField)
	}
	if classes&(1<<media) == 0 {
		return answer([]byte{0, 2, 0x80, 1 << media}, allocated) // none of those
	}
	present := byte(2)
	if u.ejected {
		present = 1 // the tray is open
	}
	return answer([]byte{0, 6, media, 1 << media, 0, present, 0, 0}, allocated)
}

// track tells of the only track.
func (u *unit) track(allocated int) reply {
	data := make([]byte, 36)
	data[1] = byte(len(data) - 2)
	data[2], data[3], data[5], data[6] = 1, 1, 4, 1
	binary.BigEndian.PutUint32(data[24:], uint32(min(u.drive.blocks, 0xffffffff)))
	return answer(data, allocated)
}
