package libvirtctl

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"saffron/libvirtctl/libvirttest"
)

func TestDevices(t *testing.T) {
	const description = `<?xml version="1.0"?><!-- a <domain> -->
<domain type='kvm'><name>graphics</name><metadata><devices><video/></devices></metadata>
<devices><emulator>/bin/q</emulator><graphics type="spi>ce" a='"'><listen/><graphics/></graphics>
<![CDATA[<video>]]><video/><video></video></devices><graphics/></domain>`
	var got []string
	if err := devices(description, func(name, element string) { got = append(got, name+": "+element) }); err != nil {
		t.Fatal(err)
	}
	want := []string{"emulator: <emulator>/bin/q</emulator>", `graphics: <graphics type="spi>ce" a='"'><listen/><graphics/></graphics>`, "video: <video/>", "video: <video></video>"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// bomb is a description whose entities are 10^9 words.
func bomb() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE d [<!ENTITY a0 "lol">`)
	for i := range 9 {
		fmt.Fprintf(&b, `<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	return b.String() + "]>"
}

func TestHostileXML(t *testing.T) {
	const before, after = "<domain><devices>", "</devices></domain>"
	for name, description := range map[string]string{
		"bomb":              bomb() + before + "<graphics type='&a9;'/>" + after,
		"entity":            before + "<graphics type='&a9;'/>" + after,
		"entity in a text":  before + "<graphics type='spice'>&a9;</graphics>" + after,
		"external entity":   `<!DOCTYPE d SYSTEM "file:///etc/passwd">` + before + after,
		"large":             before + strings.Repeat(" ", maxDescription) + after,
		"deep":              strings.Repeat("<a>", maxXMLDepth+1),
		"deep and wide":     before + "<graphics>" + strings.Repeat("<a>", 1<<20) + after,
		"no end":            before,
		"end too early":     "</domain>" + before + after,
		"tag without end":   before + "<graphics type='spice",
		"quote without end": before + "<graphics type='spice/>" + after,
		"comment":           before + "<!-- " + after,
		"crossed":           before + "<graphics type='spice'><listen></graphics></listen>" + after,
		"two attributes":    before + "<graphics type=spice/>" + after,
		"port":              before + "<graphics type='spice' port='1e9'/>" + after,
		"heads":             before + "<video><model heads='-3'/></video>" + after,
		"many":              before + strings.Repeat("<graphics/>", 100) + after,
	} {
		began := time.Now()
		if s, err := Summarize(description); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("%s: refused after %v", name, d)
		}
	}
	// The standard library's parser knows no entities but XML's own.
	var v struct {
		Text string `xml:",chardata"`
	}
	if err := xml.Unmarshal([]byte(bomb()+"<d>&a9;</d>"), &v); err == nil || len(v.Text) > 100 {
		t.Errorf("an entity was expanded to %d bytes", len(v.Text))
	}
}

func TestSummarize(t *testing.T) {
	const before, after = "<domain><devices>", "</devices></domain>"
	for _, tc := range []struct {
		devices  string
		consoles int
		heads    int
		agent    string
	}{
		{"", 0, 0, "none"},
		{"<graphics type='spice' port='5900'/><graphics type='vnc'/>", 2, 0, "none"},
		{"<video><model type='qxl' heads='4'/></video>", 0, 4, "none"},
		{"<video><model type='qxl' heads='1' primary='yes'/></video><video><model type='qxl' heads='1'/></video>", 0, 2, "none"},
		{"<video><model type='none'/></video>", 0, 0, "none"},
		{"<video/>", 0, 1, "none"},
		{"<video><model heads='4294967295'/></video><video/>", 0, maxHeads, "none"},
		{"<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='disconnected'/></channel>", 0, 0, "disconnected"},
		{"<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>", 0, 0, "unknown"},
		{"<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>", 0, 0, "none"},
	} {
		s, err := Summarize(before + tc.devices + after)
		if err != nil || len(s.Consoles) != tc.consoles || s.Heads != tc.heads || s.Agent != tc.agent {
			t.Errorf("%s: %+v, %v", tc.devices, s, err)
		}
	}
	if _, err := Summarize(libvirttest.Running("work", 5900).XML); err != nil {
		t.Error(err)
	}
}

// checkSummary summarizes anything: what is believed has bounds.
func checkSummary(t *testing.T, description string) {
	s, err := Summarize(description)
	if err == nil && (len(s.Consoles) > maxConsoles || s.Heads > maxHeads || s.Heads < 0) {
		t.Errorf("%+v", s)
	}
}

func FuzzSummarize(f *testing.F) {
	f.Add(libvirttest.Running("work", 5900).XML)
	f.Add(bomb() + "<domain><devices><video><model heads='&a9;'/></video></devices></domain>")
	f.Add(`<domain><devices><graphics type='spice'><listen type='address'/></graphics><channel><target name='com.redhat.spice.0'/></channel></devices></domain>`)
	f.Fuzz(checkSummary)
}

func TestSummarizeTruncated(t *testing.T) {
	whole := libvirttest.Running("work", 5900).XML
	for n := range whole {
		if _, err := Summarize(whole[:n]); err == nil && n > 0 {
			t.Errorf("no error after %d of %d bytes", n, len(whole))
		}
		checkSummary(t, whole[n:])
	}
}

func BenchmarkSummarize(b *testing.B) {
	description := libvirttest.Running("work", 5900).XML
	b.SetBytes(int64(len(description)))
	for b.Loop() {
		if _, err := Summarize(description); err != nil {
			b.Fatal(err)
		}
	}
}
