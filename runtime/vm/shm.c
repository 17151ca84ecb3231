/* System V shared memory in the guest's address space: shmat and shmdt. Placement follows the guest's page size and its
 * SHMLBA; the segment's size comes from the kernel. Called by syscalls/ipc. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "runtime/base/rawsys.h"
#include "runtime/vm/mm_private.h"
#include "runtime/vm/regions.h"

#define HOST_PAGE 4096ull
static const char shm_name[] = "/SYSV";

/* Where a segment goes that the guest gave an address for: the kernel's do_shmat. 0 or -errno. */
static int check_place(const struct mm *mm, gaddr *addr, u64 len, int flags)
{
    if (*addr & (mm->shmlba - 1)) {
        if (flags & SHM_RND)
            *addr &= ~(u64)(mm->shmlba - 1);
        else
            return -EINVAL;
        if (*addr == 0 && (flags & SHM_REMAP)) return -EINVAL;
    }
    if (!mm_in_range(mm, *addr, len)) return -ENOMEM;
    if (*addr < mm->lo) return -EPERM;
    return !(flags & SHM_REMAP) && !regions_free(mm, *addr, *addr + len) ? -EINVAL : 0;
}

/* The second host page of a guest page that the segment ends in: zeros, shared with children as the segment is. */
static void fill_last_page(gaddr addr, u64 size, u64 len, int prot)
{
    u64 from = (size + HOST_PAGE - 1) & ~(HOST_PAGE - 1);
    if (from < len) raw_mmap(mm_host(addr + from), len - from, prot, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static s64 attach_locked(struct mm *mm, int shmid, gaddr addr, u64 size, int flags)
{
    u64 len = mm_page_up(mm, size);
    int prot = flags & SHM_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE;
    int e = addr ? check_place(mm, &addr, len, flags) : flags & SHM_REMAP ? -EINVAL : 0;
    if (e) return e;
    if (!addr && !(addr = mm_place(mm, 0, len, MAX(mm->shmlba, mm->page_size)))) return -ENOMEM;
    if ((e = mm_may_add(mm, addr, len, prot, MAP_SHARED)) != 0) return e;
    int host_flags = (flags & ~(SHM_RND | SHM_EXEC)) | (gmem_base ? SHM_REMAP : 0);
    long r = raw_syscall3(SYS_shmat, shmid, (long)mm_host(addr), host_flags);
    if (raw_is_error(r)) {
        mm_host_repair(mm, addr, len);
        return r;
    }
    fill_last_page(addr, size, len, prot);
    struct mm_region reg = {.start = addr, .end = addr + len, .flags = MAP_SHARED, .ino = (u64)shmid + 1};
    reg.prot = mm_given_prot(mm, flags & SHM_EXEC ? prot | PROT_EXEC : prot);
    reg.name = shm_name;
    regions_add(mm, &reg);
    return (s64)addr;
}

s64 mm_shmat(struct mm *mm, int shmid, gaddr addr, int flags)
{
    struct shmid_ds ds;
    long e = raw_syscall3(SYS_shmctl, shmid, IPC_STAT, (long)&ds);
    if (raw_is_error(e)) return e;
    lock_acquire(&mm->lock);
    s64 r = attach_locked(mm, shmid, addr, ds.shm_segsz, flags);
    lock_release(&mm->lock);
    if (r >= 0) mm_code_changed((gaddr)r, mm_page_up(mm, ds.shm_segsz));
    return r;
}

/* True for a part of the attachment that began at addr, of segment `ino` unless that is 0. */
static bool is_part(const struct mm_region *r, gaddr addr, u64 ino)
{
    return r->name == shm_name && r->start - r->offset == addr && (ino == 0 || r->ino == ino);
}

/* The guest may have unmapped parts: what is left of the attachment goes. *end gets where it ended. */
static s64 detach_locked(struct mm *mm, gaddr addr, gaddr *end)
{
    const struct mm_region *p = regions_first(mm, addr);
    while (p && !is_part(p, addr, 0)) p = regions_first(mm, p->end);
    if (!p) return -EINVAL;
    const u64 ino = p->ino;
    gaddr at = p->start;
    /* Made to fit before the host forgets it: the table's pieces say what it covered. */
    for (; p; p = regions_first(mm, p->end))
        if (is_part(p, addr, ino)) *end = p->end;
    long r = raw_syscall1(SYS_shmdt, (long)mm_host(addr));
    if (r != 0) return r;
    while ((p = regions_first(mm, at)) && p->start < *end) {
        const gaddr start = p->start;
        at = p->end;
        if (!is_part(p, addr, ino)) continue;
        mm_host_release(start, at - start);
        regions_remove(mm, start, at);
    }
    return 0;
}

s64 mm_shmdt(struct mm *mm, gaddr addr)
{
    gaddr end = addr;
    if (addr & (mm->page_size - 1)) return -EINVAL;
    lock_acquire(&mm->lock);
    s64 r = detach_locked(mm, addr, &end);
    lock_release(&mm->lock);
    if (r == 0) mm_code_changed(addr, end - addr);
    return r;
}
