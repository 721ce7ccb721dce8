package snapshot

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Flags are virDomainSnapshotCreateFlags.
type Flags uint32

// The flags.
const (
	FlagNoMetadata    Flags = 4
	FlagHalt          Flags = 8
	FlagDiskOnly      Flags = 16
	FlagReuseExternal Flags = 32
	FlagQuiesce       Flags = 64
	FlagAtomic        Flags = 128
	FlagLive          Flags = 256
)

func (f Flags) String() string {
	var set []string
	for _, name := range []struct {
		flag Flags
		name string
	}{
		{FlagNoMetadata, "NO_METADATA"}, {FlagHalt, "HALT"}, {FlagDiskOnly, "DISK_ONLY"}, {FlagReuseExternal, "REUSE_EXT"},
		{FlagQuiesce, "QUIESCE"}, {FlagAtomic, "ATOMIC"}, {FlagLive, "LIVE"},
	} {
		if f&name.flag != 0 {
			set = append(set, name.name)
		}
	}
	return cmp.Or(strings.Join(set, " "), "none")
}

// A Plan is a request as libvirt takes it, and what will come of it.
type Plan struct {
	XML   string
	Flags Flags

	Disks      []Choice
	Memory     Place  // LeftOut, InImage or InOverlay
	MemoryFile string // if InOverlay
	Recorded   string // the state that the snapshot will have
	Notes      []string

	memorySaid Place // what the XML says of memory, if anything
}

// A Choice is what becomes of a disk.
type Choice struct {
	Target   string
	Place    Place
	File     string // of the overlay, if it is known
	Why      string // a disk is left out, if nobody asked for it
	format   string
	named    bool // File was asked for
	writable bool // and there is something to write to
}

// Make plans a request for a domain. The plan is what would be sent even if
// there is a refusal, which is nil if libvirt should take it.
func Make(r *Request, f *Facts) (*Plan, *Refusal) {
	p := &Plan{Flags: flagsOf(r, f)}
	p.placeMemory(r, f)
	for i := range f.Disks {
		p.Disks = append(p.Disks, p.place(r, &f.Disks[i]))
	}
	p.Recorded = p.recorded(f)
	p.XML = p.write(r, f)
	p.note(r, f)
	for _, refuse := range rules {
		if refusal := refuse(r, f, p); refusal != nil {
			return p, refusal
		}
	}
	return p, nil
}

func flagsOf(r *Request, f *Facts) Flags {
	var flags Flags
	for _, set := range []struct {
		on   bool
		flag Flags
	}{
		{r.NoMetadata, FlagNoMetadata}, {r.Halt, FlagHalt}, {r.ReuseExternal, FlagReuseExternal},
		{r.Quiesce, FlagQuiesce}, {r.Live, FlagLive},
		{r.Kind == DiskOnly || r.Kind == External && !f.active(), FlagDiskOnly},
	} {
		if set.on {
			flags |= set.flag
		}
	}
	if flags&FlagDiskOnly != 0 {
		flags |= FlagAtomic // all disks or none
	}
	return flags
}

func (p *Plan) diskOnly() bool { return p.Flags&FlagDiskOnly != 0 }

func (p *Plan) placeMemory(r *Request, f *Facts) {
	p.memorySaid = r.Memory
	if r.Memory == Default && (r.Kind == Checkpoint || r.Kind == External && f.active()) {
		p.memorySaid = InOverlay
	}
	if p.memorySaid == InOverlay {
		p.MemoryFile = r.MemoryFile
	}
	p.Memory = p.memorySaid
	switch {
	case p.Memory != Default:
	case f.active() && !p.diskOnly():
		p.Memory = InImage
	default:
		p.Memory = LeftOut
	}
}

// place says what becomes of a disk: what was asked for, else what the domain's
// XML says, else what goes with the memory.
func (p *Plan) place(r *Request, d *DomainDisk) Choice {
	asked := r.Disks[d.Target]
	c := Choice{Target: d.Target, Place: asked.Place, File: asked.File, format: asked.Format,
		named: asked.File != "", writable: !d.ReadOnly && !d.empty()}
	switch {
	case c.Place != Default:
	case d.empty():
		c.Place, c.Why = LeftOut, "it has no medium"
	case d.ReadOnly:
		c.Place, c.Why = LeftOut, "it is read-only"
	case d.Default != Default:
		c.Place, c.Why = d.Default, "the domain's XML says so"
	case p.diskOnly() || p.memorySaid == InOverlay:
		c.Place = InOverlay
	default:
		c.Place = InImage
	}
	if c.Place == InOverlay && c.File == "" && r.Name != "" && d.Type == "file" {
		c.File = overlayName(d.Source, r.Name)
	}
	return c
}

// overlayName is how libvirt names an overlay: the snapshot's name takes the
// place of the image's last extension.
func overlayName(image, name string) string {
	dot, slash := strings.LastIndexByte(image, '.'), strings.LastIndexByte(image, '/')
	if dot > slash+1 {
		image = image[:dot]
	}
	return image + "." + name
}

func (p *Plan) recorded(f *Facts) string {
	switch {
	case !f.active():
		return "shutoff"
	case p.diskOnly():
		return "disk-snapshot"
	}
	return string(f.State)
}

// write writes the XML. It names all disks, so that nothing is left to
// defaults that versions could see differently.
func (p *Plan) write(r *Request, f *Facts) string {
	var b strings.Builder
	b.WriteString("<domainsnapshot>\n")
	element := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  <%s>%s</%s>\n", name, escape(text), name)
		}
	}
	element("name", r.Name)
	element("description", r.Description)
	if p.memorySaid != Default {
		fmt.Fprintf(&b, "  <memory snapshot='%s'", escape(string(p.memorySaid)))
		if p.MemoryFile != "" {
			fmt.Fprintf(&b, " file='%s'", escape(p.MemoryFile))
		}
		b.WriteString("/>\n")
	}
	b.WriteString("  <disks>\n")
	for _, c := range p.Disks {
		c.write(&b)
	}
	for _, target := range slices.Sorted(maps.Keys(r.Disks)) {
		if f.disk(target) == nil { // to be refused
			asked := r.Disks[target]
			(&Choice{Target: target, Place: asked.Place, File: asked.File, named: true}).write(&b)
		}
	}
	b.WriteString("  </disks>\n</domainsnapshot>\n")
	return b.String()
}

func (c *Choice) write(b *strings.Builder) {
	fmt.Fprintf(b, "    <disk name='%s' snapshot='%s'", escape(c.Target), escape(string(c.Place)))
	if c.Place != InOverlay || c.format == "" && (!c.named || c.File == "") {
		b.WriteString("/>\n")
		return
	}
	b.WriteString(">")
	if c.format != "" {
		fmt.Fprintf(b, "<driver type='%s'/>", escape(c.format))
	}
	if c.named && c.File != "" {
		fmt.Fprintf(b, "<source file='%s'/>", escape(c.File))
	}
	b.WriteString("</disk>\n")
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// Kind says what kind the snapshot will be, as Snapshot has it.
func (p *Plan) Kind() string {
	switch {
	case p.Memory == InOverlay:
		return "checkpoint"
	case p.places(InOverlay):
		return "disk-only"
	}
	return "internal"
}

// note tells what the user may not expect.
func (p *Plan) note(r *Request, f *Facts) {
	say := func(on bool, format string, args ...any) {
		if on {
			p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
		}
	}
	for _, c := range p.Disks {
		say(c.Place == LeftOut && c.Why != "", "%s is left out: %s.", c.Target, c.Why)
	}
	say(p.Memory == InImage || p.Memory == InOverlay && !r.Live, "The guest stands still while its memory is written.")
	say(p.diskOnly() && f.active() && !r.Quiesce, "The disks will be as after a power failure: memory is not kept and the guest is not told.")
	say(r.Quiesce && !f.active(), "Quiescing has no effect: the domain is off.")
	say(p.places(InOverlay), "The domain goes on in the overlays: the images of before must not be changed or removed.")
	say(r.Halt && f.active(), "The domain is off afterwards.")
	say(r.NoMetadata, "libvirt will not know the snapshot by its name.")
	say(f.Transient, "The domain is transient: what libvirt knows of the snapshot vanishes with it.")
}

func (p *Plan) places(where Place) bool {
	return slices.ContainsFunc(p.Disks, func(c Choice) bool { return c.Place == where })
}
