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
/* Flags of send and receive. */
u64 net_msg_flags(struct sys_ctx *c, u64 guest);

#endif
