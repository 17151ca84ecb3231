/* VFP loads, stores and transfers to core registers, and its status register (A7.6, A7.8, A7.9). Accesses
 * demand a word's alignment. The modes in FPSCR that change what instructions mean are part of the key:
 * writing it ends the unit. */
#include "arm_isa.h"
#include "frontend/arm/vfp.h"

static ir_ref element_address(struct lift *l, ir_ref base, u32 offset)
{
    return ir_add(l->u, base, ir_i32(l->u, offset));
}

bool arm_lift_vldr(struct lift *l, const struct arm_args_vldst *a)
{
    ir_ref b = a->rn == ARM_PC ? arm_pc_base(l) : arm_reg(l, a->rn);
    ir_ref addr = element_address(l, b, a->puw & 2 ? a->imm : 0u - a->imm);
    arm_set_vreg(l, a->sz, a->d, ir_load(l->u, arm_vtype(a->sz), addr, arm_mem(l) | IR_MEM_ALIGN4));
    return true;
}

bool arm_lift_vstr(struct lift *l, const struct arm_args_vldst *a)
{
    if (a->rn == ARM_PC && arm_thumb(l)) return false;
    ir_ref addr = element_address(l, arm_reg(l, a->rn), a->puw & 2 ? a->imm : 0u - a->imm);
    ir_store(l->u, addr, arm_vreg(l, a->sz, a->d), arm_mem(l) | IR_MEM_ALIGN4);
    return true;
}

/* The registers of a load or store multiple. An odd number of words with doubles is FLDMX, FSTMX: the last is
 * skipped. */
struct block {
    u32 count, size;
    ir_ref low, base; /* address of the first; what the base becomes */
    bool ok;
};

static struct block block_of(struct lift *l, const struct arm_args_vldm *a)
{
    u32 count = a->sz ? a->words / 2 : a->words, bytes = 4 * a->words;
    ir_ref b = arm_reg(l, a->rn);
    bool down = !(a->puw & 2);
    ir_ref moved = ir_add(l->u, b, ir_i32(l->u, down ? 0u - bytes : bytes));
    bool ok = count > 0 && count <= 32 && a->d + count <= 32 && !(a->sz && count > 16) &&
              !(a->rn == ARM_PC && ((a->puw & 1) || arm_thumb(l)));
    return (struct block){count, a->sz ? 8 : 4, down ? moved : b, moved, ok};
}

bool arm_lift_vldm(struct lift *l, const struct arm_args_vldm *a)
{
    ir_ref v[32];
    struct block b = block_of(l, a);
    if (!b.ok) return false;
    for (u32 i = 0; i < b.count; i++)
        v[i] = ir_load(l->u, arm_vtype(a->sz), element_address(l, b.low, b.size * i),
                       arm_mem(l) | (i ? 0 : IR_MEM_ALIGN4));
    for (u32 i = 0; i < b.count; i++) arm_set_vreg(l, a->sz, a->d + i, v[i]);
    if (a->puw & 1) arm_set_reg(l, a->rn, b.base);
    return true;
}

bool arm_lift_vstm(struct lift *l, const struct arm_args_vldm *a)
{
    struct block b = block_of(l, a);
    if (!b.ok) return false;
    for (u32 i = 0; i < b.count; i++)
        ir_store(l->u, element_address(l, b.low, b.size * i), arm_vreg(l, a->sz, a->d + i),
                 arm_mem(l) | (i ? 0 : IR_MEM_ALIGN4));
    if (a->puw & 1) arm_set_reg(l, a->rn, b.base);
    return true;
}

/* --- transfers --- */

bool arm_lift_vmov_s_r(struct lift *l, const struct arm_args_vmovc *a)
{
    if (a->rt == ARM_PC) return false;
    arm_set_vword(l, a->n, arm_reg(l, a->rt));
    return true;
}

bool arm_lift_vmov_r_s(struct lift *l, const struct arm_args_vmovc *a)
{
    if (a->rt == ARM_PC) return false;
    arm_set_reg(l, a->rt, arm_vword(l, a->n));
    return true;
}

static bool bad_pair(const struct arm_args_vmov2 *a)
{
    return a->rt == ARM_PC || a->rt2 == ARM_PC;
}

bool arm_lift_vmov_ss_rr(struct lift *l, const struct arm_args_vmov2 *a)
{
    if (bad_pair(a) || a->m == 31) return false;
    arm_set_vword(l, a->m, arm_reg(l, a->rt));
    arm_set_vword(l, a->m + 1, arm_reg(l, a->rt2));
    return true;
}

bool arm_lift_vmov_rr_ss(struct lift *l, const struct arm_args_vmov2 *a)
{
    if (bad_pair(a) || a->m == 31) return false;
    arm_set_reg(l, a->rt, arm_vword(l, a->m));
    arm_set_reg(l, a->rt2, arm_vword(l, a->m + 1));
    return true;
}

bool arm_lift_vmov_d_rr(struct lift *l, const struct arm_args_vmov2 *a)
{
    if (bad_pair(a)) return false;
    ir_put(l->u, arm_vreg_off(1, a->m), ir_pair(l->u, arm_reg(l, a->rt), arm_reg(l, a->rt2)));
    return true;
}

bool arm_lift_vmov_rr_d(struct lift *l, const struct arm_args_vmov2 *a)
{
    struct ir_unit *u = l->u;
    if (bad_pair(a)) return false;
    ir_ref v = ir_get(u, IR_i64, arm_vreg_off(1, a->m));
    arm_set_reg(l, a->rt, ir_trunc(u, IR_i32, v));
    arm_set_reg(l, a->rt2, ir_trunc(u, IR_i32, ir_shr(u, v, ir_i64(u, 32))));
    return true;
}

static enum ir_type lane_type(u32 size)
{
    static const u8 type[3] = {IR_i8, IR_i16, IR_i32};
    return type[size];
}

static u32 lane_off(const struct arm_args_vscalar *a)
{
    return arm_vreg_off(1, a->n) + (a->lane << a->size);
}

bool arm_lift_vmov_x_r(struct lift *l, const struct arm_args_vscalar *a)
{
    if (a->rt == ARM_PC) return false;
    ir_ref v = arm_reg(l, a->rt);
    ir_put(l->u, lane_off(a), a->size == 2 ? v : ir_trunc(l->u, lane_type(a->size), v));
    return true;
}

bool arm_lift_vmov_r_x(struct lift *l, const struct arm_args_vscalar *a)
{
    if (a->rt == ARM_PC) return false;
    ir_ref v = ir_get(l->u, lane_type(a->size), lane_off(a));
    if (a->size != 2) v = a->u ? ir_zext(l->u, IR_i32, v) : ir_sext(l->u, IR_i32, v);
    arm_set_reg(l, a->rt, v);
    return true;
}

/* --- FPSCR --- */

enum { FPSCR = 1 };

/* Bits of v at `from`, moved to `to`: mask is what of v counts. */
static ir_ref moved(struct lift *l, ir_ref v, u32 mask, s32 left)
{
    struct ir_unit *u = l->u;
    v = ir_and(u, v, ir_i32(u, mask));
    return left > 0 ? ir_shl(u, v, ir_i32(u, (u32)left)) : left < 0 ? ir_shr(u, v, ir_i32(u, (u32)-left)) : v;
}

/* Sticky flags: ours are IR_FPF_*, ARM's are IOC DZC OFC UFC IXC in bits 0 to 4 and IDC in bit 7. */
static ir_ref sticky_to_arm(struct lift *l, ir_ref f)
{
    struct ir_unit *u = l->u;
    return ir_or(u, ir_or(u, moved(l, f, 1, 0), moved(l, f, 0x3c, -1)), moved(l, f, 2, 6));
}

static ir_ref sticky_from_arm(struct lift *l, ir_ref v)
{
    struct ir_unit *u = l->u;
    return ir_or(u, ir_or(u, moved(l, v, 1, 0), moved(l, v, 0x1e, 1)), moved(l, v, 0x80, -6));
}

static ir_ref read_fpscr(struct lift *l)
{
    struct ir_unit *u = l->u;
    ir_ref flags = ir_emit(u, IR_OP_fpget, IR_i32, 0, IR_NONE, IR_NONE, IR_NONE);
    ir_ref nzcv = ir_shl(u, ir_zext(u, IR_i32, ir_get(u, IR_i8, ARM_OFF(fpnzcv))), ir_i32(u, 28));
    return ir_or(u, ir_or(u, sticky_to_arm(l, flags), nzcv), ir_get(u, IR_i32, ARM_OFF(fpscr)));
}

/* VMRS APSR_nzcv takes the relation of the comparison before it along. */
static void read_flags(struct lift *l)
{
    struct ir_unit *u = l->u;
    if (arm_unit(l)->relation != IR_NONE) {
        arm_flags_fcmp(l, arm_unit(l)->relation);
        return;
    }
    ir_ref nzcv = ir_zext(u, IR_i32, ir_get(u, IR_i8, ARM_OFF(fpnzcv)));
    arm_set_psr_nzcv(l, ir_shl(u, nzcv, ir_i32(u, 28)));
}

/* User programs may read and write FPSCR and nothing else (A8.8.348, A8.8.349). */
bool arm_lift_vmrs(struct lift *l, const struct arm_args_vsys *a)
{
    if (a->reg != FPSCR) return false;
    if (a->rt == ARM_PC)
        read_flags(l);
    else
        arm_set_reg(l, a->rt, read_fpscr(l));
    return true;
}

/* Rounding modes nearest, up, down, zero as IR_RM_*, a digit each; FZ flushes operands and results. */
static void set_modes(struct lift *l, ir_ref v)
{
    const u32 modes = IR_RM_RNE | IR_RM_RUP << 4 | IR_RM_RDN << 8 | (u32)IR_RM_RTZ << 12;
    struct ir_unit *u = l->u;
    ir_ref rm = ir_and(u, ir_shr(u, ir_i32(u, modes), moved(l, v, ARM_FPSCR_RM, -20)), ir_i32(u, 7));
    ir_ref fz = ir_mul(u, moved(l, v, ARM_FPSCR_FZ, -24), ir_i32(u, IR_FP_FTZ | IR_FP_DAZ));
    ir_emit(u, IR_OP_fprm, IR_none, 0, ir_or(u, rm, fz), IR_NONE, IR_NONE);
}

/* Field of v of `bits` bits at `from`, at its place in a key. */
static ir_ref mode_field(struct lift *l, ir_ref v, u32 from, u32 bits, u32 to)
{
    struct ir_unit *u = l->u;
    ir_ref field = ir_and(u, ir_shr(u, v, ir_i64(u, from)), ir_i64(u, ((u64)1 << bits) - 1));
    return ir_shl(u, field, ir_i64(u, to));
}

bool arm_lift_vmsr(struct lift *l, const struct arm_args_vsys *a)
{
    struct ir_unit *u = l->u;
    if (a->reg != FPSCR || a->rt == ARM_PC) return false;
    ir_ref v = arm_reg(l, a->rt), v64 = ir_zext(u, IR_i64, v);
    ir_put(u, ARM_OFF(fpscr), ir_and(u, v, ir_i32(u, ARM_FPSCR_KEPT)));
    ir_put(u, ARM_OFF(fpnzcv), ir_trunc(u, IR_i8, ir_shr(u, v, ir_i32(u, 28))));
    ir_emit(u, IR_OP_fpset, IR_none, 0, sticky_from_arm(l, v), IR_NONE, IR_NONE);
    set_modes(l, v);
    ir_ref key =
        ir_or(u, mode_field(l, v64, 16, 3, ARM_LEN_SHIFT), mode_field(l, v64, 20, 2, ARM_STRIDE_SHIFT));
    key = ir_or(u, key, mode_field(l, v64, 25, 2, ARM_DN_SHIFT)); /* DN, AHP */
    key = ir_or(u, key, mode_field(l, v64, 24, 1, ARM_FZ_SHIFT));
    u64 same = arm_next_key(l) & ~ARM_KEY_FPMODES;
    ir_exit_ind(u, ir_or(u, key, ir_addr(u, IR_i64, same)));
    l->done = true;
    return true;
}
