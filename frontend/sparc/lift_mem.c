/* Loads, stores and atomic operations (V9 A.8, A.27, A.28, A.29, A.45, A.54, A.58). All accesses are
 * big-endian and demand their natural alignment. Registers are written behind the access, so that a fault
 * finds them unchanged. */
#include "frontend/sparc/sparc.h"
#include "frontend/sparc/sparc_isa.h"

enum { PLAIN = IR_MEM_BE | IR_MEM_ALIGN };

static const u8 types[4] = {IR_i8, IR_i16, IR_i32, IR_i64};

ir_ref sparc_load(struct lift *l, u32 size, ir_ref addr, u8 flags)
{
    ir_ref v =
        ir_load(l->u, types[size & 3], addr, (size & 3) ? flags : flags & (u8) ~(IR_MEM_BE | IR_MEM_ALIGN));
    if (size == 3) return v;
    return size & 4 ? ir_sext(l->u, IR_i64, v) : ir_zext(l->u, IR_i64, v);
}

void sparc_store(struct lift *l, u32 size, ir_ref addr, ir_ref v, u8 flags)
{
    if (size < 3) v = ir_trunc(l->u, types[size], v);
    ir_store(l->u, addr, v, size ? flags : flags & (u8) ~(IR_MEM_BE | IR_MEM_ALIGN));
}

static ir_ref address(struct lift *l, const struct sparc_args_mem *a)
{
    return sparc_address(l, a->rs1, a->i, a->rs2, a->imm);
}

static bool load(struct lift *l, const struct sparc_args_mem *a, u32 size)
{
    ir_ref v = sparc_load(l, size, address(l, a), PLAIN);
    sparc_set_reg(l, a->rd, v);
    return true;
}

static bool store(struct lift *l, const struct sparc_args_mem *a, u32 size)
{
    sparc_store(l, size, address(l, a), sparc_reg(l, a->rd), PLAIN);
    return true;
}

#define LOAD(name, size)                                                                                     \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_mem *a)                                   \
    {                                                                                                        \
        return load(l, a, size);                                                                             \
    }
#define STORE(name, size)                                                                                    \
    bool sparc_lift_##name(struct lift *l, const struct sparc_args_mem *a)                                   \
    {                                                                                                        \
        return store(l, a, size);                                                                            \
    }
LOAD(ldub, 0)
LOAD(lduh, 1)
LOAD(lduw, 2)
LOAD(ldx, 3)
LOAD(ldsb, 4)
LOAD(ldsh, 5)
LOAD(ldsw, 6)
STORE(stb, 0)
STORE(sth, 1)
STORE(stw, 2)
STORE(stx, 3)

/* --- pairs: the word at the lower address is the even register's --- */

bool sparc_lift_ldd(struct lift *l, const struct sparc_args_mem *a)
{
    struct ir_unit *u = l->u;
    ir_ref v = ir_load(u, IR_i64, address(l, a), PLAIN);
    sparc_set_reg(l, a->rd, ir_shr(u, v, ir_i64(u, 32)));
    sparc_set_reg32(l, a->rd + 1, ir_trunc(u, IR_i32, v));
    return true;
}

bool sparc_lift_std(struct lift *l, const struct sparc_args_mem *a)
{
    ir_ref v = ir_pair(l->u, sparc_reg32(l, a->rd + 1), sparc_reg32(l, a->rd));
    ir_store(l->u, address(l, a), v, PLAIN);
    return true;
}

/* --- atomic --- */

bool sparc_lift_ldstub(struct lift *l, const struct sparc_args_mem *a)
{
    ir_ref old = ir_rmw(l->u, IR_OP_rmw_xchg, address(l, a), ir_const(l->u, IR_i8, 0xff), IR_MEM_SC);
    sparc_set_reg(l, a->rd, ir_zext(l->u, IR_i64, old));
    return true;
}

bool sparc_lift_swap(struct lift *l, const struct sparc_args_mem *a)
{
    ir_ref old = ir_rmw(l->u, IR_OP_rmw_xchg, address(l, a), sparc_reg32(l, a->rd), PLAIN | IR_MEM_SC);
    sparc_set_reg32(l, a->rd, old);
    return true;
}

/* --- hints and instruction memory --- */

bool sparc_lift_prefetch(struct lift *l, const struct sparc_args_mem *a)
{
    (void)l, (void)a;
    return true;
}

/* The runtime forgets what it made of the doubleword's code (A.20). */
bool sparc_lift_flush(struct lift *l, const struct sparc_args_mem *a)
{
    ir_exit_trap(l->u, SPARC_TRAP_FLUSH, ir_zext(l->u, IR_i64, address(l, a)));
    l->done = true;
    return true;
}
