package libvirtctl

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a good domain has.
const (
	goodSPICE   = `<graphics type='spice' port='5900' tlsPort='5901' passwd='x'><listen type='address' address='127.0.0.1'/><streaming mode='filter'/></graphics>`
	goodVideo   = `<video><model type='qxl' heads='4'/></video>`
	goodAgent   = `<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0' state='connected'/></channel>`
	goodFolders = `<channel type='spiceport'><source channel='org.spice-space.webdav.0'/><target type='virtio' name='org.spice-space.webdav.0'/></channel>`
	goodRest    = `<sound model='ich9'/><redirdev bus='usb' type='spicevmc'/><input type='tablet' bus='usb'/>`
)

func goodDomain() string {
	return "<domain>\n<devices>\n" + goodSPICE + goodVideo + goodAgent + goodFolders + goodRest + "\n</devices>\n</domain>"
}

func ids(found []Finding) string {
	var ids []string
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, " ")
}

func TestDiagnose(t *testing.T) {
	spice := func(attributes, inner string) string {
		return fmt.Sprintf("<graphics type='spice' %s>%s</graphics>", attributes, inner)
	}
	listen := func(address string) string { return fmt.Sprintf("<listen type='address' address='%s'/>", address) }
	const stream = "<streaming mode='filter'/>"
	for _, tc := range []struct {
		name, old, new string // what is changed of a good domain
		at             Place
		want           string
	}{
		{"good", "", "", Place{}, ""},
		{"no console", goodSPICE, "", Place{}, "no-spice"},
		{"VNC only", goodSPICE, "<graphics type='vnc' port='5900'/>", Place{}, "no-spice"},
		{"VNC first", goodSPICE, "<graphics type='vnc' port='5902'/>" + goodSPICE, Place{}, ""},
		{"no video", goodVideo, "", Place{}, "no-video"},
		{"video none", goodVideo, "<video><model type='none'/></video>", Place{}, "no-video"},
		{"plain video", goodVideo, "<video><model type='vga' heads='1'/></video>", Place{}, "plain-video"},
		{"one head", goodVideo, "<video><model type='virtio' heads='1'/></video>", Place{}, "one-head"},
		{"two devices", goodVideo, strings.Repeat("<video><model type='qxl' heads='1'/></video>", 2), Place{}, ""},
		{"no agent channel", goodAgent, "", Place{}, "no-agent-channel"},
		{"agent silent", "state='connected'", "state='disconnected'", Place{}, "agent-silent"},
		{"no folders", goodFolders, "", Place{}, "no-folder-channel"},
		{"no sound", "<sound model='ich9'/>", "", Place{}, "no-sound"},
		{"sound elsewhere", "<sound model='ich9'/>", "<sound model='ich9'/><audio id='1' type='none'/>", Place{}, "sound-elsewhere"},
		{"sound to files", "<sound model='ich9'/>", "<sound model='ich9'/><audio id='1' type='file'/>", Place{}, "sound-elsewhere"},
		{"sound here", "<sound model='ich9'/>", "<sound model='ich9'/><audio id='1' type='spice'/>", Place{}, ""},
		{"no USB", "<redirdev bus='usb' type='spicevmc'/>", "", Place{}, "no-usb-redirection"},
		{"no tablet", "<input type='tablet' bus='usb'/>", "<input type='mouse' bus='ps2'/>", Place{}, "no-tablet"},
		{"loopback from elsewhere", "", "", Place{Name: "hail"}, "unreachable"},
		{"loopback over ssh", "", "", Place{Name: "hail", SSH: true}, ""},
		{"everywhere, no TLS, no ticket", goodSPICE, spice("port='5900'", listen("0.0.0.0")+stream), Place{}, "no-ticket no-tls"},
		{"everywhere, TLS, ticket", goodSPICE, spice("port='5900' tlsPort='5901' passwd='x'", listen("::")+stream), Place{Name: "hail"}, ""},
		{"here, no ticket", goodSPICE, spice("port='5900'", listen("127.0.0.1")+stream), Place{}, "no-ticket"},
		{"socket, no ticket", goodSPICE, spice("", "<listen type='socket' socket='/run/s'/>"+stream), Place{}, ""},
		{"nowhere from elsewhere", goodSPICE, spice("", "<listen type='none'/>"+stream), Place{Name: "hail"}, "unreachable"},
		{"expired", "passwd='x'", "passwd='x' passwdValidTo='2020-01-01T00:00:00'", Place{}, "ticket-expired"},
		{"not expired", "passwd='x'", "passwd='x' passwdValidTo='2040-01-01T00:00:00'", Place{}, ""},
		{"empty ticket", "passwd='x'", "passwd=''", Place{}, "ticket-empty"},
		{"GL on TCP", stream, stream + "<gl enable='yes'/>", Place{}, "gl-on-tcp"},
		{"no streaming", stream, "", Place{}, "no-streaming"},
		{"streaming off", stream, "<streaming mode='off'/>", Place{}, "streaming-off"},
		{"all off", stream, stream + "<image compression='off'/><playback compression='off'/><mouse mode='server'/><clipboard copypaste='no'/><filetransfer enable='no'/>", Place{},
			"clipboard-off compression-off files-off mouse-server sound-uncompressed"},
	} {
		text := goodDomain()
		if tc.old != "" && !strings.Contains(text, tc.old) {
			t.Fatalf("%s: %s is not in the domain", tc.name, tc.old)
		}
		text = strings.Replace(text, tc.old, tc.new, 1)
		found, err := Diagnose(&Checkup{Live: text, Stored: text, Secrets: true, At: tc.at, Now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		slices.SortFunc(found, func(a, b Finding) int { return strings.Compare(a.ID, b.ID) })
		if got := ids(found); got != tc.want {
			t.Errorf("%s: found %q, want %q", tc.name, got, tc.want)
		}
		for _, f := range found {
			checkFinding(t, text, &f)
		}
	}
}

// checkFinding checks that a finding says what to do, and that its remedy is
// one and loses nothing.
func checkFinding(t *testing.T, text string, f *Finding) {
	t.Helper()
	if f.Text == "" || strings.Contains(f.Text, "\n") || f.Mend == "" && f.Advice == "" || f.Safe != (f.edit != nil) {
		t.Errorf("%s does not say what to do: %+v", f.ID, f)
	}
	if !f.Safe {
		return
	}
	mended, err := f.edit(text)
	if err != nil {
		t.Errorf("%s: %v", f.ID, err)
		return
	}
	left, err := Diagnose(&Checkup{Stored: mended, Secrets: true})
	if err != nil || strings.Contains(" "+ids(left)+" ", " "+f.ID+" ") {
		t.Errorf("%s is still there (%v) in\n%s", f.ID, err, mended)
	}
	if len(elements(t, mended)) < len(elements(t, text)) {
		t.Errorf("%s: the edit removes something:\n%s", f.ID, mended)
	}
}

func elements(t *testing.T, text string) []string {
	t.Helper()
	var names []string
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if token == nil {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
		}
	}
}

// TestDiagnoseStored checks findings that only one description has.
func TestDiagnoseStored(t *testing.T) {
	good := goodDomain()
	bad := strings.Replace(good, "<sound model='ich9'/>", "", 1)
	found, err := Diagnose(&Checkup{Live: bad, Stored: good, Secrets: true})
	if err != nil || ids(found) != "no-sound" || !found[0].Stored {
		t.Errorf("mended for the next start: %+v, %v", found, err)
	}
	found, err = Diagnose(&Checkup{Live: good, Stored: bad, Secrets: true})
	if err != nil || ids(found) != "no-sound" || !strings.HasSuffix(found[0].Text, "from the next start on") {
		t.Errorf("lost at the next start: %+v, %v", found, err)
	}
	found, err = Diagnose(&Checkup{Live: bad, Secrets: true})
	if err != nil || ids(found) != "no-sound" || found[0].Stored {
		t.Errorf("transient: %+v, %v", found, err)
	}
	if _, err := Diagnose(&Checkup{Live: "<domain>"}); err == nil {
		t.Error("a broken description is taken")
	}
}

// TestEdit checks the edits of texts that are written in other ways.
func TestEdit(t *testing.T) {
	for _, tc := range []struct {
		edit     func(string) (string, error)
		old, new string
	}{
		{addDevice("<x/>"), "<domain><devices><a/></devices></domain>", "<domain><devices><a/><x/>\n</devices></domain>"},
		{addDevice("<x/>"), "<domain><metadata><devices/></metadata><devices/></domain>", "<domain><metadata><devices/></metadata><devices><x/></devices></domain>"},
		{addToSPICE("<x/>"), "<domain><devices><graphics type='vnc'/><graphics type='spice' port='1'/></devices></domain>",
			"<domain><devices><graphics type='vnc'/><graphics type='spice' port='1'><x/></graphics></devices></domain>"},
		{addToSPICE("<x/>"), "<domain><devices><graphics type='vnc'/></devices></domain>", ""},
		{setHeads(4), `<domain><devices><video><model type="qxl" heads="1"  vram='1'/></video></devices></domain>`,
			`<domain><devices><video><model heads='4' type="qxl"  vram='1'/></video></devices></domain>`},
		{setHeads(4), "<domain><devices><video/></devices></domain>", ""},
		{addDevice("<x/>"), "<domain><devices>", ""},
	} {
		got, err := tc.edit(tc.old)
		if got != tc.new || (err == nil) != (tc.new != "") {
			t.Errorf("%s: %s, %v, want %s", tc.old, got, err, tc.new)
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	f.Add(goodDomain())
	f.Add("<domain><devices><graphics type='spice'/><video/></devices></domain>")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := Diagnose(&Checkup{Live: text, Stored: text})
		if err != nil {
			return
		}
		for _, finding := range found {
			if finding.Safe {
				_, _ = finding.edit(text)
			}
		}
	})
}
