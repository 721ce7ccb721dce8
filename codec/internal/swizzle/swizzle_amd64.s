//go:build !noasm

#include "textflag.h"

// Which byte of four pixels goes where: 2 1 0 3, 6 5 4 7, ...
DATA order<>+0(SB)/8, $0x0704050603000102
DATA order<>+8(SB)/8, $0x0f0c0d0e0b08090a
GLOBL order<>(SB), RODATA|NOPTR, $16

// func swapAVX2(dst, src *byte, n int)
TEXT ·swapAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTI128 order<>(SB), Y0

	SUBQ $128, CX
	JB   rest

loop:
	VMOVDQU (SI), Y1
	VMOVDQU 32(SI), Y2
	VMOVDQU 64(SI), Y3
	VMOVDQU 96(SI), Y4
	VPSHUFB Y0, Y1, Y1
	VPSHUFB Y0, Y2, Y2
	VPSHUFB Y0, Y3, Y3
	VPSHUFB Y0, Y4, Y4
	VMOVDQU Y1, (DI)
	VMOVDQU Y2, 32(DI)
	VMOVDQU Y3, 64(DI)
	VMOVDQU Y4, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $128, CX
	JAE  loop

rest:
	// CX = bytes left - 128
	ADDQ $128, CX
	JZ   end

loop32:
	VMOVDQU (SI), Y1
	VPSHUFB Y0, Y1, Y1
	VMOVDQU Y1, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $32, CX
	JNZ  loop32

end:
	VZEROUPPER
	RET
