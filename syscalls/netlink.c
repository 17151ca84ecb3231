/* netlink.c: messages of route netlink (interfaces, addresses, routes, neighbours, rules) between the byte orders of guest and
 * host; in the same order they pass as they are. netlink.def has the attributes. What has no row there is refused when the
 * guest sends it, and when the kernel does, named so that programs pass over it: NLMSG_NOOP, or the type 0 that every
 * group of attributes keeps for none. Called for sockets of that protocol by net.c, net_msg.c and file_io.c. */
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "runtime/base/endian.h"
#include "runtime/base/gmem.h"
#include "syscalls/net.h"

/* Groups of attributes and, after them, what an attribute can hold that is no group. */
enum shape {
    SHAPE_link, SHAPE_linkinfo, SHAPE_families, SHAPE_inet, SHAPE_inet6, SHAPE_address, SHAPE_route, SHAPE_metrics,
    SHAPE_neighbour, SHAPE_rule, SHAPE_namespace, SHAPE_acknowledgement, SHAPE_groups,
    SHAPE_bytes = SHAPE_groups, SHAPE_half, SHAPE_halves, SHAPE_words, SHAPE_longs, SHAPE_map, SHAPE_hops, SHAPE_unknown,
};

static const struct { u8 group, shape; u16 type; } attributes[] = {
#define NLA(group, type, shape) {SHAPE_##group, SHAPE_##shape, type},
#include "syscalls/netlink.def"
};

/* Messages are turned in place; half() and word() give the number that they turn. */
struct turning {
    struct sys_ctx *c;
    bool to_host, refused;
    u8 family; /* AF_*, of a message of links */
};

static u16 half(const struct turning *t, u8 *p)
{
    u16 was;
    memcpy(&was, p, 2);
    u16 turned = bswap16(was);
    memcpy(p, &turned, 2);
    return t->to_host ? turned : was;
}

static u32 word(const struct turning *t, u8 *p)
{
    u32 was;
    memcpy(&was, p, 4);
    u32 turned = bswap32(was);
    memcpy(p, &turned, 4);
    return t->to_host ? turned : was;
}

static void halves(const struct turning *t, u8 *p, u64 n)
{
    for (; n >= 2; n -= 2, p += 2) half(t, p);
}

static void words(const struct turning *t, u8 *p, u64 n)
{
    for (; n >= 4; n -= 4, p += 4) word(t, p);
}

static void longs(u8 *p, u64 n)
{
    for (; n >= 8; n -= 8, p += 8) store_le64(p, load_be64(p));
}

static enum shape shape_of(enum shape group, u16 type)
{
    if (type == 0) return SHAPE_bytes;
    for (u32 i = 0; i < ARRAY_LEN(attributes); i++)
        if (attributes[i].group == group && attributes[i].type == type) return (enum shape)attributes[i].shape;
    return SHAPE_unknown;
}

static void turn_attributes(struct turning *t, enum shape group, u8 *p, u64 n);

/* struct rtnexthop { u16 length; u8 flags, hops; s32 interface; } and attributes, one after the other. */
static void turn_hops(struct turning *t, u8 *p, u64 n)
{
    while (n >= sizeof(struct rtnexthop)) {
        u64 len = half(t, p);
        word(t, p + 4);
        if (len < sizeof(struct rtnexthop) || len > n) return;
        turn_attributes(t, SHAPE_route, p + sizeof(struct rtnexthop), len - sizeof(struct rtnexthop));
        len = MIN(align_up(len, 4), n);
        p += len;
        n -= len;
    }
}

static void turn_value(struct turning *t, enum shape s, u8 *p, u64 n)
{
    switch (s) {
    case SHAPE_bytes: break;
    case SHAPE_half: halves(t, p, MIN(n, 2u)); break;
    case SHAPE_halves: halves(t, p, n); break;
    case SHAPE_words: words(t, p, n); break;
    case SHAPE_longs: longs(p, n); break;
    case SHAPE_map: /* three longs, a half, bytes */
        longs(p, MIN(n, 24u));
        if (n >= 26) half(t, p + 24);
        break;
    case SHAPE_hops: turn_hops(t, p, n); break;
    default: turn_attributes(t, s, p, n); break;
    }
}

static void turn_attributes(struct turning *t, enum shape group, u8 *p, u64 n)
{
    while (n >= sizeof(struct nlattr)) {
        u64 len = half(t, p);
        u16 type = half(t, p + 2) & NLA_TYPE_MASK;
        if (len < sizeof(struct nlattr) || len > n) return;
        enum shape s = shape_of(group, type);
        if (s == SHAPE_families && t->family == AF_BRIDGE) s = SHAPE_unknown; /* the bridge's own attributes there */
        if (s != SHAPE_unknown) {
            turn_value(t, s, p + sizeof(struct nlattr), len - sizeof(struct nlattr));
        } else if (t->to_host) {
            sys_unimp(t->c, "route netlink in the other byte order, attribute", type);
            t->refused = true;
        } else {
            memset(p + 2, 0, 2);
        }
        len = MIN(align_up(len, 4), n);
        p += len;
        n -= len;
    }
}

/* The fixed part of each kind of message: its size, and where it has a half and how many words. */
static const struct family { u16 first, last; u8 group, size; s8 half_at; u8 words_at, words; } families[] = {
    {RTM_NEWLINK, RTM_SETLINK, SHAPE_link, sizeof(struct ifinfomsg), 2, 4, 3},
    {RTM_NEWADDR, RTM_GETADDR, SHAPE_address, sizeof(struct ifaddrmsg), -1, 4, 1},
    {RTM_NEWROUTE, RTM_GETROUTE, SHAPE_route, sizeof(struct rtmsg), -1, 8, 1},
    {RTM_NEWNEIGH, RTM_GETNEIGH, SHAPE_neighbour, sizeof(struct ndmsg), 8, 4, 1},
    {RTM_NEWRULE, RTM_GETRULE, SHAPE_rule, sizeof(struct fib_rule_hdr), -1, 8, 1},
    {RTM_NEWNSID, RTM_GETNSID, SHAPE_namespace, sizeof(struct rtgenmsg), -1, 0, 0},
    {RTM_NEWLINKPROP, RTM_DELLINKPROP, SHAPE_link, sizeof(struct ifinfomsg), 2, 4, 3},
};

static const struct family *family_of(u16 type)
{
    for (u32 i = 0; i < ARRAY_LEN(families); i++)
        if (type >= families[i].first && type <= families[i].last) return &families[i];
    return NULL;
}

/* A request may be shorter than its fixed part, down to one byte for a family of addresses. */
static void turn_body(struct turning *t, const struct family *f, u8 *p, u64 n)
{
    if (n < f->size) return;
    t->family = p[0];
    if (f->half_at >= 0) half(t, p + f->half_at);
    words(t, p + f->words_at, 4u * f->words);
    u64 head = align_up(f->size, 4);
    if (n > head) turn_attributes(t, (enum shape)f->group, p + head, n - head);
}

struct header {
    u32 len;
    u16 type, flags;
};

static struct header turn_header(const struct turning *t, u8 *p)
{
    struct header h = {word(t, p), half(t, p + 4), half(t, p + 6)};
    words(t, p + 8, 8);
    return h;
}

/* An error number; in an error the message that it answers, or its header alone; what the kernel says about it. Linux,
 * linux/netlink.h at struct nlmsgerr. */
static void turn_answer(struct turning *t, struct header h, u8 *p, u64 n)
{
    s32 e;
    if (n < 4) return;
    memcpy(&e, p, 4);
    if (!t->to_host && e < 0) e = -sys_errno_to_guest(t->c->abi, -e);
    memcpy(p, &e, 4);
    word(t, p);
    u64 at = 4;
    if (h.type == NLMSG_ERROR && n >= 4 + sizeof(struct nlmsghdr)) {
        struct header of = turn_header(t, p + 4);
        u64 body = h.flags & NLM_F_CAPPED ? 0 : MAX(of.len, sizeof(struct nlmsghdr)) - sizeof(struct nlmsghdr);
        at += sizeof(struct nlmsghdr);
        body = MIN(body, n - at);
        const struct family *f = family_of(of.type);
        if (f) turn_body(t, f, p + at, body);
        at = MIN(align_up(at + body, 4), n);
    }
    if (h.flags & NLM_F_ACK_TLVS) turn_attributes(t, SHAPE_acknowledgement, p + at, n - at);
}

static void turn_message(struct turning *t, struct header h, u8 *p, u64 n)
{
    const struct family *f = family_of(h.type);
    if (f) {
        turn_body(t, f, p, n);
    } else if (h.type == NLMSG_ERROR || h.type == NLMSG_DONE) {
        turn_answer(t, h, p, n);
    } else if (h.type < NLMSG_MIN_TYPE) {
        return; /* nothing behind the header */
    } else if (t->to_host) {
        sys_unimp(t->c, "route netlink in the other byte order, message", h.type);
        t->refused = true;
    } else {
        store_be16(p - sizeof(struct nlmsghdr) + offsetof(struct nlmsghdr, nlmsg_type), NLMSG_NOOP);
    }
}

static void turn_messages(struct turning *t, u8 *p, u64 n)
{
    while (n >= sizeof(struct nlmsghdr)) {
        struct header h = turn_header(t, p);
        if (h.len < sizeof(struct nlmsghdr)) return;
        turn_message(t, h, p + sizeof(struct nlmsghdr), MIN(h.len, n) - sizeof(struct nlmsghdr));
        u64 len = MIN(align_up(h.len, 4), n);
        p += len;
        n -= len;
    }
}

#define MESSAGES_MAX (1u << 20)

static u64 total(const struct iovec *v, u64 count)
{
    u64 n = 0;
    for (u64 i = 0; i < count; i++) n += MIN(v[i].iov_len, 2 * MESSAGES_MAX);
    return n;
}

s64 net_route_out(struct sys_ctx *c, const struct iovec *v, u64 count, struct iovec *flat)
{
    const u64 n = total(v, count);
    if (n > MESSAGES_MAX) return -EMSGSIZE;
    u8 *const all = sys_tmp(c, n);
    u64 done = 0;
    for (u64 i = 0; i < count; done += v[i++].iov_len)
        if (gmem_read(all + done, gmem_addr(v[i].iov_base), v[i].iov_len)) return -EFAULT;
    struct turning t = {.c = c, .to_host = true};
    turn_messages(&t, all, n);
    *flat = (struct iovec){all, n};
    return t.refused ? -EOPNOTSUPP : 0;
}

s64 net_route_in(struct sys_ctx *c, const struct iovec *v, u64 count, u64 received)
{
    const u64 n = MIN(MIN(received, total(v, count)), MESSAGES_MAX); /* MSG_TRUNC gives the length that there was */
    u8 *const all = sys_tmp(c, n);
    u64 part;
    for (u64 i = 0, done = 0; done < n; i++, done += part) {
        part = MIN(n - done, v[i].iov_len);
        if (gmem_read(all + done, gmem_addr(v[i].iov_base), part)) return -EFAULT;
    }
    turn_messages(&(struct turning){.c = c}, all, n);
    for (u64 i = 0, done = 0; done < n; i++, done += part) {
        part = MIN(n - done, v[i].iov_len);
        if (gmem_write(gmem_addr(v[i].iov_base), all + done, part)) return -EFAULT;
    }
    return 0;
}
