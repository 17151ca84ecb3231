/* The table of a guest's mappings: a sorted array of disjoint regions, with the set operations that mmap, munmap and
 * mprotect are made of. It touches no memory of the guest; mm.c does, and holds the lock around every call here. */
#include "runtime/vm/regions.h"

#include <string.h>

#include "runtime/base/heap.h"

u32 regions_first_after(const struct mm *mm, gaddr addr)
{
    const struct mm_table *t = mm_table(mm);
    u32 lo = 0, hi = t->count;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (t->at[mid].end <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct mm_region *regions_first(const struct mm *mm, gaddr addr)
{
    const struct mm_table *t = mm_table(mm);
    u32 i = regions_first_after(mm, addr);
    return i < t->count ? &t->at[i] : NULL;
}

const struct mm_region *regions_at(const struct mm *mm, gaddr addr)
{
    const struct mm_region *r = regions_first(mm, addr);
    return r && r->start <= addr ? r : NULL;
}

/* --- changes --- */

/* The table that is not current, empty, with room for n regions. What it held is of no use: a process that died in a change
 * may have left anything. */
static struct mm_table *spare_table(struct mm *mm, u32 n)
{
    struct mm_table **place = &mm->tables[!mm->current], *old = *place;
    if (!old || old->cap < n) {
        u32 cap = MAX(64u, n + n / 2);
        struct mm_table *bigger = heap_alloc(sizeof *bigger + cap * sizeof bigger->at[0]);
        bigger->cap = cap;
        *place = bigger; /* first: a process killed here must not leave a pointer to what is free */
        heap_free(old);
    }
    (*place)->count = 0;
    return *place;
}

static void copy(struct mm_table *to, const struct mm_table *from, u32 i, u32 end)
{
    memcpy(&to->at[to->count], &from->at[i], (end - i) * sizeof from->at[0]);
    to->count += end - i;
}

static bool can_join(const struct mm_region *a, const struct mm_region *b)
{
    bool file = a->ino != 0;
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags && a->dev == b->dev && a->ino == b->ino &&
           a->name == b->name && (!file || a->offset + (a->end - a->start) == b->offset);
}

/* Puts a region behind the last one, or makes that one longer. */
static void append(struct mm_table *t, const struct mm_region *r)
{
    struct mm_region *last = t->count ? &t->at[t->count - 1] : NULL;
    if (last && can_join(last, r))
        last->end = r->end;
    else
        t->at[t->count++] = *r;
}

/* The part of a region in [start, end). */
static struct mm_region part(const struct mm_region *r, gaddr start, gaddr end)
{
    struct mm_region p = *r;
    p.start = MAX(r->start, start);
    p.end = MIN(r->end, end);
    p.offset += p.start - r->start;
    return p;
}

static void append_part(struct mm_table *t, const struct mm_region *r, gaddr start, gaddr end)
{
    const struct mm_region p = part(r, start, end);
    append(t, &p);
}

/* What is to become of a region in the range that changes: true with *r changed, false if it goes. */
typedef bool change_fn(struct mm_region *r, int prot);

static bool goes(struct mm_region *r, int prot) { return (void)r, (void)prot, false; }

static bool gets_prot(struct mm_region *r, int prot)
{
    r->prot = prot;
    return true;
}

/* Makes the table anew with the range changed and `in` in it, and puts it in the place of the old one by a single store:
 * a process that is killed at any moment leaves the one or the other. */
static void change(struct mm *mm, gaddr start, gaddr end, change_fn *fn, int prot, const struct mm_region *in)
{
    const struct mm_table *old = mm_table(mm);
    struct mm_table *t = spare_table(mm, old->count + 2);
    u32 i = regions_first_after(mm, start);
    copy(t, old, 0, i);
    if (i < old->count && old->at[i].start < start) append_part(t, &old->at[i], 0, start);
    if (in) append(t, in);
    for (; i < old->count && old->at[i].start < end; i++) {
        struct mm_region r = part(&old->at[i], start, end);
        if (fn(&r, prot)) append(t, &r);
        if (old->at[i].end > end) append_part(t, &old->at[i], end, old->at[i].end);
    }
    if (i < old->count) append(t, &old->at[i++]);
    copy(t, old, i, old->count);
    __atomic_store_n(&mm->current, !mm->current, __ATOMIC_RELEASE);
}

void regions_init(struct mm *mm)
{
    spare_table(mm, 0);
    mm->current = !mm->current;
}

void regions_remove(struct mm *mm, gaddr start, gaddr end)
{
    if (!regions_free(mm, start, end)) change(mm, start, end, goes, 0, NULL);
}

void regions_name(struct mm *mm, gaddr addr, const char *name)
{
    struct mm_region *r = (struct mm_region *)regions_at(mm, addr);
    if (r) r->name = name; /* one store */
}

void regions_add(struct mm *mm, const struct mm_region *r) { change(mm, r->start, r->end, goes, 0, r); }

void regions_protect(struct mm *mm, gaddr start, gaddr end, int prot) { change(mm, start, end, gets_prot, prot, NULL); }

bool regions_covered(const struct mm *mm, gaddr start, gaddr end)
{
    const struct mm_table *t = mm_table(mm);
    for (u32 i = regions_first_after(mm, start); start < end; i++) {
        if (i == t->count || t->at[i].start > start) return false;
        start = t->at[i].end;
    }
    return true;
}

bool regions_free(const struct mm *mm, gaddr start, gaddr end)
{
    const struct mm_region *r = regions_first(mm, start);
    return !r || r->start >= end;
}

gaddr regions_gap_below(const struct mm *mm, gaddr top, u64 len, gaddr bottom)
{
    const struct mm_table *t = mm_table(mm);
    u32 i = regions_first_after(mm, top);
    if (i < t->count && t->at[i].start < top) top = t->at[i].start;
    for (;;) {
        gaddr floor = i > 0 ? t->at[i - 1].end : 0;
        if (floor < bottom) floor = bottom;
        if (top >= floor && top - floor >= len) return top - len;
        if (i == 0 || t->at[i - 1].start <= bottom) return 0;
        top = t->at[--i].start;
    }
}
