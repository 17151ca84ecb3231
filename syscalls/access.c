/* access.c: how handlers reach guest memory: scratch for the length of a call, guarded copies of words, structures and
 * arrays, buffers for the kernel, paths. Any address of the guest may be bad: the answer is -EFAULT. */
#include <limits.h>
#include <string.h>

#include "runtime/base/gmem.h"
#include "runtime/base/heap.h"
#include "syscalls/private.h"

void *sys_tmp_raw(struct sys_ctx *c, size_t n)
{
    n = align_up(n, 16);
    if (n <= SYS_SCRATCH - c->used) {
        c->used += (u32)n;
        return c->scratch + c->used - n;
    }
    struct sys_spill *s = heap_alloc(16 + n);
    s->next = c->spills;
    c->spills = s;
    return (u8 *)s + 16;
}

void *sys_tmp(struct sys_ctx *c, size_t n)
{
    return memset(sys_tmp_raw(c, n), 0, n);
}

s64 sys_host(struct sys_ctx *c, long nr, u64 a, u64 b, u64 d, u64 e, u64 f, u64 g)
{
    return task_syscall(c->t, nr, a, b, d, e, f, g);
}

int sys_buf(struct sys_ctx *c, gaddr addr, u64 len, bool written, void **out)
{
    (void)c;
    (void)written; /* guests whose code may change without a flush need the announcement here */
    if (!gmem_range_ok(addr, len)) return -EFAULT;
    *out = addr ? gmem_ptr(addr) : NULL;
    return 0;
}

u32 sys_size(struct sys_ctx *c, enum sys_layout_id id)
{
    (void)c;
    return sys_layout_size(id);
}

#define LAYOUT_MAX 512 /* larger than any structure */

int sys_get(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, void *host)
{
    u8 raw[LAYOUT_MAX];
    int r = gmem_read(raw, addr, sys_size(c, id));
    if (r == 0) sys_layout_to_host(id, host, raw);
    return r;
}

int sys_put(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, const void *host)
{
    u8 raw[LAYOUT_MAX];
    int r = sys_layout_to_guest(id, raw, host);
    return r ? r : gmem_write(addr, raw, sys_size(c, id));
}

int sys_get_array(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, u64 count, void **out)
{
    const u32 size = sys_size(c, id), host_size = sys_layout_host_size(id);
    if (!gmem_range_ok(addr, count * size)) return -EFAULT;
    u8 *raw = sys_tmp(c, count * size), *host = sys_tmp(c, count * host_size + 1);
    int r = gmem_read(raw, addr, count * size);
    if (r) return r;
    for (u64 i = 0; i < count; i++) sys_layout_to_host(id, host + i * host_size, raw + i * size);
    *out = host;
    return 0;
}

int sys_put_array(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, u64 count, const void *host)
{
    const u32 size = sys_size(c, id), host_size = sys_layout_host_size(id);
    for (u64 i = 0; i < count; i++) {
        int r = sys_put(c, id, addr + i * size, (const u8 *)host + i * host_size);
        if (r) return r;
    }
    return 0;
}

int sys_get_opt(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, void *buf, void **out)
{
    *out = NULL;
    if (!addr) return 0;
    int r = sys_get(c, id, addr, buf);
    if (r == 0) *out = buf;
    return r;
}

int sys_get_u32(struct sys_ctx *c, gaddr addr, u32 *v) { return gmem_load_u32(addr, c->abi->big_endian, v); }
int sys_put_u32(struct sys_ctx *c, gaddr addr, u32 v) { return gmem_store_u32(addr, c->abi->big_endian, v); }
int sys_get_u64(struct sys_ctx *c, gaddr addr, u64 *v) { return gmem_load_u64(addr, c->abi->big_endian, v); }
int sys_put_u64(struct sys_ctx *c, gaddr addr, u64 v) { return gmem_store_u64(addr, c->abi->big_endian, v); }

int sys_get_word(struct sys_ctx *c, gaddr addr, u64 *v)
{
    if (!sys_is32(c)) return sys_get_u64(c, addr, v);
    u32 w = 0;
    int r = sys_get_u32(c, addr, &w);
    *v = w;
    return r;
}

int sys_put_word(struct sys_ctx *c, gaddr addr, u64 v)
{
    return sys_is32(c) ? sys_put_u32(c, addr, (u32)v) : sys_put_u64(c, addr, v);
}

int sys_get_sigset(struct sys_ctx *c, gaddr addr, u64 *mask)
{
    u8 raw[8];
    int r = gmem_read(raw, addr, sizeof raw);
    if (r == 0) *mask = sys_sigset_unpack(c->abi, raw);
    return r;
}

int sys_put_sigset(struct sys_ctx *c, gaddr addr, u64 mask)
{
    u8 raw[8];
    sys_sigset_pack(c->abi, raw, mask);
    return gmem_write(addr, raw, sizeof raw);
}

int sys_path_raw(struct sys_ctx *c, gaddr addr, const char **out)
{
    long n = gmem_strnlen(addr, PATH_MAX);
    if (n < 0) return -EFAULT;
    if (n >= PATH_MAX) return -ENAMETOOLONG;
    char *p = sys_tmp(c, (size_t)n + 1);
    long got = gmem_strncpy(p, addr, (size_t)n + 1);
    *out = p;
    return got < 0 ? (int)got : 0; /* another thread may have made it longer meanwhile */
}

int sys_path(struct sys_ctx *c, gaddr addr, const char **out)
{
    const char *guest;
    int r = sys_path_raw(c, addr, &guest);
    if (r) return r;
    const char *exe = sys_procfs_exe(guest);
    if (exe) {
        *out = exe;
        return 0;
    }
    char buf[PATH_MAX];
    const char *host = fs_host_path(guest, buf, sizeof buf);
    if (host != guest) {
        char *p = sys_tmp(c, strlen(host) + 1);
        host = strcpy(p, host);
    }
    *out = host;
    return 0;
}
