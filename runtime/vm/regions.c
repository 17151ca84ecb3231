/* The table of a guest's mappings: disjoint regions in order, in chunks, with the set operations that mmap, munmap and
 * mprotect are made of. It touches no memory of the guest; mm.c does, and holds the lock around every call here.
 *
 * A change makes the chunks that it touches anew, and the array that names the chunks; a single store puts the new array in
 * the place of the old. A process that is killed at any moment leaves the one table or the other, and some memory. */
#include "runtime/vm/regions.h"

#include <string.h>

#include "runtime/base/heap.h"

#define CHUNK 64u /* regions at most */

struct chunk {
    u32 count;
    struct mm_region at[CHUNK];
};

struct mm_table {
    u32 nchunks, count; /* count: of regions, in all */
    struct chunk_ref {
        struct chunk *chunk;
        gaddr start, end; /* of its first region, of its last */
        u64 gap;          /* the largest hole between two of its regions */
    } ref[];
};

/* --- looking --- */

struct place {
    u32 c, i; /* chunk, region in it; c is nchunks behind the last region */
};

/* The first region that ends after addr. */
static struct place find(const struct mm_table *t, gaddr addr)
{
    u32 lo = 0, hi = t->nchunks;
    while (lo < hi) {
        u32 mid = lo + (hi - lo) / 2;
        if (t->ref[mid].end <= addr)
            lo = mid + 1;
        else
            hi = mid;
    }
    struct place p = {lo, 0};
    if (lo == t->nchunks) return p;
    const struct chunk *k = t->ref[lo].chunk;
    for (hi = k->count; p.i < hi;) {
        u32 mid = p.i + (hi - p.i) / 2;
        if (k->at[mid].end <= addr)
            p.i = mid + 1;
        else
            hi = mid;
    }
    return p;
}

const struct mm_region *regions_first(const struct mm *mm, gaddr addr)
{
    struct place p = find(mm->table, addr);
    return p.c < mm->table->nchunks ? &mm->table->ref[p.c].chunk->at[p.i] : NULL;
}

const struct mm_region *regions_at(const struct mm *mm, gaddr addr)
{
    const struct mm_region *r = regions_first(mm, addr);
    return r && r->start <= addr ? r : NULL;
}

const struct mm_region *regions_below(const struct mm *mm, gaddr addr)
{
    struct place p = find(mm->table, addr);
    if (p.i > 0) return &mm->table->ref[p.c].chunk->at[p.i - 1];
    if (p.c == 0) return NULL;
    const struct chunk *k = mm->table->ref[p.c - 1].chunk;
    return &k->at[k->count - 1];
}

u32 mm_count(const struct mm *mm) { return mm->table->count; }

bool regions_covered(const struct mm *mm, gaddr start, gaddr end)
{
    while (start < end) {
        const struct mm_region *r = regions_at(mm, start);
        if (!r) return false;
        start = r->end;
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
    const struct mm_table *t = mm->table;
    struct place p = find(t, top);
    if (p.c < t->nchunks) top = MIN(top, t->ref[p.c].chunk->at[p.i].start);
    for (;;) {
        if (p.i == 0 && p.c > 0) p.i = t->ref[--p.c].chunk->count;
        const struct mm_region *below = p.i > 0 ? &t->ref[p.c].chunk->at[--p.i] : NULL;
        const gaddr floor = below ? MAX(below->end, bottom) : bottom;
        if (top >= floor && top - floor >= len) return top - len;
        if (!below) return 0;
        top = below->start;
        if (t->ref[p.c].gap < len) { /* none of the chunk's holes will do */
            top = t->ref[p.c].start;
            p.i = 0;
        }
        if (top <= bottom) return 0;
    }
}

/* --- changes --- */

struct list {
    u32 count;
    struct mm_region *at;
};

static void append_all(struct list *l, const struct mm_region *r, u32 n)
{
    memcpy(&l->at[l->count], r, n * sizeof *r);
    l->count += n;
}

static bool can_join(const struct mm_region *a, const struct mm_region *b)
{
    bool file = a->ino != 0;
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags && a->dev == b->dev && a->ino == b->ino &&
           a->name == b->name && (!file || a->offset + (a->end - a->start) == b->offset);
}

/* Puts a region behind the last one, or makes that one longer. */
static void append(struct list *l, const struct mm_region *r)
{
    struct mm_region *last = l->count ? &l->at[l->count - 1] : NULL;
    if (last && can_join(last, r))
        last->end = r->end;
    else
        l->at[l->count++] = *r;
}

/* The part of a region in [start, end), which is not empty. */
static struct mm_region part(const struct mm_region *r, gaddr start, gaddr end)
{
    struct mm_region p = *r;
    p.start = MAX(r->start, start);
    p.end = MIN(r->end, end);
    p.offset += p.start - r->start;
    return p;
}

/* What becomes of [start, end): nothing is left of it, or it gets another protection; `in`, unless NULL, comes there. */
struct change {
    gaddr start, end;
    bool keep;
    int prot;
    const struct mm_region *in;
};

/* One region, of those that may touch the range. */
static void append_changed(struct list *l, const struct mm_region *r, struct change *c)
{
    struct mm_region p;
    if (r->start < c->start) {
        p = part(r, r->start, c->start);
        append(l, &p);
    }
    if (r->end > c->start && c->in) {
        append(l, c->in);
        c->in = NULL;
    }
    if (c->keep && r->end > c->start && r->start < c->end) {
        p = part(r, c->start, c->end);
        p.prot = c->prot;
        append(l, &p);
    }
    if (r->end > c->end) {
        p = part(r, c->end, r->end);
        append(l, &p);
    }
}

/* The regions of chunks [a, b), changed; `from` is the first that ends behind the start. What lies before the range, and behind the next region after it, stays as it is. */
static void append_chunks(struct list *l, const struct mm_table *t, u32 a, u32 b, struct place from, struct change *c)
{
    bool past = false;
    for (u32 n = a; n < b; n++) {
        const struct chunk *k = t->ref[n].chunk;
        u32 i = n < from.c ? k->count : n == from.c ? from.i : 0;
        append_all(l, k->at, i);
        for (; i < k->count && !past; i++) {
            append_changed(l, &k->at[i], c);
            past = k->at[i].start >= c->end;
        }
        append_all(l, &k->at[i], k->count - i);
    }
    if (c->in) append(l, c->in);
}

static void fill(struct chunk_ref *ref, const struct mm_region *r, u32 n)
{
    struct chunk *k = heap_alloc(sizeof *k);
    memcpy(k->at, r, n * sizeof *r);
    k->count = n;
    *ref = (struct chunk_ref){.chunk = k, .start = r[0].start, .end = r[n - 1].end};
    for (u32 i = 1; i < n; i++) ref->gap = MAX(ref->gap, r[i].start - r[i - 1].end);
}

/* A table with the list in place of chunks [a, b) of t, in chunks as full as each other. */
static struct mm_table *replaced(const struct mm_table *t, u32 a, u32 b, const struct list *l)
{
    const u32 n = (l->count + CHUNK - 1) / CHUNK, behind = t->nchunks - b;
    struct mm_table *new = heap_alloc(sizeof *new + (a + n + behind) * sizeof new->ref[0]);
    new->nchunks = a + n + behind;
    new->count = t->count + l->count;
    for (u32 i = a; i < b; i++) new->count -= t->ref[i].chunk->count;
    memcpy(new->ref, t->ref, a * sizeof new->ref[0]);
    for (u32 i = 0, at = 0; i < n; i++) {
        const u32 end = (u32)((u64)l->count * (i + 1) / n);
        fill(&new->ref[a + i], &l->at[at], end - at);
        at = end;
    }
    memcpy(&new->ref[a + n], &t->ref[b], behind * sizeof new->ref[0]);
    return new;
}

static void apply(struct mm *mm, struct change *c)
{
    struct mm_table *old = mm->table;
    const struct place first = find(old, c->start), last = find(old, c->end);
    const u32 a = first.c && first.i == 0 ? first.c - 1 : first.c; /* the region before joins, or is a part's other end */
    u32 b = MIN(last.c + 1, old->nchunks), n = 2;
    for (u32 i = a; i < b; i++) n += old->ref[i].chunk->count;
    if (n <= CHUNK / 2 && b < old->nchunks) n += old->ref[b++].chunk->count; /* small ones grow together */
    struct list l = {0, heap_alloc(n * sizeof *l.at)};
    append_chunks(&l, old, a, b, first, c);
    __atomic_store_n(&mm->table, replaced(old, a, b, &l), __ATOMIC_RELEASE);
    for (u32 i = a; i < b; i++) heap_free(old->ref[i].chunk);
    heap_free(old);
    heap_free(l.at);
}

void regions_init(struct mm *mm) { mm->table = heap_calloc(1, sizeof *mm->table); }

void regions_add(struct mm *mm, const struct mm_region *r)
{
    apply(mm, &(struct change){.start = r->start, .end = r->end, .in = r});
}

void regions_remove(struct mm *mm, gaddr start, gaddr end)
{
    if (!regions_free(mm, start, end)) apply(mm, &(struct change){.start = start, .end = end});
}

void regions_protect(struct mm *mm, gaddr start, gaddr end, int prot)
{
    apply(mm, &(struct change){.start = start, .end = end, .keep = true, .prot = prot});
}

void regions_name(struct mm *mm, gaddr addr, const char *name)
{
    struct mm_region *r = (struct mm_region *)regions_at(mm, addr);
    if (r) r->name = name; /* one store */
}
