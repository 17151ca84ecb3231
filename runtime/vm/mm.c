/* The guest's address space on the host: mmap, munmap, mprotect and brk for the guest. Placement is ours (the guest's page
 * size, its address range, top down below the stack); the pages are the host kernel's. Called by syscalls/ and elf/.
 *
 * In identity mode a guest address is the host address, and the range below 4 GiB is the guest's alone, since calque
 * itself lies high. With a base the range is reserved once with PROT_NONE, and unmapping puts that reservation back. */
#include "runtime/vm/mm.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/mm_private.h"
#include "runtime/vm/regions.h"

#define HOST_PAGE 4096ull
#define LOWEST (64 * 1024ull)             /* nothing is placed lower: most systems' mmap_min_addr */
#define HIGHEST32 0xffff0000ull           /* nothing is placed higher in 4 GiB: kuser page, address arithmetic */
#define HUGE_SHIFT_BITS 26                /* MAP_HUGE_SHIFT */
#define HUGE_DEFAULT 21                   /* log2 of the host's usual huge page */
#define FOREIGN_TRIES 40                  /* how often a place that the host holds already is passed by */

static void nothing_changed(gaddr addr, u64 len) { (void)addr, (void)len; }
void (*mm_code_changed)(gaddr addr, u64 len) = nothing_changed;

static u64 host_limit(int resource)
{
    struct rlimit rl;
    return raw_prlimit(0, resource, NULL, &rl) == 0 ? rl.rlim_cur : RLIM_INFINITY;
}

int mm_init(struct mm *mm, u32 bits, u32 page_size)
{
    memset(mm, 0, sizeof *mm);
    mm->page_size = mm->shmlba = page_size;
    mm->lo = page_size;
    mm->end = (bits == 32 ? 1ull << 32 : gmem_limit) & ~(u64)(page_size - 1);
    mm->hi = bits == 32 ? HIGHEST32 : mm->end;
    mm->mmap_top = mm->hi;
    mm->limit_as = host_limit(RLIMIT_AS);
    mm->limit_data = host_limit(RLIMIT_DATA);
    mm->limit_stack = host_limit(RLIMIT_STACK);
    regions_init(mm);
    return 0;
}

bool mm_in_range(const struct mm *mm, gaddr addr, u64 len) { return addr <= mm->end && len <= mm->end - addr; }

/* --- the host's side --- */

/* The host's protection for a guest's: code is read, never run in place. */
static int host_prot(int prot)
{
    int p = prot & (PROT_READ | PROT_WRITE);
    return prot & PROT_EXEC ? p | PROT_READ : p;
}

#define RESERVED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

s64 mm_host_release(gaddr addr, u64 len)
{
    if (!gmem_base) return raw_munmap(mm_host(addr), len);
    long r = raw_mmap(mm_host(addr), len, PROT_NONE, RESERVED | MAP_FIXED, -1, 0);
    return raw_is_error(r) ? r : 0;
}

void mm_host_repair(struct mm *mm, gaddr addr, u64 len)
{
    if (raw_is_error(raw_mmap_free(mm_host(addr), len, PROT_NONE, RESERVED, -1, 0))) return; /* something is there still: nothing has gone */
    if (!gmem_base) raw_munmap(mm_host(addr), len);
    regions_remove(mm, addr, addr + len);
}

/* The guest's page may hold two of the host's. Where a file ends in the first, the second is zeros for the guest, and the
 * host would raise SIGBUS: private mappings get an anonymous page there. (A shared one may still grow with its file.) */
static int zero_behind_file(const struct mm *mm, gaddr addr, const struct mm_request *q)
{
    struct stat st;
    if (mm->page_size == HOST_PAGE || (q->flags & (MAP_ANONYMOUS | MAP_SHARED))) return 0;
    if (raw_fstat(q->fd, &st) != 0 || !S_ISREG(st.st_mode) || (u64)st.st_size <= q->offset) return 0;
    u64 have = (u64)st.st_size - q->offset;
    if (have >= q->len) return 0;
    u64 from = (have + HOST_PAGE - 1) & ~(HOST_PAGE - 1), to = mm_page_up(mm, have);
    if (from == to) return 0;
    long r = raw_mmap(mm_host(addr + from), to - from, host_prot(q->prot), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    return raw_is_error(r) ? (int)r : 0;
}

static long host_map(const struct mm *mm, gaddr addr, const struct mm_request *q)
{
    int flags = q->flags & ~(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN | MAP_32BIT);
    if (q->prot == PROT_NONE && (q->flags & MAP_ANONYMOUS)) flags |= MAP_NORESERVE;
    /* Without a base, calque's own pages may lie in a 64-bit guest's range: the guest gets them only by force. */
    const bool replace = gmem_base || (q->flags & MAP_FIXED);
    void *at = mm_host(addr);
    long r = replace ? raw_mmap(at, q->len, host_prot(q->prot), flags | MAP_FIXED, q->fd, (off_t)q->offset)
                     : raw_mmap_free(at, q->len, host_prot(q->prot), flags, q->fd, (off_t)q->offset);
    if (raw_is_error(r)) return r;
    int e = zero_behind_file(mm, addr, q);
    if (e == 0) return r;
    mm_host_release(addr, q->len);
    return e;
}

/* --- mmap --- */

static void note_file(struct mm_region *r, const struct mm_request *q)
{
    struct stat st;
    if ((q->flags & MAP_ANONYMOUS) || raw_fstat(q->fd, &st) != 0) return;
    r->offset = q->offset;
    r->dev = st.st_dev;
    r->ino = st.st_ino;
}

s64 mm_map_at(struct mm *mm, gaddr addr, const struct mm_request *q)
{
    long r = host_map(mm, addr, q);
    if (raw_is_error(r)) {
        if (q->flags & MAP_FIXED) mm_host_repair(mm, addr, q->len);
        return r;
    }
    struct mm_region reg = {.start = addr, .end = addr + q->len, .name = q->name};
    reg.prot = q->prot & (PROT_READ | PROT_WRITE | PROT_EXEC);
    reg.flags = q->flags & (MAP_ANONYMOUS | MAP_GROWSDOWN);
    reg.flags |= (q->flags & MAP_TYPE) == MAP_PRIVATE ? MAP_PRIVATE : MAP_SHARED;
    note_file(&reg, q);
    regions_add(mm, &reg);
    if (reg.flags & MAP_GROWSDOWN) mm->grows = true;
    return (s64)addr;
}

static gaddr place_below(const struct mm *mm, gaddr top, u64 len, u64 align)
{
    u64 slack = align - mm->page_size;
    gaddr a = len + slack < len ? 0 : regions_gap_below(mm, top, len + slack, MAX(mm->lo, LOWEST));
    return a ? (a + slack) & ~(align - 1) : 0;
}

gaddr mm_place(const struct mm *mm, gaddr hint, u64 len, u64 align)
{
    hint &= ~(u64)(mm->page_size - 1);
    if (hint && hint < LOWEST) hint = LOWEST; /* the kernel's round_hint_to_min */
    bool fits = hint && !(hint & (align - 1)) && hint <= mm->hi && len <= mm->hi - hint;
    if (fits && regions_free(mm, hint, hint + len)) return hint;
    gaddr a = place_below(mm, mm->mmap_top, len, align);
    return a ? a : place_below(mm, mm->hi, len, align);
}

/* Passes by what the host holds in the guest's range. */
static s64 map_anywhere(struct mm *mm, gaddr hint, const struct mm_request *q, u64 align)
{
    gaddr at = mm_place(mm, hint, q->len, align);
    u64 step = q->len;
    for (int i = 0; at && i < FOREIGN_TRIES; i++, step *= 2) {
        s64 r = mm_map_at(mm, at, q);
        if (r != -EEXIST) return r;
        at = at > step ? place_below(mm, at - step, q->len, align) : 0;
    }
    return -ENOMEM;
}

/* Checks a fixed request against the address space, in the kernel's order. 0 or -errno. */
static int check_fixed(const struct mm *mm, gaddr addr, u64 len, int flags)
{
    if (!mm_in_range(mm, addr, len)) return -ENOMEM;
    if (addr & (mm->page_size - 1)) return -EINVAL;
    if (addr < mm->lo) return -EPERM;
    if ((flags & MAP_FIXED_NOREPLACE) && !regions_free(mm, addr, addr + len)) return -EEXIST;
    return 0;
}

static u64 alignment(const struct mm *mm, int flags)
{
    if (!(flags & MAP_HUGETLB) || !(flags & MAP_ANONYMOUS)) return mm->page_size;
    u32 shift = (u32)flags >> HUGE_SHIFT_BITS & 63;
    return 1ull << (shift ? MAX(shift, 13u) : HUGE_DEFAULT);
}

static s64 map_locked(struct mm *mm, gaddr addr, const struct mm_request *q, u64 align)
{
    const bool fixed = q->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    int e = fixed ? check_fixed(mm, addr, q->len, q->flags) : 0;
    if (e == 0) e = mm_may_add(mm, fixed ? addr : mm->end, q->len, q->prot, q->flags);
    if (e) return e;
    return fixed ? mm_map_at(mm, addr, q) : map_anywhere(mm, addr, q, align);
}

static void map_log(const char *what, gaddr addr, u64 len, int prot, s64 result)
{
    if (log_on(LOG_mmap))
        log_printf(LOG_mmap, "%s 0x%llx+0x%llx prot=%c%c%c -> 0x%llx", what, (unsigned long long)addr,
                   (unsigned long long)len, prot & PROT_READ ? 'r' : '-', prot & PROT_WRITE ? 'w' : '-',
                   prot & PROT_EXEC ? 'x' : '-', (unsigned long long)result);
}

s64 mm_map(struct mm *mm, gaddr addr, u64 len, int prot, int flags, int fd, u64 offset)
{
    if (len == 0 || (!(flags & MAP_ANONYMOUS) && (offset & (mm->page_size - 1)))) return -EINVAL;
    if (len > mm->end) return -ENOMEM;
    u64 align = alignment(mm, flags);
    prot = mm_given_prot(mm, prot);
    struct mm_request q = {(len + align - 1) & ~(align - 1), prot, flags, fd, flags & MAP_ANONYMOUS ? 0 : offset, NULL};
    lock_acquire(&mm->lock);
    s64 r = map_locked(mm, addr, &q, align);
    lock_release(&mm->lock);
    map_log("mmap", addr, q.len, prot, r);
    if (flags & MAP_FIXED) mm_code_changed(addr, q.len); /* what was there may have gone even where the rest failed */
    return r;
}

/* --- munmap, mprotect --- */

/* Only what the guest mapped: in identity mode other things of the process must not go. */
s64 mm_unmap_locked(struct mm *mm, gaddr addr, u64 len)
{
    const gaddr end = addr + len;
    for (;;) {
        const struct mm_region *first = regions_first(mm, addr);
        if (!first || first->start >= end) return 0;
        gaddr s = MAX(first->start, addr), e = MIN(first->end, end);
        s64 r = mm_host_release(s, e - s);
        if (r < 0) return r;
        regions_remove(mm, s, e);
    }
}

s64 mm_unmap(struct mm *mm, gaddr addr, u64 len)
{
    if ((addr & (mm->page_size - 1)) || len == 0 || !mm_in_range(mm, addr, len)) return -EINVAL;
    len = mm_page_up(mm, len);
    lock_acquire(&mm->lock);
    s64 r = mm_unmap_locked(mm, addr, len);
    lock_release(&mm->lock);
    map_log("munmap", addr, len, 0, r);
    mm_code_changed(addr, len);
    return r;
}

/* Region by region, as the kernel does: what lies before a hole or an error is changed. */
static s64 protect_locked(struct mm *mm, gaddr addr, gaddr end, int prot)
{
    while (addr < end) {
        const struct mm_region *here = regions_at(mm, addr);
        if (!here) return -ENOMEM;
        gaddr e = MIN(here->end, end);
        s64 r = prot & PROT_WRITE ? mm_may_write(mm, here, e - addr) : 0;
        if (r == 0) r = raw_mprotect(mm_host(addr), e - addr, host_prot(prot));
        if (r != 0) return r;
        regions_protect(mm, addr, e, prot);
        addr = e;
    }
    return 0;
}

/* PROT_GROWSDOWN means from the beginning of a mapping that grows down. */
static s64 grows_from(const struct mm *mm, gaddr addr, gaddr end)
{
    const struct mm_region *r = regions_first(mm, addr);
    if (!r || r->start >= end) return -ENOMEM;
    return r->flags & MAP_GROWSDOWN ? (s64)r->start : -EINVAL;
}

s64 mm_protect(struct mm *mm, gaddr addr, u64 len, int prot)
{
    const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC, grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
    const int sem = 8; /* PROT_SEM: means nothing here */
    if (addr & (mm->page_size - 1)) return -EINVAL;
    if (len == 0) return 0;
    if (!mm_in_range(mm, addr, len)) return -ENOMEM;
    if ((prot & ~(rwx | sem | PROT_GROWSDOWN)) || (grows & PROT_GROWSUP)) return -EINVAL;
    gaddr end = addr + mm_page_up(mm, len);
    lock_acquire(&mm->lock);
    s64 from = grows ? grows_from(mm, addr, end) : (s64)addr;
    s64 r = from < 0 ? from : protect_locked(mm, (gaddr)from, end, mm_given_prot(mm, prot & rwx));
    lock_release(&mm->lock);
    map_log("mprotect", addr, end - addr, prot, r);
    mm_code_changed(from < 0 ? addr : (gaddr)from, end - (from < 0 ? addr : (gaddr)from));
    return r;
}

/* --- brk --- */

void mm_set_brk(struct mm *mm, gaddr start) { mm->brk_start = mm->brk = mm_page_up(mm, start); }

/* The heap's pages from `now` to `want`, with the page that the kernel keeps free behind it. */
static s64 grow_heap(struct mm *mm, gaddr now, gaddr want)
{
    if (!regions_free(mm, now, want + mm->page_size)) return -ENOMEM;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    const int prot = PROT_READ | PROT_WRITE | (mm->heap_exec ? PROT_EXEC : 0);
    struct mm_request q = {want - now, mm_given_prot(mm, prot), flags, -1, 0, "[heap]"};
    return map_locked(mm, now, &q, mm->page_size);
}

static s64 set_break(struct mm *mm, gaddr brk)
{
    if (brk < mm->brk_start || brk > mm->hi) return -ENOMEM;
    gaddr now = mm_page_up(mm, mm->brk), want = mm_page_up(mm, brk);
    if (want > now) return grow_heap(mm, now, want);
    return want < now ? mm_unmap_locked(mm, want, now - want) : 0;
}

s64 mm_brk(struct mm *mm, gaddr brk)
{
    lock_acquire(&mm->lock);
    const gaddr before = mm->brk;
    s64 r = set_break(mm, brk);
    if (r >= 0) mm->brk = brk;
    const gaddr after = mm->brk;
    lock_release(&mm->lock);
    map_log("brk", brk, 0, PROT_READ | PROT_WRITE, (s64)after);
    if (after < before) mm_code_changed(after, before - after);
    return (s64)after;
}

/* --- questions --- */

void mm_set_name(struct mm *mm, gaddr addr, const char *name)
{
    lock_acquire(&mm->lock);
    regions_name(mm, addr, name);
    lock_release(&mm->lock);
}

bool mm_find(struct mm *mm, gaddr addr, struct mm_region *out)
{
    lock_acquire(&mm->lock);
    const struct mm_region *r = regions_at(mm, addr);
    if (r) *out = *r;
    lock_release(&mm->lock);
    return r != NULL;
}

int mm_prot(struct mm *mm, gaddr addr)
{
    struct mm_region r;
    return mm_find(mm, addr, &r) ? r.prot : -1;
}

void mm_each(struct mm *mm, void (*fn)(const struct mm_region *, void *), void *arg)
{
    lock_acquire(&mm->lock);
    for (const struct mm_region *r = regions_first(mm, 0); r; r = regions_first(mm, r->end)) fn(r, arg);
    lock_release(&mm->lock);
}
