/* VIS 1 and 2 on registers (UltraSPARC Architecture 2007, chapter 7). Packed integers stand in floating-point
 * registers and are handled as integers of their size; FSR plays no part. What is long in IR is a call
 * (vis.c). The memory accesses of VIS are in lift_fpmem.c. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

static bool set32(struct lift *l, u32 field, ir_ref v)
{
    sparc_set_fs_bits(l, field, v);
    return true;
}
static bool set64(struct lift *l, u32 field, ir_ref v)
{
    sparc_set_fd_bits(l, field, v);
    return true;
}
static ir_ref get(struct lift *l, u32 field, bool single)
{
    return single ? sparc_fs_bits(l, field) : sparc_fd_bits(l, field);
}
static bool set(struct lift *l, u32 field, bool single, ir_ref v)
{
    return single ? set32(l, field, v) : set64(l, field, v);
}
static ir_ref gsr(struct lift *l)
{
    return ir_get(l->u, IR_i64, SPARC_OFF(gsr));
}

/* --- addresses --- */

/* Which elements of the eight bytes at rs1 lie at or behind it; if rs2 is in the same eight bytes (addresses
 * are 32 bits), only those at or before that. Element 0 has the highest bit of the mask, little-endian the
 * lowest. */
bool sparc_lift_edge(struct lift *l, const struct sparc_args_edge *a)
{
    struct ir_unit *u = l->u;
    ir_ref x = sparc_reg(l, a->rs1), y = sparc_reg(l, a->rs2), last = ir_i64(u, a->n - 1);
    ir_ref size = ir_i64(u, a->n == 8 ? 0 : a->n == 4 ? 1 : 2), all = ir_i64(u, (1u << a->n) - 1);
    ir_ref first = ir_and(u, ir_shr(u, x, size), last);
    ir_ref behind = ir_sub(u, last, ir_and(u, ir_shr(u, y, size), last));
    ir_ref left = a->le ? ir_and(u, ir_shl(u, all, first), all) : ir_shr(u, all, first);
    ir_ref right = a->le ? ir_shr(u, all, behind) : ir_and(u, ir_shl(u, all, behind), all);
    ir_ref differ = ir_and(u, ir_xor(u, x, y), ir_i64(u, 0xfffffff8));
    ir_ref both = ir_and(u, left, right);
    if (a->cc) sparc_cc_sub(l, x, y, ir_sub(u, x, y));
    sparc_set_reg(l, a->rd, ir_select(u, ir_eq(u, differ, ir_i64(u, 0)), both, left));
    return true;
}

bool sparc_lift_array(struct lift *l, const struct sparc_args_array *a)
{
    const ir_ref args[] = {sparc_reg(l, a->rs1), sparc_reg(l, a->rs2)};
    ir_ref at = ir_call(l->u, SPARC_HELPER_array, 2, args);
    sparc_set_reg(l, a->rd, ir_shl(l->u, at, ir_i64(l->u, a->scale)));
    return true;
}

static bool align(struct lift *l, const struct sparc_args_fp2 *a, bool little)
{
    struct ir_unit *u = l->u;
    ir_ref sum = ir_add(u, sparc_reg(l, a->rs1), sparc_reg(l, a->rs2));
    ir_ref at = ir_and(u, little ? ir_neg(u, sum) : sum, ir_i64(u, 7));
    ir_put(u, SPARC_OFF(gsr), ir_or(u, ir_and(u, gsr(l), ir_i64(u, ~(u64)7)), at));
    sparc_set_reg(l, a->rd, ir_and(u, sum, ir_i64(u, ~(u64)7)));
    return true;
}

bool sparc_lift_alignaddr(struct lift *l, const struct sparc_args_fp2 *a)
{
    return align(l, a, false);
}
bool sparc_lift_alignaddrl(struct lift *l, const struct sparc_args_fp2 *a)
{
    return align(l, a, true);
}

/* --- bytes out of two registers --- */

/* Eight bytes out of sixteen, from the byte that GSR.align says on. */
bool sparc_lift_faligndata(struct lift *l, const struct sparc_args_fp2 *a)
{
    struct ir_unit *u = l->u;
    ir_ref n = ir_shl(u, ir_and(u, gsr(l), ir_i64(u, 7)), ir_i64(u, 3));
    ir_ref first = ir_shl(u, sparc_fd_bits(l, a->rs1), n);
    ir_ref second = ir_shr(u, sparc_fd_bits(l, a->rs2), ir_sub(u, ir_i64(u, 64), n));
    return set64(l, a->rd, ir_or(u, first, second));
}

/* GSR.mask: the low word of the sum. */
bool sparc_lift_bmask(struct lift *l, const struct sparc_args_fp2 *a)
{
    struct ir_unit *u = l->u;
    ir_ref sum = ir_add(u, sparc_reg(l, a->rs1), sparc_reg(l, a->rs2));
    ir_put(u, SPARC_OFF(gsr), ir_pair(u, ir_trunc(u, IR_i32, gsr(l)), ir_trunc(u, IR_i32, sum)));
    sparc_set_reg(l, a->rd, sum);
    return true;
}

bool sparc_lift_bshuffle(struct lift *l, const struct sparc_args_fp2 *a)
{
    const ir_ref args[] = {sparc_fd_bits(l, a->rs1), sparc_fd_bits(l, a->rs2), gsr(l)};
    return set64(l, a->rd, ir_call(l->u, SPARC_HELPER_shuffle, 3, args));
}

/* The four bytes of a single, each in a halfword of its own. */
static ir_ref spread(struct lift *l, u32 field)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_zext(u, IR_i64, sparc_fs_bits(l, field));
    v = ir_and(u, ir_or(u, v, ir_shl(u, v, ir_i64(u, 16))), ir_i64(u, 0x0000ffff0000ffff));
    return ir_and(u, ir_or(u, v, ir_shl(u, v, ir_i64(u, 8))), ir_i64(u, 0x00ff00ff00ff00ff));
}

bool sparc_lift_fpmerge(struct lift *l, const struct sparc_args_fp2 *a)
{
    struct ir_unit *u = l->u;
    return set64(l, a->rd, ir_or(u, ir_shl(u, spread(l, a->rs1), ir_i64(u, 8)), spread(l, a->rs2)));
}

bool sparc_lift_fexpand(struct lift *l, const struct sparc_args_fp2 *a)
{
    return set64(l, a->rd, ir_shl(l->u, spread(l, a->rs2), ir_i64(l->u, 4)));
}

/* --- arithmetic --- */

/* Elements side by side: the carry out of an element's second highest bit goes into the highest, which is
 * then completed without a carry of its own. */
bool sparc_lift_vadd(struct lift *l, const struct sparc_args_vadd *a)
{
    struct ir_unit *u = l->u;
    enum ir_type t = a->s ? IR_i32 : IR_i64;
    ir_ref x = get(l, a->rs1, a->s), y = get(l, a->rs2, a->s);
    ir_ref high = ir_const(
        u, t, (a->bits == 16 ? 0x8000800080008000 : 0x8000000080000000) & (a->s ? 0xffffffff : ~(u64)0));
    ir_ref low = ir_not(u, high), tops = ir_xor(u, x, a->sub ? ir_not(u, y) : y);
    ir_ref r = a->sub ? ir_sub(u, ir_or(u, x, high), ir_and(u, y, low))
                      : ir_add(u, ir_and(u, x, low), ir_and(u, y, low));
    return set(l, a->rd, a->s, ir_xor(u, r, ir_and(u, tops, high)));
}

bool sparc_lift_vcmp(struct lift *l, const struct sparc_args_vcmp *a)
{
    const ir_ref args[] = {sparc_fd_bits(l, a->rs1), sparc_fd_bits(l, a->rs2), ir_i32(l->u, a->rel)};
    u32 helper = a->bits == 16 ? SPARC_HELPER_compare16 : SPARC_HELPER_compare32;
    sparc_set_reg(l, a->rd, ir_call(l->u, helper, 3, args));
    return true;
}

/* One half of a single four times. */
static ir_ref four(struct lift *l, u32 field, u32 shift)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_and(u, ir_shr(u, sparc_fs_bits(l, field), ir_i32(u, shift)), ir_i32(u, 0xffff));
    return ir_mul(u, ir_zext(u, IR_i64, v), ir_i64(u, 0x0001000100010001));
}

static bool call2(struct lift *l, u32 rd, u32 helper, ir_ref x, ir_ref y)
{
    const ir_ref args[] = {x, y};
    return set64(l, rd, ir_call(l->u, helper, 2, args));
}

#define CALL2(name, helper, x, y)                                                                            \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_fp2 *a)                                   \
    {                                                                                                        \
        return call2(l, a->rd, SPARC_HELPER_##helper, x, y);                                                 \
    }
CALL2(fmul8x16, mul8x16, sparc_fs_bits(l, a->rs1), sparc_fd_bits(l, a->rs2))
CALL2(fmul8x16au, mul8x16, sparc_fs_bits(l, a->rs1), four(l, a->rs2, 16))
CALL2(fmul8x16al, mul8x16, sparc_fs_bits(l, a->rs1), four(l, a->rs2, 0))
CALL2(fmul8sux16, mul8sux16, sparc_fd_bits(l, a->rs1), sparc_fd_bits(l, a->rs2))
CALL2(fmul8ulx16, mul8ulx16, sparc_fd_bits(l, a->rs1), sparc_fd_bits(l, a->rs2))
CALL2(fmuld8sux16, muld8sux16, sparc_fs_bits(l, a->rs1), sparc_fs_bits(l, a->rs2))
CALL2(fmuld8ulx16, muld8ulx16, sparc_fs_bits(l, a->rs1), sparc_fs_bits(l, a->rs2))

bool sparc_lift_fpack16(struct lift *l, const struct sparc_args_fp2 *a)
{
    const ir_ref args[] = {sparc_fd_bits(l, a->rs2), gsr(l)};
    return set32(l, a->rd, ir_call(l->u, SPARC_HELPER_pack16, 2, args));
}

bool sparc_lift_fpack32(struct lift *l, const struct sparc_args_fp2 *a)
{
    const ir_ref args[] = {sparc_fd_bits(l, a->rs1), sparc_fd_bits(l, a->rs2), gsr(l)};
    return set64(l, a->rd, ir_call(l->u, SPARC_HELPER_pack32, 3, args));
}

bool sparc_lift_fpackfix(struct lift *l, const struct sparc_args_fp2 *a)
{
    const ir_ref args[] = {sparc_fd_bits(l, a->rs2), gsr(l)};
    return set32(l, a->rd, ir_call(l->u, SPARC_HELPER_packfix, 2, args));
}

bool sparc_lift_pdist(struct lift *l, const struct sparc_args_fp2 *a)
{
    const ir_ref args[] = {sparc_fd_bits(l, a->rs1), sparc_fd_bits(l, a->rs2), sparc_fd_bits(l, a->rd)};
    return set64(l, a->rd, ir_call(l->u, SPARC_HELPER_pdist, 3, args));
}

/* --- rounding --- */

/* GSR.im and GSR.irnd; they stand above FSR.RD. */
bool sparc_lift_siam(struct lift *l, const struct sparc_args_siam *a)
{
    struct ir_unit *u = l->u;
    ir_ref others = ir_and(u, gsr(l), ir_i64(u, ~((u64)7 << SPARC_GSR_IRND_SHIFT)));
    ir_put(u, SPARC_OFF(gsr), ir_or(u, others, ir_i64(u, (u64)a->mode << SPARC_GSR_IRND_SHIFT)));
    sparc_fp_round(l);
    return true;
}

/* --- any function of two bits, from its truth table --- */

static ir_ref logic(struct lift *l, u32 table, ir_ref a, ir_ref b)
{
    struct ir_unit *u = l->u;
    enum ir_type t = ir_type_of(u, a);
    switch (table) {
    case 0: return ir_const(u, t, 0);
    case 2: return ir_and(u, ir_not(u, a), b);
    case 4: return ir_and(u, a, ir_not(u, b));
    case 6: return ir_xor(u, a, b);
    case 8: return ir_and(u, a, b);
    case 10: return b;
    case 12: return a;
    case 14: return ir_or(u, a, b);
    default: return ir_not(u, logic(l, table ^ 15, a, b)); /* the odd ones, and the complements of 2 and 4 */
    }
}

bool sparc_lift_vlogic(struct lift *l, const struct sparc_args_vlogic *a)
{
    return set(l, a->rd, a->s, logic(l, a->op, get(l, a->rs1, a->s), get(l, a->rs2, a->s)));
}
