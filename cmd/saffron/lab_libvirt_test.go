//go:build lab

package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// A libvirtHost is a libvirtd that a test has for itself.
type libvirtHost struct {
	*process
	uri string
	dir string // what libvirtd knows and writes; disks go here, too
}

// firstPorts gives every host of a test run a hundred ports for graphics.
var firstPorts atomic.Int32

// A libvirtConfig has more for the configuration files. The zero value is a
// plain host.
type libvirtConfig struct {
	libvirtd string // lines of libvirtd.conf
	qemu     string // lines of qemu.conf
	options  string // of libvirtd's command line
	env      []string
}

// startLibvirt starts a libvirtd and waits until it answers.
func startLibvirt(t *testing.T, c libvirtConfig) *libvirtHost {
	t.Helper()
	need(t, "virsh", "qemu-img", "unshare")
	h := &libvirtHost{dir: t.TempDir()}
	h.start(t, c)
	return h
}

// start starts libvirtd, perhaps again after it was stopped: its domains are
// still there.
func (h *libvirtHost) start(t *testing.T, c libvirtConfig) {
	t.Helper()
	for name, more := range map[string]string{"libvirtd.conf.more": c.libvirtd, "qemu.conf.more": c.qemu} {
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(more), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := 10000 + (os.Getpid()+int(firstPorts.Add(1)))%99*100
	t.Cleanup(h.killMachines) // after libvirtd's end, which they outlive
	h.process = start(t, append(c.env, "OPTIONS="+c.options), "../../testdata/lab/libvirtd.sh", h.dir, fmt.Sprint(first))
	eventually(t, "libvirtd", func() error {
		if err := h.running(); err != nil {
			return err
		}
		log, err := os.Open(h.log)
		if err != nil {
			return err
		}
		defer log.Close()
		for s := bufio.NewScanner(log); s.Scan(); {
			if strings.HasPrefix(s.Text(), "qemu:///system?socket=") {
				h.uri = s.Text()
				return nil
			}
		}
		return fmt.Errorf("it has not said its URI")
	})
}

// killMachines ends what libvirtd's script did not get to in time.
func (h *libvirtHost) killMachines() {
	files, _ := filepath.Glob(filepath.Join(h.dir, "run/qemu/*.pid"))
	for _, f := range files {
		text, _ := os.ReadFile(f)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && pid > 1 {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// virsh runs the reference's command line against the host.
func (h *libvirtHost) virsh(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "virsh", append([]string{"-q", "-c", h.uri}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("virsh %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// A domainConfig says what kind of domain is wanted. The zero value is a
// machine that runs the boot sector and is shown over SPICE.
type domainConfig struct {
	graphics string // defaults to SPICE on a port that libvirt chooses
	video    string // defaults to qxl
	devices  string // more devices
	features string // more features, as in <acpi/>
	more     string // more elements of <domain>
}

// define stores a domain, whose disk has the boot sector, without starting it.
func (h *libvirtHost) define(t *testing.T, name string, c domainConfig) {
	t.Helper()
	file := filepath.Join(h.dir, name+".xml")
	if err := os.WriteFile(file, []byte(h.domainXML(t, name, c)), 0o600); err != nil {
		t.Fatal(err)
	}
	h.virsh(t, "define", file)
}

func (h *libvirtHost) domainXML(t *testing.T, name string, c domainConfig) string {
	t.Helper()
	disk := filepath.Join(h.dir, name+".qcow2")
	raw := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(raw, bootSector(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, disk).CombinedOutput(); err != nil {
		t.Fatalf("qemu-img: %v\n%s", err, out)
	}
	if c.graphics == "" {
		c.graphics = `<graphics type='spice' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics>`
	}
	if c.video == "" {
		c.video = `<video><model type='qxl'/></video>`
	}
	return fmt.Sprintf(`<domain type='qemu'>
  <name>%s</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <features><acpi/>%s</features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='%s'/><target dev='hda' bus='ide'/></disk>
    %s%s%s
  </devices>%s
</domain>
`, name, c.features, disk, c.graphics, c.video, c.devices, c.more)
}

func TestLabLibvirtState(t *testing.T) {
	t.Parallel()
	h := startLibvirt(t, libvirtConfig{})
	h.define(t, "work", domainConfig{})
	for _, step := range []struct{ do, want string }{
		{"", "shut off"}, {"start", "running"}, {"suspend", "paused"}, {"resume", "running"}, {"destroy", "shut off"},
	} {
		if step.do != "" {
			h.virsh(t, step.do, "work")
		}
		var info struct{ State string }
		out := succeed(t, "dominfo", "--json", "-c", h.uri, "work").stdout
		if err := json.Unmarshal([]byte(out), &info); err != nil || info.State != step.want {
			t.Errorf("after %q: %v, %s\nwant %q", step.do, err, out, step.want)
		}
	}
}
