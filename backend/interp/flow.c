/* The meaning of control and of the CPU state: blocks and their parameters, exits, polls, guest instruction
 * marks, get and put. */
#include "backend/interp/interp.h"
#include "runtime/base/error.h"
#include <string.h>

#define V(x) (f->cell[x].w)

/* --- leaving --- */

static void put_mirror(struct frame *f, u32 offset, enum ir_type t, u64 v)
{
    if (offset != ~(u32)0) memcpy((u8 *)f->cpu + offset, &v, ir_type_size[t]);
}

static void set_key(struct frame *f, u64 key)
{
    f->cpu->key = key;
    put_mirror(f, f->code->pc, f->code->pc_type, key);
}

void interp_leave(struct frame *f, enum cpu_exit why, u64 key)
{
    set_key(f, key);
    f->why = why;
    f->left = true;
}

void interp_precise(struct frame *f)
{
    set_key(f, f->key);
    f->cpu->aux = f->aux;
    put_mirror(f, f->code->aux, f->code->aux_type, f->aux);
}

void interp_exit(struct frame *f, const struct step *s)
{
    bool polled = s->flags & IR_EXIT_POLL && __atomic_load_n(&f->cpu->poll, __ATOMIC_RELAXED);
    interp_leave(f, polled ? CPU_EXIT_POLL : CPU_EXIT_LOOKUP, (u64)V(s->a));
}

void interp_exit_ind(struct frame *f, const struct step *s)
{
    interp_leave(f, CPU_EXIT_LOOKUP, (u64)V(s->a));
}

void interp_exit_call(struct frame *f, const struct step *s)
{
    interp_leave(f, CPU_EXIT_LOOKUP, (u64)V(s->a));
}

void interp_exit_ret(struct frame *f, const struct step *s)
{
    interp_leave(f, CPU_EXIT_LOOKUP, (u64)V(s->a));
}

void interp_exit_sys(struct frame *f, const struct step *s)
{
    f->cpu->exit_info = s->b;
    interp_leave(f, CPU_EXIT_SYSCALL, (u64)V(s->a));
}

void interp_exit_trap(struct frame *f, const struct step *s)
{
    f->cpu->exit_info = s->a;
    f->cpu->exit_detail = (u64)V(s->b);
    interp_precise(f);
    interp_leave(f, CPU_EXIT_TRAP, f->key);
}

void interp_poll(struct frame *f, const struct step *s)
{
    if (__atomic_load_n(&f->cpu->poll, __ATOMIC_RELAXED)) interp_leave(f, CPU_EXIT_POLL, (u64)V(s->a));
}

/* --- inside the unit --- */

void interp_nop(struct frame *f, const struct step *s)
{
    (void)f, (void)s;
}

/* The branch has written it. */
void interp_param(struct frame *f, const struct step *s)
{
    (void)f, (void)s;
}

void interp_insn(struct frame *f, const struct step *s)
{
    f->key = (u64)V(s->a);
    f->aux = (u64)V(s->b);
}

/* Parameters take their arguments all at once: an argument may be another parameter of the same block. */
static void go(struct frame *f, u32 block, const u32 *args, u32 n)
{
    u32 first = f->code->first[block];
    union cell in[n ? n : 1];
    for (u32 i = 0; i < n; i++) in[i] = f->cell[args[i]];
    memcpy(&f->cell[first], in, n * sizeof in[0]);
    f->next = &f->code->steps[first];
}

void interp_br(struct frame *f, const struct step *s)
{
    go(f, s->a, &f->code->side[s->b], s->c);
}

void interp_brc(struct frame *f, const struct step *s)
{
    const u32 *side = &f->code->side[s->b];
    u32 nyes = s->c & 0xffff, nno = s->c >> 16;
    if (V(s->a))
        go(f, side[0], side + 2, nyes);
    else
        go(f, side[1], side + 2 + nyes, nno);
}

/* --- the CPU state --- */

static void read_slot(struct frame *f, const struct step *s, const u8 *at)
{
    union cell c = {.q = {0}};
    memcpy(&c, at, ir_type_size[s->type]);
    if (s->type == IR_b1) c.w &= 1;
    f->cell[s->dst] = c;
}

static u8 *windowed(struct frame *f, s32 offset, enum ir_type t)
{
    u64 base;
    bug_unless(f->code->wbase != ~(u32)0);
    memcpy(&base, (u8 *)f->cpu + f->code->wbase, sizeof base);
    u64 at = base + (u64)(s64)offset;
    bug_unless(at <= f->code->layout->size - ir_type_size[t]);
    return (u8 *)f->cpu + at;
}

void interp_get(struct frame *f, const struct step *s)
{
    read_slot(f, s, (const u8 *)f->cpu + s->a);
}

void interp_put(struct frame *f, const struct step *s)
{
    memcpy((u8 *)f->cpu + s->a, &f->cell[s->b], ir_type_size[s->stype]);
}

void interp_getw(struct frame *f, const struct step *s)
{
    read_slot(f, s, windowed(f, (s32)s->a, s->type));
}

void interp_putw(struct frame *f, const struct step *s)
{
    memcpy(windowed(f, (s32)s->a, s->stype), &f->cell[s->b], ir_type_size[s->stype]);
}

void interp_rebase(struct frame *f, const struct step *s)
{
    u64 base;
    bug_unless(f->code->wbase != ~(u32)0);
    memcpy(&base, (u8 *)f->cpu + f->code->wbase, sizeof base);
    base += (u64)(s64)(s32)s->a;
    memcpy((u8 *)f->cpu + f->code->wbase, &base, sizeof base);
}
