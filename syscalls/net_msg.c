/* net_msg.c: sendmsg and recvmsg: scattered data, an address, and control messages whose header and some contents differ
 * between the guest and the host (descriptors, credentials, times, interfaces). */
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/uio.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/net.h"

#define CONTROL_MAX 65536u

/* Host form of a message and what hangs on it. */
struct message {
    struct host_msghdr guest; /* the guest's fields, in host order */
    struct msghdr host;
    u8 addr[NET_ADDR_MAX];
};

static s64 open_message(struct sys_ctx *c, const struct host_msghdr *g, bool written, struct message *m)
{
    struct iovec *iov;
    m->guest = *g;
    memset(&m->host, 0, sizeof m->host);
    if (g->msg_iovlen > UIO_MAXIOV) return -EMSGSIZE;
    s64 r = sys_iovec(c, g->msg_iov, g->msg_iovlen, written, &iov);
    if (r) return r;
    m->host.msg_iov = iov;
    m->host.msg_iovlen = g->msg_iovlen;
    if (g->msg_name) {
        if (g->msg_namelen < 0) return -EINVAL;
        m->host.msg_name = m->addr;
        m->host.msg_namelen = NET_ADDR_MAX;
    }
    return 0;
}

static u64 guest_align(const struct sys_ctx *c, u64 n) { return align_up(n, c->abi->word); }

/* ---- contents ---- */

/* Turns numbers of 4 bytes in a piece of a control message. */
static void turn_words(const struct sys_ctx *c, u8 *p, u64 n)
{
    for (u64 i = 0; c->abi->big_endian && i + 4 <= n; i += 4) store_le32(p + i, load_be32(p + i));
}

/* Contents that are not ints: what of it is in network order stays. */
static void turn_contents(const struct sys_ctx *c, const struct cmsghdr *h, u8 *p, u64 n)
{
    if (h->cmsg_level == IPPROTO_IP && h->cmsg_type == IP_PKTINFO)
        turn_words(c, p, 4); /* ipi_ifindex; two addresses follow */
    else if (h->cmsg_level == IPPROTO_IPV6 && h->cmsg_type == IPV6_PKTINFO && n >= 20)
        turn_words(c, p + 16, 4); /* behind the address */
    else if (n >= 4)
        turn_words(c, p, n);
}

static bool is_time(const struct cmsghdr *h)
{
    return h->cmsg_level == SOL_SOCKET && (h->cmsg_type == SCM_TIMESTAMP || h->cmsg_type == SCM_TIMESTAMPNS);
}

/* ---- control messages to the host ---- */

static s64 control_to_host(struct sys_ctx *c, struct message *m)
{
    const u64 len = m->guest.msg_controllen, head = sys_size(c, SYS_LAYOUT_cmsghdr);
    if (len == 0 || !m->guest.msg_control) return 0;
    if (len > CONTROL_MAX) return -ENOBUFS;
    u8 *in = sys_tmp(c, len), *out = sys_tmp(c, 2 * len + 64);
    if (gmem_read(in, m->guest.msg_control, len)) return -EFAULT;
    u64 used = 0;
    for (u64 at = 0; at + head <= len;) {
        struct host_cmsghdr g;
        sys_layout_to_host(SYS_LAYOUT_cmsghdr, &g, in + at);
        if (g.cmsg_len < head || g.cmsg_len > len - at) return -EINVAL;
        u64 n = g.cmsg_len - guest_align(c, head);
        struct cmsghdr *h = (struct cmsghdr *)(out + used);
        u64 level;
        if (sys_flags(c, SYS_FLAGS_sol, (u32)g.cmsg_level, &level)) return -EINVAL;
        h->cmsg_level = (int)level;
        h->cmsg_type = g.cmsg_type;
        h->cmsg_len = CMSG_LEN(n);
        memcpy(CMSG_DATA(h), in + at + guest_align(c, head), n);
        turn_contents(c, h, CMSG_DATA(h), n);
        used += CMSG_SPACE(n);
        at += guest_align(c, g.cmsg_len);
    }
    m->host.msg_control = out;
    m->host.msg_controllen = used;
    return 0;
}

/* ---- control messages to the guest ---- */

static void close_rights(struct sys_ctx *c, const struct cmsghdr *h, u64 from)
{
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) return;
    const int *fd = (const int *)CMSG_DATA(h);
    u64 n = (h->cmsg_len - CMSG_LEN(0)) / sizeof *fd;
    for (u64 i = from / sizeof *fd; i < n; i++) sys_host(c, SYS_close, (u64)fd[i], 0, 0, 0, 0, 0);
}

/* Data of one message in the guest's form into `to`; its length. */
static u64 contents_to_guest(struct sys_ctx *c, const struct cmsghdr *h, u8 *to)
{
    u64 n = h->cmsg_len - CMSG_LEN(0);
    if (is_time(h)) {
        bool nano = h->cmsg_type == SCM_TIMESTAMPNS;
        enum sys_layout_id id = nano ? SYS_LAYOUT_timespec : SYS_LAYOUT_timeval;
        sys_layout_to_guest(id, to, CMSG_DATA(h));
        return sys_size(c, id);
    }
    memcpy(to, CMSG_DATA(h), n);
    turn_contents(c, h, to, n);
    return n;
}

static s64 control_to_guest(struct sys_ctx *c, struct message *m, u64 *stored)
{
    const u64 room = m->guest.msg_controllen, head = guest_align(c, sys_size(c, SYS_LAYOUT_cmsghdr));
    u64 used = 0;
    *stored = 0;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&m->host); h; h = CMSG_NXTHDR(&m->host, h)) {
        u8 *piece = sys_tmp(c, h->cmsg_len + 64);
        u64 n = contents_to_guest(c, h, piece);
        if (used + head > room) {
            m->host.msg_flags |= MSG_CTRUNC;
            close_rights(c, h, 0);
            continue;
        }
        if (n > room - used - head) {
            m->host.msg_flags |= MSG_CTRUNC;
            n = align_down(room - used - head, 4);
            close_rights(c, h, n);
        }
        u64 level = sys_flags_to_guest(c->abi, SYS_FLAGS_sol, (u32)h->cmsg_level);
        struct host_cmsghdr g = {head + n, (s32)level, h->cmsg_type};
        s64 r = sys_put(c, SYS_LAYOUT_cmsghdr, m->guest.msg_control + used, &g);
        if (r == 0) r = gmem_write(m->guest.msg_control + used + head, piece, n);
        if (r) return r;
        used += MIN(guest_align(c, head + n), room - used);
    }
    *stored = used;
    return 0;
}

/* ---- the calls ---- */

static s64 send_one(struct sys_ctx *c, const struct host_msghdr *g, u64 flags)
{
    struct message m;
    s64 r = open_message(c, g, false, &m);
    s64 len = r == 0 && g->msg_name ? net_get_addr(c, g->msg_name, g->msg_namelen, m.addr) : (s64)g->msg_namelen;
    if (r == 0 && g->msg_name && len < 0) r = len;
    if (r == 0) r = control_to_host(c, &m);
    m.host.msg_namelen = (u32)len;
    struct iovec flat;
    if (r == 0 && sys_fd_kind((int)c->a[0]) == SYS_FD_ROUTE) {
        r = net_route_out(c, m.host.msg_iov, m.host.msg_iovlen, &flat);
        m.host.msg_iov = &flat;
        m.host.msg_iovlen = 1;
    }
    return r ? r : sys_host(c, SYS_sendmsg, c->a[0], (u64)&m.host, net_msg_flags(c, flags), 0, 0, 0);
}

/* Receives; *g becomes what the guest's header is to hold. */
static s64 receive_one(struct sys_ctx *c, struct host_msghdr *g, u64 flags)
{
    struct message m;
    s64 r = open_message(c, g, true, &m);
    if (r) return r;
    u64 room = MIN(g->msg_controllen, CONTROL_MAX), stored = 0;
    if (g->msg_control && room) {
        m.host.msg_controllen = 2 * room + 64; /* the host's headers are longer */
        m.host.msg_control = sys_tmp(c, m.host.msg_controllen);
    }
    s64 n = sys_host(c, SYS_recvmsg, c->a[0], (u64)&m.host, net_msg_flags(c, flags), 0, 0, 0);
    if (n < 0) return n;
    if (sys_fd_kind((int)c->a[0]) == SYS_FD_ROUTE) r = net_route_in(c, m.host.msg_iov, m.host.msg_iovlen, (u64)n);
    if (r) return r;
    if (g->msg_name) {
        r = net_put_addr(c, g->msg_name, (u64)g->msg_namelen, m.addr, m.host.msg_namelen);
        g->msg_namelen = (s32)m.host.msg_namelen;
    }
    if (r == 0) r = control_to_guest(c, &m, &stored);
    g->msg_controllen = stored;
    g->msg_flags = (u32)sys_flags_to_guest(c->abi, SYS_FLAGS_msg, (u32)m.host.msg_flags);
    return r ? r : n;
}

s64 sys_do_sendmsg(struct sys_ctx *c)
{
    struct host_msghdr g;
    s64 r = sys_get(c, SYS_LAYOUT_msghdr, c->a[1], &g);
    return r ? r : send_one(c, &g, c->a[2]);
}

s64 sys_do_recvmsg(struct sys_ctx *c)
{
    struct host_msghdr g;
    s64 r = sys_get(c, SYS_LAYOUT_msghdr, c->a[1], &g);
    if (r) return r;
    s64 n = receive_one(c, &g, c->a[2]);
    if (n < 0) return n;
    r = sys_put(c, SYS_LAYOUT_msghdr, c->a[1], &g);
    return r ? r : n;
}

/* Many at once: an error after the first message gives the number done, as the kernel does. */
s64 sys_do_sendmmsg(struct sys_ctx *c)
{
    const u32 size = sys_size(c, SYS_LAYOUT_mmsghdr);
    u64 count = MIN(c->a[2], (u64)UIO_MAXIOV), done = 0;
    s64 r = 0;
    for (; done < count; done++) {
        struct host_mmsghdr g;
        r = sys_get(c, SYS_LAYOUT_mmsghdr, c->a[1] + done * size, &g);
        if (r == 0) r = send_one(c, &g.msg_hdr, c->a[3]);
        if (r < 0) break;
        g.msg_len = (u32)r;
        r = sys_put(c, SYS_LAYOUT_mmsghdr, c->a[1] + done * size, &g);
        if (r < 0) break;
    }
    return done ? (s64)done : r;
}

/* The timeout is looked at between messages only: as the kernel's, it does not end a wait. */
static s64 receive_many(struct sys_ctx *c, enum sys_layout_id id)
{
    const u32 size = sys_size(c, SYS_LAYOUT_mmsghdr);
    u64 count = MIN(c->a[2], (u64)UIO_MAXIOV), done = 0, flags = c->a[3];
    struct timespec limit, now, start;
    void *timeout;
    s64 r = sys_get_opt(c, id, c->a[4], &limit, &timeout);
    sys_host(c, SYS_clock_gettime, CLOCK_MONOTONIC, (u64)&start, 0, 0, 0, 0);
    for (; r >= 0 && done < count; done++) {
        struct host_mmsghdr g;
        r = sys_get(c, SYS_LAYOUT_mmsghdr, c->a[1] + done * size, &g);
        if (r == 0) r = receive_one(c, &g.msg_hdr, flags & ~(u64)MSG_WAITFORONE);
        if (r < 0) break;
        g.msg_len = (u32)r;
        r = sys_put(c, SYS_LAYOUT_mmsghdr, c->a[1] + done * size, &g);
        if (r < 0) break;
        if (c->a[3] & MSG_WAITFORONE) flags |= sys_flags_to_guest(c->abi, SYS_FLAGS_msg, MSG_DONTWAIT);
        sys_host(c, SYS_clock_gettime, CLOCK_MONOTONIC, (u64)&now, 0, 0, 0, 0);
        s64 passed = (now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec;
        if (timeout && passed >= limit.tv_sec * 1000000000 + limit.tv_nsec) {
            done++;
            break;
        }
    }
    return done ? (s64)done : r;
}

s64 sys_do_recvmmsg(struct sys_ctx *c) { return receive_many(c, SYS_LAYOUT_timespec); }
s64 sys_do_recvmmsg_time64(struct sys_ctx *c) { return receive_many(c, SYS_LAYOUT_timespec64); }
