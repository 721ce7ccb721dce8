//go:build lab

package main_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/channels/agent"
)

// twoWiresListing is a boot sector that joins the first serial port with the
// second, and the third with the fourth, after it has said 'R' at the first.
const twoWiresListing = `
	fa                    ; cli
	31c0                  ; xor ax, ax
	8ed8 8ed0 bc007c      ; mov ds, ax : mov ss, ax : mov sp, 7c00h
	c7062c00 =handler     ; mov word [2ch], handler: IRQ 3
	a32e00                ; mov [2eh], ax
	c7063000 =handler     ; IRQ 4
	a33200
	e421 24e7 e621        ; in al, 21h : and al, 0e7h : out 21h, al
	be =setup ffd6        ; mov si, setup : call si
	baf803 b052 ee        ; mov dx, 3f8h : mov al, 'R' : out dx, al
again:
	fa                    ; cli
	31ff                  ; xor di, di
	be =move
	bbf803 b9f802 ffd6    ; mov bx, 3f8h : mov cx, 2f8h : call si
	87d9 ffd6             ; xchg bx, cx : call si
	bbe803 b9e802 ffd6
	87d9 ffd6
	85ff 75 >again        ; test di, di : jnz again
	fb f4 eb >again       ; sti : hlt
setup:
	be =port
	bbf803 ffd6 bbf802 ffd6 bbe803 ffd6 bbe802 ffe6
port:
	8d5702 b001 ee        ; lea dx, [bx+2] : mov al, 1 : out dx, al: with a FIFO
	8d5701 ee             ; lea dx, [bx+1] : out dx, al: interrupt when anything comes
	8d5704 b00b ee c3     ; lea dx, [bx+4] : mov al, 0bh : out dx, al : ret
move:
	8d5705 ec a801        ; lea dx, [bx+5] : in al, dx : test al, 1: has anything come?
	74 >moved
room:
	89ca 83c205 ec a820   ; mov dx, cx : add dx, 5 : in al, dx : test al, 20h: is there room?
	74 >room
	89da ec 89ca ee 47    ; mov dx, bx : in al, dx : mov dx, cx : out dx, al : inc di
moved:
	c3
handler:
	50 b020 e620 58 cf    ; push ax : mov al, 20h : out 20h, al : pop ax : iret
`

// startTwoWires starts a machine whose guest joins sockets of ours with the channel
// for folders, and with that of the agent.
func startTwoWires(t *testing.T) (folder *wiredMachine, clipboard *pastingAgent) {
	t.Helper()
	m := &machine{dir: t.TempDir(), port: freePort(t)}
	m.uri = fmt.Sprintf("spice://127.0.0.1:%d", m.port)
	first, third := filepath.Join(m.dir, "com1"), filepath.Join(m.dir, "com3")
	m.process = start(t, nil, "qemu-system-x86_64",
		"-machine", "pc", "-accel", "tcg", "-m", "16", "-nodefaults", "-display", "none", "-device", "VGA",
		"-drive", "file="+writeImage(t, "wires", assembleSector(twoWiresListing))+",format=raw,if=ide",
		"-spice", fmt.Sprintf("addr=127.0.0.1,port=%d,disable-ticketing=on", m.port),
		"-chardev", "socket,id=com1,path="+first+",server=on,wait=on", "-serial", "chardev:com1",
		"-chardev", "spiceport,id=com2,name=org.spice-space.webdav.0", "-serial", "chardev:com2",
		"-chardev", "socket,id=com3,path="+third+",server=on,wait=on", "-serial", "chardev:com3",
		"-chardev", "spicevmc,id=com4,name=vdagent", "-serial", "chardev:com4")
	conn := m.dial(t, first)
	agent := &pastingAgent{conn: m.dial(t, third), wanted: make(chan []byte, 1), grabs: make(chan []byte, 100)}
	var ready [1]byte
	if _, err := io.ReadFull(conn, ready[:]); err != nil || ready[0] != 'R' {
		t.Fatalf("the guest says %q: %v", ready, err)
	}
	go agent.listen()
	return &wiredMachine{m, conn}, agent
}

// Messages of agents (spec chapter 3).
const (
	agentClipboard = 4
	agentAnnounce  = 6
	agentGrab      = 7
	agentRequest   = 8
)

// A pastingAgent is an agent in the guest that does nothing but paste.
type pastingAgent struct {
	conn   net.Conn
	grabs  chan []byte // what the client holds
	wanted chan []byte // the answer to a request
}

// listen takes what the client says.
func (a *pastingAgent) listen() {
	var stream bytes.Buffer // of messages
	var chunk [8]byte       // port and size
	for {
		if _, err := io.ReadFull(a.conn, chunk[:]); err != nil {
			return
		}
		if _, err := io.CopyN(&stream, a.conn, int64(binary.LittleEndian.Uint32(chunk[4:]))); err != nil {
			return
		}
		for {
			head := stream.Bytes() // protocol, type, opaque, size
			if len(head) < 20 || len(head) < 20+int(binary.LittleEndian.Uint32(head[16:])) {
				break
			}
			message := stream.Next(20 + int(binary.LittleEndian.Uint32(head[16:])))
			a.hear(binary.LittleEndian.Uint32(message[4:]), bytes.Clone(message[20:]))
		}
	}
}

func (a *pastingAgent) hear(typ uint32, body []byte) {
	switch typ {
	case agentAnnounce:
		const can = 1<<agent.CapClipboard | 1<<agent.CapClipboardSelection
		a.say(agentAnnounce, []uint32{0, can})
	case agentGrab:
		a.grabs <- body
	case agentClipboard:
		a.wanted <- body
	}
}

// say sends a message made of words.
func (a *pastingAgent) say(typ uint32, words []uint32) {
	size := uint32(4 * len(words))
	out, _ := binary.Append(nil, binary.LittleEndian, []uint32{1, 20 + size, 1, typ, 0, 0, size})
	out, _ = binary.Append(out, binary.LittleEndian, words)
	a.conn.Write(out)
}

// offered waits until the client holds a list of files in the clipboard.
func (a *pastingAgent) offered(t *testing.T) {
	t.Helper()
	for deadline := time.After(patience); ; {
		select {
		case grab := <-a.grabs:
			for at := 4; at+4 <= len(grab); at += 4 {
				if grab[0] == 0 && agent.Format(grab[at]) == agent.FileList {
					return
				}
			}
		case <-deadline:
			t.Fatal("the client holds no files")
		}
	}
}

// paste returns the list.
func (a *pastingAgent) paste(t *testing.T) []string {
	t.Helper()
	a.say(agentRequest, []uint32{0, uint32(agent.FileList)})
	select {
	case data := <-a.wanted:
		if len(data) < 9 || agent.Format(data[4]) != agent.FileList || data[len(data)-1] != 0 {
			t.Fatalf("the answer is %q", data)
		}
		return strings.Split(string(data[8:len(data)-1]), "\x00")
	case <-time.After(patience):
		t.Fatal("there is no answer")
	}
	return nil
}

// TestLabCopiedFiles copies a file and a folder here and pastes them in a guest.
func TestLabCopiedFiles(t *testing.T) {
	t.Parallel()
	w, guest := startTwoWires(t)
	dir := t.TempDir()
	content := noiseOf(30_000, 5)
	for name, data := range map[string][]byte{"a file ü.bin": content, "folder/inside.txt": []byte("inside"), "secret": []byte("not copied")} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	here := startDesk(t, 0)
	here.open(t, w.uri)
	list := ""
	for _, name := range []string{"a file ü.bin", "folder"} {
		list += (&url.URL{Scheme: "file", Path: filepath.Join(dir, name)}).String() + "\r\n"
	}
	here.hold(t, "clipboard", "text/uri-list", []byte(list))
	guest.offered(t)
	pasted := guest.paste(t)
	if len(pasted) != 3 || pasted[0] != "copy" {
		t.Fatalf("what is pasted: %q", pasted)
	}
	client := w.webdavClient(t)
	get := func(path string) (int, []byte) { return fetch(t, client, (&url.URL{Path: path}).EscapedPath()) }
	if code, body := get(pasted[1]); code != 200 || !bytes.Equal(body, content) {
		t.Errorf("the file: %d, %d bytes, want %d", code, len(body), len(content))
	}
	if code, body := get(pasted[2] + "/inside.txt"); code != 200 || string(body) != "inside" {
		t.Errorf("the file in the folder: %d, %q", code, body)
	}
	if code, body := get(filepath.Dir(pasted[1]) + "/secret"); code != 404 {
		t.Errorf("what was not copied: %d, %q", code, body)
	}
}
