/* Random states and their comparison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/diff/diff.h"

u64 rng_next(void *p)
{
    struct rng *r = p;
    u64 z = r->s += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/* Values that find mistakes: borders, small numbers, addresses in the data, anything. */
static u64 interesting(struct rng *r)
{
    u64 v = rng_next(r);
    switch (v >> 60) {
    case 0: return 0;
    case 1: return ~0ull;
    case 2: return 1ull << (v & 63);
    case 3: return (1ull << (v & 63)) - 1;
    case 4: return v & 0xff;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10: return DATA_ADDR + (v % DATA_SIZE & ~15ull);
    case 11: return DATA_ADDR + v % DATA_SIZE;
    default: return v;
    }
}

static u64 interesting_float(struct rng *r, bool wide)
{
    static const u64 f64s[] = {0, 0x8000000000000000, 0x3ff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
                               0x7ff8000000000001, 0x7ff0000000000001, 0xfff8000000000000, 1, 0x000fffffffffffff};
    static const u32 f32s[] = {0, 0x80000000, 0x3f800000, 0x7f800000, 0xff800000,
                               0x7fc00001, 0x7f800001, 0xffc00000, 1, 0x007fffff};
    u64 v = rng_next(r);
    if ((v & 7) == 0) return wide ? f64s[(v >> 8) % 10] : f32s[(v >> 8) % 10] | (u64)f32s[(v >> 16) % 10] << 32;
    /* Exponents near each other, so that sums and products are neither trivial nor out of range. */
    if (wide) return (v & 0x800fffffffffffffull) | (u64)(1023 - 8 + (v >> 53) % 16) << 52;
    u32 lo = ((u32)v & 0x807fffffu) | (127 - 4 + (u32)(v >> 24) % 8) << 23, hi = lo ^ (u32)(v >> 32 & 0x807fffff);
    return lo | (u64)hi << 32;
}

static void random_slot(const struct ir_slot *s, u8 *p, struct rng *r)
{
    u64 v[4];
    for (u32 i = 0; i < 4; i++) {
        v[i] = interesting(r);
        if (s->type == IR_f32) v[i] = interesting_float(r, false);
        if (s->type == IR_f64) v[i] = interesting_float(r, (rng_next(r) & 1) != 0);
    }
    if (ir_type_bits[s->type] <= 8) v[0] &= 1; /* flags */
    memcpy(p, v, ir_type_bits[s->type] <= 8 ? 1 : ir_type_bits[s->type] / 8);
}

void state_random(struct world *w, struct rng *r, u64 key)
{
    const struct ir_layout *l = &w->guest->layout;
    u8 *cpu = (u8 *)w->task->cpu;
    w->guest->cpu_init(w->task->cpu, w->guest->pc_of_key(key), DATA_ADDR + DATA_SIZE / 2);
    for (u32 i = 0; i < l->nslots; i++)
        if (!(l->slots[i].flags & (IR_SLOT_HIDDEN | IR_SLOT_WBASE | IR_SLOT_PC | IR_SLOT_AUX)))
            random_slot(&l->slots[i], cpu + l->slots[i].offset, r);
    for (u32 o = l->window_lo; o < l->window_hi; o += 8) {
        u64 v = interesting(r);
        memcpy(cpu + o, &v, 8);
    }
    for (u32 i = 0; i < DATA_SIZE; i += 8) {
        u64 v = rng_next(r);
        memcpy(w->data + i, &v, 8);
    }
    w->task->cpu->fp_flags = 0;
}

void snapshot_alloc(const struct world *w, struct snapshot *s)
{
    s->cpu = malloc(w->guest->layout.size);
    s->data = malloc(DATA_SIZE);
}

void snapshot_take(const struct world *w, struct snapshot *s)
{
    memcpy(s->cpu, w->task->cpu, w->guest->layout.size);
    memcpy(s->data, w->data, DATA_SIZE);
}

/* Puts the guest's part back; the head is the runtime's but for its guest-visible fields. */
void snapshot_put(const struct world *w, const struct snapshot *s)
{
    const struct cpu_head *from = (const void *)s->cpu;
    struct cpu_head *to = w->task->cpu;
    to->key = from->key;
    to->aux = from->aux;
    to->fp_flags = from->fp_flags;
    to->fp_control = from->fp_control;
    to->mxcsr = from->mxcsr;
    to->excl_valid = from->excl_valid;
    to->excl_addr = from->excl_addr;
    memcpy(to->excl_value, from->excl_value, sizeof to->excl_value);
    memcpy((u8 *)to + sizeof *to, s->cpu + sizeof *to, w->guest->layout.size - sizeof *to);
    memcpy(w->data, s->data, DATA_SIZE);
}

static u32 differ(bool print, const char *name, const void *a, const void *b, u32 n)
{
    if (memcmp(a, b, n) == 0) return 0;
    if (!print) return 1;
    fprintf(stderr, "  %-10s interp ", name);
    for (u32 i = n; i-- > 0;) fprintf(stderr, "%02x", ((const u8 *)a)[i]);
    fprintf(stderr, "  jit ");
    for (u32 i = n; i-- > 0;) fprintf(stderr, "%02x", ((const u8 *)b)[i]);
    fprintf(stderr, "\n");
    return 1;
}

u32 snapshot_compare(const struct world *w, const struct snapshot *a, const struct snapshot *b, bool print)
{
    const struct ir_layout *l = &w->guest->layout;
    const struct cpu_head *ha = (const void *)a->cpu, *hb = (const void *)b->cpu;
    u32 n = differ(print, "key", &ha->key, &hb->key, 8);
    n += differ(print, "fp_flags", &ha->fp_flags, &hb->fp_flags, 4);
    for (u32 i = 0; i < l->nslots; i++) {
        const struct ir_slot *s = &l->slots[i];
        if (s->flags & IR_SLOT_HIDDEN) continue;
        n += differ(print, s->name, a->cpu + s->offset, b->cpu + s->offset, (ir_type_bits[s->type] + 7u) / 8);
    }
    if (l->window_hi) n += differ(false, "windows", a->cpu + l->window_lo, b->cpu + l->window_lo, l->window_hi - l->window_lo);
    for (u32 o = l->window_lo; print && o < l->window_hi; o += 8) {
        char name[16];
        snprintf(name, sizeof name, "win+%u", o - l->window_lo);
        differ(print, name, a->cpu + o, b->cpu + o, 8);
    }
    for (u32 i = 0; i < DATA_SIZE; i += 8) {
        char name[16];
        snprintf(name, sizeof name, "mem+%x", i);
        n += differ(print, name, a->data + i, b->data + i, 8);
    }
    return n;
}
