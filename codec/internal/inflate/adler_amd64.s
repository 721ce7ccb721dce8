//go:build !noasm

#include "textflag.h"

// How often each of 32 bytes is in the sums up to each of them: 32, 31, ... 1.
DATA weights<>+0(SB)/8, $0x191a1b1c1d1e1f20
DATA weights<>+8(SB)/8, $0x1112131415161718
DATA weights<>+16(SB)/8, $0x090a0b0c0d0e0f10
DATA weights<>+24(SB)/8, $0x0102030405060708
GLOBL weights<>(SB), RODATA|NOPTR, $32

DATA ones<>+0(SB)/4, $0x00010001
GLOBL ones<>(SB), RODATA|NOPTR, $4

// func adlerAVX2(p *byte, n int) (one, two uint32)
TEXT ·adlerAVX2(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), SI
	MOVQ n+8(FP), CX
	VPXOR Y0, Y0, Y0 // the sums of all bytes
	VPXOR Y1, Y1, Y1 // the weighted sums
	VPXOR Y2, Y2, Y2 // Y0 before each step, added up
	VPXOR Y3, Y3, Y3
	VMOVDQU weights<>(SB), Y4
	VPBROADCASTD ones<>(SB), Y5

loop:
	VMOVDQU (SI), Y6
	VPADDD Y0, Y2, Y2
	VPSADBW Y3, Y6, Y7
	VPADDD Y7, Y0, Y0
	VPMADDUBSW Y4, Y6, Y8
	VPMADDWD Y5, Y8, Y8
	VPADDD Y8, Y1, Y1
	ADDQ $32, SI
	SUBQ $32, CX
	JNZ  loop

	// two = Y1 + 32 * Y2, one = Y0
	VPSLLD $5, Y2, Y2
	VPADDD Y2, Y1, Y1
	VEXTRACTI128 $1, Y0, X2
	VEXTRACTI128 $1, Y1, X3
	VPADDD X2, X0, X0
	VPADDD X3, X1, X1
	VPHADDD X1, X0, X0 // one, one, two, two, in parts
	VPHADDD X0, X0, X0 // one, two
	VMOVQ X0, AX
	MOVL AX, one+16(FP)
	SHRQ $32, AX
	MOVL AX, two+20(FP)
	VZEROUPPER
	RET
