//go:build lab

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"saffron/libvirtctl"
	"saffron/libvirtctl/snapshot"
	"saffron/libvirtctl/snapshot/matrix"
)

// TestLabLibvirtSnapshotMatrix makes the domain of every row of the table and
// checks that the plan's verdict is libvirt's, who is asked whatever the plan
// says.
func TestLabLibvirtSnapshotMatrix(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	host, err := libvirtctl.Connect(t.Context(), h.uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	for i, rows := range shareMachines(matrix.Rows()) {
		t.Run(fmt.Sprintf("%02d %s", i, rows[0].Domain), func(t *testing.T) {
			t.Parallel()
			m := &matrixMachine{h: h, name: fmt.Sprintf("m%02d", i), dir: filepath.Join(h.dir, fmt.Sprintf("m%02d", i))}
			for i := range rows {
				m.place(&rows[i])
			}
			if !m.make(t, &rows[0].Facts) {
				t.Log("not driven: this host has no KVM with invtsc")
				return
			}
			for _, row := range rows {
				t.Run(row.Ask, func(t *testing.T) { checkRow(t, host, m, &row) })
			}
			if rows[0].Facts.State != snapshot.Off {
				_ = exec.Command("virsh", "-q", "-c", h.uri, "destroy", m.name).Run() // halted ones are off
			}
		})
	}
}

// shareMachines puts together the rows that one machine can serve: those that
// are refused leave it as it is.
func shareMachines(rows []matrix.Row) [][]matrix.Row {
	refused := make(map[string][]matrix.Row)
	key := func(r *matrix.Row) string {
		f := r.Facts
		f.Stat = nil
		return fmt.Sprintf("%+v", f)
	}
	var machines [][]matrix.Row
	for _, r := range rows {
		if r.Code != 0 {
			refused[key(&r)] = append(refused[key(&r)], r)
		}
	}
	for _, r := range rows {
		if r.Code == 0 {
			machines = append(machines, append(refused[key(&r)], r))
			delete(refused, key(&r))
		}
	}
	for _, rest := range refused {
		machines = append(machines, rest)
	}
	return machines
}

func checkRow(t *testing.T, host *libvirtctl.Host, m *matrixMachine, row *matrix.Row) {
	t.Helper()
	d, err := host.Domain(t.Context(), m.name)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := d.SnapshotFacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := *facts
	got.Version, got.Stat, row.Facts.Stat = 0, nil, nil
	for i := range got.Disks {
		got.Disks[i].Images = nil
	}
	if diff := cmp.Diff(row.Facts, got); diff != "" {
		t.Errorf("facts: want -, got +\n%s", diff)
	}
	plan, refusal := snapshot.Make(&row.Request, facts)
	if (refusal == nil) != (row.Result != "") || refusal != nil && refusal.Code != row.Code {
		t.Errorf("the plan's verdict is %+v, want code %d", refusal, row.Code)
	}
	name, err := d.CreateSnapshot(t.Context(), plan, nil)
	if code := codeOf(err); code != row.Code {
		t.Errorf("libvirt says %d (%v), want %d; asked was\n%s%v", code, err, row.Code, plan.XML, plan.Flags)
		return
	}
	if err != nil {
		t.Logf("libvirt says: %v", err)
		return
	}
	checkTaken(t, d, name, plan)
}

// checkTaken checks that a snapshot is what was planned.
func checkTaken(t *testing.T, d *libvirtctl.Domain, name string, plan *snapshot.Plan) {
	t.Helper()
	s, err := d.Snapshot(t.Context(), name)
	if plan.Flags&snapshot.FlagNoMetadata != 0 {
		if !libvirtctl.IsCode(err, libvirtctl.CodeNoSnapshot) {
			t.Errorf("without metadata: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.State != plan.Recorded || s.Memory != plan.Memory || s.MemoryFile != plan.MemoryFile {
		t.Errorf("taken %+v, planned state %s, memory %s %s", s, plan.Recorded, plan.Memory, plan.MemoryFile)
	}
	for _, c := range plan.Disks {
		i := slices.IndexFunc(s.Disks, func(d snapshot.SavedDisk) bool { return d.Target == c.Target })
		if i < 0 || s.Disks[i].Place != c.Place || c.File != "" && s.Disks[i].Overlay != c.File {
			t.Errorf("planned %+v, taken %+v", c, s.Disks)
		}
	}
	if state, err := d.State(t.Context()); plan.Flags&snapshot.FlagHalt != 0 && state != libvirtctl.ShutOff {
		t.Errorf("halted: %v, %v", state, err)
	}
}

func codeOf(err error) int {
	var refused *libvirtctl.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &refused):
		return int(refused.Code)
	}
	return -1
}

// A matrixMachine is the domain of a row.
type matrixMachine struct {
	h    *libvirtHost
	name string
	dir  string
}

// place puts the files of a row into the machine's folder.
func (m *matrixMachine) place(row *matrix.Row) {
	here := func(path string) string { return strings.Replace(path, "/images", m.dir, 1) }
	row.Facts.Disks = slices.Clone(row.Facts.Disks)
	for i := range row.Facts.Disks {
		row.Facts.Disks[i].Source = here(row.Facts.Disks[i].Source)
	}
	row.Request.MemoryFile = here(row.Request.MemoryFile)
	disks := make(map[string]snapshot.Disk)
	for target, d := range row.Request.Disks {
		d.File = here(d.File)
		disks[target] = d
	}
	row.Request.Disks = disks
}

// make makes the domain and brings it into its state. It reports whether this
// host can run it.
func (m *matrixMachine) make(t *testing.T, f *snapshot.Facts) bool {
	t.Helper()
	xml := m.files(t, f)
	if f.Transient {
		m.h.virsh(t, "create", xml)
		return true
	}
	m.h.virsh(t, "define", xml)
	if f.State == snapshot.Off {
		if slices.Contains(f.Names, "s") {
			m.h.virsh(t, "snapshot-create-as", m.name, "s")
		}
		return true
	}
	if f.InvTSC {
		if exec.Command("virsh", "-q", "-c", m.h.uri, "start", m.name).Run() != nil {
			return false
		}
	} else {
		m.h.virsh(t, "start", m.name)
	}
	switch {
	case f.State == snapshot.Paused:
		m.h.virsh(t, "suspend", m.name)
	case f.State == snapshot.PMSuspended:
		eventually(t, "sleep", func() error {
			if state := m.h.virsh(t, "domstate", m.name); state != "pmsuspended" {
				return errors.New(state)
			}
			return nil
		})
	case len(f.Disks) > 0 && f.Disks[0].Job:
		m.h.virsh(t, "blockcopy", m.name, f.Disks[0].Target, filepath.Join(m.dir, "copy"), "--transient-job")
	}
	return true
}

// files writes the machine's files and returns that of its description.
func (m *matrixMachine) files(t *testing.T, f *snapshot.Facts) string {
	t.Helper()
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(m.dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("empty", nil)
	var disks strings.Builder
	for _, d := range f.Disks {
		m.image(t, f, &d)
		fmt.Fprintf(&disks, "<disk type='file' device='%s'>", d.Device)
		if d.Source != "" {
			fmt.Fprintf(&disks, "<driver name='qemu' type='%s'/><source file='%s'/>", d.Format, d.Source)
		}
		fmt.Fprintf(&disks, "<target dev='%s'/>", d.Target)
		if d.ReadOnly {
			disks.WriteString("<readonly/>")
		}
		disks.WriteString("</disk>\n")
	}
	kind, osMore, more := "qemu", "", ""
	if f.Pflash {
		halts := bytes.Repeat([]byte{0xf4}, 256<<10) // hlt
		osMore = fmt.Sprintf("<loader readonly='yes' type='pflash'>%s</loader><nvram>%s</nvram>", write("code", halts), write("vars", halts))
	}
	if f.InvTSC {
		kind, more = "kvm", "<cpu mode='custom' check='none'><model fallback='forbid'>qemu64</model><feature policy='require' name='invtsc'/></cpu>"
	}
	if f.State == snapshot.PMSuspended {
		more = "<pm><suspend-to-mem enabled='yes'/></pm>"
	}
	if f.Agent != snapshot.AgentAbsent {
		disks.WriteString("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")
	}
	return write("xml", fmt.Appendf(nil, `<domain type='%s'><name>%s</name><memory unit='MiB'>16</memory>
<os><type arch='x86_64' machine='pc'>hvm</type>%s</os><features><acpi/></features>%s
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>%s<memballoon model='none'/></devices></domain>`, kind, m.name, osMore, more, disks.String()))
}

// image makes the image of a disk. For a machine that is to sleep it boots into
// that.
func (m *matrixMachine) image(t *testing.T, f *snapshot.Facts, d *snapshot.DomainDisk) {
	t.Helper()
	if d.Source == "" {
		return
	}
	boot := make([]byte, 1<<20)
	if f.State == snapshot.PMSuspended {
		copy(boot, []byte{0xba, 0x04, 0x06, 0xb8, 0x00, 0x24, 0xef, 0xf4}) // mov dx,0x604; mov ax,0x2400 (SLP_EN, S3); out dx,ax; hlt
	} else {
		copy(boot, []byte{0xf4, 0xeb, 0xfd}) // hlt; jmp back
	}
	copy(boot[510:], []byte{0x55, 0xaa})
	raw := d.Source
	if d.Format != "raw" {
		raw += ".raw"
	}
	if err := os.WriteFile(raw, boot, 0o600); err != nil {
		t.Fatal(err)
	}
	if d.Format == "raw" {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, args := range [][]string{
		{"convert", "-q", "-f", "raw", "-O", d.Format, raw, d.Source},
		{"create", "-q", "-f", "qcow2", "-b", d.Source, "-F", d.Format, filepath.Join(m.dir, "old")},
	} {
		if out, err := exec.CommandContext(ctx, "qemu-img", args...).CombinedOutput(); err != nil {
			t.Fatalf("qemu-img: %v\n%s", err, out)
		}
	}
}
