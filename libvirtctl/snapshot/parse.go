package snapshot

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// maxXML bounds what is parsed: more than any domain's description has.
const maxXML = 16 << 20

func parse(text string, into any) error {
	if len(text) > maxXML {
		return fmt.Errorf("snapshot: a description of %d bytes is too long", len(text))
	}
	if err := xml.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	return nil
}

type xmlSource struct {
	File     string `xml:"file,attr"`
	Dev      string `xml:"dev,attr"`
	Protocol string `xml:"protocol,attr"`
	Name     string `xml:"name,attr"`
	Pool     string `xml:"pool,attr"`
	Volume   string `xml:"volume,attr"`
}

// name returns the path or whatever else names the source.
func (s *xmlSource) name() string {
	switch {
	case s.File != "":
		return s.File
	case s.Dev != "":
		return s.Dev
	case s.Volume != "":
		return s.Pool + "/" + s.Volume
	case s.Protocol != "":
		return s.Protocol + ":" + s.Name
	}
	return ""
}

type xmlBacking struct {
	Format struct {
		Type string `xml:"type,attr"`
	} `xml:"format"`
	Source xmlSource   `xml:"source"`
	Next   *xmlBacking `xml:"backingStore"`
}

type xmlDisk struct {
	Type     string `xml:"type,attr"`
	Device   string `xml:"device,attr"`
	Snapshot string `xml:"snapshot,attr"`
	Driver   struct {
		Type string `xml:"type,attr"`
	} `xml:"driver"`
	Source xmlSource `xml:"source"`
	Target struct {
		Dev string `xml:"dev,attr"`
	} `xml:"target"`
	ReadOnly *struct{}   `xml:"readonly"`
	Mirror   *struct{}   `xml:"mirror"`
	Backing  *xmlBacking `xml:"backingStore"`
}

type xmlDomain struct {
	Disks    []xmlDisk `xml:"devices>disk"`
	Channels []struct {
		Target struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
		} `xml:"target"`
	} `xml:"devices>channel"`
	Loader struct {
		Type string `xml:"type,attr"`
	} `xml:"os>loader"`
	CPU struct {
		Features []struct {
			Name   string `xml:"name,attr"`
			Policy string `xml:"policy,attr"`
		} `xml:"feature"`
	} `xml:"cpu"`
}

// ParseDomain reads a domain's description: the running one's if it runs. What
// it does not tell, state, names, jobs and versions, is left to the caller.
func ParseDomain(text string) (Facts, error) {
	var x xmlDomain
	if err := parse(text, &x); err != nil {
		return Facts{}, err
	}
	f := Facts{Pflash: x.Loader.Type == "pflash"}
	for _, d := range x.Disks {
		f.Disks = append(f.Disks, DomainDisk{
			Target: d.Target.Dev, Device: orElse(d.Device, "disk"), Type: orElse(d.Type, "file"), Format: d.Driver.Type,
			Source: d.Source.name(), ReadOnly: d.ReadOnly != nil || d.Device == "cdrom", Default: Place(d.Snapshot), Job: d.Mirror != nil, Images: d.images(),
		})
	}
	for _, c := range x.Channels {
		if c.Target.Name != "org.qemu.guest_agent.0" {
			continue
		}
		f.Agent = AgentSilent
		if c.Target.State == "connected" {
			f.Agent = AgentConnected
		}
	}
	for _, feature := range x.CPU.Features {
		if feature.Name == "invtsc" && (feature.Policy == "require" || feature.Policy == "force") {
			f.InvTSC = true
		}
	}
	return f, nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// A Snapshot is one that a domain has.
type Snapshot struct {
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Kind        string      `json:"kind"`  // internal, disk-only or checkpoint
	State       string      `json:"state"` // of the domain: running, paused, shutoff, disk-snapshot
	Created     time.Time   `json:"created"`
	Parent      string      `json:"parent,omitempty"`
	Current     bool        `json:"current"`
	Memory      Place       `json:"memory"`
	MemoryFile  string      `json:"memory_file,omitempty"`
	Disks       []SavedDisk `json:"disks"`
}

// A SavedDisk is a disk as a snapshot has it.
type SavedDisk struct {
	Target  string  `json:"target"`
	Place   Place   `json:"place"`
	Overlay string  `json:"overlay,omitempty"` // where the domain went on
	Chain   []Image `json:"chain,omitempty"`   // the image with the snapshot's contents, and what it lies on
}

// An Image is a link of a backing chain.
type Image struct {
	File   string `json:"file"`
	Format string `json:"format,omitempty"`
}

// External reports whether a part of the snapshot lies in files of its own.
func (s *Snapshot) External() bool { return s.Kind != "internal" }

// Active reports whether going back to the snapshot brings a domain that runs
// or is paused.
func (s *Snapshot) Active() bool { return s.State == "running" || s.State == "paused" }

// ParseSnapshot reads a snapshot's description.
func ParseSnapshot(text string) (*Snapshot, error) {
	var x struct {
		Name        string `xml:"name"`
		Description string `xml:"description"`
		State       string `xml:"state"`
		Created     int64  `xml:"creationTime"`
		Parent      string `xml:"parent>name"`
		Memory      struct {
			Snapshot string `xml:"snapshot,attr"`
			File     string `xml:"file,attr"`
		} `xml:"memory"`
		Disks []struct {
			Name     string    `xml:"name,attr"`
			Snapshot string    `xml:"snapshot,attr"`
			Source   xmlSource `xml:"source"`
		} `xml:"disks>disk"`
		Domain xmlDomain `xml:"domain"`
	}
	if err := parse(text, &x); err != nil {
		return nil, err
	}
	s := &Snapshot{Name: x.Name, Description: strings.TrimSpace(x.Description), State: x.State, Created: time.Unix(x.Created, 0),
		Parent: x.Parent, Memory: Place(orElse(x.Memory.Snapshot, string(LeftOut))), MemoryFile: x.Memory.File, Kind: "internal"}
	for _, d := range x.Disks {
		disk := SavedDisk{Target: d.Name, Place: Place(d.Snapshot), Overlay: d.Source.name()}
		if disk.Place == InOverlay {
			s.Kind = "disk-only"
		}
		for i := range x.Domain.Disks {
			if was := &x.Domain.Disks[i]; was.Target.Dev == d.Name && disk.Place != LeftOut {
				disk.Chain = was.chain()
			}
		}
		s.Disks = append(s.Disks, disk)
	}
	if s.Memory == InOverlay {
		s.Kind = "checkpoint"
	}
	return s, nil
}

func (d *xmlDisk) images() []string {
	var files []string
	for _, image := range d.chain() {
		files = append(files, image.File)
	}
	return files
}

// chain returns the image of a disk and what the description says to lie below
// it.
func (d *xmlDisk) chain() []Image {
	if d.Source.name() == "" {
		return nil
	}
	chain := []Image{{File: d.Source.name(), Format: d.Driver.Type}}
	for b := d.Backing; b != nil && b.Source.name() != ""; b = b.Next {
		chain = append(chain, Image{File: b.Source.name(), Format: b.Format.Type})
	}
	return chain
}

// ParseVolume reads a storage volume's description and returns what lies below
// its image; File is empty if nothing does.
func ParseVolume(text string) (Image, error) {
	var x struct {
		Path   string `xml:"backingStore>path"`
		Format struct {
			Type string `xml:"type,attr"`
		} `xml:"backingStore>format"`
	}
	err := parse(text, &x)
	return Image{File: x.Path, Format: x.Format.Type}, err
}
