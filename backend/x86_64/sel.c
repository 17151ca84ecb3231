/* The shared part of selection: operands and their places, and the moves that the allocator asks for. */
#include "backend/x86_64/sel.h"

/* --- places --- */

u8 sel_window(struct jit *j)
{
    return j->wbase;
}

struct xmem sel_mem(struct jit *j, enum jit_mem mem, s32 off)
{
    struct xmem m = sel_cpu(off);
    if (mem == JM_WIN) m.index = sel_window(j);
    return m;
}

struct sel_src sel_source(struct jit *j, ir_ref r, int size)
{
    struct sel_src s = {.kind = SRC_REG};
    if (jit_plain(j, r)) {
        u64 k = jit_const(j, r);
        s64 v = size == 8 ? (s64)k : size == 4 ? (s32)k : size == 2 ? (s16)k : (s8)k;
        if (v == (s32)v) {
            s.kind = SRC_IMM;
            s.imm = (s32)v;
            return s;
        }
    } else if (!ir_is_const(r)) {
        const struct jval *v = &j->val[r];
        bool elsewhere = v->reg == JIT_NOREG && !v->pins && v->cc == JIT_NOCC;
        if (elsewhere && v->mem != JM_NONE && v->next == JIT_NEVER && jit_bytes(v->type) >= (u32)size) {
            s.kind = SRC_MEM;
            s.m = sel_mem(j, v->mem, v->off);
            return s;
        }
    }
    s.reg = xr(jr_use(j, r));
    return s;
}

void sel_alu(struct jit *j, enum xalu op, int size, u8 dst, struct sel_src s)
{
    if (s.kind == SRC_REG)
        x_alu_rr(&j->code, op, size, xr(dst), s.reg);
    else if (s.kind == SRC_IMM)
        x_alu_ri(&j->code, op, size, xr(dst), s.imm);
    else
        x_alu_rm(&j->code, op, size, xr(dst), s.m);
}

/* --- what the allocator asks for --- */

void jh_move(struct jit *j, u8 dst, u8 src, enum ir_type t)
{
    if (dst == src) return;
    if (jit_is_fp(t))
        x_rr(&j->code, XO_movaps, xr(dst), xr(src));
    else
        x_mov_rr(&j->code, t == IR_i64 ? 8 : 4, dst, src);
}

static void fp_load(struct jit *j, u8 dst, struct xmem m, enum ir_type t)
{
    x_rm(&j->code, t == IR_f32 ? XO_movss : t == IR_f64 ? XO_movsd : XO_movups, xr(dst), m);
}

static void fp_store(struct jit *j, struct xmem m, u8 src, enum ir_type t)
{
    x_rm(&j->code, t == IR_f32 ? XO_movss_st : t == IR_f64 ? XO_movsd_st : XO_movups_st, xr(src), m);
}

/* Words of the state block itself, the most of what is loaded and stored. */
static inline bool plain_word(enum jit_mem mem, enum ir_type t)
{
    return mem != JM_WIN && (t == IR_i32 || t == IR_i64);
}

void jh_load(struct jit *j, u8 dst, enum jit_mem mem, s32 off, enum ir_type t)
{
    if (plain_word(mem, t)) {
        x_rbp(&j->code, t == IR_i64 ? 0x8b | X_W : 0x8b, dst, off - (s32)CPU_BIAS);
        return;
    }
    struct xmem m = sel_mem(j, mem, off);
    if (jit_is_fp(t))
        fp_load(j, dst, m, t);
    else
        x_load(&j->code, (int)jit_bytes(t), dst, m);
}

void jh_store(struct jit *j, enum jit_mem mem, s32 off, u8 src, enum ir_type t)
{
    if (plain_word(mem, t)) {
        x_rbp(&j->code, t == IR_i64 ? 0x89 | X_W : 0x89, src, off - (s32)CPU_BIAS);
        return;
    }
    struct xmem m = sel_mem(j, mem, off);
    if (jit_is_fp(t))
        fp_store(j, m, src, t);
    else
        x_store(&j->code, (int)jit_bytes(t), m, src);
}

void jh_store_const(struct jit *j, s32 off, ir_ref r)
{
    enum ir_type t = jit_type(j, r);
    sel_store_num(j, off, jit_number(j, r));
    if (ir_type_bits[t] > 64) sel_store_u64(j, off + 8, j->u->consts[r & ~IR_CONST].hi);
}

void jh_const(struct jit *j, u8 dst, ir_ref r)
{
    if (jit_rel(j, r)) {
        sel_mov_addr(j, dst, jit_number(j, r).v);
        return;
    }
    u64 k = jit_const(j, r);
    enum ir_type t = jit_type(j, r);
    if (!jit_is_fp(t)) {
        x_mov_ri(&j->code, dst, t == IR_b1 ? k & 1 : k);
        return;
    }
    u64 hi = ir_type_bits[t] > 64 ? j->u->consts[r & ~IR_CONST].hi : 0;
    if (k == 0 && hi == 0) {
        x_rr(&j->code, XO_xorps, xr(dst), xr(dst));
        return;
    }
    /* Through the soft cells: no integer register need be free. */
    s32 cell = (JIT_SOFT_CELL + 6) * 8;
    sel_store_u64(j, cell, k);
    if (ir_type_bits[t] > 64) sel_store_u64(j, cell + 8, hi);
    fp_load(j, dst, sel_cpu(cell), t);
}

void jh_condition(struct jit *j, u8 dst, u8 cc)
{
    x_setcc_r(&j->code, cc, dst);
}
void jh_condition_mem(struct jit *j, s32 off, u8 cc)
{
    x_setcc_m(&j->code, cc, sel_cpu(off));
}

/* --- leaving --- */

void sel_store_u64(struct jit *j, s32 off, u64 v)
{
    if (x_fits32((s64)v)) {
        x_store_i(&j->code, 8, sel_cpu(off), (s32)v);
    } else {
        x_store_i(&j->code, 4, sel_cpu(off), (s32)v);
        x_store_i(&j->code, 4, sel_cpu(off + 4), (s32)(v >> 32));
    }
}

/* Which half of an address moves is the guest's; what else is in it, mode bits, says the form. */
void sel_mov_addr(struct jit *j, u8 dst, u64 v)
{
    bool narrow = sel_narrow_key(j, (struct jit_num){v, true});
    if (narrow)
        x_mov_ri(&j->code, dst, v);
    else
        x_mov_ri64(&j->code, dst, v);
    jit_reloc_key(j, code_offset(&j->code) - (narrow ? 4 : 8), v);
}

void sel_store_num(struct jit *j, s32 off, struct jit_num n)
{
    if (!n.rel) {
        sel_store_u64(j, off, n.v);
        return;
    }
    x_store_i(&j->code, 4, sel_cpu(off), (s32)n.v);
    jit_reloc(j, code_offset(&j->code) - 4, RELOC_GUEST_KEY, n.v);
    x_store_i(&j->code, 4, sel_cpu(off + 4), (s32)(n.v >> 32));
    if (j->u->layout->addr_bits != 32)
        jit_reloc(j, code_offset(&j->code) - 4, RELOC_GUEST_KEY_HIGH, n.v);
}

bool sel_narrow_key(const struct jit *j, struct jit_num key)
{
    return (!key.rel || j->u->layout->addr_bits == 32) && key.v >> 32 == 0;
}

void sel_store_key(struct jit *j, struct jit_num key)
{
    if (key.rel) {
        sel_mov_addr(j, RCX, key.v);
        x_store(&j->code, 8, sel_cpu(OFF(key)), RCX);
    } else {
        sel_store_u64(j, OFF(key), key.v);
    }
}

void sel_leave_at(struct jit *j, enum jit_keyed why, struct jit_num key)
{
    bool narrow = sel_narrow_key(j, key);
    u32 at = code_offset(&j->code), bytes = narrow ? 4 : 8;
    u8 *p = j->code.p;
    memcpy(p, &(u64){0xe8}, 8); /* call rel32 */
    memcpy(p + 5, &key.v, 8);
    j->code.p = p + 5 + bytes;
    struct side_reloc *r = jit_reloc_room(j, 2);
    r[0] = (struct side_reloc){.offset = at + 1,
                               .kind = RELOC_THUNK_REL32,
                               .size = 4,
                               .addend = (u32)(THUNK_KEYED + (narrow ? 0 : KEYED_COUNT) + why)};
    r[1] = (struct side_reloc){.offset = at + 5,
                               .kind = RELOC_GUEST_KEY,
                               .size = j->u->layout->addr_bits / 8,
                               .addend = key.v};
    j->nrelocs += key.rel ? 2 : 1;
}

void sel_thunk(struct jit *j, u8 *field, enum jit_thunk which)
{
    jit_reloc(j, (u32)(field - j->code.base), RELOC_THUNK_REL32, which);
}

void sel_leave(struct jit *j, enum cpu_exit why)
{
    sel_thunk(j, x_jmp(&j->code), (enum jit_thunk)(THUNK_LEAVE + why));
}

/* --- conditions --- */

u8 sel_condition(struct jit *j, ir_ref r)
{
    if (!ir_is_const(r)) {
        const struct jval *v = &j->val[r];
        if (v->cc != JIT_NOCC) return v->cc;
        if (v->reg == JIT_NOREG && !v->pins && v->mem != JM_NONE && v->next == JIT_NEVER) {
            jr_forget_flags(j);
            x_alu_mi(&j->code, ALU_CMP, 1, sel_mem(j, v->mem, v->off), 0);
            return CC_NZ;
        }
    }
    u8 reg = jr_use(j, r);
    jr_forget_flags(j);
    x_test_rr(&j->code, 1, reg, reg);
    return CC_NZ;
}
