/* System V shared memory in the guest's address space: shmat and shmdt. Placement follows the guest's SHMLBA, which is
 * its page size here; the segment's size comes from the kernel. Called by syscalls/ipc. */
#include "runtime/vm/mm.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "runtime/base/gmem.h"
#include "runtime/base/rawsys.h"
#include "runtime/vm/regions.h"

static s64 attach_locked(struct mm *mm, int shmid, gaddr addr, u64 len, int flags)
{
    u64 mask = mm->page_size - 1;
    if (addr) {
        if (addr & mask) {
            if (!(flags & SHM_RND)) return -EINVAL;
            addr &= ~mask;
        }
        if (addr < mm->lo || !mm_in_range(mm, addr, len)) return -EINVAL;
        if (!(flags & SHM_REMAP) && !regions_free(mm, addr, addr + len)) return -EINVAL;
    } else {
        addr = regions_gap_below(mm, mm->mmap_top, len, mm->lo) & ~mask;
        if (!addr) return -ENOMEM;
    }
    int host_flags = (flags & ~(SHM_RND | SHM_EXEC)) | (gmem_base ? SHM_REMAP : 0);
    long r = raw_syscall3(SYS_shmat, shmid, (long)gmem_base + (long)addr, host_flags);
    if (raw_is_error(r)) return r;
    struct mm_region reg = {.start = addr, .end = addr + len, .flags = MAP_SHARED, .ino = (u64)shmid + 1};
    reg.prot = flags & SHM_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE;
    reg.name = "/SYSV";
    regions_add(mm, &reg);
    return (s64)addr;
}

s64 mm_shmat(struct mm *mm, int shmid, gaddr addr, int flags)
{
    struct shmid_ds ds;
    long e = raw_syscall3(SYS_shmctl, shmid, IPC_STAT, (long)&ds);
    if (raw_is_error(e)) return e;
    u64 len = (ds.shm_segsz + mm->page_size - 1) & ~(u64)(mm->page_size - 1);
    lock_acquire(&mm->lock);
    s64 r = attach_locked(mm, shmid, addr, len, flags);
    lock_release(&mm->lock);
    if (r >= 0) mm_code_changed((gaddr)r, len);
    return r;
}

s64 mm_shmdt(struct mm *mm, gaddr addr)
{
    lock_acquire(&mm->lock);
    u32 i = regions_first_after(mm, addr);
    bool ok = i < mm->nregions && mm->regions[i].start == addr && mm->regions[i].name != NULL &&
              mm->regions[i].name[0] == '/';
    u64 len = ok ? mm->regions[i].end - addr : 0;
    s64 r = ok ? raw_syscall1(SYS_shmdt, (long)gmem_base + (long)addr) : -EINVAL;
    if (r == 0) {
        regions_remove(mm, addr, addr + len);
        if (gmem_base)
            raw_mmap((void *)(gmem_base + addr), len, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    }
    lock_release(&mm->lock);
    if (r == 0) mm_code_changed(addr, len);
    return r;
}
