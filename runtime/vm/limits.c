/* What bounds a guest's address space: its RLIMIT_AS, RLIMIT_DATA and RLIMIT_STACK, which the host's kernel cannot apply
 * because it would count calque's own memory, and mappings that grow down. Called by mm.c, syscalls/ and runtime/exec. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "runtime/base/rawsys.h"
#include "runtime/vm/mm_private.h"
#include "runtime/vm/regions.h"

#define STACK_GUARD (1024 * 1024ull) /* the kernel's stack_guard_gap: kept free below what grows down */

static u64 *limit_of(struct mm *mm, int resource)
{
    switch (resource) {
    case RLIMIT_AS: return &mm->limit_as;
    case RLIMIT_DATA: return &mm->limit_data;
    case RLIMIT_STACK: return &mm->limit_stack;
    default: return NULL;
    }
}

int mm_set_limit(struct mm *mm, int resource, u64 bytes)
{
    u64 *limit = limit_of(mm, resource);
    if (!limit) return -EINVAL;
    __atomic_store_n(limit, bytes, __ATOMIC_RELAXED);
    return 0;
}

u64 mm_limit(const struct mm *mm, int resource)
{
    return __atomic_load_n(limit_of((struct mm *)mm, resource), __ATOMIC_RELAXED);
}

/* The kernel counts as data what is private and writable and does not grow. */
static bool is_data(int prot, int flags)
{
    return (prot & PROT_WRITE) && !(flags & (MAP_SHARED | MAP_GROWSDOWN));
}

/* The main stack is mapped whole at once, so its size says nothing about what the guest has used. */
static bool is_main_stack(const struct mm_region *r) { return r->name && strcmp(r->name, "[stack]") == 0; }

/* Bytes mapped in [start, end), of data alone or of everything but the main stack. */
static u64 mapped_bytes(const struct mm *mm, gaddr start, gaddr end, bool data)
{
    u64 sum = 0;
    for (const struct mm_region *r = regions_first(mm, start); r && r->start < end; r = regions_first(mm, r->end)) {
        if (data ? !is_data(r->prot, r->flags) : is_main_stack(r)) continue;
        sum += MIN(r->end, end) - MAX(r->start, start);
    }
    return sum;
}

/* True if `more` bytes are too many under a limit. */
static bool exceeds(const struct mm *mm, u64 limit, u64 more, bool data)
{
    if (limit == RLIM_INFINITY) return false;
    return mapped_bytes(mm, 0, ~0ull, data) + more > (limit & ~(u64)(mm->page_size - 1));
}

int mm_may_add(const struct mm *mm, gaddr addr, u64 len, int prot, int flags)
{
    if (mm->limit_as == RLIM_INFINITY && mm->limit_data == RLIM_INFINITY) return 0;
    u64 more = len - mapped_bytes(mm, addr, addr + len, false);
    if (exceeds(mm, mm->limit_as, more, false)) return -ENOMEM;
    return is_data(prot, flags) && exceeds(mm, mm->limit_data, more, true) ? -ENOMEM : 0;
}

int mm_may_write(const struct mm *mm, const struct mm_region *r, u64 len)
{
    bool becomes_data = !is_data(r->prot, r->flags) && is_data(PROT_WRITE, r->flags);
    return becomes_data && exceeds(mm, mm->limit_data, len, true) ? -ENOMEM : 0;
}

/* How far down a region that begins at `start` may grow: above what lies below it, with the kernel's guard between. */
static gaddr grow_floor(const struct mm *mm, gaddr start)
{
    const struct mm_region *below = regions_below(mm, start);
    if (!below) return mm->lo;
    bool no_guard = below->prot == PROT_NONE || (below->flags & MAP_GROWSDOWN);
    return below->end + (no_guard ? 0 : STACK_GUARD);
}

static int grow_locked(struct mm *mm, gaddr addr)
{
    const struct mm_region *found = regions_first(mm, addr);
    if (!found || !(found->flags & MAP_GROWSDOWN)) return -EFAULT;
    const struct mm_region r = *found;
    gaddr start = addr & ~(u64)(mm->page_size - 1);
    if (r.start <= start) return 0; /* another thread was faster */
    if (start < grow_floor(mm, r.start) || r.end - start > mm->limit_stack) return -ENOMEM;
    struct mm_request q = {r.start - start, r.prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0, r.name};
    int e = mm_may_add(mm, start, q.len, q.prot, q.flags);
    if (e) return e;
    s64 at = mm_map_at(mm, start, &q);
    return at < 0 ? (int)at : 0;
}

int mm_grow(struct mm *mm, gaddr addr)
{
    lock_acquire(&mm->lock);
    int e = grow_locked(mm, addr);
    lock_release(&mm->lock);
    return e;
}
