/* Data processing: the sixteen operations with an immediate, a shifted register, or a register shifted by a
 * register, and the 16-bit moves (A5.2.1 to A5.2.3, A6.3.1, A6.3.11; shifts: A8.4). Thumb comes here too: its
 * tables give the same arguments. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

enum { AND, EOR, SUB, RSB, ADD, ADC, SBC, RSC, TST, TEQ, CMP, CMN, ORR, MOV, BIC, MVN, ORN };

/* Does s mean that flags are set? 2: yes, but not in an IT block. */
static bool sets_flags(struct lift *l, u32 s)
{
    return s == 1 || (s == 2 && !arm_unit(l)->it);
}

static ir_ref bit(struct lift *l, ir_ref v, u32 n)
{
    return ir_trunc(l->u, IR_b1, n ? ir_shr(l->u, v, ir_i32(l->u, n)) : v);
}

ir_ref arm_shift_imm(struct lift *l, ir_ref v, u32 shift, ir_ref *carry)
{
    struct ir_unit *u = l->u;
    u32 n = shift >> 2, type = shift & 3;
    *carry = IR_NONE;
    if (shift == 0) return v;
    if (type == 3 && n == 0) { /* RRX */
        ir_ref c = ir_shl(u, ir_zext(u, IR_i32, arm_carry(l)), ir_i32(u, 31));
        *carry = bit(l, v, 0);
        return ir_or(u, ir_shr(u, v, ir_i32(u, 1)), c);
    }
    if (n == 0) n = 32; /* LSR and ASR */
    *carry = bit(l, v, type == 0 ? 32 - n : n - 1);
    ir_ref amount = ir_i32(u, n);
    return type == 0   ? ir_shl(u, v, amount)
           : type == 1 ? ir_shr(u, v, amount)
           : type == 2 ? ir_sar(u, v, amount)
                       : ir_ror(u, v, amount);
}

/* Shift by the low byte of a register. The carry is the last bit shifted out; by zero it stays. */
static ir_ref shift_reg(struct lift *l, ir_ref v, u32 type, ir_ref by, ir_ref *carry)
{
    struct ir_unit *u = l->u;
    ir_ref n = ir_and(u, by, ir_i32(u, 255)), r, out;
    ir_ref before = ir_sub(u, n, ir_i32(u, 1)); /* by zero: 2^32 - 1, whose result is not used */
    if (type == 0) {
        r = ir_shl(u, v, n);
        out = bit(l, ir_shl(u, v, before), 31);
    } else if (type == 1) {
        r = ir_shr(u, v, n);
        out = bit(l, ir_shr(u, v, before), 0);
    } else if (type == 2) {
        r = ir_sar(u, v, n);
        out = bit(l, ir_sar(u, v, before), 0);
    } else {
        r = ir_ror(u, v, n);
        out = bit(l, r, 31);
    }
    *carry = ir_select(u, ir_eq(u, n, ir_i32(u, 0)), arm_carry(l), out);
    return r;
}

static bool is_logical(u32 op)
{
    return op <= EOR || op == TST || op == TEQ || op >= ORR;
}

static ir_ref logical(struct ir_unit *u, u32 op, ir_ref a, ir_ref b)
{
    switch (op) {
    case AND:
    case TST: return ir_and(u, a, b);
    case EOR:
    case TEQ: return ir_xor(u, a, b);
    case ORR: return ir_or(u, a, b);
    case MOV: return b;
    case BIC: return ir_and(u, a, ir_not(u, b));
    case MVN: return ir_not(u, b);
    default: return ir_or(u, a, ir_not(u, b));
    }
}

/* a + b + carry with its flags. */
static ir_ref add_with_carry(struct lift *l, ir_ref a, ir_ref b, bool flags)
{
    struct ir_unit *u = l->u;
    ir_ref c = arm_carry(l), r = ir_adc(u, a, b, c);
    if (flags) arm_flags_set(l, r, r, ir_adc_c(u, a, b, c), ir_adc_v(u, a, b, c));
    return r;
}

/* a - b - not carry with its flags. */
static ir_ref sub_with_carry(struct lift *l, ir_ref a, ir_ref b, bool flags)
{
    struct ir_unit *u = l->u;
    ir_ref borrow = ir_not(u, arm_carry(l)), r = ir_sbb(u, a, b, borrow);
    if (flags) arm_flags_set(l, r, r, ir_not(u, ir_sbb_c(u, a, b, borrow)), ir_sbb_v(u, a, b, borrow));
    return r;
}

static ir_ref subtract(struct lift *l, ir_ref a, ir_ref b, bool flags)
{
    ir_ref r = ir_sub(l->u, a, b);
    if (flags) arm_flags_sub(l, a, b, r);
    return r;
}

static ir_ref add(struct lift *l, ir_ref a, ir_ref b, bool flags)
{
    ir_ref r = ir_add(l->u, a, b);
    if (flags) arm_flags_set(l, r, r, ir_add_c(l->u, a, b), ir_add_v(l->u, a, b));
    return r;
}

static ir_ref arithmetic(struct lift *l, u32 op, ir_ref a, ir_ref b, bool flags)
{
    switch (op) {
    case SUB:
    case CMP: return subtract(l, a, b, flags);
    case RSB: return subtract(l, b, a, flags);
    case ADD:
    case CMN: return add(l, a, b, flags);
    case ADC: return add_with_carry(l, a, b, flags);
    case SBC: return sub_with_carry(l, a, b, flags);
    default: return sub_with_carry(l, b, a, flags);
    }
}

static bool data_processing(struct lift *l, u32 op, u32 s, u32 rd, u32 rn, ir_ref b, ir_ref carry)
{
    bool flags = sets_flags(l, s), writes = op < TST || op > CMN;
    if (flags && writes && rd == ARM_PC) return false; /* an exception return: none in user mode (B9.3.20) */
    ir_ref a = op == MOV || op == MVN ? IR_NONE : arm_reg(l, rn), r;
    if (is_logical(op)) {
        r = logical(l->u, op, a, b);
        if (flags) arm_flags_nzc(l, r, carry);
    } else {
        r = arithmetic(l, op, a, b, flags);
    }
    if (writes && rd == ARM_PC)
        arm_set_pc(l, r);
    else if (writes)
        arm_set_reg(l, rd, r);
    return true;
}

bool arm_lift_dp_imm(struct lift *l, const struct arm_args_dp_imm *a)
{
    ir_ref carry = a->rot ? ir_b1(l->u, a->imm >> 31) : IR_NONE;
    return data_processing(l, a->op, a->s, a->rd, a->rn, ir_i32(l->u, a->imm), carry);
}

bool arm_lift_dp_reg(struct lift *l, const struct arm_args_dp_reg *a)
{
    ir_ref carry, b = arm_shift_imm(l, arm_reg(l, a->rm), a->shift, &carry);
    if (a->op == MOV && a->rd == ARM_PC && a->rm == ARM_LR && a->shift == 0 && !sets_flags(l, a->s)) {
        if (arm_thumb(l)) b = ir_or(l->u, b, ir_i32(l->u, 1));
        arm_jump_to(l, b, ARM_RET); /* mov pc, lr */
        return true;
    }
    return data_processing(l, a->op, a->s, a->rd, a->rn, b, carry);
}

bool arm_lift_dp_rsr(struct lift *l, const struct arm_args_dp_rsr *a)
{
    ir_ref carry, b = shift_reg(l, arm_reg(l, a->rm), a->type, arm_reg(l, a->rs), &carry);
    return data_processing(l, a->op, a->s, a->rd, a->rn, b, carry);
}

bool arm_lift_movw(struct lift *l, const struct arm_args_mov16 *a)
{
    arm_set_reg(l, a->rd, ir_i32(l->u, a->imm));
    return true;
}

bool arm_lift_movt(struct lift *l, const struct arm_args_mov16 *a)
{
    struct ir_unit *u = l->u;
    ir_ref low = ir_and(u, arm_reg(l, a->rd), ir_i32(u, 0xffff));
    arm_set_reg(l, a->rd, ir_or(u, low, ir_i32(u, a->imm << 16)));
    return true;
}
