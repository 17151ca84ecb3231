/* Floating-point moves (V9 A.17, A.32, A.33). They look at no value: all is done on integers of the
 * registers' size, so that a signaling NaN passes unchanged. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

/* The bits of a single or a double. */
static ir_ref get(struct lift *l, u32 field, bool single)
{
    return single ? sparc_fs_bits(l, field) : sparc_fd_bits(l, field);
}

static void set(struct lift *l, u32 field, bool single, ir_ref v)
{
    if (single)
        sparc_set_fs_bits(l, field, v);
    else
        sparc_set_fd_bits(l, field, v);
}

enum change { MOVE, NEGATE, ABSOLUTE };

static ir_ref changed(struct lift *l, ir_ref v, enum change how)
{
    enum ir_type t = ir_type_of(l->u, v);
    u64 sign = t == IR_i32 ? 0x80000000u : (u64)1 << 63;
    if (how == NEGATE) return ir_xor(l->u, v, ir_const(l->u, t, sign));
    return how == ABSOLUTE ? ir_and(l->u, v, ir_const(l->u, t, ~sign)) : v;
}

static bool move(struct lift *l, const struct sparc_args_fp1 *a, bool single, enum change how)
{
    set(l, a->rd, single, changed(l, get(l, a->rs2, single), how));
    sparc_fp_quiet(l);
    return true;
}

/* Quads: the sign is in the lower-numbered double. The other half of a quad has a field two higher. */
static bool move_quad(struct lift *l, const struct sparc_args_fp1 *a, enum change how)
{
    if (sparc_bad_quad(a->rd) || sparc_bad_quad(a->rs2)) return false;
    ir_ref high = changed(l, get(l, a->rs2, false), how), low = get(l, a->rs2 + 2, false);
    set(l, a->rd, false, high);
    set(l, a->rd + 2, false, low);
    sparc_fp_quiet(l);
    return true;
}

bool sparc_lift_fmovs(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move(l, a, true, MOVE);
}
bool sparc_lift_fmovd(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move(l, a, false, MOVE);
}
bool sparc_lift_fmovq(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move_quad(l, a, MOVE);
}
bool sparc_lift_fnegs(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move(l, a, true, NEGATE);
}
bool sparc_lift_fnegd(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move(l, a, false, NEGATE);
}
bool sparc_lift_fnegq(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move_quad(l, a, NEGATE);
}
bool sparc_lift_fabss(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move(l, a, true, ABSOLUTE);
}
bool sparc_lift_fabsd(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move(l, a, false, ABSOLUTE);
}
bool sparc_lift_fabsq(struct lift *l, const struct sparc_args_fp1 *a)
{
    return move_quad(l, a, ABSOLUTE);
}

/* --- on condition --- */

static bool move_if(struct lift *l, ir_ref cond, u32 rd, u32 rs2, bool single)
{
    set(l, rd, single, ir_select(l->u, cond, get(l, rs2, single), get(l, rd, single)));
    return true;
}

static bool move_quad_if(struct lift *l, ir_ref cond, u32 rd, u32 rs2)
{
    if (sparc_bad_quad(rd) || sparc_bad_quad(rs2)) return false;
    move_if(l, cond, rd, rs2, false);
    return move_if(l, cond, rd + 2, rs2 + 2, false);
}

static ir_ref cond_cc(struct lift *l, const struct sparc_args_fmovcc *a)
{
    return a->cc & 4 ? sparc_cond(l, a->cc, a->cond) : sparc_fcond(l, a->cc, a->cond);
}

bool sparc_lift_fmovs_cc(struct lift *l, const struct sparc_args_fmovcc *a)
{
    return move_if(l, cond_cc(l, a), a->rd, a->rs2, true);
}

bool sparc_lift_fmovd_cc(struct lift *l, const struct sparc_args_fmovcc *a)
{
    return move_if(l, cond_cc(l, a), a->rd, a->rs2, false);
}

bool sparc_lift_fmovq_cc(struct lift *l, const struct sparc_args_fmovcc *a)
{
    return move_quad_if(l, cond_cc(l, a), a->rd, a->rs2);
}

bool sparc_lift_fmovrs(struct lift *l, const struct sparc_args_fmovr *a)
{
    return move_if(l, sparc_rcond(l, a->rs1, a->cond), a->rd, a->rs2, true);
}

bool sparc_lift_fmovrd(struct lift *l, const struct sparc_args_fmovr *a)
{
    return move_if(l, sparc_rcond(l, a->rs1, a->cond), a->rd, a->rs2, false);
}

bool sparc_lift_fmovrq(struct lift *l, const struct sparc_args_fmovr *a)
{
    return move_quad_if(l, sparc_rcond(l, a->rs1, a->cond), a->rd, a->rs2);
}
