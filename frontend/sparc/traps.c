/* Floating-point exceptions that trap (V9 5.1.7.6 to 5.1.7.9, 6.3.8; B.4): the mode TEM, in which each
 * instruction looks at what it raised. Of several enabled exceptions one is reported: overflow or underflow
 * before inexact. */
#include "frontend/sparc/sparc.h"

static bool traps(struct lift *l)
{
    return (sparc_unit(l)->mode & SPARC_KEY_TEM) != 0;
}

/* FSR's exceptions, low to high (NX DZ UF OF NV), as bit numbers of IR_FPF_*. */
static const u8 flag_of[5] = {5, 2, 4, 3, 0};

ir_ref sparc_fp_exceptions(struct lift *l, ir_ref flags)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_i32(u, 0);
    for (u32 i = 0; i < 5; i++) {
        ir_ref bit = ir_and(u, ir_shr(u, flags, ir_i32(u, flag_of[i])), ir_i32(u, 1));
        v = ir_or(u, v, ir_shl(u, bit, ir_i32(u, i)));
    }
    return v;
}

void sparc_fp_begin(struct lift *l)
{
    if (!traps(l)) return;
    sparc_unit(l)->fp_flags = ir_fpget(l->u);
    ir_fpset(l->u, ir_i32(l->u, 0));
}

/* fsr with another cexc and the trap type ftt. */
static void put_cexc(struct lift *l, ir_ref cexc, u32 ftt)
{
    struct ir_unit *u = l->u;
    ir_ref fsr = ir_and(u, ir_get(u, IR_i32, SPARC_OFF(fsr)), ir_i32(u, ~(SPARC_FSR_CEXC | SPARC_FSR_FTT)));
    ir_put(u, SPARC_OFF(fsr), ir_or(u, ir_or(u, fsr, cexc), ir_i32(u, ftt)));
}

/* The one exception of an enabled set that is reported: inexact only if it is alone. */
static ir_ref reported(struct lift *l, ir_ref set)
{
    struct ir_unit *u = l->u;
    ir_ref others = ir_and(u, set, ir_i32(u, SPARC_FSR_CEXC & ~SPARC_FX_NX));
    return ir_select(u, ir_ne(u, others, ir_i32(u, 0)), others, set);
}

static void raise(struct lift *l, ir_ref enabled)
{
    struct ir_unit *u = l->u;
    ir_ref one = reported(l, enabled);
    ir_fpset(u, sparc_unit(l)->fp_flags);
    put_cexc(l, one, SPARC_FSR_IEEE);
    ir_exit_trap(u, SPARC_TRAP_FP, ir_zext(u, IR_i64, one));
}

void sparc_fp_end(struct lift *l)
{
    struct ir_unit *u = l->u;
    if (!traps(l)) return;
    ir_ref flags = ir_fpget(u), cexc = sparc_fp_exceptions(l, flags);
    ir_ref tem = ir_shr(u, ir_get(u, IR_i32, SPARC_OFF(fsr)), ir_i32(u, SPARC_FSR_TEM_SHIFT));
    ir_ref enabled = ir_and(u, cexc, tem);
    u32 bad = ir_block(u), good = ir_block(u);
    ir_brc(u, ir_ne(u, enabled, ir_i32(u, 0)), bad, good);
    ir_place(u, bad);
    raise(l, enabled);
    ir_place(u, good);
    ir_fpset(u, ir_or(u, flags, sparc_unit(l)->fp_flags));
    put_cexc(l, cexc, 0);
}

void sparc_fp_quiet(struct lift *l)
{
    if (traps(l)) put_cexc(l, ir_i32(l->u, 0), 0);
}
