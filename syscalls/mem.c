/* mem.c: the guest's address space: runtime/vm does mappings; advice, locking and residency go to the host with the
 * address turned into the host's. */
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "runtime/base/gmem.h"
#include "syscalls/private.h"

s64 sys_do_brk(struct sys_ctx *c) { return mm_brk(c->t->mm, c->a[0]); }

static s64 map(struct sys_ctx *c, const u64 a[6], u64 offset)
{
    u64 prot, flags;
    s64 r = sys_flags(c, SYS_FLAGS_prot, (u32)a[2], &prot);
    if (r == 0) r = sys_flags(c, SYS_FLAGS_mmap, (u32)a[3], &flags);
    if (r) return r;
    int fd = (int)(s32)a[4];
    return mm_map(c->t->mm, a[0], a[1], (int)prot, (int)flags, flags & MAP_ANONYMOUS ? -1 : fd, offset);
}

s64 sys_do_mmap(struct sys_ctx *c) { return map(c, c->a, c->a[5]); }

s64 sys_do_mmap2(struct sys_ctx *c)
{
    u32 shift = c->abi->mmap2_shift ? c->abi->mmap2_shift : 12;
    return map(c, c->a, c->a[5] << shift);
}

s64 sys_do_old_mmap(struct sys_ctx *c)
{
    u64 a[6];
    for (u32 i = 0; i < 6; i++)
        if (sys_get_word(c, c->a[0] + i * c->abi->word, &a[i])) return -EFAULT;
    return map(c, a, a[5]);
}

s64 sys_do_munmap(struct sys_ctx *c) { return mm_unmap(c->t->mm, c->a[0], c->a[1]); }

s64 sys_do_mprotect(struct sys_ctx *c)
{
    u64 prot;
    s64 r = sys_flags(c, SYS_FLAGS_prot, c->a[2], &prot);
    return r ? r : mm_protect(c->t->mm, c->a[0], c->a[1], (int)prot);
}

/* No protection keys: the kernel of a machine without them says the same. */
s64 sys_do_pkey_mprotect(struct sys_ctx *c) { return (s32)c->a[3] == -1 ? sys_do_mprotect(c) : -EINVAL; }
s64 sys_do_nospace(struct sys_ctx *c) { (void)c; return -ENOSPC; }
s64 sys_do_invalid(struct sys_ctx *c) { (void)c; return -EINVAL; }
s64 sys_do_nosys(struct sys_ctx *c) { (void)c; return -ENOSYS; }

s64 sys_do_mremap(struct sys_ctx *c)
{
    return mm_remap(c->t->mm, c->a[0], c->a[1], c->a[2], (int)c->a[3], c->a[4]);
}

/* A range of whole pages; -ENOMEM where the guest has no such addresses. */
static s64 host_range(struct sys_ctx *c, gaddr addr, u64 len, void **host)
{
    if (addr & (c->t->mm->page_size - 1)) return -EINVAL;
    if (len && !mm_in_range(c->t->mm, addr, len)) return -ENOMEM;
    *host = gmem_ptr(addr);
    return 0;
}

static s64 on_range(struct sys_ctx *c, long nr, u64 third)
{
    void *p;
    u64 len = align_up(c->a[1], c->t->mm->page_size);
    s64 r = host_range(c, c->a[0], len, &p);
    if (r || len == 0) return r;
    if (mm_prot(c->t->mm, c->a[0]) < 0) return -ENOMEM; /* where memory is reserved the host would not notice */
    return sys_host(c, nr, (u64)p, len, third, 0, 0, 0);
}

s64 sys_do_madvise(struct sys_ctx *c)
{
    u64 advice;
    s64 r = sys_flags(c, SYS_FLAGS_madvise, c->a[2], &advice);
    if (r) return r;
    r = on_range(c, SYS_madvise, advice);
    bool content = advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE || advice == MADV_WIPEONFORK;
    if (r == 0 && content) mm_code_changed(c->a[0], align_up(c->a[1], c->t->mm->page_size));
    return r;
}

s64 sys_do_msync(struct sys_ctx *c) { return on_range(c, SYS_msync, c->a[2]); }

static s64 lock_range(struct sys_ctx *c, long nr, u64 flags)
{
    u64 page = c->t->mm->page_size, start = align_down(c->a[0], page);
    c->a[1] = align_up(c->a[1] + (c->a[0] - start), page);
    c->a[0] = start;
    return on_range(c, nr, flags);
}

s64 sys_do_mlock(struct sys_ctx *c) { return lock_range(c, SYS_mlock, 0); }
s64 sys_do_mlock2(struct sys_ctx *c) { return lock_range(c, SYS_mlock2, c->a[2]); }
s64 sys_do_munlock(struct sys_ctx *c) { return lock_range(c, SYS_munlock, 0); }

/* Locking everything would lock calque's own memory and whatever it reserves: accepted, not done. */
s64 sys_do_mlockall(struct sys_ctx *c)
{
    u64 flags;
    s64 r = sys_flags(c, SYS_FLAGS_mlockall, c->a[0], &flags);
    if (r == 0 && (flags == 0 || flags & ~(u64)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))) r = -EINVAL;
    return r;
}
s64 sys_do_munlockall(struct sys_ctx *c) { (void)c; return 0; }

#define HOST_PAGE 4096u

/* One byte for each page of the guest: resident when all host pages of it are. */
s64 sys_do_mincore(struct sys_ctx *c)
{
    const u32 page = c->t->mm->page_size, per = page / HOST_PAGE;
    u64 len = align_up(c->a[1], page);
    void *p;
    u8 host[2048], out[2048];
    s64 r = host_range(c, c->a[0], len, &p);
    for (u64 done = 0; done < len && r == 0;) {
        u64 n = MIN(len - done, (u64)sizeof host * HOST_PAGE / per * per);
        if (mm_prot(c->t->mm, c->a[0] + done) < 0) return -ENOMEM;
        r = sys_host(c, SYS_mincore, (u64)p + done, n, (u64)host, 0, 0, 0);
        if (r) break;
        for (u64 i = 0; i < n / page; i++) {
            out[i] = 1;
            for (u32 k = 0; k < per; k++) out[i] &= host[i * per + k];
        }
        r = gmem_write(c->a[2] + done / page, out, n / page);
        done += n;
    }
    return r;
}

static s64 process_vm(struct sys_ctx *c, long nr, bool local_written)
{
    struct iovec *local, *remote;
    s64 r = sys_iovec(c, c->a[1], c->a[2], local_written, &local);
    if (r == 0) r = sys_iovec(c, c->a[3], c->a[4], false, &remote); /* the other process runs under the same base */
    return r ? r : sys_host(c, nr, c->a[0], (u64)local, c->a[2], (u64)remote, c->a[4], c->a[5]);
}

s64 sys_do_process_vm_readv(struct sys_ctx *c) { return process_vm(c, SYS_process_vm_readv, true); }
s64 sys_do_process_vm_writev(struct sys_ctx *c) { return process_vm(c, SYS_process_vm_writev, false); }

s64 sys_do_membarrier(struct sys_ctx *c) { return sys_host(c, SYS_membarrier, c->a[0], c->a[1], c->a[2], 0, 0, 0); }
