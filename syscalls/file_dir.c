/* file_dir.c: reading directories. The host gives 64-bit positions, often hashes that use all bits; a 32-bit guest that
 * keeps them in 32 bits gets small numbers that stand for them, so that old programs do not end in EOVERFLOW. A position
 * means the same wherever it comes from, so one table serves the process: it remembers the last 65536 large ones. */
#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "runtime/base/fmt.h"
#include "runtime/base/gmem.h"
#include "runtime/base/lock.h"
#include "runtime/base/rawsys.h"
#include "syscalls/private.h"

#define COOKIES     65536u
#define COOKIE_BASE 0x40000000u /* numbers that stand for a position: base + generation of slots */
static struct lock cookie_lock;
static u64 cookies[COOKIES];
static u32 next_cookie;

static u64 cookie_to_guest(struct sys_ctx *c, u64 host)
{
    if (!sys_is32(c) || host < COOKIE_BASE) return host;
    lock_acquire(&cookie_lock);
    u32 n = next_cookie++ & 0x3fffffffu;
    cookies[n % COOKIES] = host;
    lock_release(&cookie_lock);
    return COOKIE_BASE + n;
}

s64 sys_dir_cookie_to_host(int fd, s64 offset)
{
    struct stat st;
    if (offset < COOKIE_BASE || offset > INT_MAX) return offset;
    u32 n = (u32)offset - COOKIE_BASE;
    if (next_cookie - n > COOKIES || n >= next_cookie) return offset;
    if (raw_fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode)) return offset;
    return (s64)cookies[n % COOKIES];
}

struct host_dirent { u64 ino; s64 off; u16 reclen; u8 type; char name[]; };

/* Writes one entry in the guest's form at `to`; returns its length. */
typedef u32 put_entry(struct sys_ctx *c, u8 *to, const struct host_dirent *d, size_t name);

static u32 put_old(struct sys_ctx *c, u8 *to, const struct host_dirent *d, size_t name)
{
    const u32 word = c->abi->word, head = 2 * word + 2;
    u32 len = (u32)align_up(head + name + 2, word);
    u64 ino = word == 4 && d->ino >> 32 ? (u32)(d->ino ^ d->ino >> 32) : d->ino;
    memset(to, 0, len);
    sys_store_n(to, word, c->abi->big_endian, ino);
    sys_store_n(to + word, word, c->abi->big_endian, cookie_to_guest(c, (u64)d->off));
    sys_store_n(to + 2 * word, 2, c->abi->big_endian, len);
    memcpy(to + head, d->name, name);
    to[len - 1] = d->type;
    return len;
}

static u32 put_64(struct sys_ctx *c, u8 *to, const struct host_dirent *d, size_t name)
{
    u32 len = (u32)align_up(19 + name + 1, 8);
    memset(to, 0, len);
    sys_store_n(to, 8, c->abi->big_endian, d->ino);
    sys_store_n(to + 8, 8, c->abi->big_endian, cookie_to_guest(c, (u64)d->off));
    sys_store_n(to + 16, 2, c->abi->big_endian, len);
    to[18] = d->type;
    memcpy(to + 19, d->name, name);
    return len;
}

/* True for an entry of /proc/<this process>/fd that is calque's own. */
static bool is_hidden_entry(int fd, const char *name)
{
    u64 n;
    char link[40], path[PATH_MAX];
    if (*name < '0' || *name > '9' || fmt_parse_u64(name, strlen(name), false, &n)) return false;
    if (n > INT_MAX || !fs_is_hidden((int)n)) return false;
    fmt_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long len = raw_readlinkat(AT_FDCWD, link, path, sizeof path);
    return len > 3 && memcmp(path, "/proc", 5) == 0 && memcmp(path + len - 3, "/fd", 3) == 0;
}

#define DIR_BUF 65536u

/* An entry never gets longer on its way to the guest, so what the host gave fits. */
static s64 read_dir(struct sys_ctx *c, u64 size, put_entry *put)
{
    size = MIN(size, DIR_BUF);
    u8 *in = sys_tmp_raw(c, size + 8);
    s64 n = sys_host(c, SYS_getdents64, c->a[0], (u64)in, size, 0, 0, 0);
    if (n <= 0) return n;
    u8 *out = sys_tmp_raw(c, (size_t)n + 8);
    u32 used = 0;
    for (s64 at = 0; at < n;) {
        const struct host_dirent *d = (const struct host_dirent *)(in + at);
        if (!is_hidden_entry((int)c->a[0], d->name)) used += put(c, out + used, d, strlen(d->name));
        at += d->reclen;
    }
    s64 r = gmem_write(c->a[1], out, used);
    return r ? r : used;
}

s64 sys_do_getdents(struct sys_ctx *c) { return read_dir(c, c->a[2], put_old); }
s64 sys_do_getdents64(struct sys_ctx *c) { return read_dir(c, c->a[2], put_64); }

/* The first readdir: one entry { word ino, word off, u16 name length, name }; 1, or 0 at the end. */
s64 sys_do_readdir(struct sys_ctx *c)
{
    u8 *in = sys_tmp(c, 512), *out = sys_tmp(c, 512);
    s64 n = sys_host(c, SYS_getdents64, c->a[0], (u64)in, 280, 0, 0, 0);
    if (n <= 0) return n;
    const struct host_dirent *d = (const struct host_dirent *)in;
    size_t name = strlen(d->name);
    put_old(c, out, d, name);
    sys_store_n(out + 2 * c->abi->word, 2, c->abi->big_endian, name);
    s64 seeked = raw_lseek((int)c->a[0], d->off, SEEK_SET);
    s64 r = gmem_write(c->a[1], out, 2 * c->abi->word + 2 + name + 1);
    return r ? r : seeked < 0 ? seeked : 1;
}
