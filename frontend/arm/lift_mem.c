/* Load and store of single registers and of pairs (A5.3, A5.2.8, A6.3.5 to A6.3.10), preloads. Words and
 * halves may be unaligned (ARMv6 and later, SCTLR.U = 1: A3.2.1); pairs demand a word's alignment. Registers
 * are written behind the access, so that a fault finds them unchanged. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

enum { PRE = 4, ADD = 2, WBACK = 1 }; /* puw */

/* Thumb and A32 literals count from Align(PC, 4). */
static ir_ref base(struct lift *l, u32 rn)
{
    return rn == ARM_PC ? arm_pc_base(l) : arm_reg(l, rn);
}

/* The access address; *updated gets what the base becomes, or IR_NONE. */
static ir_ref address(struct lift *l, u32 rn, u32 puw, ir_ref offset, ir_ref *updated)
{
    ir_ref b = base(l, rn);
    ir_ref moved = puw & ADD ? ir_add(l->u, b, offset) : ir_sub(l->u, b, offset);
    *updated = !(puw & PRE) || (puw & WBACK) ? moved : IR_NONE;
    return puw & PRE ? moved : b;
}

static ir_ref load(struct lift *l, u32 size, ir_ref addr)
{
    static const u8 type[3] = {IR_i8, IR_i16, IR_i32};
    u32 log = size & 3;
    ir_ref v = ir_load(l->u, type[log], addr, log ? arm_mem(l) : 0);
    if (log == 2) return v;
    return size & 4 ? ir_sext(l->u, IR_i32, v) : ir_zext(l->u, IR_i32, v);
}

static bool load_reg(struct lift *l, u32 size, u32 rt, u32 rn, u32 puw, ir_ref offset)
{
    ir_ref updated, v = load(l, size, address(l, rn, puw, offset, &updated));
    if (updated != IR_NONE) arm_set_reg(l, rn, updated);
    if (rt != ARM_PC)
        arm_set_reg(l, rt, v);
    else
        arm_jump_to(l, v, rn == ARM_SP && updated != IR_NONE ? ARM_RET : ARM_JUMP);
    return true;
}

static bool store_reg(struct lift *l, u32 size, u32 rt, u32 rn, u32 puw, ir_ref offset)
{
    ir_ref updated, addr = address(l, rn, puw, offset, &updated), v = arm_reg(l, rt);
    if (size < 2) v = ir_trunc(l->u, size ? IR_i16 : IR_i8, v);
    ir_store(l->u, addr, v, size ? arm_mem(l) : 0);
    if (updated != IR_NONE) arm_set_reg(l, rn, updated);
    return true;
}

/* Writing back to the pc is unpredictable: undefined here. */
static bool bad_base(u32 rn, u32 puw)
{
    return rn == ARM_PC && (!(puw & PRE) || (puw & WBACK));
}

bool arm_lift_ldr_imm(struct lift *l, const struct arm_args_ls_imm *a)
{
    if (bad_base(a->rn, a->puw) || (a->rt == ARM_PC && a->size != 2)) return false;
    return load_reg(l, a->size, a->rt, a->rn, a->puw, ir_i32(l->u, a->imm));
}

bool arm_lift_str_imm(struct lift *l, const struct arm_args_ls_imm *a)
{
    if (bad_base(a->rn, a->puw)) return false;
    return store_reg(l, a->size, a->rt, a->rn, a->puw, ir_i32(l->u, a->imm));
}

bool arm_lift_ldr_reg(struct lift *l, const struct arm_args_ls_reg *a)
{
    ir_ref carry;
    if (bad_base(a->rn, a->puw) || (a->rt == ARM_PC && a->size != 2)) return false;
    return load_reg(l, a->size, a->rt, a->rn, a->puw, arm_shift_imm(l, arm_reg(l, a->rm), a->shift, &carry));
}

bool arm_lift_str_reg(struct lift *l, const struct arm_args_ls_reg *a)
{
    ir_ref carry;
    if (bad_base(a->rn, a->puw)) return false;
    return store_reg(l, a->size, a->rt, a->rn, a->puw, arm_shift_imm(l, arm_reg(l, a->rm), a->shift, &carry));
}

/* --- pairs; rt2 15: the register after rt (A32) --- */

static u32 second(u32 rt, u32 rt2)
{
    return rt2 == 15 ? rt + 1 : rt2;
}

/* The word at the lower address is rt's in either byte order. */
static bool load_pair(struct lift *l, u32 rt, u32 rt2, u32 rn, u32 puw, ir_ref offset)
{
    struct ir_unit *u = l->u;
    ir_ref updated, addr = address(l, rn, puw, offset, &updated);
    ir_ref v = ir_load(u, IR_i64, addr, arm_mem(l) | IR_MEM_ALIGN4);
    ir_ref low = ir_trunc(u, IR_i32, v), high = ir_trunc(u, IR_i32, ir_shr(u, v, ir_i64(u, 32)));
    bool be = arm_mem(l) != 0;
    if (updated != IR_NONE) arm_set_reg(l, rn, updated);
    arm_set_reg(l, rt, be ? high : low);
    arm_set_reg(l, rt2, be ? low : high);
    return true;
}

static bool store_pair(struct lift *l, u32 rt, u32 rt2, u32 rn, u32 puw, ir_ref offset)
{
    struct ir_unit *u = l->u;
    ir_ref updated, addr = address(l, rn, puw, offset, &updated);
    ir_ref first = arm_reg(l, rt), next = arm_reg(l, rt2);
    ir_ref v = arm_mem(l) ? ir_pair(u, next, first) : ir_pair(u, first, next);
    ir_store(u, addr, v, arm_mem(l) | IR_MEM_ALIGN4);
    if (updated != IR_NONE) arm_set_reg(l, rn, updated);
    return true;
}

/* A32 has no unprivileged form of a pair: post-indexed with W is unpredictable. */
static bool bad_pair(const struct lift *l, u32 rt, u32 rt2, u32 puw)
{
    return rt >= 15 || rt2 >= 15 || (!arm_thumb(l) && (puw & (PRE | WBACK)) == WBACK);
}

bool arm_lift_ldrd_imm(struct lift *l, const struct arm_args_lsd_imm *a)
{
    u32 rt2 = second(a->rt, a->rt2);
    if (bad_base(a->rn, a->puw) || bad_pair(l, a->rt, rt2, a->puw)) return false;
    return load_pair(l, a->rt, rt2, a->rn, a->puw, ir_i32(l->u, a->imm));
}

bool arm_lift_strd_imm(struct lift *l, const struct arm_args_lsd_imm *a)
{
    u32 rt2 = second(a->rt, a->rt2);
    if (bad_base(a->rn, a->puw) || bad_pair(l, a->rt, rt2, a->puw)) return false;
    return store_pair(l, a->rt, rt2, a->rn, a->puw, ir_i32(l->u, a->imm));
}

bool arm_lift_ldrd_reg(struct lift *l, const struct arm_args_lsd_reg *a)
{
    u32 rt2 = second(a->rt, a->rt2);
    if (bad_base(a->rn, a->puw) || bad_pair(l, a->rt, rt2, a->puw)) return false;
    return load_pair(l, a->rt, rt2, a->rn, a->puw, arm_reg(l, a->rm));
}

bool arm_lift_strd_reg(struct lift *l, const struct arm_args_lsd_reg *a)
{
    u32 rt2 = second(a->rt, a->rt2);
    if (bad_base(a->rn, a->puw) || bad_pair(l, a->rt, rt2, a->puw)) return false;
    return store_pair(l, a->rt, rt2, a->rn, a->puw, arm_reg(l, a->rm));
}

/* Preloads are hints. */
bool arm_lift_pld_imm(struct lift *l, const struct arm_args_pld_imm *a)
{
    (void)l, (void)a;
    return true;
}

bool arm_lift_pld_reg(struct lift *l, const struct arm_args_pld_reg *a)
{
    (void)l, (void)a;
    return true;
}
