/* limits.c: resource limits. Three of them bound memory, and the process holds more than the guest's: those are applied to
 * the guest's mappings (mm_set_limit), and what the guest set is remembered here. The host is never told of RLIMIT_AS and
 * RLIMIT_DATA, which calque's own reservations would hit, and of RLIMIT_STACK only so far that calque's stack keeps room. */
#include <string.h>

#include "runtime/base/options.h"
#include "runtime/base/rawsys.h"
#include "syscalls/private.h"
#include "syscalls/syscalls.h"

#define HOST_STACK (1024 * 1024ull) /* room for calque's own stack, and to spare */

static struct sys_kept kept[SYS_KEPT_COUNT] = {
#define ROW(resource, field, name) {resource, false, {0, 0}},
    SYS_KEPT_LIMITS(ROW)
#undef ROW
};

static struct sys_kept *kept_of(u64 resource)
{
    for (u32 i = 0; i < SYS_KEPT_COUNT; i++)
        if ((u64)kept[i].resource == resource) return &kept[i];
    return NULL;
}

const struct rlimit *sys_kept_limit(int resource)
{
    const struct sys_kept *k = kept_of((u64)resource);
    return k->set ? &k->limit : NULL;
}

void sys_limits_save(struct sys_limits *s, const struct mm *mm)
{
    memcpy(s->kept, kept, sizeof kept);
    for (u32 i = 0; i < SYS_KEPT_COUNT; i++) s->mm[i] = mm_limit(mm, kept[i].resource);
}

void sys_limits_restore(const struct sys_limits *s, struct mm *mm)
{
    memcpy(kept, s->kept, sizeof kept);
    for (u32 i = 0; i < SYS_KEPT_COUNT; i++) mm_set_limit(mm, kept[i].resource, s->mm[i]);
}

/* What the host is told when the guest's limit on its stack is l. */
static struct rlimit host_stack(const struct rlimit *l, u64 host_max)
{
    const u64 least = MIN(HOST_STACK, host_max);
    return (struct rlimit){MAX(l->rlim_cur, least), MAX(l->rlim_max, least)};
}

static void keep(struct mm *mm, struct sys_kept *k, const struct rlimit *l)
{
    k->limit = *l;
    k->set = true;
    mm_set_limit(mm, k->resource, l->rlim_cur);
}

/* At the start of a program, from options and from what the host's process was given. */
static void start_limit(struct mm *mm, int resource, bool given, u64 cur, bool max_given, u64 max)
{
    struct rlimit l;
    const bool cramped = resource == RLIMIT_STACK && mm_limit(mm, resource) < HOST_STACK; /* the host's still */
    if ((!given && !max_given && !cramped) || raw_prlimit(0, resource, NULL, &l) != 0) return;
    const struct rlimit host = l;
    if (max_given) l.rlim_max = MIN(l.rlim_max, max);
    l.rlim_cur = MIN(given ? cur : l.rlim_cur, l.rlim_max);
    keep(mm, kept_of((u64)resource), &l);
    if (!cramped) return;
    const struct rlimit roomy = {MIN(HOST_STACK, host.rlim_max), host.rlim_max};
    raw_prlimit(0, resource, &roomy, NULL);
}

void sys_start_limits(struct mm *mm, const struct options *o)
{
#define ROW(resource, field, name) \
    start_limit(mm, resource, option_given(o, field), o->field, option_given(o, field##_max), o->field##_max);
    SYS_KEPT_LIMITS(ROW)
#undef ROW
}

static s64 set_kept(struct sys_ctx *c, struct sys_kept *k, const struct rlimit *set, const struct rlimit *host)
{
    const u64 max = k->set ? k->limit.rlim_max : host->rlim_max;
    if (set->rlim_cur > set->rlim_max) return -EINVAL;
    if (k->resource != RLIMIT_STACK) {
        if (set->rlim_max > max) return -EPERM;
        keep(c->t->mm, k, set);
        return 0;
    }
    const struct rlimit told = host_stack(set, host->rlim_max);
    if (set->rlim_max > max && told.rlim_max <= host->rlim_max) return -EPERM; /* the host, told of more, would not object */
    s64 r = sys_host(c, SYS_prlimit64, 0, RLIMIT_STACK, (u64)&told, 0, 0, 0);
    if (r) return r;
    keep(c->t->mm, k, set);
    k->set = told.rlim_cur != set->rlim_cur || told.rlim_max != set->rlim_max;
    return 0;
}

static s64 limit_call(struct sys_ctx *c, s32 pid, u64 resource, const struct rlimit *set, struct rlimit *get)
{
    struct sys_kept *k = pid == 0 || pid == raw_getpid() ? kept_of(resource) : NULL;
    if (!k) return sys_host(c, SYS_prlimit64, (u64)(s64)pid, resource, (u64)set, (u64)get, 0, 0);
    struct rlimit host;
    s64 r = sys_host(c, SYS_prlimit64, 0, resource, 0, (u64)&host, 0, 0);
    if (r) return r;
    if (get) *get = k->set ? k->limit : host;
    return set ? set_kept(c, k, set, &host) : 0;
}

static s64 get_limit(struct sys_ctx *c, struct rlimit *l)
{
    u64 resource;
    s64 r = sys_flags(c, SYS_FLAGS_rlimit, c->a[0], &resource);
    return r ? r : limit_call(c, 0, resource, NULL, l);
}

s64 sys_do_getrlimit(struct sys_ctx *c)
{
    struct rlimit l;
    s64 r = get_limit(c, &l);
    return r ? r : sys_put(c, SYS_LAYOUT_rlimit, c->a[1], &l);
}

s64 sys_do_old_getrlimit(struct sys_ctx *c)
{
    struct rlimit l;
    s64 r = get_limit(c, &l);
    if (r) return r;
    r = sys_put_word(c, c->a[1], MIN(l.rlim_cur, 0x7fffffffu));
    return r ? r : sys_put_word(c, c->a[1] + c->abi->word, MIN(l.rlim_max, 0x7fffffffu));
}

s64 sys_do_setrlimit(struct sys_ctx *c)
{
    u64 resource;
    struct rlimit l;
    s64 r = sys_flags(c, SYS_FLAGS_rlimit, c->a[0], &resource);
    if (r == 0) r = sys_get(c, SYS_LAYOUT_rlimit, c->a[1], &l);
    return r ? r : limit_call(c, 0, resource, &l, NULL);
}

s64 sys_do_prlimit64(struct sys_ctx *c)
{
    u64 resource;
    struct rlimit set, get;
    void *setp;
    s64 r = sys_flags(c, SYS_FLAGS_rlimit, c->a[1], &resource);
    if (r == 0) r = sys_get_opt(c, SYS_LAYOUT_rlimit64, c->a[2], &set, &setp);
    if (r == 0) r = limit_call(c, (s32)c->a[0], resource, setp, c->a[3] ? &get : NULL);
    if (r == 0 && c->a[3]) r = sys_put(c, SYS_LAYOUT_rlimit64, c->a[3], &get);
    return r;
}
