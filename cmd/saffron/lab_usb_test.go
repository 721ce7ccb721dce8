//go:build lab

package main_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// sumListing is a boot sector that reads the medium it was booted from, some
// blocks (%[1]s) at a time up to block %[2]s, sums it up, and says the sum
// behind an 'S'. Then it writes what it read last to the blocks that follow, and
// says 'W', or 'E' with the BIOS's error.
const sumListing = `
start:
	fa                    ; cli
	31c0                  ; xor ax, ax
	8ed8 8ec0 8ed0        ; mov ds, ax : mov es, ax : mov ss, ax
	bc007c fb fc          ; mov sp, 7c00h : sti : cld
	8816 =drive           ; mov [drive], dl
	6631db                ; xor ebx, ebx: the sum
more:
	be =packet b442       ; mov si, packet : mov ah, 42h: extended read
	8a16 =drive cd13      ; mov dl, [drive] : int 13h
	72 >failed
	b80010 8ed8           ; mov ax, 1000h : mov ds, ax
	31f6 b90010           ; xor si, si : mov cx, 4096: 16 KiB
sum:
	66ad                  ; lodsd
	66d1c3 6601c3         ; rol ebx, 1 : add ebx, eax
	e2 >sum
	31c0 8ed8             ; xor ax, ax : mov ds, ax
	668306 =block %[1]s   ; add dword [block], step
	66813e =block %[2]s   ; cmp dword [block], end
	72 >more
	b053 e8 >>send        ; 'S'
	b90400                ; mov cx, 4
part:
	88d8 e8 >>send        ; mov al, bl
	66c1eb08 e2 >part     ; shr ebx, 8
	be =packet b80043     ; mov si, packet : mov ax, 4300h: extended write
	8a16 =drive cd13
	72 >failed
	b057 e8 >>send        ; 'W'
	eb >halt
failed:
	50                    ; push ax
	31c0 8ed8             ; xor ax, ax : mov ds, ax
	b045 e8 >>send        ; 'E'
	58 88e0 e8 >>send     ; pop ax : mov al, ah
halt:
	fb f4 eb >halt        ; sti : hlt
send:
	50 bafd03             ; push ax : mov dx, 3fdh
full:
	ec a820 74 >full      ; in al, dx : test al, 20h : jz
	58 baf803 ee c3       ; pop ax : mov dx, 3f8h : out dx, al : ret
drive:
	00
packet:
	1000 %[1]s00 0000 0010 ; size, blocks, to 1000h:0
block:
	0000000000000000
`

// sumSector returns the boot sector for media with blocks of that size.
func sumSector(block, blocks int) []byte {
	step := 16 << 10 / block
	return assembleSector(fmt.Sprintf(sumListing, fmt.Sprintf("%02x", step), fmt.Sprintf("%x", binary.LittleEndian.AppendUint32(nil, uint32(blocks)))))
}

// sumOf is what the boot sector says of the blocks.
func sumOf(data []byte) uint32 {
	var sum uint32
	for i := 0; i < len(data); i += 4 {
		sum = bits.RotateLeft32(sum, 1) + binary.LittleEndian.Uint32(data[i:])
	}
	return sum
}

func noiseOf(size int, seed byte) []byte {
	p := make([]byte, size)
	rand.NewChaCha8([32]byte{seed}).Read(p)
	return p
}

// easy makes a part of an image one that both ends of the channel compress.
func easy(part []byte) {
	for i := range part {
		part[i] = byte(i / 700)
	}
}

// bootDisk returns an image that boots, sums up its first blocks, and has room
// behind them.
func bootDisk(blocks int) []byte {
	image := noiseOf((blocks+64)*512, 1)
	easy(image[blocks/2*512 : blocks*512])
	copy(image, sumSector(512, blocks))
	return image
}

// bootCD returns an image of a CD that boots by El Torito without emulation.
func bootCD(blocks int) []byte {
	const block, catalog, boot = 2048, 19, 20
	image := noiseOf((blocks+8)*block, 2)
	easy(image[blocks/2*block : blocks*block])
	at := func(n int) []byte { clear(image[n*block : (n+1)*block]); return image[n*block : (n+1)*block] }
	copy(at(16), "\x01CD001\x01\x00")
	record := at(17)
	copy(record, "\x00CD001\x01EL TORITO SPECIFICATION")
	binary.LittleEndian.PutUint32(record[0x47:], catalog)
	copy(at(18), "\xffCD001\x01")
	entry := at(catalog)
	copy(entry, []byte{1, 0, 0, 0, 28: 0xaa, 0x55, 0x55, 0xaa})
	copy(entry[32:], []byte{0x88, 0, 0, 0, 0, 0, 1, 0, boot})
	copy(at(boot), sumSector(block, blocks))
	return image
}

// startUSBMachine starts a machine that boots from USB alone, when it is told to
// go on.
func startUSBMachine(t *testing.T, args ...string) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir(), port: freePort(t)}
	m.uri = fmt.Sprintf("spice://127.0.0.1:%d", m.port)
	control, serial := filepath.Join(m.dir, "qmp"), filepath.Join(m.dir, "serial")
	m.process = start(t, nil, "qemu-system-x86_64", append([]string{
		"-machine", "pc", "-accel", "tcg", "-m", "64", "-nodefaults", "-display", "none", "-S", "-device", "VGA",
		"-boot", "reboot-timeout=100", // until something is plugged in
		"-spice", fmt.Sprintf("addr=127.0.0.1,port=%d,disable-ticketing=on", m.port), "-qmp", "unix:" + control + ",server=on,wait=off",
		"-chardev", "socket,id=serial,path=" + serial + ",server=on,wait=off", "-serial", "chardev:serial",
	}, args...)...)
	m.guest = &guest{conn: m.dial(t, serial), machine: m, sent: make(chan byte, 1<<16)}
	go m.guest.listen()
	m.qmp = openQMP(t, m.dial(t, control))
	return m
}

// usbPort are the arguments for one port, with what boots from it first.
func usbPort(n int) []string {
	return []string{"-chardev", fmt.Sprintf("spicevmc,name=usbredir,id=chan%d", n),
		"-device", fmt.Sprintf("usb-redir,chardev=chan%d,id=port%d,bootindex=%d", n, n, n+1)}
}

// hearsSum checks what the boot sector says of the medium.
func (g *guest) hearsSum(t *testing.T, want uint32) {
	t.Helper()
	g.await(t, 'S')
	var got [4]byte
	for i := range got {
		got[i] = g.receive(t)
	}
	if sum := binary.LittleEndian.Uint32(got[:]); sum != want {
		t.Fatalf("the guest has read %08x, want %08x", sum, want)
	}
}

// usbDevices returns what the machine says is plugged in.
func (m *machine) usbDevices(t *testing.T) string {
	t.Helper()
	var out string
	m.qmp.do(t, "human-monitor-command", map[string]any{"command-line": "info usb"}, &out)
	return out
}

func writeImage(t *testing.T, name string, image []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLabUSBDisk boots from a disk that the window shares, which the guest reads
// and writes; takes it out and puts it back by hotkeys.
func TestLabUSBDisk(t *testing.T) {
	t.Parallel()
	const blocks = 3072
	image := bootDisk(blocks)
	path := writeImage(t, "boot.img", image)
	m := startUSBMachine(t, append([]string{"-device", "usb-ehci,id=ehci"}, usbPort(0)...)...)
	v := startDesk(t, 0).open(t, "--usb-disk", path, "--hotkeys=toggle-usb-1=shift+f7", m.uri)
	m.qmp.do(t, "cont", nil, nil)
	m.plugged(t, true)
	if r := saffron(t, "open", "--usb-disk", path, m.uri); r.code != 2 || !bytes.Contains([]byte(r.stderr), []byte("another program uses it")) {
		t.Errorf("a second one takes the image: %d, %s", r.code, r.stderr)
	}
	m.guest.hearsSum(t, sumOf(image[:blocks*512]))
	m.guest.await(t, 'W')
	want := append(bytes.Clone(image), image[blocks*512:][32*512:]...)[:len(image)]
	copy(want[blocks*512:], image[(blocks-32)*512:blocks*512])
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the image is not what the guest has written: %v", err)
	}
	v.desk.client(t, "xdotool", "key", "--window", v.id, "shift+F7")
	m.plugged(t, false)
	v.desk.client(t, "xdotool", "key", "--window", v.id, "shift+F7")
	m.plugged(t, true)
	m.qmp.do(t, "system_reset", nil, nil)
	m.guest.hearsSum(t, sumOf(image[:blocks*512]))
	if code := v.quit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// plugged waits until the machine has a device in a port, or none.
func (m *machine) plugged(t *testing.T, want bool) {
	t.Helper()
	eventually(t, "plugging", func() error {
		if list := m.usbDevices(t); bytes.Contains([]byte(list), []byte("480 Mb/s")) != want {
			return fmt.Errorf("the machine has: %s", list)
		}
		return nil
	})
}

// TestLabUSBCD boots from a CD at a controller of USB 3, beside a disk that is
// read-only.
func TestLabUSBCD(t *testing.T) {
	t.Parallel()
	const blocks = 1024
	image := bootCD(blocks)
	cd, disk := writeImage(t, "boot.iso", image), writeImage(t, "other.img", bootDisk(1024))
	args := append([]string{"-device", "qemu-xhci,id=xhci"}, usbPort(0)...)
	m := startUSBMachine(t, append(args, usbPort(1)...)...)
	startDesk(t, 0).open(t, "--share-cd", cd, "--usb-disk", disk+":ro", m.uri)
	m.qmp.do(t, "cont", nil, nil)
	m.guest.hearsSum(t, sumOf(image[:blocks*2048]))
	m.guest.await(t, 'E') // nobody writes on a CD
	for path, want := range map[string][]byte{cd: image, disk: bootDisk(1024)} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has changed: %v", path, err)
		}
	}
}
