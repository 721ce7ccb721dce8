package snapshot

import (
	"fmt"
	"slices"
	"strings"
)

// A Refusal says why libvirt will not take a request and what it would take.
type Refusal struct {
	Code    int    // libvirt's error, virErrorNumber; 0 if it is not libvirt that refuses
	Reason  string // why not
	Instead string // what would work
}

func (r *Refusal) Error() string { return r.Reason }

// libvirt's errors.
const (
	codeInvalidArg  = 8
	codeFailed      = 9
	codeXML         = 27
	codeXMLDetail   = 35
	codeSystem      = 38
	codeInvalid     = 55
	codeConfig      = 67
	codeArgument    = 74
	codeBlockJob    = 83
	codeUnsupported = 84
	codeAgent       = 86
)

// refuse makes a refusal; instead may have arguments too, they come last.
func refuse(code int, reason, instead string) *Refusal {
	return &Refusal{Code: code, Reason: reason, Instead: instead}
}

// A rule looks for one reason to refuse.
type rule func(r *Request, f *Facts, p *Plan) *Refusal

// The rules, in libvirt's order.
var rules = []rule{
	refuseQuiesce, refuseName, refuseMemory, refuseState, refuseKnown, refuseAgent,
	refuseUnknownDisk, refuseJob, refuseNothing, refuseMixed, refuseInImage, refuseDiskOnly, refuseLeftOut, refuseOverlay,
	refuseFirmware, refuseInvTSC, refuseFiles, refuseOverwrite,
}

func refuseQuiesce(r *Request, _ *Facts, p *Plan) *Refusal {
	if !r.Quiesce || p.diskOnly() {
		return nil
	}
	return refuse(codeInvalidArg, "quiescing goes with disks only: a snapshot with memory has what the guest has not written yet",
		"Leave --quiesce out, or add --disk-only.")
}

func refuseName(r *Request, _ *Facts, _ *Plan) *Refusal {
	if !strings.Contains(r.Name, "/") && !strings.HasPrefix(r.Name, ".") && !strings.Contains(r.Name, "\n") {
		return nil
	}
	return refuse(codeXMLDetail, fmt.Sprintf("a snapshot cannot be named %q: libvirt keeps it in a file of that name", r.Name),
		"Take a name without '/' and line breaks that does not begin with '.'.")
}

func refuseMemory(r *Request, f *Facts, p *Plan) *Refusal {
	saved := p.memorySaid == InImage || p.memorySaid == InOverlay
	switch {
	case saved && !f.active():
		return refuse(codeXML, "the domain is off: it has no memory to keep", "Leave --memory out: the disks are all there is.")
	case saved && p.diskOnly():
		return refuse(codeXML, "disks only and memory exclude each other", "Leave out --disk-only to keep the memory, or --memory to keep the disks alone.")
	case p.memorySaid == InOverlay && p.MemoryFile == "":
		return refuse(codeXML, "the domain runs: an external snapshot of it needs a file for its memory",
			"Name one with --memory FILE, or keep the disks alone with --disk-only.")
	case p.memorySaid == InOverlay && !strings.HasPrefix(p.MemoryFile, "/"):
		return refuse(codeXML, fmt.Sprintf("%s is not an absolute path: the file lies on the host of the domain", p.MemoryFile),
			"Give the whole path, as in --memory /var/lib/libvirt/images/NAME.memory.")
	case p.memorySaid == LeftOut && f.active() && !p.diskOnly():
		return refuse(codeUnsupported, "a running domain cannot have an internal snapshot without its memory",
			"Use --disk-only for the disks alone, or leave --memory out.")
	}
	return nil
}

func refuseState(r *Request, f *Facts, p *Plan) *Refusal {
	switch {
	case r.Halt && f.Transient:
		return refuse(codeInvalid, "the domain is transient: if it ended, nothing would be left to go back to",
			"Leave --halt out, or store the domain's definition first (virsh define).")
	case r.Live && !f.active():
		return refuse(codeUnsupported, "the domain is off: it cannot run on meanwhile", "Leave --live out.")
	case r.Live && p.Memory != InOverlay:
		return refuse(codeUnsupported, "the guest can only run on while its memory goes to a file",
			"Add --memory FILE, or leave --live out.")
	case f.State == PMSuspended:
		return refuse(codeUnsupported, "the guest is asleep (pmsuspended): QEMU takes no snapshots of it",
			"Wake it up first (saffron pmwakeup), or shut it off.")
	}
	return nil
}

func refuseKnown(r *Request, f *Facts, _ *Plan) *Refusal {
	if r.Name == "" || !slices.Contains(f.Names, r.Name) {
		return nil
	}
	return refuse(codeFailed, fmt.Sprintf("there is a snapshot %s already", r.Name), "Take another name, or delete that one first.")
}

func refuseAgent(r *Request, f *Facts, _ *Plan) *Refusal {
	switch {
	case !r.Quiesce || !f.active():
	case f.Agent == AgentAbsent:
		return refuse(codeArgument, "quiescing needs the QEMU guest agent, and the domain has no channel for it",
			"Leave --quiesce out, or add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel> and install qemu-guest-agent in the guest.")
	case f.Agent == AgentSilent:
		return refuse(codeAgent, "quiescing needs the QEMU guest agent, and it does not run in the guest",
			"Leave --quiesce out, or start qemu-guest-agent in the guest.")
	case f.State == Paused:
		return refuse(codeInvalid, "quiescing needs a guest that runs, and it is paused", "Leave --quiesce out, or resume the domain first.")
	}
	return nil
}

func refuseUnknownDisk(r *Request, f *Facts, _ *Plan) *Refusal {
	for target := range r.Disks {
		if f.disk(target) == nil {
			return refuse(codeConfig, fmt.Sprintf("the domain has no disk %s", target), "It has "+f.targets()+".")
		}
	}
	return nil
}

func (f *Facts) targets() string {
	if len(f.Disks) == 0 {
		return "none"
	}
	var targets []string
	for _, d := range f.Disks {
		targets = append(targets, d.Target)
	}
	return strings.Join(targets, ", ")
}

func refuseJob(_ *Request, f *Facts, p *Plan) *Refusal {
	for i, c := range p.Disks {
		if f.Disks[i].Job && c.Place != LeftOut {
			return refuse(codeBlockJob, fmt.Sprintf("a block job works on %s", c.Target), "Wait for its end, or abort it.")
		}
	}
	return nil
}

func refuseNothing(_ *Request, f *Facts, p *Plan) *Refusal {
	switch {
	case p.places(InImage) || p.places(InOverlay):
		return nil
	case len(f.Disks) == 0:
		return refuse(codeConfig, "the domain has no disks: there is nothing to take a snapshot of", "Save its memory alone with saffron save.")
	}
	return refuse(codeConfig, "no disk is selected", "Leave one of them in: "+f.targets()+". Read-only disks and empty drives do not count.")
}

func refuseMixed(_ *Request, _ *Facts, p *Plan) *Refusal {
	if !p.places(InImage) || !(p.places(InOverlay) || p.memorySaid == InOverlay) {
		return nil
	}
	return refuse(codeConfig, "internal and external parts do not mix in one snapshot",
		"Choose one for all: no flags for internal, --external or --disk-only for external; or leave disks out with --disk-only --disk TARGET=no.")
}

func refuseInImage(_ *Request, f *Facts, p *Plan) *Refusal {
	for i, c := range p.Disks {
		if d := &f.Disks[i]; c.Place == InImage && d.Format != "qcow2" && d.Format != "" {
			return refuse(codeConfig, fmt.Sprintf("%s is %s, and only qcow2 images have snapshots inside", c.Target, d.Format), external(f))
		}
	}
	return nil
}

// external says how an external snapshot is made of the domain as it is.
func external(f *Facts) string {
	if f.active() {
		return "Use --external --memory FILE, or --disk-only for the disks alone."
	}
	return "Use --external: new overlays can be put on any image."
}

func refuseDiskOnly(_ *Request, f *Facts, p *Plan) *Refusal {
	if !p.diskOnly() || !f.active() || !p.places(InImage) {
		return nil
	}
	return refuse(codeConfig, "the disks of a running domain cannot have an internal snapshot without its memory",
		"Leave out --disk-only to keep both inside the images, or take external for the disks.")
}

func refuseLeftOut(_ *Request, _ *Facts, p *Plan) *Refusal {
	for _, c := range p.Disks {
		if c.Place == LeftOut && c.writable && p.places(InImage) && !p.diskOnly() {
			return refuse(codeConfig, fmt.Sprintf("an internal snapshot has all disks, %s is left out", c.Target),
				"Leave it in, or use --disk-only with it.")
		}
	}
	return nil
}

func refuseOverlay(_ *Request, f *Facts, p *Plan) *Refusal {
	switch {
	case !p.places(InOverlay) || p.diskOnly() || p.memorySaid == InOverlay:
		return nil
	case f.active():
		return refuse(codeConfig, "external disks need the memory in a file, or to go without it",
			"Add --memory FILE for the whole machine, or --disk-only for the disks alone.")
	}
	return refuse(codeConfig, "external snapshots of a domain that is off have to be told so", "Use --external.")
}

func refuseFirmware(_ *Request, f *Facts, p *Plan) *Refusal {
	if !f.Pflash || !p.places(InImage) {
		return nil
	}
	return refuse(codeUnsupported, "the firmware's variables are in a flash file, which an internal snapshot would miss", external(f))
}

func refuseInvTSC(_ *Request, f *Facts, p *Plan) *Refusal {
	if !f.InvTSC || p.Memory == LeftOut {
		return nil
	}
	return refuse(codeInvalid, "the CPU has invtsc, and QEMU does not save the memory of such a machine",
		"Use --disk-only for the disks alone, or take the snapshot when the domain is off.")
}

func refuseFiles(r *Request, f *Facts, p *Plan) *Refusal {
	for i, c := range p.Disks {
		if c.Place != InOverlay {
			continue
		}
		if c.format != "" && c.format != "qcow2" && c.format != "qed" {
			return refuse(codeConfig, fmt.Sprintf("an overlay of %s in format %s cannot know what is below it", c.Target, c.format), "Use qcow2.")
		}
		if d := &f.Disks[i]; !c.named && d.Type != "file" {
			return refuse(codeConfig, fmt.Sprintf("%s is not a file: there is no name to make the overlay's from", c.Target),
				fmt.Sprintf("Name it: --disk %s=external:FILE.", c.Target))
		}
		file, known := f.file(c.File)
		switch {
		case !known:
		case r.ReuseExternal && !file.Exists:
			return refuse(codeSystem, fmt.Sprintf("%s does not exist, so it cannot be reused", c.File), "Leave --reuse-external out: it will be made.")
		case !r.ReuseExternal && file.Size > 0:
			return refuse(codeConfig, fmt.Sprintf("%s exists already", c.File),
				"Take another name, or --reuse-external if it is an overlay made for this.")
		}
	}
	return nil
}

// refuseOverwrite guards what libvirt does not: it writes the memory over any
// file.
func refuseOverwrite(r *Request, f *Facts, p *Plan) *Refusal {
	if p.Memory != InOverlay || r.Overwrite {
		return nil
	}
	if file, _ := f.file(p.MemoryFile); !file.Exists {
		return nil
	}
	return refuse(0, fmt.Sprintf("%s exists already, and libvirt would write over it without a word", p.MemoryFile),
		"Name another file with --memory, or add --overwrite.")
}
