//go:build !noasm

#include "textflag.h"

// The loops over commands. DI and SI are where the next pixel and the next
// command begin, until R10 and R11; R8 and R12 are where dst begins and ends.
// They stay as they are until it is known that a command can be done here;
// DX and R13 are what follows it.

// Four triples B,G,R to R,G,B,0, in each half.
DATA triples<>+0x00(SB)/8, $0x8003040580000102
DATA triples<>+0x08(SB)/8, $0x80090a0b80060708
DATA triples<>+0x10(SB)/8, $0x8003040580000102
DATA triples<>+0x18(SB)/8, $0x80090a0b80060708
GLOBL triples<>(SB), RODATA|NOPTR, $32

// BEGIN reads the arguments.
#define BEGIN \
	MOVQ    dst_base+0(FP), R8; \
	MOVQ    dst_len+8(FP), R12; \
	MOVQ    src_base+24(FP), SI; \
	MOVQ    src_len+32(FP), R11; \
	MOVQ    table+72(FP), BX; \
	MOVQ    R8, DI; \
	ADDQ    at+48(FP), DI; \
	MOVQ    R8, R10; \
	ADDQ    end+56(FP), R10; \
	ADDQ    R8, R12; \
	LEAQ    -101(SI)(R11*1), R11; \
	VMOVDQU triples<>(SB), Y1;

// COMMAND goes on with the next command: AX is its first byte.
#define COMMAND \
command: \
	CMPQ    DI, R10; \
	JCC     done; \
	CMPQ    SI, R11; \
	JHI     done; \
	MOVBLZX (SI), AX; \
	CMPL    AX, $32; \
	JCS     literals;

// LENGTH goes on with the length in CX of the match with the first byte AX.
#define LENGTH \
	LEAQ    1(SI), DX; \
	CMPL    CX, $7; \
	JNE     distance; \
	MOVBLZX (DX), R9; \
	INCQ    DX; \
	CMPL    R9, $255; \
	JEQ     done; \
	ADDL    R9, CX;

// MATCH copies pixels from the distance less 1 in AX, in pixels; the length is in
// CX. A load from a short distance takes in pixels that are not there yet, and a
// shuffle picks from the others. What follows a short period repeats, too, the
// first multiple of it that is eight pixels or more. Steps of eight pixels may
// run over by seven, for which only the longest matches may lack the room.
//
// Most of the time is spent waiting for that load, where it spans several recent
// stores. Neither loads of single pixels, which need not wait, nor keeping the
// latest pixels in a register was faster (Zen 4, indices of photos: by 40 and 30
// per cent slower): there are more of them, or a branch that cannot be predicted.
#define MATCH \
near: \
	INCQ AX; \
	SHLQ $2, AX; \
	ADDQ bias+64(FP), CX; \
	SHLQ $2, CX; \
	MOVQ DI, R9; \
	SUBQ AX, R9; \
	CMPQ R9, R8; \
	JCS  done; \
	LEAQ (DI)(CX*1), R13; \
	CMPQ CX, $96; \
	JHI  long; \
	 \
copy: \
	/* The first eight pixels are a shuffle of those that begin at the distance: */ \
	/* not all of these need be there yet. */ \
	MOVQ    DX, SI; \
	MOVQ    AX, DX; \
	CMPQ    DX, $32; \
	MOVL    $32, AX; \
	CMOVQCC AX, DX; \
	MOVQ    DI, AX; \
	SUBQ    R9, AX; \
	LEAQ    ·picks(SB), CX; \
	VMOVDQU (CX)(DX*8), Y2; \
	VPERMD  (R9), Y2, Y0; \
	VMOVDQU Y0, (DI); \
	ADDQ    $32, DI; \
	CMPQ    DI, R13; \
	JCS     more; \
	MOVQ    R13, DI; \
	JMP     command; \
	 \
more: \
	/* A short period goes on at the first multiple that is eight pixels or more. */ \
	CMPQ AX, $32; \
	JCC  eight; \
	LEAQ ·periods(SB), CX; \
	MOVL (CX)(DX*1), AX; \
	 \
eight: \
	MOVQ    DI, R9; \
	SUBQ    AX, R9; \
	VMOVDQU (R9), Y0; \
	VMOVDQU Y0, (DI); \
	ADDQ    $32, DI; \
	CMPQ    DI, R13; \
	JCS     eight; \
	MOVQ    R13, DI; \
	JMP     command; \
	 \
long: \
	/* Steps of eight pixels may run over by seven. */ \
	ADDQ $32, R13; \
	CMPQ R13, R12; \
	JHI  done; \
	SUBQ $32, R13; \
	JMP  copy;

// LITERALS expands or looks up AX+1 literals.
#define LITERALS \
literals: \
	INCL  AX; \
	INCQ  SI; \
	TESTQ BX, BX; \
	JNE   lookup; \
	LEAQ  (DI)(AX*4), R13; \
	LEAQ  (AX)(AX*2), DX; \
	ADDQ  SI, DX; \
	 \
colours: \
	VMOVDQU     (SI), X0; \
	VINSERTI128 $1, 12(SI), Y0, Y0; \
	VPSHUFB     Y1, Y0, Y0; \
	VMOVDQU     Y0, (DI); \
	ADDQ        $24, SI; \
	ADDQ        $32, DI; \
	CMPQ        DI, R13; \
	JCS         colours; \
	MOVQ        R13, DI; \
	MOVQ        DX, SI; \
	JMP         command; \
	 \
lookup: \
	MOVBLZX (SI), CX; \
	MOVL    (BX)(CX*4), CX; \
	MOVL    CX, (DI); \
	INCQ    SI; \
	ADDQ    $4, DI; \
	DECL    AX; \
	JNE     lookup; \
	JMP     command;

// END returns how far dst and src have been dealt with.
#define END \
done: \
	VZEROUPPER; \
	SUBQ R8, DI; \
	SUBQ src_base+24(FP), SI; \
	MOVQ DI, out+80(FP); \
	MOVQ SI, in+88(FP); \
	RET;

// func lzAVX2(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int)
TEXT ·lzAVX2(SB), NOSPLIT, $0-96
	BEGIN
	COMMAND
	// AX is the distance, CX the length.
	MOVL AX, CX
	SHRL $5, CX
	ANDL $31, AX
	SHLL $8, AX
	LENGTH

distance:
	MOVBLZX (DX), R9
	INCQ    DX
	ORL     R9, AX
	CMPL    AX, $8191
	JEQ     far

	MATCH

far:
	MOVBLZX (DX), R9
	SHLL    $8, R9
	ADDL    R9, AX
	MOVBLZX 1(DX), R9
	ADDL    R9, AX
	ADDQ    $2, DX
	JMP     near

	LITERALS
	END

// func glzAVX2(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int)
TEXT ·glzAVX2(SB), NOSPLIT, $0-96
	BEGIN
	COMMAND
	MOVL AX, CX
	SHRL $5, CX
	LENGTH

distance:
	// R9 is the pixel, R13 begins the image distance, which has to be 0.
	MOVBLZX (DX), R9
	SHLL    $4, R9
	MOVL    AX, R13
	ANDL    $15, R13
	ORL     R13, R9
	MOVBLZX 1(DX), R13
	ADDQ    $2, DX
	TESTL   $16, AX
	JNE     far
	TESTL   R13, R13
	JNE     done
	MOVL    R9, AX

	MATCH

far:
	CMPL    R13, $64
	JCC     done
	MOVL    R13, AX
	ANDL    $31, AX
	SHLL    $12, AX
	ORL     R9, AX
	TESTL   $32, R13
	JEQ     near
	MOVBLZX (DX), R9
	SHLL    $17, R9
	ORL     R9, AX
	INCQ    DX
	JMP     near

	LITERALS
	END
