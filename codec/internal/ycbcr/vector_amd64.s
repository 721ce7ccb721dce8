//go:build amd64 && !noasm

#include "textflag.h"

// The name of 32 bytes, four times v.
#define FOUR(name, v) \
	DATA name<>+0(SB)/8, $v \
	DATA name<>+8(SB)/8, $v \
	DATA name<>+16(SB)/8, $v \
	DATA name<>+24(SB)/8, $v \
	GLOBL name<>(SB), RODATA|NOPTR, $32

FOUR(three, 0x0003000300030003)
FOUR(seven, 0x0007000700070007)
FOUR(eight, 0x0008000800080008)
FOUR(centre, 0x8000800080008000)

// func stretchAVX2(out, near, far *byte, n int)
TEXT ·stretchAVX2(SB), NOSPLIT, $0-32
	MOVQ out+0(FP), DI
	MOVQ near+8(FP), SI
	MOVQ far+16(FP), BX
	MOVQ n+24(FP), CX
	VMOVDQU three<>(SB), Y13
	VMOVDQU seven<>(SB), Y14
	VMOVDQU eight<>(SB), Y15

stretch16:
	VPMOVZXBW (SI), Y0             // before
	VPMOVZXBW (BX), Y1
	VPMOVZXBW 1(SI), Y2            // here
	VPMOVZXBW 1(BX), Y3
	VPMOVZXBW 2(SI), Y4            // after
	VPMOVZXBW 2(BX), Y5
	VPMULLW   Y13, Y0, Y0
	VPMULLW   Y13, Y2, Y2
	VPMULLW   Y13, Y4, Y4
	VPADDW    Y1, Y0, Y0
	VPADDW    Y3, Y2, Y2
	VPADDW    Y5, Y4, Y4
	VPMULLW   Y13, Y2, Y2
	VPADDW    Y15, Y0, Y0
	VPADDW    Y14, Y4, Y4
	VPADDW    Y2, Y0, Y0
	VPADDW    Y2, Y4, Y4
	VPSRLW    $4, Y0, Y0
	VPSRLW    $4, Y4, Y4
	VPSLLW    $8, Y4, Y4
	VPOR      Y4, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $16, BX
	ADDQ      $32, DI
	SUBQ      $16, CX
	JG        stretch16
	VZEROUPPER
	RET

// func convertAVX2(dst, y, cb, cr *byte, n int, f *factors)
//
// Sums have six fraction bits. Where they do not fit in 16 bits they stay at the
// end, which is white or black all the same.
TEXT ·convertAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ y+8(FP), SI
	MOVQ cb+16(FP), BX
	MOVQ cr+24(FP), DX
	MOVQ n+32(FP), CX
	MOVQ f+40(FP), AX
	VMOVDQU centre<>(SB), Y8
	VPBROADCASTW 0(AX), Y9         // luma
	VPBROADCASTW 2(AX), Y10        // offset
	VPBROADCASTW 4(AX), Y11        // crRed
	VPBROADCASTW 6(AX), Y12        // cbGreen
	VPBROADCASTW 8(AX), Y13        // crGreen
	VPBROADCASTW 10(AX), Y14       // cbBlue
	VPXOR        Y15, Y15, Y15

convert16:
	VPMOVZXBW (SI), Y0             // luma
	VPMOVZXBW (BX), Y1             // Cb
	VPMOVZXBW (DX), Y2             // Cr
	VPSLLW    $7, Y0, Y0
	VPSLLW    $8, Y1, Y1
	VPSLLW    $8, Y2, Y2
	VPXOR     Y8, Y1, Y1
	VPXOR     Y8, Y2, Y2
	VPMULHRSW Y9, Y0, Y0
	VPMULHRSW Y11, Y2, Y3
	VPMULHRSW Y12, Y1, Y4
	VPMULHRSW Y13, Y2, Y6
	VPMULHRSW Y14, Y1, Y5
	VPADDW    Y10, Y0, Y0
	VPADDW    Y6, Y4, Y4
	VPADDSW   Y0, Y3, Y3           // red
	VPADDSW   Y0, Y4, Y4           // green
	VPADDSW   Y0, Y5, Y5           // blue
	VPSRAW    $6, Y3, Y3
	VPSRAW    $6, Y4, Y4
	VPSRAW    $6, Y5, Y5
	VPACKUSWB Y5, Y3, Y3           // red and blue, in each lane
	VPACKUSWB Y15, Y4, Y4          // green and 0
	VPUNPCKLBW Y4, Y3, Y0          // red, green
	VPUNPCKHBW Y4, Y3, Y1          // blue, 0
	VPUNPCKLWD Y1, Y0, Y2          // pixels 0 to 3, and 8 to 11
	VPUNPCKHWD Y1, Y0, Y3          // pixels 4 to 7, and 12 to 15
	VMOVDQU    X2, (DI)
	VMOVDQU    X3, 16(DI)
	VEXTRACTI128 $1, Y2, 32(DI)
	VEXTRACTI128 $1, Y3, 48(DI)
	ADDQ    $16, SI
	ADDQ    $16, BX
	ADDQ    $16, DX
	ADDQ    $64, DI
	SUBQ    $16, CX
	JG      convert16
	VZEROUPPER
	RET
