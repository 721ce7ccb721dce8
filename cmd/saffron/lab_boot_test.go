//go:build lab

package main_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// The guest of the lab is one boot sector: a loop that takes commands from the
// first serial port and sends back what is typed. It needs no assembler to be
// built and no operating system to run, and it draws the same every time.
//
// A command is a letter and 40 bytes of arguments; the guest answers '.' when
// it is done, and says 'R' once when it is ready.
//
//	I  call the video BIOS: AX, BX, CX
//	O  write ten words to ports: port, word, …
//	P  paint a rectangle: address of its first pixel, bytes from the end of one
//	   row to the next, seed, width, height, pattern
//	C  copy within memory: from, to, count of double words
//
// A key is reported as 'k', its ASCII code and its scan code, and echoed by the
// video BIOS.
//
// Each line of the listing is machine code in hexadecimal: ">x" is the distance
// to label x as one byte, ">>x" as two, "=x" is its address.
const bootListing = `
start:
	fa                    ; cli
	31c0                  ; xor ax, ax
	8ed8 8ec0 8ed0        ; mov ds, ax : mov es, ax : mov ss, ax
	bc007c fc             ; mov sp, 7c00h : cld
	e492 0c02 e692        ; open the address line A20
	b036 e643             ; the timer ticks at 518 Hz, for a quick answer after hlt
	b000 e640 b009 e640
	b052 e8 >>send        ; 'R'
main:
	fa                    ; cli, so that nothing comes between the looks and hlt
	bafd03 ec a801        ; mov dx, 3fdh : in al, dx : test al, 1
	75 >command
	a11a04 3b061c04       ; is the BIOS's keyboard buffer empty?
	75 >key
	fb f4                 ; sti : hlt
	eb >main
key:
	fb                    ; sti
	31c0 cd16             ; xor ax, ax : int 16h
	50                    ; push ax
	b06b e8 >>send        ; 'k'
	58 50 e8 >>send       ; the ASCII code
	58 50 88e0 e8 >>send  ; the scan code
	58                    ; pop ax
	b40e bb0700 cd10      ; teletype output
	eb >main
command:
	fb                    ; sti
	e8 >>receive
	50                    ; push ax
	bf007e b92800         ; mov di, 7e00h : mov cx, 40
more:
	e8 >>receive
	aa e2 >more           ; stosb : loop
	58                    ; pop ax
	3c49 74 >bios
	3c4f 74 >ports
	3c50 74 >paint
	3c43 74 >copy
done:
	b02e e8 >>send        ; '.'
	eb >main
bios:
	a1007e                ; mov ax, [7e00h]
	8b1e027e 8b0e047e     ; mov bx, [7e02h] : mov cx, [7e04h]
	cd10                  ; int 10h
	eb >done
ports:
	be007e b90a00         ; mov si, 7e00h : mov cx, 10
port:
	ad 92 ad ef           ; lodsw : xchg ax, dx : lodsw : out dx, ax
	e2 >port
	eb >done
copy:
	e8 >>flat
	668b36007e            ; mov esi, [7e00h]
	668b3e047e            ; mov edi, [7e04h]
	668b0e087e            ; mov ecx, [7e08h]
	f36766a5              ; rep movsd, 32-bit addresses
	eb >done
paint:
	e8 >>flat
	668b3e007e            ; mov edi, [7e00h]
	668b16047e            ; mov edx, [7e04h]
	668b2e087e            ; mov ebp, [7e08h]
	6631db                ; xor ebx, ebx: y
row:
	6631c9                ; xor ecx, ecx: x
pixel:
	a0107e                ; mov al, [7e10h]
	3c01 74 >gradient
	3c02 74 >noise
	3c03 74 >moire
	6689e8                ; mov eax, ebp: flat
store:
	6766ab                ; stosd, 32-bit addresses
	6641                  ; inc ecx
	3b0e0c7e 72 >pixel    ; cmp cx, [7e0ch] : jb
	6601d7                ; add edi, edx
	6643                  ; inc ebx
	3b1e0e7e 72 >row      ; cmp bx, [7e0eh] : jb
	e9 >>done
gradient:
	67668d0419            ; lea eax, [ecx+ebx]
	66c1e008 88c8         ; shl eax, 8 : mov al, cl
	66c1e008 88d8         ; shl eax, 8 : mov al, bl
	6631e8                ; xor eax, ebp
	eb >store
noise:
	6669ed0d661900        ; imul ebp, ebp, 1664525
	6681c55ff36e3c        ; add ebp, 1013904223
	6689e8 66c1e808       ; mov eax, ebp : shr eax, 8
	eb >store
moire:
	6689c8 660fafc3       ; mov eax, ecx : imul eax, ebx
	6631e8                ; xor eax, ebp
	66c1e804 6619c0       ; shr eax, 4 : sbb eax, eax: black or white
	eb >store
send:
	50 bafd03             ; push ax : mov dx, 3fdh
full:
	ec a820 74 >full      ; in al, dx : test al, 20h : jz
	58 baf803 ee c3       ; pop ax : mov dx, 3f8h : out dx, al : ret
receive:
	bafd03                ; mov dx, 3fdh
empty:
	ec a801 74 >empty     ; in al, dx : test al, 1 : jz
	baf803 ec c3          ; mov dx, 3f8h : in al, dx : ret
flat:
	fa                    ; cli; the BIOS may have shortened the segments again
	0f0116 =gdtr          ; lgdt
	0f20c0 0c01 0f22c0    ; protected mode on
	eb00 bb0800           ; jmp $+2 : mov bx, 8
	8edb 8ec3             ; mov ds, bx : mov es, bx: 4 GB from now on
	24fe 0f22c0 eb00      ; protected mode off
	31db 8edb 8ec3        ; and based at 0
	fb c3                 ; sti : ret
gdtr:
	0f00 =gdt 0000
gdt:
	0000000000000000
	ffff000000 92 cf 00   ; data from 0 to 4 GB
`

// bootSector assembles the listing.
func bootSector() []byte { return assembleSector(bootListing) }

// assembleSector makes a boot sector of a listing.
func assembleSector(listing string) []byte {
	const origin, size = 0x7c00, 512
	labels := map[string]int{}
	var code []byte
	for pass := range 2 { // the first finds the labels
		code = code[:0]
		for line := range strings.Lines(listing) {
			line, _, _ = strings.Cut(line, ";")
			for _, word := range strings.Fields(line) {
				if name, ok := strings.CutSuffix(word, ":"); ok {
					labels[name] = len(code)
					continue
				}
				code = append(code, assemble(word, len(code), origin, labels, pass == 1)...)
			}
		}
	}
	if len(code) > size-2 {
		panic(fmt.Sprintf("the boot sector takes %d bytes", len(code)))
	}
	return append(append(code, make([]byte, size-2-len(code))...), 0x55, 0xaa)
}

// assemble turns a word of the listing, at offset at, into bytes.
func assemble(word string, at, origin int, labels map[string]int, final bool) []byte {
	to := func(name string) int {
		n, ok := labels[name]
		if final && !ok {
			panic("no label " + name)
		}
		return n
	}
	switch {
	case strings.HasPrefix(word, ">>"):
		return binary.LittleEndian.AppendUint16(nil, uint16(to(word[2:])-at-2))
	case word[0] == '>':
		d := to(word[1:]) - at - 1
		if final && d != int(int8(d)) {
			panic("too far: " + word)
		}
		return []byte{byte(d)}
	case word[0] == '=':
		return binary.LittleEndian.AppendUint16(nil, uint16(origin+to(word[1:])))
	}
	b, err := hex.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return b
}
