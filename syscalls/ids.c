/* ids.c: users, groups and capabilities: lists, and the 16-bit ids of old calls, where what does not fit is 65534. */
#include "runtime/base/gmem.h"
#include "syscalls/private.h"

#define GROUPS_MAX 65536

static u16 id16(u64 id) { return id > 0xffff ? 65534 : (u16)id; }

static s64 get_groups(struct sys_ctx *c, u32 size)
{
    s32 count = (s32)c->a[0];
    if (count < 0) return -EINVAL;
    count = MIN(count, GROUPS_MAX);
    u32 *list = sys_tmp(c, (size_t)count * 4 + 4);
    s64 n = sys_host(c, SYS_getgroups, (u64)count, (u64)list, 0, 0, 0, 0);
    for (s64 i = 0; i < n && count; i++) {
        gaddr at = c->a[1] + (u64)i * size;
        int r = size == 2 ? gmem_store_u16(at, c->abi->big_endian, id16(list[i])) : sys_put_u32(c, at, list[i]);
        if (r) return r;
    }
    return n;
}

static s64 set_groups(struct sys_ctx *c, u32 size)
{
    u64 count = (u32)c->a[0];
    if (count > GROUPS_MAX) return -EINVAL;
    u32 *list = sys_tmp(c, count * 4 + 4);
    for (u64 i = 0; i < count; i++) {
        gaddr at = c->a[1] + i * size;
        u16 half = 0;
        int r = size == 2 ? gmem_load_u16(at, c->abi->big_endian, &half) : sys_get_u32(c, at, &list[i]);
        if (r) return r;
        if (size == 2) list[i] = half;
    }
    return sys_host(c, SYS_setgroups, count, (u64)list, 0, 0, 0, 0);
}

s64 sys_do_getgroups(struct sys_ctx *c) { return get_groups(c, 4); }
s64 sys_do_getgroups16(struct sys_ctx *c) { return get_groups(c, 2); }
s64 sys_do_setgroups(struct sys_ctx *c) { return set_groups(c, 4); }
s64 sys_do_setgroups16(struct sys_ctx *c) { return set_groups(c, 2); }

static s64 own_id16(struct sys_ctx *c, long nr) { return id16((u64)sys_host(c, nr, 0, 0, 0, 0, 0, 0)); }
s64 sys_do_getuid16(struct sys_ctx *c) { return own_id16(c, SYS_getuid); }
s64 sys_do_geteuid16(struct sys_ctx *c) { return own_id16(c, SYS_geteuid); }
s64 sys_do_getgid16(struct sys_ctx *c) { return own_id16(c, SYS_getgid); }
s64 sys_do_getegid16(struct sys_ctx *c) { return own_id16(c, SYS_getegid); }

static s64 three_ids16(struct sys_ctx *c, long nr)
{
    u32 id[3];
    s64 r = sys_host(c, nr, (u64)&id[0], (u64)&id[1], (u64)&id[2], 0, 0, 0);
    for (u32 i = 0; i < 3 && r == 0; i++) r = gmem_store_u16(c->a[i], c->abi->big_endian, id16(id[i]));
    return r;
}

s64 sys_do_getresuid16(struct sys_ctx *c) { return three_ids16(c, SYS_getresuid); }
s64 sys_do_getresgid16(struct sys_ctx *c) { return three_ids16(c, SYS_getresgid); }

/* Version 1 has one set of 32 capabilities, 2 and 3 have two. A wrong version is answered with the kernel's own. */
#define CAP_VERSION_1 0x19980330u

static s64 capabilities(struct sys_ctx *c, bool set)
{
    struct host_cap_header h;
    struct host_cap_data d[2] = {0};
    s64 r = sys_get(c, SYS_LAYOUT_cap_header, c->a[0], &h);
    if (r) return r;
    u64 sets = h.version == CAP_VERSION_1 ? 1 : 2;
    const u32 size = sys_size(c, SYS_LAYOUT_cap_data);
    for (u64 i = 0; i < sets && set && r == 0; i++) r = sys_get(c, SYS_LAYOUT_cap_data, c->a[1] + i * size, &d[i]);
    if (r) return r;
    u32 version = h.version;
    r = sys_host(c, set ? SYS_capset : SYS_capget, (u64)&h, set || c->a[1] ? (u64)d : 0, 0, 0, 0, 0);
    if (h.version != version && sys_put(c, SYS_LAYOUT_cap_header, c->a[0], &h)) return -EFAULT;
    if (r || set || !c->a[1]) return r;
    return sys_put_array(c, SYS_LAYOUT_cap_data, c->a[1], sets, d);
}

s64 sys_do_capget(struct sys_ctx *c) { return capabilities(c, false); }
s64 sys_do_capset(struct sys_ctx *c) { return capabilities(c, true); }
