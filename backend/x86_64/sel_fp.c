/* Floating point on the host's FPU where it answers as the guest's would, and by the softfloat where it does
 * not. */
#include "backend/x86_64/sel.h"
#include <errno.h>
#include "backend/jit/softcalls.h"
#include "ir/softfloat/softfloat.h"

/* --- the softfloat --- */

static s32 soft_cell(int n)
{
    return (JIT_SOFT_CELL + 2 * n) * 8;
}

void sel_soft(struct jit *j, u32 i, const struct ir_insn *x, const ir_ref *r, int n)
{
    for (int k = 0; k < n; k++) {
        if (ir_is_const(r[k]))
            jh_store_const(j, soft_cell(k), r[k]);
        else
            jh_store(j, JM_SPILL, soft_cell(k), jr_use(j, r[k]), jit_type(j, r[k]));
    }
    jr_forget_flags(j);
    x_store_i(&j->code, 4, sel_cpu(OFF(exit_info)), (s32)jit_soft_descriptor(j->u, x, jit_type(j, r[0])));
    sel_thunk(j, x_call(&j->code), THUNK_SOFT);
    u8 d = jr_alloc(j, jit_is_fp(x->type) ? JIT_XMMS : JIT_GPRS);
    jh_load(j, d, JM_SPILL, soft_cell(3), x->type);
    jr_define(j, i, d);
}

static void soft(struct jit *j, u32 i, const struct ir_insn *x, int n)
{
    sel_soft(j, i, x, j->cur->ref, n);
}

/* Out of line: the operation again, by the softfloat, from the operands' registers into the result's. */
static void soft_stub(struct jit *j, struct jit_ool *o)
{
    const struct ir_insn *x = &j->insns[o->n];
    for (u32 k = 0; k < 3 && o->reg[k] != JIT_NOREG; k++)
        jh_store(j, JM_SPILL, soft_cell((int)k), o->reg[k], o->reg[k] < JIT_FP0 ? IR_i64 : IR_v128);
    x_store_i(&j->code, 4, sel_cpu(OFF(exit_info)), (s32)o->m);
    sel_thunk(j, x_call(&j->code), THUNK_SOFT);
    jh_load(j, o->reg[3], JM_SPILL, soft_cell(3), x->type);
    x_link(x_jmp(&j->code), j->code.base + o->back);
}

/* What an operation on the host's FPU must be checked for, and where the checks lead. */
struct fast {
    u32 from[3], nfrom;
};

static void slow_if(struct jit *j, struct fast *f, u8 cc)
{
    f->from[f->nfrom++] = (u32)(x_jcc(&j->code, cc) - j->code.base);
}

/* The place where slow paths come back; a, b, c are the operands' registers or JIT_NOREG. */
static void slow_ends(struct jit *j, u32 i, const struct ir_insn *x, struct fast *f, u8 a, u8 b, u8 c, u8 d)
{
    for (u32 k = 0; k < f->nfrom; k++) {
        struct jit_ool *o = jit_out_of_line(j, soft_stub, f->from[k]);
        if (k) o->same = 1; /* one stub for all */
        o->back = code_offset(&j->code);
        o->n = i;
        o->m = jit_soft_descriptor(j->u, x, jit_type(j, x->a));
        o->reg[0] = a, o->reg[1] = b, o->reg[2] = c, o->reg[3] = d;
    }
}

static bool x86_nans(const struct jit *j)
{
    return j->u->fp.nan_rule == SF_RULE_X86 && !j->u->fp.default_nan;
}

/* ARM flushes before rounding and tells so by another flag: not the host's way. Its FZ mode is the
 * softfloat's; a unit that is not made for code without the mode asks whether it is on. */
static void check_flush(struct jit *j, struct fast *f)
{
    jr_forget_flags(j);
    if (j->u->fp.nan_rule != SF_RULE_ARM || j->u->fp.no_flush) return;
    x_rm(&j->code, 0xf6, 0, sel_cpu(OFF(fp_control))); /* test byte, imm8 */
    x_u8(&j->code, IR_FP_FTZ | IR_FP_DAZ);
    slow_if(j, f, CC_NZ);
}

/* A NaN result is the host's choice of NaN. */
static void check_nan(struct jit *j, struct fast *f, enum ir_type t, u8 d)
{
    if (x86_nans(j)) return;
    x_rr(&j->code, t == IR_f32 ? XO_ucomiss : XO_ucomisd, xr(d), xr(d));
    slow_if(j, f, CC_P);
}

/* d = a op a constant of the thunk area. */
static void with_const(struct jit *j, u32 op, u8 d, u8 a, enum jit_const_id c)
{
    u8 *f;
    if (has(j, HOST_AVX)) {
        f = x_vrip(&j->code, op | X_VEX, xr(d), xr(a));
    } else {
        if (d != a) x_rr(&j->code, XO_movaps, xr(d), xr(a));
        f = x_rip(&j->code, op, xr(d));
    }
    sel_thunk(j, f, (enum jit_thunk)(THUNK_CONST + c));
}

/* The same, and a result of the smallest normal magnitude: only there do tininess before and after rounding
 * differ. The zero flag says equal or unordered. */
static void check_nan_and_tiny(struct jit *j, struct fast *f, enum ir_type t, u8 d)
{
    if (j->u->fp.tininess == SF_TINY_AFTER) {
        check_nan(j, f, t, d);
        return;
    }
    bool wide = t == IR_f64;
    with_const(j, XO_andps, JIT_FP_SCRATCH, d, wide ? CONST_ABS64 : CONST_ABS32);
    sel_thunk(j, x_rip(&j->code, wide ? XO_ucomisd : XO_ucomiss, xr(JIT_FP_SCRATCH)),
              (enum jit_thunk)(THUNK_CONST + (wide ? CONST_TINY64 : CONST_TINY32)));
    slow_if(j, f, CC_Z);
}

static bool host_format(enum ir_type t)
{
    return t == IR_f32 || t == IR_f64;
}

/* d = a op b */
static void three(struct jit *j, u32 op, u8 d, u8 a, u8 b)
{
    if (has(j, HOST_AVX)) {
        x_vrr(&j->code, op | X_VEX, xr(d), xr(a), xr(b));
    } else {
        x_rr(&j->code, XO_movaps, xr(d), xr(a));
        x_rr(&j->code, op, xr(d), xr(b));
    }
}

void sel_fp2(struct jit *j, u32 i, const struct ir_insn *x)
{
    static const u32 op[4][2] = {
        {XO_addss, XO_addsd}, {XO_subss, XO_subsd}, {XO_mulss, XO_mulsd}, {XO_divss, XO_divsd}};
    if (!host_format(x->type) || x->flags) {
        soft(j, i, x, 2);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), b = jr_use(j, x->b), d = jr_alloc(j, JIT_XMMS);
    check_flush(j, &f);
    three(j, op[x->op - IR_OP_fadd][x->type == IR_f64], d, a, b);
    if (x->op == IR_OP_fmul || x->op == IR_OP_fdiv)
        check_nan_and_tiny(j, &f, x->type, d);
    else
        check_nan(j, &f, x->type, d); /* a tiny sum is exact */
    slow_ends(j, i, x, &f, a, b, JIT_NOREG, d);
    jr_define(j, i, d);
}

void sel_fma(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (!host_format(x->type) || x->flags || !has(j, HOST_FMA) || x86_nans(j)) {
        soft(j, i, x, 3);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), b = jr_use(j, x->b), c = jr_use(j, x->c), d = jr_alloc(j, JIT_XMMS);
    check_flush(j, &f);
    x_rr(&j->code, XO_movaps, xr(d), xr(c));
    x_vrr(&j->code, x->type == IR_f32 ? XO_vfmadd231ss : XO_vfmadd231sd, xr(d), xr(a), xr(b));
    check_nan_and_tiny(j, &f, x->type, d);
    slow_ends(j, i, x, &f, a, b, c, d);
    jr_define(j, i, d);
}

void sel_fsqrt(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (!host_format(x->type) || x->flags) {
        soft(j, i, x, 1);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), d = jr_alloc(j, JIT_XMMS);
    check_flush(j, &f);
    three(j, x->type == IR_f32 ? XO_sqrtss : XO_sqrtsd, d, a, a);
    check_nan(j, &f, x->type, d);
    slow_ends(j, i, x, &f, a, JIT_NOREG, JIT_NOREG, d);
    jr_define(j, i, d);
}

void sel_fminmax(struct jit *j, u32 i, const struct ir_insn *x)
{
    soft(j, i, x, 2);
}

/* The relation as a number: bit 0 is "less or unordered", bit 1 "greater or unordered". */
void sel_fcmp(struct jit *j, u32 i, const struct ir_insn *x)
{
    enum ir_type t = jit_type(j, x->a);
    if (!host_format(t) || x->flags) {
        soft(j, i, x, 2);
        return;
    }
    struct fast f = {0};
    bool all_nans = x->op == IR_OP_fcmps;
    u8 a = jr_use(j, x->a), b = jr_use(j, x->b);
    u8 d = jr_alloc(j, JIT_GPRS), up = jr_alloc(j, JIT_GPRS), un = jr_alloc(j, JIT_GPRS);
    check_flush(j, &f);
    x_rr(&j->code,
         t == IR_f32 ? (all_nans ? XO_comiss : XO_ucomiss)
         : all_nans  ? XO_comisd
                     : XO_ucomisd,
         xr(a), xr(b));
    x_setcc_r(&j->code, CC_C, d); /* less or unordered */
    x_setcc_r(&j->code, CC_A, up);
    x_setcc_r(&j->code, CC_P, un);
    x_alu_rr(&j->code, ALU_OR, 4, up, un); /* greater or unordered */
    x_lea(&j->code, 4, d,
          (struct xmem){.base = d, .index = up, .scale = 1}); /* what is above the byte is anything */
    slow_ends(j, i, x, &f, a, b, JIT_NOREG, d);
    jr_define(j, i, d);
}

void sel_fcvt(struct jit *j, u32 i, const struct ir_insn *x)
{
    enum ir_type from = jit_type(j, x->a);
    if (!host_format(x->type) || !host_format(from) || from == x->type || x->flags) {
        soft(j, i, x, 1);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), d = jr_alloc(j, JIT_XMMS);
    check_flush(j, &f);
    three(j, from == IR_f32 ? XO_cvtss2sd : XO_cvtsd2ss, d, a, a);
    if (from == IR_f64)
        check_nan_and_tiny(j, &f, x->type, d);
    else
        check_nan(j, &f, x->type, d);
    slow_ends(j, i, x, &f, a, JIT_NOREG, JIT_NOREG, d);
    jr_define(j, i, d);
}

void sel_int2f(struct jit *j, u32 i, const struct ir_insn *x)
{
    enum ir_type from = jit_type(j, x->a);
    bool sign = x->op == IR_OP_s2f, exact = from == IR_i32 && x->type == IR_f64;
    if (!host_format(x->type) || (x->flags && !exact) || (from != IR_i32 && from != IR_i64)) {
        soft(j, i, x, 1);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), d = jr_alloc(j, JIT_XMMS);
    jr_forget_flags(j);
    if (!sign && from == IR_i64) {
        x_test_rr(&j->code, 8, a, a);
        slow_if(j, &f, CC_S);
    }
    x_rr(&j->code, XO_xorps, xr(d),
         xr(d)); /* the conversion keeps the rest of its destination: cut that tie */
    bool wide = from == IR_i64 || !sign;
    u32 op = x->type == IR_f32 ? XO_cvtsi2ss : XO_cvtsi2sd;
    x_rr(&j->code, op | (wide ? X_W : 0), xr(d), a);
    slow_ends(j, i, x, &f, a, JIT_NOREG, JIT_NOREG, d);
    jr_define(j, i, d);
}

/* To unsigned: fast if the exponent says that the value is in [0, 2^bits): 2^63 for 64 bits. The sign counts
 * as part of the exponent, so negative values are slow. */
static void check_unsigned_range(struct jit *j, struct fast *f, enum ir_type from, u32 bits, u8 a)
{
    u8 r = jr_alloc(j, JIT_GPRS);
    bool f32 = from == IR_f32;
    x_rr(&j->code, f32 ? XO_movd_from : XO_movq_from, xr(a), r);
    x_shift_ri(&j->code, SH_SHR, f32 ? 4 : 8, r, f32 ? 23 : 52);
    x_alu_ri(&j->code, ALU_CMP, 4, r, (s32)((f32 ? 127 : 1023) + (bits == 64 ? 63 : bits)));
    slow_if(j, f, CC_NC);
}

void sel_f2int(struct jit *j, u32 i, const struct ir_insn *x)
{
    enum ir_type from = jit_type(j, x->a);
    bool sign = x->op == IR_OP_f2s, chop = (x->flags & IR_RM_MASK) == IR_RM_RTZ;
    bool mode_known = x->flags == IR_RM_RTZ || (x->flags == IR_RM_CUR && sign);
    if (!host_format(from) || !mode_known || (x->type != IR_i32 && x->type != IR_i64)) {
        soft(j, i, x, 1);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), d = jr_alloc(j, JIT_GPRS);
    check_flush(j, &f);
    if (!sign) check_unsigned_range(j, &f, from, ir_type_bits[x->type], a);
    u32 op = from == IR_f32 ? (chop ? XO_cvttss2si : XO_cvtss2si) : chop ? XO_cvttsd2si : XO_cvtsd2si;
    bool wide = x->type == IR_i64 || !sign;
    x_rr(&j->code, op | (wide ? X_W : 0), d, xr(a));
    if (sign && !(j->u->fp.convert == SF_CONVERT_X86)) {
        x_alu_ri(&j->code, ALU_CMP, wide ? 8 : 4, d, 1); /* overflows for the indefinite integer only */
        slow_if(j, &f, CC_O);
    }
    slow_ends(j, i, x, &f, a, JIT_NOREG, JIT_NOREG, d);
    jr_define(j, i, d);
}

void sel_frint(struct jit *j, u32 i, const struct ir_insn *x)
{
    static const s8 mode[8] = {4, 0, 3, 2, 1, -1, -1, -1}; /* by IR_RM_* */
    u32 rm = x->flags & IR_RM_MASK;
    if (!host_format(x->type) || !has(j, HOST_SSE41) || mode[rm] < 0 || (x->flags & IR_FP_STD)) {
        soft(j, i, x, 1);
        return;
    }
    struct fast f = {0};
    u8 a = jr_use(j, x->a), d = jr_alloc(j, JIT_XMMS);
    check_flush(j, &f);
    x_rr(&j->code, XO_xorps, xr(d), xr(d));
    x_rr(&j->code, x->type == IR_f32 ? XO_roundss : XO_roundsd, xr(d), xr(a));
    x_u8(&j->code, (u8)(mode[rm] | (x->flags & IR_FP_EXACT ? 0 : 8)));
    check_nan(j, &f, x->type, d);
    slow_ends(j, i, x, &f, a, JIT_NOREG, JIT_NOREG, d);
    jr_define(j, i, d);
}

/* --- sign --- */

void sel_fsign(struct jit *j, u32 i, const struct ir_insn *x)
{
    ir_ref a = j->cur->ref[0];
    bool neg = x->op == IR_OP_fneg;
    u32 bits = ir_type_bits[x->type];
    if (x->type == IR_f16) {
        u8 d = jr_dest_from(j, i, a, IR_NONE);
        jr_forget_flags(j);
        x_alu_ri(&j->code, neg ? ALU_XOR : ALU_AND, 4, d, neg ? 0x8000 : 0x7fff);
        jr_define(j, i, d);
        return;
    }
    if (bits <= 64) {
        u8 r = jr_use(j, a), d = has(j, HOST_AVX) ? jr_dest(j, i) : jr_alloc(j, JIT_XMMS);
        with_const(j, neg ? XO_xorps : XO_andps, d, r,
                   neg          ? (bits == 32 ? CONST_SIGN32 : CONST_SIGN64)
                   : bits == 32 ? CONST_ABS32
                                : CONST_ABS64);
        jr_define(j, i, d);
        return;
    }
    u8 d = jr_dest_from(j, i, a, IR_NONE), t = jr_alloc(j, JIT_GPRS);
    u64 m = (u64)1 << 63; /* the sign is in the high half; abs keeps the low half */
    x_mov_ri(&j->code, t, neg ? m : ~m);
    x_rr(&j->code, XO_movq_to, xr(JIT_FP_SCRATCH), t);
    if (neg) {
        x_rr(&j->code, XO_pslldq, 7, xr(JIT_FP_SCRATCH));
        x_u8(&j->code, 8);
    } else {
        u8 ones = jr_alloc(j, JIT_XMMS);
        x_rr(&j->code, XO_pcmpeqd, xr(ones), xr(ones));
        x_rr(&j->code, XO_punpcklqdq, xr(ones), xr(JIT_FP_SCRATCH));
        x_rr(&j->code, XO_movaps, xr(JIT_FP_SCRATCH), xr(ones));
    }
    x_rr(&j->code, neg ? XO_xorps : XO_andps, xr(d), xr(JIT_FP_SCRATCH));
    jr_define(j, i, d);
}

/* --- the environment --- */

static void stmxcsr(struct jit *j)
{
    x_rm(&j->code, 0xae | X_0F, 3, sel_cpu(OFF(mxcsr)));
}
static void ldmxcsr(struct jit *j)
{
    x_rm(&j->code, 0xae | X_0F, 2, sel_cpu(OFF(mxcsr)));
}

static s32 own_flags(const struct jit *j)
{
    return j->opt->x86_fp ? 0x3f : 0x3d;
}

/* MXCSR's exception bits are IR_FPF_* but for DENORM, which means something else and is kept in the state
 * block. */
void sel_fpget(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)x;
    u8 d = jr_dest_early(j, i), t = jr_alloc(j, JIT_GPRS);
    stmxcsr(j);
    x_load(&j->code, 4, d, sel_cpu(OFF(mxcsr)));
    x_load(&j->code, 4, t, sel_cpu(OFF(fp_flags)));
    jr_forget_flags(j);
    x_alu_ri(&j->code, ALU_AND, 4, d, own_flags(j));
    x_alu_ri(&j->code, ALU_AND, 4, t, IR_FPF_DENORM);
    x_alu_rr(&j->code, ALU_OR, 4, d, t);
    jr_define(j, i, d);
}

void sel_fpset(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    u8 s = jr_use(j, x->a), t = jr_alloc(j, JIT_GPRS), u = jr_alloc(j, JIT_GPRS);
    jr_forget_flags(j);
    x_mov_rr(&j->code, 4, t, s);
    x_alu_ri(&j->code, ALU_AND, 4, t, 0x3f);
    x_store(&j->code, 4, sel_cpu(OFF(fp_flags)), t);
    stmxcsr(j);
    x_load(&j->code, 4, t, sel_cpu(OFF(mxcsr)));
    x_alu_ri(&j->code, ALU_AND, 4, t, ~0x3f);
    x_mov_rr(&j->code, 4, u, s);
    x_alu_ri(&j->code, ALU_AND, 4, u, own_flags(j));
    x_alu_rr(&j->code, ALU_OR, 4, t, u);
    x_store(&j->code, 4, sel_cpu(OFF(mxcsr)), t);
    ldmxcsr(j);
}

/* The new modes are composed by the thunk that makes MXCSR from the state block on the way in from C. */
void sel_fprm(struct jit *j, u32 i, const struct ir_insn *x)
{
    (void)i;
    u8 s = jr_use(j, x->a), t = jr_alloc(j, JIT_GPRS);
    jr_forget_flags(j);
    x_mov_rr(&j->code, 4, t, s);
    x_alu_ri(&j->code, ALU_AND, 4, t, IR_RM_MASK | IR_FP_FTZ | IR_FP_DAZ);
    x_store(&j->code, 4, sel_cpu(OFF(fp_control)), t);
    stmxcsr(j);
    x_load(&j->code, 4, t, sel_cpu(OFF(mxcsr)));
    x_alu_ri(&j->code, ALU_AND, 4, t, own_flags(j));
    x_alu_mi(&j->code, ALU_AND, 4, sel_cpu(OFF(fp_flags)), IR_FPF_DENORM);
    x_alu_mr(&j->code, ALU_OR, 4, sel_cpu(OFF(fp_flags)), t);
    jr_claim(j, RCX);
    jr_claim(j, RDX);
    sel_thunk(j, x_call(&j->code), THUNK_FP_IN);
}
