//go:build linux && (amd64 || arm64)

package usbhost

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"saffron/channels/usbredir"
)

// A fake is the library of testdata/fakeusb.c, whose devices are made up.
type fake struct {
	*library
	calls  func(to *byte, size int32)
	unplug func()
	plug   func()
	live   func() int32
	layout func(name string) int32
}

var loadFake = sync.OnceValues(func() (*fake, error) {
	dir, err := os.MkdirTemp("", "fakeusb")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // it stays loaded
	file := filepath.Join(dir, "libfakeusb.so")
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-O1", "-o", file, "testdata/fakeusb.c", "-lpthread").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc: %w: %s", err, out)
	}
	handle, err := open(file)
	if err != nil {
		return nil, err
	}
	f := new(fake)
	for name, fn := range map[string]any{"calls": &f.calls, "unplug": &f.unplug, "plug": &f.plug, "live": &f.live, "layout": &f.layout} {
		if err := bind(fn, handle, "fake_"+name); err != nil {
			return nil, err
		}
	}
	f.library, err = bindAll(handle)
	return f, err
})

// openFake returns a bus of the made up devices. Tests that use it do not run at
// the same time.
func openFake(t *testing.T) (*fake, *Bus) {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc")
	}
	if _, err := os.Stat("/usr/include/libusb-1.0/libusb.h"); err != nil {
		t.Skip("there is no header of libusb-1.0")
	}
	f, err := loadFake()
	if err != nil {
		t.Fatal(err)
	}
	f.plug()
	f.said()
	b, err := openWith(f.library)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.Close()
		if n := f.live(); n != 0 {
			t.Errorf("%d transfers are not freed", n)
		}
		if len(flights.all) > 0 {
			t.Errorf("%d transfers are not forgotten", len(flights.all))
		}
	})
	return f, b
}

// said returns what the library was called for since the last time.
func (f *fake) said() string {
	var text [4096]byte
	f.calls(&text[0], int32(len(text)))
	line, _, _ := bytes.Cut(text[:], []byte{0})
	return strings.TrimSpace(string(line))
}

// TestLayout compares the structures with those of the library's own header.
func TestLayout(t *testing.T) {
	f, _ := openFake(t)
	var (
		tr transfer
		ip isoPacket
		dd deviceDescriptor
		cd configDescriptor
		as altSettings
		id interfaceDescriptor
		ed endpointDescriptor
	)
	for name, at := range map[string]uintptr{
		"transfer.dev_handle": unsafe.Offsetof(tr.handle), "transfer.endpoint": unsafe.Offsetof(tr.endpoint), "transfer.type": unsafe.Offsetof(tr.kind),
		"transfer.timeout": unsafe.Offsetof(tr.timeout), "transfer.status": unsafe.Offsetof(tr.status), "transfer.length": unsafe.Offsetof(tr.length),
		"transfer.actual_length": unsafe.Offsetof(tr.actual), "transfer.callback": unsafe.Offsetof(tr.callback),
		"transfer.user_data": unsafe.Offsetof(tr.user), "transfer.buffer": unsafe.Offsetof(tr.buffer),
		"transfer.num_iso_packets": unsafe.Offsetof(tr.packets), "transfer.iso_packet_desc": unsafe.Offsetof(tr.packets) + unsafe.Sizeof(tr.packets),
		"iso_packet_descriptor.length": unsafe.Offsetof(ip.length), "iso_packet_descriptor.actual_length": unsafe.Offsetof(ip.actual),
		"iso_packet_descriptor.status": unsafe.Offsetof(ip.status), "iso_packet_descriptor": unsafe.Sizeof(ip),
		"device_descriptor.bDeviceClass": unsafe.Offsetof(dd.class), "device_descriptor.idVendor": unsafe.Offsetof(dd.vendor),
		"device_descriptor.bcdDevice": unsafe.Offsetof(dd.version), "device_descriptor.iProduct": unsafe.Offsetof(dd.name),
		"device_descriptor":                unsafe.Sizeof(dd),
		"config_descriptor.bNumInterfaces": unsafe.Offsetof(cd.count), "config_descriptor.bConfigurationValue": unsafe.Offsetof(cd.value),
		"config_descriptor.interface": unsafe.Offsetof(cd.interfaces),
		"interface.altsetting":        unsafe.Offsetof(as.settings), "interface.num_altsetting": unsafe.Offsetof(as.count), "interface": unsafe.Sizeof(as),
		"interface_descriptor.bInterfaceNumber": unsafe.Offsetof(id.number), "interface_descriptor.bNumEndpoints": unsafe.Offsetof(id.count),
		"interface_descriptor.bInterfaceClass": unsafe.Offsetof(id.class), "interface_descriptor.endpoint": unsafe.Offsetof(id.endpoints),
		"interface_descriptor":                 unsafe.Sizeof(id),
		"endpoint_descriptor.bEndpointAddress": unsafe.Offsetof(ed.address), "endpoint_descriptor.wMaxPacketSize": unsafe.Offsetof(ed.maxPacket),
		"endpoint_descriptor.bInterval": unsafe.Offsetof(ed.interval), "endpoint_descriptor": unsafe.Sizeof(ed),
		"timeval": unsafe.Sizeof(timeval{}),
	} {
		if want := f.layout(name); int32(at) != want {
			t.Errorf("%s: %d, the library has %d", name, at, want)
		}
	}
}

func TestList(t *testing.T) {
	_, b := openFake(t)
	list, err := b.List()
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	want := Info{Bus: 240, Address: 2, Port: "240-3.1", Name: list[0].Name, Description: usbredir.Description{
		Speed: usbredir.High, Vendor: 0x1234, Product: 0x5678, Version: 0x102,
		Interfaces: []usbredir.Interface{{Class: 0xff, SubClass: 1, Protocol: 2}},
		Endpoints: []usbredir.Endpoint{{Address: 2, Type: usbredir.BulkEndpoint, MaxPacket: 512}, {Address: 0x81, Type: usbredir.BulkEndpoint, MaxPacket: 512},
			{Address: 0x83, Type: usbredir.InterruptEndpoint, Interval: 4, MaxPacket: 8}}}}
	if !reflect.DeepEqual(list[0], want) {
		t.Errorf("got  %+v\nwant %+v", list[0], want)
	}
	if list[1].Interfaces[0].Class != 3 || list[1].Speed != usbredir.Low {
		t.Errorf("the mouse is %+v", list[1])
	}
	if _, err := b.Take(list[2], Options{}); !errors.Is(err, codeAccess) {
		t.Errorf("a device that nobody may open: %v", err)
	}
	other := list[0]
	other.Product++
	if _, err := b.Take(other, Options{}); !errors.Is(err, errGone) {
		t.Errorf("another device at that address: %v", err)
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{"Gad\tget\x1b[31m \n": "Gad get [31m", "\xff\xfeX": "X", strings.Repeat("é", 300): strings.Repeat("é", maxName)} {
		if got := clean(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// take takes the gadget.
func take(t *testing.T, b *Bus, gone func()) *Device {
	t.Helper()
	list, err := b.List()
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Take(list[0], Options{Gone: gone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// An ended is how a transfer has ended.
type ended struct {
	status usbredir.Status
	data   string
	n      int
}

// begin submits a transfer.
func begin(d *Device, endpoint uint8, setup usbredir.Setup, data []byte, length int) (*usbredir.Transfer, <-chan ended) {
	done := make(chan ended, 2)
	t := usbredir.NewTransfer(endpoint, setup, data, length, func(status usbredir.Status, data []byte, n int) {
		done <- ended{status, string(data), n}
	})
	d.Submit(t)
	return t, done
}

func await[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("it takes too long")
		panic("")
	}
}

// TestTransfers sends, receives, stalls and cancels.
func TestTransfers(t *testing.T) {
	f, b := openFake(t)
	d := take(t, b, nil)
	do := func(endpoint uint8, setup usbredir.Setup, data []byte, length int) ended {
		t.Helper()
		_, done := begin(d, endpoint, setup, data, length)
		return await(t, done)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 4000)
	for _, tc := range []struct {
		name     string
		endpoint uint8
		setup    usbredir.Setup
		data     []byte
		length   int
		want     ended
	}{
		{"control in", 0x80, usbredir.Setup{RequestType: 0xc0, Request: 'q', Value: 0x4241, Index: 0x4443, Length: 6}, nil, 6, ended{usbredir.Success, "\xc0qABCD", 6}},
		{"control out", 0, usbredir.Setup{RequestType: 0x40, Request: 1, Length: 3}, []byte("abc"), 0, ended{usbredir.Success, "", 3}},
		{"control that stalls", 0, usbredir.Setup{RequestType: 0x40, Request: 0x77}, nil, 0, ended{usbredir.Stall, "", 0}},
		{"an address", 0, usbredir.Setup{Request: 5, Value: 9}, nil, 0, ended{usbredir.Stall, "", 0}},
		{"a halt", 0, usbredir.Setup{RequestType: 2, Request: 1, Index: 0x81}, nil, 0, ended{usbredir.Success, "", 0}},
		{"bulk out", 2, usbredir.Setup{}, big, 0, ended{usbredir.Success, "", len(big)}},
		{"bulk in", 0x81, usbredir.Setup{}, nil, 65536, ended{usbredir.Success, string(big), len(big)}},
		{"bulk out again", 2, usbredir.Setup{}, []byte("more than asked"), 0, ended{usbredir.Success, "", 15}},
		{"bulk in, too short", 0x81, usbredir.Setup{}, nil, 2, ended{usbredir.Babble, "", 0}},
		{"no such endpoint", 0x86, usbredir.Setup{}, nil, 2, ended{usbredir.Invalid, "", 0}},
		{"an endpoint of another setting", 0x84, usbredir.Setup{}, nil, 2, ended{usbredir.Invalid, "", 0}},
		{"too much", 0x81, usbredir.Setup{}, nil, maxHeld, ended{usbredir.IOError, "", 0}},
	} {
		if got := do(tc.endpoint, tc.setup, tc.data, tc.length); got != tc.want {
			t.Errorf("%s: %.60v, want %.60v", tc.name, got, tc.want)
		}
	}
	do(0x81, usbredir.Setup{}, nil, 64) // takes what is left
	waiting, done := begin(d, 0x81, usbredir.Setup{}, nil, 64)
	_, other := begin(d, 0x81, usbredir.Setup{}, nil, 64)
	d.Cancel(waiting)
	if got := await(t, done); got.status != usbredir.Cancelled {
		t.Errorf("cancelled: %v", got)
	}
	d.Cancel(waiting) // once more does nothing
	d.Reset()
	if got := await(t, other); got.status != usbredir.Cancelled {
		t.Errorf("reset: %v", got)
	}
	if d.held != 0 || len(d.asked) != 0 {
		t.Errorf("%d bytes, %d transfers are held", d.held, len(d.asked))
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if got, want := strings.TrimPrefix(f.said(), "close close "), "detach=0 claim=0 clear=81 reset release=0 attach=0 close"; got != want {
		t.Errorf("the library was called for %q, want %q", got, want)
	}
	if got := do(2, usbredir.Setup{}, []byte("x"), 0); got.status != usbredir.IOError {
		t.Errorf("a closed device: %v", got)
	}
}

// TestShape changes configuration and setting.
func TestShape(t *testing.T) {
	f, b := openFake(t)
	d := take(t, b, nil)
	f.said()
	if s := d.SetAlt(0, 1); s != usbredir.Success {
		t.Fatal(s)
	}
	if alt, s := d.Alt(0); alt != 1 || s != usbredir.Success || len(d.Describe().Endpoints) != 2 {
		t.Errorf("setting %d, %v, %+v", alt, s, d.Describe())
	}
	if e := d.Describe().Endpoints[0]; e.MaxPacket != 192 {
		t.Errorf("two packets of 96 bytes a microframe are %d", e.MaxPacket)
	}
	for _, s := range []usbredir.Status{d.SetAlt(3, 0), second(d.Alt(3))} {
		if s != usbredir.Invalid {
			t.Errorf("an interface that is not there: %v", s)
		}
	}
	if s := d.SetAlt(0, 7); s != usbredir.IOError {
		t.Errorf("a setting that is not there: %v", s)
	}
	if s := d.SetConfiguration(1); s != usbredir.Success || len(d.Describe().Endpoints) != 3 {
		t.Errorf("the same configuration: %v, %+v", s, d.Describe())
	}
	if s := d.SetConfiguration(2); s != usbredir.Success || d.Configuration() != 2 {
		t.Errorf("another: %v, %d", s, d.Configuration())
	}
	if s := d.SetConfiguration(0); s != usbredir.Success || len(d.Describe().Interfaces) != 0 {
		t.Errorf("none: %v, %+v", s, d.Describe())
	}
	if s := d.SetConfiguration(9); s == usbredir.Success || d.Configuration() != 0 {
		t.Errorf("one that is not there: %v, %d", s, d.Configuration())
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	want := "alt=0/1 alt=0/7 alt=0/0 release=0 config=2 detach=0 claim=0 release=0 config=-1 config=9 config=1 close"
	if got := f.said(); got != want {
		t.Errorf("the library was called for\n%q, want\n%q", got, want)
	}
}

func second(_ uint8, s usbredir.Status) usbredir.Status { return s }

// TestInterrupts reads interrupts until the endpoint stalls, and again until it
// is told to stop.
func TestInterrupts(t *testing.T) {
	f, b := openFake(t)
	d := take(t, b, nil)
	f.said()
	got := make(chan ended, 100)
	listen := func(status usbredir.Status, data []byte) { got <- ended{status, string(data), 0} }
	if s := d.StartReceiving(0x81, listen); s != usbredir.Invalid {
		t.Errorf("a bulk endpoint: %v", s)
	}
	if s := d.StartReceiving(0x83, listen); s != usbredir.Success {
		t.Fatal(s)
	}
	if s := d.StartReceiving(0x83, listen); s != usbredir.Invalid {
		t.Errorf("twice: %v", s)
	}
	for i := range 19 {
		if e := await(t, got); e.status != usbredir.Success || e.data != string(rune(i)) {
			t.Fatalf("packet %d: %v", i, e)
		}
	}
	if e := await(t, got); e.status != usbredir.Stall {
		t.Errorf("the stall: %v", e)
	}
	if said := f.said(); said != "clear=83" {
		t.Errorf("the library was called for %q", said)
	}
	if s := d.StartReceiving(0x83, listen); s != usbredir.Success {
		t.Fatal(s)
	}
	if s := d.StopReceiving(0x83); s != usbredir.Success {
		t.Error(s)
	}
	<-d.air.clear()
}

// TestIso reads and writes isochronous packets.
func TestIso(t *testing.T) {
	f, b := openFake(t)
	d := take(t, b, nil)
	if s := d.SetAlt(0, 1); s != usbredir.Success {
		t.Fatal(s)
	}
	got := make(chan ended)
	stop := make(chan struct{})
	if s := d.StartIso(0x84, 3, 2, func(status usbredir.Status, data []byte, _ bool) {
		select {
		case got <- ended{status, string(data), 0}:
		case <-stop:
		}
	}); s != usbredir.Success {
		t.Fatal(s)
	}
	for range 4 {
		for _, want := range []ended{{usbredir.Success, "a", 0}, {usbredir.IOError, "", 0}, {usbredir.Success, "ccc", 0}} {
			if e := await(t, got); e != want {
				t.Fatalf("a packet: %v, want %v", e, want)
			}
		}
	}
	if s := d.StopIso(0x84); s != usbredir.Success {
		t.Error(s)
	}
	close(stop)
	f.said()
	if s := d.StartIso(0x05, 2, 4, func(usbredir.Status, []byte, bool) {}); s != usbredir.Success {
		t.Fatal(s)
	}
	for i := range 6 {
		d.SendIso(0x05, bytes.Repeat([]byte{byte('0' + i)}, 10+i))
	}
	d.SendIso(0x05, make([]byte, 65)) // too long
	d.SendIso(0x04, []byte("nowhere"))
	var heard []string
	for deadline := time.Now().Add(20 * time.Second); len(heard) < 6 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		heard = append(heard, strings.Fields(f.said())...)
	}
	if want := []string{"iso:10/48", "iso:11/49", "iso:12/50", "iso:13/51", "iso:14/52", "iso:15/53"}; !slices.Equal(heard, want) {
		t.Errorf("written: %q, want %q", heard, want)
	}
}

// TestUnplug pulls the device while all kinds of things are under way.
func TestUnplug(t *testing.T) {
	f, b := openFake(t)
	gone := make(chan struct{})
	d := take(t, b, func() { close(gone) })
	_, done := begin(d, 0x81, usbredir.Setup{}, nil, 64)
	status := make(chan usbredir.Status, 100)
	d.StartReceiving(0x83, func(s usbredir.Status, _ []byte) { status <- s })
	f.unplug()
	await(t, gone)
	if got := await(t, done); got.status != usbredir.IOError {
		t.Errorf("a transfer: %v", got)
	}
	if s := d.SetConfiguration(2); s != usbredir.IOError {
		t.Errorf("a configuration: %v", s)
	}
	if list, err := b.List(); err != nil || len(list) != 2 {
		t.Errorf("%d devices, %v", len(list), err)
	}
	d.Reset()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestReal asks the system's library, where there is one.
func TestReal(t *testing.T) {
	b, err := Open()
	if errors.Is(err, ErrNoLibrary) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	list, err := b.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		t.Logf("%s %04x:%04x %s", i.Port, i.Vendor, i.Product, i.Name)
	}
}
