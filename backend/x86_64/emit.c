/* Encoding proper: prefixes, REX and VEX, ModRM, SIB, displacements. See emit.h; called by selection and
 * thunks. */
#include "backend/x86_64/emit.h"

/* These write through a pointer of their own: a byte stored through the buffer's might be the pointer itself, for all
 * the compiler knows. */
static inline u8 *prefixes(u8 *p, u32 op, u8 mem_flags)
{
    static const u8 byte[4] = {0, 0x66, 0xf3, 0xf2};
    if (likely(mem_flags == 0 && !(op & (X_LOCK | X_PFX)))) return p;
    if (mem_flags & XM_GS) *p++ = 0x65;
    if (mem_flags & XM_A32) *p++ = 0x67;
    if (op & X_LOCK) *p++ = 0xf0;
    if (op & X_PFX) *p++ = byte[(op & X_PFX) >> 12];
    return p;
}

/* 66 after another mandatory prefix: 16-bit forms of F3/F2 instructions are not used, so one field is enough.
 */
static inline u8 *rex_opcode(u8 *p, u32 op, u8 reg, u8 index, u8 base, bool byte_rm)
{
    u8 rex = (u8)((op & X_W ? 8 : 0) | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | (base >> 3 & 1));
    if (rex || ((op & X_R8) && reg >= 4) || (byte_rm && base >= 4)) *p++ = 0x40 | rex;
    if (op & X_MAP) {
        *p++ = 0x0f;
        if ((op & X_MAP) == X_0F38) *p++ = 0x38;
        if ((op & X_MAP) == X_0F3A) *p++ = 0x3a;
    }
    *p++ = (u8)op;
    return p;
}

/* What the two plain shapes, registers and a base with a displacement, come to in most cases: REX, map 0F or none, opcode.
 * False if the instruction needs more. */
static inline bool plain_opcode(u32 op)
{
    return !(op & (X_LOCK | X_PFX | (X_0F38 & X_0F3A)));
}
static inline u8 *plain(u8 *p, u32 op, u8 reg, u8 base, bool byte)
{
    u8 rex = (u8)((op >> 13 & 8) | (reg >> 1 & 4) | base >> 3);
    if (rex || byte) *p++ = 0x40 | rex;
    if (op & X_MAP) *p++ = 0x0f;
    *p++ = (u8)op;
    return p;
}
_Static_assert(X_W == 8 << 13, "the REX bit of an opcode word");

static __attribute__((noinline)) u8 *any_rr(u8 *p, u32 op, u8 reg, u8 rm)
{
    p = prefixes(p, op, 0);
    return rex_opcode(p, op, reg, 0, rm, op & X_M8);
}

void x_rr(struct codebuf *b, u32 op, u8 reg, u8 rm)
{
    u8 *p = b->p;
    if (likely(plain_opcode(op) && !(op & (X_R8 | X_M8))))
        p = plain(p, op, reg, rm, false);
    else
        p = any_rr(p, op, reg, rm);
    *p = (u8)(0xc0 | (reg & 7) << 3 | (rm & 7));
    b->p = p + 1;
}

static void note_far(struct codebuf *b, const u8 *p)
{
    u32 n = b->nfar & ~CODE_FAILED;
    if (n < ARRAY_LEN(b->far)) b->far[n] = (u32)(p - b->base);
    b->nfar++; /* one too many is reported by the translation */
}

static inline u8 *disp32(struct codebuf *b, u8 *p, struct xmem m)
{
    if (m.flags & XM_FAR) note_far(b, p);
    memcpy(p, &m.disp, 4);
    return p + 4;
}

/* ModRM, SIB, displacement. */
static inline u8 *address(struct codebuf *b, u8 *p, u8 reg, struct xmem m)
{
    u8 r = (u8)((reg & 7) << 3);
    if (m.base == XNOREG) { /* [index*scale + disp32], or [disp32] with a SIB byte that names nothing */
        *p++ = r | 4;
        *p++ = m.index == XNOREG ? 0x25 : (u8)(m.scale << 6 | (m.index & 7) << 3 | 5);
        return disp32(b, p, m);
    }
    u8 mod = m.disp == 0 && (m.base & 7) != RBP ? 0 : x_fits8(m.disp) ? 0x40 : 0x80;
    if (m.flags & XM_FAR) mod = 0x80;
    if (m.index != XNOREG) {
        *p++ = mod | r | 4;
        *p++ = (u8)(m.scale << 6 | (m.index & 7) << 3 | (m.base & 7));
    } else {
        *p++ = mod | r | (m.base & 7);
        if ((m.base & 7) == RSP) *p++ = 0x24;
    }
    if (mod == 0x80) return disp32(b, p, m);
    if (mod == 0x40) *p++ = (u8)m.disp;
    return p;
}

static inline u8 high(u8 r)
{
    return r == XNOREG ? 0 : r;
}

static __attribute__((noinline)) void any_rm(struct codebuf *b, u8 *p, u32 op, u8 reg, struct xmem m)
{
    p = rex_opcode(p, op, reg, high(m.index), high(m.base), false);
    b->p = address(b, p, reg, m);
}

/* The displacement of a plain operand behind its ModRM byte and, if any, SIB byte: how long it is goes into the former. */
static inline u8 *displacement(u8 *modrm, u8 *p, struct xmem m)
{
    if (x_fits8(m.disp)) {
        bool none = m.disp == 0 && (m.base & 7) != RBP;
        *p = (u8)m.disp;
        *modrm |= none ? 0 : 0x40;
        return none ? p : p + 1;
    }
    *modrm |= 0x80;
    memcpy(p, &m.disp, 4);
    return p + 4;
}

/* Base, index and displacement. */
static __attribute__((noinline)) void indexed_rm(struct codebuf *b, u8 *p, u32 op, u8 reg, struct xmem m)
{
    u8 rex = (u8)((op >> 13 & 8) | (reg >> 1 & 4) | (m.index >> 2 & 2) | m.base >> 3);
    if (rex || ((op & X_R8) && reg >= 4)) *p++ = 0x40 | rex;
    if (op & X_MAP) *p++ = 0x0f;
    p[0] = (u8)op;
    p[1] = (u8)((reg & 7) << 3 | 4);
    p[2] = (u8)(m.scale << 6 | (m.index & 7) << 3 | (m.base & 7));
    b->p = displacement(p + 1, p + 3, m);
}

/* Bases that neither ask for a SIB byte nor are none. */
#define PLAIN_BASES (0xffffu & ~(1u << RSP | 1u << R12))

void x_rm(struct codebuf *b, u32 op, u8 reg, struct xmem m)
{
    u8 *p = b->p;
    if (m.flags || !plain_opcode(op)) {
        p = prefixes(p, op, m.flags);
        if ((m.flags & XM_FAR) || (op & X_0F38 & X_0F3A)) {
            any_rm(b, p, op, reg, m);
            return;
        }
    }
    if (m.index != XNOREG || !(PLAIN_BASES >> (m.base & 31) & 1)) {
        if (m.index != XNOREG && m.base != XNOREG)
            indexed_rm(b, p, op, reg, m);
        else
            any_rm(b, p, op, reg, m);
        return;
    }
    p = plain(p, op, reg, m.base, (op & X_R8) && reg >= 4);
    *p = (u8)((reg & 7) << 3 | (m.base & 7));
    b->p = displacement(p, p + 1, m);
}

static void vex(struct codebuf *b, u32 op, u8 reg, u8 v, u8 index, u8 base)
{
    if ((op & X_MAP) == X_0F && !(op & X_W) && index < 8 &&
        base < 8) { /* the short form has room for no more */
        x_u8(b, 0xc5);
        x_u8(b, (u8)(((~reg >> 3 & 1) << 7) | (~v & 15) << 3 | (op & X_PFX) >> 12));
        x_u8(b, (u8)op);
        return;
    }
    x_u8(b, 0xc4);
    x_u8(b, (u8)(((~reg >> 3 & 1) << 7) | ((~index >> 3 & 1) << 6) | ((~base >> 3 & 1) << 5) |
                 (op & X_MAP) >> 8));
    x_u8(b, (u8)((op & X_W ? 0x80 : 0) | (~v & 15) << 3 | (op & X_PFX) >> 12));
    x_u8(b, (u8)op);
}

void x_vrr(struct codebuf *b, u32 op, u8 reg, u8 v, u8 rm)
{
    vex(b, op, reg, v, 0, rm);
    x_u8(b, (u8)(0xc0 | (reg & 7) << 3 | (rm & 7)));
}

void x_vrm(struct codebuf *b, u32 op, u8 reg, u8 v, struct xmem m)
{
    b->p = prefixes(b->p, 0, m.flags);
    vex(b, op, reg, v, high(m.index), high(m.base));
    b->p = address(b, b->p, reg, m);
}

u8 *x_rip(struct codebuf *b, u32 op, u8 reg)
{
    u8 *p = prefixes(b->p, op, 0);
    p = rex_opcode(p, op, reg, 0, 0, false);
    *p++ = (u8)((reg & 7) << 3 | 5);
    b->p = p;
    return x_rel32(b);
}

u8 *x_vrip(struct codebuf *b, u32 op, u8 reg, u8 v)
{
    vex(b, op, reg, v, 0, 0);
    x_u8(b, (u8)((reg & 7) << 3 | 5));
    return x_rel32(b);
}

static void imm(struct codebuf *b, int size, s32 v)
{
    if (size == 1) {
        x_u8(b, (u8)v);
    } else if (size == 2) {
        x_u8(b, (u8)v);
        x_u8(b, (u8)(v >> 8));
    } else {
        x_u32(b, (u32)v);
    }
}

void x_alu_ri(struct codebuf *b, enum xalu op, int size, u8 dst, s32 v)
{
    if (size == 1) {
        x_rr(b, 0x80 | X_M8, op, dst);
        x_u8(b, (u8)v);
    } else if (x_fits8(v)) {
        x_rr(b, x_sized(0x83, size), op, dst);
        x_u8(b, (u8)v);
    } else {
        x_rr(b, x_sized(0x81, size), op, dst);
        imm(b, size, v);
    }
}

void x_alu_mi(struct codebuf *b, enum xalu op, int size, struct xmem m, s32 v)
{
    if (size == 1) {
        x_rm(b, 0x80, op, m);
        x_u8(b, (u8)v);
    } else if (x_fits8(v)) {
        x_rm(b, x_sized(0x83, size), op, m);
        x_u8(b, (u8)v);
    } else {
        x_rm(b, x_sized(0x81, size), op, m);
        imm(b, size, v);
    }
}

void x_test_ri(struct codebuf *b, int size, u8 a, s32 v)
{
    x_rr(b, size == 1 ? 0xf6 | X_M8 : x_sized(0xf7, size), 0, a);
    imm(b, size, v);
}

void x_mov_ri(struct codebuf *b, u8 dst, u64 v)
{
    if (v == (u32)v) {
        if (dst >= 8) x_u8(b, 0x41);
        x_u8(b, 0xb8 | (dst & 7));
        x_u32(b, (u32)v);
    } else if (x_fits32((s64)v)) {
        x_rr(b, 0xc7 | X_W, 0, dst);
        x_u32(b, (u32)v);
    } else {
        x_mov_ri64(b, dst, v);
    }
}

void x_store_i(struct codebuf *b, int size, struct xmem m, s32 v)
{
    x_rm(b, size == 1 ? 0xc6 : x_sized(0xc7, size), 0, m);
    imm(b, size, v);
}

void x_shift_ri(struct codebuf *b, enum xshift op, int size, u8 dst, u8 v)
{
    if (v == 1) {
        x_rr(b, x_sized(0xd1, size), op, dst);
    } else {
        x_rr(b, x_sized(0xc1, size), op, dst);
        x_u8(b, v);
    }
}

void x_nops(struct codebuf *b, unsigned n)
{
    static const u8 nop[9][9] = {
        {0x90},
        {0x66, 0x90},
        {0x0f, 0x1f, 0x00},
        {0x0f, 0x1f, 0x40, 0x00},
        {0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
        {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
        {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
        {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
    };
    while (n) {
        unsigned k = n < 9 ? n : 9;
        memcpy(b->p, nop[k - 1], 9); /* there is room for an instruction */
        b->p += k;
        n -= k;
    }
}
