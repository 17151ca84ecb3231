/* The x86-64 encoder: one function per operand shape, one opcode word per instruction.
 *
 * It knows how instructions are encoded and nothing of units, values or registers' roles; selection (sel_*.c)
 * and the thunks are its callers. An opcode word says the opcode byte, its map, the mandatory prefix and the
 * width; enc.def lists the ones in use, and the test in tests/emit runs every row of it against an
 * independent disassembler. The caller guarantees room: no instruction is longer than 15 bytes. */
#ifndef CALQUE_X86_64_EMIT_H
#define CALQUE_X86_64_EMIT_H

#include <string.h>
#include "backend/jit/codebuf.h"

enum xreg { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, XNOREG = 0xff };

/* Condition codes as the hardware numbers them; c ^ 1 is the opposite. */
enum xcc {
    CC_O,
    CC_NO,
    CC_C,
    CC_NC,
    CC_Z,
    CC_NZ,
    CC_BE,
    CC_A,
    CC_S,
    CC_NS,
    CC_P,
    CC_NP,
    CC_L,
    CC_GE,
    CC_LE,
    CC_G
};

/* Opcode word: opcode byte, then */
enum {
    X_0F = 1 << 8,   /* map 0F */
    X_0F38 = 2 << 8, /* map 0F 38 */
    X_0F3A = 3 << 8, /* map 0F 3A */
    X_MAP = 3 << 8,
    X_66 = 1 << 12, /* mandatory prefixes (66 doubles as the operand-size prefix) */
    X_F3 = 2 << 12,
    X_F2 = 3 << 12,
    X_PFX = 3 << 12,
    X_W = 1 << 16,  /* 64-bit operands */
    X_R8 = 1 << 17, /* the reg operand is a byte register: spl..dil need a REX prefix */
    X_M8 = 1 << 18, /* the r/m operand, if a register, is a byte register */
    X_LOCK = 1 << 19,
    X_VEX = 1 << 20,
    X_REG = 1 << 21, /* kinds of register operands, for the tests: reg is an xmm */
    X_RMX = 1 << 22, /* r/m is an xmm */
    X_SCALAR =
        1 << 23, /* the last legacy prefix stands before REX: always so; marks scalar FP for the tests */
};

enum xop {
#define X_OP(name, word, imm, text) XO_##name = (word),
#include "backend/x86_64/enc.def"
};

/* A memory operand. base XNOREG: no base; index XNOREG: none. */
struct xmem {
    u8 base, index;
    u8 scale; /* 0..3: index * 1, 2, 4, 8 */
    u8 flags; /* XM_* */
    s32 disp;
};
enum {
    XM_GS = 1,  /* gs segment */
    XM_A32 = 2, /* 32-bit address arithmetic */
    XM_FAR = 4  /* the displacement moves with the guest's file: always four bytes, and noted in the buffer */
};

static inline void x_u8(struct codebuf *b, u8 v)
{
    *b->p++ = v;
}
static inline void x_u32(struct codebuf *b, u32 v)
{
    memcpy(b->p, &v, 4);
    b->p += 4;
}
static inline void x_u64(struct codebuf *b, u64 v)
{
    memcpy(b->p, &v, 8);
    b->p += 8;
}

/* Operation width (1, 2, 4, 8 bytes) applied to the opcode of a 32-bit form whose byte form is one below. */
static inline u32 x_sized(u32 op, int size)
{
    return size == 8 ? op | X_W : size == 4 ? op : size == 2 ? op | X_66 : (op & ~1u) | X_R8 | X_M8;
}

/* --- shapes: registers, memory; an immediate is appended by the caller where the row says so --- */
void x_rr(struct codebuf *b, u32 op, u8 reg, u8 rm);
void x_rm(struct codebuf *b, u32 op, u8 reg, struct xmem m);
/* x_rm with [rbp + disp] and an opcode word that asks for no more than REX, which state accesses mostly are. */
static inline void x_rbp(struct codebuf *b, u32 op, u8 reg, s32 disp)
{
    u8 *p = b->p, rex = (u8)((op & X_W ? 8 : 0) | (reg >> 1 & 4)), modrm = (u8)((reg & 7) << 3 | RBP);
    if (rex) *p++ = 0x40 | rex;
    p[0] = (u8)op;
    if (disp == (s8)disp) {
        p[1] = 0x40 | modrm;
        p[2] = (u8)disp;
        b->p = p + 3;
    } else {
        p[1] = 0x80 | modrm;
        memcpy(p + 2, &disp, 4);
        b->p = p + 6;
    }
}
/* VEX forms with a third register operand. */
void x_vrr(struct codebuf *b, u32 op, u8 reg, u8 v, u8 rm);
void x_vrm(struct codebuf *b, u32 op, u8 reg, u8 v, struct xmem m);
/* r/m addressed relative to the next instruction: returns where the 32-bit field is. No immediate may follow.
 */
u8 *x_rip(struct codebuf *b, u32 op, u8 reg);
u8 *x_vrip(struct codebuf *b, u32 op, u8 reg, u8 v);

/* --- the ALU eight: add or adc sbb and sub xor cmp by their /digit --- */
enum xalu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
static inline void x_alu_rr(struct codebuf *b, enum xalu op, int size, u8 dst, u8 src)
{
    x_rr(b, x_sized((u32)op * 8 + 3, size), dst, src);
}
static inline void x_alu_rm(struct codebuf *b, enum xalu op, int size, u8 dst, struct xmem m)
{
    x_rm(b, x_sized((u32)op * 8 + 3, size), dst, m);
}
static inline void x_alu_mr(struct codebuf *b, enum xalu op, int size, struct xmem m, u8 src)
{
    x_rm(b, x_sized((u32)op * 8 + 1, size), src, m);
}
void x_alu_ri(struct codebuf *b, enum xalu op, int size, u8 dst, s32 imm);
void x_alu_mi(struct codebuf *b, enum xalu op, int size, struct xmem m, s32 imm);
static inline void x_test_rr(struct codebuf *b, int size, u8 a, u8 c)
{
    x_rr(b, x_sized(0x85, size), c, a);
}
void x_test_ri(struct codebuf *b, int size, u8 a, s32 imm);

/* --- moves --- */
static inline void x_mov_rr(struct codebuf *b, int size, u8 dst, u8 src)
{
    x_rr(b, x_sized(0x8b, size < 4 ? 4 : size), dst, src);
}
void x_mov_ri(struct codebuf *b, u8 dst, u64 imm); /* shortest form; leaves the flags alone */
static inline void x_mov_ri64(struct codebuf *b, u8 dst, u64 imm) /* the longest: eight bytes of immediate */
{
    x_u8(b, (u8)(0x48 | dst >> 3));
    x_u8(b, 0xb8 | (dst & 7));
    x_u64(b, imm);
}
static inline void x_load(struct codebuf *b, int size, u8 dst,
                          struct xmem m) /* 4 or 8 bytes; 1, 2 zero-extend */
{
    x_rm(b, size == 1 ? XO_movzx8 : size == 2 ? XO_movzx16 : x_sized(0x8b, size), dst, m);
}
static inline void x_store(struct codebuf *b, int size, struct xmem m, u8 src)
{
    x_rm(b, x_sized(0x89, size), src, m);
}
void x_store_i(struct codebuf *b, int size, struct xmem m, s32 imm);
static inline void x_lea(struct codebuf *b, int size, u8 dst, struct xmem m)
{
    x_rm(b, x_sized(0x8d, size), dst, m);
}

/* --- shifts by /digit: rol ror rcl rcr shl shr - sar --- */
enum xshift { SH_ROL, SH_ROR, SH_RCL, SH_RCR, SH_SHL, SH_SHR, SH_SAR = 7 };
void x_shift_ri(struct codebuf *b, enum xshift op, int size, u8 dst, u8 imm);
static inline void x_shift_cl(struct codebuf *b, enum xshift op, int size, u8 dst)
{
    x_rr(b, x_sized(0xd3, size), op, dst);
}
/* group F7: not /2 neg /3 mul /4 imul /5 div /6 idiv /7 */
enum xf7 { F7_NOT = 2, F7_NEG, F7_MUL, F7_IMUL, F7_DIV, F7_IDIV };
static inline void x_f7(struct codebuf *b, enum xf7 op, int size, u8 rm)
{
    x_rr(b, x_sized(0xf7, size), op, rm);
}
static inline void x_imul_rri(struct codebuf *b, int size, u8 dst, u8 src, s32 imm)
{
    x_rr(b, x_sized(0x69, size), dst, src);
    x_u32(b, (u32)imm);
}

static inline void x_bswap(struct codebuf *b, int size, u8 r)
{
    if (size == 8 || r >= 8) x_u8(b, (u8)(0x40 | (size == 8 ? 8 : 0) | r >> 3));
    x_u8(b, 0x0f);
    x_u8(b, 0xc8 | (r & 7));
}

/* --- conditions and control --- */
static inline void x_setcc_r(struct codebuf *b, u8 cc, u8 dst)
{
    x_rr(b, 0x90 | cc | X_0F | X_M8, 0, dst);
}
static inline void x_setcc_m(struct codebuf *b, u8 cc, struct xmem m)
{
    x_rm(b, 0x90 | cc | X_0F, 0, m);
}
static inline void x_cmov_rr(struct codebuf *b, u8 cc, int size, u8 dst, u8 src)
{
    x_rr(b, x_sized(0x40 | X_0F, size < 4 ? 4 : size) | cc, dst, src);
}
/* Each returns the address of its 32-bit field, relative to the end of the field, for x_link. */
static inline u8 *x_rel32(struct codebuf *b)
{
    x_u32(b, 0);
    return b->p - 4;
}
static inline u8 *x_jcc(struct codebuf *b, u8 cc)
{
    x_u8(b, 0x0f);
    x_u8(b, 0x80 | cc);
    return x_rel32(b);
}
static inline u8 *x_jmp(struct codebuf *b)
{
    x_u8(b, 0xe9);
    return x_rel32(b);
}
static inline u8 *x_call(struct codebuf *b)
{
    x_u8(b, 0xe8);
    return x_rel32(b);
}
static inline void x_link(u8 *field, const u8 *to)
{
    s32 d = (s32)(to - (field + 4));
    memcpy(field, &d, 4);
}
/* Short forward jump over a few instructions; x_land ends it. */
static inline u8 *x_jcc8(struct codebuf *b, u8 cc)
{
    x_u8(b, 0x70 | cc);
    x_u8(b, 0);
    return b->p;
}
static inline u8 *x_jmp8(struct codebuf *b)
{
    x_u8(b, 0xeb);
    x_u8(b, 0);
    return b->p;
}
static inline void x_land(struct codebuf *b, u8 *from)
{
    from[-1] = (u8)(b->p - from);
}
void x_nops(struct codebuf *b, unsigned n); /* n bytes of no-operation, as few instructions as can be */
static inline void x_ret(struct codebuf *b)
{
    x_u8(b, 0xc3);
}
static inline void x_push(struct codebuf *b, u8 r)
{
    if (r >= 8) x_u8(b, 0x41);
    x_u8(b, 0x50 | (r & 7));
}
static inline void x_pop(struct codebuf *b, u8 r)
{
    if (r >= 8) x_u8(b, 0x41);
    x_u8(b, 0x58 | (r & 7));
}

static inline bool x_fits8(s64 v)
{
    return v == (s8)v;
}
static inline bool x_fits32(s64 v)
{
    return v == (s32)v;
}

#endif
