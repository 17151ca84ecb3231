/* file_path.c: calls on names that a row cannot say: opening (with the guest's views of /proc), links, times, mounts,
 * status without following a link. */
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>

#include "runtime/base/gmem.h"
#include "syscalls/private.h"

static s64 open_at(struct sys_ctx *c, int dirfd, gaddr addr, u64 guest_flags, u64 mode)
{
    const char *path;
    u64 flags;
    s64 r = sys_path(c, addr, &path);
    if (r == 0) r = sys_flags(c, SYS_FLAGS_open, guest_flags, &flags);
    if (r) return r;
    r = sys_procfs_open(c, path, (int)flags);
    if (r != -ENOENT) return r;
    return sys_host(c, SYS_openat, (u64)dirfd, (u64)path, flags, mode, 0, 0);
}

s64 sys_do_open(struct sys_ctx *c) { return open_at(c, AT_FDCWD, c->a[0], c->a[1], c->a[2]); }
s64 sys_do_openat(struct sys_ctx *c) { return open_at(c, (int)c->a[0], c->a[1], c->a[2], c->a[3]); }

s64 sys_do_openat2(struct sys_ctx *c)
{
    struct open_how how = {0};
    u64 words[3];
    if (c->a[3] < sizeof words) return -EINVAL;
    if (c->a[3] > sizeof words) return -E2BIG;
    for (u32 i = 0; i < 3; i++)
        if (sys_get_u64(c, c->a[2] + 8 * i, &words[i])) return -EFAULT;
    const char *path;
    u64 rest;
    s64 r = sys_path(c, c->a[1], &path);
    if (r) return r;
    how.flags = sys_flags_to_host(c->abi, SYS_FLAGS_open, words[0], &rest);
    how.mode = words[1];
    how.resolve = words[2];
    if (rest) return -EINVAL;
    return sys_host(c, SYS_openat2, c->a[0], (u64)path, (u64)&how, sizeof how, 0, 0);
}

/* The text of a link, or the guest program's name for its own exe link. */
static s64 readlink_at(struct sys_ctx *c, int dirfd, gaddr name, gaddr buf, s32 size)
{
    const char *path;
    void *host;
    s64 r = sys_path_raw(c, name, &path);
    if (r) return r;
    if (size <= 0) return -EINVAL;
    const char *exe = sys_procfs_exe(path);
    if (exe) {
        size_t n = MIN(strlen(exe), (size_t)size);
        r = gmem_write(buf, exe, n);
        return r ? r : (s64)n;
    }
    r = sys_path(c, name, &path);
    if (r == 0) r = sys_buf(c, buf, (u64)size, true, &host);
    return r ? r : sys_host(c, SYS_readlinkat, (u64)dirfd, (u64)path, (u64)host, (u64)size, 0, 0);
}

s64 sys_do_readlink(struct sys_ctx *c) { return readlink_at(c, AT_FDCWD, c->a[0], c->a[1], (s32)c->a[2]); }
s64 sys_do_readlinkat(struct sys_ctx *c) { return readlink_at(c, (int)c->a[0], c->a[1], c->a[2], (s32)c->a[3]); }

static s64 symlink_at(struct sys_ctx *c, gaddr text, int dirfd, gaddr name)
{
    const char *from, *path;
    s64 r = sys_path_raw(c, text, &from);
    if (r == 0) r = sys_path(c, name, &path);
    return r ? r : sys_host(c, SYS_symlinkat, (u64)from, (u64)dirfd, (u64)path, 0, 0, 0);
}

s64 sys_do_symlink(struct sys_ctx *c) { return symlink_at(c, c->a[0], AT_FDCWD, c->a[1]); }
s64 sys_do_symlinkat(struct sys_ctx *c) { return symlink_at(c, c->a[0], (int)c->a[1], c->a[2]); }

/* A name whose last link is not followed: the exe link of /proc stays a link. */
static s64 path_of_link(struct sys_ctx *c, gaddr addr, const char **out)
{
    s64 r = sys_path_raw(c, addr, out);
    if (r || sys_procfs_exe(*out)) return r;
    return sys_path(c, addr, out);
}

static s64 stat_at(struct sys_ctx *c, int dirfd, gaddr name, u64 flags, enum sys_layout_id id, gaddr out)
{
    const char *path;
    struct stat st;
    bool link = flags & AT_SYMLINK_NOFOLLOW;
    s64 r = link ? path_of_link(c, name, &path) : sys_path(c, name, &path);
    if (r) return r;
    r = sys_host(c, SYS_newfstatat, (u64)dirfd, (u64)path, (u64)&st, flags, 0, 0);
    return r < 0 ? r : sys_put(c, id, out, &st);
}

static enum sys_layout_id layout_of(const struct sys_ctx *c, u32 arg)
{
    return (enum sys_layout_id)(c->call->args[arg].kind >> 8);
}

s64 sys_do_lstat(struct sys_ctx *c)
{
    return stat_at(c, AT_FDCWD, c->a[0], AT_SYMLINK_NOFOLLOW, layout_of(c, 1), c->a[1]);
}

s64 sys_do_fstatat(struct sys_ctx *c)
{
    return stat_at(c, (int)c->a[0], c->a[1], c->a[3], layout_of(c, 2), c->a[2]);
}

s64 sys_do_statx(struct sys_ctx *c)
{
    const char *path = NULL;
    struct host_statx st;
    bool link = c->a[2] & AT_SYMLINK_NOFOLLOW;
    s64 r = 0;
    if (c->a[1]) r = link ? path_of_link(c, c->a[1], &path) : sys_path(c, c->a[1], &path);
    if (r) return r;
    r = sys_host(c, SYS_statx, c->a[0], (u64)path, c->a[2], c->a[3], (u64)&st, 0);
    return r < 0 ? r : sys_put(c, SYS_LAYOUT_statx, c->a[4], &st);
}

/* The size argument: the structure's, or 88 where padding makes it so. */
static s64 statfs_64(struct sys_ctx *c, long nr, u64 what)
{
    struct statfs st;
    if (c->a[1] != sys_size(c, SYS_LAYOUT_statfs64) && c->a[1] != 88) return -EINVAL;
    s64 r = sys_host(c, nr, what, (u64)&st, 0, 0, 0, 0);
    return r < 0 ? r : sys_put(c, SYS_LAYOUT_statfs64, c->a[2], &st);
}

s64 sys_do_statfs64(struct sys_ctx *c)
{
    const char *path;
    s64 r = sys_path(c, c->a[0], &path);
    return r ? r : statfs_64(c, SYS_statfs, (u64)path);
}

s64 sys_do_fstatfs64(struct sys_ctx *c) { return statfs_64(c, SYS_fstatfs, c->a[0]); }

/* utimensat with the two times in a layout of the guest; `scale` is what its fraction counts in nanoseconds. */
static s64 utimes_at(struct sys_ctx *c, u64 dirfd, gaddr name, gaddr times, enum sys_layout_id id, s64 scale, u64 flags)
{
    const char *path = NULL;
    struct timespec ts[2];
    s64 r = name ? sys_path(c, name, &path) : 0;
    for (u32 i = 0; i < 2 && times && r == 0; i++) {
        r = sys_get(c, id, times + i * sys_size(c, id), &ts[i]); /* a timeval has the same host form */
        if (r == 0 && scale != 1 && (ts[i].tv_nsec < 0 || ts[i].tv_nsec >= 1000000)) r = -EINVAL;
        ts[i].tv_nsec *= scale;
    }
    return r ? r : sys_host(c, SYS_utimensat, dirfd, (u64)path, times ? (u64)ts : 0, flags, 0, 0);
}

s64 sys_do_utime(struct sys_ctx *c)
{
    struct host_utimbuf u;
    const char *path;
    s64 r = sys_path(c, c->a[0], &path);
    if (r == 0 && c->a[1]) r = sys_get(c, SYS_LAYOUT_utimbuf, c->a[1], &u);
    if (r) return r;
    struct timespec ts[2] = {{.tv_sec = u.actime}, {.tv_sec = u.modtime}};
    return sys_host(c, SYS_utimensat, (u64)AT_FDCWD, (u64)path, c->a[1] ? (u64)ts : 0, 0, 0, 0);
}

s64 sys_do_utimes(struct sys_ctx *c)
{
    if (!c->a[0]) return -EFAULT;
    return utimes_at(c, (u64)AT_FDCWD, c->a[0], c->a[1], SYS_LAYOUT_timeval, 1000, 0);
}

s64 sys_do_futimesat(struct sys_ctx *c)
{
    return utimes_at(c, c->a[0], c->a[1], c->a[2], SYS_LAYOUT_timeval, 1000, 0);
}

s64 sys_do_utimensat(struct sys_ctx *c)
{
    return utimes_at(c, c->a[0], c->a[1], c->a[2], SYS_LAYOUT_timespec, 1, c->a[3]);
}

s64 sys_do_utimensat_time64(struct sys_ctx *c)
{
    return utimes_at(c, c->a[0], c->a[1], c->a[2], SYS_LAYOUT_timespec64, 1, c->a[3]);
}

/* The data of mount is a string, or nothing, for every file system that busybox and libc know. */
s64 sys_do_mount(struct sys_ctx *c)
{
    const char *source = NULL, *path;
    void *type, *data;
    s64 r = c->a[0] ? sys_path_raw(c, c->a[0], &source) : 0;
    if (r == 0) r = sys_path(c, c->a[1], &path);
    if (r == 0) r = sys_buf(c, c->a[2], 1, false, &type);
    if (r == 0) r = sys_buf(c, c->a[4], 1, false, &data);
    return r ? r : sys_host(c, SYS_mount, (u64)source, (u64)path, (u64)type, c->a[3], (u64)data, 0);
}

s64 sys_do_oldumount(struct sys_ctx *c)
{
    const char *path;
    s64 r = sys_path(c, c->a[0], &path);
    return r ? r : sys_host(c, SYS_umount2, (u64)path, 0, 0, 0, 0, 0);
}
