/* The functions behind helpers.def: callouts of translated code. Those of VIS (vis.c) are pure. Private to
 * frontend/sparc. */
#ifndef CALQUE_FRONTEND_SPARC_HELPERS_H
#define CALQUE_FRONTEND_SPARC_HELPERS_H

#include "frontend/sparc/sparc.h"

u64 sparc_help_overflow(struct cpu_head *cpu);
u64 sparc_help_underflow(struct cpu_head *cpu);
u64 sparc_help_flush(struct cpu_head *cpu, u32 current);
u64 sparc_help_tick(void);

u64 sparc_help_array(u64 point, u64 size);
/* rel: the relation, as vis.isa numbers them. */
u64 sparc_help_compare16(u64 a, u64 b, u32 rel);
u64 sparc_help_compare32(u64 a, u64 b, u32 rel);
u64 sparc_help_mul8x16(u32 a, u64 b);
u64 sparc_help_mul8sux16(u64 a, u64 b);
u64 sparc_help_mul8ulx16(u64 a, u64 b);
u64 sparc_help_muld8sux16(u32 a, u32 b);
u64 sparc_help_muld8ulx16(u32 a, u32 b);
u32 sparc_help_pack16(u64 v, u64 gsr);
u64 sparc_help_pack32(u64 old, u64 v, u64 gsr);
u32 sparc_help_packfix(u64 v, u64 gsr);
u64 sparc_help_pdist(u64 a, u64 b, u64 sum);
u64 sparc_help_shuffle(u64 a, u64 b, u64 gsr);

#endif
