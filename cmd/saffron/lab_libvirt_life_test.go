//go:build lab

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"saffron/libvirtctl"
)

// livelySector is a guest that turns itself off when its power button is
// pressed, and goes to sleep (S3) when s is: it looks at the registers of the
// PC's power management, which SeaBIOS has put at 0x600.
var livelySector = []byte{
	0xba, 0x02, 0x06, 0xb8, 0x00, 0x01, 0xef, // out 0x602, 0x100: the button counts
	0xba, 0x00, 0x06, 0xed, 0xf6, 0xc4, 0x01, 0x75, 0x17, // in 0x600: was it pressed?
	0xb4, 0x01, 0xcd, 0x16, 0x74, 0xf1, // is there a key?
	0x30, 0xe4, 0xcd, 0x16, 0x3c, 0x73, 0x75, 0xe9, // is it s?
	0xba, 0x04, 0x06, 0xb8, 0x00, 0x24, 0xef, 0xeb, 0xe0, // out 0x604, sleep
	0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xeb, 0xfe, // out 0x604, off
}

// lively stores a domain whose guest listens, see livelySector.
func (h *libvirtHost) lively(t *testing.T, name string, c domainConfig) {
	t.Helper()
	h.define(t, name, c)
	raw := filepath.Join(t.TempDir(), "raw")
	sector := append(append(livelySector, make([]byte, 510-len(livelySector))...), 0x55, 0xaa)
	if err := os.WriteFile(raw, append(sector, make([]byte, 1<<20)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, filepath.Join(h.dir, name+".qcow2")).CombinedOutput(); err != nil {
		t.Fatalf("qemu-img: %v\n%s", err, out)
	}
}

// A labStep is a command of saffron and what comes of it.
type labStep struct {
	do   string // without -c
	code int
	says string // part of both outputs
}

// steps runs commands against the host.
func (h *libvirtHost) steps(t *testing.T, steps []labStep) {
	t.Helper()
	for _, s := range steps {
		r := saffron(t, append(strings.Fields(s.do), "-c", h.uri)...)
		if out := r.stdout + r.stderr; r.code != s.code || !strings.Contains(out, s.says) {
			t.Errorf("saffron %s: exit code %d, want %d\n%swant %q", s.do, r.code, s.code, out, s.says)
		}
	}
}

// dominfo returns what dominfo says of a domain.
func (h *libvirtHost) dominfo(t *testing.T, name string) (i libvirtctl.Info) {
	t.Helper()
	out := succeed(t, "dominfo", "--json", "-c", h.uri, name).stdout
	if err := json.Unmarshal([]byte(out), &i); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return i
}

func TestLabLibvirtLife(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	const running, stored = "Changed: the running domain.", "Changed: the stored definition."
	h.steps(t, []labStep{
		{"dominfo work", 0, "State        shut off"},
		{"shutdown work", 1, "it is shut off already"},
		{"resume work", 1, "Start it."},
		{"destroy work", 1, "it is shut off already"},
		{"restore work", 1, "it has no saved state"},
		{"save-remove work", 1, "it has no saved state"},
		{"start --paused work", 0, "work is started and paused. " + running},
		{"dominfo work", 0, "paused (by the user)"},
		{"start work", 1, "Resume it."},
		{"shutdown work", 1, "Resume it first"},
		{"suspend work", 0, "Changed: nothing (it was paused already)."},
		{"resume work", 0, "work runs. " + running},
		{"resume work", 1, "it runs already"},
		{"pmwakeup work", 1, "the guest does not sleep"},
		{"pmsuspend work", 1, "It is the guest agent"},
		{"pmsuspend --target moon work", 2, "there is no target"},
		{"suspend work", 0, "work is paused. " + running},
		{"reset work", 0, "it stays paused"},
		{"resume work", 0, running},
		{"reboot work", 0, "work was asked to reboot. Changed: nothing."},
		{"reboot --mode smoke work", 2, "there is no mode"},
		{"shutdown work --wait --timeout 500ms", 7, "work is not off after 500ms"}, // this guest has no button
		{"save work", 0, "work is saved and off. " + running},
		{"dominfo work", 0, "shut off (saved)"},
		{"undefine work", 1, "Add --managed-save"},
		{"restore work", 0, "goes on from its saved state. " + running},
		{"dominfo work", 0, "running (restored)"},
		{"save work --paused", 0, running},
		{"start work", 0, "its saved state was restored"},
		{"dominfo work", 0, "paused"},
		{"save work", 0, "it is restored paused"},
		{"save-remove work", 0, stored},
		{"autostart work", 0, "off\n"},
		{"autostart work on", 0, "autostart of work is on. " + stored},
		{"autostart work", 0, "on\n"},
		{"autostart work maybe", 2, "on or off"},
		{"start work", 0, running},
		{"undefine work", 0, "it runs on as a transient domain"},
		{"autostart work off", 1, "Define it first."},
		{"save work", 1, "it is transient"},
		{"undefine work", 1, "it is transient"},
		{"dominfo work", 0, "transient, it vanishes when it stops"},
		{"destroy --graceful work", 0, "work is off. " + running},
		{"dominfo work", 1, "work"},
	})
}

// TestLabLibvirtGuest has a guest that hears: it goes to sleep, wakes up, and
// turns itself off.
func TestLabLibvirtGuest(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.lively(t, "work", domainConfig{})
	h.virsh(t, "start", "work")
	eventually(t, "the guest sleeps", func() error {
		h.virsh(t, "send-key", "work", "KEY_S")
		if state := h.dominfo(t, "work").State; state != "pmsuspended" {
			return errors.New(state)
		}
		return nil
	})
	h.steps(t, []labStep{
		{"dominfo work", 0, "State        pmsuspended"},
		{"resume work", 1, "Wake it up with pmwakeup."},
		{"suspend work", 1, "the guest sleeps"},
		{"shutdown work", 1, "the guest sleeps"},
		{"start work", 1, "Wake it up with pmwakeup."},
		{"pmwakeup work", 0, "work was woken up."},
		{"dominfo work", 0, "running (woken up)"},
	})
	eventually(t, "the guest turns itself off", func() error {
		r := saffron(t, "shutdown", "-c", h.uri, "work", "--wait", "--timeout", "2s")
		if r.code == 0 && strings.HasPrefix(r.stdout, "work was asked to shut down. Changed: nothing.\nwork is off.") {
			return nil
		}
		return fmt.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	})
	h.steps(t, []labStep{{"dominfo work", 0, "shut off (by the guest or on request)"}})
}

// TestLabLibvirtActions holds the table of actions against libvirt: what it
// says is refused is, and nothing else.
func TestLabLibvirtActions(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	to := map[libvirtctl.State][]string{libvirtctl.ShutOff: {}, libvirtctl.Running: {"start"}, libvirtctl.Paused: {"start", "suspend"}}
	calls := map[libvirtctl.Action]string{
		libvirtctl.Start: "start", libvirtctl.Shutdown: "shutdown", libvirtctl.Reboot: "reboot", libvirtctl.Reset: "reset",
		libvirtctl.Destroy: "destroy", libvirtctl.Suspend: "suspend", libvirtctl.Resume: "resume", libvirtctl.PMWakeup: "dompmwakeup",
	}
	for state, way := range to {
		for action, call := range calls {
			for _, step := range way {
				h.virsh(t, step, "work")
			}
			_, refused := action.Check("work", libvirtctl.Condition{State: state, Persistent: true})
			out, err := exec.Command("virsh", "-q", "-c", h.uri, call, "work").CombinedOutput()
			if (err != nil) != (refused != nil) {
				t.Errorf("%v, %v: %v, but libvirt says %v %s", state, action, refused, err, out)
			}
			exec.Command("virsh", "-q", "-c", h.uri, "destroy", "work").Run()
		}
	}
}

func TestLabLibvirtAutodestroy(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, nil, path, "start", "--autodestroy", "-c", h.uri, "work")
	eventually(t, "it stays", func() error {
		if out := p.tail(); !strings.Contains(out, "work lives as long as this connection") {
			return errors.New(out)
		}
		return p.running()
	})
	if state := h.virsh(t, "domstate", "work"); state != "running" {
		t.Errorf("it is %s", state)
	}
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT)
	eventually(t, "it is destroyed", func() error {
		if state := h.virsh(t, "domstate", "work"); state != "shut off" {
			return errors.New(state)
		}
		return nil
	})
}

func TestLabLibvirtUndefine(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	file := filepath.Join(h.dir, "given.xml")
	write := func(description string) {
		if err := os.WriteFile(file, []byte(description), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plain := h.domainXML(t, "work", domainConfig{})
	write(strings.Replace(plain, "<devices>", "<nonsense/><devices>", 1))
	h.steps(t, []labStep{{"define " + file, 1, "--no-validate"}, {"define --no-validate " + file, 0, "work is defined. Changed: the stored definition."}})
	write(plain[:100])
	h.steps(t, []labStep{{"define " + file, 1, "define a domain"}})
	h.virsh(t, "snapshot-create-as", "work", "one")
	h.steps(t, []labStep{
		{"undefine work", 1, "it has a snapshot"},
		{"undefine work", 1, "Add --snapshots-metadata"},
		{"undefine work --snapshots-metadata", 0, "work is not defined any more. Changed: the stored definition."},
	})
	vars := filepath.Join(h.dir, "vars.fd")
	write(strings.Replace(plain, "</type></os>", fmt.Sprintf("</type><loader readonly='yes' type='pflash'>%s</loader><nvram>%s</nvram></os>", vars, vars), 1))
	if err := os.WriteFile(vars, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	h.steps(t, []labStep{
		{"define " + file, 0, "Changed: the stored definition."},
		{"define " + file, 1, "put its UUID into the file"},
		{"undefine work", 1, "Add --nvram to remove that file, or --keep-nvram to keep it."},
		{"undefine work --nvram --keep-nvram", 1, "Choose one"},
		{"undefine work --keep-nvram", 0, "not defined any more"},
	})
	if _, err := os.Stat(vars); err != nil {
		t.Error(err)
	}
	h.steps(t, []labStep{{"define " + file, 0, ""}})
	write(h.virsh(t, "dumpxml", "work"))
	h.steps(t, []labStep{{"define " + file, 0, "work is defined anew"}, {"undefine work --nvram", 0, ""}})
	if _, err := os.Stat(vars); err == nil {
		t.Error("the firmware's variables are still there")
	}
}

func TestLabLibvirtResources(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	h.steps(t, []labStep{
		{"set-vcpus work 2", 1, "the stored definition can have 1 to 1"},
		{"set-vcpus work 2 --maximum --live", 1, "there is no running domain"},
		{"set-vcpus work 2 --maximum", 0, "virtual processors of work: at most 2. Changed: the stored definition."},
		{"set-memory work 128M", 1, "set-max-memory --config first"},
		{"set-memory work 32M --live", 1, "there is no running domain"},
		{"set-memory work 32M", 0, "work has 32.0 MiB of memory. Changed: the stored definition."},
		{"set-memory work 64", 2, "has no unit"},
		{"start work", 0, ""},
		{"set-vcpus work 2 --live", 0, "Changed: the running domain (it outlives a reset of the guest, and vanishes at shutdown)."},
		{"set-vcpus work 3", 1, "the running domain can have 1 to 2"},
		{"set-vcpus work 4 --maximum", 1, "--config"},
		{"set-vcpus work 4 --maximum --config", 0, "it counts from the next start"},
		{"set-max-memory work 128M", 1, "Change it for the next start with --config."},
		{"set-max-memory work 128M --live --config", 1, "Change it for the next start with --config."},
		{"set-max-memory work 128M --config", 0, "Changed: the stored definition (it counts from the next start)."},
		{"set-memory work 48M --live --config", 0, "Changed: the running domain and the stored definition"},
		{"set-max-memory work 40M --config", 0, "it starts with 40960 KiB now, too"},
	})
	i := h.dominfo(t, "work")
	if i.VCPUs != 2 || i.NextStart == nil || i.NextStart.MaxVCPUs != 4 || i.NextStart.Memory.Max != 40<<20 || i.NextStart.Memory.Current != 40<<20 {
		t.Errorf("%+v, next start %+v", i, i.NextStart)
	}
	if out := h.virsh(t, "dumpxml", "--inactive", "work"); !strings.Contains(out, "<memory unit='KiB'>40960</memory>") {
		t.Error(out)
	}
	h.virsh(t, "undefine", "work")
	h.steps(t, []labStep{{"set-memory work 32M --config", 1, "it has no stored definition"}, {"set-max-memory work 32M", 1, "start it from a changed description"}})
}

// TestLabLibvirtTestDriver works with the driver that libvirt has for tests.
func TestLabLibvirtTestDriver(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.uri = strings.Replace(h.uri, "qemu:///system", "test+unix:///default", 1)
	// Every connection has a host of its own, where one domain runs.
	h.steps(t, []labStep{
		{"dominfo test", 0, "State        running"},
		{"dominfo --json test", 0, `"state": "running"`},
		{"start test", 1, "it runs already"},
		{"suspend test", 0, "test is paused"},
		{"shutdown --wait test", 0, "test is off"},
		{"destroy test", 0, "test is off"},
		{"save test", 0, "test is saved and off"},
		{"device list test", 0, ""},
		{"blockjob test", 0, "No block jobs."},
		{"set-memory test 1G --live", 0, "Changed: the running domain"},
	})
}
