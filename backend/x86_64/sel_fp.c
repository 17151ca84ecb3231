/* Floating point on the host's FPU where it answers as the guest's would, and by the softfloat where it does not. */
#include "backend/x86_64/sel.h"
#include <errno.h>
#include "backend/jit/softcalls.h"

/* --- the softfloat --- */

static s32 soft_cell(int n) { return (JIT_SOFT_CELL + 2 * n) * 8; }

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

static void soft(struct jit *j, u32 i, const struct ir_insn *x, int n) { sel_soft(j, i, x, j->cur->ref, n); }

void sel_fp2(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 2); }
void sel_fma(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 3); }
void sel_fsqrt(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 1); }
void sel_fminmax(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 2); }
void sel_fcmp(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 2); }
void sel_fcvt(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 1); }
void sel_int2f(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 1); }
void sel_f2int(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 1); }
void sel_frint(struct jit *j, u32 i, const struct ir_insn *x) { soft(j, i, x, 1); }

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
    /* The mask through an integer register: cheaper than a constant in memory that must be reached. */
    u8 d = jr_dest_from(j, i, a, IR_NONE), t = jr_alloc(j, JIT_GPRS);
    u64 m = (u64)1 << (bits == 32 ? 31 : 63);
    if (!neg) m = bits == 32 ? m - 1 : ~m;
    x_mov_ri(&j->code, t, m);
    x_rr(&j->code, bits == 32 ? XO_movd_to : XO_movq_to, xr(JIT_FP_SCRATCH), t);
    if (bits == 128) { /* the sign is in the high half; abs keeps the low half */
        if (neg) {
            x_rr(&j->code, XO_pslldq, 7, xr(JIT_FP_SCRATCH));
            x_u8(&j->code, 8);
        } else {
            u8 ones = jr_alloc(j, JIT_XMMS);
            x_rr(&j->code, XO_pcmpeqd, xr(ones), xr(ones));
            x_rr(&j->code, XO_punpcklqdq, xr(ones), xr(JIT_FP_SCRATCH));
            x_rr(&j->code, XO_movaps, xr(JIT_FP_SCRATCH), xr(ones));
        }
    }
    x_rr(&j->code, neg ? XO_xorps : XO_andps, xr(d), xr(JIT_FP_SCRATCH));
    jr_define(j, i, d);
}

/* --- the environment --- */

static void stmxcsr(struct jit *j) { x_rm(&j->code, 0xae | X_0F, 3, sel_cpu(OFF(mxcsr))); }
static void ldmxcsr(struct jit *j) { x_rm(&j->code, 0xae | X_0F, 2, sel_cpu(OFF(mxcsr))); }

static s32 own_flags(const struct jit *j) { return j->opt->x86_fp ? 0x3f : 0x3d; }

/* MXCSR's exception bits are IR_FPF_* but for DENORM, which means something else and is kept in the state block. */
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
