/* Exclusive accesses, swap and barriers (A3.4, A5.2.10, A5.7.1). The monitor remembers address and value in
 * the state block's head; a store-exclusive is a compare-and-swap against that value. A change to another
 * value and back in between goes unseen: accepted, as every translator that runs guest threads on host
 * threads does. */
#include "arm_isa.h"
#include "frontend/arm/arm.h"

#define EXCL_VALID ((u32)offsetof(struct cpu_head, excl_valid))
#define EXCL_ADDR  ((u32)offsetof(struct cpu_head, excl_addr))
#define EXCL_VALUE ((u32)offsetof(struct cpu_head, excl_value))

static enum ir_type size_type(u32 size)
{
    static const u8 type[4] = {IR_i8, IR_i16, IR_i32, IR_i64};
    return type[size];
}

static ir_ref widen(struct lift *l, ir_ref v, enum ir_type t)
{
    return ir_type_of(l->u, v) == t ? v : ir_zext(l->u, t, v);
}

static u32 pair_second(u32 rt, u32 rt2)
{
    return rt2 == 15 ? rt + 1 : rt2;
}

static ir_ref exclusive_address(struct lift *l, u32 rn, u32 imm)
{
    return ir_add(l->u, arm_reg(l, rn), ir_i32(l->u, imm));
}

static u8 exclusive_mem(struct lift *l, u32 size)
{
    return IR_MEM_ALIGN | (size ? arm_mem(l) : 0);
}

/* A doubleword's two registers and its 64-bit value, whose halves stand as the byte order has them. */
static void set_pair(struct lift *l, u32 rt, u32 rt2, ir_ref v)
{
    struct ir_unit *u = l->u;
    ir_ref low = ir_trunc(u, IR_i32, v), high = ir_trunc(u, IR_i32, ir_shr(u, v, ir_i64(u, 32)));
    arm_set_reg(l, rt, arm_mem(l) ? high : low);
    arm_set_reg(l, rt2, arm_mem(l) ? low : high);
}

static ir_ref get_pair(struct lift *l, u32 rt, u32 rt2)
{
    ir_ref a = arm_reg(l, rt), b = arm_reg(l, rt2);
    return arm_mem(l) ? ir_pair(l->u, b, a) : ir_pair(l->u, a, b);
}

bool arm_lift_ldrex(struct lift *l, const struct arm_args_ldrex *a)
{
    struct ir_unit *u = l->u;
    u32 rt2 = pair_second(a->rt, a->rt2);
    if (a->rn == ARM_PC || a->rt == ARM_PC || (a->size == 3 && (rt2 >= 15 || (!arm_thumb(l) && a->rt & 1))))
        return false;
    ir_ref addr = exclusive_address(l, a->rn, a->imm);
    ir_ref v = ir_load(u, size_type(a->size), addr, exclusive_mem(l, a->size));
    ir_put(u, EXCL_VALID, ir_i32(u, 1));
    ir_put(u, EXCL_ADDR, ir_zext(u, IR_i64, addr));
    ir_put(u, EXCL_VALUE, widen(l, v, IR_i64));
    if (a->size == 3)
        set_pair(l, a->rt, rt2, v);
    else
        arm_set_reg(l, a->rt, widen(l, v, IR_i32));
    return true;
}

static ir_ref store_value(struct lift *l, const struct arm_args_strex *a)
{
    if (a->size == 3) return get_pair(l, a->rt, pair_second(a->rt, a->rt2));
    ir_ref v = arm_reg(l, a->rt);
    return a->size == 2 ? v : ir_trunc(l->u, size_type(a->size), v);
}

/* rd: 0 stored, 1 not. */
bool arm_lift_strex(struct lift *l, const struct arm_args_strex *a)
{
    struct ir_unit *u = l->u;
    if (a->rn == ARM_PC || a->rt == ARM_PC || a->rd == ARM_PC || (a->size == 3 && !arm_thumb(l) && a->rt & 1))
        return false;
    ir_ref addr = exclusive_address(l, a->rn, a->imm), value = store_value(l, a);
    ir_ref armed = ir_ne(u, ir_get(u, IR_i32, EXCL_VALID), ir_i32(u, 0));
    ir_ref ours = ir_eq(u, ir_get(u, IR_i64, EXCL_ADDR), ir_zext(u, IR_i64, addr));
    ir_ref expected = ir_get(u, IR_i64, EXCL_VALUE), one = ir_i32(u, 1);
    if (a->size != 3) expected = ir_trunc(u, size_type(a->size), expected);
    u32 try = ir_block(u), join = ir_block(u);
    ir_brc_args(u, ir_and(u, armed, ours), try, 0, NULL, join, 1, &one);
    ir_place(u, try);
    ir_ref old = ir_cas(u, addr, expected, value, exclusive_mem(l, a->size));
    ir_ref failed = ir_zext(u, IR_i32, ir_ne(u, old, expected));
    ir_br(u, join, 1, &failed);
    ir_place(u, join);
    ir_ref status = ir_param(u, IR_i32);
    ir_put(u, EXCL_VALID, ir_i32(u, 0));
    arm_set_reg(l, a->rd, status);
    return true;
}

bool arm_lift_clrex(struct lift *l, const struct arm_args_none *a)
{
    (void)a;
    ir_put(l->u, EXCL_VALID, ir_i32(l->u, 0));
    return true;
}

/* size: 0 word, 1 byte. */
bool arm_lift_swp(struct lift *l, const struct arm_args_swp *a)
{
    struct ir_unit *u = l->u;
    if (a->rn == ARM_PC || a->rt == ARM_PC || a->rm == ARM_PC) return false;
    ir_ref v = arm_reg(l, a->rm);
    if (a->size) v = ir_trunc(u, IR_i8, v);
    ir_ref old = ir_rmw(u, IR_OP_rmw_xchg, arm_reg(l, a->rn), v, exclusive_mem(l, a->size ? 0 : 2));
    arm_set_reg(l, a->rt, widen(l, old, IR_i32));
    return true;
}

/* Options xx10 order stores only (A8.8.43). */
static bool barrier(struct lift *l, u32 option)
{
    ir_fence(l->u, (option & 3) == 2 ? IR_FENCE_SS : IR_FENCE_ALL);
    return true;
}

bool arm_lift_dmb(struct lift *l, const struct arm_args_barrier *a)
{
    return barrier(l, a->option);
}
bool arm_lift_dsb(struct lift *l, const struct arm_args_barrier *a)
{
    return barrier(l, a->option);
}

/* Code that was written is flushed by the cacheflush call; nothing is fetched ahead here. */
bool arm_lift_isb(struct lift *l, const struct arm_args_barrier *a)
{
    (void)l, (void)a;
    return true;
}
