/* What the VFP lifters share: registers, short vectors. Private to frontend/arm. */
#ifndef CALQUE_FRONTEND_ARM_VFP_H
#define CALQUE_FRONTEND_ARM_VFP_H

#include "frontend/arm/arm.h"

/* Register n as a number of the precision sz: 0 single, 1 double. */
static inline u32 arm_vreg_off(u32 sz, u32 n)
{
    return ARM_OFF(d0) + (sz ? 8 : 4) * n;
}
static inline enum ir_type arm_vtype(u32 sz)
{
    return sz ? IR_f64 : IR_f32;
}
static inline ir_ref arm_vreg(struct lift *l, u32 sz, u32 n)
{
    return ir_get(l->u, arm_vtype(sz), arm_vreg_off(sz, n));
}
static inline void arm_set_vreg(struct lift *l, u32 sz, u32 n, ir_ref v)
{
    ir_put(l->u, arm_vreg_off(sz, n), v);
}
/* A single-precision register's bits. */
static inline ir_ref arm_vword(struct lift *l, u32 s)
{
    return ir_get(l->u, IR_i32, arm_vreg_off(0, s));
}
static inline void arm_set_vword(struct lift *l, u32 s, ir_ref v)
{
    ir_put(l->u, arm_vreg_off(0, s), v);
}

/* Helpers, by row of helpers.def. */
enum arm_helper {
#define HELPER(name, sig, reads, writes, faults) ARM_HELP_##name,
#include "frontend/arm/helpers.def"
    ARM_HELP_COUNT
};

#endif
