/* ioctl_net.c: interface requests with pointers in their structures. */
#include "syscalls/ioctl_private.h"

#include <string.h>

#include "runtime/base/gmem.h"

#define IFREQ_HOST 40u
#define IFREQ_MAX  4096u /* interfaces */

/* SIOCGIFCONF: a list of interfaces with their addresses; without a buffer, the room it needs. */
s64 ioctl_ifconf(struct sys_ctx *c, u32 host, u64 arg)
{
    struct host_ifconf g, h;
    const u32 size = sys_size(c, SYS_LAYOUT_ifreq_addr);
    s64 r = sys_get(c, SYS_LAYOUT_ifconf, arg, &g);
    if (r) return r;
    if (g.len < 0) return -EINVAL;
    u32 count = MIN((u32)g.len / size, IFREQ_MAX);
    struct host_ifreq_addr *list = sys_tmp(c, (size_t)count * IFREQ_HOST + 1);
    h = (struct host_ifconf){.len = (s32)(count * IFREQ_HOST), .buf = g.buf ? (u64)list : 0};
    r = sys_host(c, SYS_ioctl, c->a[0], host, (u64)&h, 0, 0, 0);
    if (r < 0) return r;
    u32 found = (u32)h.len / IFREQ_HOST;
    if (g.buf) r = sys_put_array(c, SYS_LAYOUT_ifreq_addr, g.buf, found, list);
    g.len = (s32)(found * size);
    return r ? r : sys_put(c, SYS_LAYOUT_ifconf, arg, &g);
}

/* SIOCADDRT, SIOCDELRT: the device is a string. */
s64 ioctl_route(struct sys_ctx *c, u32 host, u64 arg)
{
    struct host_rtentry e;
    char name[17] = {0};
    s64 r = sys_get(c, SYS_LAYOUT_rtentry, arg, &e);
    if (r) return r;
    if (e.dev) {
        long n = gmem_strncpy(name, e.dev, sizeof name - 1);
        if (n < 0 && n != -ENAMETOOLONG) return n;
        e.dev = (u64)name;
    }
    return sys_host(c, SYS_ioctl, c->a[0], host, (u64)&e, 0, 0, 0);
}
