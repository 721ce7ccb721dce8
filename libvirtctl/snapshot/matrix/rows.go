package matrix

import s "saffron/libvirtctl/snapshot"

// Results in words.
const (
	full      = "internal, with memory; the guest stands still meanwhile"
	offline   = "internal, without memory"
	overlays  = "external, without memory: the disks as after a power failure"
	shutdisks = "external; there is no memory"
	wholly    = "external, with the memory in the file"
)

func list() []Row {
	running, off := domain(s.Running, qcow2), domain(s.Off, qcow2)
	rows := []Row{
		{Domain: "running, qcow2", Facts: running, Result: full},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Memory: s.InImage}, Result: full},
		{Domain: "running, raw", Facts: domain(s.Running, raw), Code: 67},
		{Domain: "running, qcow2 and raw", Facts: domain(s.Running, raw, vdb), Code: 67},
		{Domain: "running, no disks", Facts: domain(s.Running), Code: 67},
		{Domain: "running, qcow2 and a CD", Facts: domain(s.Running, qcow2, cd), Result: full + "; the CD is left out"},
		{Domain: "running, qcow2 and an empty drive", Facts: domain(s.Running, qcow2, noCD), Result: full + "; the drive is left out"},
		{Domain: "running, qcow2 and a read-only disk", Facts: domain(s.Running, qcow2, vdbRO), Result: full + "; the read-only disk is left out"},
		{Domain: "running, two qcow2", Facts: domain(s.Running, qcow2, vdb), Request: s.Request{Disks: disk("vdb", s.LeftOut, "")}, Code: 67},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Disks: disk("vda", s.LeftOut, "")}, Code: 67},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Disks: disk("vda", s.InOverlay, "")}, Code: 67},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Memory: s.LeftOut}, Code: 84},

		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.External}, Code: 27},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.External, MemoryFile: Memory}, Result: wholly + "; the guest stands still meanwhile"},
		{Domain: "running, raw", Facts: domain(s.Running, raw), Request: s.Request{Kind: s.External, MemoryFile: Memory}, Result: wholly},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.External, MemoryFile: Memory, Live: true}, Result: wholly + "; the guest runs on meanwhile"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.External, MemoryFile: "s.memory"}, Code: 27},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.External, MemoryFile: Old}},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.External, MemoryFile: Old, Overwrite: true}, Result: wholly + ", which is written over"},
		{Domain: "running, two qcow2", Facts: domain(s.Running, qcow2, vdb), Request: s.Request{Kind: s.External, MemoryFile: Memory, Disks: disk("vdb", s.InImage, "")}, Code: 67},
		{Domain: "running, two qcow2", Facts: domain(s.Running, qcow2, vdb), Request: s.Request{Kind: s.External, MemoryFile: Memory, Disks: disk("vdb", s.LeftOut, "")}, Result: wholly + ", without vdb"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Live: true}, Code: 84},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Live: true}, Code: 84},

		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly}, Result: overlays},
		{Domain: "running, raw", Facts: domain(s.Running, raw), Request: s.Request{Kind: s.DiskOnly}, Result: overlays},
		{Domain: "running, qcow2 and a CD", Facts: domain(s.Running, qcow2, cd), Request: s.Request{Kind: s.DiskOnly}, Result: overlays + "; the CD is left out"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Disks: disk("vda", s.InImage, "")}, Code: 67},
		{Domain: "running, two qcow2", Facts: domain(s.Running, qcow2, vdb), Request: s.Request{Kind: s.DiskOnly, Disks: disk("vdb", s.InImage, "")}, Code: 67},
		{Domain: "running, two qcow2", Facts: domain(s.Running, qcow2, vdb), Request: s.Request{Kind: s.DiskOnly, Disks: disk("vdb", s.LeftOut, "")}, Result: overlays + ", without vdb"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Disks: disk("vda", s.LeftOut, "")}, Code: 67},
		{Domain: "running, no disks", Facts: domain(s.Running), Request: s.Request{Kind: s.DiskOnly}, Code: 67},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Memory: s.InImage}, Code: 27},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Memory: s.InOverlay, MemoryFile: Memory}, Code: 27},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Memory: s.LeftOut}, Result: overlays},
		{Domain: "running, no agent", Facts: running, Request: s.Request{Kind: s.DiskOnly, Quiesce: true}, Code: 74},
		{Domain: "running, silent agent", Facts: with(running, silent), Request: s.Request{Kind: s.DiskOnly, Quiesce: true}, Code: 86},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Quiesce: true}, Code: 8},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Halt: true}, Result: full + "; off afterwards"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Halt: true}, Result: overlays + "; off afterwards"},

		{Domain: "paused, qcow2", Facts: domain(s.Paused, qcow2), Result: "internal, with memory; recorded as paused"},
		{Domain: "paused, qcow2", Facts: domain(s.Paused, qcow2), Request: s.Request{Kind: s.DiskOnly}, Result: overlays},
		{Domain: "paused, qcow2", Facts: domain(s.Paused, qcow2), Request: s.Request{Kind: s.External, MemoryFile: Memory}, Result: wholly + "; recorded as paused"},
		{Domain: "paused, raw", Facts: domain(s.Paused, raw), Code: 67},
		{Domain: "pmsuspended", Facts: domain(s.PMSuspended, qcow2), Code: 84},
		{Domain: "pmsuspended", Facts: domain(s.PMSuspended, qcow2), Request: s.Request{Kind: s.DiskOnly}, Code: 84},

		{Domain: "off, qcow2", Facts: off, Result: offline},
		{Domain: "off, raw", Facts: domain(s.Off, raw), Code: 67},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Disks: disk("vda", s.InOverlay, "")}, Code: 67},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Kind: s.External}, Result: shutdisks},
		{Domain: "off, raw", Facts: domain(s.Off, raw), Request: s.Request{Kind: s.External}, Result: shutdisks},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Kind: s.DiskOnly}, Result: shutdisks},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Kind: s.DiskOnly, Disks: disk("vda", s.InImage, "")}, Result: offline},
		{Domain: "off, two qcow2", Facts: domain(s.Off, qcow2, vdb), Request: s.Request{Kind: s.DiskOnly, Disks: disk("vdb", s.InImage, "")}, Code: 67},
		{Domain: "off, two qcow2", Facts: domain(s.Off, qcow2, vdb), Request: s.Request{Disks: disk("vdb", s.LeftOut, "")}, Code: 67},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Memory: s.InImage}, Code: 27},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Memory: s.InOverlay, MemoryFile: Memory}, Code: 27},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Live: true}, Code: 84},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Quiesce: true}, Code: 8},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Kind: s.DiskOnly, Quiesce: true}, Result: shutdisks + "; quiescing has no effect"},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Halt: true}, Result: offline + "; halting has no effect"},
		{Domain: "off, no disks", Facts: domain(s.Off), Code: 67},

		{Domain: "transient", Facts: with(running, transient), Result: full + "; forgotten when the domain ends"},
		{Domain: "transient", Facts: with(running, transient), Request: s.Request{Kind: s.DiskOnly}, Result: overlays},
		{Domain: "transient", Facts: with(running, transient), Request: s.Request{Halt: true}, Code: 55},

		{Domain: "running, qcow2", Facts: running, Request: s.Request{NoMetadata: true}, Result: "only the image has it: libvirt does not find it by its name"},
		{Domain: "with a snapshot s", Facts: with(off, known), Code: 9},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Name: "a/b"}, Code: 35},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Name: ".a"}, Code: 35},
		{Domain: "off, qcow2", Facts: off, Request: s.Request{Name: unnamed}, Result: offline + "; named by the time, in seconds"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Disks: disk("vda", s.InOverlay, Old)}, Code: 67},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Disks: disk("vda", s.InOverlay, Empty)}, Result: overlays + ", in the empty file"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, ReuseExternal: true, Disks: disk("vda", s.InOverlay, Missing)}, Code: 38},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, ReuseExternal: true, Disks: disk("vda", s.InOverlay, Old)}, Result: overlays + ", in the overlay that was there"},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Kind: s.DiskOnly, Disks: map[string]s.Disk{"vda": {Place: s.InOverlay, Format: "raw"}}}, Code: 67},
		{Domain: "running, qcow2", Facts: running, Request: s.Request{Disks: disk("vdx", s.InImage, "")}, Code: 67},
		{Domain: "running, a block job", Facts: with(domain(s.Running, qcow2), job), Code: 83},
		{Domain: "running, a block job", Facts: with(domain(s.Running, qcow2), job), Request: s.Request{Kind: s.DiskOnly}, Code: 83},
		{Domain: "running, UEFI in flash", Facts: with(running, pflash), Code: 84},
		{Domain: "running, UEFI in flash", Facts: with(running, pflash), Request: s.Request{Kind: s.DiskOnly}, Result: overlays + "; the variables of the firmware are not kept"},
		{Domain: "running, UEFI in flash", Facts: with(running, pflash), Request: s.Request{Kind: s.External, MemoryFile: Memory}, Result: wholly},
		{Domain: "off, UEFI in flash", Facts: with(off, pflash), Code: 84},
		{Domain: "running, invtsc CPU", Facts: with(running, invtsc), Code: 55},
		{Domain: "running, invtsc CPU", Facts: with(running, invtsc), Request: s.Request{Kind: s.External, MemoryFile: Memory}, Code: 55},
		{Domain: "running, invtsc CPU", Facts: with(running, invtsc), Request: s.Request{Kind: s.DiskOnly}, Result: overlays},
		{Domain: "off, invtsc CPU", Facts: with(off, invtsc), Result: offline},
	}
	for i := range rows {
		switch r := &rows[i].Request; r.Name {
		case "":
			r.Name = "s"
		case unnamed:
			r.Name = ""
		}
	}
	return rows
}

// unnamed marks the rows whose request has no name.
const unnamed = "-"
