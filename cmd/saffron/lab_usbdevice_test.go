//go:build lab

package main_test

import (
	"encoding/json"
	"image"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestLabUSBDevice gives a machine a device of this computer, which is one of a
// libusb that is made for the test.
func TestLabUSBDevice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", filepath.Join(dir, "libusb-1.0.so.0"), "usbhost/testdata/fakeusb.c", "-lpthread").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v: %s", err, out)
	}
	env := "LD_LIBRARY_PATH=" + dir
	r := saffronWith(t, []string{env}, "usb", "--json")
	var devices []struct{ Command string }
	if err := json.Unmarshal([]byte(r.stdout), &devices); err != nil || len(devices) != 3 || devices[0].Command != "toggle-usb-1234-5678" {
		t.Fatalf("saffron usb: %v: %+v", err, r)
	}
	m := startUSBMachine(t, append([]string{"-device", "usb-ehci,id=ehci"}, usbPort(0)...)...)
	k := startDesk(t, 0)
	k.env = append(k.env, env)
	v := k.open(t, "--usbredir-redirect-on-connect=0xff,0x1234,-1,-1,1", "--hotkeys=toggle-usb-1234-5678=shift+f7", m.uri)
	m.qmp.do(t, "cont", nil, nil)
	m.plugged(t, true)
	agree(t, "the window", func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return m.screen(t) })
	k.client(t, "xdotool", "key", "--window", v.id, "shift+F7")
	m.plugged(t, false)
	k.client(t, "xdotool", "key", "--window", v.id, "shift+F7")
	m.plugged(t, true)
	if code := v.quit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
