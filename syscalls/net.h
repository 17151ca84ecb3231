/* net.h: what the files of the network calls share. */
#ifndef CALQUE_SYSCALLS_NET_H
#define CALQUE_SYSCALLS_NET_H

#include "syscalls/private.h"

#define NET_ADDR_MAX 128 /* sockaddr_storage */

/* A socket address of `len` bytes from the guest: its length for the host, or -errno. Its family and the numbers in it that
 * are in host order are turned; what is in network order stays. */
s64 net_get_addr(struct sys_ctx *c, gaddr addr, s64 len, u8 out[NET_ADDR_MAX]);
/* Stores at most `room` bytes of an address of `len` bytes. */
s64 net_put_addr(struct sys_ctx *c, gaddr addr, u64 room, u8 *host, u64 len);
/* netlink.c: messages of route netlink for a guest of the other byte order. v holds guest memory's addresses on the host, as
 * sys_buf gives them. net_route_out makes *flat, which may be *v, for the length of the call what the guest means to send: 0, -EFAULT,
 * -EMSGSIZE, -EOPNOTSUPP for what calque cannot turn. net_route_in turns the n bytes received where they are: 0, -EFAULT. */
struct iovec;
s64 net_route_out(struct sys_ctx *c, const struct iovec *v, u64 count, struct iovec *flat);
s64 net_route_in(struct sys_ctx *c, const struct iovec *v, u64 count, u64 n);
/* Flags of send and receive. */
u64 net_msg_flags(struct sys_ctx *c, u64 guest);

#endif
