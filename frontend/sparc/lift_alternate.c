/* Loads and stores in alternate address spaces (V9 A.8, A.25 to A.28, A.51 to A.58; 6.3.1.3). A user program
 * has those with the top bit set: primary and secondary, which on Linux are the same memory, each also
 * no-fault (80 to 83), their little-endian forms (88 to 8b), and those of VIS: blocks (f0, f1, e0, e1;
 * little-endian f8, f9), partial stores of bytes, halfwords, words (c0 to c5; c8 to cd), bytes and halfwords
 * in doubles (d0 to d3; d8 to db).
 *
 * %asi is not known to the unit as a rule. Then the unit ends before the access, and goes on in one whose key
 * says what %asi holds. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

static enum sparc_space_kind kind(u32 asi)
{
    u32 low = asi & 7;
    switch (asi & 0xf0) {
    case 0x80: return low < 2 ? SPARC_SPACE_PLAIN : low < 4 ? SPARC_SPACE_NO_FAULT : SPARC_SPACE_NONE;
    case 0xc0: return low < 6 ? SPARC_SPACE_PARTIAL : SPARC_SPACE_NONE;
    case 0xd0: return low < 4 ? SPARC_SPACE_SHORT : SPARC_SPACE_NONE;
    case 0xe0: return asi < 0xe2 ? SPARC_SPACE_BLOCK : SPARC_SPACE_NONE;
    case 0xf0: return low < 2 ? SPARC_SPACE_BLOCK : SPARC_SPACE_NONE;
    default: return SPARC_SPACE_NONE;
    }
}

static void begin_anew(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref asi = ir_zext(u, IR_i64, ir_get(u, IR_i8, SPARC_OFF(asi)));
    u64 fixed = sparc_key(l, (u32)l->pc) | (l->key & SPARC_KEY_NPC) | SPARC_KEY_ASI;
    ir_exit_ind(u, ir_or(u, ir_shl(u, asi, ir_i64(u, SPARC_ASIVAL_SHIFT)), ir_addr(u, IR_i64, fixed)));
    l->done = true;
}

bool sparc_asi(struct lift *l, u32 i, u32 asi, ir_ref addr, struct sparc_space *space)
{
    if (i && !(l->key & SPARC_KEY_ASI)) {
        begin_anew(l);
        return false;
    }
    if (i) asi = (u8)(l->key >> SPARC_ASIVAL_SHIFT);
    *space = (struct sparc_space){
        .kind = (u8)kind(asi), .size = asi >> 1 & 3, .flags = IR_MEM_ALIGN | (asi & 8 ? 0 : IR_MEM_BE)};
    if (space->kind != SPARC_SPACE_NONE) return true;
    ir_exit_trap(l->u, asi < 0x80 ? SPARC_TRAP_PRIVILEGED : SPARC_TRAP_ASI, ir_zext(l->u, IR_i64, addr));
    l->done = true;
    return false;
}

bool sparc_bad_space(struct lift *l, ir_ref addr)
{
    ir_exit_trap(l->u, SPARC_TRAP_ASI, ir_zext(l->u, IR_i64, addr));
    l->done = true;
    return true;
}

/* The space of integers and atomics, which have those of V9; stores and atomics have no no-fault ones. */
static bool integer_space(struct lift *l, u32 i, u32 asi, ir_ref addr, bool load, struct sparc_space *s)
{
    if (!sparc_asi(l, i, asi, addr, s)) return false;
    if (s->kind == SPARC_SPACE_PLAIN || (load && s->kind == SPARC_SPACE_NO_FAULT)) return true;
    return !sparc_bad_space(l, addr);
}

static bool plain_space(struct lift *l, u32 i, u32 asi, ir_ref addr, u8 *flags)
{
    struct sparc_space s;
    if (!integer_space(l, i, asi, addr, false, &s)) return false;
    *flags = s.flags;
    return true;
}

ir_ref sparc_load_nofault(struct lift *l, u32 size, ir_ref addr, const struct sparc_space *s)
{
    return sparc_load(l, size, addr, s->flags | IR_MEM_NOFAULT);
}

static ir_ref address(struct lift *l, const struct sparc_args_mema *a)
{
    return sparc_address(l, a->rs1, a->i, a->rs2, a->imm);
}

static ir_ref extended(struct lift *l, u32 size, ir_ref v)
{
    static const u8 types[4] = {IR_i8, IR_i16, IR_i32, IR_i64};
    return size & 4 ? ir_sext(l->u, IR_i64, ir_trunc(l->u, types[size & 3], v)) : v;
}

static bool load(struct lift *l, const struct sparc_args_mema *a, u32 size)
{
    struct sparc_space s;
    ir_ref addr = address(l, a);
    if (!integer_space(l, a->i, a->asi, addr, true, &s)) return true;
    if (s.kind == SPARC_SPACE_NO_FAULT)
        sparc_set_reg(l, a->rd, extended(l, size, sparc_load_nofault(l, size & 3, addr, &s)));
    else
        sparc_set_reg(l, a->rd, sparc_load(l, size, addr, s.flags));
    return true;
}

static bool store(struct lift *l, const struct sparc_args_mema *a, u32 size)
{
    u8 flags;
    if (!plain_space(l, a->i, a->asi, address(l, a), &flags)) return true;
    sparc_store(l, size, address(l, a), sparc_reg(l, a->rd), flags);
    return true;
}

#define LOAD(name, size)                                                                                     \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_mema *a)                                  \
    {                                                                                                        \
        return load(l, a, size);                                                                             \
    }
#define STORE(name, size)                                                                                    \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_mema *a)                                  \
    {                                                                                                        \
        return store(l, a, size);                                                                            \
    }
LOAD(lduba, 0)
LOAD(lduha, 1)
LOAD(lduwa, 2)
LOAD(ldxa, 3)
LOAD(ldsba, 4)
LOAD(ldsha, 5)
LOAD(ldswa, 6)
STORE(stba, 0)
STORE(stha, 1)
STORE(stwa, 2)
STORE(stxa, 3)

/* In a little-endian space each word of the pair is reversed by itself (6.3.1.2.2). */
static ir_ref pair(struct lift *l, ir_ref even, ir_ref odd, u8 flags)
{
    return flags & IR_MEM_BE ? ir_pair(l->u, odd, even) : ir_pair(l->u, even, odd);
}

bool sparc_lift_ldda(struct lift *l, const struct sparc_args_mema *a)
{
    struct ir_unit *u = l->u;
    struct sparc_space s;
    ir_ref addr = address(l, a);
    if (!integer_space(l, a->i, a->asi, addr, true, &s)) return true;
    ir_ref v = s.kind == SPARC_SPACE_NO_FAULT ? sparc_load_nofault(l, 3, addr, &s)
                                              : ir_load(u, IR_i64, addr, s.flags);
    ir_ref high = ir_trunc(u, IR_i32, ir_shr(u, v, ir_i64(u, 32))), low = ir_trunc(u, IR_i32, v);
    bool be = s.flags & IR_MEM_BE;
    sparc_set_reg32(l, a->rd, be ? high : low);
    sparc_set_reg32(l, a->rd + 1, be ? low : high);
    return true;
}

bool sparc_lift_stda(struct lift *l, const struct sparc_args_mema *a)
{
    u8 flags;
    if (!plain_space(l, a->i, a->asi, address(l, a), &flags)) return true;
    ir_store(l->u, address(l, a), pair(l, sparc_reg32(l, a->rd), sparc_reg32(l, a->rd + 1), flags), flags);
    return true;
}

bool sparc_lift_ldstuba(struct lift *l, const struct sparc_args_mema *a)
{
    u8 flags;
    if (!plain_space(l, a->i, a->asi, address(l, a), &flags)) return true;
    ir_ref old = ir_rmw(l->u, IR_OP_rmw_xchg, address(l, a), ir_const(l->u, IR_i8, 0xff), IR_MEM_SC);
    sparc_set_reg(l, a->rd, ir_zext(l->u, IR_i64, old));
    return true;
}

bool sparc_lift_swapa(struct lift *l, const struct sparc_args_mema *a)
{
    u8 flags;
    if (!plain_space(l, a->i, a->asi, address(l, a), &flags)) return true;
    ir_ref old = ir_rmw(l->u, IR_OP_rmw_xchg, address(l, a), sparc_reg32(l, a->rd), flags | IR_MEM_SC);
    sparc_set_reg32(l, a->rd, old);
    return true;
}

bool sparc_lift_casa(struct lift *l, const struct sparc_args_cas *a)
{
    u8 flags;
    ir_ref addr = sparc_reg32(l, a->rs1);
    if (!plain_space(l, a->i, a->asi, addr, &flags)) return true;
    ir_ref old = ir_cas(l->u, addr, sparc_reg32(l, a->rs2), sparc_reg32(l, a->rd), flags | IR_MEM_SC);
    sparc_set_reg32(l, a->rd, old);
    return true;
}

bool sparc_lift_casxa(struct lift *l, const struct sparc_args_cas *a)
{
    u8 flags;
    ir_ref addr = sparc_reg32(l, a->rs1);
    if (!plain_space(l, a->i, a->asi, addr, &flags)) return true;
    ir_ref old = ir_cas(l->u, addr, sparc_reg(l, a->rs2), sparc_reg(l, a->rd), flags | IR_MEM_SC);
    sparc_set_reg(l, a->rd, old);
    return true;
}

bool sparc_lift_prefetcha(struct lift *l, const struct sparc_args_mema *a)
{
    (void)l, (void)a;
    return true;
}
