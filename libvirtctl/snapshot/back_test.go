package snapshot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl/snapshot"
)

func internal(name, parent, image string) *snapshot.Snapshot {
	return &snapshot.Snapshot{Name: name, Parent: parent, Kind: "internal", State: "running", Created: time.Unix(0, 0),
		Disks: []snapshot.SavedDisk{{Target: "vda", Place: snapshot.InImage, Chain: []snapshot.Image{{File: image}}}}}
}

func external(name, parent, image, overlay string) *snapshot.Snapshot {
	return &snapshot.Snapshot{Name: name, Parent: parent, Kind: "disk-only", State: "disk-snapshot", Created: time.Unix(0, 0),
		Disks: []snapshot.SavedDisk{{Target: "vda", Place: snapshot.InOverlay, Overlay: overlay, Chain: []snapshot.Image{{File: image}}}}}
}

func on(state snapshot.State, version uint64, images ...string) *snapshot.Facts {
	return &snapshot.Facts{State: state, Version: version, Disks: []snapshot.DomainDisk{{Target: "vda", Source: images[0], Images: images}}}
}

func TestRevert(t *testing.T) {
	inside, outside := internal("i", "", "/a"), external("e", "", "/a", "/b")
	off := internal("o", "", "/a")
	off.State = "shutoff"
	busy := on(snapshot.Running, 9_000_000, "/a")
	busy.Disks[0].Job = true
	transient := on(snapshot.Running, 9_000_000, "/a")
	transient.Transient = true
	for _, tc := range []struct {
		name   string
		revert snapshot.Revert
		to     *snapshot.Snapshot
		facts  *snapshot.Facts
		code   int // 0: not refused
	}{
		{"internal", snapshot.Revert{}, inside, on(snapshot.Running, 9_000_000, "/a"), 0},
		{"running and paused", snapshot.Revert{Running: true, Paused: true}, inside, on(snapshot.Off, 9_000_000, "/a"), 8},
		{"external, old", snapshot.Revert{}, outside, on(snapshot.Running, 9_008_000, "/b", "/a"), 67},
		{"external, new", snapshot.Revert{}, outside, on(snapshot.Running, 9_009_000, "/b", "/a"), 0},
		{"external, unknown version", snapshot.Revert{}, outside, on(snapshot.Running, 0, "/b", "/a"), 0},
		{"job", snapshot.Revert{}, inside, busy, 55},
		{"transient to off", snapshot.Revert{}, off, transient, 55},
		{"transient to off, paused", snapshot.Revert{Paused: true}, off, transient, 0},
		{"transient to running", snapshot.Revert{}, inside, transient, 0},
	} {
		checkRefusal(t, tc.name, tc.revert.Refuse(tc.to, tc.facts), tc.code)
	}
	if f := (&snapshot.Revert{Paused: true, ResetNVRAM: true}).Flags(); f != 2|8 {
		t.Errorf("flags %d", f)
	}
}

func checkRefusal(t *testing.T, name string, r *snapshot.Refusal, code int) {
	t.Helper()
	switch {
	case r == nil:
		if code != 0 {
			t.Errorf("%s: not refused, want %d", name, code)
		}
	case r.Code != code || r.Reason == "" || r.Instead == "":
		t.Errorf("%s: %+v, want %d", name, r, code)
	}
}

func TestLosses(t *testing.T) {
	off := internal("i", "", "/a")
	off.State = "shutoff"
	all := []*snapshot.Snapshot{off, external("e", "i", "/a", "/b"), external("f", "", "/a", "/b")}
	losses := strings.Join((&snapshot.Revert{}).Losses(off, all, on(snapshot.Running, 0, "/b", "/a")), "\n")
	for _, says := range []string{"1970-01-01 00:00:00 UTC", "in memory", "it will be off", "overlays of e"} {
		if !strings.Contains(losses, says) {
			t.Errorf("nothing of %q in\n%s", says, losses)
		}
	}
	if strings.Contains(losses, "overlays of f") || strings.Contains(losses, "--force") {
		t.Errorf("too much:\n%s", losses)
	}
}

func TestDelete(t *testing.T) {
	i1, i2 := internal("i1", "", "/a"), internal("i2", "i1", "/a")
	e1, e2 := external("e1", "", "/a", "/b"), external("e2", "e1", "/b", "/c")
	e3 := external("e3", "i1", "/a", "/b")
	busy := on(snapshot.Running, 9_000_000, "/c", "/b", "/a")
	busy.Disks[0].Job = true
	all := []*snapshot.Snapshot{i1, i2, e1, e2, e3}
	for _, tc := range []struct {
		name  string
		del   snapshot.Delete
		which *snapshot.Snapshot
		facts *snapshot.Facts
		code  int
	}{
		{"internal", snapshot.Delete{}, i1, on(snapshot.Running, 9_000_000, "/a"), 0},
		{"internal below an overlay", snapshot.Delete{}, i1, on(snapshot.Running, 9_000_000, "/b", "/a"), 84},
		{"internal below an overlay, off", snapshot.Delete{}, i1, on(snapshot.Off, 9_000_000, "/b"), 0},
		{"tree with an external one", snapshot.Delete{Children: true}, i1, on(snapshot.Off, 9_000_000, "/a"), 67},
		{"both flags", snapshot.Delete{Children: true, ChildrenOnly: true}, i2, on(snapshot.Off, 9_000_000, "/a"), 8},
		{"leaf with its children", snapshot.Delete{Children: true}, i2, on(snapshot.Off, 9_000_000, "/a"), 0},
		{"external", snapshot.Delete{}, e1, on(snapshot.Running, 9_000_000, "/c", "/b", "/a"), 0},
		{"external, too old", snapshot.Delete{}, e1, on(snapshot.Running, 8_010_000, "/c", "/b", "/a"), 67},
		{"external, job", snapshot.Delete{}, e1, busy, 55},
		{"external, off, images unknown", snapshot.Delete{}, e1, on(snapshot.Off, 9_000_000, "/c"), 8},
		{"external on an internal one", snapshot.Delete{}, e3, on(snapshot.Running, 9_000_000, "/b", "/a"), 84},
		{"only forget", snapshot.Delete{Metadata: true, Children: true}, i1, on(snapshot.Running, 8_000_000, "/c"), 0},
	} {
		checkRefusal(t, tc.name, tc.del.Refuse(tc.which, all, tc.facts), tc.code)
	}
	if gone := (&snapshot.Delete{ChildrenOnly: true}).Gone(i1, all); !slices.Equal(gone, []string{"i2", "e3"}) {
		t.Errorf("gone: %v", gone)
	}
	if f := (&snapshot.Delete{Children: true, Metadata: true}).Flags(); f != 1|2 {
		t.Errorf("flags %d", f)
	}
}

// TestBelowCircle checks that a tree that is none has an end.
func TestBelowCircle(t *testing.T) {
	all := []*snapshot.Snapshot{internal("a", "b", ""), internal("b", "a", "")}
	if below := snapshot.Below(all[0], all); len(below) != 1 {
		t.Errorf("%d below", len(below))
	}
}
