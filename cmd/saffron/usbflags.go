package main

import (
	"cmp"
	"slices"

	"github.com/spf13/pflag"

	"saffron/channels/usbredir"
	"saffron/spice"
	"saffron/spice/vv"
)

// usbFlags say which devices of this computer are plugged in by themselves, in
// the grammar of filters; "" is none.
type usbFlags struct{ atStart, later string }

func (f *usbFlags) add(s *pflag.FlagSet) {
	const atStart, later = "usbredir-redirect-on-connect", "usbredir-auto-redirect-filter"
	s.StringVar(&f.atStart, atStart, "", "plug in the USB devices that are there at the start and pass\n`FILTER`: class,vendor,product,version,allow|…, -1 for any,\nor default: all but keyboards and mice")
	s.StringVar(&f.later, later, "", "likewise those that come while the window is open (`FILTER`)")
	for name, value := range map[string]*string{atStart: &f.atStart, later: &f.later} {
		s.StringVar(value, "spice-"+name, "", "")
		_ = s.MarkHidden("spice-" + name) // as remote-viewer calls it; it fails only for flags that do not exist
	}
}

// obey says what cannot be understood, or is not allowed.
func (f *usbFlags) obey(p *policy) error {
	for name, text := range map[string]string{"--usbredir-redirect-on-connect": f.atStart, "--usbredir-auto-redirect-filter": f.later} {
		if text == "" {
			continue
		}
		if _, err := parseUSBRule(text); err != nil {
			return usageError("%s: %w", name, err)
		}
		if !p.allowsUSB() {
			return usageError("%s: the policy does not allow USB devices", name)
		}
	}
	return nil
}

// usbOf returns what a connection file says.
func usbOf(file *vv.File) usbFlags {
	f := usbFlags{atStart: file.USBRedirectOnConnect, later: file.USBFilter}
	switch auto := file.EnableUSBAutoshare; {
	case auto == nil: // a filter alone asks for it
	case *auto:
		f.later = cmp.Or(f.later, defaultUSBFilter)
	default:
		f.later = ""
	}
	return f
}

// noInput is what stands before the rules of connection files: one that comes from
// anybody must not get what is typed here, nor lock the user out.
var noInput = usbredir.Filter{{Class: 3, Vendor: -1, Product: -1, Version: -1}}

// rules brings together the flags, the connection file and the policy.
func (f *usbFlags) rules(file usbFlags, p *policy, warn func(string, ...any)) usbRules {
	read := func(flag, key, text string) usbredir.Filter {
		ofFile := flag == ""
		if !ofFile {
			text = flag
		}
		filter, err := parseUSBRule(text)
		if err != nil {
			warn("%s: %v", key, err) // flags were looked at before
		}
		if ofFile {
			filter = append(slices.Clone(noInput), filter...)
		}
		return filter
	}
	r := usbRules{atStart: read(f.atStart, "usb-redirect-on-connect", file.atStart), later: read(f.later, "usb-filter", file.later)}
	for _, text := range p.usbFilters() {
		filter, _ := usbredir.ParseFilter(text) // the policy was looked at when it was read
		r.allowed = append(r.allowed, filter)
	}
	return r
}

// asksForDevices reports whether a flag or the connection file speaks of devices.
func (v *viewer) asksForDevices() bool {
	return v.flags.guest.usb != (usbFlags{}) || v.console.settings.usb != (usbFlags{})
}

// offersDevices reports whether devices of this computer may be plugged in. In a
// kiosk somebody who set it up has to have said so: else whoever is at it could
// give its disks to the guest.
func (v *viewer) offersDevices() bool {
	s := v.console.settings
	off := s.disabled != nil && s.disabled(spice.ChannelUSBRedir) || slices.Contains(v.flags.compat.without, spice.ChannelUSBRedir)
	return !off && s.policy.allowsUSB() && (v.kiosk == nil || v.asksForDevices() || s.policy.mentionsUSB())
}

// addDevices lets devices of this computer be plugged in, where that is possible.
func (v *viewer) addDevices(b *usbBus) {
	if !v.offersDevices() {
		return
	}
	s := v.console.settings
	err := b.useComputer(v.flags.guest.usb.rules(s.usb, s.policy, v.app.warn))
	switch {
	case err == nil:
	case v.asksForDevices():
		v.app.warn("USB devices cannot be given to the guest: %v", err)
	default:
		v.app.log.Debug("no USB devices", "error", err)
	}
}
