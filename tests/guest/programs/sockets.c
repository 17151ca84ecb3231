// Sockets and waiting: socket pairs, UNIX and TCP servers, passed descriptors, poll, select, epoll, eventfd.
#include "t.h"
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>

static void pass_descriptor(void)
{
    int sv[2], fd[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == 0 && pipe(fd) == 0);
    char space[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0}, c = 'c';
    struct iovec iov = {&c, 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *cm = CMSG_FIRSTHDR(&m);
    cm->cmsg_level = SOL_SOCKET, cm->cmsg_type = SCM_RIGHTS, cm->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cm), &fd[1], sizeof(int));
    CHECK(sendmsg(sv[0], &m, 0) == 1);
    memset(space, 0, sizeof space);
    c = 0, m.msg_controllen = sizeof space;
    CHECK(recvmsg(sv[1], &m, 0) == 1 && c == 'c');
    cm = CMSG_FIRSTHDR(&m);
    int got = -1;
    if (cm && cm->cmsg_type == SCM_RIGHTS) memcpy(&got, CMSG_DATA(cm), sizeof got);
    CHECK(got > fd[1] && write(got, "ok", 2) == 2);
    char buf[3] = "";
    CHECK(read(fd[0], buf, 2) == 2 && strcmp(buf, "ok") == 0);
}

static void tcp(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    CHECK(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    CHECK(bind(l, (struct sockaddr *)&a, sizeof a) == 0 && listen(l, 5) == 0 && getsockname(l, (struct sockaddr *)&a, &len) == 0);
    CHECK(len == sizeof a && a.sin_family == AF_INET && ntohs(a.sin_port) > 0);
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(s, (struct sockaddr *)&a, sizeof a)) _exit(1);
        char buf[1000];
        ssize_t n, total = 0;
        send(s, "hello", 5, MSG_NOSIGNAL);
        while ((n = recv(s, buf, sizeof buf, 0)) > 0) total += n;
        _exit(total == 60000 ? 0 : 2);
    }
    struct sockaddr_in peer;
    len = sizeof peer;
    int c = accept(l, (struct sockaddr *)&peer, &len);
    CHECK(c >= 0 && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    char buf[60000];
    CHECK(recv(c, buf, 5, MSG_WAITALL) == 5 && memcmp(buf, "hello", 5) == 0);
    CHECK(setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    struct timeval tv = {1, 500000}, tv2;
    len = sizeof tv2;
    CHECK(setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) == 0 && getsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv2, &len) == 0);
    CHECK(tv2.tv_sec == 1 && tv2.tv_usec == 500000);
    memset(buf, 'x', sizeof buf);
    size_t sent = 0;
    while (sent < sizeof buf) sent += (size_t)send(c, buf + sent, sizeof buf - sent, 0);
    shutdown(c, SHUT_WR);
    int st;
    waitpid(p, &st, 0);
    CHECK(st == 0);
    int err = 0;
    len = sizeof err;
    CHECK(getsockopt(c, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err == 0 && len == sizeof err);
    TRY(connect(c, (struct sockaddr *)&a, sizeof a));
}

static void waiting(void)
{
    int a[2], b[2], n = 0;
    if (pipe(a) || pipe(b)) return;
    if (write(b[1], "abc", 3) != 3) return;
    struct pollfd p[3] = {{a[0], POLLIN, 0}, {b[0], POLLIN, 0}, {99, POLLIN, 0}};
    CHECK(poll(p, 3, 1000) == 2 && p[0].revents == 0 && p[1].revents == POLLIN && p[2].revents == POLLNVAL);
    CHECK(poll(p, 1, 10) == 0);
    fd_set r, w;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(a[0], &r);
    FD_SET(b[0], &r);
    FD_SET(a[1], &w);
    struct timeval tv = {1, 0};
    CHECK(select(60, &r, &w, NULL, &tv) == 2 && !FD_ISSET(a[0], &r) && FD_ISSET(b[0], &r) && FD_ISSET(a[1], &w));
    CHECK(ioctl(b[0], FIONREAD, &n) == 0 && n == 3);
    int e = epoll_create1(0), ev = eventfd(5, EFD_NONBLOCK);
    struct epoll_event in = {.events = EPOLLIN, .data.u64 = 0x1122334455667788}, got[3];
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, b[0], &in) == 0);
    in.data.u64 = 7;
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, ev, &in) == 0 && epoll_wait(e, got, 3, 1000) == 2);
    CHECK(got[0].data.u64 + got[1].data.u64 == 0x1122334455667788 + 7 && got[0].events == EPOLLIN);
    TRY(epoll_ctl(e, EPOLL_CTL_ADD, ev, &in));
    uint64_t v = 0;
    CHECK(read(ev, &v, 8) == 8 && v == 5);
    TRY(read(ev, &v, 8));
    CHECK(fcntl(a[0], F_SETFL, O_NONBLOCK) == 0 && (fcntl(a[0], F_GETFL) & O_NONBLOCK));
    TRY(read(a[0], &n, 1));
    TRY(ioctl(a[0], TIOCGWINSZ, &(struct winsize){0}));
    CHECK(!isatty(a[0]));
}

// ping of this machine by IPv6, with a filter of messages, which is eight words. Without the privilege, or without IPv6, the
// errors are the same as natively.
static void ping6(void)
{
    int s = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), offset = 2;
    if (s < 0) {
        printf("no raw socket: %s\n", strerror(errno));
        return;
    }
    struct icmp6_filter f, g;
    socklen_t len = sizeof g;
    ICMP6_FILTER_SETBLOCKALL(&f);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
    CHECK(setsockopt(s, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof f) == 0);
    CHECK(getsockopt(s, IPPROTO_ICMPV6, ICMP6_FILTER, &g, &len) == 0 && len == sizeof g && memcmp(&f, &g, len) == 0);
    TRY(setsockopt(s, SOL_RAW, IPV6_CHECKSUM, &offset, sizeof offset));
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct icmp6_hdr h = {.icmp6_type = ICMP6_ECHO_REQUEST, .icmp6_id = htons((uint16_t)getpid()), .icmp6_seq = htons(5)}, r = {0};
    if (sendto(s, &h, sizeof h, 0, (struct sockaddr *)&a, sizeof a) != sizeof h) {
        printf("no way to this machine: %s\n", strerror(errno));
        return;
    }
    struct pollfd p = {s, POLLIN, 0};
    bool got = true; // replies to another run of this test are passed over
    while (got && r.icmp6_id != h.icmp6_id) got = poll(&p, 1, 5000) == 1 && recv(s, &r, sizeof r, 0) == sizeof r;
    CHECK(got && r.icmp6_type == ICMP6_ECHO_REPLY && r.icmp6_seq == htons(5));
    close(s);
}

// More events at once than a page holds.
static void many_events(void)
{
    enum { MANY = 3000 };
    static struct epoll_event got[MANY];
    static char seen[MANY];
    struct rlimit was, all;
    getrlimit(RLIMIT_NOFILE, &was);
    all = (struct rlimit){was.rlim_max, was.rlim_max};
    TRY(setrlimit(RLIMIT_NOFILE, &all));
    int e = epoll_create1(0), made = 0, distinct = 0, first = -1, fd;
    for (; made < MANY && (fd = eventfd(1, 0)) >= 0; made++) {
        struct epoll_event in = {.events = EPOLLIN, .data.u32 = (uint32_t)made};
        if (first < 0) first = fd;
        if (epoll_ctl(e, EPOLL_CTL_ADD, fd, &in)) break;
    }
    int n = epoll_wait(e, got, MANY, 0);
    for (int i = 0; i < n; i++) distinct += !seen[got[i].data.u32]++;
    printf("%d events of %d, %d distinct\n", n, made, distinct);
    for (int i = 0; i < made; i++) close(first + i);
    setrlimit(RLIMIT_NOFILE, &was);
    TRY(epoll_wait(e, got, INT_MAX, 0));
    close(e);
}

int main(void)
{
    pass_descriptor();
    tcp();
    ping6();
    waiting();
    many_events();
    struct sockaddr_un u = {.sun_family = AF_UNIX, .sun_path = "sock"}, from;
    int s = socket(AF_UNIX, SOCK_DGRAM, 0), t = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(bind(s, (struct sockaddr *)&u, sizeof u) == 0);
    strcpy(u.sun_path, "sock2");
    CHECK(bind(t, (struct sockaddr *)&u, sizeof u) == 0);
    strcpy(u.sun_path, "sock");
    CHECK(sendto(t, "dgram", 5, 0, (struct sockaddr *)&u, sizeof u) == 5);
    char buf[10] = "";
    socklen_t len = sizeof from;
    CHECK(recvfrom(s, buf, sizeof buf, 0, (struct sockaddr *)&from, &len) == 5 && strcmp(from.sun_path, "sock2") == 0);
    TRY(socket(AF_INET, 77, 0));
    TRY(socket(200, SOCK_STREAM, 0));
    TRY(bind(s, (struct sockaddr *)&u, sizeof u));
    return 0;
}
