/* Guest memory. One access is one host instruction: its address arithmetic is the operand's, the MMU finds
 * the faults. Sums of 32-bit addresses carry the address-size prefix, under which they wrap; single registers
 * hold i32 values zero-extended and need none. */
#include "backend/x86_64/sel.h"
#include <errno.h>
#include <signal.h>

/* --- addresses --- */

static struct xmem const_address(struct jit *j, const struct jinsn *ji, enum ir_type t, u8 gs)
{
    bool rel = jit_rel(j, ji->ref[0]);
    u64 k = jit_number(j, ji->ref[0]).v + (u64)(s64)ji->disp;
    struct xmem m = {.base = XNOREG, .index = XNOREG, .flags = gs};
    if (t == IR_i32) {
        m.disp = (s32)k;
        m.flags |= XM_A32;
        if (rel) /* one form for all addresses */
            m.flags |= XM_FAR;
        else if ((s32)k >= 0 && ji->ref[3] == IR_NONE)
            m.flags = gs;
    } else if (rel) {
        m.base = jr_alloc(j, JIT_GPRS);
        sel_mov_addr(j, m.base, k);
    } else if (x_fits32((s64)k)) {
        m.disp = (s32)k;
    } else {
        m.base = jr_alloc(j, JIT_GPRS);
        x_mov_ri(&j->code, m.base, k);
    }
    if (ji->ref[3] != IR_NONE) {
        m.index = jr_use(j, ji->ref[3]);
        m.scale = ji->scale & 3;
    }
    return m;
}

static struct xmem address(struct jit *j, const struct ir_insn *x)
{
    const struct jinsn *ji = j->cur;
    enum ir_type t = jit_type(j, x->a);
    u8 gs = j->opt->use_base ? XM_GS : 0;
    j->mark_faults = true;
    if (ir_is_const(ji->ref[0])) return const_address(j, ji, t, gs);
    struct xmem m = {.base = jr_use(j, ji->ref[0]), .index = XNOREG, .disp = ji->disp, .flags = gs};
    if (ji->ref[3] != IR_NONE) {
        m.index = jr_use(j, ji->ref[3]);
        m.scale = ji->scale & 3;
        if (m.scale == 0 && (m.base & 7) == RBP) {
            u8 b = m.base;
            m.base = m.index;
            m.index = b;
        }
    }
    bool sum = (j->flag[j->i] & JI_SUM) && (m.disp || m.index != XNOREG);
    if (t == IR_i32 && (sum || (j->flag[j->i] & JI_LOW))) m.flags |= XM_A32;
    return m;
}

static void misaligned(struct jit *j, struct jit_ool *o)
{
    x_store(&j->code, 8, sel_cpu(OFF(exit_detail)), o->reg[0]);
    struct jit_num key = jit_mark_key(j, o->mark), aux = jit_mark_aux(j, o->mark);
    if (aux.v == 0 && !aux.rel) {
        sel_leave_at(j, KEYED_MISALIGNED, key);
        return;
    }
    sel_store_num(j, OFF(key), key);
    sel_store_num(j, OFF(aux), aux);
    sel_store_u64(j, OFF(exit_info), CPU_FAULT_INFO(SIGBUS, BUS_ADRALN));
    sel_leave(j, CPU_EXIT_FAULT);
}

/* What r is a constant away from, and how far; only the low bits of the distance mean anything. */
static ir_ref root_of(const struct jit *j, ir_ref r, u32 *off)
{
    *off = 0;
    for (u32 steps = 0; steps < 8 && !ir_is_const(r); steps++) {
        const struct ir_insn *d = &j->insns[r];
        if ((d->op == IR_OP_add || d->op == IR_OP_sub) && jit_plain(j, d->b)) {
            u32 k = (u32)jit_const(j, d->b);
            *off += d->op == IR_OP_add ? k : 0 - k;
        } else if (d->op != IR_OP_trunc || d->type != IR_i32 || jit_is_fp(jit_type(j, d->a))) {
            break;
        }
        r = d->a;
    }
    return r;
}

/* Is address `a` a multiple of `to` in any case: a constant (what moves a file moves it by pages), or an address checked
 * before in this block and a multiple of `to` away? If not, it is from now on. */
static bool surely_aligned(struct jit *j, ir_ref a, u32 to)
{
    u32 off;
    ir_ref r = root_of(j, a, &off);
    if (ir_is_const(r)) return (((u32)jit_number(j, r).v + off) & (to - 1)) == 0;
    for (u32 i = 0; i < MIN(j->nsure, JIT_SURE); i++)
        if (j->sure[i].root == r && j->sure[i].to >= to && ((off - j->sure[i].off) & (to - 1)) == 0) return true;
    j->sure[j->nsure++ % JIT_SURE] = (struct jit_sure){r, off, to};
    return false;
}

/* A register of the address that is no other operand's. */
static void release(struct jit *j, u8 reg)
{
    if (jr_where(j, j->cur->ref[1]) != reg && jr_where(j, j->cur->ref[2]) != reg) jr_unlock(j, reg);
}

/* Demands alignment to `to` bytes: the address in a register, tested. */
static struct xmem aligned(struct jit *j, const struct ir_insn *x, struct xmem m, u32 to)
{
    u8 r = m.base;
    if (m.disp || m.index != XNOREG || m.base == XNOREG || (m.flags & XM_A32)) {
        r = jr_alloc(j, JIT_GPRS);
        struct xmem sum = m;
        sum.flags = m.flags & XM_FAR;
        x_lea(&j->code, jit_type(j, x->a) == IR_i32 ? 4 : 8, r, sum);
        release(j, m.base); /* the sum stands for them from here on */
        release(j, m.index);
    }
    jr_forget_flags(j);
    x_test_ri(&j->code, 1, r, (s32)(to - 1));
    u8 *field = x_jcc(&j->code, CC_NZ);
    struct jit_ool *o = jit_out_of_line(j, misaligned, (u32)(field - j->code.base));
    o->reg[0] = r;
    return (struct xmem){.base = r, .index = XNOREG, .flags = m.flags & XM_GS};
}

static struct xmem operand(struct jit *j, const struct ir_insn *x, u32 size)
{
    struct xmem m = address(j, x);
    u32 to = x->flags & IR_MEM_ALIGN ? size : 1;
    if ((x->flags & IR_MEM_ALIGN4) && to < 4) to = 4;
    return to > 1 && !surely_aligned(j, x->a, to) ? aligned(j, x, m, to) : m;
}

static bool no_such_type(struct jit *j, enum ir_type t)
{
    if (t != IR_f80 && t != IR_v256) return false;
    jit_fail(j, -ENOSYS, "an access of f80 or v256");
    return true;
}

/* --- load and store --- */

/* Big-endian into an integer register, zero-extended. */
static void load_be(struct jit *j, u8 d, int size, struct xmem m)
{
    if (size == 2) {
        x_load(&j->code, 2, d, m);
        x_shift_ri(&j->code, SH_ROL, 2, d, 8);
    } else if (size == 1) {
        x_load(&j->code, 1, d, m);
    } else if (has(j, HOST_MOVBE)) {
        x_rm(&j->code, x_sized(XO_movbe_load, size), d, m);
    } else {
        x_load(&j->code, size, d, m);
        x_bswap(&j->code, size, d);
    }
}

static void store_be(struct jit *j, int size, struct xmem m, ir_ref v)
{
    if (jit_plain(j, v)) {
        u64 k = __builtin_bswap64(jit_const(j, v)) >> (64 - 8 * size);
        if (size < 8 || x_fits32((s64)k)) {
            x_store_i(&j->code, size, m, (s32)k);
            return;
        }
    }
    if (has(j, HOST_MOVBE)) {
        x_rm(&j->code, x_sized(XO_movbe_store, size), jr_use(j, v), m);
        return;
    }
    u8 t = jr_use_scratch(j, v);
    if (size == 2) {
        jr_forget_flags(j);
        x_shift_ri(&j->code, SH_ROL, 2, t, 8);
    } else {
        x_bswap(&j->code, size, t);
    }
    x_store(&j->code, size, m, t);
}

static struct xmem second_half(struct xmem m)
{
    m.disp += 8;
    return m;
}

static void load_fp(struct jit *j, u32 i, const struct ir_insn *x, struct xmem m)
{
    u8 d = jr_alloc(j, JIT_XMMS);
    if (!(x->flags & IR_MEM_BE)) {
        x_rm(&j->code, x->type == IR_f32 ? XO_movss : x->type == IR_f64 ? XO_movsd : XO_movups, xr(d), m);
    } else {
        u8 t = jr_alloc(j, JIT_GPRS);
        bool big = ir_type_bits[x->type] > 64;
        load_be(j, t, x->type == IR_f32 ? 4 : 8, m);
        if (big) {
            x_rr(&j->code, XO_movq_to, xr(JIT_FP_SCRATCH), t);
            load_be(j, t, 8, second_half(m));
        }
        x_rr(&j->code, x->type == IR_f32 ? XO_movd_to : XO_movq_to, xr(d), t);
        if (big) x_rr(&j->code, XO_punpcklqdq, xr(d), xr(JIT_FP_SCRATCH));
    }
    jr_define(j, i, d);
}

void sel_load(struct jit *j, u32 i, const struct ir_insn *x)
{
    const struct jinsn *ji = j->cur;
    if (no_such_type(j, x->type)) return;
    int size = (int)jit_bytes(x->type);
    if ((x->flags & IR_MEM_BE) && size == 2) jr_forget_flags(j);
    const bool faulted_before = j->mark_faults, nofault = x->flags & IR_MEM_NOFAULT;
    struct xmem m = operand(j, x, (u32)size);
    if (jit_is_fp(x->type)) {
        load_fp(j, i, x, m);
        return;
    }
    u32 v = i;
    bool sign = false, sign64 = false;
    if (j->flag[j->i] & JI_EXT) { /* the value made is the extension's */
        v = ji->as;
        sign = j->insns[v].op == IR_OP_sext;
        sign64 = sign && j->insns[v].type == IR_i64;
    }
    u8 d = jr_dest(j, v);
    if (nofault) jit_nofault_begin(j, faulted_before);
    if (x->flags & IR_MEM_BE) {
        load_be(j, d, size, m);
        if (sign && size == 2) x_rr(&j->code, sign64 ? XO_movsx16q : XO_movsx16, d, d);
    } else if (sign) {
        x_rm(&j->code,
             size == 1   ? (sign64 ? XO_movsx8q : XO_movsx8)
             : size == 2 ? (sign64 ? XO_movsx16q : XO_movsx16)
                         : XO_movsxd,
             d, m);
    } else {
        x_load(&j->code, size, d, m);
    }
    if (nofault) jit_nofault_end(j, d); /* what follows the load leaves a zero as it is */
    jr_define(j, v, d);
}

/* Orders a store before later loads. The stack is no scratch memory: a spill cell is. */
static void store_load_fence(struct jit *j)
{
    jr_forget_flags(j);
    x_rm(&j->code, 0x83 | X_LOCK, ALU_OR, sel_cpu((JIT_SOFT_CELL + 6) * 8));
    x_u8(&j->code, 0);
}

static void store_fp(struct jit *j, const struct ir_insn *x, ir_ref v, enum ir_type t, struct xmem m)
{
    u8 s = jr_use(j, v);
    if (!(x->flags & IR_MEM_BE)) {
        x_rm(&j->code, t == IR_f32 ? XO_movss_st : t == IR_f64 ? XO_movsd_st : XO_movups_st, xr(s), m);
        return;
    }
    u8 r = jr_alloc(j, JIT_GPRS);
    if (ir_type_bits[t] >
        64) { /* the half that faults first must be the first that is written: the low address */
        x_rr(&j->code, XO_movaps, xr(JIT_FP_SCRATCH), xr(s));
        x_rr(&j->code, XO_psrldq, 3, xr(JIT_FP_SCRATCH));
        x_u8(&j->code, 8);
        x_rr(&j->code, XO_movq_from, xr(JIT_FP_SCRATCH), r);
        x_bswap(&j->code, 8, r);
        x_store(&j->code, 8, m, r);
        m = second_half(m);
    }
    x_rr(&j->code, t == IR_f32 ? XO_movd_from : XO_movq_from, xr(s), r);
    x_bswap(&j->code, t == IR_f32 ? 4 : 8, r);
    x_store(&j->code, t == IR_f32 ? 4 : 8, m, r);
}

void sel_store(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    const struct jinsn *ji = j->cur;
    enum ir_type t = jit_type(j, x->b);
    ir_ref v = ji->ref[1];
    if (no_such_type(j, t)) return;
    int size = (int)jit_bytes(t);
    struct xmem m = operand(j, x, (u32)size);
    if (jit_is_fp(t)) {
        store_fp(j, x, v, t, m);
    } else if ((x->flags & IR_MEM_BE) && size > 1) {
        store_be(j, size, m, v);
    } else if (jit_plain(j, v) && (size < 8 || x_fits32((s64)jit_const(j, v)))) {
        x_store_i(&j->code, size, m, (s32)jit_const(j, v));
    } else {
        x_store(&j->code, size, m, jr_use(j, v));
    }
    if (x->flags & IR_MEM_SC) store_load_fence(j);
}

void sel_fence(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    if (x->a & IR_FENCE_SL) store_load_fence(j); /* the host keeps the other three */
}

/* --- atomics --- */

static void reverse(struct jit *j, u8 r, int size)
{
    if (size == 2)
        x_shift_ri(&j->code, SH_ROL, 2, r, 8);
    else if (size > 2)
        x_bswap(&j->code, size, r);
}

static bool wide(struct jit *j, enum ir_type t)
{
    if (!jit_is_fp(t)) return false;
    jit_fail(j, -ENOSYS, "an atomic operation on 128 bits");
    return true;
}

static u32 atomic_op(u32 op, int size)
{
    return size == 1 ? (op & ~1u) | X_R8 : x_sized(op, size);
}

void sel_cas(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (wide(j, x->type)) return;
    const struct jinsn *ji = j->cur;
    int size = (int)jit_bytes(x->type);
    bool be = x->flags & IR_MEM_BE;
    jr_use_at(j, ji->ref[1], RAX);
    u8 want = be ? jr_use_scratch(j, ji->ref[2]) : jr_use(j, ji->ref[2]);
    struct xmem m = operand(j, x, (u32)size);
    jr_forget_flags(j);
    if (be) {
        reverse(j, RAX, size);
        reverse(j, want, size);
    }
    x_rm(&j->code, atomic_op(XO_cmpxchg, size), want, m);
    if (be) reverse(j, RAX, size);
    jr_define(j, i, RAX);
}

/* and, or, xor and big-endian add whose old value is wanted: a compare-and-swap loop. */
static void rmw_loop(struct jit *j, u32 i, const struct ir_insn *x, enum xalu op, int size, bool be)
{
    const struct jinsn *ji = j->cur;
    jr_claim(j, RAX);
    struct sel_src s = sel_source(j, ji->ref[1], size);
    if (s.kind == SRC_MEM) s = (struct sel_src){.reg = jr_use(j, ji->ref[1])};
    struct xmem m = operand(j, x, (u32)size);
    u8 t = jr_alloc(j, JIT_GPRS);
    jr_forget_flags(j);
    x_load(&j->code, size, RAX, m);
    u32 again = code_offset(&j->code);
    x_mov_rr(&j->code, size, t, RAX);
    if (be) reverse(j, t, size);
    sel_alu(j, op, size < 4 ? 4 : size, t, s);
    if (be) reverse(j, t, size);
    x_rm(&j->code, atomic_op(XO_cmpxchg, size), t, m);
    x_u8(&j->code, 0x75); /* jne */
    x_u8(&j->code, (u8)(again - (code_offset(&j->code) + 1)));
    if (be) reverse(j, RAX, size);
    jr_define(j, i, RAX);
}

void sel_rmw(struct jit *j, u32 i, const struct ir_insn *x)
{
    static const u8 alu[] = {0, ALU_ADD, ALU_AND, ALU_OR, ALU_XOR};
    if (wide(j, x->type)) return;
    const struct jinsn *ji = j->cur;
    int size = (int)jit_bytes(x->type);
    bool be = (x->flags & IR_MEM_BE) && size > 1, dead = j->val[i].next == JIT_NEVER;
    u32 kind = x->op - IR_OP_rmw_xchg;
    if (dead && kind && !be) {
        u8 r = jr_use(j, ji->ref[1]);
        struct xmem m = operand(j, x, (u32)size);
        jr_forget_flags(j);
        x_rm(&j->code, x_sized(alu[kind] * 8 + 1, size) | X_LOCK, r, m);
    } else if (kind <= 1 && !(be && kind == 1)) {
        u8 r = jr_use_scratch(j, ji->ref[1]);
        if (be) {
            jr_forget_flags(j);
            reverse(j, r, size);
        }
        struct xmem m = operand(j, x, (u32)size);
        jr_forget_flags(j);
        x_rm(&j->code, atomic_op(kind ? XO_xadd : XO_xchg, size), r, m);
        if (be) reverse(j, r, size);
        jr_define(j, i, r);
    } else {
        rmw_loop(j, i, x, (enum xalu)alu[kind], size, be);
    }
}
