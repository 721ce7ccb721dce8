package main

import (
	"fmt"
	"strings"
	"testing"

	"saffron/channels/usbredir"
	"saffron/cmd/saffron/usbhost"
	"saffron/spice/vv"
)

// Devices to ask rules about.
var (
	usbStick = usbredir.Description{Vendor: 0x951, Product: 0x1666, Interfaces: []usbredir.Interface{{Class: 8, SubClass: 6, Protocol: 0x50}}}
	usbMouse = usbredir.Description{Vendor: 0x46d, Product: 0xc077, Interfaces: []usbredir.Interface{{Class: 3, SubClass: 1, Protocol: 2}}}
	usbToken = usbredir.Description{Vendor: 0x1050, Product: 0x407, Interfaces: []usbredir.Interface{{Class: 3}}}
)

// TestUSBRules brings flags, connection files and policies together.
func TestUSBRules(t *testing.T) {
	yes, no := true, false
	const sticks, mice = "8,-1,-1,-1,1", "3,0x046d,-1,-1,1"
	policyOf := func(filter string) *policy {
		r := &policyRules{}
		r.USB.Filter = filter
		return &policy{rules: []*policyRules{r}}
	}
	for name, tc := range map[string]struct {
		flags usbFlags
		file  vv.File
		p     *policy
		want  string // of stick, mouse and token: shown, plugged in at the start, later
	}{
		"nothing":            {want: "s-- --- s--"},
		"at the start":       {flags: usbFlags{atStart: "default"}, want: "ss- --- s--"},
		"later":              {flags: usbFlags{later: sticks}, want: "s-l --- s--"},
		"a mouse":            {flags: usbFlags{later: mice}, want: "s-- s-l s--"},
		"a file":             {file: vv.File{USBRedirectOnConnect: sticks, EnableUSBAutoshare: &yes}, want: "ssl --- s--"},
		"a file's filter":    {file: vv.File{USBFilter: sticks}, want: "s-l --- s--"},
		"a file wants mice":  {file: vv.File{USBFilter: mice, USBRedirectOnConnect: "-1,-1,-1,-1,1"}, want: "ss- --- s--"},
		"a file says no":     {file: vv.File{USBFilter: sticks, EnableUSBAutoshare: &no}, want: "s-- --- s--"},
		"flags before files": {flags: usbFlags{later: mice}, file: vv.File{USBFilter: sticks}, want: "s-- s-l s--"},
		"a policy":           {flags: usbFlags{later: "-1,-1,-1,-1,1"}, p: policyOf(sticks), want: "s-l --- ---"},
	} {
		r := tc.flags.rules(usbOf(&tc.file), tc.p, t.Errorf)
		var got []string
		for _, d := range []usbredir.Description{usbStick, usbMouse, usbToken} {
			line := []byte("---")
			if r.shows(d) {
				line[0] = 's'
				if r.atStart.Allows(d) {
					line[1] = 's'
				}
				if r.later.Allows(d) {
					line[2] = 'l'
				}
			}
			got = append(got, string(line))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	said := ""
	wrong := usbFlags{}
	wrong.rules(usbFlags{later: "nonsense"}, nil, func(format string, args ...any) { said += fmt.Sprintf(format, args...) })
	if !strings.HasPrefix(said, "usb-filter: ") {
		t.Errorf("a file's nonsense: %q", said)
	}
}

// TestUSBFlags refuses what means nothing and what the policy forbids.
func TestUSBFlags(t *testing.T) {
	no := false
	strict := &policyRules{}
	strict.USB.Devices = &no
	p := &policy{rules: []*policyRules{strict}}
	for _, f := range []usbFlags{{atStart: "x"}, {later: "1,2,3"}, {later: "0x100,-1,-1,-1,1"}} {
		if f.obey(nil) == nil {
			t.Errorf("%+v is taken", f)
		}
	}
	f := usbFlags{atStart: "default", later: defaultUSBFilter}
	if err := f.obey(nil); err != nil {
		t.Error(err)
	}
	if err := f.obey(p); err == nil || !strings.Contains(err.Error(), "policy") {
		t.Errorf("the policy: %v", err)
	}
	if err := (&usbFlags{}).obey(p); err != nil {
		t.Error(err)
	}
	bad := &policyRules{}
	bad.USB.Filter = "8"
	if key, err := bad.check(); key != "usb.filter" || err == nil {
		t.Errorf("a policy's filter: %q, %v", key, err)
	}
}

func TestUSBNames(t *testing.T) {
	c := new(usbComputer)
	i := usbhost.Info{Name: "Acme Stick", Description: usbStick}
	for _, want := range []string{"toggle-usb-0951-1666", "toggle-usb-0951-1666-2", "toggle-usb-0951-1666-3"} {
		got := c.commandFor(i)
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
		c.found = append(c.found, &usbDevice{command: got})
	}
	d := &usbDevice{info: i}
	if d.title() != "Acme Stick (0951:1666)" {
		t.Error(d.title())
	}
	d.info.Name, d.denied = "", true
	if d.title() != "Storage (0951:1666): no permission" {
		t.Error(d.title())
	}
	for want, description := range map[string]usbredir.Description{"Storage": usbStick, "Input": usbMouse, "Wireless": {Class: 224}, "Other": {}} {
		if got := usbClass(description); got != want {
			t.Errorf("%+v: %s, want %s", description, got, want)
		}
	}
}

// TestUSBInKiosk offers devices in a kiosk only where somebody speaks of them.
func TestUSBInKiosk(t *testing.T) {
	for name, tc := range map[string]struct {
		kiosk  bool
		flags  usbFlags
		policy string
		want   bool
	}{
		"a window":                 {want: true},
		"a kiosk":                  {kiosk: true},
		"a kiosk with a flag":      {kiosk: true, flags: usbFlags{later: "default"}, want: true},
		"a kiosk with a filter":    {kiosk: true, policy: "[usb]\nfilter = \"8,-1,-1,-1,1\"\n", want: true},
		"a kiosk with a yes":       {kiosk: true, policy: "[usb]\ndevices = true\n", want: true},
		"a kiosk with a no":        {kiosk: true, flags: usbFlags{later: "default"}, policy: "[usb]\ndevices = false\n"},
		"a policy of other things": {kiosk: true, policy: "[sound]\nplayback = true\n"},
	} {
		f := &openFlags{kiosk: kioskFlags{on: tc.kiosk, quit: "never"}}
		f.guest.usb = tc.flags
		s := &settings{}
		if tc.policy != "" {
			s.policy = policyOf(t, tc.policy)
		}
		if got := newViewer(testApp(), s, f).offersDevices(); got != tc.want {
			t.Errorf("%s: devices are offered: %t", name, got)
		}
	}
}
