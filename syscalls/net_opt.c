/* net_opt.c: socket options. Most are ints; the rest are structures by level and option. What is not known passes as it is
 * on a guest of the host's byte order and is refused on others. */
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/net.h"

#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif

/* Shapes of values. */
enum shape {
    SHAPE_INT,    /* an int or several; one byte also where the guest gives one */
    SHAPE_LINGER,
    SHAPE_TIME,   /* struct timeval of words */
    SHAPE_TIME64, /* of two 64-bit numbers */
    SHAPE_UCRED,
    SHAPE_BYTES,  /* strings, addresses in network order */
    SHAPE_FILTER, /* struct sock_fprog */
    SHAPE_MREQN,  /* two addresses in network order, an int */
    SHAPE_MREQ6,  /* an IPv6 address, an int */
    SHAPE_ERROR,  /* an int that is an errno */
    SHAPE_TYPE,   /* an int that is a SOCK_* */
    SHAPE_OTHER,
};

static const struct { int level, option; enum shape shape; } shapes[] = {
    {SOL_SOCKET, SO_LINGER, SHAPE_LINGER},         {SOL_SOCKET, SO_RCVTIMEO, SHAPE_TIME},
    {SOL_SOCKET, SO_SNDTIMEO, SHAPE_TIME},         {SOL_SOCKET, SO_RCVTIMEO_NEW, SHAPE_TIME64},
    {SOL_SOCKET, SO_SNDTIMEO_NEW, SHAPE_TIME64},   {SOL_SOCKET, SO_PEERCRED, SHAPE_UCRED},
    {SOL_SOCKET, SO_BINDTODEVICE, SHAPE_BYTES},    {SOL_SOCKET, SO_PEERSEC, SHAPE_BYTES},
    {SOL_SOCKET, SO_ATTACH_FILTER, SHAPE_FILTER},  {SOL_SOCKET, SO_ERROR, SHAPE_ERROR},
    {SOL_SOCKET, SO_TYPE, SHAPE_TYPE},             {IPPROTO_IP, IP_ADD_MEMBERSHIP, SHAPE_MREQN},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, SHAPE_MREQN}, {IPPROTO_IP, IP_MULTICAST_IF, SHAPE_MREQN},
    {IPPROTO_IP, IP_OPTIONS, SHAPE_BYTES},         {IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, SHAPE_BYTES},
    {IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, SHAPE_BYTES},
    {IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, SHAPE_MREQ6}, {IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, SHAPE_MREQ6},
    {IPPROTO_TCP, TCP_CONGESTION, SHAPE_BYTES},
};

static enum shape shape_of(int level, int option)
{
    for (u32 i = 0; i < ARRAY_LEN(shapes); i++)
        if (shapes[i].level == level && shapes[i].option == option) return shapes[i].shape;
    switch (level) {
    case SOL_SOCKET:
    case IPPROTO_IP:
    case IPPROTO_IPV6:
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_ICMPV6:
    case IPPROTO_RAW:
    case SOL_NETLINK: return SHAPE_INT;
    default: return SHAPE_OTHER;
    }
}

static s64 option_names(struct sys_ctx *c, u64 *level, u64 *option)
{
    s64 r = sys_flags(c, SYS_FLAGS_sol, (u32)c->a[1], level);
    *option = (u32)c->a[2];
    if (r == 0 && *level == SOL_SOCKET) r = sys_flags(c, SYS_FLAGS_so, *option, option);
    return r ? -ENOPROTOOPT : 0;
}

#define OPTION_MAX 4096u

/* A guest's classic packet filter: { u16 count, word address }, instructions { u16, u8, u8, u32 }. */
static s64 set_filter(struct sys_ctx *c)
{
    u16 count;
    u64 at;
    const bool be = c->abi->big_endian;
    if (gmem_load_u16(c->a[3], be, &count) || sys_get_word(c, c->a[3] + c->abi->word, &at)) return -EFAULT;
    if (count == 0 || count > BPF_MAXINSNS) return -EINVAL;
    struct sock_filter *f = sys_tmp(c, count * sizeof *f);
    if (gmem_read(f, at, count * sizeof *f)) return -EFAULT;
    for (u32 i = 0; i < count && be; i++) {
        f[i].code = bswap16(f[i].code);
        f[i].k = bswap32(f[i].k);
    }
    struct sock_fprog prog = {count, f};
    return sys_host(c, SYS_setsockopt, c->a[0], SOL_SOCKET, SO_ATTACH_FILTER, (u64)&prog, sizeof prog, 0);
}

/* Turns the int behind `skip` bytes of addresses. */
static void turn_tail(const struct sys_ctx *c, u8 *v, u64 len, u64 skip)
{
    if (c->abi->big_endian && len >= skip + 4) store_le32(v + skip, load_be32(v + skip));
}

/* The guest's value in host form in v; *len becomes the host's length. */
static s64 value_to_host(struct sys_ctx *c, enum shape shape, u8 *v, u64 *len)
{
    u8 raw[64] = {0};
    enum sys_layout_id id = shape == SHAPE_LINGER ? SYS_LAYOUT_linger
                            : shape == SHAPE_TIME ? SYS_LAYOUT_timeval
                                                  : SYS_LAYOUT_timespec64;
    switch (shape) {
    case SHAPE_LINGER:
    case SHAPE_TIME:
    case SHAPE_TIME64:
        if (*len < sys_size(c, id)) return -EINVAL;
        memcpy(raw, v, sys_size(c, id));
        sys_layout_to_host(id, v, raw);
        *len = sys_layout_host_size(id);
        return 0;
    case SHAPE_MREQN: turn_tail(c, v, *len, 8); return 0;
    case SHAPE_MREQ6: turn_tail(c, v, *len, 16); return 0;
    case SHAPE_BYTES: return 0;
    case SHAPE_OTHER:
        if (!c->abi->big_endian) return 0;
        sys_unimp(c, "option in the other byte order", c->a[2]);
        return -ENOPROTOOPT;
    default: /* one int, or several: ICMP6_FILTER has eight */
        for (u64 at = 0; at + 4 <= *len; at += 4) turn_tail(c, v, *len, at);
        return 0;
    }
}

s64 sys_do_setsockopt(struct sys_ctx *c)
{
    u64 level, option, len = (u32)c->a[4];
    u8 *v = sys_tmp(c, OPTION_MAX);
    s64 r = option_names(c, &level, &option);
    if (r == 0 && (s32)len < 0) r = -EINVAL;
    if (r) return r;
    enum shape shape = shape_of((int)level, (int)option);
    if (shape == SHAPE_FILTER) return set_filter(c);
    len = MIN(len, OPTION_MAX);
    if (c->a[3]) r = gmem_read(v, c->a[3], len);
    if (r == 0 && c->a[3]) r = value_to_host(c, shape, v, &len);
    if (shape == SHAPE_TIME64) option = option == SO_RCVTIMEO_NEW ? SO_RCVTIMEO : SO_SNDTIMEO; /* the same on 64 bits */
    return r ? r : sys_host(c, SYS_setsockopt, c->a[0], level, option, c->a[3] ? (u64)v : 0, len, 0);
}

/* The host's value in the guest's form; the new length. */
static u32 value_to_guest(struct sys_ctx *c, enum shape shape, u8 *v, u32 len)
{
    u8 raw[64];
    u32 n = load_u32(v, HOST_BIG_ENDIAN);
    enum sys_layout_id id = SYS_LAYOUT_none;
    switch (shape) {
    case SHAPE_LINGER: id = SYS_LAYOUT_linger; break;
    case SHAPE_TIME: id = SYS_LAYOUT_timeval; break;
    case SHAPE_TIME64: id = SYS_LAYOUT_timespec64; break;
    case SHAPE_UCRED: id = SYS_LAYOUT_ucred; break;
    case SHAPE_ERROR: n = (u32)sys_errno_to_guest(c->abi, (int)n); break;
    case SHAPE_TYPE: n = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_socktype, n); break;
    case SHAPE_INT: break;
    default: return len;
    }
    if (id == SYS_LAYOUT_none) {
        if (len >= 4) store_u32(v, n, c->abi->big_endian);
        for (u32 i = 4; i + 4 <= len; i += 4) store_u32(v + i, load_u32(v + i, HOST_BIG_ENDIAN), c->abi->big_endian);
        return len;
    }
    sys_layout_to_guest(id, raw, v);
    memcpy(v, raw, sys_size(c, id));
    return sys_size(c, id);
}

s64 sys_do_getsockopt(struct sys_ctx *c)
{
    u64 level, option;
    u32 room, len;
    u8 *v = sys_tmp(c, OPTION_MAX);
    s64 r = option_names(c, &level, &option);
    if (r == 0) r = sys_get_u32(c, c->a[4], &room);
    if (r == 0 && (s32)room < 0) r = -EINVAL;
    if (r) return r;
    enum shape shape = shape_of((int)level, (int)option);
    if (shape == SHAPE_OTHER && c->abi->big_endian) {
        sys_unimp(c, "option in the other byte order", option);
        return -ENOPROTOOPT;
    }
    if (shape == SHAPE_TIME64) option = option == SO_RCVTIMEO_NEW ? SO_RCVTIMEO : SO_SNDTIMEO;
    bool converted = shape != SHAPE_BYTES && shape != SHAPE_OTHER && shape != SHAPE_INT;
    len = converted ? 64 : MIN(room, OPTION_MAX);
    r = sys_host(c, SYS_getsockopt, c->a[0], level, option, (u64)v, (u64)&len, 0);
    if (r < 0) return r;
    len = value_to_guest(c, shape, v, MIN(len, OPTION_MAX));
    len = MIN(len, room);
    r = gmem_write(c->a[3], v, len);
    return r ? r : sys_put_u32(c, c->a[4], len);
}
