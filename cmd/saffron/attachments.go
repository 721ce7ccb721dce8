package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels"
	"saffron/spice"
)

// guestFlags are the flags of windows that give the guest something of this
// computer: a folder, disks, ports.
type guestFlags struct {
	share string
	cds   []string
	disks []string
	ports []string
	usb   usbFlags
}

func (f *guestFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.share, "share", "", "let the guest use the folder `DIR[:ro]`, :ro only to read")
	s.StringVar(&f.share, "spice-shared-dir", "", "")
	_ = s.MarkHidden("spice-shared-dir") // as remote-viewer calls it; it fails only for flags that do not exist
	s.StringArrayVar(&f.cds, "share-cd", nil, "plug the ISO image `FILE` into the guest as a USB CD;\ncan be repeated")
	s.StringArrayVar(&f.disks, "usb-disk", nil, "plug the image `FILE[:ro]` into the guest as a USB disk;\ncan be repeated")
	s.StringArrayVar(&f.ports, "port", nil, "connect the guest's port, as in\norg.qemu.console.0=unix:PATH, =tcp:HOST:PORT or =stdio;\n`NAME=WHERE` can be repeated")
	f.usb.add(s)
	_ = c.MarkFlagDirname("share")
}

// splitMode takes :ro or :rw off what is shared.
func splitMode(arg string) (path string, readOnly bool) {
	if path, ok := strings.CutSuffix(arg, ":ro"); ok {
		return path, true
	}
	return strings.TrimSuffix(arg, ":rw"), false
}

// obey takes away what the policy does not allow, or says that it does not.
func (f *guestFlags) obey(p *policy) error {
	if dir, _ := splitMode(f.share); f.share != "" && !p.allowsShare(dir) {
		return usageError("--share: the policy does not allow this folder")
	}
	if len(f.cds)+len(f.disks) > 0 && !p.allowsDisks() {
		return usageError("--share-cd, --usb-disk: the policy does not allow disks")
	}
	if len(f.ports) > 0 && !p.allowsPorts() {
		return usageError("--port: the policy does not allow it")
	}
	return f.usb.obey(p)
}

// attachments are what a window gives the guest.
type attachments struct {
	share *sharing // nil: neither a folder nor what is copied
	usb   *usbBus  // nil: there are no disks, and no devices of this computer
	ports []*bridge
}

// addAttachments opens what the flags give the guest. The caller closes it.
func (v *viewer) addAttachments() error {
	f, sinks, policy := &v.flags.guest, &v.console.options.Sinks, v.console.settings.policy
	if copies := v.sharesCopies(); f.share != "" || copies {
		s, err := openSharing(v.app, f.share, policy.readOnly())
		if err != nil {
			return err
		}
		if copies {
			s.server.Copies = v.clip.share.useCopies()
			s.reached = v.clip.share.filesReached
		}
		v.attached.share, sinks.WebDAV = s, s.channel
	}
	b, err := openUSB(v.app, f.cds, f.disks, policy.readOnly(), v.tell)
	if err != nil {
		return err
	}
	if v.addDevices(b); len(b.drives) > 0 || b.host != nil {
		v.attached.usb, sinks.USB = b, b.channel
	}
	if len(f.ports) > 0 {
		bridges, err := openBridges(v.app, f.ports)
		v.attached.ports = bridges
		if err != nil {
			return err
		}
		sinks.Port = bridgePorts(bridges)
	}
	return nil
}

// serve runs what works in the background until ctx ends.
func (d *attachments) serve(ctx context.Context) {
	for _, b := range d.ports {
		go b.serve(ctx)
	}
	if d.usb != nil {
		go d.usb.serve(ctx)
	}
}

// close closes all. The session has ended.
func (d *attachments) close() {
	if d.share != nil {
		d.share.close()
	}
	if d.usb != nil {
		d.usb.close()
	}
	for _, b := range d.ports {
		b.close()
	}
}

// tell says in the window, and in the log, what has happened to something that
// the guest is given.
func (v *viewer) tell(text string) {
	v.app.log.Info(text)
	go v.toast(text) // who tells must not wait for the window
}

// settling is how long the channels of a session may take to open.
const settling = 3 * time.Second

// attachedAll tells the user what of all that the guest is given does not reach
// it, once its channels have had time to open.
func (v *viewer) attachedAll(s *channels.Session) {
	select {
	case <-time.After(settling):
	case <-s.Done():
		return
	}
	a := &v.attached
	folder := func(id spice.ChannelID) bool { return id.Type == spice.ChannelWebDAV }
	if a.share.hasFolder() && !slices.ContainsFunc(s.Info().Offered, folder) {
		v.tell("The machine has no channel for shared folders")
	}
	if a.usb != nil {
		if text := a.usb.missing(); text != "" {
			v.tell(text)
		}
	}
}

// attachCommands are those of what the guest is given.
func (v *viewer) attachCommands() []command {
	var list []command
	if s := v.attached.share; s.hasFolder() {
		list = append(list, command{
			name: "toggle-share", label: "Shared folder: " + s.label(),
			do:      func() { v.toast(s.toggle()) },
			checked: s.on,
		})
	}
	if b := v.attached.usb; b != nil {
		list = append(list, command{name: "usb", label: "USB", sub: b.commands()})
	}
	return list
}
