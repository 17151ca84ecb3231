/* time.c: clocks and timers that a row cannot say. A sleep that a handler ends gives EINTR and what is left, as the host
 * reports it; a sleep that a stop and a continuation interrupt goes on by the host's own restart. */
#include <string.h>

#include "runtime/base/x86_64/vdso.h"
#include "syscalls/private.h"

static s64 get_clock(struct sys_ctx *c, enum sys_layout_id id)
{
    struct timespec ts;
    s64 r = vdso_clock_gettime((int)c->a[0], &ts);
    return r ? r : sys_put(c, id, c->a[1], &ts);
}

s64 sys_do_clock_gettime(struct sys_ctx *c) { return get_clock(c, SYS_LAYOUT_timespec); }
s64 sys_do_clock_gettime64(struct sys_ctx *c) { return get_clock(c, SYS_LAYOUT_timespec64); }

s64 sys_do_gettimeofday(struct sys_ctx *c)
{
    struct timespec ts;
    struct timezone tz;
    s64 r = 0;
    if (c->a[0]) {
        vdso_clock_gettime(CLOCK_REALTIME, &ts);
        r = sys_put(c, SYS_LAYOUT_timeval, c->a[0], &(struct timeval){ts.tv_sec, ts.tv_nsec / 1000});
    }
    if (r || !c->a[1]) return r;
    r = sys_host(c, SYS_gettimeofday, 0, (u64)&tz, 0, 0, 0, 0);
    return r ? r : sys_put(c, SYS_LAYOUT_timezone, c->a[1], &tz);
}

s64 sys_do_time(struct sys_ctx *c)
{
    struct timespec ts;
    s64 r = vdso_clock_gettime(CLOCK_REALTIME_COARSE, &ts);
    if (r == 0 && c->a[0]) r = sys_put_word(c, c->a[0], (u64)ts.tv_sec);
    return r ? r : ts.tv_sec;
}

s64 sys_do_stime(struct sys_ctx *c)
{
    u64 t;
    s64 r = sys_get_word(c, c->a[0], &t);
    struct timeval tv = {.tv_sec = sys_is32(c) ? (s64)(s32)t : (s64)t};
    return r ? r : sys_host(c, SYS_settimeofday, (u64)&tv, 0, 0, 0, 0, 0);
}

/* Both sleeps: clock_nanosleep on a clock; `remain` is not written by an absolute one. */
static s64 sleep_on(struct sys_ctx *c, u64 clock, u64 flags, enum sys_layout_id id, gaddr request, gaddr remain)
{
    struct timespec want, left;
    if (!request) return -EFAULT;
    s64 r = sys_get(c, id, request, &want);
    if (r) return r;
    r = sys_host(c, SYS_clock_nanosleep, clock, flags, (u64)&want, (u64)&left, 0, 0);
    if (r != -EINTR || !remain || (flags & TIMER_ABSTIME)) return r;
    s64 stored = sys_put(c, id, remain, &left);
    return stored ? stored : r;
}

s64 sys_do_nanosleep(struct sys_ctx *c)
{
    return sleep_on(c, CLOCK_MONOTONIC, 0, SYS_LAYOUT_timespec, c->a[0], c->a[1]);
}

s64 sys_do_clock_nanosleep(struct sys_ctx *c)
{
    return sleep_on(c, c->a[0], c->a[1], SYS_LAYOUT_timespec, c->a[2], c->a[3]);
}

s64 sys_do_clock_nanosleep_time64(struct sys_ctx *c)
{
    return sleep_on(c, c->a[0], c->a[1], SYS_LAYOUT_timespec64, c->a[2], c->a[3]);
}

/* Reads a sigevent; *out is NULL where the guest gives none. */
static s64 get_event(struct sys_ctx *c, gaddr addr, struct host_sigevent *e, void **out)
{
    s64 r = sys_get_opt(c, SYS_LAYOUT_sigevent, addr, e, out);
    if (r || !*out || e->sigev_notify == SIGEV_NONE) return r;
    e->sigev_signo = sys_signal_to_host(c->abi, e->sigev_signo);
    return e->sigev_signo < 0 ? -EINVAL : 0;
}

s64 sys_do_timer_create(struct sys_ctx *c)
{
    struct host_sigevent e;
    void *event;
    int id;
    s64 r = get_event(c, c->a[1], &e, &event);
    if (r == 0) r = sys_host(c, SYS_timer_create, c->a[0], (u64)event, (u64)&id, 0, 0, 0);
    if (r < 0) return r;
    r = sys_put_u32(c, c->a[2], (u32)id);
    if (r) sys_host(c, SYS_timer_delete, (u64)id, 0, 0, 0, 0, 0);
    return r;
}

s64 sys_do_mq_notify(struct sys_ctx *c)
{
    struct host_sigevent e;
    void *event;
    s64 r = get_event(c, c->a[1], &e, &event);
    if (r) return r;
    if (event && e.sigev_notify == SIGEV_THREAD) {
        sys_unimp(c, "notification by thread", 0);
        return -ENOSYS;
    }
    return sys_host(c, SYS_mq_notify, c->a[0], (u64)event, 0, 0, 0, 0);
}
