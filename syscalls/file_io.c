/* file_io.c: moving data: reads and writes in their many forms, seeking, and file ranges whose arguments stand elsewhere. */
#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/net.h"
#include "syscalls/private.h"

s64 sys_do_read(struct sys_ctx *c)
{
    void *buf;
    s64 r = sys_buf(c, c->a[1], c->a[2], true, &buf);
    if (r) return r;
    r = sys_host(c, SYS_read, c->a[0], (u64)buf, c->a[2], 0, 0, 0);
    if (likely(sys_fd_kind((int)c->a[0]) == SYS_FD_PLAIN)) return r;
    int fixed = sys_fd_after_read(c, (int)c->a[0], c->a[1], r);
    return fixed ? fixed : r;
}

s64 sys_do_write(struct sys_ctx *c)
{
    void *buf;
    u64 number;
    s64 r = sys_buf(c, c->a[1], c->a[2], false, &buf);
    if (r) return r;
    if (sys_fd_kind((int)c->a[0]) == SYS_FD_U64 && c->a[2] >= 8) {
        if (sys_get_u64(c, c->a[1], &number)) return -EFAULT;
        buf = &number;
        return sys_host(c, SYS_write, c->a[0], (u64)buf, 8, 0, 0, 0);
    }
    struct iovec flat = {buf, c->a[2]};
    if (sys_fd_kind((int)c->a[0]) == SYS_FD_ROUTE) r = net_route_out(c, &flat, 1, &flat);
    return r ? r : sys_host(c, SYS_write, c->a[0], (u64)flat.iov_base, c->a[2], 0, 0, 0);
}

int sys_iovec(struct sys_ctx *c, gaddr addr, u64 count, bool written, struct iovec **out)
{
    void *raw;
    if (count > UIO_MAXIOV) return -EINVAL;
    int r = sys_get_array(c, SYS_LAYOUT_iovec, addr, count, &raw);
    if (r) return r;
    struct host_iovec *v = raw;
    for (u64 i = 0; i < count; i++) {
        if (sys_is32(c) ? (s32)v[i].iov_len < 0 : (s64)v[i].iov_len < 0) return -EINVAL;
        void *p;
        r = sys_buf(c, v[i].iov_base, v[i].iov_len, written, &p);
        if (r) return r;
        v[i].iov_base = (u64)p;
    }
    *out = raw;
    return 0;
}

/* Calls without a position or flags ignore the words that carry them. */
static s64 vector(struct sys_ctx *c, long nr, bool written, u64 pos, u64 flags)
{
    struct iovec *v, flat;
    u64 count = c->a[2];
    s64 r = sys_iovec(c, c->a[1], count, written, &v);
    if (r == 0 && !written && sys_fd_kind((int)c->a[0]) == SYS_FD_ROUTE) {
        r = net_route_out(c, v, count, &flat);
        v = &flat;
        count = 1;
    }
    return r ? r : sys_host(c, nr, c->a[0], (u64)v, count, pos, 0, flags);
}

/* An inotify or signal descriptor read into pieces keeps its byte order only if the first piece holds it all. */
s64 sys_do_readv(struct sys_ctx *c)
{
    s64 r = vector(c, SYS_readv, true, 0, 0);
    struct host_iovec first;
    enum sys_fd_kind kind = sys_fd_kind((int)c->a[0]);
    if (r <= 0 || kind == SYS_FD_PLAIN) return r;
    if (kind == SYS_FD_ROUTE) {
        struct iovec *v;
        s64 fixed = sys_iovec(c, c->a[1], c->a[2], true, &v);
        if (fixed == 0) fixed = net_route_in(c, v, c->a[2], (u64)r);
        return fixed ? fixed : r;
    }
    if (sys_get(c, SYS_LAYOUT_iovec, c->a[1], &first)) return -EFAULT;
    int fixed = sys_fd_after_read(c, (int)c->a[0], first.iov_base, MIN(r, (s64)first.iov_len));
    return fixed ? fixed : r;
}

s64 sys_do_writev(struct sys_ctx *c) { return vector(c, SYS_writev, false, 0, 0); }
s64 sys_do_preadv(struct sys_ctx *c) { return vector(c, SYS_preadv, true, c->a[3], 0); }
s64 sys_do_pwritev(struct sys_ctx *c) { return vector(c, SYS_pwritev, false, c->a[3], 0); }
s64 sys_do_preadv2(struct sys_ctx *c) { return vector(c, SYS_preadv2, true, c->a[3], c->a[4]); }
s64 sys_do_pwritev2(struct sys_ctx *c) { return vector(c, SYS_pwritev2, false, c->a[3], c->a[4]); }

s64 sys_do_vmsplice(struct sys_ctx *c)
{
    struct iovec *v;
    s64 r = sys_iovec(c, c->a[1], c->a[2], true, &v);
    return r ? r : sys_host(c, SYS_vmsplice, c->a[0], (u64)v, c->a[2], c->a[3], 0, 0);
}

/* A 32-bit guest holds directory positions that stand for 64-bit ones (dir.c). */
static s64 seek(struct sys_ctx *c, s64 offset, u64 guest_whence)
{
    u64 whence;
    s64 r = sys_flags(c, SYS_FLAGS_seek, guest_whence, &whence);
    if (r) return r;
    s64 at = whence == SEEK_SET && sys_is32(c) ? sys_dir_cookie_to_host((int)c->a[0], offset) : offset;
    r = sys_host(c, SYS_lseek, c->a[0], (u64)at, whence, 0, 0, 0);
    return r == at && at != offset ? offset : r;
}

s64 sys_do_lseek(struct sys_ctx *c)
{
    s64 r = seek(c, (s64)c->a[1], c->a[2]);
    return r >= 0 && sys_is32(c) && r > INT_MAX ? -EOVERFLOW : r;
}

s64 sys_do_llseek(struct sys_ctx *c)
{
    s64 r = seek(c, (s64)(c->a[1] << 32 | (u32)c->a[2]), c->a[4]);
    return r < 0 ? r : sys_put_u64(c, c->a[3], (u64)r);
}

s64 sys_do_sync_file_range2(struct sys_ctx *c)
{
    return sys_host(c, SYS_sync_file_range, c->a[0], c->a[2], c->a[3], c->a[1], 0, 0);
}

s64 sys_do_fadvise_advice_second(struct sys_ctx *c)
{
    return sys_host(c, SYS_fadvise64, c->a[0], c->a[2], c->a[3], c->a[1], 0, 0);
}
