//go:build lab

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"saffron/libvirtctl"
	"saffron/libvirtctl/snapshot"
	"saffron/libvirtctl/snapshot/matrix"
)

// snapshot runs a command of saffron snapshot on a domain.
func (h *libvirtHost) snapshot(t *testing.T, command string, args ...string) string {
	t.Helper()
	r := succeed(t, append([]string{"snapshot", command, "-c", h.uri}, args...)...)
	return r.stdout + r.stderr
}

// refusesSnapshot checks that a command fails, and says why and what works.
func (h *libvirtHost) refusesSnapshot(t *testing.T, why, instead, command string, args ...string) {
	t.Helper()
	r := saffron(t, append([]string{"snapshot", command, "-c", h.uri}, args...)...)
	lines := strings.SplitN(r.stderr, "\n", 2)
	if r.code != 1 || len(lines) < 2 || !strings.Contains(lines[0], why) || !strings.Contains(lines[1], instead) {
		t.Errorf("snapshot %s %q: exit code %d, want 1 with %q and %q; it said\n%s", command, args, r.code, why, instead, r.stderr)
	}
}

// pixels counts the pixels that differ; a blinking text cursor makes a few.
func pixels(a, b *image.RGBA) int {
	if a.Rect.Size() != b.Rect.Size() {
		return a.Rect.Dx() * a.Rect.Dy()
	}
	n := 0
	for i := 0; i < len(a.Pix); i += 4 {
		if a.Pix[i] != b.Pix[i] || a.Pix[i+1] != b.Pix[i+1] || a.Pix[i+2] != b.Pix[i+2] {
			n++
		}
	}
	return n
}

const blink = 40 // pixels that a cursor may differ in

// TestLabLibvirtSnapshotMemory goes back to what a guest had in memory: its
// screen is as it was.
func TestLabLibvirtSnapshotMemory(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{devices: "<serial type='null'/>"}) // the guest talks to it
	h.snapshot(t, "create", "work", "blank")
	h.virsh(t, "start", "work")
	screen := func() *image.RGBA { return screenshot(t, h.virsh(t, "domdisplay", "work")) }
	differs := func(from *image.RGBA, want bool) {
		t.Helper()
		eventually(t, "the screen", func() error {
			if n := pixels(screen(), from); (n > blink) != want {
				return fmt.Errorf("%d pixels differ", n)
			}
			return nil
		})
	}
	typed := func() {
		for range 4 {
			h.virsh(t, "send-key", "work", "KEY_B")
			h.virsh(t, "send-key", "work", "KEY_M")
		}
	}
	start := screen()
	eventually(t, "the guest echoes", func() error {
		typed()
		if pixels(screen(), start) <= blink {
			return errors.New("nothing yet")
		}
		return nil
	})
	h.virsh(t, "suspend", "work") // so that nothing changes between picture and snapshot
	before := screen()
	if out := h.snapshot(t, "create", "work", "typed", "--description", "some letters"); !strings.Contains(out, "typed of work taken (internal)") || !strings.Contains(out, "stands still") {
		t.Errorf("create: %s", out)
	}
	h.virsh(t, "resume", "work")
	typed()
	differs(before, true)
	if out := h.snapshot(t, "revert", "work", "typed", "--dry-run"); !strings.Contains(out, "in memory now") {
		t.Errorf("dry run: %s", out)
	}
	differs(before, true) // it was dry
	h.snapshot(t, "revert", "work", "typed")
	if state := h.virsh(t, "domstate", "work"); state != "paused" {
		t.Errorf("reverted to paused: %s", state)
	}
	h.virsh(t, "resume", "work") // QEMU paints nothing before
	differs(before, false)

	h.snapshot(t, "revert", "work", "typed", "--running")
	if state := h.virsh(t, "domstate", "work"); state != "running" {
		t.Errorf("reverted to running: %s", state)
	}
	h.virsh(t, "destroy", "work")
	h.snapshot(t, "revert", "work", "typed")
	h.virsh(t, "resume", "work")
	differs(before, false)

	h.refusesSnapshot(t, "cannot run and be paused", "--running", "revert", "work", "typed", "--running", "--paused")
	h.snapshot(t, "revert", "work", "blank")
	if state := h.virsh(t, "domstate", "work"); state != "shut off" {
		t.Errorf("reverted to a domain that was off: %s", state)
	}
	h.refusesSnapshot(t, "no snapshot nosuch", "snapshot list", "revert", "work", "nosuch")
	h.snapshot(t, "delete", "work", "blank", "--children")
	if list := h.virsh(t, "snapshot-list", "work", "--name"); list != "" {
		t.Errorf("left after deletion: %s", list)
	}
}

// TestLabLibvirtSnapshotDisk goes back to what a disk had.
func TestLabLibvirtSnapshotDisk(t *testing.T) {
	t.Parallel()
	need(t, "qemu-io")
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	disk := filepath.Join(h.dir, "work.qcow2")
	io := func(file, command string) error {
		out, err := exec.Command("qemu-io", "-f", "qcow2", "-c", command, file).CombinedOutput()
		if err == nil && strings.Contains(string(out), "verification failed") {
			err = errors.New(string(out))
		}
		return err
	}
	do := func(file, command string) {
		t.Helper()
		if err := io(file, command); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
	do(disk, "write -P 1 0 64")
	h.snapshot(t, "create", "work", "one")
	do(disk, "write -P 2 0 64")
	h.snapshot(t, "revert", "work", "one")
	do(disk, "read -P 1 0 64")
	if io(disk, "read -P 2 0 64") == nil {
		t.Error("the disk holds anything")
	}

	h.snapshot(t, "delete", "work", "one")
	h.snapshot(t, "create", "work", "two", "--external")
	overlay := filepath.Join(h.dir, "work.two")
	do(overlay, "write -P 3 0 64")
	do(disk, "read -P 1 0 64")
	h.snapshot(t, "delete", "work", "two") // merges
	do(disk, "read -P 3 0 64")
	if _, err := os.Stat(overlay); err == nil || !strings.Contains(h.virsh(t, "domblklist", "work"), disk) {
		t.Errorf("the overlay is still there (%v): %s", err, h.virsh(t, "domblklist", "work"))
	}
}

// TestLabLibvirtSnapshotExternal has overlays on overlays, and a memory file.
func TestLabLibvirtSnapshotExternal(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{devices: "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"})
	h.virsh(t, "start", "work")
	memory := filepath.Join(h.dir, "work.memory")
	if out := h.snapshot(t, "create", "work", "e1", "--disk-only", "--dry-run"); !strings.Contains(out, "<disk name='hda' snapshot='external'/>") ||
		!strings.Contains(out, "goes on in "+filepath.Join(h.dir, "work.e1")) || h.virsh(t, "snapshot-list", "work", "--name") != "" {
		t.Errorf("dry run: %s", out)
	}
	h.snapshot(t, "create", "work", "e1", "--disk-only")
	h.snapshot(t, "create", "work", "e2", "--external", "--memory", memory, "--live")
	h.refusesSnapshot(t, "exists already", "--overwrite", "create", "work", "e3", "--external", "--memory", memory)
	h.snapshot(t, "create", "work", "e3", "--external", "--memory", memory, "--overwrite", "--halt")
	if state := h.virsh(t, "domstate", "work"); state != "shut off" {
		t.Errorf("after --halt: %s", state)
	}
	h.checkTree(t, memory)
	h.refusesSnapshot(t, "cannot go back to external", "By hand", "revert", "work", "e2")
	h.refusesSnapshot(t, "internal and external parts do not mix", "--external", "create", "work", "s", "--external", "--disk", "hda=internal", "--disk", "hdc=external:/x")
	h.virsh(t, "start", "work")
	h.refusesSnapshot(t, "needs a file for its memory", "--disk-only", "create", "work", "s", "--external")
	for _, name := range []string{"e2", "e3", "e1"} {
		h.snapshot(t, "delete", "work", name)
	}
	if list := h.virsh(t, "domblklist", "work"); !strings.Contains(list, "work.qcow2") {
		t.Errorf("not merged: %s", list)
	}
}

// checkTree checks what list and info say of e1, e2 and e3.
func (h *libvirtHost) checkTree(t *testing.T, memory string) {
	t.Helper()
	list := h.snapshot(t, "list", "work")
	for i, starts := range []string{"SNAPSHOT", "e1 ", "  e2 ", "    e3 *"} {
		if lines := strings.Split(list, "\n"); !strings.HasPrefix(lines[i], starts) {
			t.Errorf("line %d of the list is not %q:\n%s", i, starts, list)
		}
	}
	var all []snapshot.Snapshot
	if err := json.Unmarshal([]byte(h.snapshot(t, "list", "--json", "work")), &all); err != nil || len(all) != 3 ||
		all[0].Kind != "disk-only" || all[1].Kind != "checkpoint" || all[1].Parent != "e1" || !all[2].Current {
		t.Errorf("list --json: %+v, %v", all, err)
	}
	info := h.snapshot(t, "info", "work", "e2")
	fields := strings.Join(strings.Fields(info), " ")
	file := func(name string) string { return filepath.Join(h.dir, name) }
	for _, want := range []string{"Memory " + memory, "overlay " + file("work.e2"), "snapshot in " + file("work.e1") + " (qcow2)", "on " + file("work.qcow2") + " (qcow2)"} {
		if !strings.Contains(fields, want) {
			t.Errorf("info has no %q:\n%s", want, info)
		}
	}
}

// TestLabLibvirtSnapshotDelete checks for domains with some history that what is
// said of deletions is what libvirt says.
func TestLabLibvirtSnapshotDelete(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	host, err := libvirtctl.Connect(t.Context(), h.uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	for i, tc := range []struct {
		history string // i1: internal snapshot, e1: external, <i1: back to i1
		which   string
		del     snapshot.Delete
		code    int
	}{
		{"start e1 e2 e3", "e1", snapshot.Delete{}, 0},
		{"start i1 e1", "i1", snapshot.Delete{}, 84},
		{"start i1 e1", "e1", snapshot.Delete{}, 84},
		{"start e1 i1", "e1", snapshot.Delete{}, 0},
		{"start i1 e1 <i1", "e1", snapshot.Delete{}, 8},
		{"start e1 e2", "e1", snapshot.Delete{ChildrenOnly: true}, 67},
		{"start i1 i2 e1", "i1", snapshot.Delete{ChildrenOnly: true}, 84},
		{"start i1 i2", "i1", snapshot.Delete{Children: true}, 0},
		{"start i1 e1 destroy", "i1", snapshot.Delete{}, 0},
		{"start e1 e2 destroy", "e1", snapshot.Delete{}, 0},
		{"e1 e2 e3", "e1", snapshot.Delete{}, 8},
		{"e1 e2 e3", "e3", snapshot.Delete{}, 0},
		{"i1 e1", "e1", snapshot.Delete{}, 84},
		{"i1 e1 e2", "e1", snapshot.Delete{}, 8},
		{"i1 i2 e1", "i1", snapshot.Delete{ChildrenOnly: true}, 67},
		{"i1 i2 e1", "i1", snapshot.Delete{Children: true, Metadata: true}, 0},
		{"i1 e1 start", "i1", snapshot.Delete{}, 84},
	} {
		t.Run(tc.history+", delete "+tc.which, func(t *testing.T) {
			t.Parallel()
			m := &matrixMachine{h: h, name: fmt.Sprintf("d%02d", i), dir: filepath.Join(h.dir, fmt.Sprintf("d%02d", i))}
			row := matrix.Row{Facts: snapshot.Facts{State: snapshot.Off, Disks: []snapshot.DomainDisk{{Target: "vda", Device: "disk", Type: "file", Format: "qcow2", Source: "/images/d.qcow2"}}}}
			m.place(&row)
			m.make(t, &row.Facts)
			d, err := host.Domain(t.Context(), m.name)
			if err != nil {
				t.Fatal(err)
			}
			m.live(t, d, tc.history)
			checkDelete(t, d, tc.which, &tc.del, tc.code)
			_ = exec.Command("virsh", "-q", "-c", h.uri, "destroy", m.name).Run() // it may be off
		})
	}
}

// live gives a machine a history.
func (m *matrixMachine) live(t *testing.T, d *libvirtctl.Domain, history string) {
	t.Helper()
	for _, step := range strings.Fields(history) {
		kind, from := snapshot.Internal, ""
		switch {
		case step == "start" || step == "destroy":
			m.h.virsh(t, step, m.name)
			continue
		case step[0] == '<':
			from = step[1:]
			if err := d.RevertSnapshot(t.Context(), from, &snapshot.Revert{}, nil); err != nil {
				t.Fatal(err)
			}
			continue
		case step[0] == 'e':
			kind = snapshot.DiskOnly
		}
		facts, err := d.SnapshotFacts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		plan, refusal := snapshot.Make(&snapshot.Request{Name: step, Kind: kind}, facts)
		if refusal != nil {
			t.Fatalf("%s: %v", step, refusal)
		}
		if _, err := d.CreateSnapshot(t.Context(), plan, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func checkDelete(t *testing.T, d *libvirtctl.Domain, which string, del *snapshot.Delete, code int) {
	t.Helper()
	ctx := t.Context()
	all, err := d.Snapshots(ctx)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := d.SnapshotFacts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s *snapshot.Snapshot) bool { return s.Name == which })
	refusal := del.Refuse(all[i], all, facts)
	if (refusal == nil) != (code == 0) || refusal != nil && refusal.Code != code {
		t.Errorf("the verdict is %+v, want code %d", refusal, code)
	}
	err = d.DeleteSnapshot(ctx, which, del, nil)
	if got := codeOf(err); got != code {
		t.Errorf("libvirt says %d (%v), want %d", got, err, code)
	}
	if err != nil {
		return
	}
	left, err := d.Snapshots(ctx)
	gone := del.Gone(all[i], all)
	if err != nil || len(left) != len(all)-len(gone) {
		t.Errorf("%d snapshots of %d left, %v should be gone (%v)", len(left), len(all), gone, err)
	}
}
