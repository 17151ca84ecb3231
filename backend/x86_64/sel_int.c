/* Integer arithmetic and logic, with the host's flags kept track of: a subtraction serves the comparisons of
 * its operands, a sum its carry and overflow, a logic result its zero and sign, as long as nothing has
 * changed the flags. */
#include "backend/x86_64/sel.h"
#include <errno.h>

static bool narrow(enum ir_type t)
{
    return t < IR_i32;
}

static bool unsupported(struct jit *j, enum ir_type t)
{
    if (!jit_is_fp(t)) return false;
    jit_fail(j, -ENOSYS, "an integer operation on 128 bits");
    return true;
}

/* --- flags --- */

static void flags_set(struct jit *j, enum jit_flags_kind kind, int size, u32 a, u32 b, u32 c, u32 result)
{
    j->flags = (struct jflags){.kind = (u8)kind,
                               .size = (u8)size,
                               .a = a,
                               .b = b,
                               .c = c,
                               .result = result,
                               .result_zs = result != IR_NONE};
}

/* Is one of the next instructions served by the flags of the sum or difference x, value i? */
static bool flags_wanted(const struct jit *j, u32 i, const struct ir_insn *x)
{
    u32 end = j->u->blocks[j->b].end;
    for (u32 k = i + 1; k < end && k < i + JIT_FLAGS_REACH; k++) {
        const struct ir_insn *y = &j->insns[k];
        if (y->op < IR_OP_add_c || y->op > IR_OP_sle) continue;
        if ((y->a == x->a && y->b == x->b) || (y->a == x->b && y->b == x->a)) return true;
        if (y->a == i && jit_plain(j, y->b) && jit_const(j, y->b) == 0) return true;
    }
    return false;
}

/* --- add, sub, and, or, xor --- */

/* Sums without flags: lea, when the result goes elsewhere than its operands or the flags are in use. */
static bool add_by_lea(struct jit *j, u32 i, const struct ir_insn *x, ir_ref a, ir_ref b, int size)
{
    s64 k = 0;
    bool rel = jit_rel(j, b);
    if (rel) {
        if (x->op == IR_OP_sub || size == 8) return false;
        k = (s32)jit_number(j, b).v;
    } else if (ir_is_const(b)) {
        k = size == 8 ? (s64)jit_const(j, b) : (s32)jit_const(j, b);
        if (x->op == IR_OP_sub) k = (s64)(0 - (u64)k);
        if (size == 4) k = (s32)k;
        if (!x_fits32(k)) return false;
    } else if (x->op == IR_OP_sub) {
        return false;
    }
    u8 hint = j->val[i].hint, ra = jr_where(j, a);
    bool in_place = (hint != JIT_NOREG && ra == hint) ||
                    (hint == JIT_NOREG && jit_dies(j, a) && j->val[a].reg != JIT_NOREG);
    if (in_place && !j->nccvals) return false;
    if (!ir_is_const(b) && ra == JIT_NOREG) return false;
    if (flags_wanted(j, i, x)) return false;
    struct xmem m = sel_at(jr_use(j, a), (s32)k);
    if (rel) m.flags = XM_FAR;
    if (!ir_is_const(b)) m.index = jr_use(j, b);
    if (m.index != XNOREG && (m.base & 7) == RBP) { /* rbp and r13 as a base cost a displacement */
        u8 t = m.base;
        m.base = m.index;
        m.index = t;
    }
    u8 d = jr_dest(j, i);
    x_lea(&j->code, size, d, m);
    jr_define(j, i, d);
    return true;
}

static const u8 alu_of[IR_OP_COUNT] = {[IR_OP_add] = ALU_ADD,
                                       [IR_OP_sub] = ALU_SUB,
                                       [IR_OP_and] = ALU_AND,
                                       [IR_OP_or] = ALU_OR,
                                       [IR_OP_xor] = ALU_XOR};

static bool mask_move(struct jit *j, u32 i, const struct ir_insn *x, ir_ref a, ir_ref b)
{
    if (x->op != IR_OP_and || !jit_plain(j, b) || narrow(x->type)) return false;
    u64 k = jit_const(j, b);
    if (k != 0xff && k != 0xffff && !(k == 0xffffffff && x->type == IR_i64)) return false;
    u8 s = jr_use(j, a), d = jr_dest(j, i);
    if (k == 0xffffffff)
        x_mov_rr(&j->code, 4, d, s);
    else
        x_rr(&j->code, k == 0xff ? XO_movzx8 : XO_movzx16, d, s);
    jr_define(j, i, d);
    return true;
}

void sel_binary(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (unsupported(j, x->type)) return;
    ir_ref a = j->cur->ref[0], b = j->cur->ref[1];
    int size = sel_size(x->type);
    bool commutes = x->op != IR_OP_sub;
    if (commutes && ir_is_const(a)) {
        ir_ref t = a;
        a = b;
        b = t;
    }
    if ((x->op == IR_OP_add || x->op == IR_OP_sub) && add_by_lea(j, i, x, a, b, size)) return;
    if (mask_move(j, i, x, a, b)) return;
    if (commutes && !ir_is_const(b)) { /* start from the operand that need not be copied */
        u8 hint = j->val[i].hint;
        bool b_better =
            hint != JIT_NOREG ? jr_where(j, b) == hint : jit_dies(j, b) && j->val[b].reg != JIT_NOREG;
        bool a_better =
            hint != JIT_NOREG ? jr_where(j, a) == hint : jit_dies(j, a) && j->val[a].reg != JIT_NOREG;
        if (b_better && !a_better) {
            ir_ref t = a;
            a = b;
            b = t;
        }
    }
    bool same = a == b;
    struct sel_src s = {0};
    if (!same) s = sel_source(j, b, narrow(x->type) && !ir_is_const(b) ? 16 : size);
    u8 d = jr_dest_from(j, i, a, b);
    if (same) s = (struct sel_src){.kind = SRC_REG, .reg = d};
    jr_forget_flags(j);
    sel_alu(j, alu_of[x->op], size, d, s);
    if (!narrow(x->type))
        flags_set(j,
                  x->op == IR_OP_add   ? JF_ADD
                  : x->op == IR_OP_sub ? JF_SUB
                                       : JF_RESULT,
                  size, x->a, x->b, IR_NONE, i);
    jr_define(j, i, d);
}

/* --- adc, sbb and the carries --- */

/* The host's carry flag becomes b1 value c. Nothing may change the flags between this and the adc or sbb. */
static void carry_in(struct jit *j, ir_ref c)
{
    if (ir_is_const(c)) {
        jr_forget_flags(j);
        x_u8(&j->code, jit_const(j, c) & 1 ? 0xf9 : 0xf8); /* stc, clc */
        return;
    }
    u8 cc = j->val[c].cc;
    if (cc == CC_C || cc == CC_NC) {
        if (jit_dies(j, c)) jr_drop_cc(j, c);
        jr_forget_flags(j); /* values are made of the conditions; the flags themselves still stand */
        if (cc == CC_NC) x_u8(&j->code, 0xf5); /* cmc */
        return;
    }
    u8 r = jr_use(j, c);
    jr_forget_flags(j);
    x_rr(&j->code, 0xba | X_0F, 4, r); /* bt r, 0 */
    x_u8(&j->code, 0);
}

void sel_carry_op(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (unsupported(j, x->type)) return;
    int size = sel_size(x->type);
    struct jinsn *ji = j->cur;
    if (!ir_is_const(ji->ref[2]) && j->val[ji->ref[2]].cc == JIT_NOCC) jr_use(j, ji->ref[2]);
    struct sel_src s = sel_source(j, ji->ref[1], narrow(x->type) && !ir_is_const(ji->ref[1]) ? 16 : size);
    u8 d = jr_dest_from(j, i, ji->ref[0], ji->ref[1]);
    if (s.kind == SRC_REG && ji->ref[0] == ji->ref[1]) s.reg = jr_use(j, ji->ref[1]);
    carry_in(j, ji->ref[2]);
    sel_alu(j, x->op == IR_OP_adc ? ALU_ADC : ALU_SBB, size, d, s);
    if (!narrow(x->type)) flags_set(j, x->op == IR_OP_adc ? JF_ADC : JF_SBB, size, x->a, x->b, x->c, i);
    jr_define(j, i, d);
}

static bool flags_are(const struct jit *j, enum jit_flags_kind kind, int size, u32 a, u32 b, u32 c)
{
    const struct jflags *f = &j->flags;
    return f->kind == kind && f->size == size && f->c == c &&
           ((f->a == a && f->b == b) || (kind == JF_ADD && f->a == b && f->b == a));
}

/* The backward walk counted on flags that are not there: a bug, found before wrong code is run. */
static bool not_served(struct jit *j)
{
    if (j->flag[j->i] & JI_SERVED) jit_fail(j, -ENOSYS, "flags that were promised are lost");
    return j->flag[j->i] & JI_SERVED;
}

/* add_c add_v sub_v adc_c adc_v sbb_c sbb_v */
void sel_carry(struct jit *j, u32 i, const struct ir_insn *x)
{
    enum ir_type t = jit_type(j, x->a);
    if (unsupported(j, t)) return;
    int size = (int)jit_bytes(t);
    bool three = x->op >= IR_OP_adc_c;
    enum jit_flags_kind kind = x->op == IR_OP_sub_v                           ? JF_SUB
                               : !three                                       ? JF_ADD
                               : x->op == IR_OP_adc_c || x->op == IR_OP_adc_v ? JF_ADC
                                                                              : JF_SBB;
    u32 c = three ? x->c : IR_NONE;
    if (!flags_are(j, kind, size, x->a, x->b, c)) {
        if (not_served(j)) return;
        struct jinsn *ji = j->cur;
        if (three && !ir_is_const(c) && j->val[c].cc == JIT_NOCC) jr_use(j, c);
        struct sel_src s = sel_source(j, ji->ref[1], size);
        u8 d;
        if (kind == JF_SUB) {
            d = jr_use(j, ji->ref[0]);
        } else {
            d = jr_alloc(j, JIT_GPRS);
            if (ir_is_const(ji->ref[0]))
                jh_const(j, d, ji->ref[0]);
            else
                jh_move(j, d, jr_use(j, ji->ref[0]), t);
        }
        if (three)
            carry_in(j, c);
        else
            jr_forget_flags(j);
        sel_alu(j,
                kind == JF_SUB   ? ALU_CMP
                : kind == JF_ADD ? ALU_ADD
                : kind == JF_ADC ? ALU_ADC
                                 : ALU_SBB,
                size, d, s);
        flags_set(j, kind, size, x->a, x->b, c, IR_NONE);
    }
    bool carry = x->op == IR_OP_add_c || x->op == IR_OP_adc_c || x->op == IR_OP_sbb_c;
    jr_define_cc(j, i, carry ? CC_C : CC_O);
}

/* --- comparisons --- */

static u8 compare_cc(enum ir_op op, bool swapped)
{
    static const u8 cc[6][2] = {{CC_Z, CC_Z},   {CC_NZ, CC_NZ}, {CC_C, CC_A},
                                {CC_BE, CC_NC}, {CC_L, CC_G},   {CC_LE, CC_GE}};
    return cc[op - IR_OP_eq][swapped];
}

static bool is_zero(const struct jit *j, ir_ref r)
{
    return jit_plain(j, r) && jit_const(j, r) == 0;
}

/* Condition from the flags of an earlier instruction's result compared with zero; JIT_NOCC if they do not
 * say. */
static u8 result_cc(const struct jit *j, enum ir_op op, ir_ref a, ir_ref b, int size)
{
    const struct jflags *f = &j->flags;
    if (f->kind == JF_NONE || !f->result_zs || f->size != size) return JIT_NOCC;
    bool logic = f->kind == JF_RESULT; /* carry and overflow are clear */
    if (a == f->result && is_zero(j, b)) {
        if (op == IR_OP_eq || op == IR_OP_ne) return compare_cc(op, false);
        if (op == IR_OP_slt) return CC_S;
        return logic ? compare_cc(op, false) : JIT_NOCC;
    }
    if (b == f->result && is_zero(j, a)) {
        if (op == IR_OP_eq || op == IR_OP_ne) return compare_cc(op, true);
        if (op == IR_OP_sle) return CC_NS;
        return logic ? compare_cc(op, true) : JIT_NOCC;
    }
    return JIT_NOCC;
}

/* The operands ra and rb, which hold a and b in their low `size` bytes. */
static void emit_compare(struct jit *j, ir_ref a, ir_ref b, ir_ref ra, ir_ref rb, int size)
{
    if (is_zero(j, b) && !(jr_where(j, ra) == JIT_NOREG && jit_dies(j, ra) && j->val[ra].mem != JM_NONE)) {
        u8 r = jr_use(j, ra);
        jr_forget_flags(j);
        x_test_rr(&j->code, size, r, r);
        flags_set(j, JF_SUB, size, a, b, IR_NONE, a);
        return;
    }
    struct sel_src s = sel_source(j, rb, size);
    if (s.kind == SRC_IMM) {
        struct sel_src m = sel_source(j, ra, size);
        jr_forget_flags(j);
        if (m.kind == SRC_MEM)
            x_alu_mi(&j->code, ALU_CMP, size, m.m, s.imm);
        else
            sel_alu(j, ALU_CMP, size, m.kind == SRC_REG ? m.reg : jr_use(j, ra), s);
    } else {
        u8 r = jr_use(j, ra);
        jr_forget_flags(j);
        sel_alu(j, ALU_CMP, size, r, s);
    }
    flags_set(j, JF_SUB, size, a, b, IR_NONE, IR_NONE);
}

void sel_compare(struct jit *j, u32 i, const struct ir_insn *x)
{
    ir_ref a = x->a, b = x->b;
    enum ir_type t = jit_type(j, a);
    if (unsupported(j, t)) return;
    int size = (int)jit_bytes(t);
    if (t == IR_b1 && (x->op == IR_OP_slt || x->op == IR_OP_sle)) { /* one bit: 1 is -1 */
        emit_compare(j, a, b, a, b, 1);
        jr_define_cc(j, i, compare_cc(x->op == IR_OP_slt ? IR_OP_ult : IR_OP_ule, true));
        return;
    }
    if (flags_are(j, JF_SUB, size, a, b, IR_NONE)) {
        jr_define_cc(j, i, compare_cc(x->op, false));
        return;
    }
    if (flags_are(j, JF_SUB, size, b, a, IR_NONE)) {
        jr_define_cc(j, i, compare_cc(x->op, true));
        return;
    }
    if (not_served(j)) return;
    u8 cc = result_cc(j, x->op, a, b, size);
    if (cc == JIT_NOCC) {
        bool swap = ir_is_const(a) && !ir_is_const(b);
        const u32 *r = j->cur->ref;
        emit_compare(j, swap ? b : a, swap ? a : b, r[swap], r[!swap], size);
        cc = compare_cc(x->op, swap);
    }
    jr_define_cc(j, i, cc);
}

/* --- one operand --- */

void sel_unary(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (unsupported(j, x->type)) return;
    ir_ref a = j->cur->ref[0];
    if (x->type == IR_b1 && x->op == IR_OP_not) {
        if (!ir_is_const(a) && j->val[a].cc != JIT_NOCC) {
            jr_define_cc(j, i, j->val[a].cc ^ 1);
            return;
        }
        u8 d = jr_dest_from(j, i, a, IR_NONE);
        jr_forget_flags(j);
        x_alu_ri(&j->code, ALU_XOR, 4, d, 1);
        jr_define(j, i, d);
        return;
    }
    u8 d = jr_dest_from(j, i, a, IR_NONE);
    if (x->type == IR_b1) { /* neg of one bit */
        jr_define(j, i, d);
        return;
    }
    if (x->op == IR_OP_neg) jr_forget_flags(j);
    x_f7(&j->code, x->op == IR_OP_neg ? F7_NEG : F7_NOT, sel_size(x->type), d);
    jr_define(j, i, d);
}

void sel_select(struct jit *j, u32 i, const struct ir_insn *x)
{
    struct jinsn *ji = j->cur;
    u8 cc = sel_condition(j, ji->ref[0]);
    ir_ref b = ji->ref[1], c = ji->ref[2];
    if (jit_is_fp(x->type)) {
        u8 rb = jr_use(j, b);
        u8 d = jr_dest_from(j, i, c, b);
        u8 *over = x_jcc8(&j->code, cc ^ 1);
        x_rr(&j->code, XO_movaps, xr(d), xr(rb));
        x_land(&j->code, over);
        jr_define(j, i, d);
        return;
    }
    int size = sel_size(x->type);
    /* Start from the operand that need not be copied. */
    u8 hint = j->val[i].hint;
    if ((hint != JIT_NOREG && jr_where(j, b) == hint) ||
        (jit_dies(j, b) && j->val[b].reg != JIT_NOREG && !(jit_dies(j, c) && j->val[c].reg != JIT_NOREG)) ||
        (ir_is_const(c) && !ir_is_const(b) && jr_where(j, c) == JIT_NOREG)) {
        ir_ref t = b;
        b = c;
        c = t;
        cc ^= 1;
    }
    struct sel_src s = {0};
    if (ir_is_const(b)) { /* cmov takes no immediate */
        s.reg = xr(jr_use(j, b));
    } else {
        s = sel_source(j, b, narrow(x->type) ? 16 : size);
    }
    u8 d = jr_dest_from(j, i, c, b);
    if (s.kind == SRC_MEM)
        x_rm(&j->code, x_sized(0x40 | X_0F, size) | cc, d, s.m);
    else
        x_cmov_rr(&j->code, cc, size, d, s.reg);
    jr_define(j, i, d);
}

/* --- widths --- */

void sel_extend(struct jit *j, u32 i, const struct ir_insn *x)
{
    struct jinsn *ji = j->cur;
    ir_ref a = ji->ref[0];
    enum ir_type from = j->flag[j->i] & JI_NARROW ? (enum ir_type)ji->as : jit_type(j, a);
    bool sign = x->op == IR_OP_sext;
    if (jit_is_fp(x->type)) {
        if (sign || from != IR_i64 || x->type != IR_i128) {
            jit_fail(j, -ENOSYS, "an extension to 128 bits");
            return;
        }
        u8 s = jr_use(j, a), d = jr_dest(j, i);
        x_rr(&j->code, XO_movq_to, xr(d), s);
        jr_define(j, i, d);
        return;
    }
    if (from == IR_b1 && x->type == IR_i8 && !sign) { /* a b1 in a register is a byte */
        jr_define(j, i, jr_dest_from(j, i, a, IR_NONE));
        return;
    }
    if (from == IR_b1) {
        u8 d;
        if (!ir_is_const(a) && j->val[a].cc != JIT_NOCC && jr_where(j, a) == JIT_NOREG) {
            d = jr_dest_early(j, i);
            x_setcc_r(&j->code, j->val[a].cc, d);
            x_rr(&j->code, XO_movzx8, d, d);
        } else {
            u8 s = jr_use(j, a);
            d = jr_dest(j, i);
            x_rr(&j->code, XO_movzx8, d, s);
        }
        if (sign) {
            jr_forget_flags(j);
            x_f7(&j->code, F7_NEG, sel_size(x->type), d);
        }
        jr_define(j, i, d);
        return;
    }
    u32 op = from == IR_i8    ? (sign ? (x->type == IR_i64 ? XO_movsx8q : XO_movsx8) : XO_movzx8)
             : from == IR_i16 ? (sign ? (x->type == IR_i64 ? XO_movsx16q : XO_movsx16) : XO_movzx16)
             : sign           ? XO_movsxd
                              : 0x8b;
    struct sel_src s =
        ir_is_const(a) ? (struct sel_src){.reg = jr_use(j, a)} : sel_source(j, a, (int)jit_bytes(from));
    u8 d = jr_dest(j, i);
    if (s.kind == SRC_MEM)
        x_rm(&j->code, op, d, s.m);
    else if (op != 0x8b || d != s.reg || (j->flag[j->i] & JI_NARROW))
        x_rr(&j->code, op, d, s.reg);
    jr_define(j, i, d);
}

void sel_trunc(struct jit *j, u32 i, const struct ir_insn *x)
{
    ir_ref a = j->cur->ref[0];
    enum ir_type from = jit_type(j, a);
    if (jit_is_fp(from)) {
        u8 s = jr_use(j, a), d = jr_dest_early(j, i);
        x_rr(&j->code, x->type == IR_i64 ? XO_movq_from : XO_movd_from, xr(s), d);
        jr_define(j, i, d);
        if (x->type == IR_b1) jit_fail(j, -ENOSYS, "a truncation of 128 bits to one");
        return;
    }
    if (x->type == IR_b1) {
        u8 r = jr_use(j, a);
        jr_forget_flags(j);
        x_test_ri(&j->code, 1, r, 1);
        jr_define_cc(j, i, CC_NZ);
        return;
    }
    struct sel_src s =
        ir_is_const(a) ? (struct sel_src){.reg = jr_use(j, a)} : sel_source(j, a, (int)jit_bytes(x->type));
    u8 d = jr_dest(j, i);
    if (s.kind == SRC_MEM)
        x_load(&j->code, (int)jit_bytes(x->type), d, s.m);
    else if (d != s.reg || x->type == IR_i32)
        x_mov_rr(&j->code, 4, d, s.reg);
    jr_define(j, i, d);
}

void sel_bits(struct jit *j, u32 i, const struct ir_insn *x)
{
    ir_ref a = j->cur->ref[0];
    bool from_fp = jit_is_fp(jit_type(j, a)), to_fp = jit_is_fp(x->type), wide = ir_type_bits[x->type] > 32;
    if (!ir_is_const(a) && jr_where(j, a) == JIT_NOREG && j->val[a].mem != JM_NONE && jit_dies(j, a)) {
        u8 d = jr_dest_early(j, i);
        jh_load(j, d, j->val[a].mem, j->val[a].off, x->type);
        jr_define(j, i, d);
        return;
    }
    if (from_fp == to_fp) {
        jr_define(j, i, jr_dest_from(j, i, a, IR_NONE));
        return;
    }
    u8 s = jr_use(j, a), d = jr_dest_early(j, i);
    if (to_fp)
        x_rr(&j->code, wide ? XO_movq_to : XO_movd_to, xr(d), s);
    else
        x_rr(&j->code, wide ? XO_movq_from : XO_movd_from, xr(s), d);
    jr_define(j, i, d);
}

void sel_pair(struct jit *j, u32 i, const struct ir_insn *x)
{
    ir_ref lo = j->cur->ref[0], hi = j->cur->ref[1];
    if (jit_is_fp(x->type)) {
        u8 rl = jr_use(j, lo), rh = jr_use(j, hi), d = jr_alloc(j, JIT_XMMS);
        x_rr(&j->code, XO_movq_to, xr(JIT_FP_SCRATCH), rh);
        x_rr(&j->code, XO_movq_to, xr(d), rl);
        x_rr(&j->code, XO_punpcklqdq, xr(d), xr(JIT_FP_SCRATCH));
        jr_define(j, i, d);
        return;
    }
    u8 rl = jr_use(j, lo), d;
    if (lo == hi) {
        d = jr_alloc(j, JIT_GPRS);
        jh_move(j, d, rl, IR_i32);
    } else {
        d = jr_dest_from(j, i, hi, lo);
    }
    jr_forget_flags(j);
    x_shift_ri(&j->code, SH_SHL, 8, d, 32);
    x_alu_rr(&j->code, ALU_OR, 8, d, rl);
    jr_define(j, i, d);
}
