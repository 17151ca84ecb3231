/* Folding of address constants (ir_addr). Their value is known up to the bias of the file that the guest code
 * comes from, a multiple of the page size: the low bits are certain, sums with plain constants and differences
 * of two move along or cancel. Everything else stays an instruction, which is right at every bias. Called by
 * fold. */
#include "ir/ir.h"
#include "ir/builder.h"

#define PAGE_BITS 0xfffu /* bits that no bias changes: the smallest page is 4 KiB */
#define NEAR      4096   /* no code lies so close to either end of the address space */

/* The bits of a t that a bias can change. */
static u64 moving_bits(const struct ir_unit *u, enum ir_type t)
{
    u32 bits = ir_type_bits[t] < u->layout->addr_bits ? ir_type_bits[t] : u->layout->addr_bits;
    return low_mask(bits) & ~(u64)PAGE_BITS;
}

/* A 32-bit address in an i64: its relocation is of the low half, so a sum must not carry out of it. */
static bool stays(const struct ir_unit *u, enum ir_type t, u64 distance)
{
    if (ir_type_bits[t] <= u->layout->addr_bits) return true;
    return distance + NEAR <= 2 * NEAR;
}

/* @a op k. */
static ir_ref with_plain(struct ir_unit *u, enum ir_op op, enum ir_type t, u64 a, u64 k)
{
    u64 moving = moving_bits(u, t);
    switch (op) {
    case IR_OP_add: return stays(u, t, k) ? ir_addr(u, t, a + k) : IR_NONE;
    case IR_OP_sub: return stays(u, t, 0 - k) ? ir_addr(u, t, a - k) : IR_NONE;
    case IR_OP_or: return k & moving ? IR_NONE : ir_addr(u, t, a | k);
    case IR_OP_xor: return k & moving ? IR_NONE : ir_addr(u, t, a ^ k);
    case IR_OP_and:
        if ((k & moving) == moving) return ir_addr(u, t, a & k);
        return k & moving ? IR_NONE : ir_const(u, t, a & k);
    default: return IR_NONE;
    }
}

static ir_ref with_addr(struct ir_unit *u, enum ir_op op, enum ir_type t, u64 a, u64 b)
{
    bool whole = ir_type_bits[t] <= u->layout->addr_bits;
    switch (op) {
    case IR_OP_sub: return whole || a >> 32 == b >> 32 ? ir_const(u, t, a - b) : IR_NONE;
    case IR_OP_eq: return ir_b1(u, a == b);
    case IR_OP_ne: return ir_b1(u, a != b);
    default: return IR_NONE;
    }
}

static ir_ref resized(struct ir_unit *u, enum ir_op op, enum ir_type t, u64 a)
{
    u32 bits = ir_type_bits[t];
    if (op == IR_OP_zext) return t == IR_i64 && u->layout->addr_bits == 32 ? ir_addr(u, t, a) : IR_NONE;
    if (op != IR_OP_trunc) return IR_NONE;
    if (low_mask(bits) <= PAGE_BITS) return ir_const(u, t, a);
    return t == IR_i32 && u->layout->addr_bits == 32 ? ir_addr(u, t, a) : IR_NONE;
}

static bool commutes(enum ir_op op)
{
    return op == IR_OP_add || op == IR_OP_and || op == IR_OP_or || op == IR_OP_xor;
}

ir_ref fold_addr(struct ir_unit *u, enum ir_op op, enum ir_type t, ir_ref a, ir_ref b)
{
    u64 x, y, k;
    bool rel_a = ir_addr_value(u, a, &x), rel_b = b != IR_NONE && ir_addr_value(u, b, &y);
    if (rel_a && b == IR_NONE) return resized(u, op, t, x);
    if (rel_a && rel_b) return with_addr(u, op, t, x, y);
    if (rel_a && ir_const_value(u, b, &k)) return with_plain(u, op, t, x, k);
    if (rel_b && commutes(op) && ir_const_value(u, a, &k)) return with_plain(u, op, t, y, k);
    return IR_NONE;
}
