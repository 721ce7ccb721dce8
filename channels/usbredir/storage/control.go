package storage

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"

	"saffron/channels/usbredir"
)

// What a drive says it is. The vendor is pid.codes, whose first products are for
// private use; drivers go by the class.
const (
	vendorID      = 0x1209
	diskProduct   = 0x0003
	cdProduct     = 0x0004
	deviceVersion = 0x0100

	classStorage     = 0x08
	subClassSCSI     = 0x06
	protocolBulkOnly = 0x50
)

func (d *Drive) product() uint16 {
	if d.o.CD {
		return cdProduct
	}
	return diskProduct
}

// Requests of control transfers, with their type in the upper byte.
const (
	getDeviceStatus    = 0x8000
	getInterfaceStatus = 0x8100
	getEndpointStatus  = 0x8200
	clearEndpoint      = 0x0201
	setEndpoint        = 0x0203
	getDescriptor      = 0x8006
	getConfiguration   = 0x8008
	setConfiguration   = 0x0009
	getInterface       = 0x810a
	setInterface       = 0x010b
	massStorageReset   = 0x21ff
	getMaxLUN          = 0xa1fe
)

// endpointHalt is the only feature that endpoints have.
const endpointHalt = 0

// control does a control transfer, at once.
func (d *Drive) control(t *usbredir.Transfer) {
	s := t.Setup
	data, ok := d.request(uint16(s.RequestType)<<8|uint16(s.Request), s)
	switch {
	case !ok:
		end(t, usbredir.Stall)
	case s.In():
		t.Finish(usbredir.Success, data[:min(len(data), int(s.Length))])
	default:
		t.Took(usbredir.Success, len(t.Data))
	}
}

func (d *Drive) request(what uint16, s usbredir.Setup) (data []byte, ok bool) {
	switch what {
	case getDeviceStatus:
		return []byte{1, 0}, true // it has power of its own
	case getInterfaceStatus:
		return []byte{0, 0}, true
	case getEndpointStatus:
		return d.endpointStatus(s.Index)
	case clearEndpoint, setEndpoint:
		return nil, s.Value == endpointHalt && d.setHalt(s.Index, what == setEndpoint)
	case getDescriptor:
		return d.descriptor(uint8(s.Value>>8), uint8(s.Value))
	case getConfiguration:
		return []byte{d.Configuration()}, true
	case setConfiguration:
		return nil, d.SetConfiguration(uint8(s.Value)) == usbredir.Success
	case getInterface:
		return []byte{0}, s.Index == 0
	case setInterface:
		return nil, s.Index == 0 && s.Value == 0
	case massStorageReset:
		d.recover()
		return nil, true
	case getMaxLUN:
		return []byte{0}, true
	}
	return nil, false
}

// whichHalt returns the place of an endpoint in halted.
func whichHalt(endpoint uint16) (int, bool) {
	switch endpoint {
	case bulkIn:
		return 1, true
	case bulkOut:
		return 0, true
	}
	return 0, false
}

func (d *Drive) endpointStatus(endpoint uint16) ([]byte, bool) {
	which, ok := whichHalt(endpoint)
	if !ok {
		return []byte{0, 0}, endpoint&0x7f == control
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted[which] {
		return []byte{1, 0}, true
	}
	return []byte{0, 0}, true
}

func (d *Drive) setHalt(endpoint uint16, on bool) bool {
	which, ok := whichHalt(endpoint)
	if !ok {
		return endpoint&0x7f == control
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.halted[which] = on
	return true
}

// recover makes the drive wait for a command.
func (d *Drive) recover() {
	d.mu.Lock()
	configuration, halted := d.configuration, d.halted
	d.mu.Unlock()
	d.Reset()
	d.mu.Lock()
	d.configuration, d.halted = configuration, halted
	d.mu.Unlock()
}

// Types of descriptors.
const (
	deviceDescriptor        = 1
	configurationDescriptor = 2
	stringDescriptor        = 3
	qualifierDescriptor     = 6
	otherSpeedDescriptor    = 7
)

func (d *Drive) descriptor(kind, index uint8) ([]byte, bool) {
	switch kind {
	case deviceDescriptor:
		b := []byte{18, deviceDescriptor, 0, 2, 0, 0, 0, 64}
		for _, v := range []uint16{vendorID, d.product(), deviceVersion} {
			b = binary.LittleEndian.AppendUint16(b, v)
		}
		return append(b, 1, 2, 3, 1), true
	case configurationDescriptor:
		return configuration(configurationDescriptor, packet), index == 0
	case otherSpeedDescriptor:
		return configuration(otherSpeedDescriptor, 64), index == 0
	case qualifierDescriptor:
		return []byte{10, qualifierDescriptor, 0, 2, 0, 0, 0, 64, 1, 0}, true
	case stringDescriptor:
		return d.text(index)
	}
	return nil, false
}

// configuration returns the descriptor of the configuration and all that is in
// it.
func configuration(kind uint8, packet uint16) []byte {
	lo, hi := byte(packet), byte(packet>>8)
	b := []byte{
		9, kind, 0, 0, 1, 1, 0, 0xc0, 0,
		9, 4, 0, 0, 2, classStorage, subClassSCSI, protocolBulkOnly, 0,
		7, 5, bulkIn, 2, lo, hi, 0,
		7, 5, bulkOut, 2, lo, hi, 0,
	}
	b[2] = byte(len(b))
	return b
}

// text returns a descriptor of a string.
func (d *Drive) text(index uint8) ([]byte, bool) {
	var s string
	switch index {
	case 0:
		return []byte{4, stringDescriptor, 0x09, 0x04}, true // American English
	case 1:
		s = strings.TrimSpace(vendorName)
	case 2:
		s = strings.TrimSpace(d.productName())
	case 3:
		s = d.serial()
	default:
		return nil, false
	}
	b := []byte{0, stringDescriptor}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	b[0] = byte(len(b))
	return b, true
}

// maxSerial is how many digits of the serial number count.
const maxSerial = 24

// serial returns the serial number: upper case hexadecimal digits, at least 12.
func (d *Drive) serial() string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune("0123456789ABCDEF", r) {
			return r
		}
		return -1
	}, strings.ToUpper(d.o.Serial))
	if n := len(digits); n < 12 {
		digits = strings.Repeat("0", 12-n) + digits
	}
	return digits[:min(len(digits), maxSerial)]
}

// vendorName is what guests show before the product's.
const vendorName = "Saffron "

// productName returns 16 characters that SCSI allows.
func (d *Drive) productName() string {
	name := []byte("USB disk        ")
	if d.o.CD {
		name = []byte("USB CD          ")
	}
	given := slices.DeleteFunc([]byte(d.o.Name), func(b byte) bool { return b < 0x20 || b > 0x7e })
	if len(given) > 0 {
		for i := range name {
			name[i] = ' '
			if i < len(given) {
				name[i] = given[i]
			}
		}
	}
	return string(name)
}
