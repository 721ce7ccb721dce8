// Package matrix has the rules of snapshots as a table: what is asked of which
// domain, and what comes of it. The tests of package snapshot, those against a
// real libvirtd and the documentation share it.
package matrix

import (
	"fmt"
	"strings"

	s "saffron/libvirtctl/snapshot"
)

// A Row is a line of the table.
type Row struct {
	Domain  string // the domain, in words
	Ask     string // the request, as options of saffron snapshot create
	Code    int    // libvirt's refusal; 0 if it takes the request
	Result  string // what comes of it, in words
	Facts   s.Facts
	Request s.Request
}

// Domains that the rows ask.
var (
	qcow2 = s.DomainDisk{Target: "vda", Device: "disk", Type: "file", Format: "qcow2", Source: "/images/d.qcow2"}
	raw   = s.DomainDisk{Target: "vda", Device: "disk", Type: "file", Format: "raw", Source: "/images/d.img"}
	vdb   = s.DomainDisk{Target: "vdb", Device: "disk", Type: "file", Format: "qcow2", Source: "/images/e.qcow2"}
	vdbRO = s.DomainDisk{Target: "vdb", Device: "disk", Type: "file", Format: "raw", Source: "/images/e.img", ReadOnly: true}
	cd    = s.DomainDisk{Target: "sda", Device: "cdrom", Type: "file", Format: "raw", Source: "/images/cd.iso", ReadOnly: true}
	noCD  = s.DomainDisk{Target: "sda", Device: "cdrom", Type: "file", ReadOnly: true}
)

func domain(state s.State, disks ...s.DomainDisk) s.Facts { return s.Facts{State: state, Disks: disks} }

func with(f s.Facts, change func(*s.Facts)) s.Facts {
	change(&f)
	return f
}

func transient(f *s.Facts) { f.Transient = true }
func pflash(f *s.Facts)    { f.Pflash = true }
func invtsc(f *s.Facts)    { f.InvTSC = true }
func silent(f *s.Facts)    { f.Agent = s.AgentSilent }
func known(f *s.Facts)     { f.Names = []string{"s"} }
func job(f *s.Facts)       { f.Disks[0].Job = true }

// Files that the rows find on the host: Old has something in it, Empty has not,
// Missing is not there.
const (
	Old     = "/images/old"
	Empty   = "/images/empty"
	Missing = "/images/missing"
	Memory  = "/images/s.memory"
)

func stat(path string) (s.File, bool) {
	switch path {
	case Old:
		return s.File{Exists: true, Size: 1 << 16}, true
	case Empty:
		return s.File{Exists: true}, true
	}
	return s.File{}, true
}

func disk(target string, place s.Place, file string) map[string]s.Disk {
	return map[string]s.Disk{target: {Place: place, File: file}}
}

// options returns a request as options of the command line.
func options(r *s.Request) string {
	var o []string
	add := func(on bool, option string) {
		if on {
			o = append(o, option)
		}
	}
	add(r.Kind == s.External, "--external")
	add(r.Kind == s.DiskOnly, "--disk-only")
	add(r.Memory != s.Default && r.Memory != s.InOverlay, "--memory "+string(r.Memory))
	add(r.MemoryFile != "", "--memory FILE")
	for _, target := range []string{"vda", "vdb", "sda", "vdx"} {
		d, asked := r.Disks[target]
		option := fmt.Sprintf("--disk %s=%s", target, d.Place)
		if d.File != "" {
			option += ":" + d.File[strings.LastIndexByte(d.File, '/')+1:]
		}
		if d.Format != "" {
			option += " (in format " + d.Format + ")"
		}
		add(asked, option)
	}
	add(r.Quiesce, "--quiesce")
	add(r.Live, "--live")
	add(r.Halt, "--halt")
	add(r.NoMetadata, "--no-metadata")
	add(r.ReuseExternal, "--reuse-external")
	add(r.Overwrite, "--overwrite")
	add(r.Name != "" && r.Name != "s", fmt.Sprintf("named %q", r.Name))
	add(r.Name == "", "without a name")
	if len(o) == 0 {
		return "nothing more"
	}
	return strings.Join(o, " ")
}

// Rows returns the table.
func Rows() []Row {
	var rows []Row
	for _, r := range list() {
		r.Ask = options(&r.Request)
		r.Facts.Stat = stat
		rows = append(rows, r)
	}
	return rows
}

// Markdown returns the table as the documentation has it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| Domain | `snapshot create` with | libvirt | What comes of it |\n|---|---|---|---|\n")
	for _, r := range Rows() {
		verdict, result := "takes it", r.Result
		if _, refusal := s.Make(&r.Request, &r.Facts); refusal != nil {
			verdict, result = "(takes it)", "refused: "+refusal.Reason+". "+refusal.Instead
			if refusal.Code != 0 {
				verdict = fmt.Sprintf("error %d", refusal.Code)
			}
		}
		ask := r.Ask
		if strings.HasPrefix(ask, "--") {
			ask = "`" + ask + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Domain, ask, verdict, escape(result))
	}
	return b.String()
}

func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", "|", "\\|").Replace(text)
}
