/* Products, quotients, shifts, rotates, counts of bits, byte reversal: the operations whose corners or fixed
 * registers take more than one host instruction. */
#include "backend/x86_64/sel.h"
#include <errno.h>

static bool narrow(enum ir_type t)
{
    return t < IR_i32;
}

static bool wide(struct jit *j, enum ir_type t, const char *why)
{
    if (!jit_is_fp(t)) return false;
    jit_fail(j, -ENOSYS, why);
    return true;
}

/* A copy of r, extended to 32 bits if it is narrower, that may be overwritten. */
static u8 extended(struct jit *j, ir_ref r, enum ir_type t, bool sign)
{
    u8 d = jr_use_scratch(j, r);
    if (t == IR_b1 || t == IR_i8) x_rr(&j->code, sign ? XO_movsx8 : XO_movzx8, d, d);
    if (t == IR_i16) x_rr(&j->code, sign ? XO_movsx16 : XO_movzx16, d, d);
    return d;
}

/* --- products --- */

void sel_mul(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (wide(j, x->type, "a product of 128 bits")) return;
    int size = sel_size(x->type);
    ir_ref a = j->cur->ref[0], b = j->cur->ref[1];
    if (ir_is_const(a)) {
        ir_ref t = a;
        a = b;
        b = t;
    }
    s64 k = jit_plain(j, b) ? (size == 8 ? (s64)jit_const(j, b) : (s32)jit_const(j, b)) : 0;
    if (jit_plain(j, b) && x_fits32(k)) {
        u8 s = jr_use(j, a), d = jr_dest(j, i);
        if (k == 3 || k == 5 || k == 9) {
            x_lea(&j->code, size, d,
                  (struct xmem){.base = s,
                                .index = s,
                                .scale = k == 3   ? 1
                                         : k == 5 ? 2
                                                  : 3});
        } else {
            jr_forget_flags(j);
            x_imul_rri(&j->code, size, d, s, (s32)k);
        }
        jr_define(j, i, d);
        return;
    }
    struct sel_src s = {.kind = SRC_REG};
    if (a != b)
        s = ir_is_const(b) || narrow(x->type) ? (struct sel_src){.reg = jr_use(j, b)}
                                              : sel_source(j, b, size);
    u8 d = jr_dest_from(j, i, a, b);
    if (a == b) s.reg = d;
    jr_forget_flags(j);
    u32 op = size == 8 ? XO_imulq : XO_imul;
    if (s.kind == SRC_MEM)
        x_rm(&j->code, op, d, s.m);
    else
        x_rr(&j->code, op, d, s.reg);
    jr_define(j, i, d);
}

/* High halves: narrow ones by a product of twice the width. */
void sel_mulh(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (wide(j, x->type, "a product of 128 bits")) return;
    bool sign = x->op == IR_OP_mulhs;
    ir_ref a = j->cur->ref[0], b = j->cur->ref[1];
    if (x->type == IR_i64) {
        jr_use_at(j, a, RAX);
        u8 r = jr_use(j, b);
        if (r == RDX) {
            jr_claim(j, RDX);
            r = RDX; /* still there: the product reads it before it writes it */
        } else {
            jr_claim(j, RDX);
        }
        jr_forget_flags(j);
        x_f7(&j->code, sign ? F7_IMUL : F7_MUL, 8, r);
        jr_define(j, i, RDX);
        return;
    }
    u8 d = extended(j, a, x->type, sign), e = extended(j, b, x->type, sign);
    jr_forget_flags(j);
    if (x->type == IR_i32 && sign) {
        x_rr(&j->code, XO_movsxd, d, d);
        x_rr(&j->code, XO_movsxd, e, e);
    }
    x_rr(&j->code, XO_imulq, d, e);
    x_shift_ri(&j->code, SH_SHR, 8, d, (u8)ir_type_bits[x->type]);
    if (x->type == IR_i32) x_mov_rr(&j->code, 4, d, d);
    jr_define(j, i, d);
}

/* --- quotients: division by zero gives 0 and the dividend, the one overflow wraps --- */

static void divide_unsigned(struct jit *j, int size, u8 by)
{
    x_alu_rr(&j->code, ALU_XOR, 4, RDX, RDX);
    x_test_rr(&j->code, size, by, by);
    u8 *zero = x_jcc8(&j->code, CC_Z);
    x_f7(&j->code, F7_DIV, size, by);
    u8 *done = x_jmp8(&j->code);
    x_land(&j->code, zero);
    x_mov_rr(&j->code, size, RDX, RAX);
    x_alu_rr(&j->code, ALU_XOR, 4, RAX, RAX);
    x_land(&j->code, done);
}

static void divide_signed(struct jit *j, int size, u8 by)
{
    x_lea(&j->code, size, RDX, sel_at(by, 1));
    x_alu_ri(&j->code, ALU_CMP, size, RDX, 1); /* by is 0 or -1 */
    u8 *corner = x_jcc8(&j->code, CC_BE);
    if (size == 8) x_u8(&j->code, 0x48);
    x_u8(&j->code, 0x99); /* cdq, cqo */
    x_f7(&j->code, F7_IDIV, size, by);
    u8 *done = x_jmp8(&j->code);
    x_land(&j->code, corner);
    u8 *zero = x_jcc8(&j->code, CC_Z);
    x_f7(&j->code, F7_NEG, size, RAX); /* by -1: the negative, no remainder */
    x_alu_rr(&j->code, ALU_XOR, 4, RDX, RDX);
    u8 *done2 = x_jmp8(&j->code);
    x_land(&j->code, zero);
    x_mov_rr(&j->code, size, RDX, RAX);
    x_alu_rr(&j->code, ALU_XOR, 4, RAX, RAX);
    x_land(&j->code, done2);
    x_land(&j->code, done);
}

void sel_div(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (wide(j, x->type, "a quotient of 128 bits")) return;
    bool sign = x->op == IR_OP_divs || x->op == IR_OP_rems;
    ir_ref a = j->cur->ref[0], b = j->cur->ref[1];
    int size = sel_size(x->type);
    jr_use_at(j, a, RAX);
    u8 by;
    if (narrow(x->type)) {
        by = jr_alloc(j, JIT_GPRS & ~(1u << RAX | 1u << RDX));
        if (ir_is_const(b))
            jh_const(j, by, b);
        else
            jh_move(j, by, jr_use(j, b), IR_i32);
        u32 op = x->type == IR_i16 ? (sign ? XO_movsx16 : XO_movzx16) : sign ? XO_movsx8 : XO_movzx8;
        x_rr(&j->code, op, by, by);
        x_rr(&j->code, op, RAX, RAX);
        jr_claim(j, RDX);
    } else {
        by = jr_where(j, b);
        if (by == RAX) by = JIT_NOREG;
        if (by == RDX || by == JIT_NOREG) {
            u8 t = jr_alloc(j, JIT_GPRS & ~(1u << RAX | 1u << RDX));
            if (ir_is_const(b))
                jh_const(j, t, b);
            else
                jh_move(j, t, jr_use(j, b), x->type);
            by = t;
        } else {
            jr_use(j, b);
        }
        j->lock &= ~(1u << RDX);
        jr_claim(j, RDX);
    }
    jr_forget_flags(j);
    if (sign)
        divide_signed(j, size, by);
    else
        divide_unsigned(j, size, by);
    jr_define(j, i, x->op == IR_OP_divu || x->op == IR_OP_divs ? RAX : RDX);
}

/* --- shifts and rotates --- */

static enum xshift shift_of(enum ir_op op)
{
    return op == IR_OP_shl   ? SH_SHL
           : op == IR_OP_shr ? SH_SHR
           : op == IR_OP_sar ? SH_SAR
           : op == IR_OP_ror ? SH_ROR
                             : SH_ROL;
}

static void shift_const(struct jit *j, u32 i, const struct ir_insn *x, ir_ref a, u64 n)
{
    u32 bits = ir_type_bits[x->type];
    int size = sel_size(x->type);
    bool rotate = x->op == IR_OP_ror || x->op == IR_OP_rol;
    if (rotate) {
        n &= bits - 1;
        if (!narrow(x->type) && has(j, HOST_BMI2) && !jit_dies(j, a) && n) {
            u8 s = jr_use(j, a), d = jr_dest(j, i);
            x_vrr(&j->code, size == 8 ? XO_rorxq : XO_rorx, d, 0, s);
            x_u8(&j->code, (u8)(x->op == IR_OP_ror ? n : bits - n));
            jr_define(j, i, d);
            return;
        }
    } else if (n >= bits) {
        if (x->op == IR_OP_sar) {
            n = bits - 1;
        } else {
            u8 d = jr_dest_early(j, i);
            x_mov_ri(&j->code, d, 0);
            jr_define(j, i, d);
            return;
        }
    }
    if (x->op == IR_OP_shl && n >= 1 && n <= 3 && !narrow(x->type)) {
        u8 ra = jr_where(j, a), hint = j->val[i].hint;
        bool in_place = ra != JIT_NOREG && (hint == ra || (hint == JIT_NOREG && jit_dies(j, a)));
        if (!in_place && (n == 1 || j->nccvals)) {
            u8 s = jr_use(j, a), d = jr_dest(j, i);
            x_lea(&j->code, size, d,
                  n == 1 ? (struct xmem){.base = s, .index = s}
                         : (struct xmem){.base = XNOREG, .index = s, .scale = (u8)n});
            jr_define(j, i, d);
            return;
        }
    }
    u8 d = jr_dest_from(j, i, a, IR_NONE);
    if (x->type == IR_i8 || x->type == IR_b1) {
        if (x->op == IR_OP_shr) x_rr(&j->code, XO_movzx8, d, d);
        if (x->op == IR_OP_sar) x_rr(&j->code, XO_movsx8, d, d);
    } else if (x->type == IR_i16) {
        if (x->op == IR_OP_shr) x_rr(&j->code, XO_movzx16, d, d);
        if (x->op == IR_OP_sar) x_rr(&j->code, XO_movsx16, d, d);
    }
    if (n) {
        jr_forget_flags(j);
        x_shift_ri(&j->code, shift_of(x->op), rotate && narrow(x->type) ? (int)jit_bytes(x->type) : size, d,
                   (u8)n);
    }
    jr_define(j, i, d);
}

/* The amount may be the width or more: shl and shr give 0, sar the sign. Amount in `n`, value in `d`. */
static void far_left_right(struct jit *j, u8 d, u8 n, u32 bits, int size)
{
    u8 m = jr_alloc(j, JIT_GPRS);
    x_alu_ri(&j->code, ALU_CMP, size, n, (s32)bits);
    x_alu_rr(&j->code, ALU_SBB, size, m, m); /* all ones if below */
    x_alu_rr(&j->code, ALU_AND, size, d, m);
}

static void shift_bmi2(struct jit *j, u32 i, const struct ir_insn *x, ir_ref a, ir_ref b, bool masked)
{
    u32 bits = ir_type_bits[x->type];
    int size = sel_size(x->type);
    u8 n = jr_use(j, b), s = jr_use(j, a);
    u32 op = x->op == IR_OP_shl ? XO_shlx : x->op == IR_OP_shr ? XO_shrx : XO_sarx;
    if (size == 8) op |= X_W;
    if (!masked && x->op == IR_OP_sar) {
        u8 t = jr_alloc(j, JIT_GPRS);
        jr_forget_flags(j);
        x_mov_ri(&j->code, t, bits - 1);
        x_alu_rr(&j->code, ALU_CMP, size, n, t);
        x_cmov_rr(&j->code, CC_C, size, t, n);
        n = t;
    }
    u8 d = masked || x->op == IR_OP_sar ? jr_dest(j, i) : jr_dest_early(j, i);
    x_vrr(&j->code, op, d, n, s);
    if (!masked && x->op != IR_OP_sar) {
        jr_forget_flags(j);
        far_left_right(j, d, n, bits, size);
    }
    jr_define(j, i, d);
}

static void shift_cl(struct jit *j, u32 i, const struct ir_insn *x, ir_ref a, ir_ref b, bool masked)
{
    u32 bits = ir_type_bits[x->type];
    int size = sel_size(x->type);
    bool rotate = x->op == IR_OP_ror || x->op == IR_OP_rol;
    jr_use_at(j, b, RCX);
    u8 d = jr_use_scratch(j, a);
    if (narrow(x->type)) {
        bool byte = x->type != IR_i16;
        x_rr(&j->code, byte ? XO_movzx8 : XO_movzx16, RCX, RCX);
        if (x->op == IR_OP_shr) x_rr(&j->code, byte ? XO_movzx8 : XO_movzx16, d, d);
        if (x->op == IR_OP_sar) x_rr(&j->code, byte ? XO_movsx8 : XO_movsx16, d, d);
    }
    jr_forget_flags(j);
    if (!masked && x->op == IR_OP_sar) {
        u8 t = jr_alloc(j, JIT_GPRS);
        x_mov_ri(&j->code, t, bits - 1);
        x_alu_rr(&j->code, ALU_CMP, size, RCX, t);
        x_cmov_rr(&j->code, CC_NC, size, RCX, t);
    }
    x_shift_cl(&j->code, shift_of(x->op), rotate && narrow(x->type) ? (int)jit_bytes(x->type) : size, d);
    if (!masked && !rotate && x->op != IR_OP_sar) far_left_right(j, d, RCX, bits, size);
    jr_define(j, i, d);
}

/* i128 shifted right by 64: what takes a pair apart. */
static void shift_128(struct jit *j, u32 i, const struct ir_insn *x, ir_ref a, ir_ref b)
{
    if (x->op != IR_OP_shr || !ir_is_const(b) || jit_const(j, b) != 64) {
        jit_fail(j, -ENOSYS, "a shift of 128 bits");
        return;
    }
    u8 d = jr_dest_from(j, i, a, IR_NONE);
    x_rr(&j->code, XO_psrldq, 3, xr(d));
    x_u8(&j->code, 8);
    jr_define(j, i, d);
}

void sel_shift(struct jit *j, u32 i, const struct ir_insn *x)
{
    ir_ref a = j->cur->ref[0], b = j->cur->ref[1];
    bool rotate = x->op == IR_OP_ror || x->op == IR_OP_rol;
    bool masked = j->flag[j->i] & JI_MASKED;
    if (jit_is_fp(x->type))
        shift_128(j, i, x, a, b);
    else if (ir_is_const(b))
        shift_const(j, i, x, a, masked ? jit_const(j, b) & (ir_type_bits[x->type] - 1) : jit_const(j, b));
    else if (!rotate && !narrow(x->type) && has(j, HOST_BMI2))
        shift_bmi2(j, i, x, a, b, masked);
    else
        shift_cl(j, i, x, a, b, masked || rotate);
}

/* --- counts --- */

static void count_leading(struct jit *j, u8 d, u8 s, enum ir_type t)
{
    int size = sel_size(t);
    u32 w = (u32)size * 8, bits = ir_type_bits[t];
    if (has(j, HOST_LZCNT)) {
        x_rr(&j->code, XO_lzcnt | (size == 8 ? X_W : 0), d, s);
    } else {
        x_mov_ri(&j->code, d, 2 * w - 1);
        u8 u = jr_alloc(j, JIT_GPRS);
        x_rr(&j->code, XO_bsr | (size == 8 ? X_W : 0), u, s);
        x_cmov_rr(&j->code, CC_NZ, size, d, u);
        x_alu_ri(&j->code, ALU_XOR, 4, d, (s32)(w - 1));
    }
    if (bits < 32) x_alu_ri(&j->code, ALU_SUB, 4, d, (s32)(32 - bits));
}

static void count_trailing(struct jit *j, u8 d, u8 s, enum ir_type t)
{
    int size = sel_size(t);
    if (has(j, HOST_TZCNT)) {
        x_rr(&j->code, XO_tzcnt | (size == 8 ? X_W : 0), d, s);
    } else {
        x_mov_ri(&j->code, d, (u64)size * 8);
        u8 u = jr_alloc(j, JIT_GPRS);
        x_rr(&j->code, XO_bsf | (size == 8 ? X_W : 0), u, s);
        x_cmov_rr(&j->code, CC_NZ, size, d, u);
    }
}

/* Sums of ever wider fields; d holds the value. */
static void count_ones_swar(struct jit *j, u8 d)
{
    u8 t = jr_alloc(j, JIT_GPRS), k = jr_alloc(j, JIT_GPRS);
    x_mov_rr(&j->code, 8, t, d);
    x_shift_ri(&j->code, SH_SHR, 8, t, 1);
    x_mov_ri(&j->code, k, 0x5555555555555555);
    x_alu_rr(&j->code, ALU_AND, 8, t, k);
    x_alu_rr(&j->code, ALU_SUB, 8, d, t);
    x_mov_ri(&j->code, k, 0x3333333333333333);
    x_mov_rr(&j->code, 8, t, d);
    x_shift_ri(&j->code, SH_SHR, 8, t, 2);
    x_alu_rr(&j->code, ALU_AND, 8, t, k);
    x_alu_rr(&j->code, ALU_AND, 8, d, k);
    x_alu_rr(&j->code, ALU_ADD, 8, d, t);
    x_mov_rr(&j->code, 8, t, d);
    x_shift_ri(&j->code, SH_SHR, 8, t, 4);
    x_alu_rr(&j->code, ALU_ADD, 8, d, t);
    x_mov_ri(&j->code, k, 0x0f0f0f0f0f0f0f0f);
    x_alu_rr(&j->code, ALU_AND, 8, d, k);
    x_mov_ri(&j->code, k, 0x0101010101010101);
    x_rr(&j->code, XO_imulq, d, k);
    x_shift_ri(&j->code, SH_SHR, 8, d, 56);
}

void sel_count(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (wide(j, x->type, "a count of 128 bits")) return;
    ir_ref a = j->cur->ref[0];
    u8 s;
    if (narrow(x->type)) {
        s = extended(j, a, x->type, false);
        jr_forget_flags(j);
        if (x->type == IR_b1) x_alu_ri(&j->code, ALU_AND, 4, s, 1);
        if (x->op == IR_OP_ctz) x_alu_ri(&j->code, ALU_OR, 4, s, (s32)(1u << ir_type_bits[x->type]));
    } else {
        s = jr_use(j, a);
        jr_forget_flags(j);
    }
    u8 d = jr_alloc(j, JIT_GPRS);
    if (x->op == IR_OP_clz) {
        count_leading(j, d, s, x->type);
    } else if (x->op == IR_OP_ctz) {
        count_trailing(j, d, s, x->type);
    } else if (has(j, HOST_POPCNT)) {
        x_rr(&j->code, XO_popcnt | (x->type == IR_i64 ? X_W : 0), d, s);
    } else {
        x_mov_rr(&j->code, sel_size(x->type), d, s);
        count_ones_swar(j, d);
    }
    jr_define(j, i, d);
}

void sel_bswap(struct jit *j, u32 i, const struct ir_insn *x)
{
    if (wide(j, x->type, "a byte reversal of 128 bits")) return;
    u8 d = jr_dest_from(j, i, j->cur->ref[0], IR_NONE);
    if (x->type == IR_i16) {
        jr_forget_flags(j);
        x_shift_ri(&j->code, SH_ROL, 2, d, 8);
    } else if (x->type >= IR_i32) {
        x_bswap(&j->code, sel_size(x->type), d);
    }
    jr_define(j, i, d);
}
