/* The guest's address space: what is mapped, with what the guest may do there. Host protections follow the guest's, but
 * PROT_EXEC never becomes executable on the host (code is read and translated). Ranges are guest addresses; units are
 * bytes; results are addresses >= 0 or -errno. Thread safe. */
#ifndef CALQUE_RUNTIME_VM_MM_H
#define CALQUE_RUNTIME_VM_MM_H

#include <stdbool.h>
#include "runtime/base/lock.h"
#include "runtime/base/types.h"

struct mm_region {
    gaddr start, end;          /* page aligned */
    int prot;                  /* the guest's PROT_* */
    int flags;                 /* MAP_SHARED/PRIVATE/ANONYMOUS/GROWSDOWN */
    u64 offset;                /* file offset of start */
    u64 dev, ino;              /* of the file, or 0 */
    const char *name;          /* for /proc/self/maps: "[heap]", "[stack]" or NULL (files are known by dev and ino) */
};

struct mm {
    struct lock lock;
    u32 page_size;             /* the guest's (4 KiB, sparc 8 KiB) */
    u32 shmlba;                /* shmat's SHM_RND rounds to it: the page size unless the guest's abi sets another */
    gaddr lo, end;             /* where the guest may map at fixed addresses: [lo, end) */
    gaddr hi;                  /* nothing is placed, and the stack ends, at or below it */
    gaddr mmap_top;            /* searches for free space go down from here */
    gaddr brk_start, brk;
    u64 limit_as, limit_data, limit_stack; /* bytes or RLIM_INFINITY: see mm_set_limit */
    bool read_exec;            /* what may be read may be executed: READ_IMPLIES_EXEC of personality(2) */
    bool heap_exec;            /* brk's pages are executable */
    bool grows;                /* the guest has mappings that grow down, besides the main stack, which is mapped whole */
    struct mm_table *table;    /* of regions, sorted and disjoint: regions.c */
};

/* Sets up an empty address space for addresses of `bits` bits, behind space_setup. The limits are the host's of this
 * process. 0 or -errno. */
int mm_init(struct mm *mm, u32 bits, u32 page_size);
/* The guest's soft limit RLIMIT_AS, RLIMIT_DATA or RLIMIT_STACK, in bytes or RLIM_INFINITY. Where the host would apply it,
 * calque's own memory would count: so these are kept here, and setrlimit and getrlimit of the guest end here. 0, or -EINVAL
 * for another resource. */
int mm_set_limit(struct mm *mm, int resource, u64 bytes);
u64 mm_limit(const struct mm *mm, int resource); /* one of the three */
/* A fault at an unmapped address, or the stack pointer of a system call while mm->grows: if a MAP_GROWSDOWN mapping lies above, extends it down to there. 0: make the access
 * again; -EFAULT or -ENOMEM: it was a fault. */
int mm_grow(struct mm *mm, gaddr addr);

s64 mm_map(struct mm *mm, gaddr addr, u64 len, int prot, int flags, int fd, u64 offset);
s64 mm_unmap(struct mm *mm, gaddr addr, u64 len);
s64 mm_protect(struct mm *mm, gaddr addr, u64 len, int prot);
s64 mm_remap(struct mm *mm, gaddr old, u64 oldlen, u64 newlen, int flags, gaddr newaddr);
s64 mm_brk(struct mm *mm, gaddr brk); /* the kernel's brk: returns the (new or unchanged) break */
s64 mm_shmat(struct mm *mm, int shmid, gaddr addr, int flags);
s64 mm_shmdt(struct mm *mm, gaddr addr);
void mm_set_brk(struct mm *mm, gaddr start);   /* by the loader */
/* Names the region of addr; the string must stay. "[stack]" exempts it from RLIMIT_AS. */
void mm_set_name(struct mm *mm, gaddr addr, const char *name);

/* True if [addr, addr+len) lies in the guest's address range at all (says nothing about mappings). */
bool mm_in_range(const struct mm *mm, gaddr addr, u64 len);
/* Copies the region that holds addr. False if none. */
bool mm_find(struct mm *mm, gaddr addr, struct mm_region *out);
/* The guest's protection of the page of addr (PROT_EXEC: code runs from there), or -1 if unmapped. Where guest memory has a base, the host's si_code says
 * SEGV_ACCERR for both: ask here. */
int mm_prot(struct mm *mm, gaddr addr);
/* How many regions there are. */
u32 mm_count(const struct mm *mm);
/* Calls fn for each region in order, holding the lock. */
void mm_each(struct mm *mm, void (*fn)(const struct mm_region *, void *), void *arg);

/* Called whenever content of [addr, addr+len) that may have been translated changes or goes: cache flush calls,
 * mappings changed. runtime/exec installs it. */
extern void (*mm_code_changed)(gaddr addr, u64 len);

#endif
