/* Two outcomes of one unit, held against each other for lockstep.c: the way it was left, registers, memory. What the
 * architecture does not show (hidden slots, the runtime's own fields of the head) is not compared. */
#include "runtime/exec/lockstep.h"

#include <signal.h>
#include <string.h>

#include "runtime/base/fmt.h"

static const char *const exit_names[] = {"go on", "go on", "go on", "system call", "trap", "fault"};

static void print_value(struct out *o, const void *p, u32 n)
{
    for (u32 i = n; i-- > 0;) out_printf(o, "%02x", ((const u8 *)p)[i]);
}

static u32 differ(struct out *o, const char *name, const void *a, const void *b, u32 n)
{
    if (memcmp(a, b, n) == 0) return 0;
    if (!o) return 1;
    out_printf(o, "  %-12s interpreter ", name);
    print_value(o, a, n);
    out_puts(o, "  translated ");
    print_value(o, b, n);
    out_putc(o, '\n');
    return 1;
}

/* Reasons after which the loop does the same are one. */
static enum cpu_exit plain(enum cpu_exit why) { return why == CPU_EXIT_LINK || why == CPU_EXIT_POLL ? CPU_EXIT_LOOKUP : why; }

/* Why a SIGSEGV came (no mapping, no right) the loop asks the guest's map: the host's word on it is not compared. */
static u64 plain_info(const struct outcome *x)
{
    if (x->why == CPU_EXIT_FAULT && CPU_FAULT_SIGNAL(x->cpu->exit_info) == SIGSEGV) return SIGSEGV;
    return x->why == CPU_EXIT_TRAP || x->why == CPU_EXIT_SYSCALL ? (u32)x->cpu->exit_info : x->cpu->exit_info;
}

static u32 compare_exits(struct out *o, const struct outcome *a, const struct outcome *b)
{
    if (plain(a->why) != plain(b->why)) {
        if (o) out_printf(o, "  %-12s interpreter %s  translated %s\n", "left for", exit_names[a->why], exit_names[b->why]);
        return 1;
    }
    if (plain(a->why) == CPU_EXIT_LOOKUP) return 0;
    u64 ia = plain_info(a), ib = plain_info(b);
    u32 n = differ(o, "exit info", &ia, &ib, sizeof ia);
    if (a->why == CPU_EXIT_SYSCALL) return n;
    return n + differ(o, "exit detail", &a->cpu->exit_detail, &b->cpu->exit_detail, sizeof(u64));
}

static u32 compare_head(struct out *o, const struct cpu_head *a, const struct cpu_head *b)
{
    u32 n = differ(o, "key", &a->key, &b->key, sizeof a->key);
    n += differ(o, "fp flags", &a->fp_flags, &b->fp_flags, sizeof a->fp_flags);
    n += differ(o, "fp control", &a->fp_control, &b->fp_control, sizeof a->fp_control);
    n += differ(o, "excl. valid", &a->excl_valid, &b->excl_valid, sizeof a->excl_valid);
    if (!a->excl_valid || !b->excl_valid) return n;
    n += differ(o, "excl. addr", &a->excl_addr, &b->excl_addr, sizeof a->excl_addr);
    return n + differ(o, "excl. value", a->excl_value, b->excl_value, sizeof a->excl_value);
}

static u32 compare_windows(struct out *o, const struct ir_layout *l, const u8 *a, const u8 *b)
{
    u32 n = 0;
    for (u32 at = l->window_lo; at < l->window_hi; at += 8) {
        char name[24];
        if (memcmp(a + at, b + at, 8) == 0) continue;
        fmt_snprintf(name, sizeof name, "window+0x%x", at - l->window_lo);
        n += differ(o, name, a + at, b + at, 8);
    }
    return n;
}

u32 compare_states(struct out *o, const struct ir_layout *l, const struct outcome *interp, const struct outcome *jit)
{
    const u8 *a = (const u8 *)interp->cpu, *b = (const u8 *)jit->cpu;
    u32 n = compare_exits(o, interp, jit) + compare_head(o, interp->cpu, jit->cpu);
    for (u32 i = 0; i < l->nslots; i++) {
        const struct ir_slot *s = &l->slots[i];
        if (s->flags & IR_SLOT_HIDDEN || s->offset < sizeof *interp->cpu) continue;
        n += differ(o, s->name, a + s->offset, b + s->offset, (ir_type_bits[s->type] + 7u) / 8);
    }
    return n + compare_windows(o, l, a, b);
}

u32 compare_memory(struct out *o, const struct memory_pair *m)
{
    if (memcmp(m->interp, m->jit, m->size) == 0) return 0;
    u32 n = 0;
    for (u32 at = 0; at < m->size; at += 8) {
        u32 size = MIN(8u, m->size - at);
        if (memcmp(m->interp + at, m->jit + at, size) == 0) continue;
        n++;
        if (!o) break;
        out_printf(o, "  0x%08llx  interpreter", (unsigned long long)(m->addr + at));
        for (u32 i = 0; i < size; i++) out_printf(o, " %02x", m->interp[at + i]);
        out_puts(o, "  translated");
        for (u32 i = 0; i < size; i++) out_printf(o, " %02x", m->jit[at + i]);
        out_putc(o, '\n');
    }
    return n;
}
