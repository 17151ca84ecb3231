/* mremap(2) for the guest: the kernel's rules on the guest's placement. The host's call moves the pages; the table follows.
 *
 * With a base, mapping and unmapping leave holes in the reservation for a moment. Nothing else of the process falls into
 * them, because the reservation lies far from where the host's kernel looks for room (space.c). */
#include <errno.h>
#include <sys/mman.h>

#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/mm_private.h"
#include "runtime/vm/regions.h"

struct remap {
    gaddr old;
    u64 oldlen, newlen;
    int flags;
    gaddr to;
};

static int check_fixed(const struct mm *mm, const struct remap *m)
{
    if ((m->to & (mm->page_size - 1)) || !mm_in_range(mm, m->to, m->newlen)) return -EINVAL;
    if (m->to < m->old + m->oldlen && m->old < m->to + m->newlen) return -EINVAL;
    return m->to < mm->lo ? -EPERM : 0;
}

/* One region's part of a move, at its new place. `extra` bytes are added to the last. */
static void add_moved(struct mm *mm, const struct remap *m, struct mm_region r, gaddr from, u64 len)
{
    r.offset += from - r.start;
    r.start = m->to + (from - m->old);
    r.end = r.start + len;
    if (r.name && r.name[0] == '[') r.name = NULL; /* the heap and the stack are places, and this is another */
    regions_add(mm, &r);
}

/* The table after the host has moved the pages. */
static void table_move(struct mm *mm, const struct remap *m)
{
    gaddr at = m->old, end = m->old + m->oldlen;
    do {
        struct mm_region r = *regions_at(mm, at);
        gaddr next = MIN(r.end, end);
        add_moved(mm, m, r, at, next == end ? m->newlen - (at - m->old) : next - at);
        at = next;
    } while (at < end);
    if (m->oldlen && !(m->flags & MREMAP_DONTUNMAP)) regions_remove(mm, m->old, end);
}

/* Room that nothing of the host holds, in identity mode, where mremap would replace it. */
static bool claim(gaddr to, u64 len)
{
    if (gmem_base) return true;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return !raw_is_error(raw_mmap_free(mm_host(to), len, PROT_NONE, flags, -1, 0));
}

static s64 move(struct mm *mm, struct remap *m)
{
    if (!(m->flags & MREMAP_MAYMOVE)) return -ENOMEM;
    if (!(m->flags & MREMAP_FIXED)) {
        m->to = mm_place(mm, m->flags & MREMAP_DONTUNMAP ? m->to : 0, m->newlen, mm->page_size);
        if (!m->to || !claim(m->to, m->newlen)) return -ENOMEM;
    }
    int flags = MREMAP_MAYMOVE | MREMAP_FIXED | (m->flags & MREMAP_DONTUNMAP);
    long r = raw_mremap(mm_host(m->old), m->oldlen, m->newlen, flags, mm_host(m->to));
    if (raw_is_error(r)) {
        if (!gmem_base && !(m->flags & MREMAP_FIXED)) raw_munmap(mm_host(m->to), m->newlen); /* the claim */
        mm_host_repair(mm, m->to, m->newlen);
        return r;
    }
    if (gmem_base && !(m->flags & MREMAP_DONTUNMAP)) mm_host_release(m->old, m->oldlen);
    regions_remove(mm, m->to, m->to + m->newlen);
    table_move(mm, m);
    return (s64)m->to;
}

/* Grows where it is. -ENOMEM if the host cannot. */
static s64 grow(struct mm *mm, const struct remap *m)
{
    gaddr end = m->old + m->oldlen;
    u64 more = m->newlen - m->oldlen;
    if (gmem_base) raw_munmap(mm_host(end), more); /* the kernel grows only into free space */
    long r = raw_mremap(mm_host(m->old), m->oldlen, m->newlen, 0, NULL);
    if (raw_is_error(r)) {
        if (gmem_base) mm_host_release(end, more);
        return r;
    }
    struct mm_region reg = *regions_at(mm, m->old);
    reg.offset += end - reg.start;
    reg.start = end;
    reg.end = end + more;
    regions_add(mm, &reg);
    return (s64)m->old;
}

/* True if the mapping ends where the old range does and the guest has nothing behind it. */
static bool can_grow(const struct mm *mm, const struct remap *m, const struct mm_region *r)
{
    return m->oldlen && !(m->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && r->end == m->old + m->oldlen &&
           mm_in_range(mm, m->old, m->newlen) && regions_free(mm, r->end, m->old + m->newlen);
}

static s64 remap_locked(struct mm *mm, struct remap *m)
{
    const struct mm_region *r = regions_at(mm, m->old);
    const bool moves = m->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
    int e = m->flags & MREMAP_FIXED ? check_fixed(mm, m) : 0;
    if (e) return e;
    if (!r) return -EFAULT;
    if (m->newlen < m->oldlen) {
        s64 cut = mm_unmap_locked(mm, m->old + m->newlen, m->oldlen - m->newlen);
        if (cut < 0) return cut;
        m->oldlen = m->newlen;
        r = regions_at(mm, m->old);
    }
    if (!moves && m->newlen == m->oldlen) return (s64)m->old;
    if (!m->oldlen && !(r->flags & MAP_SHARED)) return -EINVAL; /* size 0 makes a second view of a shared mapping */
    /* Only a plain move to a fixed place may take several mappings, where the host can do it. */
    bool several = (m->flags & MREMAP_FIXED) && m->newlen == m->oldlen;
    if (r->end < m->old + m->oldlen && !(several && regions_covered(mm, m->old, m->old + m->oldlen))) return -EFAULT;
    u64 more = m->flags & MREMAP_DONTUNMAP ? m->newlen : m->newlen - m->oldlen;
    if ((e = mm_may_add(mm, mm->end, more, r->prot, r->flags)) != 0) return e;
    if (can_grow(mm, m, r)) {
        s64 at = grow(mm, m);
        if (at >= 0 || !(m->flags & MREMAP_MAYMOVE)) return at;
    }
    return move(mm, m);
}

s64 mm_remap(struct mm *mm, gaddr old, u64 oldlen, u64 newlen, int flags, gaddr newaddr)
{
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) || (old & (mm->page_size - 1))) return -EINVAL;
    if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE)) return -EINVAL;
    if (oldlen > mm->end || newlen > mm->end) return -EINVAL;
    struct remap m = {old, mm_page_up(mm, oldlen), mm_page_up(mm, newlen), flags, newaddr};
    if (m.newlen == 0 || !mm_in_range(mm, old, m.oldlen)) return -EINVAL;
    if ((flags & MREMAP_DONTUNMAP) && m.oldlen != m.newlen) return -EINVAL;
    oldlen = m.oldlen;
    lock_acquire(&mm->lock);
    s64 r = remap_locked(mm, &m);
    lock_release(&mm->lock);
    if (log_on(LOG_mmap))
        log_printf(LOG_mmap, "mremap 0x%llx+0x%llx to size 0x%llx flags %d -> 0x%llx", (unsigned long long)old,
                   (unsigned long long)oldlen, (unsigned long long)m.newlen, flags, (unsigned long long)r);
    const gaddr to = r >= 0 ? (gaddr)r : flags & MREMAP_FIXED ? newaddr : old;
    mm_code_changed(old, oldlen);
    if (to != old) mm_code_changed(to, m.newlen);
    return r;
}
