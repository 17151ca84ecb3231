/* Random units of IR, interpreter against the other executors: `random_units [--count N] [--seed S] [--fp
 * 0|1]`. Ops, types, operands, state, memory and block graphs are drawn at random; what differs afterwards
 * (exit, key, every slot, memory) is a bug of one of them. A seed that fails is printed and repeats alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "backend/backend.h"
#include "ir/builder.h"
#include "ir/softfloat/softfloat.h"
#include "runtime/base/arena.h"
#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "tests/ir/exec_jit.h"
#include "tests/ir/toy.h"

static struct arena arena;
static u64 rng_state;
static bool with_fp = true;

static u64 rnd(void)
{
    u64 z = rng_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
static u32 below(u32 n)
{
    return (u32)(rnd() % n);
}

static const u64 corner[] = {0,
                             1,
                             2,
                             3,
                             5,
                             31,
                             32,
                             63,
                             64,
                             0x7f,
                             0x80,
                             0xff,
                             0x7fff,
                             0x8000,
                             0xffff,
                             0x7fffffff,
                             0x80000000,
                             0xffffffff,
                             0x7fffffffffffffff,
                             0x8000000000000000,
                             0xffffffffffffffff};
static const u64 corner_f64[] = {0,
                                 0x8000000000000000,
                                 0x3ff0000000000000,
                                 0xbff0000000000000,
                                 0x7ff0000000000000,
                                 0xfff0000000000000,
                                 0x7ff8000000000000,
                                 0x7ff0000000000001,
                                 0xfff8000000012345,
                                 1,
                                 0x000fffffffffffff,
                                 0x0010000000000000,
                                 0x7fefffffffffffff,
                                 0x41dfffffffc00000,
                                 0xc1e0000000000000,
                                 0x41efffffffe00000,
                                 0x43e0000000000000,
                                 0x3fe0000000000000,
                                 0x4340000000000000,
                                 0x1ff0000000000000,
                                 0x6000000000000000};
static const u32 corner_f32[] = {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
                                 0x7fc00000, 0x7f800001, 0xffc12345, 1,          0x007fffff, 0x00800000,
                                 0x7f7fffff, 0x4effffff, 0xcf000000, 0x4f800000, 0x5f000000, 0x3f000000,
                                 0x4b800000, 0x1f800000, 0x60000000};

static u64 value(enum ir_type t)
{
    if (t == IR_f64 && below(3)) return corner_f64[below(ARRAY_LEN(corner_f64))];
    if (t == IR_f32 && below(3)) return corner_f32[below(ARRAY_LEN(corner_f32))];
    if (t == IR_f64) return 0x3f00000000000000 + (rnd() & 0x80ffffffffffffff);
    if (t == IR_f32) return 0x3f000000 + (rnd() & 0x81ffffff);
    if (t == IR_f16)
        return below(2) ? rnd() & 0xffff : (u64[]){0, 0x8000, 0x7c00, 0x7e00, 0x7c01, 1, 0x3c00}[below(7)];
    return below(2) ? corner[below(ARRAY_LEN(corner))] : rnd() >> below(64);
}

/* --- values by type, of the block being made and of those that dominate it --- */

enum { MAX_VALUES = 400 };
static ir_ref pool[MAX_VALUES];
static u32 npool;

static ir_ref make_const(struct ir_unit *u, enum ir_type t)
{
    if (ir_type_bits[t] > 64) return ir_const128(u, t, rnd(), rnd());
    return ir_const(u, t, value(t));
}

static ir_ref from_state(struct ir_unit *u, enum ir_type t)
{
    const struct ir_slot *fit[40];
    u32 n = 0;
    for (u32 i = 2; i < toy_layout.nslots; i++)
        if (toy_layout.slots[i].type == t && !(toy_layout.slots[i].flags & IR_SLOT_WBASE))
            fit[n++] = &toy_layout.slots[i];
    return n ? ir_get(u, t, fit[below(n)]->offset) : make_const(u, t);
}

static ir_ref pick(struct ir_unit *u, enum ir_type t)
{
    if (below(12) == 0) return make_const(u, t);
    for (u32 tries = 0; npool && tries < 12; tries++) {
        u32 back = below(3) ? below(npool < 12 ? npool : 12) : below(npool);
        ir_ref r = pool[npool - 1 - back];
        if (ir_type_of(u, r) == t) return r;
    }
    ir_ref r = from_state(u, t);
    if (npool < MAX_VALUES && !ir_is_const(r)) pool[npool++] = r;
    return r;
}

static void keep(ir_ref r)
{
    if (r != IR_NONE && !ir_is_const(r) && npool < MAX_VALUES) pool[npool++] = r;
}

static enum ir_type int_type(void)
{
    static const u8 t[] = {IR_i32, IR_i32, IR_i32, IR_i64, IR_i64, IR_i16, IR_i8, IR_b1};
    return t[below(ARRAY_LEN(t))];
}
static enum ir_type fp_type(void)
{
    static const u8 t[] = {IR_f32, IR_f64, IR_f32, IR_f64, IR_f32, IR_f64, IR_f16, IR_f128};
    return t[below(ARRAY_LEN(t))];
}

/* --- one instruction --- */

static void emit2(struct ir_unit *u, enum ir_op op, enum ir_type result, enum ir_type operand)
{
    keep(ir_emit(u, op, result, 0, pick(u, operand), pick(u, operand), IR_NONE));
}

static void integer(struct ir_unit *u)
{
    static const u8 bin[] = {IR_OP_add,   IR_OP_add,   IR_OP_add,  IR_OP_sub,  IR_OP_sub,  IR_OP_mul,
                             IR_OP_mulhu, IR_OP_mulhs, IR_OP_divu, IR_OP_divs, IR_OP_remu, IR_OP_rems,
                             IR_OP_and,   IR_OP_and,   IR_OP_or,   IR_OP_xor,  IR_OP_shl,  IR_OP_shr,
                             IR_OP_sar,   IR_OP_ror,   IR_OP_rol};
    static const u8 cmp[] = {IR_OP_eq,  IR_OP_ne,    IR_OP_ult,   IR_OP_ule,  IR_OP_slt,
                             IR_OP_sle, IR_OP_add_c, IR_OP_add_v, IR_OP_sub_v};
    enum ir_type t = int_type();
    switch (below(9)) {
    case 0:
    case 1:
    case 2: {
        u8 op = bin[below(sizeof bin)];
        if (t == IR_b1 && op != IR_OP_and && op != IR_OP_or && op != IR_OP_xor) t = IR_i32;
        ir_ref b = pick(u, t);
        if (op >= IR_OP_shl && op <= IR_OP_rol && below(2)) {
            u32 m = below(3) == 0 ? 0xff : ir_type_bits[t] - 1;
            b = below(2) ? ir_const(u, t, below(ir_type_bits[t] + 8))
                         : ir_emit(u, IR_OP_and, t, 0, b, ir_const(u, t, m), IR_NONE);
        }
        keep(ir_emit(u, (enum ir_op)op, t, 0, pick(u, t), b, IR_NONE));
        break;
    }
    case 3: {
        static const u8 un[] = {IR_OP_neg, IR_OP_not, IR_OP_clz, IR_OP_ctz, IR_OP_popcnt, IR_OP_bswap};
        u8 op = un[below(sizeof un)];
        if (t == IR_b1) op = IR_OP_not;
        if (t == IR_i8 && op == IR_OP_bswap) t = IR_i32;
        keep(ir_emit(u, (enum ir_op)op, t, 0, pick(u, t), IR_NONE, IR_NONE));
        break;
    }
    case 4: {
        u8 op = cmp[below(sizeof cmp)];
        if (t == IR_b1) t = IR_i32;
        emit2(u, (enum ir_op)op, IR_b1, t);
        break;
    }
    case 5: keep(ir_emit(u, IR_OP_select, t, 0, pick(u, IR_b1), pick(u, t), pick(u, t))); break;
    case 6: {
        if (t == IR_b1) t = IR_i64;
        ir_ref a = pick(u, t), b = pick(u, t), c = pick(u, IR_b1);
        static const u8 two[] = {IR_OP_adc_c, IR_OP_adc_v, IR_OP_sbb_c, IR_OP_sbb_v};
        u32 k = below(3);
        if (k != 0) keep(ir_emit(u, below(2) ? IR_OP_adc : IR_OP_sbb, t, 0, a, b, c));
        if (k != 1) keep(ir_emit(u, (enum ir_op)two[below(4)], IR_b1, 0, a, b, c));
        break;
    }
    case 7: { /* an operation and what is commonly asked of it */
        if (t == IR_b1) t = IR_i32;
        bool sum = below(2);
        ir_ref a = pick(u, t), b = pick(u, t),
               r = ir_emit(u, sum ? IR_OP_add : IR_OP_sub, t, 0, a, b, IR_NONE);
        keep(r);
        keep(ir_emit(u, sum ? IR_OP_add_c : IR_OP_ule, IR_b1, 0, sum ? a : b, sum ? b : a, IR_NONE));
        keep(ir_emit(u, sum ? IR_OP_add_v : IR_OP_sub_v, IR_b1, 0, a, b, IR_NONE));
        keep(ir_emit(u, below(2) ? IR_OP_slt : IR_OP_eq, IR_b1, 0, r, ir_const(u, t, 0), IR_NONE));
        break;
    }
    default: {
        enum ir_type s = int_type();
        u32 k = below(6);
        if (k < 3 && ir_type_bits[s] < ir_type_bits[t])
            keep(ir_emit(u, below(2) ? IR_OP_zext : IR_OP_sext, t, 0, pick(u, s), IR_NONE, IR_NONE));
        else if (k < 5 && ir_type_bits[s] > ir_type_bits[t])
            keep(ir_emit(u, IR_OP_trunc, t, 0, pick(u, s), IR_NONE, IR_NONE));
        else if (below(2))
            keep(ir_emit(u, IR_OP_pair, IR_i64, 0, pick(u, IR_i32), pick(u, IR_i32), IR_NONE));
        else {
            ir_ref p = ir_emit(u, IR_OP_pair, IR_i128, 0, pick(u, IR_i64), pick(u, IR_i64), IR_NONE);
            keep(p);
            keep(ir_emit(
                u, IR_OP_trunc, IR_i64, 0,
                below(2) ? p : ir_emit(u, IR_OP_shr, IR_i128, 0, p, ir_const128(u, IR_i128, 64, 0), IR_NONE),
                IR_NONE, IR_NONE));
        }
    }
    }
}

static void state(struct ir_unit *u)
{
    const struct ir_slot *s = &toy_layout.slots[2 + below(toy_layout.nslots - 2)];
    enum ir_type t = s->type;
    if (t == IR_f80 || t == IR_v256 || (s->flags & IR_SLOT_WBASE)) t = IR_i32, s = toy_slot("r0");
    s32 cell = 4 * ((s32)below(10) - 5);
    switch (below(8)) {
    case 0: keep(ir_getw(u, IR_i32, cell)); break;
    case 1: ir_putw(u, cell, pick(u, IR_i32)); break;
    case 2:
        if (below(4) == 0) ir_rebase(u, below(2) ? 16 : -16);
        break;
    case 3: /* part of a slot */
        if (t != IR_i64) break;
        if (below(2))
            keep(ir_get(u, IR_i32, s->offset + 4 * below(2)));
        else
            ir_put(u, s->offset + 4 * below(2), pick(u, IR_i32));
        break;
    case 4: keep(ir_get(u, t, s->offset)); break;
    default: ir_put(u, s->offset, pick(u, t)); break;
    }
}

static ir_ref address(struct ir_unit *u)
{
    bool wide = below(2);
    enum ir_type t = wide ? IR_i64 : IR_i32;
    u32 at = below(60) == 0 ? TOY_NONE : below(30) == 0 ? TOY_ROM : TOY_RAM;
    ir_ref base = ir_emit(u, IR_OP_and, t, 0, pick(u, t), ir_const(u, t, 0xff8), IR_NONE);
    ir_ref index = ir_emit(u, IR_OP_and, t, 0, pick(u, t), ir_const(u, t, 0x38), IR_NONE);
    switch (below(6)) {
    case 0: return ir_const(u, t, at + 8 * below(64));
    case 1: return ir_emit(u, IR_OP_add, t, 0, base, ir_const(u, t, at + below(64)), IR_NONE);
    case 2: {
        ir_ref x = ir_emit(u, IR_OP_add, t, 0, base,
                           ir_emit(u, IR_OP_shl, t, 0, index, ir_const(u, t, below(4)), IR_NONE), IR_NONE);
        return ir_emit(u, IR_OP_add, t, 0, x, ir_const(u, t, at), IR_NONE);
    }
    case 3: { /* wraps around 4 GiB when narrow */
        ir_ref x = ir_emit(u, IR_OP_sub, t, 0, base, ir_const(u, t, 0x2000), IR_NONE);
        return ir_emit(u, IR_OP_add, t, 0, x, ir_const(u, t, at + 0x2000), IR_NONE);
    }
    case 4: return ir_emit(u, IR_OP_sub, t, 0, ir_const(u, t, at + 0xfff), base, IR_NONE);
    default:
        return ir_emit(u, IR_OP_add, t, 0, ir_const(u, t, at),
                       ir_emit(u, IR_OP_add, t, 0, base, index, IR_NONE), IR_NONE);
    }
}

static void memory(struct ir_unit *u)
{
    static const u8 types[] = {IR_i8, IR_i16, IR_i32, IR_i32, IR_i64, IR_f32, IR_f64, IR_v128, IR_i128};
    enum ir_type t = types[below(ARRAY_LEN(types))];
    u8 flags = below(4) == 0 ? IR_MEM_BE : 0;
    if (below(8) == 0) flags |= below(2) ? IR_MEM_ALIGN : IR_MEM_ALIGN4;
    if (below(8) == 0) flags |= IR_MEM_SC;
    ir_ref a = address(u);
    bool simple = t >= IR_i8 && t <= IR_i64;
    switch (below(6)) {
    case 0:
    case 1: {
        ir_ref r = ir_load(u, t, a, simple && below(4) == 0 ? flags | IR_MEM_NOFAULT : flags);
        keep(r);
        if (simple && t < IR_i64 && below(2))
            keep(ir_emit(u, below(2) ? IR_OP_zext : IR_OP_sext, t == IR_i32 || below(2) ? IR_i64 : IR_i32, 0,
                         r, IR_NONE, IR_NONE));
        break;
    }
    case 2:
        if (simple) keep(ir_cas(u, a, pick(u, t), pick(u, t), flags & ~(IR_MEM_ALIGN4)));
        break;
    case 3:
        if (simple)
            keep(ir_rmw(u, (enum ir_op)(IR_OP_rmw_xchg + below(5)), a, pick(u, t), flags & ~(IR_MEM_ALIGN4)));
        break;
    default:
        ir_store(u, a,
                 simple && t < IR_i32 && below(2)
                     ? ir_emit(u, IR_OP_trunc, t, 0, pick(u, IR_i32), IR_NONE, IR_NONE)
                     : pick(u, t),
                 flags);
        break;
    }
}

static u8 rounding(void)
{
    return below(3) ? 0 : (u8)below(6);
}

static void floating(struct ir_unit *u)
{
    enum ir_type t = fp_type(), s = fp_type();
    u8 fl = below(12) == 0 ? IR_FP_STD : rounding();
    switch (below(12)) {
    case 0:
    case 1:
    case 2:
        keep(ir_fp(u, (enum ir_op)(IR_OP_fadd + below(4)), t, fl, pick(u, t), pick(u, t), IR_NONE));
        break;
    case 3:
        if (t != IR_f128) keep(ir_fp(u, IR_OP_fma, t, fl, pick(u, t), pick(u, t), pick(u, t)));
        break;
    case 4: keep(ir_fp(u, IR_OP_fsqrt, t, fl, pick(u, t), IR_NONE, IR_NONE)); break;
    case 5: keep(ir_fp(u, below(2) ? IR_OP_fneg : IR_OP_fabs, t, 0, pick(u, t), IR_NONE, IR_NONE)); break;
    case 6:
        keep(ir_fp(u, (enum ir_op)(IR_OP_fmin + below(4)), t, fl & IR_FP_STD, pick(u, t), pick(u, t),
                   IR_NONE));
        break;
    case 7: {
        ir_ref r = ir_fcmp(u, pick(u, t), pick(u, t), below(2));
        keep(r);
        for (u32 k = below(4); k > 0; k--)
            keep(ir_emit(u, (enum ir_op)(IR_OP_eq + below(4)), IR_b1, 0, r, ir_const(u, IR_i8, below(4)),
                         IR_NONE));
        break;
    }
    case 8:
        if (s != t) keep(ir_fp(u, IR_OP_fcvt, t, fl, pick(u, s), IR_NONE, IR_NONE));
        break;
    case 9: {
        enum ir_type i = below(2) ? IR_i32 : IR_i64;
        keep(ir_fp(u, below(2) ? IR_OP_s2f : IR_OP_u2f, t, fl, pick(u, i), IR_NONE, IR_NONE));
        break;
    }
    case 10: {
        enum ir_type i = below(2) ? IR_i32 : IR_i64;
        keep(ir_fp(u, below(2) ? IR_OP_f2s : IR_OP_f2u, i, below(2) ? IR_RM_RTZ : fl, pick(u, t), IR_NONE,
                   IR_NONE));
        break;
    }
    default:
        switch (below(6)) {
        case 0: keep(ir_fpget(u)); break;
        case 1: ir_fpset(u, pick(u, IR_i32)); break;
        case 2:
            ir_fprm(u, ir_emit(u, IR_OP_and, IR_i32, 0, pick(u, IR_i32), ir_i32(u, below(8) ? 3 : 0x33),
                               IR_NONE));
            break;
        case 3: keep(ir_emit(u, IR_OP_bits, IR_f32, 0, pick(u, IR_i32), IR_NONE, IR_NONE)); break;
        case 4: keep(ir_emit(u, IR_OP_bits, IR_i64, 0, pick(u, IR_f64), IR_NONE, IR_NONE)); break;
        default:
            keep(ir_fp(u, IR_OP_frint, t, (u8)(fl | (below(2) ? IR_FP_EXACT : 0)), pick(u, t), IR_NONE,
                       IR_NONE));
            break;
        }
    }
}

static void call(struct ir_unit *u)
{
    ir_ref a[3];
    switch (below(5)) {
    case 0:
        a[0] = pick(u, IR_i32), a[1] = pick(u, IR_i32);
        keep(ir_call(u, 0, 2, a));
        break;
    case 1:
        a[0] = pick(u, IR_i64), a[1] = pick(u, IR_i32), a[2] = pick(u, IR_i64);
        keep(ir_call(u, 1, 3, a));
        break;
    case 2: ir_call(u, 2, 0, NULL); break;
    case 3: keep(ir_call(u, 3, 0, NULL)); break;
    default:
        a[0] = pick(u, IR_i32);
        ir_call(u, 6, 1, (ir_ref[]){ir_emit(u, IR_OP_and, IR_i32, 0, a[0], ir_i32(u, 0x1f), IR_NONE)});
    }
}

static void body(struct ir_unit *u, u64 key, u32 n)
{
    for (u32 i = 0; i < n; i++) {
        if (below(5) == 0) ir_insn(u, key + 4 * i, below(3));
        u32 k = below(20);
        if (k < 9)
            integer(u);
        else if (k < 13)
            state(u);
        else if (k < 16)
            memory(u);
        else if (k < 19 && with_fp)
            floating(u);
        else if (k == 19)
            call(u);
    }
}

static void leave(struct ir_unit *u, u64 key)
{
    switch (below(8)) {
    case 0: ir_exit_ind(u, ir_emit(u, IR_OP_zext, IR_i64, 0, pick(u, IR_i32), IR_NONE, IR_NONE)); break;
    case 1: ir_exit_sys(u, key + 4, below(1000)); break;
    case 2: ir_exit_trap(u, below(9), pick(u, IR_i64)); break;
    case 3: ir_exit_ind(u, pick(u, IR_i64)); break;
    default: ir_exit(u, key + 0x100, below(2)); break;
    }
}

/* Blocks in a row, each branching forward: to what comes next, past it, or to one common end with parameters.
 */
static void make_unit(struct ir_unit *u)
{
    u32 nb = below(3) ? 1 : 2 + below(4);
    u64 key = below(4) ? 0x8000 : 0x123456789abc;
    ir_unit_init(u, &arena, &toy_layout, key);
    u->builder->raw = below(3) == 0;
    u->fp.nan_rule = (u8)below(SF_RULE_COUNT);
    u->fp.convert = u->fp.nan_rule;
    struct sf_env e;
    sf_env_init(&e, u->fp.nan_rule);
    u->fp.tininess = e.tininess;
    u->fp.default_nan = u->fp.nan_rule != SF_RULE_X86 && below(4) == 0; /* x86 has no such mode */
    u32 ids[8], side = 0;
    for (u32 b = 1; b < nb; b++) ids[b] = ir_block(u);
    npool = 0;
    ir_ref params[3];
    u32 nparams = nb > 2 && below(2) ? 2 : 0;
    for (u32 b = 0; b < nb; b++) {
        if (b) ir_place(u, ids[b]);
        if (b == nb - 1 && nparams) {
            npool = side;
            params[0] = ir_param(u, IR_i32), params[1] = ir_param(u, IR_i64);
            keep(params[0]), keep(params[1]);
        }
        if (b == 0 || below(3)) ir_insn(u, key + 0x40 * b, 0);
        body(u, key + 0x40 * b, 3 + below(nb > 1 ? 10 : 25));
        if (b == 0) side = npool; /* dominates all */
        if (b == nb - 1) {
            leave(u, key);
        } else {
            ir_ref to_end[2] = {IR_NONE, IR_NONE};
            u32 next = b + 1, far = b + 1 + below(nb - b - 1);
            if (nparams) to_end[0] = pick(u, IR_i32), to_end[1] = pick(u, IR_i64);
            bool last = next == nb - 1, far_last = far == nb - 1;
            if (below(4) == 0)
                ir_br(u, ids[next], last ? nparams : 0, to_end);
            else
                ir_brc_args(u, pick(u, IR_b1), ids[far], far_last ? nparams : 0, to_end, ids[next],
                            last ? nparams : 0, to_end);
            npool = side; /* blocks in between need not dominate what follows */
        }
    }
    if (ir_finish(u)) {
        printf("the generator is wrong: seed %lu\n", rng_state);
        exit(2);
    }
}

/* --- running and comparing --- */

struct outcome {
    struct toy_cpu cpu;
    u8 mem[TOY_NONE - TOY_RAM];
    enum cpu_exit why;
};

static bool run(const struct toy_executor *x, const struct ir_unit *u, const struct outcome *start,
                struct outcome *o)
{
    char err[200] = "";
    *o = *start;
    memcpy(gmem_ptr(TOY_RAM), start->mem, TOY_ROM - TOY_RAM);
    if (!x->run(u, &o->cpu.head, &o->why, err, sizeof err)) {
        printf("%s: %s\n", x->name, err);
        return false;
    }
    memcpy(o->mem, gmem_ptr(TOY_RAM), sizeof o->mem);
    return true;
}

static u32 differ(const char *what, u64 a, u64 b)
{
    if (a == b) return 0;
    printf("  %s: interpreter 0x%lx, other 0x%lx\n", what, a, b);
    return 1;
}

static u32 compare(const struct outcome *a, const struct outcome *b)
{
    const struct cpu_head *g = &a->cpu.head, *h = &b->cpu.head;
    bool polled = a->why == CPU_EXIT_LOOKUP && b->why == CPU_EXIT_POLL; /* computed jumps may poll unasked */
    u32 bad = differ("exit", a->why, polled ? a->why : b->why) + differ("key", g->key, h->key);
    /* Of an access that two bad pages meet in, the processor may report either. */
    bool near = a->why == CPU_EXIT_FAULT && h->exit_detail - g->exit_detail < 16;
    if (a->why == b->why && a->why >= CPU_EXIT_SYSCALL) bad += differ("info", g->exit_info, h->exit_info);
    if (a->why == b->why && a->why >= CPU_EXIT_TRAP)
        bad += differ("detail", g->exit_detail, near ? g->exit_detail : h->exit_detail) +
               differ("aux", g->aux, h->aux);
    bad += differ("fp_flags", g->fp_flags, h->fp_flags) + differ("fp_control", g->fp_control, h->fp_control);
    for (u32 i = 2; i < toy_layout.nslots; i++) {
        const struct ir_slot *s = &toy_layout.slots[i];
        u64 x[4] = {0}, y[4] = {0};
        memcpy(x, (const u8 *)&a->cpu + s->offset, ir_type_size[s->type]);
        memcpy(y, (const u8 *)&b->cpu + s->offset, ir_type_size[s->type]);
        for (u32 k = 0; k < 4; k++) bad += differ(s->name, x[k], y[k]);
    }
    for (u32 i = 0; i < TOY_WINDOW_CELLS; i++) bad += differ("window", a->cpu.window[i], b->cpu.window[i]);
    if (memcmp(a->mem, b->mem, sizeof a->mem)) bad += differ("memory", 0, 1);
    return bad;
}

static void random_start(struct outcome *o)
{
    memset(o, 0, sizeof *o);
    toy_reset_memory();
    toy_reset_cpu(&o->cpu);
    memcpy(o->mem, gmem_ptr(TOY_RAM), sizeof o->mem);
    for (u32 i = 2; i < toy_layout.nslots; i++) {
        const struct ir_slot *s = &toy_layout.slots[i];
        u64 v[4] = {value(s->type), rnd(), 0, 0};
        if (s->type == IR_b1) v[0] &= 1;
        if (!(s->flags & IR_SLOT_WBASE) && s->type != IR_f80 && s->type != IR_v256)
            memcpy((u8 *)&o->cpu + s->offset, v, ir_type_size[s->type]);
    }
    for (u32 i = 0; i < TOY_WINDOW_CELLS; i++) o->cpu.window[i] = (u32)value(IR_i32);
    o->cpu.head.fp_control = 1 + below(4);
    o->cpu.head.fp_flags = below(4) == 0 ? below(64) & 0x3d : 0;
    o->cpu.head.poll = below(10) == 0;
}

static bool one(u64 seed)
{
    static struct outcome start, want, got;
    struct ir_unit u;
    rng_state = seed * 0x2545f4914f6cdd1d + 1;
    make_unit(&u);
    random_start(&start);
    bool good = run(&toy_executors[0], &u, &start, &want);
    for (u32 x = 1; good && x < toy_nexecutors; x++) {
        good = run(&toy_executors[x], &u, &start, &got);
        if (good && !compare(&want, &got)) continue;
        printf("DIFFERENT: %s, --seed %lu --count 1\n", toy_executors[x].name, seed);
        char *text = arena_alloc(&arena, 1 << 16, 1);
        struct out o;
        out_init_mem(&o, text, 1 << 16);
        ir_print(&o, &u);
        puts(text);
        good = false;
    }
    arena_reset(&arena);
    return good;
}

int main(int argc, char **argv)
{
    u64 count = 2000, seed = 1;
    u32 failures = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--count")) count = strtoull(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "--seed")) seed = strtoull(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "--fp")) with_fp = atoi(argv[i + 1]);
    }
    toy_setup();
    arena_init(&arena, 0);
    for (u64 k = 0; k < count && failures < 3; k++) failures += !one(seed + k);
    exec_jit_report();
    printf("%lu units from seed %lu, %u executors, %u different\n", count, seed, toy_nexecutors, failures);
    return failures != 0 || toy_nexecutors < 2;
}
