/* kinds.c: what each kind of argument takes of the registers, what the host gets for it, and what is stored back: the
 * meaning of kinds.def. A call whose row says HOST needs nothing else. */
#include <string.h>

#include "runtime/base/gmem.h"
#include "syscalls/private.h"

static enum sys_kind kind_of(const struct sys_arg *a) { return (enum sys_kind)(a->kind & 0xff); }
static u32 sub_of(const struct sys_arg *a) { return a->kind >> 8; }

static u64 word_unsigned(const struct sys_ctx *c, u64 w) { return sys_is32(c) ? (u32)w : w; }
static u64 word_signed(const struct sys_ctx *c, u64 w) { return sys_is32(c) ? (u64)(s64)(s32)w : w; }

/* A 64-bit argument that starts at *slot. */
static u64 fetch_64(const struct sys_ctx *c, const u64 words[8], u32 *slot)
{
    if (!sys_is32(c)) return words[(*slot)++];
    if (c->abi->pair_aligned && (*slot & 1)) (*slot)++;
    u64 a = (u32)words[*slot & 7], b = (u32)words[(*slot + 1) & 7];
    *slot += 2;
    return c->abi->big_endian ? a << 32 | b : b << 32 | a;
}

static u64 fetch_lohi(const struct sys_ctx *c, const u64 words[8], u32 *slot)
{
    u64 lo = words[*slot & 7], hi = words[(*slot + 1) & 7];
    *slot += 2;
    return sys_is32(c) ? (u32)lo | hi << 32 : lo;
}

static u64 fetch_one(const struct sys_ctx *c, enum sys_kind kind, const u64 words[8], u32 *slot)
{
    if (kind == SYS_KIND_off64) return fetch_64(c, words, slot);
    if (kind == SYS_KIND_lohi) return fetch_lohi(c, words, slot);
    u64 w = words[(*slot)++ & 7];
    switch (kind) {
    case SYS_KIND_fd:
    case SYS_KIND_dirfd: return fs_is_hidden((s32)w) ? ~0ull : (u64)(s64)(s32)w; /* -1: no call takes it */
    case SYS_KIND_int:
    case SYS_KIND_pid:
    case SYS_KIND_sig: return (u64)(s64)(s32)w;
    case SYS_KIND_uint:
    case SYS_KIND_hex:
    case SYS_KIND_mode:
    case SYS_KIND_uid:
    case SYS_KIND_flags: return (u32)w;
    case SYS_KIND_uid16: return (u16)w == 0xffff ? 0xffffffffu : (u16)w;
    case SYS_KIND_long:
    case SYS_KIND_off: return word_signed(c, w);
    default: return word_unsigned(c, w);
    }
}

void sys_fetch(struct sys_ctx *c, const u64 words[8])
{
    u32 slot = 0;
    const struct sys_arg *a = c->call->args;
    for (u32 i = 0; kind_of(&a[i]) != SYS_KIND_end; i++) c->a[i] = fetch_one(c, kind_of(&a[i]), words, &slot);
}

/* A structure argument: host memory to hand to the kernel, filled if the kernel reads it. */
static int convert_struct(struct sys_ctx *c, enum sys_layout_id id, gaddr addr, bool read, u64 *host)
{
    *host = 0;
    if (!addr) return 0;
    void *p;
    if (sys_layout_same(id)) {
        int r = sys_buf(c, addr, sys_size(c, id), !read, &p);
        *host = (u64)p;
        return r;
    }
    p = sys_tmp(c, sys_layout_host_size(id));
    *host = (u64)p;
    return read ? sys_get(c, id, addr, p) : 0;
}

static int convert_pointer(struct sys_ctx *c, enum sys_kind kind, u32 i, u64 *host)
{
    void *p = NULL;
    const char *path = NULL;
    int r = 0;
    switch (kind) {
    case SYS_KIND_path:
        r = c->a[i] ? sys_path(c, c->a[i], &path) : 0;
        *host = (u64)path;
        return r;
    case SYS_KIND_str: r = sys_buf(c, c->a[i], 1, false, &p); break;
    case SYS_KIND_inbuf: r = sys_buf(c, c->a[i], c->a[i + 1], false, &p); break;
    case SYS_KIND_outbuf: r = sys_buf(c, c->a[i], c->a[i + 1], true, &p); break;
    default: /* outu32, outu64, inoutu64 */
        p = c->a[i] ? sys_tmp(c, 8) : NULL;
        if (p && kind == SYS_KIND_inoutu64) r = sys_get_u64(c, c->a[i], p);
        break;
    }
    *host = (u64)p;
    return r;
}

static int convert_one(struct sys_ctx *c, const struct sys_arg *a, u32 i, u64 *host)
{
    int sig;
    switch (kind_of(a)) {
    case SYS_KIND_sig:
        sig = sys_signal_to_host(c->abi, (s32)c->a[i]);
        *host = (u64)(s64)sig;
        return sig < 0 || (sig == 0 && c->a[i] != 0) ? -EINVAL : 0;
    case SYS_KIND_flags: return sys_flags(c, (enum sys_family)sub_of(a), c->a[i], host);
    case SYS_KIND_in: return convert_struct(c, (enum sys_layout_id)sub_of(a), c->a[i], true, host);
    case SYS_KIND_inout: return convert_struct(c, (enum sys_layout_id)sub_of(a), c->a[i], true, host);
    case SYS_KIND_out: return convert_struct(c, (enum sys_layout_id)sub_of(a), c->a[i], false, host);
    case SYS_KIND_path:
    case SYS_KIND_str:
    case SYS_KIND_inbuf:
    case SYS_KIND_outbuf:
    case SYS_KIND_outu32:
    case SYS_KIND_outu64:
    case SYS_KIND_inoutu64: return convert_pointer(c, kind_of(a), i, host);
    default: *host = c->a[i]; return 0;
    }
}

int sys_convert(struct sys_ctx *c, u64 host[6])
{
    const struct sys_arg *a = c->call->args;
    for (u32 i = 0; i < 6 && kind_of(&a[i]) != SYS_KIND_end; i++) {
        int r = convert_one(c, &a[i], i, &host[i]);
        if (r) return r;
    }
    return 0;
}

int sys_store(struct sys_ctx *c, const u64 host[6])
{
    const struct sys_arg *a = c->call->args;
    int r = 0;
    for (u32 i = 0; i < 6 && kind_of(&a[i]) != SYS_KIND_end && r == 0; i++) {
        if (!c->a[i]) continue;
        enum sys_layout_id id = (enum sys_layout_id)sub_of(&a[i]);
        switch (kind_of(&a[i])) {
        case SYS_KIND_out:
        case SYS_KIND_inout:
            if (!sys_layout_same(id)) r = sys_put(c, id, c->a[i], (const void *)host[i]);
            break;
        case SYS_KIND_outu32: r = sys_put_u32(c, c->a[i], *(const u32 *)host[i]); break;
        case SYS_KIND_outu64:
        case SYS_KIND_inoutu64: r = sys_put_u64(c, c->a[i], *(const u64 *)host[i]); break;
        default: break;
        }
    }
    return r;
}

s64 sys_host_call(struct sys_ctx *c, long nr)
{
    u64 h[6] = {0};
    s64 r = sys_convert(c, h);
    if (r) return r;
    r = sys_host(c, nr, h[0], h[1], h[2], h[3], h[4], h[5]);
    if (r < 0) return r;
    int stored = sys_store(c, h);
    return stored ? stored : r;
}

s64 sys_forward(struct sys_ctx *c, enum sys_call_id id, const u64 words[8])
{
    const struct sys_call *outer = c->call;
    u64 saved[8];
    memcpy(saved, c->a, sizeof saved);
    c->call = sys_call_row(c->abi, id);
    sys_fetch(c, words);
    s64 r = c->call->fn ? c->call->fn(c) : sys_host_call(c, c->call->host);
    c->call = outer;
    memcpy(c->a, saved, sizeof saved);
    return r;
}
