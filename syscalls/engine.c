/* engine.c: one system call from the trap to the stored result: the row of the guest's number, its arguments, the
 * handler or the host's call, the result. The table of rows is here; handlers are by subject. */
#include <string.h>

#include "runtime/base/heap.h"
#include "runtime/base/log.h"
#include "syscalls/private.h"
#include "syscalls/syscalls.h"

static const struct sys_call rows[SYS_CALL_COUNT] = {
    {"none", -1, NULL, SYS_KIND_long, {{SYS_KIND_end, NULL}}},
#define ARG  SYS_ARG_ROW
#define CALL SYS_CALL_STRUCT
#include "syscalls/calls.def"
#undef CALL
#undef ARG
};

static const struct sys_abi *abi; /* of this process's guest */

void sys_init(const struct sys_abi *a)
{
    abi = a;
    sys_maps_init(a);
    sys_layout_init(a);
    sys_ioctl_init(a);
}

const struct sys_call *sys_call_row(const struct sys_abi *a, u32 id)
{
    if (id >= SYS_CALL_OWN) return id - SYS_CALL_OWN < a->nown_calls ? &a->own_calls[id - SYS_CALL_OWN] : NULL;
    return id != SYS_CALL_none && id < SYS_CALL_COUNT ? &rows[id] : NULL;
}

static const struct sys_call *find(u64 nr)
{
    for (const struct sys_numbers *n = abi->numbers; n->count; n++)
        if (nr - n->first < n->count) return sys_call_row(abi, n->calls[nr - n->first]);
    return NULL;
}

/* Bit set of what was told already, by number modulo its size: once each is enough. */
static u64 told[32];

void sys_unimp(struct sys_ctx *c, const char *what, u64 number)
{
    if (!log_on(LOG_unimp)) return;
    u64 h = (number * 0x9e3779b97f4a7c15ull + (u64)what[0] * 131 + (u64)c->nr) >> 53;
    u64 bit = 1ull << (h & 63), old = __atomic_fetch_or(&told[h >> 6 & 31], bit, __ATOMIC_RELAXED);
    if (old & bit) return;
    log_line("%s: %s 0x%lx is not implemented", c->call ? c->call->name : "system call", what, number);
}

static s64 unknown(struct sys_ctx *c)
{
    static const struct sys_call none = {"unknown", -1, NULL, SYS_KIND_long, {{SYS_KIND_end, NULL}}};
    if (!c->call) c->call = &none;
    sys_unimp(c, "system call number", c->nr);
    return -ENOSYS;
}

static void free_spills(struct sys_ctx *c)
{
    while (c->spills) {
        struct sys_spill *s = c->spills;
        c->spills = s->next;
        heap_free(s);
    }
}

static s64 run(struct sys_ctx *c, const u64 words[8])
{
    c->call = find(c->nr);
    if (c->call) sys_fetch(c, words);
    if (log_on(LOG_strace)) sys_trace_enter(c);
    if (!c->call || (!c->call->fn && c->call->host < 0)) return unknown(c);
    return c->call->fn ? c->call->fn(c) : sys_host_call(c, c->call->host);
}

static void finish(struct sys_ctx *c, s64 result)
{
    if (log_on(LOG_strace)) sys_trace_leave(c, result);
    free_spills(c);
    if (c->no_result || result == -SYS_RESTART) return;
    if (result < 0 && result >= -4095)
        c->abi->set(c->t->cpu, c->trap_no, 0, sys_errno_to_guest(c->abi, (int)-result));
    else
        c->abi->set(c->t->cpu, c->trap_no, result, 0);
}

bool sys_dispatch(struct task *t, u32 trap_no)
{
    _Alignas(16) u8 scratch[SYS_SCRATCH];
    u64 words[8] = {0};
    struct sys_ctx c = {.t = t, .abi = abi, .trap_no = trap_no, .scratch = scratch};
    int e = abi->get(t->cpu, trap_no, &c.nr, words);
    s64 r = e ? e : run(&c, words);
    finish(&c, r);
    return r != -SYS_RESTART || c.no_result;
}

void sys_restart(struct task *t, bool handler_runs)
{
    log_printf(LOG_strace, "%d call to be made again%s", t->tid, handler_runs ? " after the handler" : "");
    abi->rewind(t->cpu, (u32)t->cpu->exit_info);
}
