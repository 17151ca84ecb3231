/* What the files of the address space share: mm.c, remap.c, shm.c, limits.c. Private to runtime/vm; the caller holds
 * mm->lock. */
#ifndef CALQUE_RUNTIME_VM_MM_PRIVATE_H
#define CALQUE_RUNTIME_VM_MM_PRIVATE_H

#include <sys/mman.h>

#include "runtime/base/gmem.h"
#include "runtime/vm/mm.h"

/* One mmap, but for where it goes. */
struct mm_request {
    u64 len;          /* whole guest pages */
    int prot, flags;  /* the guest's */
    int fd;
    u64 offset;
    const char *name; /* of the region, or NULL */
};

static inline void *mm_host(gaddr addr) { return (void *)(gmem_base + addr); }
/* The protection that a mapping gets where the guest asks for `prot`. */
static inline int mm_given_prot(const struct mm *mm, int prot)
{
    return (prot & PROT_READ) && __atomic_load_n(&mm->read_exec, __ATOMIC_RELAXED) ? prot | PROT_EXEC : prot;
}
static inline u64 mm_page_up(const struct mm *mm, u64 v) { return (v + mm->page_size - 1) & ~(u64)(mm->page_size - 1); }

/* Where a mapping that may lie anywhere goes: the hint if it is free, else the highest gap. 0: no room. align is a
 * power of two, at least the guest's page. */
gaddr mm_place(const struct mm *mm, gaddr hint, u64 len, u64 align);
/* Maps at exactly addr, checked by the caller. addr or -errno. */
s64 mm_map_at(struct mm *mm, gaddr addr, const struct mm_request *q);
s64 mm_unmap_locked(struct mm *mm, gaddr addr, u64 len);
/* Gives host memory back to the host, or to the reservation. 0 or -errno. */
s64 mm_host_release(gaddr addr, u64 len);
/* After a host call that failed at a fixed place: if it has unmapped what was there, the table and the reservation are
 * told. */
void mm_host_repair(struct mm *mm, gaddr addr, u64 len);
/* 0 if the guest's RLIMIT_AS and RLIMIT_DATA allow such a mapping in place of what is there, else -ENOMEM. */
int mm_may_add(const struct mm *mm, gaddr addr, u64 len, int prot, int flags);
/* The same for len bytes of a region that are to become writable. */
int mm_may_write(const struct mm *mm, const struct mm_region *r, u64 len);

#endif
