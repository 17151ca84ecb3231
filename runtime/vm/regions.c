/* The table of a guest's mappings: a sorted array of disjoint regions, with the set operations that mmap, munmap and
 * mprotect are made of. It touches no memory of the guest; mm.c does, and holds the lock around every call here. */
#include "runtime/vm/regions.h"

#include <string.h>

#include "runtime/base/heap.h"

u32 regions_first_after(const struct mm *mm, gaddr addr)
{
    u32 lo = 0, hi = mm->nregions;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (mm->regions[mid].end <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void insert_at(struct mm *mm, u32 i, const struct mm_region *r)
{
    if (mm->nregions == mm->cap) {
        mm->cap = mm->cap ? mm->cap * 2 : 64;
        mm->regions = heap_realloc(mm->regions, mm->cap * sizeof *r);
    }
    memmove(&mm->regions[i + 1], &mm->regions[i], (mm->nregions - i) * sizeof *r);
    mm->regions[i] = *r;
    mm->nregions++;
}

static void remove_at(struct mm *mm, u32 i)
{
    memmove(&mm->regions[i], &mm->regions[i + 1], (mm->nregions - i - 1) * sizeof mm->regions[0]);
    mm->nregions--;
}

/* Splits the region that holds `addr` inside, so that a region begins there. */
static void split_at(struct mm *mm, gaddr addr)
{
    u32 i = regions_first_after(mm, addr);
    if (i == mm->nregions || mm->regions[i].start >= addr) return;
    struct mm_region tail = mm->regions[i];
    tail.offset += addr - tail.start;
    tail.start = addr;
    mm->regions[i].end = addr;
    insert_at(mm, i + 1, &tail);
}

void regions_remove(struct mm *mm, gaddr start, gaddr end)
{
    split_at(mm, start);
    split_at(mm, end);
    u32 i = regions_first_after(mm, start), n = i;
    while (n < mm->nregions && mm->regions[n].start < end) n++;
    if (n == i) return;
    memmove(&mm->regions[i], &mm->regions[n], (mm->nregions - n) * sizeof mm->regions[0]);
    mm->nregions -= n - i;
}

static bool can_join(const struct mm_region *a, const struct mm_region *b)
{
    bool file = a->ino != 0;
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags && a->dev == b->dev && a->ino == b->ino &&
           a->name == b->name && (!file || a->offset + (a->end - a->start) == b->offset);
}

/* Joins what can be joined from the region before `start` to the one behind `end`. */
static void join_range(struct mm *mm, gaddr start, gaddr end)
{
    u32 i = regions_first_after(mm, start);
    if (i > 0) i--;
    while (i + 1 < mm->nregions && mm->regions[i].end <= end) {
        if (can_join(&mm->regions[i], &mm->regions[i + 1])) {
            mm->regions[i].end = mm->regions[i + 1].end;
            remove_at(mm, i + 1);
        } else
            i++;
    }
}

void regions_add(struct mm *mm, const struct mm_region *r)
{
    regions_remove(mm, r->start, r->end);
    u32 i = regions_first_after(mm, r->start);
    insert_at(mm, i, r);
    join_range(mm, r->start, r->end);
}

void regions_protect(struct mm *mm, gaddr start, gaddr end, int prot)
{
    split_at(mm, start);
    split_at(mm, end);
    for (u32 i = regions_first_after(mm, start); i < mm->nregions && mm->regions[i].start < end; i++)
        mm->regions[i].prot = prot;
    join_range(mm, start, end);
}

bool regions_covered(const struct mm *mm, gaddr start, gaddr end)
{
    for (u32 i = regions_first_after(mm, start); start < end; i++) {
        if (i == mm->nregions || mm->regions[i].start > start) return false;
        start = mm->regions[i].end;
    }
    return true;
}

bool regions_free(const struct mm *mm, gaddr start, gaddr end)
{
    u32 i = regions_first_after(mm, start);
    return i == mm->nregions || mm->regions[i].start >= end;
}

gaddr regions_gap_below(const struct mm *mm, gaddr top, u64 len, gaddr bottom)
{
    u32 i = regions_first_after(mm, top);
    if (i < mm->nregions && mm->regions[i].start < top) top = mm->regions[i].start;
    for (;;) {
        gaddr floor = i > 0 ? mm->regions[i - 1].end : 0;
        if (floor < bottom) floor = bottom;
        if (top >= floor && top - floor >= len) return top - len;
        if (i == 0 || mm->regions[i - 1].start <= bottom) return 0;
        top = mm->regions[--i].start;
    }
}
