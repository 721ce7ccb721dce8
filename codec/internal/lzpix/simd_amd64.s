//go:build !noasm

#include "textflag.h"

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
