/* Prototypes of the callouts in helpers.c. */
#ifndef CALQUE_FRONTEND_ARM_HELPERS_H
#define CALQUE_FRONTEND_ARM_HELPERS_H

#include "frontend/arm/cpu.h"
#include "ir/ir.h"

enum { ARM_FIX_HALF = 64, ARM_FIX_UNSIGNED = 128 }; /* with the number of fraction bits, 0 to 32 */

u32 arm_help_fixed_f32(struct cpu_head *cpu, u32 bits, u32 spec);
u32 arm_help_fixed_f64(struct cpu_head *cpu, u64 bits, u32 spec);
u32 arm_help_half_f32(struct cpu_head *cpu, u32 bits);
u32 arm_help_f32_half(struct cpu_head *cpu, u32 bits);

extern const struct ir_helper arm_helpers[];

#endif
