//go:build amd64 && !noasm

#include "textflag.h"

// The name of 32 bytes, four times v.
#define FOUR(name, v) \
	DATA name<>+0(SB)/8, $v \
	DATA name<>+8(SB)/8, $v \
	DATA name<>+16(SB)/8, $v \
	DATA name<>+24(SB)/8, $v \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// Factors of pairs of coefficients, the first in the low half: see transform.
FOUR(sum04, 0x2000200020002000) // 1, 1
FOUR(dif04, 0xe0002000e0002000) // 1, -1
FOUR(sum26, 0x115129cf115129cf) // cosine2, cosine6
FOUR(dif26, 0xd6311151d6311151) // cosine6, -cosine2
FOUR(odd13_0, 0x25a12c6325a12c63) // cosine1, cosine3
FOUR(odd57_0, 0x08d4192408d41924) // cosine5, cosine7
FOUR(odd13_1, 0xf72c25a1f72c25a1) // cosine3, -cosine7
FOUR(odd57_1, 0xe6dcd39de6dcd39d) // -cosine1, -cosine5
FOUR(odd13_2, 0xd39d1924d39d1924) // cosine5, -cosine1
FOUR(odd57_2, 0x25a108d425a108d4) // cosine7, cosine3
FOUR(odd13_3, 0xe6dc08d4e6dc08d4) // cosine7, -cosine5
FOUR(odd57_3, 0xd39d25a1d39d25a1) // cosine3, -cosine1

FOUR(bias1, 0x0000040000000400)
FOUR(bias2, 0x0202000002020000)

// Turns four columns of four bytes to rows, in both lanes.
DATA turn<>+0(SB)/8, $0x0d0905010c080400
DATA turn<>+8(SB)/8, $0x0f0b07030e0a0602
DATA turn<>+16(SB)/8, $0x0d0905010c080400
DATA turn<>+24(SB)/8, $0x0f0b07030e0a0602
GLOBL turn<>(SB), RODATA|NOPTR, $32

// TRANSFORM does transform for eight columns at once. It takes the pairs of
// coefficients 0,4 to 5,7 from Y0 to Y3, and leaves 0 to 7 of the results in
// Y12, Y13, Y14, Y15, Y7, Y6, Y5, Y4.
#define TRANSFORM(bias, shift) \
	VPMADDWD sum04<>(SB), Y0, Y4 \
	VPMADDWD dif04<>(SB), Y0, Y5 \
	VPADDD   bias<>(SB), Y4, Y4  \
	VPADDD   bias<>(SB), Y5, Y5  \
	VPMADDWD sum26<>(SB), Y1, Y6 \
	VPMADDWD dif26<>(SB), Y1, Y7 \
	VPADDD   Y6, Y4, Y8          \
	VPSUBD   Y6, Y4, Y11         \
	VPADDD   Y7, Y5, Y9          \
	VPSUBD   Y7, Y5, Y10         \
	VPMADDWD odd13_0<>(SB), Y2, Y4 \
	VPMADDWD odd57_0<>(SB), Y3, Y5 \
	VPADDD   Y5, Y4, Y4 \
	VPMADDWD odd13_1<>(SB), Y2, Y5 \
	VPMADDWD odd57_1<>(SB), Y3, Y6 \
	VPADDD   Y6, Y5, Y5 \
	VPMADDWD odd13_2<>(SB), Y2, Y6 \
	VPMADDWD odd57_2<>(SB), Y3, Y7 \
	VPADDD   Y7, Y6, Y6 \
	VPMADDWD odd13_3<>(SB), Y2, Y7 \
	VPMADDWD odd57_3<>(SB), Y3, Y12 \
	VPADDD   Y12, Y7, Y7 \
	VPADDD   Y4, Y8, Y12 \
	VPSUBD   Y4, Y8, Y4 \
	VPADDD   Y5, Y9, Y13 \
	VPSUBD   Y5, Y9, Y5 \
	VPADDD   Y6, Y10, Y14 \
	VPSUBD   Y6, Y10, Y6 \
	VPADDD   Y7, Y11, Y15 \
	VPSUBD   Y7, Y11, Y7 \
	VPSRAD   $shift, Y12, Y12 \
	VPSRAD   $shift, Y13, Y13 \
	VPSRAD   $shift, Y14, Y14 \
	VPSRAD   $shift, Y15, Y15 \
	VPSRAD   $shift, Y7, Y7 \
	VPSRAD   $shift, Y6, Y6 \
	VPSRAD   $shift, Y5, Y5 \
	VPSRAD   $shift, Y4, Y4

// func idctAVX2(pix *byte, stride int, block, quant *[64]int16)
TEXT ·idctAVX2(SB), NOSPLIT, $0-32
	MOVQ pix+0(FP), DI
	MOVQ stride+8(FP), SI
	MOVQ block+16(FP), AX
	MOVQ quant+24(FP), BX

	VMOVDQU (AX), Y0
	VMOVDQU 32(AX), Y1
	VMOVDQU 64(AX), Y2
	VMOVDQU 96(AX), Y3
	VPMULLW (BX), Y0, Y0
	VPMULLW 32(BX), Y1, Y1
	VPMULLW 64(BX), Y2, Y2
	VPMULLW 96(BX), Y3, Y3
	VPXOR   Y4, Y4, Y4
	VMOVDQU Y4, (AX)
	VMOVDQU Y4, 32(AX)
	VMOVDQU Y4, 64(AX)
	VMOVDQU Y4, 96(AX)
	TRANSFORM(bias1, 11)

	// Rows of 16 bits, two a register: pairs 04, 26 in the low lane, 13, 57 in
	// the high one. Gather each pair of all rows.
	VPACKSSDW  Y13, Y12, Y8        // rows 0, 1
	VPACKSSDW  Y15, Y14, Y9        // rows 2, 3
	VPACKSSDW  Y6, Y7, Y10         // rows 4, 5
	VPACKSSDW  Y4, Y5, Y11         // rows 6, 7
	VSHUFPS    $0x88, Y9, Y8, Y12  // 04 and 13 of rows 0 to 3
	VSHUFPS    $0xdd, Y9, Y8, Y13  // 26 and 57
	VSHUFPS    $0x88, Y11, Y10, Y14
	VSHUFPS    $0xdd, Y11, Y10, Y15
	VPERM2I128 $0x20, Y14, Y12, Y0
	VPERM2I128 $0x20, Y15, Y13, Y1
	VPERM2I128 $0x31, Y14, Y12, Y2
	VPERM2I128 $0x31, Y15, Y13, Y3
	TRANSFORM(bias2, 18)

	// Columns of 32 bits become rows of bytes.
	VPACKSSDW  Y13, Y12, Y8
	VPACKSSDW  Y15, Y14, Y9
	VPACKSSDW  Y6, Y7, Y10
	VPACKSSDW  Y4, Y5, Y11
	VPACKUSWB  Y9, Y8, Y8          // columns 0 to 3 of rows 0 to 3, and of 4 to 7
	VPACKUSWB  Y11, Y10, Y10       // columns 4 to 7
	VPSHUFB    turn<>(SB), Y8, Y8
	VPSHUFB    turn<>(SB), Y10, Y10
	VPUNPCKLDQ Y10, Y8, Y0         // rows 0, 1 and 4, 5
	VPUNPCKHDQ Y10, Y8, Y1         // rows 2, 3 and 6, 7
	VEXTRACTI128 $1, Y0, X2
	VEXTRACTI128 $1, Y1, X3
	LEAQ    (SI)(SI*2), DX
	LEAQ    (DI)(SI*4), R8
	VMOVQ   X0, (DI)
	VMOVHPS X0, (DI)(SI*1)
	VMOVQ   X1, (DI)(SI*2)
	VMOVHPS X1, (DI)(DX*1)
	VMOVQ   X2, (R8)
	VMOVHPS X2, (R8)(SI*1)
	VMOVQ   X3, (R8)(SI*2)
	VMOVHPS X3, (R8)(DX*1)
	VZEROUPPER
	RET
