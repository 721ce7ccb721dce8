package snapshot

// A Kind is what form a snapshot is to have.
type Kind int

// The kinds.
const (
	Internal   Kind = iota // inside the images, with the memory of a domain that runs
	External               // new overlays: a checkpoint if the domain runs, else disks only
	DiskOnly               // new overlays, without memory
	Checkpoint             // new overlays, and the memory in a file
)

// A Place is where a disk or the memory goes.
type Place string

// The places. Default leaves it to the kind.
const (
	Default   Place = ""
	LeftOut   Place = "no"
	InImage   Place = "internal"
	InOverlay Place = "external" // for memory: in a file
)

// A Disk is what a request says of one disk.
type Disk struct {
	Place  Place
	File   string // of the overlay; libvirt names it if empty
	Format string // of the overlay; "" is qcow2
}

// A Request is what is wanted. The zero value is an internal snapshot that
// libvirt names.
type Request struct {
	Name        string // libvirt takes the time in seconds if empty
	Description string
	Kind        Kind
	Memory      Place           // goes before what Kind says
	MemoryFile  string          // of a checkpoint: an absolute path on the host
	Overwrite   bool            // the memory file may exist
	Disks       map[string]Disk // by target, as vda; others as Kind says

	Quiesce       bool // the guest agent freezes the file systems
	Live          bool // the guest runs on while memory is written
	Halt          bool // the domain ends afterwards
	NoMetadata    bool // libvirt forgets about it at once
	ReuseExternal bool // the overlays exist
}

// A State is what the domain does, as far as snapshots care.
type State string

// The states.
const (
	Off         State = "off"
	Running     State = "running"
	Paused      State = "paused"
	PMSuspended State = "pmsuspended"
)

// An AgentState is what is known of the QEMU guest agent.
type AgentState string

// The states of the guest agent.
const (
	AgentAbsent    AgentState = ""          // there is no channel for it
	AgentSilent    AgentState = "silent"    // nothing has opened the channel
	AgentConnected AgentState = "connected" // it may still not answer
)

// Facts are what is known of a domain.
type Facts struct {
	State     State
	Transient bool
	Disks     []DomainDisk
	Pflash    bool // the firmware is in flash, with a file for its variables
	InvTSC    bool // the CPU has invtsc, which does not go with saved memory
	Agent     AgentState
	Names     []string // of the snapshots that there are
	Version   uint64   // of libvirt, as 9000000; 0 if unknown

	// Stat tells of a file of the host, if it can be seen; nil sees none.
	Stat func(path string) (file File, known bool)
}

// A File is what is known of a file.
type File struct {
	Exists bool
	Size   int64
}

// A DomainDisk is a disk that a domain has.
type DomainDisk struct {
	Target   string // as vda
	Device   string // disk, cdrom, floppy, lun
	Type     string // file, block, network, volume …
	Format   string // qcow2, raw …
	Source   string // the file or device; empty if no medium is in
	ReadOnly bool
	Default  Place // what the domain's XML says for snapshots
	Job      bool  // a block job runs

	// Images are the files of the disk as far as the domain's XML knows them:
	// Source, and what it lies on.
	Images []string
}

func (f *Facts) file(path string) (file File, known bool) {
	if f.Stat == nil || path == "" {
		return File{}, false
	}
	return f.Stat(path)
}

func (f *Facts) active() bool { return f.State != Off }

func (f *Facts) disk(target string) *DomainDisk {
	for i := range f.Disks {
		if f.Disks[i].Target == target {
			return &f.Disks[i]
		}
	}
	return nil
}

// empty reports whether a drive has no medium.
func (d *DomainDisk) empty() bool { return d.Source == "" }
