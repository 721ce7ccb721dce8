package libvirtctl

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/digitalocean/go-libvirt"

	"saffron/libvirtctl/snapshot"
)

// SnapshotFacts finds out what decides which snapshots the domain can have.
func (d *Domain) SnapshotFacts(ctx context.Context) (*snapshot.Facts, error) {
	text, err := d.XML(ctx, 0)
	if err != nil {
		return nil, err
	}
	f, err := snapshot.ParseDomain(text)
	if err != nil {
		return nil, err
	}
	state, err := d.State(ctx)
	if err != nil {
		return nil, err
	}
	f.State = snapshotState(state)
	persistent, err := ask(ctx, d.Host, "describe "+d.Name, func(l *libvirt.Libvirt) (int32, error) { return l.DomainIsPersistent(d.handle()) })
	if err != nil {
		return nil, err
	}
	f.Transient = persistent == 0
	if f.Names, err = d.snapshotNames(ctx); err != nil {
		return nil, err
	}
	f.Version, err = ask(ctx, d.Host, "ask for the version", (*libvirt.Libvirt).ConnectGetLibVersion)
	if err == nil && state.Active() {
		d.findBlockJobs(ctx, f.Disks)
	}
	if d.Host.seesFiles() {
		f.Stat = statFile
	}
	return &f, err
}

func snapshotState(s State) snapshot.State {
	switch s {
	case ShutOff, NoState:
		return snapshot.Off
	case Paused, Crashed:
		return snapshot.Paused
	case PMSuspended:
		return snapshot.PMSuspended
	}
	return snapshot.Running
}

func (d *Domain) snapshotNames(ctx context.Context) ([]string, error) {
	found, err := d.snapshotHandles(ctx)
	var names []string
	for _, s := range found {
		names = append(names, s.Name)
	}
	return names, err
}

// snapshotHandles lists the snapshots, parents before their children.
func (d *Domain) snapshotHandles(ctx context.Context) ([]libvirt.DomainSnapshot, error) {
	const topological = 1024
	return ask(ctx, d.Host, "list snapshots of "+d.Name, func(l *libvirt.Libvirt) ([]libvirt.DomainSnapshot, error) {
		found, _, err := l.DomainListAllSnapshots(d.handle(), 1, topological)
		return found, err
	})
}

// findBlockJobs marks the disks that a block job works on. A job that cannot be
// asked about is left to libvirt, which refuses by itself.
func (d *Domain) findBlockJobs(ctx context.Context, disks []snapshot.DomainDisk) {
	for i := range disks {
		found, err := ask(ctx, d.Host, "block job of "+d.Name, func(l *libvirt.Libvirt) (int32, error) {
			found, _, _, _, _, err := l.DomainGetBlockJobInfo(d.handle(), disks[i].Target, 0)
			return found, err
		})
		disks[i].Job = disks[i].Job || err == nil && found != 0
	}
}

// seesFiles reports whether the host's files are those of this machine.
func (h *Host) seesFiles() bool {
	return h.target.Transport == "unix" && h.target.Host == "" && h.target.Driver != "test"
}

func statFile(path string) (snapshot.File, bool) {
	info, err := os.Stat(path)
	switch {
	case err == nil:
		return snapshot.File{Exists: true, Size: info.Size()}, true
	case errors.Is(err, fs.ErrNotExist):
		return snapshot.File{}, true
	}
	return snapshot.File{}, false
}

// CreateSnapshot carries a plan out and returns the snapshot's name. With memory
// it may take long: progress, if it is not nil, is told how far it is.
func (d *Domain) CreateSnapshot(ctx context.Context, p *snapshot.Plan, progress func(done, total uint64)) (string, error) {
	var name string
	err := d.withJob(ctx, progress, func(ctx context.Context) error {
		s, err := ask(ctx, d.Host, "take a snapshot of "+d.Name, func(l *libvirt.Libvirt) (libvirt.DomainSnapshot, error) {
			return l.DomainSnapshotCreateXML(d.handle(), p.XML, uint32(p.Flags))
		})
		name = s.Name
		return err
	})
	return name, err
}

// Snapshots returns the snapshots of the domain, parents before their children.
func (d *Domain) Snapshots(ctx context.Context) ([]*snapshot.Snapshot, error) {
	found, err := d.snapshotHandles(ctx)
	if err != nil {
		return nil, err
	}
	current, err := d.CurrentSnapshot(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*snapshot.Snapshot, 0, len(found))
	for _, handle := range found {
		s, err := d.describeSnapshot(ctx, handle)
		if IsCode(err, CodeNoSnapshot) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		s.Current = s.Name == current
		all = append(all, s)
	}
	return all, nil
}

// CurrentSnapshot returns the name of the snapshot that the domain goes on
// from, "" if there is none.
func (d *Domain) CurrentSnapshot(ctx context.Context) (string, error) {
	s, err := ask(ctx, d.Host, "find the current snapshot of "+d.Name, func(l *libvirt.Libvirt) (libvirt.DomainSnapshot, error) {
		return l.DomainSnapshotCurrent(d.handle(), 0)
	})
	if IsCode(err, CodeNoSnapshot) {
		return "", nil
	}
	return s.Name, err
}

func (d *Domain) describeSnapshot(ctx context.Context, s libvirt.DomainSnapshot) (*snapshot.Snapshot, error) {
	text, err := ask(ctx, d.Host, "describe snapshot "+s.Name, func(l *libvirt.Libvirt) (string, error) {
		return l.DomainSnapshotGetXMLDesc(s, 0)
	})
	if err != nil {
		return nil, err
	}
	return snapshot.ParseSnapshot(text)
}

// Snapshot finds a snapshot of the domain by its name, with whole backing
// chains as far as libvirt's storage pools know them.
func (d *Domain) Snapshot(ctx context.Context, name string) (*snapshot.Snapshot, error) {
	handle, err := d.snapshotHandle(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := d.describeSnapshot(ctx, handle)
	if err != nil {
		return nil, err
	}
	current, err := d.CurrentSnapshot(ctx)
	s.Current = s.Name == current
	for i := range s.Disks {
		s.Disks[i].Chain = d.Host.completeChain(ctx, s.Disks[i].Chain)
	}
	return s, err
}

func (d *Domain) snapshotHandle(ctx context.Context, name string) (libvirt.DomainSnapshot, error) {
	return ask(ctx, d.Host, "find snapshot "+name+" of "+d.Name, func(l *libvirt.Libvirt) (libvirt.DomainSnapshot, error) {
		return l.DomainSnapshotLookupByName(d.handle(), name, 0)
	})
}

// maxChain bounds a backing chain: more makes no sense, a circle has no end.
const maxChain = 64

// completeChain adds to a backing chain what libvirt's storage pools know of
// the image at its end. Files are not opened here: they are the host's.
func (h *Host) completeChain(ctx context.Context, chain []snapshot.Image) []snapshot.Image {
	for len(chain) > 0 && len(chain) < maxChain {
		below, err := h.backingOf(ctx, chain[len(chain)-1].File)
		if err != nil || below.File == "" || slices.ContainsFunc(chain, func(i snapshot.Image) bool { return i.File == below.File }) {
			break
		}
		chain = append(chain, below)
	}
	return chain
}

func (h *Host) backingOf(ctx context.Context, file string) (snapshot.Image, error) {
	text, err := ask(ctx, h, "look at "+file, func(l *libvirt.Libvirt) (string, error) {
		volume, err := l.StorageVolLookupByPath(file)
		if err != nil {
			return "", err
		}
		return l.StorageVolGetXMLDesc(volume, 0)
	})
	if err != nil {
		return snapshot.Image{}, err
	}
	return snapshot.ParseVolume(text)
}

// RevertSnapshot takes the domain back to a snapshot. What Losses says is lost.
func (d *Domain) RevertSnapshot(ctx context.Context, name string, r *snapshot.Revert, progress func(done, total uint64)) error {
	return d.withSnapshot(ctx, name, progress, "go back to snapshot "+name, func(l *libvirt.Libvirt, s libvirt.DomainSnapshot) error {
		return l.DomainRevertToSnapshot(s, r.Flags())
	})
}

// DeleteSnapshot removes a snapshot. Removing external ones merges images and
// may take long.
func (d *Domain) DeleteSnapshot(ctx context.Context, name string, del *snapshot.Delete, progress func(done, total uint64)) error {
	return d.withSnapshot(ctx, name, progress, "delete snapshot "+name, func(l *libvirt.Libvirt, s libvirt.DomainSnapshot) error {
		return l.DomainSnapshotDelete(s, libvirt.DomainSnapshotDeleteFlags(del.Flags()))
	})
}

func (d *Domain) withSnapshot(ctx context.Context, name string, progress func(done, total uint64), op string, do func(*libvirt.Libvirt, libvirt.DomainSnapshot) error) error {
	s, err := d.snapshotHandle(ctx, name)
	if err != nil {
		return err
	}
	return d.withJob(ctx, progress, func(ctx context.Context) error {
		return d.Host.call(ctx, op+" of "+d.Name, func(l *libvirt.Libvirt) error { return do(l, s) })
	})
}
