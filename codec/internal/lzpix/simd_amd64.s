//go:build !noasm

#include "textflag.h"

// func cpuid(leaf, sub uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL sub+4(FP), CX
	CPUID
	MOVL AX, a+8(FP)
	MOVL BX, b+12(FP)
	MOVL CX, c+16(FP)
	MOVL DX, d+20(FP)
	RET

// func xgetbv() uint32
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, ret+0(FP)
	RET

// Four triples B,G,R to R,G,B,0, in each half.
DATA triples<>+0x00(SB)/8, $0x8003040580000102
DATA triples<>+0x08(SB)/8, $0x80090a0b80060708
DATA triples<>+0x10(SB)/8, $0x8003040580000102
DATA triples<>+0x18(SB)/8, $0x80090a0b80060708
GLOBL triples<>(SB), RODATA|NOPTR, $32

// func colourRunsAVX2(dst, src []byte) (out, in int)
//
// DI and SI are where the next command begins, DX and CX the last places where
// one may, R10 and R11 where the present one ends.
TEXT ·colourRunsAVX2(SB), NOSPLIT, $0-64
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), DX
	MOVQ src_base+24(FP), SI
	MOVQ src_len+32(FP), CX
	LEAQ -128(DI)(DX*1), DX
	LEAQ -101(SI)(CX*1), CX
	VMOVDQU triples<>(SB), Y1

run:
	CMPQ    DI, DX
	JHI     done
	CMPQ    SI, CX
	JHI     done
	MOVBLZX (SI), AX
	CMPL    AX, $32
	JCC     done
	INCL    AX
	INCQ    SI
	LEAQ    (DI)(AX*4), R10
	LEAQ    (AX)(AX*2), R11
	ADDQ    SI, R11

eight:
	VMOVDQU     (SI), X0
	VINSERTI128 $1, 12(SI), Y0, Y0
	VPSHUFB     Y1, Y0, Y0
	VMOVDQU     Y0, (DI)
	ADDQ        $24, SI
	ADDQ        $32, DI
	CMPQ        DI, R10
	JCS         eight
	MOVQ        R10, DI
	MOVQ        R11, SI
	JMP         run

done:
	VZEROUPPER
	SUBQ dst_base+0(FP), DI
	SUBQ src_base+24(FP), SI
	MOVQ DI, out+48(FP)
	MOVQ SI, in+56(FP)
	RET

// func copyAlphasAVX2(dst, src []byte)
TEXT ·copyAlphasAVX2(SB), NOSPLIT, $0-48
	MOVQ     dst_base+0(FP), DI
	MOVQ     dst_len+8(FP), CX
	MOVQ     src_base+24(FP), SI
	VPCMPEQD Y2, Y2, Y2
	VPSLLD   $24, Y2, Y2
	XORQ     AX, AX
	JMP      more

copy:
	VPAND   (SI)(AX*1), Y2, Y0
	VPANDN  (DI)(AX*1), Y2, Y1
	VPOR    Y0, Y1, Y0
	VMOVDQU Y0, (DI)(AX*1)
	ADDQ    $32, AX

more:
	CMPQ AX, CX
	JLT  copy
	VZEROUPPER
	RET

// func fillAlphasAVX2(dst []byte, a uint32)
TEXT ·fillAlphasAVX2(SB), NOSPLIT, $0-28
	MOVQ         dst_base+0(FP), DI
	MOVQ         dst_len+8(FP), CX
	MOVL         a+24(FP), AX
	VMOVD        AX, X0
	VPBROADCASTD X0, Y0
	VPCMPEQD     Y2, Y2, Y2
	VPSRLD       $8, Y2, Y2
	VPSLLD       $24, Y0, Y0
	XORQ         AX, AX
	JMP          more

fill:
	VPAND   (DI)(AX*1), Y2, Y1
	VPOR    Y0, Y1, Y1
	VMOVDQU Y1, (DI)(AX*1)
	ADDQ    $32, AX

more:
	CMPQ AX, CX
	JLT  fill
	VZEROUPPER
	RET
