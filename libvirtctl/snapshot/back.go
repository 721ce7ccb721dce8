package snapshot

import (
	"fmt"
	"slices"
)

// Versions of libvirt that can do more with external snapshots.
const (
	canDeleteExternal = 9_000_000
	canRevertExternal = 9_009_000
)

// version returns a version of libvirt as people write it.
func version(v uint64) string { return fmt.Sprintf("%d.%d.%d", v/1_000_000, v/1000%1000, v%1000) }

// A Revert is a wish to go back to a snapshot.
type Revert struct {
	Running    bool // run afterwards, whatever the snapshot recorded
	Paused     bool // be paused afterwards
	Force      bool // take risks: end QEMU and begin it anew if need be
	ResetNVRAM bool // the firmware's variables as new
}

// Flags returns virDomainSnapshotRevertFlags.
func (r *Revert) Flags() uint32 {
	var flags uint32
	for i, on := range []bool{r.Running, r.Paused, r.Force, r.ResetNVRAM} {
		if on {
			flags |= 1 << i
		}
	}
	return flags
}

// Refuse says why libvirt will not go back, or nil.
func (r *Revert) Refuse(to *Snapshot, f *Facts) *Refusal {
	switch {
	case r.Running && r.Paused:
		return refuse(codeInvalidArg, "the domain cannot run and be paused", "Choose one of --running and --paused.")
	case f.anyJob():
		return refuse(codeInvalid, "a block job works on a disk of the domain", "Wait for its end, or abort it.")
	case f.Transient && !to.Active() && !r.Running && !r.Paused:
		return refuse(codeInvalid, "the domain is transient, and the snapshot is of one that was off: it would vanish",
			"Add --running or --paused.")
	case to.External() && f.Version != 0 && f.Version < canRevertExternal:
		return refuse(codeConfig, fmt.Sprintf("libvirt %s cannot go back to external snapshots; 9.9 and later can", version(f.Version)),
			back(to))
	}
	return nil
}

// back says how to go back to an external snapshot by hand.
func back(to *Snapshot) string {
	for _, d := range to.Disks {
		if len(d.Chain) > 0 {
			return fmt.Sprintf("By hand: shut the domain off, put a new overlay on %s (qemu-img create -b) and give it to %s; what was written since stays in the old overlay.",
				d.Chain[0].File, d.Target)
		}
	}
	return "By hand: shut the domain off and give it new overlays on the images of the snapshot."
}

func (f *Facts) anyJob() bool {
	for _, d := range f.Disks {
		if d.Job {
			return true
		}
	}
	return false
}

// Losses tells what will be lost by going back to one of a domain's snapshots,
// in sentences.
func (r *Revert) Losses(to *Snapshot, all []*Snapshot, f *Facts) []string {
	var losses []string
	say := func(on bool, format string, args ...any) {
		if on {
			losses = append(losses, fmt.Sprintf(format, args...))
		}
	}
	since := to.Created.UTC().Format("2006-01-02 15:04:05 MST")
	say(true, "All that the domain wrote to its disks since %s, unless another snapshot has it.", since)
	say(f.active(), "What the guest has in memory now.")
	say(f.active() && !to.Active() && !r.Running && !r.Paused, "The run of the domain: it will be off.")
	say(true, "Changes of the domain's definition since then.")
	for _, s := range Below(to, all) {
		say(!to.External() && s.External(), "The overlays of %s: they lie on an image that changes with this, and are broken afterwards.", s.Name)
	}
	say(r.Force, "With --force: consoles are cut off, and devices that the snapshot does not know.")
	return losses
}

// A Delete is a wish to remove a snapshot.
type Delete struct {
	Children     bool // and all below it
	ChildrenOnly bool // only those below it
	Metadata     bool // let libvirt forget it: images stay as they are
}

// Flags returns virDomainSnapshotDeleteFlags.
func (d *Delete) Flags() uint32 {
	var flags uint32
	for i, on := range []bool{d.Children, d.Metadata, d.ChildrenOnly} {
		if on {
			flags |= 1 << i
		}
	}
	return flags
}

// Refuse says why libvirt will not remove one of a domain's snapshots, or nil.
func (d *Delete) Refuse(which *Snapshot, all []*Snapshot, f *Facts) *Refusal {
	tree := []*Snapshot{which}
	if d.Children || d.ChildrenOnly {
		tree = append(tree, Below(which, all)...)
	}
	switch {
	case d.Children && d.ChildrenOnly:
		return refuse(codeInvalidArg, "--children removes the snapshot, too, --children-only keeps it", "Choose one of them.")
	case d.Metadata:
		return nil
	case !which.External() && f.active() && !f.on(which):
		return refuse(codeUnsupported, fmt.Sprintf("%s lies in an image that the running domain only builds upon", which.Name),
			"Shut the domain off first, or delete the external snapshots below it first.")
	case len(tree) > 1:
		return refuseTree(tree)
	case which.External():
		return refuseExternal(which, all, f)
	}
	return nil
}

// on reports whether the domain writes to the images that an internal snapshot
// lies in.
func (f *Facts) on(s *Snapshot) bool {
	for _, d := range s.Disks {
		if now := f.disk(d.Target); now != nil && len(d.Chain) > 0 && d.Chain[0].File != now.Source {
			return false
		}
	}
	return true
}

// refuseTree guards the trees that libvirt does not remove at once.
func refuseTree(tree []*Snapshot) *Refusal {
	for _, s := range tree {
		if s.External() {
			return refuse(codeConfig, fmt.Sprintf("%s is external, and libvirt removes such ones singly", s.Name),
				"Delete them one by one, the newest first, or add --metadata to forget them only.")
		}
	}
	return nil
}

func refuseExternal(which *Snapshot, all []*Snapshot, f *Facts) *Refusal {
	if f.Version != 0 && f.Version < canDeleteExternal {
		return refuse(codeConfig, fmt.Sprintf("libvirt %s cannot delete external snapshots; 9.0 and later can", version(f.Version)),
			"Commit the overlays (virsh blockcommit), then forget the snapshot with --metadata.")
	}
	if f.anyJob() {
		return refuse(codeInvalid, "a block job works on a disk of the domain", "Wait for its end, or abort it.")
	}
	for _, d := range which.Disks {
		if now := f.disk(d.Target); now != nil && d.Place == InOverlay && !slices.Contains(now.Images, d.Overlay) {
			return refuse(codeInvalidArg, fmt.Sprintf("%s of %s is not among the images that libvirt knows the domain to be on", d.Overlay, d.Target), unchained(f))
		}
	}
	for _, s := range all {
		if s.Name == which.Parent && !s.External() {
			return refuse(codeUnsupported, fmt.Sprintf("its parent %s is internal: merging the overlay would change the image that has it", s.Name),
				fmt.Sprintf("Delete %s first (the domain has to be off for that), or add --metadata to forget the snapshot only.", s.Name))
		}
	}
	return nil
}

// unchained says what to do about an overlay that is not in the chain.
func unchained(f *Facts) string {
	forget := "If the domain went back to an earlier snapshot since then, the overlay is of no use: forget it with --metadata and remove its file."
	if f.active() {
		return forget
	}
	return "Start the domain, libvirt then finds all its images; or delete the newest first. " + forget
}

// Below returns the snapshots that descend from one.
func Below(which *Snapshot, all []*Snapshot) []*Snapshot {
	var below []*Snapshot
	parents := map[string]bool{which.Name: true}
	for found := true; found; {
		found = false
		for _, s := range all {
			if parents[s.Parent] && !parents[s.Name] {
				parents[s.Name], found = true, true
				below = append(below, s)
			}
		}
	}
	return below
}

// Gone returns the names of the snapshots that a deletion removes.
func (d *Delete) Gone(which *Snapshot, all []*Snapshot) []string {
	var names []string
	if !d.ChildrenOnly {
		names = append(names, which.Name)
	}
	if d.Children || d.ChildrenOnly {
		for _, s := range Below(which, all) {
			names = append(names, s.Name)
		}
	}
	return names
}
