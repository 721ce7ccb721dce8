package snapshot_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"saffron/libvirtctl/snapshot"
	"saffron/libvirtctl/snapshot/matrix"
)

// TestMatrix checks the verdict for every row of the table.
func TestMatrix(t *testing.T) {
	for _, row := range matrix.Rows() {
		t.Run(row.Domain+"/"+row.Ask, func(t *testing.T) {
			plan, refusal := snapshot.Make(&row.Request, &row.Facts)
			switch {
			case refusal == nil:
				if row.Code != 0 || row.Result == "" {
					t.Errorf("taken, want error %d; the plan is\n%s%v", row.Code, plan.XML, plan.Flags)
				}
			case refusal.Code != row.Code || row.Result != "":
				t.Errorf("refused with %d (%s), want %d %s", refusal.Code, refusal.Reason, row.Code, row.Result)
			case refusal.Reason == "" || refusal.Instead == "":
				t.Errorf("%+v does not explain itself", refusal)
			}
		})
	}
}

// TestPlan checks what is sent, and what the user is told.
func TestPlan(t *testing.T) {
	facts := snapshot.Facts{State: snapshot.Running, Disks: []snapshot.DomainDisk{
		{Target: "vda", Device: "disk", Type: "file", Format: "qcow2", Source: "/images/work.qcow2"},
		{Target: "vdb", Device: "disk", Type: "file", Format: "raw", Source: "/images/data", Default: snapshot.LeftOut},
		{Target: "sda", Device: "cdrom", Type: "file", ReadOnly: true},
	}}
	plan, refusal := snapshot.Make(&snapshot.Request{
		Name: "s<1>", Description: "a & b", Kind: snapshot.External, MemoryFile: "/m'", Live: true,
		Disks: map[string]snapshot.Disk{"vdb": {Place: snapshot.InOverlay, File: "/new/data.s1"}},
	}, &facts)
	if refusal != nil {
		t.Fatal(refusal)
	}
	want := `<domainsnapshot>
  <name>s&lt;1&gt;</name>
  <description>a &amp; b</description>
  <memory snapshot='external' file='/m&#39;'/>
  <disks>
    <disk name='vda' snapshot='external'/>
    <disk name='vdb' snapshot='external'><source file='/new/data.s1'/></disk>
    <disk name='sda' snapshot='no'/>
  </disks>
</domainsnapshot>
`
	if plan.XML != want || plan.Flags != snapshot.FlagLive || plan.Kind() != "checkpoint" || plan.Recorded != "running" {
		t.Errorf("%+v, want\n%s", plan, want)
	}
	if got := plan.Disks[0].File; got != "/images/work.s<1>" {
		t.Errorf("the overlay of vda is %s", got)
	}
	if notes := strings.Join(plan.Notes, " "); !strings.Contains(notes, "sda is left out") || strings.Contains(notes, "stands still") {
		t.Errorf("notes: %s", notes)
	}
	plan, _ = snapshot.Make(&snapshot.Request{Name: "s", Kind: snapshot.DiskOnly}, &facts)
	if plan.Disks[1].Place != snapshot.LeftOut || plan.Flags.String() != "DISK_ONLY ATOMIC" {
		t.Errorf("%+v", plan)
	}
}

// Refusals that no domain of the table shows.
func TestRefusals(t *testing.T) {
	block := snapshot.DomainDisk{Target: "vda", Device: "disk", Type: "block", Format: "raw", Source: "/dev/sdx"}
	for _, tc := range []struct {
		facts   snapshot.Facts
		request snapshot.Request
		code    int
		says    string
	}{
		{snapshot.Facts{State: snapshot.Running, Disks: []snapshot.DomainDisk{block}}, snapshot.Request{Name: "s", Kind: snapshot.DiskOnly}, 67, "external:FILE"},
		{snapshot.Facts{State: snapshot.Paused, Agent: snapshot.AgentConnected, Disks: []snapshot.DomainDisk{block}},
			snapshot.Request{Kind: snapshot.DiskOnly, Quiesce: true, Disks: map[string]snapshot.Disk{"vda": {Place: snapshot.InOverlay, File: "/o"}}}, 55, "resume"},
		{snapshot.Facts{State: snapshot.Running}, snapshot.Request{Disks: map[string]snapshot.Disk{"vdx": {Place: snapshot.LeftOut}}}, 67, "It has none"},
	} {
		_, refusal := snapshot.Make(&tc.request, &tc.facts)
		if refusal == nil || refusal.Code != tc.code || !strings.Contains(refusal.Instead, tc.says) {
			t.Errorf("%+v: %+v, want code %d and %q", tc.request, refusal, tc.code, tc.says)
		}
	}
}

// TestDocs keeps the table of the documentation in step.
func TestDocs(t *testing.T) {
	const file, begin, end = "../../docs/libvirt.md", "<!-- snapshot matrix -->\n", "<!-- end of the snapshot matrix -->\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	if table == matrix.Markdown() {
		return
	}
	if *update {
		err = os.WriteFile(file, []byte(before+begin+matrix.Markdown()+end+after), 0o644)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the table in %s is not this; write it with go test ./libvirtctl/snapshot -update", file)
}

var update = flag.Bool("update", false, "write the table of the documentation")
