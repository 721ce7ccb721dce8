//go:build amd64 && !noasm

#include "go_asm.h"
#include "textflag.h"

// The loop of decoder.colours, for processors with AVX and BMI2. It exists
// because the compiler (Go 1.26) keeps half of that loop's variables in memory
// and has no instruction that finds the smallest of eight counters: this takes
// 74 instructions for a pixel of a photograph, and plain Go 190, and it halves
// the time of small images, where models are updated for every pixel.
//
// What bounds it is the chain from one codeword to the next, seven cycles each:
// shift, look up, shift. Counting leading zeros instead would shorten the chain
// but needs half as many instructions again.

// From three symbols in lanes of four bytes: their residuals, and the contexts
// that they make, each in the first three bytes.
DATA residuals<>+0(SB)/8, $0x80808080800a0602
DATA residuals<>+8(SB)/8, $0x8080808080808080
GLOBL residuals<>(SB), RODATA|NOPTR, $16
DATA contexts<>+0(SB)/8, $0x80808080800b0703
DATA contexts<>+8(SB)/8, $0x8080808080808080
GLOBL contexts<>(SB), RODATA|NOPTR, $16

// Fields of plane p of the group's models.
#define COUNTS(p) (group_models+p*model__size+model_counts)
#define BEST(p) (group_models+p*model__size+model_best)

// REFILL is bitReader.refill, away from the last words.
#define REFILL \
	CMPQ  R10, limit-32(SP); \
	JHI   out; \
	RORXQ $32, (R10), R11; \
	SHRXQ R9, R11, R11; \
	ORQ   R11, R8; \
	MOVL  $63, R11; \
	SUBL  R9, R11; \
	SHRL  $5, R11; \
	LEAQ  (R10)(R11*4), R10; \
	ORL   $32, R9; \
	MOVQ  R8, saved-8(SP)

// BUCKETS loads the buckets of the pixel to the left.
#define BUCKETS \
	MOVQ    ctx-40(SP), R11; \
	MOVBLZX 0(R11)(R15*1), R12; \
	MOVBLZX 1(R11)(R15*1), R13; \
	MOVBLZX 2(R11)(R15*1), R14; \
	SHRL    $5, R12; \
	SHRL    $5, R13; \
	SHRL    $5, R14

// LOOKUP takes a symbol of plane p from the buffer, as family.lookup.
#define LOOKUP(p, bucket, sym) \
	MOVL  BEST(p)(BX)(bucket*4), R11; \
	SHLQ  $(const_fastBits+2), R11; \
	ADDQ  fast-16(SP), R11; \
	MOVQ  R8, BP; \
	SHRQ  $(64-const_fastBits), BP; \
	MOVL  (R11)(BP*4), sym; \
	TESTL sym, sym; \
	JEQ   slow; \
	SHLXQ sym, R8, R8

// UPDATE is model.update for plane p. BP is the folded residual.
#define UPDATE(p, bucket) \
	SHLL       $4, BP; \
	ADDQ       cost-24(SP), BP; \
	MOVL       bucket, R11; \
	SHLL       $4, R11; \
	VMOVDQU    COUNTS(p)(BX)(R11*1), X2; \
	VPADDW     (BP), X2, X2; \
	VPHMINPOSUW X2, X3; /* the smallest counter, and its lane */ \
	VPEXTRW    $1, X3, BP; \
	MOVL       BP, BEST(p)(BX)(bucket*4); \
	VPCMPGTW   X9, X3, X3; \
	VPSRLQ     $15, X3, X3; /* 1 to halve, or 0 */ \
	VPSRLW     X3, X2, X2; \
	VMOVDQU    X2, COUNTS(p)(BX)(R11*1)

// func coloursAVX(d *decoder, grp *group, cur, prev *byte, i, end, runStart int) (next, lastRun int)
//
// Pixels are counted from the end, in bytes:
//
//	AX, DX, CX     symbols of the pixel
//	R12, R13, R14  buckets of the pixel to its left
//	R15            the pixel, from -4*(end-i) to 0
//	SI, DI         ends of its row and of the one above
//	R8, R9, R10    buf, n and pos of the bitReader, pos as a pointer
//	BX             the group
//	R11, BP        scratch
//	X0             the pixel to the left
//	X5 … X9        constants
TEXT ·coloursAVX(SB), NOSPLIT, $56-72
	MOVQ d+0(FP), AX
	MOVQ grp+8(FP), BX
	MOVQ end+40(FP), DX

	MOVQ cur+16(FP), SI
	LEAQ (SI)(DX*4), SI
	MOVQ group_ctx(BX), R11
	LEAQ (R11)(DX*4), R11
	MOVQ R11, ctx-40(SP)
	MOVQ i+32(FP), R15
	SUBQ DX, R15
	SHLQ $2, R15
	MOVQ runStart+48(FP), R12
	SUBQ DX, R12
	SHLQ $2, R12
	MOVQ R12, lastRun-56(SP)

	MOVQ (decoder_bits+bitReader_buf)(AX), R8
	MOVQ (decoder_bits+bitReader_n)(AX), R9
	MOVQ (decoder_bits+bitReader_src)(AX), R10
	MOVQ (decoder_bits+bitReader_src+8)(AX), R12
	LEAQ -8(R10)(R12*1), R12
	MOVQ R12, limit-32(SP)
	ADDQ (decoder_bits+bitReader_pos)(AX), R10

	MOVQ     group_family(BX), R12
	LEAQ     family_fast(R12), BP
	MOVQ     BP, fast-16(SP)
	LEAQ     family_cost(R12), BP
	MOVQ     BP, cost-24(SP)
	VMOVD    family_mask(R12), X5
	VMOVDQU  contexts<>(SB), X6
	VMOVDQU  residuals<>(SB), X7
	VPCMPEQB X9, X9, X9
	VPABSB   X9, X8               // 1 in each byte
	VPSRLW   $1, X9, X9
	MOVL     group_threshold(BX), BP
	VPINSRW  $0, BP, X9, X9       // no other word is greater than 1<<15-1

	MOVL  $3, R12
	SUBQ  DX, R12
	SHLQ  $2, R12
	MOVQ  R12, firstRun-48(SP)
	MOVQ  prev+24(FP), DI
	TESTQ DI, DI
	JEQ   top
	LEAQ  (DI)(DX*4), DI
	VMOVD (DI)(R15*1), X0         // column 0 is predicted from above alone
	CMPQ  i+32(FP), $0
	JEQ   alone
	VMOVD -4(SI)(R15*1), X0
	JMP   buckets

top:
	// The first row is predicted from the left, as if that were above as well,
	// and has no runs.
	LEAQ  -4(SI), DI
	VMOVD -4(SI)(R15*1), X0
	MOVQ  $1, firstRun-48(SP)

alone:
	// Nothing to the left of what is above; so no run.
	BUCKETS
	REFILL
	VMOVD (DI)(R15*1), X2
	JMP   code

buckets:
	BUCKETS
	PCALIGN $32

pixel:
	REFILL

	// The pixels above, and above and to the left.
	MOVL  (DI)(R15*1), R11
	VMOVD R11, X2
	XORL  -4(DI)(R15*1), R11
	SHLL  $8, R11
	JEQ   same

code:
	LOOKUP(0, R12, AX)
	LOOKUP(1, R13, DX)
	LOOKUP(2, R14, CX)
	LEAL (AX)(DX*1), R11
	ADDL CX, R11
	ANDL $63, R11
	SUBL R11, R9

	VMOVD   AX, X1
	VPINSRD $1, DX, X1, X1
	VPINSRD $2, CX, X1, X1
	VPAVGB  X0, X2, X3            // rounded up
	VPXOR   X0, X2, X4
	VPAND   X8, X4, X4
	VPSUBB  X4, X3, X3
	VPSHUFB X7, X1, X4
	VPADDB  X4, X3, X3
	VPAND   X5, X3, X0
	VMOVD   X0, (SI)(R15*1)
	VPSHUFB X6, X1, X4
	MOVQ    ctx-40(SP), R11
	VMOVD   X4, 4(R11)(R15*1)

	SUBB $1, group_skip(BX)
	JCS  update

next:
	MOVL AX, R12
	MOVL DX, R13
	MOVL CX, R14
	SHRL $29, R12
	SHRL $29, R13
	SHRL $29, R14
	ADDQ $4, R15
	JNE  pixel
	JMP  out

update:
	MOVBLZX AH, BP
	UPDATE(0, R12)
	MOVBLZX DH, BP
	UPDATE(1, R13)
	MOVBLZX CH, BP
	UPDATE(2, R14)

	// As group.nextSkip.
	MOVBLZX group_draw(BX), R11
	LEAQ    ·draws(SB), BP
	MOVBLZX (BP)(R11*1), R11
	ANDB    group_waitMask(BX), R11
	MOVB    R11, group_skip(BX)
	INCB    group_draw(BX)
	JMP     next

same:
	CMPQ R15, firstRun-48(SP)
	JLT  code
	MOVL -4(SI)(R15*1), R11
	CMPL R11, -8(SI)(R15*1)
	JNE  code
	CMPQ R15, lastRun-56(SP)
	JEQ  code

	// As bitReader.run. AX: state, R11: ones, then the length of the codeword,
	// DX: state after the ones, CX: length of the run.
	MOVQ    R8, R11
	NOTQ    R11
	BSRQ    R11, R11
	JEQ     slow
	XORL    $63, R11
	CMPL    R11, $const_maxRunOnes
	JGT     slow
	MOVBLZX group_runState(BX), AX
	LEAL    (AX)(R11*1), DX
	CMPL    DX, $31
	JGT     slow
	LEAQ    ·runSums(SB), BP
	MOVL    (BP)(DX*4), CX
	SUBL    (BP)(AX*4), CX
	LEAQ    ·runBits(SB), BP
	MOVBLZX (BP)(DX*1), AX
	INCL    R11
	SHLXQ   R11, R8, R8
	ADDL    AX, R11
	MOVQ    R8, BP
	SHRQ    $1, BP
	XORL    $63, AX
	SHRXQ   AX, BP, BP
	ADDL    BP, CX
	XORL    $63, AX
	SHLXQ   AX, R8, R8
	MOVQ    R15, BP
	NEGQ    BP
	SHRQ    $2, BP
	CMPQ    CX, BP
	JGT     slow
	SUBL    R11, R9
	SUBL    $1, DX                // but not below 0
	ADCL    $0, DX
	MOVB    DX, group_runState(BX)
	MOVQ    R15, lastRun-56(SP)

	// As fill.
	VPSHUFD $0, X0, X4
	LEAQ    (SI)(R15*1), R11
	LEAQ    (R15)(CX*4), BP
	CMPL    CX, $8
	JGT     long
	CMPQ    R15, $-32
	JGT     single
	VMOVDQU X4, (R11)
	VMOVDQU X4, 16(R11)
	JMP     filled

long:
	LEAQ -32(SI)(BP*1), DX        // where the last step begins

step:
	VMOVDQU X4, (R11)
	VMOVDQU X4, 16(R11)
	ADDQ    $32, R11
	CMPQ    R11, DX
	JCS     step
	VMOVDQU X4, (DX)
	VMOVDQU X4, 16(DX)
	JMP     filled

single:
	SUBL  $1, CX
	JCS   filled
	VMOVD X4, (R11)
	ADDQ  $4, R11
	JMP   single

filled:
	MOVQ  BP, R15
	TESTQ R15, R15
	JNE   buckets
	JMP   out

slow:
	MOVQ saved-8(SP), R8

out:
	MOVQ d+0(FP), AX
	MOVQ R8, (decoder_bits+bitReader_buf)(AX)
	MOVQ R9, (decoder_bits+bitReader_n)(AX)
	SUBQ (decoder_bits+bitReader_src)(AX), R10
	MOVQ R10, (decoder_bits+bitReader_pos)(AX)
	MOVQ end+40(FP), DX
	SARQ $2, R15
	ADDQ DX, R15
	MOVQ R15, next+56(FP)
	MOVQ lastRun-56(SP), R12
	SARQ $2, R12
	ADDQ DX, R12
	MOVQ R12, lastRun+64(FP)
	RET
