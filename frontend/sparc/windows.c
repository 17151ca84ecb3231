/* The window file against the guest's stack: what the kernel's spill and fill handlers do (V9 6.4.1; SPARC V8
 * D.2: a frame begins with 16 words for %l0-%l7, %i0-%i7). 32-bit programs keep low halves only, in
 * big-endian words.
 *
 * Spilling early is invisible, since an interrupt might have done it; filling early is not, since programs
 * change frames that they know to be in memory (unwinders, longjmp): overflow spills many windows, underflow
 * fills one. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "frontend/sparc/cpu.h"
#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"

enum { FRAME_WORDS = 16, FRAME_BYTES = 4 * FRAME_WORDS };

static u64 *at_base(struct sparc_cpu *c, u64 wbase)
{
    return (u64 *)(void *)((u8 *)c + wbase);
}

/* The registers of the window with this base: locals and ins from [0], outs from [-8]. */
static u32 stack_of(struct sparc_cpu *c, u64 wbase)
{
    return (u32)at_base(c, wbase)[-8 + 6];
}

/* What the fault handler noted of the access that failed. */
static u64 fault(const struct sparc_cpu *c, u32 addr)
{
    u64 info = c->head.exit_info;
    if (info == 0) return SPARC_WINDOW_FAULT(SIGSEGV, SEGV_MAPERR, addr);
    return SPARC_WINDOW_FAULT(CPU_FAULT_SIGNAL(info), CPU_FAULT_CODE(info), c->head.exit_detail);
}

static u64 spill(struct sparc_cpu *c, u64 wbase)
{
    const u64 *r = at_base(c, wbase);
    u32 sp = stack_of(c, wbase);
    u8 frame[FRAME_BYTES];
    if (sp & 3) return SPARC_WINDOW_FAULT(SIGBUS, BUS_ADRALN, sp);
    for (u32 i = 0; i < FRAME_WORDS; i++) store_be32(frame + 4 * i, (u32)r[i]);
    c->head.exit_info = 0;
    return gmem_write(sp, frame, sizeof frame) ? fault(c, sp) : 0;
}

static u64 fill(struct sparc_cpu *c, u64 wbase, u32 sp)
{
    u64 *r = at_base(c, wbase);
    u8 frame[FRAME_BYTES];
    if (sp & 3) return SPARC_WINDOW_FAULT(SIGBUS, BUS_ADRALN, sp);
    c->head.exit_info = 0;
    if (gmem_read(frame, sp, sizeof frame)) return fault(c, sp);
    for (u32 i = 0; i < FRAME_WORDS; i++) r[i] = load_be32(frame + 4 * i);
    return 0;
}

/* Moves the valid windows, and the current one's outs, so that the base moves by `bytes`. */
static void shift(struct sparc_cpu *c, s64 bytes)
{
    u8 *from = (u8 *)at_base(c, c->wbase - 64);
    memmove(from + bytes, from, c->wtop + SPARC_WINDOW - (c->wbase - 64));
    c->wbase += (u64)bytes;
    c->wtop += (u64)bytes;
}

/* Spills the oldest window while there is more than `keep` below it. The first failure's result; what was
 * spilled stays so. */
static u64 spill_down_to(struct sparc_cpu *c, u64 keep)
{
    while (c->wtop > keep) {
        u64 r = spill(c, c->wtop);
        if (r) return r;
        c->wtop -= SPARC_WINDOW;
    }
    return 0;
}

u64 sparc_window_overflow(struct sparc_cpu *c)
{
    u64 r = 0;
    if (c->wtop == SPARC_WBASE_HIGH) r = spill_down_to(c, c->wbase + SPARC_WINDOW * (SPARC_WINDOWS / 2));
    if (c->wtop == SPARC_WBASE_HIGH) return r; /* not even one */
    shift(c, (s64)(SPARC_WBASE_HIGH - c->wtop));
    return 0;
}

u64 sparc_window_underflow(struct sparc_cpu *c)
{
    u32 fp = (u32)at_base(c, c->wbase)[8 + 6];
    if (c->wbase == SPARC_WBASE_HIGH) shift(c, -(s64)(SPARC_WINDOW * (SPARC_WINDOWS / 2)));
    u64 r = fill(c, c->wbase + SPARC_WINDOW, fp);
    if (r == 0) c->wtop = c->wbase + SPARC_WINDOW;
    return r;
}

u32 sparc_window_flush_or_keep(struct sparc_cpu *c, struct sparc_kept_window *out, u32 max)
{
    u32 n = 0;
    for (u64 base = c->wbase; base <= c->wtop; base += SPARC_WINDOW) {
        if (spill(c, base) == 0 || n == max) continue;
        memcpy(out[n].reg, at_base(c, base), sizeof out[n].reg);
        out[n++].sp = stack_of(c, base);
    }
    c->wtop = c->wbase;
    return n;
}

int sparc_window_reload(struct sparc_cpu *c)
{
    c->wtop = c->wbase;
    return fill(c, c->wbase, stack_of(c, c->wbase)) ? -EFAULT : 0;
}

int sparc_window_write(const struct sparc_kept_window *w)
{
    u8 frame[FRAME_BYTES];
    for (u32 i = 0; i < FRAME_WORDS; i++) store_be32(frame + 4 * i, (u32)w->reg[i]);
    return w->sp & 3 ? -EFAULT : gmem_write(w->sp, frame, sizeof frame);
}

u64 sparc_window_flush(struct sparc_cpu *c, u32 current)
{
    u64 r = spill_down_to(c, c->wbase);
    if (r == 0 && current) r = spill(c, c->wbase);
    return r;
}
