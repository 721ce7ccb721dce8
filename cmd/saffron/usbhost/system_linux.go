package usbhost

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// systemDevices is where the kernel tells of devices.
const systemDevices = "/sys/bus/usb/devices"

// systemNames reports whether the system knows the names of devices.
func systemNames() bool {
	_, err := os.Stat(systemDevices)
	return err == nil
}

// systemName returns the maker and the name of a device, as it told the kernel.
func systemName(port string) (maker, name string) {
	read := func(file string) string {
		f, err := os.Open(filepath.Join(systemDevices, port, file))
		if err != nil {
			return ""
		}
		defer f.Close()
		text, _ := io.ReadAll(io.LimitReader(f, 1024)) // what was read will do
		return string(text)
	}
	return read("manufacturer"), read("product")
}

// denied reports whether this user may not open a device.
func denied(bus, address uint8) bool {
	err := unix.Access(fmt.Sprintf("/dev/bus/usb/%03d/%03d", bus, address), unix.R_OK|unix.W_OK)
	return errors.Is(err, unix.EACCES)
}
