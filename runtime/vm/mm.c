/* The guest's address space on the host: mmap and its kin for the guest. Placement is ours (the guest's page size, its
 * address range, top down below the stack); the pages are the host kernel's. Called by syscalls/ and elf/.
 *
 * In identity mode a guest address is the host address, and the range below 4 GiB is the guest's alone, since calque
 * itself lies high. With a base the range is reserved once with PROT_NONE, and unmapping puts that reservation back. */
#include "runtime/vm/mm.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "runtime/base/log.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/regions.h"

#define LOWEST (64 * 1024ull) /* most systems' mmap_min_addr: below it identity mode cannot map */

static void nothing_changed(gaddr addr, u64 len) { (void)addr, (void)len; }
void (*mm_code_changed)(gaddr addr, u64 len) = nothing_changed;

int mm_init(struct mm *mm, u32 bits, u32 page_size)
{
    memset(mm, 0, sizeof *mm);
    mm->refs = 1;
    mm->page_size = page_size;
    mm->lo = gmem_base ? page_size : LOWEST;
    mm->hi = bits == 32 ? 0xffff0000ull : gmem_limit; /* the last 64 KiB stay free: kuser page, address arithmetic */
    mm->mmap_top = mm->hi;
    return 0;
}

struct mm *mm_copy(struct mm *mm)
{
    struct mm *c = heap_alloc(sizeof *c);
    lock_acquire(&mm->lock);
    *c = *mm;
    c->lock = LOCK_INIT;
    c->refs = 1;
    c->cap = c->nregions;
    c->regions = heap_alloc(c->nregions * sizeof c->regions[0] + 1);
    memcpy(c->regions, mm->regions, c->nregions * sizeof c->regions[0]);
    lock_release(&mm->lock);
    return c;
}

/* Fixed requests may use what lies above mm->hi too: the page of kernel helpers there. */
bool mm_in_range(const struct mm *mm, gaddr addr, u64 len)
{
    (void)mm;
    return addr <= gmem_limit && len <= gmem_limit - addr;
}

/* The host's protection for a guest's: code is read, never run in place. */
static int host_prot(int prot)
{
    int p = prot & (PROT_READ | PROT_WRITE);
    return prot & PROT_EXEC ? p | PROT_READ : p;
}

static void *host_at(gaddr addr) { return (void *)(gmem_base + addr); }

/* Gives [addr, addr+len) back to the host, or to the reservation. */
static s64 host_release(gaddr addr, u64 len)
{
    if (!gmem_base) return raw_munmap(host_at(addr), len);
    long r = raw_mmap(host_at(addr), len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return raw_is_error(r) ? r : 0;
}

static u64 page_up(const struct mm *mm, u64 v) { return (v + mm->page_size - 1) & ~(u64)(mm->page_size - 1); }

/* Where a mapping without MAP_FIXED goes: the hint if it is free, else the highest gap. 0: no room. */
static gaddr place(const struct mm *mm, gaddr hint, u64 len)
{
    hint &= ~(u64)(mm->page_size - 1);
    if (hint >= mm->lo && hint <= mm->hi && len <= mm->hi - hint && regions_free(mm, hint, hint + len)) return hint;
    gaddr a = regions_gap_below(mm, mm->mmap_top, len, mm->lo) & ~(u64)(mm->page_size - 1);
    if (!a) a = regions_gap_below(mm, mm->hi, len, mm->lo) & ~(u64)(mm->page_size - 1);
    return a;
}

static void note_file(struct mm_region *r, int fd)
{
    struct stat st;
    if (fd >= 0 && raw_fstat(fd, &st) == 0) {
        r->dev = st.st_dev;
        r->ino = st.st_ino;
    }
}

static void map_log(const char *what, gaddr addr, u64 len, int prot, s64 result)
{
    if (log_on(LOG_mmap))
        log_printf(LOG_mmap, "%s 0x%llx+0x%llx prot=%c%c%c -> 0x%llx", what, (unsigned long long)addr,
                   (unsigned long long)len, prot & PROT_READ ? 'r' : '-', prot & PROT_WRITE ? 'w' : '-',
                   prot & PROT_EXEC ? 'x' : '-', (unsigned long long)result);
}

/* Checks a fixed request against the address space. 0 or -errno. */
static int check_fixed(const struct mm *mm, gaddr addr, u64 len, int flags)
{
    if (addr & (mm->page_size - 1)) return -EINVAL;
    if (!mm_in_range(mm, addr, len)) return -ENOMEM;
    if (addr < mm->lo) return -EPERM;
    if ((flags & MAP_FIXED_NOREPLACE) && !regions_free(mm, addr, addr + len)) return -EEXIST;
    return 0;
}

/* A guest's page may be larger than the host's: what of the page that holds the file's end lies in host pages beyond it
 * reads as zeros, where the host would give SIGBUS. */
static void fill_last_page(const struct mm *mm, gaddr addr, u64 len, int prot, int fd, u64 offset)
{
    struct stat st;
    if (raw_fstat(fd, &st) != 0 || (u64)st.st_size <= offset || (u64)st.st_size >= offset + len) return;
    u64 eof = (u64)st.st_size - offset, from = (eof + 4095) & ~4095ull, to = page_up(mm, eof);
    if (from < to)
        raw_mmap(host_at(addr + from), to - from, host_prot(prot), MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static s64 map_locked(struct mm *mm, gaddr addr, u64 len, int prot, int flags, int fd, u64 offset)
{
    const int fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    if (fixed) {
        int e = check_fixed(mm, addr, len, flags);
        if (e) return e;
    } else if (!(addr = place(mm, addr, len)))
        return -ENOMEM;
    int host_flags = (flags & ~(MAP_FIXED_NOREPLACE | MAP_GROWSDOWN | MAP_32BIT)) | MAP_FIXED;
    if (prot == PROT_NONE && (flags & MAP_ANONYMOUS)) host_flags |= MAP_NORESERVE;
    /* Without a base nothing but the guest lies in its range; say so to the kernel rather than overwrite. */
    if (!gmem_base && !(flags & MAP_FIXED)) host_flags = (host_flags & ~MAP_FIXED) | MAP_FIXED_NOREPLACE;
    long r = raw_mmap(host_at(addr), len, host_prot(prot), host_flags, fd, (off_t)offset);
    if (raw_is_error(r)) return r;
    if (mm->page_size > 4096 && !(flags & MAP_ANONYMOUS)) fill_last_page(mm, addr, len, prot, fd, offset);
    struct mm_region reg = {.start = addr, .end = addr + len, .prot = prot, .offset = offset};
    reg.flags = flags & (MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN);
    if (!(flags & MAP_ANONYMOUS)) note_file(&reg, fd);
    regions_add(mm, &reg);
    return (s64)addr;
}

s64 mm_map(struct mm *mm, gaddr addr, u64 len, int prot, int flags, int fd, u64 offset)
{
    if (len == 0 || (offset & 4095)) return -EINVAL;
    if (len > mm->hi) return -ENOMEM;
    len = page_up(mm, len);
    lock_acquire(&mm->lock);
    s64 r = map_locked(mm, addr, len, prot, flags, fd, offset);
    lock_release(&mm->lock);
    map_log("mmap", addr, len, prot, r);
    if (r >= 0 && (flags & MAP_FIXED)) mm_code_changed((gaddr)r, len);
    return r;
}

s64 mm_unmap(struct mm *mm, gaddr addr, u64 len)
{
    if ((addr & (mm->page_size - 1)) || len == 0 || !mm_in_range(mm, addr, len)) return -EINVAL;
    len = page_up(mm, len);
    lock_acquire(&mm->lock);
    s64 r = 0;
    /* Only what the guest mapped: in identity mode other things of the process must not go. */
    for (u32 i = regions_first_after(mm, addr); i < mm->nregions && mm->regions[i].start < addr + len && r == 0; i++) {
        gaddr s = mm->regions[i].start > addr ? mm->regions[i].start : addr;
        gaddr e = mm->regions[i].end < addr + len ? mm->regions[i].end : addr + len;
        r = host_release(s, e - s);
    }
    if (r == 0) regions_remove(mm, addr, addr + len);
    lock_release(&mm->lock);
    map_log("munmap", addr, len, 0, r);
    mm_code_changed(addr, len);
    return r;
}

s64 mm_protect(struct mm *mm, gaddr addr, u64 len, int prot)
{
    const int known = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN | PROT_GROWSUP;
    if ((addr & (mm->page_size - 1)) || (prot & ~known)) return -EINVAL;
    len = page_up(mm, len);
    if (len == 0) return 0;
    if (!mm_in_range(mm, addr, len)) return -ENOMEM;
    lock_acquire(&mm->lock);
    s64 r = regions_covered(mm, addr, addr + len) ? 0 : -ENOMEM;
    if (r == 0) r = raw_mprotect(host_at(addr), len, host_prot(prot));
    if (r == 0) regions_protect(mm, addr, addr + len, prot & (PROT_READ | PROT_WRITE | PROT_EXEC));
    lock_release(&mm->lock);
    map_log("mprotect", addr, len, prot, r);
    if (r == 0) mm_code_changed(addr, len);
    return r;
}

/* Grows, shrinks or moves a mapping by copying the kernel's rules onto the guest's placement: mremap(2). */
static s64 remap_locked(struct mm *mm, gaddr old, u64 oldlen, u64 newlen, int flags, gaddr newaddr)
{
    struct mm_region reg;
    u32 i = regions_first_after(mm, old);
    if (i == mm->nregions || mm->regions[i].start > old || mm->regions[i].end < old + oldlen) return -EFAULT;
    reg = mm->regions[i];
    bool move = flags & MREMAP_FIXED;
    if (!move && newlen > oldlen && !(mm_in_range(mm, old, newlen) && regions_free(mm, old + oldlen, old + newlen)))
        move = true;
    gaddr to = old;
    if (flags & MREMAP_FIXED) {
        if ((newaddr & (mm->page_size - 1)) || !mm_in_range(mm, newaddr, newlen) || newaddr < mm->lo) return -EINVAL;
        if (newaddr < old + oldlen && old < newaddr + newlen) return -EINVAL;
        to = newaddr;
    } else if (move) {
        if (!(flags & MREMAP_MAYMOVE)) return -ENOMEM;
        if (!(to = place(mm, 0, newlen))) return -ENOMEM;
    } else if (gmem_base && newlen > oldlen) {
        raw_munmap(host_at(old + oldlen), newlen - oldlen); /* the kernel grows only into free space */
    }
    int host_flags = move ? MREMAP_MAYMOVE | MREMAP_FIXED | (flags & MREMAP_DONTUNMAP) : 0;
    long r = raw_mremap(host_at(old), oldlen, newlen, host_flags, host_at(to));
    if (raw_is_error(r)) {
        if (!move && gmem_base && newlen > oldlen) host_release(old + oldlen, newlen - oldlen);
        return r;
    }
    if (gmem_base && move && !(flags & MREMAP_DONTUNMAP)) host_release(old, oldlen);
    if (gmem_base && !move && newlen < oldlen) host_release(old + newlen, oldlen - newlen);
    if (!(flags & MREMAP_DONTUNMAP)) regions_remove(mm, old, old + (oldlen > newlen ? oldlen : newlen));
    reg.offset += old - reg.start;
    reg.start = to;
    reg.end = to + newlen;
    regions_add(mm, &reg);
    return (s64)to;
}

s64 mm_remap(struct mm *mm, gaddr old, u64 oldlen, u64 newlen, int flags, gaddr newaddr)
{
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) || (old & (mm->page_size - 1))) return -EINVAL;
    if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE)) return -EINVAL;
    oldlen = page_up(mm, oldlen);
    newlen = page_up(mm, newlen);
    if (newlen == 0 || oldlen == 0 || !mm_in_range(mm, old, oldlen)) return -EINVAL;
    lock_acquire(&mm->lock);
    s64 r = remap_locked(mm, old, oldlen, newlen, flags, newaddr);
    lock_release(&mm->lock);
    map_log("mremap", old, newlen, 0, r);
    mm_code_changed(old, oldlen);
    if (r >= 0 && (flags & MREMAP_FIXED)) mm_code_changed((gaddr)r, newlen);
    return r;
}

void mm_set_brk(struct mm *mm, gaddr start) { mm->brk_start = mm->brk = page_up(mm, start); }

s64 mm_brk(struct mm *mm, gaddr brk)
{
    lock_acquire(&mm->lock);
    gaddr now = page_up(mm, mm->brk), want = page_up(mm, brk);
    s64 r = 0;
    bool shrunk = false;
    if (brk < mm->brk_start || !mm_in_range(mm, want, 0)) {
        r = -ENOMEM;
    } else if (want > now) {
        r = regions_free(mm, now, want) ? map_locked(mm, now, want - now, PROT_READ | PROT_WRITE,
                                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)
                                        : -ENOMEM;
        if (r >= 0) mm->regions[regions_first_after(mm, now)].name = "[heap]";
    } else if (want < now) {
        r = host_release(want, now - want);
        if (r == 0) regions_remove(mm, want, now);
        shrunk = true;
    }
    if (r >= 0) mm->brk = brk;
    s64 result = (s64)mm->brk;
    lock_release(&mm->lock);
    if (shrunk) mm_code_changed(want, now - want);
    return result;
}

void mm_set_name(struct mm *mm, gaddr addr, const char *name)
{
    lock_acquire(&mm->lock);
    u32 i = regions_first_after(mm, addr);
    if (i < mm->nregions && mm->regions[i].start <= addr) mm->regions[i].name = name;
    lock_release(&mm->lock);
}

bool mm_find(struct mm *mm, gaddr addr, struct mm_region *out)
{
    lock_acquire(&mm->lock);
    u32 i = regions_first_after(mm, addr);
    bool found = i < mm->nregions && mm->regions[i].start <= addr;
    if (found) *out = mm->regions[i];
    lock_release(&mm->lock);
    return found;
}

int mm_prot(struct mm *mm, gaddr addr)
{
    struct mm_region r;
    return mm_find(mm, addr, &r) ? r.prot : -1;
}

void mm_each(struct mm *mm, void (*fn)(const struct mm_region *, void *), void *arg)
{
    lock_acquire(&mm->lock);
    for (u32 i = 0; i < mm->nregions; i++) fn(&mm->regions[i], arg);
    lock_release(&mm->lock);
}
