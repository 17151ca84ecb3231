/* net.c: sockets: making them, addresses, simple sends and receives, and socketcall, which multiplexes them all.
 * Messages with control data are net_msg.c, options net_opt.c. */
#include "syscalls/net.h"

#include <linux/if_packet.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"

u64 net_msg_flags(struct sys_ctx *c, u64 guest) { return sys_flags_to_host(c->abi, SYS_FLAGS_msg, (u32)guest, NULL); }

static void turn16(u8 *p) { store_le16(p, load_be16(p)); }
static void turn32(u8 *p) { store_le32(p, load_be32(p)); }

/* The members in host order, by family; `family` is the host's form of it. */
static void turn_members(const struct sys_ctx *c, u8 *a, u64 len, u16 family)
{
    if (!c->abi->big_endian) return;
    if (family == AF_INET6 && len >= 28) turn32(a + 24); /* sin6_scope_id */
    if (family == AF_PACKET && len >= 12) {
        turn32(a + 4); /* sll_ifindex */
        turn16(a + 8); /* sll_hatype */
    }
    if (family == AF_NETLINK && len >= 12) {
        turn32(a + 4);
        turn32(a + 8);
    }
}

/* A guest whose compiler pads struct sockaddr_un counts the padding. */
static s64 host_length(const struct sys_ctx *c, u16 family, s64 len)
{
    return family == AF_UNIX && len == c->abi->sockaddr_un_size ? (s64)sizeof(struct sockaddr_un) : len;
}

s64 net_get_addr(struct sys_ctx *c, gaddr addr, s64 len, u8 out[NET_ADDR_MAX])
{
    if (len < 0 || len > NET_ADDR_MAX) return -EINVAL;
    if (gmem_read(out, addr, (size_t)len)) return -EFAULT;
    if (len < 2) return len;
    u16 family = load_u16(out, c->abi->big_endian);
    store_u16(out, family, HOST_BIG_ENDIAN);
    turn_members(c, out, (u64)len, family);
    return host_length(c, family, len);
}

s64 net_put_addr(struct sys_ctx *c, gaddr addr, u64 room, u8 *host, u64 len)
{
    len = MIN(len, NET_ADDR_MAX);
    if (len >= 2) {
        u16 family = load_u16(host, HOST_BIG_ENDIAN);
        turn_members(c, host, len, family);
        store_u16(host, family, c->abi->big_endian);
    }
    return gmem_write(addr, host, MIN(room, len));
}

/* The two fields of a socket's type, and families that carry numbers we do not turn. */
static s64 socket_type(struct sys_ctx *c, u64 *domain, u64 guest, u64 *type)
{
    u64 kind, flags;
    s64 r = sys_flags(c, SYS_FLAGS_socktype, guest & 15, &kind);
    if (r == 0) r = sys_flags(c, SYS_FLAGS_sockflags, guest & ~15ull, &flags);
    if (r == 0) r = sys_flags(c, SYS_FLAGS_family, *domain, domain);
    if (r) return r;
    *type = kind | flags;
    if (*domain != AF_NETLINK || !c->abi->big_endian) return 0;
    if (c->a[2] == NETLINK_ROUTE || c->a[2] == NETLINK_KOBJECT_UEVENT) return 0; /* uevents are text */
    sys_unimp(c, "netlink in the other byte order, protocol", c->a[2]);
    return -EAFNOSUPPORT;
}

s64 sys_do_socket(struct sys_ctx *c)
{
    u64 type, domain = c->a[0];
    s64 r = socket_type(c, &domain, c->a[1], &type);
    /* A raw packet type names a protocol in network order: the argument is the guest's own htons(). */
    u64 protocol = c->a[2];
    if (domain == AF_PACKET && c->abi->big_endian) protocol = bswap16((u16)protocol);
    if (r) return r;
    r = sys_host(c, SYS_socket, domain, type, protocol, 0, 0, 0);
    if (r >= 0 && domain == AF_NETLINK && protocol == NETLINK_ROUTE && c->abi->big_endian)
        sys_fd_set_kind((int)r, SYS_FD_ROUTE);
    return r;
}

s64 sys_do_socketpair(struct sys_ctx *c)
{
    u64 type, domain = c->a[0];
    int fd[2];
    s64 r = socket_type(c, &domain, c->a[1], &type);
    if (r == 0) r = sys_host(c, SYS_socketpair, domain, type, c->a[2], (u64)fd, 0, 0);
    if (r < 0) return r;
    if (sys_put_u32(c, c->a[3], (u32)fd[0]) == 0 && sys_put_u32(c, c->a[3] + 4, (u32)fd[1]) == 0) return 0;
    sys_host(c, SYS_close, (u64)fd[0], 0, 0, 0, 0, 0);
    sys_host(c, SYS_close, (u64)fd[1], 0, 0, 0, 0, 0);
    return -EFAULT;
}

static s64 with_addr(struct sys_ctx *c, long nr)
{
    u8 addr[NET_ADDR_MAX];
    s64 len = net_get_addr(c, c->a[1], (s32)c->a[2], addr);
    return len < 0 ? len : sys_host(c, nr, c->a[0], (u64)addr, (u64)len, 0, 0, 0);
}

s64 sys_do_bind(struct sys_ctx *c) { return with_addr(c, SYS_bind); }
s64 sys_do_connect(struct sys_ctx *c) { return with_addr(c, SYS_connect); }

/* Calls that give an address: a buffer and, in and out, its length. */
static s64 get_room(struct sys_ctx *c, gaddr length, u32 *room)
{
    s64 r = sys_get_u32(c, length, room);
    return r == 0 && (s32)*room < 0 ? -EINVAL : r;
}

static s64 put_name(struct sys_ctx *c, gaddr addr, gaddr length, u32 room, u8 *host, u32 len)
{
    s64 r = net_put_addr(c, addr, room, host, len);
    return r ? r : sys_put_u32(c, length, len);
}

static s64 name_of(struct sys_ctx *c, long nr)
{
    u8 addr[NET_ADDR_MAX];
    u32 room, len = sizeof addr;
    s64 r = get_room(c, c->a[2], &room);
    if (r == 0) r = sys_host(c, nr, c->a[0], (u64)addr, (u64)&len, 0, 0, 0);
    return r < 0 ? r : put_name(c, c->a[1], c->a[2], room, addr, len);
}

s64 sys_do_getsockname(struct sys_ctx *c) { return name_of(c, SYS_getsockname); }
s64 sys_do_getpeername(struct sys_ctx *c) { return name_of(c, SYS_getpeername); }

static s64 accept_with(struct sys_ctx *c, u64 guest_flags)
{
    u8 addr[NET_ADDR_MAX];
    u32 room = 0, len = sizeof addr;
    u64 flags;
    s64 r = sys_flags(c, SYS_FLAGS_sockflags, guest_flags, &flags);
    if (r == 0 && c->a[1]) r = get_room(c, c->a[2], &room);
    if (r) return r;
    s64 fd = sys_host(c, SYS_accept4, c->a[0], c->a[1] ? (u64)addr : 0, c->a[1] ? (u64)&len : 0, flags, 0, 0);
    if (fd < 0 || !c->a[1]) return fd;
    r = put_name(c, c->a[1], c->a[2], room, addr, len);
    if (r) sys_host(c, SYS_close, (u64)fd, 0, 0, 0, 0, 0);
    return r ? r : fd;
}

s64 sys_do_accept(struct sys_ctx *c) { return accept_with(c, 0); }
s64 sys_do_accept4(struct sys_ctx *c) { return accept_with(c, c->a[3]); }

static s64 send_to(struct sys_ctx *c, gaddr to, s64 len)
{
    u8 addr[NET_ADDR_MAX];
    void *buf;
    s64 r = sys_buf(c, c->a[1], c->a[2], false, &buf);
    if (r == 0 && to) r = len = net_get_addr(c, to, len, addr);
    struct iovec flat = {buf, c->a[2]};
    if (r >= 0 && sys_fd_kind((int)c->a[0]) == SYS_FD_ROUTE) r = net_route_out(c, &flat, 1, &flat);
    if (r < 0) return r;
    return sys_host(c, SYS_sendto, c->a[0], (u64)flat.iov_base, c->a[2], net_msg_flags(c, c->a[3]), to ? (u64)addr : 0, (u64)len);
}

s64 sys_do_send(struct sys_ctx *c) { return send_to(c, 0, 0); }
s64 sys_do_sendto(struct sys_ctx *c) { return send_to(c, c->a[4], (s32)c->a[5]); }

static s64 receive_from(struct sys_ctx *c, gaddr from, gaddr length)
{
    u8 addr[NET_ADDR_MAX];
    u32 room = 0, len = sizeof addr;
    void *buf;
    s64 r = sys_buf(c, c->a[1], c->a[2], true, &buf);
    if (r == 0 && from) r = get_room(c, length, &room);
    if (r) return r;
    s64 n = sys_host(c, SYS_recvfrom, c->a[0], (u64)buf, c->a[2], net_msg_flags(c, c->a[3]), from ? (u64)addr : 0,
                     from ? (u64)&len : 0);
    if (n > 0 && sys_fd_kind((int)c->a[0]) == SYS_FD_ROUTE)
        r = net_route_in(c, &(struct iovec){buf, c->a[2]}, 1, (u64)n);
    if (r) return r;
    if (n < 0 || !from) return n;
    r = put_name(c, from, length, room, addr, len);
    return r ? r : n;
}

s64 sys_do_recv(struct sys_ctx *c) { return receive_from(c, 0, 0); }
s64 sys_do_recvfrom(struct sys_ctx *c) { return receive_from(c, c->a[4], c->a[5]); }

/* socketcall(call, args): the calls of <linux/net.h>, arguments as words in memory. */
s64 sys_do_socketcall(struct sys_ctx *c)
{
    static const struct { u16 id; u8 args; } calls[] = {
        [SYS_SOCKET] = {SYS_CALL_socket, 3},           [SYS_BIND] = {SYS_CALL_bind, 3},
        [SYS_CONNECT] = {SYS_CALL_connect, 3},         [SYS_LISTEN] = {SYS_CALL_listen, 2},
        [SYS_ACCEPT] = {SYS_CALL_accept, 3},           [SYS_GETSOCKNAME] = {SYS_CALL_getsockname, 3},
        [SYS_GETPEERNAME] = {SYS_CALL_getpeername, 3}, [SYS_SOCKETPAIR] = {SYS_CALL_socketpair, 4},
        [SYS_SEND] = {SYS_CALL_send, 4},               [SYS_RECV] = {SYS_CALL_recv, 4},
        [SYS_SENDTO] = {SYS_CALL_sendto, 6},           [SYS_RECVFROM] = {SYS_CALL_recvfrom, 6},
        [SYS_SHUTDOWN] = {SYS_CALL_shutdown, 2},       [SYS_SETSOCKOPT] = {SYS_CALL_setsockopt, 5},
        [SYS_GETSOCKOPT] = {SYS_CALL_getsockopt, 5},   [SYS_SENDMSG] = {SYS_CALL_sendmsg, 3},
        [SYS_RECVMSG] = {SYS_CALL_recvmsg, 3},         [SYS_ACCEPT4] = {SYS_CALL_accept4, 4},
        [SYS_RECVMMSG] = {SYS_CALL_recvmmsg, 5},       [SYS_SENDMMSG] = {SYS_CALL_sendmmsg, 4},
    };
    u64 words[8] = {0}, call = c->a[0];
    if (call == 0 || call >= ARRAY_LEN(calls)) return -EINVAL;
    for (u32 i = 0; i < calls[call].args; i++)
        if (sys_get_word(c, c->a[1] + i * c->abi->word, &words[i])) return -EFAULT;
    return sys_forward(c, (enum sys_call_id)calls[call].id, words);
}
