package storage

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"saffron/channels/usbredir"
)

// A memory is a medium that notes what is done outside of it.
type memory struct {
	mu     sync.Mutex
	data   []byte
	synced int
	fail   error
	block  chan struct{} // reading waits for it
	wrong  bool          // something was done outside
}

func (m *memory) at(p []byte, off int64) ([]byte, error) {
	if off < 0 || off+int64(len(p)) > int64(len(m.data)) {
		m.wrong = true
		return nil, io.ErrUnexpectedEOF
	}
	return m.data[off : off+int64(len(p))], m.fail
}

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if m.block != nil {
		<-m.block
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from, err := m.at(p, off)
	return copy(p, from), err
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	to, err := m.at(p, off)
	if err != nil {
		return 0, err
	}
	return copy(to, p), nil
}

func (m *memory) Sync() error { m.synced++; return m.fail }

// A bench is a computer with a drive.
type bench struct {
	*Drive
	medium  *memory
	tag     uint32
	ejected []bool
}

func newBench(t testing.TB, size int, o Options) *bench {
	b := &bench{medium: &memory{data: make([]byte, size)}}
	rand.NewChaCha8([32]byte{}).Read(b.medium.data)
	o.Medium, o.Size = b.medium, int64(size)
	o.Ejected = func(out bool) { b.ejected = append(b.ejected, out) }
	b.Drive = New(o)
	b.SetConfiguration(1)
	t.Cleanup(func() {
		b.Close()
		b.Close()
		if b.medium.wrong {
			t.Error("something was done outside of the medium")
		}
	})
	return b
}

type result struct {
	status usbredir.Status
	data   []byte
	n      int
}

// begin submits a transfer.
func (b *bench) begin(endpoint uint8, setup usbredir.Setup, data []byte, length int) (*usbredir.Transfer, chan result) {
	ended := make(chan result, 1)
	t := usbredir.NewTransfer(endpoint, setup, data, length, func(s usbredir.Status, data []byte, n int) { ended <- result{s, data, n} })
	b.Submit(t)
	return t, ended
}

func await(t testing.TB, ended chan result) result {
	t.Helper()
	select {
	case r := <-ended:
		return r
	case <-time.After(10 * time.Second):
		t.Fatal("a transfer does not end")
		return result{}
	}
}

func (b *bench) do(t testing.TB, endpoint uint8, data []byte, length int) result {
	t.Helper()
	_, ended := b.begin(endpoint, usbredir.Setup{}, data, length)
	return await(t, ended)
}

func (b *bench) control(t *testing.T, typ, request uint8, value, index, length uint16) result {
	t.Helper()
	_, ended := b.begin(control, usbredir.Setup{RequestType: typ, Request: request, Value: value, Index: index, Length: length}, nil, int(length))
	return await(t, ended)
}

func cbw(tag uint32, length int, in bool, lun byte, cdb []byte) []byte {
	p := binary.LittleEndian.AppendUint32(nil, cbwSignature)
	p = binary.LittleEndian.AppendUint32(p, tag)
	p = binary.LittleEndian.AppendUint32(p, uint32(length))
	flags := byte(0)
	if in {
		flags = 0x80
	}
	p = append(p, flags, lun, byte(len(cdb)))
	return append(append(p, cdb...), make([]byte, 16-len(cdb))...)
}

// scsi does a command: with data for the drive, or asking for length bytes.
func (b *bench) scsi(t testing.TB, cdb []byte, data []byte, length int) (got []byte, residue int, failed bool) {
	t.Helper()
	b.tag++
	size := max(length, len(data))
	if r := b.do(t, bulkOut, cbw(b.tag, size, data == nil, 0, cdb), 0); r.status != usbredir.Success {
		t.Fatalf("%x: the command: %v", cdb, r.status)
	}
	for len(data) > 0 {
		n := min(len(data), 1000)
		if r := b.do(t, bulkOut, data[:n], 0); r.status != usbredir.Success || r.n != n {
			t.Fatalf("%x: data: %v", cdb, r)
		}
		data = data[n:]
	}
	for len(got) < length {
		r := b.do(t, bulkIn, nil, min(length-len(got), 700))
		if r.status != usbredir.Success || len(r.data) == 0 {
			t.Fatalf("%x: data: %v", cdb, r)
		}
		got = append(got, r.data...)
	}
	r := b.do(t, bulkIn, nil, cswSize)
	le := binary.LittleEndian
	if r.status != usbredir.Success || len(r.data) != cswSize || le.Uint32(r.data) != cswSignature || le.Uint32(r.data[4:]) != b.tag {
		t.Fatalf("%x: the status: %+v", cdb, r)
	}
	residue = int(le.Uint32(r.data[8:]))
	return got[:max(0, len(got)-residue)], residue, r.data[12] != 0
}

// sense returns why the last command failed, as key and code.
func (b *bench) sense(t testing.TB) string {
	t.Helper()
	got, _, _ := b.scsi(t, []byte{opRequestSense, 0, 0, 0, 18, 0}, nil, 18)
	return hex.EncodeToString([]byte{got[2] & 0xf, got[12], got[13]})
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// TestCommands looks at what drives say, and why they refuse.
func TestCommands(t *testing.T) {
	disk := newBench(t, 1<<20, Options{Name: "data.img", Serial: "abc-def 0123"})
	locked := newBench(t, 1000, Options{ReadOnly: true})
	cd := newBench(t, 2048*1000+5, Options{CD: true, Name: "debian-netinst-very-long"})
	for _, tc := range []struct {
		b      *bench
		cdb    string
		length int
		want   string // hexadecimal; or else the sense
	}{
		{disk, "00 00 00 00 00 00", 0, ""},
		{disk, "12 00 00 00 24 00", 36, "00 80 05 02 1f 000000 5361666672 6f6e20 646174612e696d672020202020202020 312e3020"},
		{disk, "12 00 00 00 05 00", 5, "0080 05021f"},
		{disk, "12 01 00 00 ff 00", 255, "00 00 00 03 00 80 83"},
		{disk, "12 01 80 00 ff 00", 255, "00 80 00 0c 303041424344454630313233"},
		{disk, "12 01 83 00 08 00", 8, "00 83 00 18 02 01 00 14"},
		{disk, "12 01 b2 00 ff 00", 255, "sense 052400"},
		{disk, "12 00 05 00 ff 00", 255, "sense 052400"},
		{disk, "25 00 00000000 0000 00 00", 8, "000007ff 00000200"},
		{disk, "9e 10 0000000000000000 00000020 00 00", 32, "00000000000007ff 00000200" + strings.Repeat("00", 20)},
		{disk, "9e 11 0000000000000000 00000020 00 00", 32, "sense 052400"},
		{disk, "23 00 00000000 00 00fc 00", 252, "00000008 00000800 02000200"},
		{disk, "1a 00 3f 00 c0 00", 192, "2b 00 00 08 00000800 00000200 010a" + strings.Repeat("00", 10) + "0812 04" + strings.Repeat("00", 17)},
		{disk, "1a 08 08 00 04 00", 4, "17 00 00 00"},
		{disk, "1a 08 48 00 c0 00", 192, "17 00 00 00 0812" + strings.Repeat("00", 18)},
		{disk, "5a 08 08 00 000000 00c0 00", 192, "001a 00 00 00 00 0000 0812 04" + strings.Repeat("00", 17)},
		{disk, "1a 00 c8 00 c0 00", 192, "sense 052400"},
		{disk, "1a 00 1c 00 c0 00", 192, "sense 052400"},
		{locked, "1a 00 3f 00 04 00", 4, "2b 00 80 08"},
		{locked, "2a 00 00000000 00 0001 00", 0, "sense 072700"},
		{locked, "25 00 00000000 0000 00 00", 8, "00000001 00000200"},
		{disk, "a0 00 00 00 00 00 00000010 00 00", 16, "00000008 00000000 0000000000000000"},
		{disk, "28 00 00000800 00 0001 00", 512, "sense 052100"},
		{disk, "28 00 000007ff 00 0002 00", 1024, "sense 052100"},
		{disk, "88 00 ffffffffffffffff 00000001 00 00", 512, "sense 052100"},
		{disk, "88 00 0000000000000001 ffffffff 00 00", 512, "sense 052100"},
		{disk, "2f 00 00000000 00 0800 00", 0, ""},
		{disk, "2f 02 00000000 00 0001 00", 0, "sense 052400"},
		{disk, "2b 00 00000800 00 0000 00", 0, "sense 052100"},
		{disk, "35 00 00000000 00 0000 00", 0, ""},
		{disk, "1d 04 00 00 00 00", 0, ""},
		{disk, "43 00 00 00 00 00 00 0014 00", 20, "sense 052000"},
		{disk, "ee 00", 0, "sense 052000"},
		{cd, "12 00 00 00 24 00", 36, "05 80 05 02 1f 000000 5361666672 6f6e20 64656269616e2d6e6574696e73742d76 312e3020"},
		{cd, "25 00 00000000 0000 00 00", 8, "000003e8 00000800"},
		{cd, "2a 00 00000000 00 0001 00", 0, "sense 072700"},
		{cd, "43 00 00 00 00 00 00 000c 00", 12, "0012 01 01 00 14 01 00 00000000"},
		{cd, "43 02 00 00 00 00 aa 0014 00", 12, "000a 01 01 00 14 aa 00 00 00 0f 1a"},
		{cd, "43 00 01 00 00 00 00 000c 00", 12, "000a 01 01 00 14 01 00 00000000"},
		{cd, "43 00 02 00 00 00 00 000c 00", 12, "sense 052400"},
		{cd, "46 02 0003 000000 0010 00", 16, "0000000c 0000 0008 0003 03 04 29 000000"},
		{cd, "4a 01 00 00 10 00 00 0008 00", 8, "0006 04 10 00 02 00 00"},
		{cd, "4a 01 00 00 02 00 00 0008 00", 4, "0002 80 10"},
		{cd, "4a 00 00 00 10 00 00 0008 00", 8, "sense 052400"},
		{cd, "51 00 00 00 00 00 00 0022 00", 4, "0020 0e 01"},
		{cd, "52 01 00000001 00 0024 00", 4, "0022 01 01"},
		{cd, "1a 00 2a 00 04 00", 4, "17 00 00 00"},
		{cd, "bd 00 00000000 0000 0008 00 00", 8, "0000000000000000"},
	} {
		got, residue, failed := tc.b.scsi(t, unhex(tc.cdb), nil, tc.length)
		if sense, ok := strings.CutPrefix(tc.want, "sense "); ok {
			if said := tc.b.sense(t); !failed || said != sense || residue != tc.length {
				t.Errorf("%s: failed %v, residue %d, sense %s, want %s", tc.cdb, failed, residue, said, sense)
			}
			continue
		}
		if failed || !bytes.Equal(got, unhex(tc.want)) {
			t.Errorf("%s: failed %v (%s): %x, want %s", tc.cdb, failed, tc.b.sense(t), got, tc.want)
		}
	}
}

// TestBlocks writes and reads by all commands.
func TestBlocks(t *testing.T) {
	b := newBench(t, 1<<20, Options{})
	want := bytes.Clone(b.medium.data)
	for i, tc := range []struct {
		write, read string
		at, n       int
	}{
		{"0a 0000 10 05 00", "08 0000 10 05 00", 0x10, 5},
		{"0a 0001 00 00 00", "08 0001 00 00 00", 0x100, 256},
		{"2a 00 000007fe 00 0002 00", "28 00 000007fe 00 0002 00", 0x7fe, 2},
		{"aa 00 00000003 00000001 00 00", "a8 00 00000003 00000001 00 00", 3, 1},
		{"8a 00 0000000000000700 00000020 00 00", "88 00 0000000000000700 00000020 00 00", 0x700, 0x20},
		{"2e 08 00000000 00 0003 00", "28 00 00000000 00 0003 00", 0, 3},
	} {
		data := bytes.Repeat([]byte{byte(i), 0xee, byte(i * 3)}, tc.n*512)[:tc.n*512]
		copy(want[tc.at*512:], data)
		if _, residue, failed := b.scsi(t, unhex(tc.write), data, 0); residue != 0 || failed {
			t.Errorf("%s: residue %d, %s", tc.write, residue, b.sense(t))
		}
		got, residue, failed := b.scsi(t, unhex(tc.read), nil, len(data))
		if residue != 0 || failed || !bytes.Equal(got, data) {
			t.Errorf("%s: residue %d, %s", tc.read, residue, b.sense(t))
		}
	}
	if !bytes.Equal(want, b.medium.data) || b.medium.synced != 1 {
		t.Errorf("the medium is otherwise; synced %d times", b.medium.synced)
	}
	// A host that gives less than the command says, and more.
	if _, residue, failed := b.scsi(t, unhex("2a 00 00000000 00 0002 00"), make([]byte, 512), 0); residue != 0 || failed {
		t.Errorf("less: residue %d, failed %v", residue, failed)
	}
	if _, residue, failed := b.scsi(t, unhex("2a 00 00000004 00 0001 00"), make([]byte, 1024), 0); residue != 512 || failed {
		t.Errorf("more: residue %d, failed %v", residue, failed)
	}
	copy(want[:512], make([]byte, 512))
	copy(want[4*512:5*512], make([]byte, 512))
	if !bytes.Equal(want, b.medium.data) {
		t.Error("the medium is otherwise")
	}
	if got, residue, failed := b.scsi(t, unhex("28 00 00000004 00 0001 00"), nil, 2048); residue != 1536 || failed || len(got) != 512 {
		t.Errorf("asking for more: residue %d, failed %v", residue, failed)
	}
	if _, _, failed := b.scsi(t, unhex("28 00 00000004 00 0001 00"), make([]byte, 512), 0); !failed {
		t.Error("reading the wrong way goes well")
	}
}

// TestTail reads the last block of a medium that ends in the middle of it.
func TestTail(t *testing.T) {
	b := newBench(t, 2048+3, Options{CD: true})
	got, _, failed := b.scsi(t, unhex("28 00 00000001 00 0001 00"), nil, 2048)
	if failed || !bytes.Equal(got, append(bytes.Clone(b.medium.data[2048:]), make([]byte, 2045)...)) {
		t.Errorf("failed %v, %x", failed, got[:8])
	}
}

// TestEject takes the medium out and puts it back, as the guest wants it.
func TestEject(t *testing.T) {
	b := newBench(t, 1<<20, Options{CD: true})
	run := func(cdb string) bool {
		_, _, failed := b.scsi(t, unhex(cdb), nil, 0)
		return !failed
	}
	if !run("1e 00 00 00 01 00") || run("1b 00 00 00 02 00") || b.sense(t) != "055302" {
		t.Error("it goes out though it is locked")
	}
	if !run("1e 00 00 00 00 00") || !run("1b 00 00 00 02 00") || !run("1b 00 00 00 02 00") || run("00 00 00 00 00 00") || b.sense(t) != "023a00" {
		t.Error("it does not go out")
	}
	if got, _, _ := b.scsi(t, unhex("4a 01 00 00 10 00 00 0008 00"), nil, 8); got[5] != 1 {
		t.Errorf("the tray: %x", got)
	}
	if !run("1b 00 00 00 00 00") || !run("1b 00 00 00 03 00") || !run("00 00 00 00 00 00") {
		t.Error("it does not come back")
	}
	if len(b.ejected) != 2 || !b.ejected[0] || b.ejected[1] {
		t.Errorf("told %v", b.ejected)
	}
}

// TestBadMedium reads and writes what fails.
func TestBadMedium(t *testing.T) {
	b := newBench(t, 1<<20, Options{})
	b.medium.fail = errors.New("scratched")
	if _, residue, failed := b.scsi(t, unhex("28 00 00000000 00 0008 00"), nil, 4096); !failed || residue != 0 || b.sense(t) != "031100" {
		t.Errorf("reading: failed %v, residue %d", failed, residue)
	}
	if _, _, failed := b.scsi(t, unhex("2a 00 00000000 00 0008 00"), make([]byte, 4096), 0); !failed || b.sense(t) != "030c00" {
		t.Errorf("writing: failed %v", failed)
	}
	if _, _, failed := b.scsi(t, unhex("35 00 00000000 00 0000 00"), nil, 0); !failed || b.sense(t) != "030c00" {
		t.Errorf("syncing: failed %v", failed)
	}
}

// TestControl reads the descriptors and makes endpoints stall.
func TestControl(t *testing.T) {
	b := newBench(t, 1<<20, Options{Serial: "0123456789abcdef"})
	for _, tc := range []struct {
		typ, request         uint8
		value, index, length uint16
		want                 string // "stall"
	}{
		{0x80, 6, 0x0100, 0, 64, "12 01 0002 00 00 00 40 0912 0300 0001 01 02 03 01"},
		{0x80, 6, 0x0100, 0, 8, "12 01 0002 00 00 00 40"},
		{0x80, 6, 0x0200, 0, 9, "09 02 2000 01 01 00 c0 00"},
		{0x80, 6, 0x0200, 0, 255, "09 02 2000 01 01 00 c0 00  09 04 00 00 02 08 06 50 00  07 05 81 02 0002 00  07 05 02 02 0002 00"},
		{0x80, 6, 0x0201, 0, 255, "stall"},
		{0x80, 6, 0x0600, 0, 10, "0a 06 0002 00 00 00 40 01 00"},
		{0x80, 6, 0x0700, 0, 9, "09 07 2000 01 01 00 c0 00"},
		{0x80, 6, 0x0300, 0, 255, "04 03 09 04"},
		{0x80, 6, 0x0301, 0x409, 255, "10 03 53006100660066007200 6f006e00"},
		{0x80, 6, 0x0303, 0x409, 4, "22 03 3000"},
		{0x80, 6, 0x03ee, 0, 18, "stall"},
		{0x80, 6, 0x0f00, 0, 5, "stall"},
		{0x80, 0, 0, 0, 2, "01 00"},
		{0x81, 0, 0, 0, 2, "00 00"},
		{0x82, 0, 0, 0, 2, "00 00"},
		{0x82, 0, 0, 0x81, 2, "00 00"},
		{0x82, 0, 0, 0x85, 2, "stall"},
		{0x02, 3, 0, 0x81, 0, ""},
		{0x82, 0, 0, 0x81, 2, "01 00"},
		{0x02, 1, 0, 0x81, 0, ""},
		{0x82, 0, 0, 0x81, 2, "00 00"},
		{0x02, 3, 1, 0x81, 0, "stall"},
		{0x00, 3, 1, 0, 0, "stall"},
		{0xa1, 0xfe, 0, 0, 1, "00"},
		{0x21, 0xff, 0, 0, 0, ""},
		{0x80, 8, 0, 0, 1, "01"},
		{0x00, 9, 0, 0, 0, ""},
		{0x80, 8, 0, 0, 1, "00"},
		{0x00, 9, 2, 0, 0, "stall"},
		{0x81, 10, 0, 0, 1, "00"},
		{0x01, 11, 0, 0, 0, ""},
		{0x01, 11, 1, 0, 0, "stall"},
		{0xc0, 0x33, 0, 0, 9, "stall"},
	} {
		r := b.control(t, tc.typ, tc.request, tc.value, tc.index, tc.length)
		switch {
		case tc.want == "stall":
			if r.status != usbredir.Stall {
				t.Errorf("%+v: %v", tc, r)
			}
		case r.status != usbredir.Success || !bytes.Equal(r.data, unhex(tc.want)):
			t.Errorf("%+v: %v %x", tc, r.status, r.data)
		}
	}
	if b.SetConfiguration(5) == usbredir.Success || b.SetAlt(1, 0) == usbredir.Success || b.SetAlt(0, 0) != usbredir.Success {
		t.Error("settings that there are not")
	}
	if _, s := b.Alt(3); s == usbredir.Success {
		t.Error("an interface that there is not")
	}
}

// TestNonsense sends no commands, and recovers.
func TestNonsense(t *testing.T) {
	b := newBench(t, 1<<20, Options{})
	good := cbw(1, 0, true, 0, []byte{0, 0, 0, 0, 0, 0})
	for _, p := range [][]byte{nil, good[:30], append(good, 0), append([]byte("XXXX"), good[4:]...), cbw(1, 0, true, 16, []byte{0}), cbw(1, 0, true, 0, nil)} {
		if r := b.do(t, bulkOut, p, 0); r.status != usbredir.Stall {
			t.Errorf("%x: %v", p, r)
		}
		if r := b.do(t, bulkOut, good, 0); r.status != usbredir.Stall {
			t.Errorf("after %x: %v", p, r)
		}
		if r := b.do(t, bulkIn, nil, 13); r.status != usbredir.Stall {
			t.Errorf("after %x: %v", p, r)
		}
		b.control(t, 0x21, 0xff, 0, 0, 0)
		b.control(t, 0x02, 1, 0, 0x81, 0)
		b.control(t, 0x02, 1, 0, 0x02, 0)
		if _, _, failed := b.scsi(t, []byte{0, 0, 0, 0, 0, 0}, nil, 0); failed {
			t.Errorf("no recovery after %x", p)
		}
	}
	b.do(t, bulkOut, cbw(9, 512, false, 0, unhex("2a 00 00000000 00 0001 00")), 0)
	if r := b.do(t, bulkOut, make([]byte, 513), 0); r.status != usbredir.Stall {
		t.Errorf("more data than there was to be: %v", r)
	}
	if r := b.do(t, 0x83, nil, 5); r.status != usbredir.Stall {
		t.Errorf("an endpoint that there is not: %v", r)
	}
	// A unit that there is not.
	b.control(t, 0x21, 0xff, 0, 0, 0)
	b.control(t, 0x02, 1, 0, 0x81, 0)
	b.control(t, 0x02, 1, 0, 0x02, 0)
	b.do(t, bulkOut, cbw(3, 0, true, 2, []byte{0, 0, 0, 0, 0, 0}), 0)
	if r := b.do(t, bulkIn, nil, 13); r.status != usbredir.Success || r.data[12] != failed {
		t.Errorf("unit 2: %v", r)
	}
}

// TestWaiting asks for data before there is any, and changes its mind.
func TestWaiting(t *testing.T) {
	b := newBench(t, 1<<20, Options{})
	_, early := b.begin(bulkIn, usbredir.Setup{}, nil, 36)
	_, status := b.begin(bulkIn, usbredir.Setup{}, nil, 13)
	third, never := b.begin(bulkIn, usbredir.Setup{}, nil, 13)
	b.do(t, bulkOut, cbw(5, 36, true, 0, unhex("12 00 00 00 24 00")), 0)
	if r := await(t, early); len(r.data) != 36 {
		t.Errorf("%+v", r)
	}
	if r := await(t, status); len(r.data) != cswSize {
		t.Errorf("%+v", r)
	}
	select {
	case r := <-never:
		t.Errorf("%+v", r)
	default:
	}
	b.Cancel(third)
	b.Cancel(third)
	if r := await(t, never); r.status != usbredir.Cancelled {
		t.Errorf("%+v", r)
	}
	_, reset := b.begin(bulkIn, usbredir.Setup{}, nil, 13)
	b.Reset()
	if r := await(t, reset); r.status != usbredir.Cancelled {
		t.Errorf("%+v", r)
	}
}

// TestResetBusy resets while the medium is slow.
func TestResetBusy(t *testing.T) {
	b := newBench(t, 1<<20, Options{})
	b.medium.block = make(chan struct{})
	b.do(t, bulkOut, cbw(5, 1024, true, 0, unhex("28 00 00000000 00 0002 00")), 0)
	_, slow := b.begin(bulkIn, usbredir.Setup{}, nil, 512)
	_, queued := b.begin(bulkIn, usbredir.Setup{}, nil, 512)
	for { // until it is being worked on
		b.mu.Lock()
		n := len(b.queue)
		b.mu.Unlock()
		if n == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	b.Reset()
	if r := await(t, queued); r.status != usbredir.Cancelled {
		t.Errorf("%+v", r)
	}
	close(b.medium.block)
	await(t, slow)
	if _, _, failed := b.scsi(t, []byte{0, 0, 0, 0, 0, 0}, nil, 0); failed {
		t.Error("it does not go on")
	}
}

// TestResetBetween resets between two transfers, when the goroutine of the drive
// has done with one and not begun to wait for the next: what the guest writes
// next is a command, and not data of the one that was under way.
func TestResetBetween(t *testing.T) {
	b := newBench(t, 1<<20, Options{})
	b.Close()
	d := b.Drive
	d.closed, d.busy = false, true
	d.stage = stage{phase: phaseOut, total: 512, left: 512, reply: reply{out: true, size: 512}}
	d.feed(d.generation)
	d.Reset()
	_, ended := b.begin(bulkOut, usbredir.Setup{}, cbw(5, 0, false, 0, []byte{0, 0, 0, 0, 0, 0}), 0)
	before := bytes.Clone(b.medium.data)
	next, generation, _ := d.next()
	d.work(next, generation)
	await(t, ended)
	if d.stage.phase != phaseStatus || !bytes.Equal(before, b.medium.data) {
		t.Errorf("phase %d; written is %t", d.stage.phase, !bytes.Equal(before, b.medium.data))
	}
	d.closed = true
}

// FuzzDrive sends any commands with any data: each ends, and nothing is touched
// that is not the medium's.
func FuzzDrive(f *testing.F) {
	f.Add(unhex("28 00 00000000 00 0008 00"), uint32(4096), true, false)
	f.Add(unhex("2a 00 00000000 00 0001 00"), uint32(512), false, false)
	f.Add(unhex("88 00 ffffffffffffffff 00000001 00 00"), uint32(512), true, true)
	f.Add(unhex("43 02 00 00 00 00 aa 0014 00"), uint32(12), true, true)
	f.Add(unhex("5a 08 08 00 000000 00c0 00"), uint32(192), true, false)
	f.Add(unhex("46 02 0003 000000 0010 00"), uint32(16), true, true)
	f.Add(unhex("12 01 83 00 08 00"), uint32(8), true, true)
	f.Fuzz(func(t *testing.T, cdb []byte, length uint32, in, cd bool) {
		b := newBench(t, 5000, Options{CD: cd})
		length %= 20_000
		cdb = cdb[:min(len(cdb), 16)]
		r := b.do(t, bulkOut, cbw(7, int(length), in, 0, cdb), 0)
		if len(cdb) == 0 {
			if r.status != usbredir.Stall {
				t.Fatalf("%v", r)
			}
			return
		}
		for left := int(length); left > 0; {
			n := min(left, 3000)
			if in {
				r = b.do(t, bulkIn, nil, n)
			} else {
				r = b.do(t, bulkOut, make([]byte, n), 0)
			}
			if r.status != usbredir.Success || r.n != n {
				t.Fatalf("%x: %v", cdb, r)
			}
			left -= n
		}
		if r = b.do(t, bulkIn, nil, cswSize); r.status != usbredir.Success || len(r.data) != cswSize || binary.LittleEndian.Uint32(r.data[8:]) > length {
			t.Fatalf("%x: status %+v", cdb, r)
		}
	})
}
