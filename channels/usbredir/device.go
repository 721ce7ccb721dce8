package usbredir

import "fmt"

// A Status is how a transfer or a request has gone.
type Status uint8

// The statuses.
const (
	Success Status = iota
	Cancelled
	Invalid
	IOError
	Stall
	Timeout
	Babble
)

var statusNames = [...]string{"success", "cancelled", "invalid", "I/O error", "stall", "timeout", "babble"}

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// A Speed is that of a device.
type Speed uint8

// The speeds.
const (
	Low Speed = iota
	Full
	High
	Super
)

// An EndpointType is what kind of transfers an endpoint has.
type EndpointType uint8

// The types of endpoints.
const (
	ControlEndpoint   EndpointType = 0
	IsoEndpoint       EndpointType = 1
	BulkEndpoint      EndpointType = 2
	InterruptEndpoint EndpointType = 3
	noEndpoint        EndpointType = 255
)

// An Endpoint is one of a device, in its present configuration.
type Endpoint struct {
	Address   uint8 // bit 7: towards the host
	Type      EndpointType
	Interval  uint8
	Interface uint8
	MaxPacket uint16
}

// An Interface is one of a device, in its present configuration.
type Interface struct{ Number, Class, SubClass, Protocol uint8 }

// A Description is what the guest is told of a device.
type Description struct {
	Speed                     Speed
	Class, SubClass, Protocol uint8
	Vendor, Product, Version  uint16      // version in BCD
	Interfaces                []Interface // at most 32
	Endpoints                 []Endpoint
}

// A Setup is the head of a control transfer.
type Setup struct {
	RequestType, Request uint8
	Value, Index, Length uint16
}

// In reports whether data goes to the host.
func (s Setup) In() bool { return s.RequestType&0x80 != 0 }

// A Transfer is one that the guest has asked for.
type Transfer struct {
	Endpoint uint8
	Setup    Setup  // of endpoint 0
	Data     []byte // for the device; it may keep it
	Length   int    // bytes for the guest, at most

	done func(status Status, data []byte, n int)
}

// NewTransfer returns a transfer whose end is told to done: with data for the
// guest, or the number of bytes that the device took.
func NewTransfer(endpoint uint8, setup Setup, data []byte, length int, done func(status Status, data []byte, n int)) *Transfer {
	return &Transfer{Endpoint: endpoint, Setup: setup, Data: data, Length: length, done: done}
}

// Finish ends a transfer that brought data for the guest, no more than Length.
func (t *Transfer) Finish(status Status, data []byte) { t.done(status, data, len(data)) }

// Took ends a transfer of which the device took n bytes.
func (t *Transfer) Took(status Status, n int) { t.done(status, nil, n) }

// A Device is one that can be plugged into a guest. Any goroutine may call its
// methods. Reset, SetConfiguration and SetAlt may take as long as hardware does;
// the others must not block. See also Receiver and Streamer.
type Device interface {
	// Describe returns what the device is, in its present configuration.
	Describe() Description
	// Reset brings the device into its first state. All transfers end.
	Reset()
	// SetConfiguration chooses a configuration; Configuration returns it.
	SetConfiguration(n uint8) Status
	Configuration() uint8
	// SetAlt chooses a setting of an interface; Alt returns it.
	SetAlt(iface, alt uint8) Status
	Alt(iface uint8) (uint8, Status)
	// Submit begins a transfer. The device ends it once, from any goroutine,
	// also from this one. Those of one endpoint end in the order they came in.
	Submit(t *Transfer)
	// Cancel ends a transfer as Cancelled, if it has not ended yet and can be
	// stopped.
	Cancel(t *Transfer)
}
