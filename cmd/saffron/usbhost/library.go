package usbhost

import (
	"errors"
	"fmt"
	"sync"
)

// The library's own.
type (
	context struct{}
	device  struct{}
	handle  struct{}
)

// The structures below are laid out as the library's on systems of 64 bits.

// deviceDescriptor is a libusb_device_descriptor.
type deviceDescriptor struct {
	_, _                         uint8 // length, type
	_                            uint16
	class, subClass, protocol, _ uint8
	vendor, product, version     uint16
	manufacturerName, name, _, _ uint8 // numbers of strings
}

// configDescriptor is a libusb_config_descriptor.
type configDescriptor struct {
	_, _         uint8
	_            uint16
	count, value uint8
	_, _, _      uint8
	interfaces   *altSettings
	_            uintptr
	_            int32
}

// altSettings is a libusb_interface.
type altSettings struct {
	settings *interfaceDescriptor
	count    int32
}

// interfaceDescriptor is a libusb_interface_descriptor.
type interfaceDescriptor struct {
	_, _                         uint8
	number, alt, count           uint8
	class, subClass, protocol, _ uint8
	endpoints                    *endpointDescriptor
	_                            uintptr
	_                            int32
}

// endpointDescriptor is a libusb_endpoint_descriptor.
type endpointDescriptor struct {
	_, _                uint8
	address, attributes uint8
	maxPacket           uint16
	interval, _, _      uint8
	_                   uintptr
	_                   int32
}

// transfer is a libusb_transfer, without the packets behind it. Pointers are
// numbers here: what they point to is kept by a flight.
type transfer struct {
	handle         *handle
	_              uint8 // flags
	endpoint       uint8
	kind           uint8
	timeout        uint32 // ms, 0 for none
	status         int32
	length, actual int32
	callback       uintptr
	user           uintptr
	buffer         uintptr
	packets        int32
}

// isoPacket is a libusb_iso_packet_descriptor.
type isoPacket struct {
	length, actual uint32
	status         int32
}

// Statuses of transfers.
const (
	transferCompleted = iota
	transferError
	transferTimedOut
	transferCancelled
	transferStall
	transferNoDevice
	transferOverflow
)

// A code is what the library's functions return; below 0 it is an error.
type code int32

const (
	codeAccess       code = -3
	codeNoDevice     code = -4
	codeNotFound     code = -5
	codeBusy         code = -6
	codePipe         code = -9
	codeNotSupported code = -12
)

// ErrDenied says that this user may not open a device.
var ErrDenied error = codeAccess

var codeTexts = map[code]string{
	-1: "it does not answer", -2: "the library does not understand what is asked of it", codeAccess: "this user may not open it",
	codeNoDevice: "it is gone", codeNotFound: "it is gone, or has become another", codeBusy: "another program uses it",
	-7: "it does not answer in time", codePipe: "it refuses", -11: "there is no memory", codeNotSupported: "the system cannot do that",
}

func (c code) Error() string {
	if text, ok := codeTexts[c]; ok {
		return text
	}
	return fmt.Sprintf("error %d of libusb", int32(c))
}

// err returns the error that a code is, nil if it is none.
func (c code) err() error {
	if c < 0 {
		return c
	}
	return nil
}

// timeval is a struct timeval.
type timeval struct{ seconds, _ int }

// A library is libusb-1.0, loaded for the life of the program. The functions are
// named after theirs.
type library struct {
	init             func(**context) code
	exit             func(*context)
	getDeviceList    func(*context, ***device) int
	freeDeviceList   func(**device, int32)
	deviceDescriptor func(*device, *deviceDescriptor) code
	activeConfig     func(*device, **configDescriptor) code
	freeConfig       func(*configDescriptor)
	busNumber        func(*device) uint8
	deviceAddress    func(*device) uint8
	portNumbers      func(*device, *uint8, int32) code
	deviceSpeed      func(*device) code
	open             func(*device, **handle) code
	close            func(*handle)
	getDevice        func(*handle) *device
	getConfiguration func(*handle, *int32) code
	setConfiguration func(*handle, int32) code
	claim            func(*handle, int32) code
	release          func(*handle, int32) code
	setAlt           func(h *handle, number, alt int32) code
	clearHalt        func(*handle, uint8) code
	reset            func(*handle) code
	detachDriver     func(*handle, int32) code
	attachDriver     func(*handle, int32) code
	stringASCII      func(*handle, uint8, *byte, int32) code
	allocTransfer    func(packets int32) *transfer
	freeTransfer     func(*transfer)
	submit           func(*transfer) code
	cancel           func(*transfer) code
	handleEvents     func(*context, *timeval, *int32) code

	landed uintptr // land, as the library can call it
}

// symbols returns the functions by the names they have in the library.
func (l *library) symbols() map[string]any {
	return map[string]any{
		"libusb_init": &l.init, "libusb_exit": &l.exit,
		"libusb_get_device_list": &l.getDeviceList, "libusb_free_device_list": &l.freeDeviceList,
		"libusb_get_device_descriptor":        &l.deviceDescriptor,
		"libusb_get_active_config_descriptor": &l.activeConfig, "libusb_free_config_descriptor": &l.freeConfig,
		"libusb_get_bus_number": &l.busNumber, "libusb_get_device_address": &l.deviceAddress,
		"libusb_get_port_numbers": &l.portNumbers, "libusb_get_device_speed": &l.deviceSpeed,
		"libusb_open": &l.open, "libusb_close": &l.close, "libusb_get_device": &l.getDevice,
		"libusb_get_configuration": &l.getConfiguration, "libusb_set_configuration": &l.setConfiguration,
		"libusb_claim_interface": &l.claim, "libusb_release_interface": &l.release,
		"libusb_set_interface_alt_setting": &l.setAlt, "libusb_clear_halt": &l.clearHalt, "libusb_reset_device": &l.reset,
		"libusb_detach_kernel_driver": &l.detachDriver, "libusb_attach_kernel_driver": &l.attachDriver,
		"libusb_get_string_descriptor_ascii": &l.stringASCII,
		"libusb_alloc_transfer":              &l.allocTransfer, "libusb_free_transfer": &l.freeTransfer,
		"libusb_submit_transfer": &l.submit, "libusb_cancel_transfer": &l.cancel,
		"libusb_handle_events_timeout_completed": &l.handleEvents,
	}
}

// load loads the system's library, once.
var load = sync.OnceValues(func() (*library, error) {
	for _, file := range libraryFiles() {
		if handle, err := open(file); err == nil {
			return bindAll(handle)
		}
	}
	return nil, ErrNoLibrary
})

// ErrNoLibrary says that there is no libusb, or none for this system.
var ErrNoLibrary = errors.New("libusb-1.0 is not installed (Debian's package is libusb-1.0-0)")

// bindAll makes a library of its handle.
func bindAll(handle uintptr) (*library, error) {
	l := new(library)
	for name, fn := range l.symbols() {
		if err := bind(fn, handle, name); err != nil {
			return nil, fmt.Errorf("libusb-1.0 is too old: %w", err)
		}
	}
	l.landed = callback(land)
	return l, nil
}
