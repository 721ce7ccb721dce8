package libvirtctl

import (
	"fmt"
	"slices"
)

// What the doctor adds.
const (
	agentChannel  = "<channel type='spicevmc'>\n  <target type='virtio' name='com.redhat.spice.0'/>\n</channel>"
	webdavChannel = "<channel type='spiceport'>\n  <source channel='org.spice-space.webdav.0'/>\n  <target type='virtio' name='org.spice-space.webdav.0'/>\n</channel>"
	soundDevice   = "<sound model='ich9'/>"
	usbRedirs     = "<redirdev bus='usb' type='spicevmc'/>\n<redirdev bus='usb' type='spicevmc'/>"
	tablet        = "<input type='tablet' bus='usb'/>"
	streaming     = "<streaming mode='filter'/>"
	virtioVideo   = "<video>\n  <model type='virtio' heads='4' primary='yes'/>\n</video>"
	manyHeads     = 4
)

func (e *exam) checkVideo() {
	if len(e.domain.Videos) == 0 || e.domain.Videos[0].Model.Type == "none" {
		e.find(Finding{ID: "no-video", Severity: Trouble, Text: "the domain has no video device: there is nothing to show", Mend: virtioVideo, Where: "<devices>", When: nextStart})
		return
	}
	model, heads := e.domain.Videos[0].Model.Type, 0
	for _, v := range e.domain.Videos {
		heads += max(v.Model.Heads, 1)
	}
	if model != "qxl" && model != "virtio" {
		e.find(Finding{ID: "plain-video", Severity: Warning, Text: fmt.Sprintf("the video device is %s: one head, a size that does not follow the window, and slow", model),
			Mend: virtioVideo, Where: "<devices>, instead of the video there", Advice: "Make sure that the guest has a driver for it (virtio-gpu, or qxl) before.", When: nextStart})
		return
	}
	if heads == 1 {
		e.find(Finding{ID: "one-head", Severity: Hint, Text: "the video device has one head: one monitor is all there can be",
			Mend: fmt.Sprintf("<model type='%s' heads='%d'/>", model, manyHeads), Where: "<video>, its model", When: nextStart, Safe: true, edit: setHeads(manyHeads)})
	}
}

func (e *exam) checkDevices() {
	agent := e.checkChannels()
	if len(e.domain.Sounds) == 0 {
		e.find(added("no-sound", Hint, "the domain has no sound device", soundDevice, true))
	}
	e.checkAudio()
	usb := !slices.ContainsFunc(e.domain.Controllers, func(c doctorController) bool { return c.Type == "usb" && c.Model == "none" })
	if len(e.domain.Redirs) == 0 {
		e.find(added("no-usb-redirection", Hint, "USB devices cannot be given to the guest: no redirdev", usbRedirs, usb))
	}
	for _, i := range e.domain.Inputs {
		if i.Type == "tablet" {
			return
		}
	}
	severity := Warning
	if agent {
		severity = Hint
	}
	e.find(added("no-tablet", severity, "there is no tablet: without an agent the mouse is relative and is caught by the window", tablet, usb))
}

// checkAudio looks at where sound goes. A domain that had no console when it got
// its sound device sends it nowhere.
func (e *exam) checkAudio() {
	if e.spice == nil || len(e.domain.Sounds) == 0 || len(e.domain.Audios) == 0 || e.domain.Audios[0].Type == "spice" {
		return
	}
	f := Finding{ID: "sound-elsewhere", Severity: Warning, Text: fmt.Sprintf("sound goes to %s of the host, not to the console", e.domain.Audios[0].Type),
		Mend: "<audio id='1' type='spice'/>", Where: "<devices>, instead of the audio there", When: nextStart}
	if e.domain.Audios[0].Type == "none" {
		f.Text, f.Safe, f.edit = "sound goes nowhere, not to the console", true, audioToSPICE
	}
	e.find(f)
}

// checkChannels reports whether the SPICE agent runs.
func (e *exam) checkChannels() bool {
	agent, webdav := "", false
	for _, c := range e.domain.Channels {
		switch c.Target.Name {
		case "com.redhat.spice.0":
			agent = orState(c.Target.State)
		case "org.spice-space.webdav.0":
			webdav = true
		}
	}
	switch {
	case agent == "":
		e.find(added("no-agent-channel", Warning, "there is no channel for the SPICE agent: no clipboard, no files, and the guest does not follow the window's size", agentChannel, true))
	case e.live && agent != "connected":
		e.find(Finding{ID: "agent-silent", Severity: Warning, Text: "the SPICE agent does not run in the guest: no clipboard, no files, and the guest does not follow the window's size",
			Advice: "Install spice-vdagent in the guest, or wait until it has started.", When: now})
	}
	if !webdav {
		e.find(added("no-folder-channel", Hint, "folders cannot be shared with the guest: no channel for them", webdavChannel, true))
	}
	return agent == "connected"
}

func orState(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// added is a finding that a new device mends.
func added(id string, s Severity, text, device string, safe bool) Finding {
	f := Finding{ID: id, Severity: s, Text: text, Mend: device, Where: "<devices>", When: nextStart, Safe: safe}
	if safe {
		f.edit = addDevice(device)
	} else {
		f.Advice = "The domain has no USB controller; it needs one first: <controller type='usb' model='qemu-xhci'/>."
	}
	return f
}

// checkSettings looks at how the console is set.
func (e *exam) checkSettings() {
	g := e.graphics
	if g.Streaming == nil {
		e.find(Finding{ID: "no-streaming", Severity: Hint, Text: "videos are not found and not sent as such: streaming is not set, and off is what it defaults to",
			Mend: streaming, Where: "<graphics>", When: nextStart, Safe: true, edit: addToSPICE(streaming)})
	}
	decided := func(off bool, id, text, mend string) {
		if off {
			e.find(Finding{ID: id, Severity: Hint, Text: text, Mend: mend, Where: "<graphics>, instead of what is there", When: nextStart})
		}
	}
	decided(g.Streaming != nil && g.Streaming.Mode == "off", "streaming-off", "videos are not sent as such: streaming is off", streaming)
	decided(g.Image.Compression == "off", "compression-off", "pictures are sent uncompressed", "<image compression='auto_glz'/>")
	decided(g.Playback.Compression == "off", "sound-uncompressed", "sound is sent uncompressed", "<playback compression='on'/>")
	decided(g.Mouse.Mode == "server", "mouse-server", "the mouse is the server's: the window has to catch it", "<mouse mode='client'/>")
	decided(g.Clipboard.CopyPaste == "no", "clipboard-off", "the clipboard is not shared: copypaste is off", "<clipboard copypaste='yes'/>")
	decided(g.FileTransfer.Enable == "no", "files-off", "files cannot be dropped into the guest: filetransfer is off", "<filetransfer enable='yes'/>")
}
