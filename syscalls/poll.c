/* poll.c: poll, select and epoll in all their forms. Signal masks go with the host's call, so that no signal is lost
 * between setting one and sleeping. Time left is stored back as the kernel does, also when a signal ended the call. */
#include <string.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/private.h"

#define POLL_MAX (1u << 20) /* more descriptors than a process can have */

static void poll_flags(struct sys_ctx *c, struct pollfd *p, u64 n, bool to_host)
{
    for (u64 i = 0; i < n; i++) {
        if (to_host)
            p[i].events = (s16)sys_flags_to_host(c->abi, SYS_FLAGS_poll, (u16)p[i].events, NULL);
        else
            p[i].revents = (s16)sys_flags_to_guest(c->abi, SYS_FLAGS_poll, (u16)p[i].revents);
    }
}

/* Only revents goes back, as in the kernel. */
static s64 put_revents(struct sys_ctx *c, gaddr addr, const struct pollfd *p, u64 n)
{
    for (u64 i = 0; i < n; i++)
        if (gmem_store_u16(addr + 8 * i + 6, c->abi->big_endian, (u16)p[i].revents)) return -EFAULT;
    return 0;
}

static s64 poll_with(struct sys_ctx *c, struct timespec *timeout, const u64 *mask)
{
    void *raw;
    u64 n = c->a[1];
    if (n > POLL_MAX) return -EINVAL;
    s64 r = sys_get_array(c, SYS_LAYOUT_pollfd, c->a[0], n, &raw);
    if (r) return r;
    struct pollfd *p = raw;
    poll_flags(c, p, n, true);
    s64 found = sys_host(c, SYS_ppoll, (u64)p, n, (u64)timeout, (u64)mask, 8, 0);
    if (found < 0) return found;
    poll_flags(c, p, n, false);
    r = put_revents(c, c->a[0], p, n);
    return r ? r : found;
}

s64 sys_do_poll(struct sys_ctx *c)
{
    s32 ms = (s32)c->a[2];
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000l};
    return poll_with(c, ms < 0 ? NULL : &ts, NULL);
}

/* The mask of ppoll and its kin: *out is NULL without one. */
static s64 get_mask(struct sys_ctx *c, gaddr addr, u64 size, u64 *mask, const u64 **out)
{
    *out = NULL;
    if (!addr) return 0;
    if (size != 8) return -EINVAL;
    s64 r = sys_get_sigset(c, addr, mask);
    *mask = sig_wait_mask(c->t, *mask);
    if (r == 0) *out = mask;
    return r;
}

static s64 ppoll_as(struct sys_ctx *c, enum sys_layout_id id)
{
    struct timespec ts;
    void *timeout;
    u64 mask = 0;
    const u64 *maskp;
    s64 r = sys_get_opt(c, id, c->a[2], &ts, &timeout);
    if (r == 0) r = get_mask(c, c->a[3], c->a[4], &mask, &maskp);
    if (r) return r;
    r = poll_with(c, timeout, maskp);
    if (timeout && r != -SYS_RESTART) sys_put(c, id, c->a[2], &ts); /* a failure to store is not reported */
    return r;
}

s64 sys_do_ppoll(struct sys_ctx *c) { return ppoll_as(c, SYS_LAYOUT_timespec); }
s64 sys_do_ppoll_time64(struct sys_ctx *c) { return ppoll_as(c, SYS_LAYOUT_timespec64); }

/* ---- select: sets are arrays of the guest's words ---- */

#define SELECT_MAX 65536u

static u32 set_bytes(const struct sys_ctx *c, u32 n) { return (u32)align_up(n, 8 * c->abi->word) / 8; }

/* Between the guest's order of bytes and the host's, in place: each word is turned round in big endian. */
static void turn_set(const struct sys_ctx *c, u8 *set, u32 bytes)
{
    if (!c->abi->big_endian) return;
    for (u32 i = 0; i < bytes; i += c->abi->word)
        sys_store_n(set + i, c->abi->word, HOST_BIG_ENDIAN, sys_load_n(set + i, c->abi->word, true));
}

static s64 get_set(struct sys_ctx *c, gaddr addr, u32 n, u8 **out)
{
    *out = NULL;
    if (!addr) return 0;
    u32 bytes = set_bytes(c, n);
    *out = sys_tmp(c, align_up(bytes, 8) + 8);
    s64 r = gmem_read(*out, addr, bytes);
    turn_set(c, *out, bytes);
    return r;
}

static s64 put_set(struct sys_ctx *c, gaddr addr, u32 n, u8 *set)
{
    if (!addr) return 0;
    turn_set(c, set, set_bytes(c, n));
    return gmem_write(addr, set, set_bytes(c, n));
}

static s64 select_with(struct sys_ctx *c, const u64 a[4], struct timespec *timeout, const u64 *mask)
{
    struct { const u64 *mask; u64 size; } sixth = {mask, 8};
    u8 *set[3];
    s32 count = (s32)a[0];
    if (count < 0) return -EINVAL;
    u32 n = MIN((u32)count, SELECT_MAX);
    for (u32 i = 0; i < 3; i++) {
        s64 r = get_set(c, a[i + 1], n, &set[i]);
        if (r) return r;
    }
    s64 found = sys_host(c, SYS_pselect6, n, (u64)set[0], (u64)set[1], (u64)set[2], (u64)timeout,
                         mask ? (u64)&sixth : 0);
    for (u32 i = 0; i < 3 && found >= 0; i++)
        if (put_set(c, a[i + 1], n, set[i])) found = -EFAULT;
    return found;
}

static s64 select_timeval(struct sys_ctx *c, const u64 a[5])
{
    struct timeval tv;
    struct timespec ts;
    void *timeout;
    s64 r = sys_get_opt(c, SYS_LAYOUT_timeval, a[4], &tv, &timeout);
    if (r) return r;
    if (timeout) { /* microseconds beyond a second are carried, as the kernel does here */
        ts = (struct timespec){tv.tv_sec + tv.tv_usec / 1000000, tv.tv_usec % 1000000 * 1000};
        if (tv.tv_sec < 0 || tv.tv_usec < 0) return -EINVAL;
    }
    r = select_with(c, a, timeout ? &ts : NULL, NULL);
    if (timeout && r != -SYS_RESTART) {
        tv = (struct timeval){ts.tv_sec, ts.tv_nsec / 1000};
        sys_put(c, SYS_LAYOUT_timeval, a[4], &tv);
    }
    return r;
}

s64 sys_do_select(struct sys_ctx *c) { return select_timeval(c, c->a); }

s64 sys_do_old_select(struct sys_ctx *c)
{
    u64 a[5];
    for (u32 i = 0; i < 5; i++)
        if (sys_get_word(c, c->a[0] + i * c->abi->word, &a[i])) return -EFAULT;
    return select_timeval(c, a);
}

static s64 pselect_as(struct sys_ctx *c, enum sys_layout_id id)
{
    struct timespec ts;
    void *timeout;
    u64 where = 0, size = 0, mask = 0;
    const u64 *maskp;
    s64 r = sys_get_opt(c, id, c->a[4], &ts, &timeout);
    if (r == 0 && c->a[5]) r = sys_get_word(c, c->a[5], &where);
    if (r == 0 && c->a[5]) r = sys_get_word(c, c->a[5] + c->abi->word, &size);
    if (r == 0) r = get_mask(c, where, size, &mask, &maskp);
    if (r) return r;
    r = select_with(c, c->a, timeout, maskp);
    if (timeout && r != -SYS_RESTART) sys_put(c, id, c->a[4], &ts);
    return r;
}

s64 sys_do_pselect6(struct sys_ctx *c) { return pselect_as(c, SYS_LAYOUT_timespec); }
s64 sys_do_pselect6_time64(struct sys_ctx *c) { return pselect_as(c, SYS_LAYOUT_timespec64); }

/* ---- epoll ---- */

s64 sys_do_epoll_ctl(struct sys_ctx *c)
{
    struct epoll_event e;
    void *event = NULL;
    s64 r = c->a[1] == EPOLL_CTL_DEL ? 0 : sys_get_opt(c, SYS_LAYOUT_epoll_event, c->a[3], &e, &event);
    if (event) e.events = (u32)sys_flags_to_host(c->abi, SYS_FLAGS_poll, e.events, NULL);
    return r ? r : sys_host(c, SYS_epoll_ctl, c->a[0], c->a[1], c->a[2], (u64)event, 0, 0);
}

#define EPOLL_BATCH 65536 /* events handed over in one call; more come with the next */

static s64 epoll_with(struct sys_ctx *c, const struct timespec *timeout, const u64 *mask)
{
    s32 max = (s32)c->a[2];
    if (max <= 0 || (u32)max > 0x7fffffff / sys_size(c, SYS_LAYOUT_epoll_event)) return -EINVAL;
    max = MIN(max, EPOLL_BATCH);
    struct epoll_event *e = sys_tmp_raw(c, (size_t)max * sizeof *e);
    s64 n = sys_host(c, SYS_epoll_pwait2, c->a[0], (u64)e, (u64)max, (u64)timeout, (u64)mask, 8);
    if (n == -ENOSYS) { /* a kernel before 5.11: milliseconds */
        s64 ms = timeout ? timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000 : -1;
        n = sys_host(c, SYS_epoll_pwait, c->a[0], (u64)e, (u64)max, (u64)MIN(ms, 0x7fffffff), (u64)mask, 8);
    }
    for (s64 i = 0; i < n; i++) e[i].events = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_poll, e[i].events);
    if (n <= 0) return n;
    s64 r = sys_put_array(c, SYS_LAYOUT_epoll_event, c->a[1], (u64)n, e);
    return r ? r : n;
}

static s64 epoll_ms(struct sys_ctx *c, const u64 *mask)
{
    s32 ms = (s32)c->a[3];
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000l};
    return epoll_with(c, ms < 0 ? NULL : &ts, mask);
}

s64 sys_do_epoll_wait(struct sys_ctx *c) { return epoll_ms(c, NULL); }

s64 sys_do_epoll_pwait(struct sys_ctx *c)
{
    u64 mask = 0;
    const u64 *maskp;
    s64 r = get_mask(c, c->a[4], c->a[5], &mask, &maskp);
    return r ? r : epoll_ms(c, maskp);
}

s64 sys_do_epoll_pwait2(struct sys_ctx *c)
{
    struct timespec ts;
    void *timeout;
    u64 mask = 0;
    const u64 *maskp;
    s64 r = sys_get_opt(c, SYS_LAYOUT_timespec64, c->a[3], &ts, &timeout);
    if (r == 0) r = get_mask(c, c->a[4], c->a[5], &mask, &maskp);
    return r ? r : epoll_with(c, timeout, maskp);
}
