package usbhost

import (
	"unsafe"

	"saffron/channels/usbredir"
)

// Bounds of descriptors.
const (
	maxInterfaces = 32
	maxAlts       = 256
	maxEndpoints  = 30
)

// speeds are those of the library, by number.
var speeds = [...]usbredir.Speed{1: usbredir.Low, 2: usbredir.Full, 3: usbredir.High, 4: usbredir.Super, 5: usbredir.Super}

const unknownSpeed usbredir.Speed = 255

// describe returns what a device is in its present configuration, with the
// settings alts of its interfaces, 0 for those that are not in it.
func (b *Bus) describe(d *device, alts map[uint8]uint8) usbredir.Description {
	var desc deviceDescriptor
	_ = b.lib.deviceDescriptor(d, &desc) // it is cached
	info := usbredir.Description{Speed: unknownSpeed, Class: desc.class, SubClass: desc.subClass, Protocol: desc.protocol,
		Vendor: desc.vendor, Product: desc.product, Version: desc.version}
	if s := b.lib.deviceSpeed(d); s > 0 && int(s) < len(speeds) {
		info.Speed = speeds[s]
	}
	var config *configDescriptor
	if b.lib.activeConfig(d, &config) < 0 || config == nil {
		return info // it is not configured
	}
	defer b.lib.freeConfig(config)
	for _, i := range slice(config.interfaces, int(config.count), maxInterfaces) {
		for _, s := range slice(i.settings, int(i.count), maxAlts) {
			if s.alt == alts[s.number] {
				info.Interfaces = append(info.Interfaces, usbredir.Interface{Number: s.number, Class: s.class, SubClass: s.subClass, Protocol: s.protocol})
				info.Endpoints = append(info.Endpoints, endpointsOf(&s, info.Speed)...)
				break
			}
		}
	}
	return info
}

// endpointsOf returns the endpoints of an interface.
func endpointsOf(s *interfaceDescriptor, speed usbredir.Speed) []usbredir.Endpoint {
	var list []usbredir.Endpoint
	for _, e := range slice(s.endpoints, int(s.count), maxEndpoints) {
		list = append(list, usbredir.Endpoint{Address: e.address & 0x8f, Type: usbredir.EndpointType(e.attributes & 3),
			Interval: e.interval, Interface: s.number, MaxPacket: maxPacket(e.maxPacket, e.attributes&3, speed)})
	}
	return list
}

// maxPacket returns how much one packet, or those of one microframe, may carry.
func maxPacket(field uint16, kind uint8, speed usbredir.Speed) uint16 {
	size := field & 0x7ff
	if speed == usbredir.High && (kind == uint8(usbredir.IsoEndpoint) || kind == uint8(usbredir.InterruptEndpoint)) {
		size *= 1 + min(field>>11&3, 2)
	}
	return size
}

// slice returns what the library has an array of.
func slice[T any](p *T, n, most int) []T {
	if p == nil || n <= 0 {
		return nil
	}
	return unsafe.Slice(p, min(n, most))
}
