// Route netlink, by each call that sends and receives: the loopback interface, its addresses, rules of routing, errors with
// the kernel's explanation, and what the C library makes of it all.
#include "t.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int s;
static char buf[1 << 16] __attribute__((aligned(8)));

static ssize_t send_by(int way, void *p, size_t n)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    struct iovec v[2] = {{p, 6}, {(char *)p + 6, n - 6}};
    struct msghdr m = {.msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = v, .msg_iovlen = 2};
    switch (way) {
    case 0: return sendto(s, p, n, 0, (struct sockaddr *)&kernel, sizeof kernel);
    case 1: return sendmsg(s, &m, 0);
    case 2: return write(s, p, n);
    case 3: return writev(s, v, 2);
    default: return send(s, p, n, 0);
    }
}

static ssize_t receive_by(int way)
{
    struct sockaddr_nl from;
    socklen_t len = sizeof from;
    struct iovec v[2] = {{buf, 13}, {buf + 13, sizeof buf - 13}};
    struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = v, .msg_iovlen = 2};
    ssize_t n;
    switch (way) {
    case 0:
        n = recvfrom(s, buf, sizeof buf, 0, (struct sockaddr *)&from, &len);
        if (from.nl_family != AF_NETLINK || from.nl_pid != 0) puts("not from the kernel");
        return n;
    case 1:
        n = recvmsg(s, &m, MSG_PEEK | MSG_TRUNC);
        m.msg_namelen = sizeof from;
        if (recvmsg(s, &m, 0) != n) puts("another length");
        return n;
    case 2: return read(s, buf, sizeof buf);
    case 3: return readv(s, v, 2);
    default: return recv(s, buf, sizeof buf, 0);
    }
}

static void attributes(struct rtattr *a, int n, struct rtattr **t, int max)
{
    memset(t, 0, (max + 1) * sizeof *t);
    for (; RTA_OK(a, n); a = RTA_NEXT(a, n))
        if (a->rta_type <= max) t[a->rta_type] = a;
    if (n) printf("%d bytes left over\n", n);
}

static uint32_t word(struct rtattr *a)
{
    uint32_t v = 0;
    if (a) memcpy(&v, RTA_DATA(a), sizeof v);
    return v;
}

static void show_link(struct nlmsghdr *h)
{
    struct ifinfomsg *i = NLMSG_DATA(h);
    struct rtattr *t[IFLA_MAX + 1];
    attributes(IFLA_RTA(i), IFLA_PAYLOAD(h), t, IFLA_MAX);
    if (!(i->ifi_flags & IFF_LOOPBACK)) return;
    printf("link %d type %d up %d: %s mtu %u queue %u group %u %s\n", i->ifi_index, i->ifi_type, !!(i->ifi_flags & IFF_UP),
           (char *)RTA_DATA(t[IFLA_IFNAME]), word(t[IFLA_MTU]), word(t[IFLA_TXQLEN]), word(t[IFLA_GROUP]),
           (char *)RTA_DATA(t[IFLA_QDISC]));
    struct rtnl_link_stats few;
    struct rtnl_link_stats64 many;
    memcpy(&few, RTA_DATA(t[IFLA_STATS]), sizeof few);
    memcpy(&many, RTA_DATA(t[IFLA_STATS64]), sizeof many);
    CHECK(few.rx_packets == (uint32_t)many.rx_packets && few.tx_bytes == (uint32_t)many.tx_bytes);
    struct rtnl_link_ifmap map;
    memcpy(&map, RTA_DATA(t[IFLA_MAP]), sizeof map);
    CHECK(map.mem_start == 0 && map.irq == 0);
    struct rtattr *family[AF_MAX + 1], *inet[IFLA_INET_MAX + 1];
    attributes(RTA_DATA(t[IFLA_AF_SPEC]), RTA_PAYLOAD(t[IFLA_AF_SPEC]), family, AF_MAX);
    attributes(RTA_DATA(family[AF_INET]), RTA_PAYLOAD(family[AF_INET]), inet, IFLA_INET_MAX);
    printf("forwarding %u\n", word(inet[IFLA_INET_CONF])); // the first of them
}

static void show_address(struct nlmsghdr *h)
{
    struct ifaddrmsg *i = NLMSG_DATA(h);
    struct rtattr *t[IFA_MAX + 1];
    char name[INET6_ADDRSTRLEN] = "";
    attributes(IFA_RTA(i), IFA_PAYLOAD(h), t, IFA_MAX);
    struct ifa_cacheinfo life;
    memcpy(&life, RTA_DATA(t[IFA_CACHEINFO]), sizeof life);
    inet_ntop(i->ifa_family, RTA_DATA(t[IFA_ADDRESS]), name, sizeof name);
    printf("address %s/%d of %u flags %x %x life %u %u\n", name, i->ifa_prefixlen, i->ifa_index, i->ifa_flags, word(t[IFA_FLAGS]),
           life.ifa_prefered, life.ifa_valid);
}

static void show_rule(struct nlmsghdr *h)
{
    struct fib_rule_hdr *r = NLMSG_DATA(h);
    struct rtattr *t[FRA_MAX + 1];
    attributes((struct rtattr *)(r + 1), (int)NLMSG_PAYLOAD(h, sizeof *r), t, FRA_MAX);
    printf("rule %u: family %d table %d %u action %d flags %x\n", word(t[FRA_PRIORITY]), r->family, r->table, word(t[FRA_TABLE]),
           r->action, r->flags);
}

static void explain(struct nlmsghdr *h, uint32_t skip)
{
    struct rtattr *t[NLMSGERR_ATTR_COOKIE + 1];
    if (!(h->nlmsg_flags & NLM_F_ACK_TLVS)) return;
    attributes((struct rtattr *)((char *)NLMSG_DATA(h) + skip), (int)(h->nlmsg_len - NLMSG_HDRLEN - skip), t, NLMSGERR_ATTR_COOKIE);
    if (t[NLMSGERR_ATTR_MSG]) printf("the kernel says: %s\n", (char *)RTA_DATA(t[NLMSGERR_ATTR_MSG]));
    if (t[NLMSGERR_ATTR_OFFS]) printf("about the byte %u\n", word(t[NLMSGERR_ATTR_OFFS]));
}

static void show_done(struct nlmsghdr *h)
{
    int r;
    memcpy(&r, NLMSG_DATA(h), sizeof r);
    printf("done: %s\n", r ? strerror(-r) : "all");
    explain(h, sizeof r);
}

static void show_error(struct nlmsghdr *h, uint32_t seq)
{
    struct nlmsgerr *e = NLMSG_DATA(h);
    printf("error: %s, of message %d\n", strerror(-e->error), e->msg.nlmsg_type);
    CHECK(e->msg.nlmsg_seq == seq);
    explain(h, NLMSG_ALIGN(sizeof *e + (h->nlmsg_flags & NLM_F_CAPPED ? 0 : e->msg.nlmsg_len - sizeof e->msg)));
}

// Receives until the end of what answers the request.
static void answers(int way, uint32_t seq)
{
    for (bool more = true; more;) {
        ssize_t n = receive_by(way);
        if (n <= 0) {
            printf("received: %s\n", strerror(errno));
            return;
        }
        unsigned left = (unsigned)n;
        for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_seq != seq) puts("another sequence");
            more = (h->nlmsg_flags & NLM_F_MULTI) && h->nlmsg_type != NLMSG_DONE;
            switch (h->nlmsg_type) {
            case RTM_NEWLINK: show_link(h); break;
            case RTM_NEWADDR: show_address(h); break;
            case RTM_NEWRULE: show_rule(h); break;
            case NLMSG_ERROR: show_error(h, seq); break;
            case NLMSG_DONE: show_done(h); break;
            default: printf("type %d\n", h->nlmsg_type);
            }
        }
    }
}

struct request {
    struct nlmsghdr h;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        struct rtgenmsg family;
        struct fib_rule_hdr rule;
        char room[64];
    };
};

static void ask(int way, struct request *r, uint16_t type, uint16_t flags, size_t size)
{
    static uint32_t seq = 0x01020304;
    r->h = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST, .nlmsg_seq = ++seq};
    if (send_by(way, r, r->h.nlmsg_len) != (ssize_t)r->h.nlmsg_len) printf("sent: %s\n", strerror(errno));
    answers(way, seq);
}

static void explained(void)
{
    int one = 1, got = 0;
    socklen_t len = sizeof got;
    TRY(setsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one));
    TRY(getsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &got, &len));
    CHECK(got == 1 && len == sizeof got);
    struct request r = {.link = {.ifi_index = 1}};
    struct rtattr *a = (void *)((char *)&r + NLMSG_LENGTH(sizeof r.link)); // a number of too few bytes
    *a = (struct rtattr){RTA_LENGTH(2), IFLA_MTU};
    ask(1, &r, RTM_GETLINK, 0, sizeof r.link + RTA_LENGTH(2));
    TRY(setsockopt(s, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one));
    r = (struct request){.address = {.ifa_family = AF_INET, .ifa_prefixlen = 9}};
    ask(0, &r, RTM_GETADDR, NLM_F_DUMP, sizeof r.address);
    TRY(setsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one));
    ask(2, &r, RTM_GETADDR, NLM_F_DUMP, sizeof r.address);
}

// Lengths that are not so. What comes of it is the kernel's affair; here it must come to an end.
static void mutated(void)
{
    uint32_t x = 1;
    for (int i = 0; i < 2000; i++) {
        struct request r = {.link.ifi_index = 1};
        for (size_t at = sizeof r.link; at < sizeof r.room; at++) r.room[at] = (x = x * 1103515245 + 12345) >> 28 ? 0 : (char)(x >> 16);
        uint32_t size = sizeof r.link + (x >> 20) % (sizeof r.room - sizeof r.link);
        r.h = (struct nlmsghdr){NLMSG_LENGTH(x >> 30 ? size : x >> 8), RTM_GETLINK, NLM_F_REQUEST, 7, 0};
        send(s, &r, NLMSG_LENGTH(size), 0);
        while (recv(s, buf, (x >> 10) % 2000 + 1, MSG_DONTWAIT) > 0) {}
    }
    puts("all answered");
}

static void library(void)
{
    struct if_nameindex *all = if_nameindex();
    for (struct if_nameindex *i = all; i && i->if_index; i++)
        if (strcmp(i->if_name, "lo") == 0) printf("lo is %u\n", i->if_index);
    if_freenameindex(all);
    struct ifaddrs *list = NULL;
    TRY(getifaddrs(&list));
    for (struct ifaddrs *i = list; i; i = i->ifa_next)
        if (strcmp(i->ifa_name, "lo") == 0) printf("lo has family %d\n", i->ifa_addr ? i->ifa_addr->sa_family : -1);
    freeifaddrs(list);
}

int main(void)
{
    struct sockaddr_nl me = {.nl_family = AF_NETLINK};
    socklen_t len = sizeof me;
    s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    CHECK(s >= 0 && bind(s, (struct sockaddr *)&me, sizeof me) == 0 && getsockname(s, (struct sockaddr *)&me, &len) == 0);
    CHECK(me.nl_pid != 0 && len == sizeof me);
    for (int way = 0; way < 5; way++) {
        printf("way %d\n", way);
        ask(way, &(struct request){.link.ifi_family = AF_UNSPEC}, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
        ask(way, &(struct request){.family.rtgen_family = AF_UNSPEC}, RTM_GETADDR, NLM_F_DUMP, sizeof(struct rtgenmsg));
        ask(way, &(struct request){.rule.family = AF_INET}, RTM_GETRULE, NLM_F_DUMP, sizeof(struct fib_rule_hdr));
        ask(way, &(struct request){.link.ifi_index = 99999}, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    }
    mutated();
    explained();
    library();
    int copy = dup(s); // which is one still
    close(s);
    s = copy;
    ask(0, &(struct request){.link.ifi_index = 1}, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    return 0;
}
