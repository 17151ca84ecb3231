/* Status registers, hints, coprocessor 15 as user mode may see it, and what is undefined to user programs
 * (A5.2.11, A5.2.12, A5.6, A5.7, B3.17). */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

/* --- CPSR --- */

static ir_ref get_flag8(struct lift *l, u32 offset, u32 bit)
{
    return ir_shl(l->u, ir_zext(l->u, IR_i32, ir_get(l->u, IR_i8, offset)), ir_i32(l->u, bit));
}

/* Four GE bits from the mask of bytes: bits 0, 8, 16, 24 gathered by a multiplication. */
static ir_ref ge_bits(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref ones = ir_and(u, ir_get(u, IR_i32, ARM_OFF(ge)), ir_i32(u, 0x01010101));
    ir_ref packed = ir_shr(u, ir_mul(u, ones, ir_i32(u, 0x10204080)), ir_i32(u, 28));
    return ir_shl(u, packed, ir_i32(u, 16));
}

/* In user mode MRS reads flags, Q, GE, E and the mode (B9.3.8; the kernel's view of E and the mode bits). */
bool arm_lift_mrs(struct lift *l, const struct arm_args_psr_rd *a)
{
    struct ir_unit *u = l->u;
    if (a->spsr || a->rd == ARM_PC) return false;
    u32 fixed = ARM_PSR_USER | (l->key & ARM_KEY_FIELD(E) ? ARM_PSR_E : 0);
    ir_ref v = ir_or(u, arm_psr_nzcv(l), get_flag8(l, ARM_OFF(qf), 27));
    arm_set_reg(l, a->rd, ir_or(u, ir_or(u, v, ge_bits(l)), ir_i32(u, fixed)));
    return true;
}

static ir_ref ge_mask(struct lift *l, ir_ref v)
{
    struct ir_unit *u = l->u;
    ir_ref mask = ir_i32(u, 0);
    for (u32 i = 0; i < 4; i++) {
        ir_ref bit = ir_trunc(u, IR_b1, ir_shr(u, v, ir_i32(u, 16 + i)));
        mask = ir_or(u, mask, ir_and(u, ir_sext(u, IR_i32, bit), ir_i32(u, 0xffu << (8 * i))));
    }
    return mask;
}

/* Field f of the mask writes flags and Q, field s the GE bits, field x the E bit; the rest is not the user's.
 */
static bool write_psr(struct lift *l, u32 spsr, u32 mask, ir_ref v)
{
    struct ir_unit *u = l->u;
    if (spsr) return false;
    if (mask & 8) {
        arm_set_psr_nzcv(l, v);
        ir_put(u, ARM_OFF(qf), ir_trunc(u, IR_i8, ir_and(u, ir_shr(u, v, ir_i32(u, 27)), ir_i32(u, 1))));
    }
    if (mask & 4) ir_put(u, ARM_OFF(ge), ge_mask(l, v));
    if (mask & 2) { /* the byte order is a mode of what follows */
        u64 key = arm_next_key(l) & ~ARM_KEY_FIELD(E);
        ir_ref e = ir_and(u, ir_zext(u, IR_i64, ir_shr(u, v, ir_i32(u, 9))), ir_i64(u, 1));
        ir_exit_ind(u, ir_or(u, ir_addr(u, IR_i64, key), ir_shl(u, e, ir_i64(u, ARM_E_SHIFT))));
        l->done = true;
    }
    return true;
}

bool arm_lift_msr_reg(struct lift *l, const struct arm_args_psr_reg *a)
{
    return write_psr(l, a->spsr, a->mask, arm_reg(l, a->rn));
}

bool arm_lift_msr_imm(struct lift *l, const struct arm_args_psr *a)
{
    return write_psr(l, a->spsr, a->mask, ir_i32(l->u, a->imm));
}

bool arm_lift_setend(struct lift *l, const struct arm_args_setend *a)
{
    u64 key = arm_next_key(l) & ~ARM_KEY_FIELD(E);
    lift_goto(l, key | (u64)a->e << ARM_E_SHIFT);
    return true;
}

/* --- hints --- */

bool arm_lift_nop(struct lift *l, const struct arm_args_cond *a)
{
    (void)l, (void)a;
    return true;
}

bool arm_lift_hint(struct lift *l, const struct arm_args_imm *a)
{
    (void)l, (void)a;
    return true;
}

/* CPS has no effect in user mode (B9.3.2). */
bool arm_lift_cps(struct lift *l, const struct arm_args_cps *a)
{
    (void)l, (void)a;
    return true;
}

/* --- coprocessor 15 --- */

enum { TPIDRURW = 2, TPIDRURO = 3 }; /* opc2 of c13, c0 */

/* The thread registers; all else is undefined in user mode. */
bool arm_lift_mrc(struct lift *l, const struct arm_args_mcr *a)
{
    if (a->cp != 15 || a->opc1 || a->crn != 13 || a->crm || a->rt == ARM_PC) return false;
    if (a->opc2 != TPIDRURW && a->opc2 != TPIDRURO) return false;
    u32 slot = a->opc2 == TPIDRURO ? ARM_OFF(tpidruro) : ARM_OFF(tpidrurw);
    arm_set_reg(l, a->rt, ir_get(l->u, IR_i32, slot));
    return true;
}

/* TPIDRURW, and the barriers of ARMv6: c7, c5, 4 (ISB), c7, c10, 4 (DSB), c7, c10, 5 (DMB). */
bool arm_lift_mcr(struct lift *l, const struct arm_args_mcr *a)
{
    if (a->cp != 15 || a->opc1) return false;
    if (a->crn == 13 && a->crm == 0 && a->opc2 == TPIDRURW) {
        ir_put(l->u, ARM_OFF(tpidrurw), arm_reg(l, a->rt));
        return true;
    }
    if (a->crn != 7) return false;
    if (a->crm == 5 && a->opc2 == 4) return true;
    if (a->crm != 10 || (a->opc2 != 4 && a->opc2 != 5)) return false;
    ir_fence(l->u, IR_FENCE_ALL);
    return true;
}

/* --- undefined to user programs --- */

#define UNDEFINED(name, args)                                                                                \
    bool arm_lift_##name(struct lift *l, const struct arm_args_##args *a)                                    \
    {                                                                                                        \
        (void)l, (void)a;                                                                                    \
        return false;                                                                                        \
    }

UNDEFINED(mcrr, mcrr)
UNDEFINED(mrrc, mcrr)
UNDEFINED(undef_mcr, mcr)
UNDEFINED(undef_mcrr, mcrr)
UNDEFINED(undef_cdp, cdp)
UNDEFINED(undef_ldc, ldc)
UNDEFINED(undef_ldm, ldm)
UNDEFINED(undef_imm, imm)
UNDEFINED(undef_cond, cond)
UNDEFINED(undef_srs, srs)
UNDEFINED(undef_rfe, rfe)
UNDEFINED(undef_bank, bank)
UNDEFINED(undef_psr, psr)
