// The queue of signals: order and payload of real-time signals, standard ones that merge, what a wait under a mask of its
// own lets through and which mask its handler sees, nested handlers, one-shot handlers, sigwaitinfo and sigtimedwait.
#include "t.h"
#include <sys/syscall.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>

enum { MAX = 200 };
static volatile struct { int sig, code, value, depth; } seen[MAX];
static volatile int nseen, depth;
static sigset_t mask_seen;

static void note(int s, siginfo_t *si, void *uc)
{
    (void)uc;
    depth++;
    if (nseen < MAX) {
        seen[nseen].sig = s, seen[nseen].code = si->si_code, seen[nseen].depth = depth;
        seen[nseen].value = si->si_code == SI_QUEUE ? si->si_value.sival_int : -1;
        nseen++;
    }
    sigprocmask(SIG_BLOCK, NULL, &mask_seen);
    depth--;
}

static const char *name(int s) // real-time signals by their distance from the first
{
    static char text[20];
    if (s >= SIGRTMIN) sprintf(text, "RT%d", s - SIGRTMIN);
    else snprintf(text, sizeof text, "%s", sigabbrev_np(s));
    return text;
}
static void show(const char *title)
{
    printf("%s:", title);
    for (int i = 0; i < nseen; i++) {
        printf(" %s/%s", name(seen[i].sig), seen[i].code == SI_QUEUE ? "queue" : seen[i].code == SI_USER ? "user" : seen[i].code == SI_TKILL ? "tkill" : "?");
        if (seen[i].code == SI_QUEUE) printf("=%d", seen[i].value);
        if (seen[i].depth > 1) printf("@%d", seen[i].depth);
    }
    puts("");
    nseen = 0;
}
static void show_mask(const char *title, const sigset_t *m)
{
    printf("%s:", title);
    static const int order[] = {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGCHLD}; // numbers differ
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (sigismember(m, order[i]) == 1) printf(" %s", name(order[i]));
    for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
        if (sigismember(m, s) == 1) printf(" %s", name(s));
    puts("");
}
static void on(int s, int flags, ...)
{
    struct sigaction sa = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};
    sigemptyset(&sa.sa_mask);
    if (flags == SA_NODEFER) sigaddset(&sa.sa_mask, SIGHUP);
    sigaction(s, &sa, NULL);
}
static void queue(int s, int v) { sigqueue(getpid(), s, (union sigval){.sival_int = v}); }
static sigset_t set_of(int a, int b, int c)
{
    sigset_t s;
    sigemptyset(&s);
    if (a) sigaddset(&s, a);
    if (b) sigaddset(&s, b);
    if (c) sigaddset(&s, c);
    return s;
}

static void order(void)
{
    sigset_t all = set_of(SIGRTMIN, SIGRTMIN + 1, SIGRTMIN + 2), old;
    sigaddset(&all, SIGUSR1), sigaddset(&all, SIGUSR2);
    for (int i = 0; i < 3; i++) on(SIGRTMIN + i, 0);
    on(SIGUSR1, 0), on(SIGUSR2, 0);
    sigprocmask(SIG_BLOCK, &all, &old);
    for (int i = 0; i < 4; i++) queue(SIGRTMIN + 2, i), queue(SIGRTMIN, 10 + i), queue(SIGRTMIN + 1, 20 + i);
    kill(getpid(), SIGUSR2), kill(getpid(), SIGUSR2), queue(SIGUSR1, 7), queue(SIGUSR1, 8);
    sigset_t pending;
    sigpending(&pending);
    show_mask("pending", &pending);
    for (int i = 0; i < 3; i++) { // by hand, the lowest first
        siginfo_t si;
        struct timespec zero = {0, 0};
        sigset_t rt = set_of(SIGRTMIN + 1, SIGRTMIN + 2, 0);
        int s = i < 2 ? sigwaitinfo(&rt, &si) : sigtimedwait(&rt, &si, &zero);
        printf("waited for %s = %d\n", name(s), si.si_value.sival_int);
    }
    // all at once: handlers nest, since each starts while the next is pending; the last to start is the first to run on
    sigprocmask(SIG_SETMASK, &old, NULL);
    show("opened");
    raise(SIGRTMIN), queue(SIGRTMIN + 1, 5), kill(getpid(), SIGUSR1);
    show("one by one");
}

static void waits(void)
{
    sigset_t block = set_of(SIGUSR1, SIGUSR2, SIGRTMIN), old, inner = set_of(SIGINT, SIGUSR2, 0), now, none = set_of(0, 0, 0);
    sigaddset(&block, SIGTERM);
    on(SIGUSR1, 0), on(SIGUSR2, 0), on(SIGRTMIN, 0);
    sigprocmask(SIG_SETMASK, &block, &old);
    raise(SIGUSR1);
    CHECK(sigsuspend(&inner) == -1 && errno == EINTR);
    show("sigsuspend");
    show_mask("mask in its handler", &mask_seen);
    sigprocmask(SIG_BLOCK, NULL, &now);
    show_mask("mask after it", &now);
    raise(SIGUSR1), raise(SIGUSR2), queue(SIGRTMIN, 3), queue(SIGRTMIN, 4);
    CHECK(sigsuspend(&none) == -1 && errno == EINTR);
    show("sigsuspend with four pending");
    raise(SIGUSR2);
    struct timespec ts = {5, 0};
    CHECK(ppoll(NULL, 0, &ts, &none) == -1 && errno == EINTR);
    show("ppoll");
    show_mask("mask in its handler", &mask_seen);
    raise(SIGUSR1);
    CHECK(pselect(0, NULL, NULL, NULL, &ts, &inner) == -1 && errno == EINTR);
    show("pselect");
    show_mask("mask in its handler", &mask_seen);
    // a call that succeeds lets nothing through
    int p[2];
    if (pipe(p) || write(p[1], "x", 1) != 1) exit(1);
    struct pollfd fd = {.fd = p[0], .events = POLLIN};
    raise(SIGUSR1);
    int r = ppoll(&fd, 1, &ts, &none);
    printf("ready ppoll %d\n", r);
    sigprocmask(SIG_BLOCK, NULL, &now);
    show_mask("mask after it", &now);
    sigprocmask(SIG_SETMASK, &old, NULL);
    nseen = 0;
    siginfo_t si;
    sigset_t u = set_of(SIGUSR1, 0, 0);
    struct timespec shortly = {0, 5000000};
    sigprocmask(SIG_BLOCK, &u, &old);
    CHECK(sigtimedwait(&u, &si, &shortly) == -1 && errno == EAGAIN);
    struct itimerval it = {.it_value = {.tv_usec = 300000}}; // not before the wait has begun, on a busy machine too
    on(SIGALRM, 0);
    setitimer(ITIMER_REAL, &it, NULL);
    CHECK(sigtimedwait(&u, &si, &ts) == -1 && errno == EINTR);
    CHECK(nseen == 1 && seen[0].sig == SIGALRM);
    sigset_t a = set_of(SIGALRM, 0, 0);
    sigprocmask(SIG_BLOCK, &a, NULL);
    setitimer(ITIMER_REAL, &it, NULL);
    CHECK(sigwaitinfo(&a, &si) == SIGALRM && si.si_code == SI_KERNEL);
    sigprocmask(SIG_SETMASK, &old, NULL);
    nseen = 0;
}

static volatile int levels;
static void nest(int s)
{
    int mine = ++levels, keep = mine * 3;
    if (mine < 6) raise(s);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    if (sigismember(&now, s) || !sigismember(&now, SIGHUP) || keep != mine * 3) puts("wrong in a nested handler");
}
static void other_inside(int s)
{
    (void)s;
    levels++;
    raise(SIGUSR2); // not blocked: runs here
    raise(SIGUSR1); // blocked: runs when this one has returned
    levels += 100;
}
static volatile int second_at;
static void second(int s) { (void)s; second_at = levels; }

static void nesting(void)
{
    struct sigaction sa = {.sa_handler = nest, .sa_flags = SA_NODEFER}, now;
    sigemptyset(&sa.sa_mask);
    sigaddset(&sa.sa_mask, SIGHUP);
    sigaction(SIGUSR1, &sa, NULL);
    raise(SIGUSR1);
    printf("levels %d\n", levels);
    signal(SIGUSR2, second);
    sa = (struct sigaction){.sa_handler = other_inside, .sa_flags = 0};
    sigaction(SIGUSR1, &sa, NULL);
    levels = 0;
    sa.sa_flags = SA_RESETHAND;
    struct sigaction once = sa;
    sigaction(SIGUSR1, &sa, NULL);
    signal(SIGCHLD, SIG_DFL);
    sigaction(SIGCHLD, &once, NULL);
    sa.sa_flags = 0;
    sa.sa_handler = second;
    sigaction(SIGUSR1, &sa, NULL);
    raise(SIGCHLD); // raises USR2, USR1, both handled inside
    printf("second at %d, levels %d\n", second_at, levels);
    sigaction(SIGCHLD, NULL, &now);
    CHECK(now.sa_handler == SIG_DFL && (now.sa_flags & SA_RESETHAND));
    raise(SIGCHLD);
    CHECK(levels == 101);
    // one-shot and not deferred: the second one kills a child
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        sa = (struct sigaction){.sa_handler = nest, .sa_flags = SA_NODEFER | SA_RESETHAND};
        levels = 0;
        sigaction(SIGUSR1, &sa, NULL);
        raise(SIGUSR1);
        _exit(1);
    }
    int st;
    waitpid(p, &st, 0);
    CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGUSR1);
}

// A fault's handler blocks what is pending behind it.
static volatile int order_of[2], at;
static char *page;
static void fault(int s)
{
    (void)s;
    raise(SIGUSR1);
    order_of[at++] = 1;
    mprotect(page, 65536, PROT_READ | PROT_WRITE);
}
static void usr1(int s) { (void)s; if (at < 2) order_of[at++] = 2; }
static void fault_blocks(void)
{
    page = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction sa = {.sa_handler = fault};
    sigfillset(&sa.sa_mask);
    sigaction(SIGSEGV, &sa, NULL);
    signal(SIGUSR1, usr1);
    *(volatile char *)page = 1;
    printf("order %d %d\n", order_of[0], order_of[1]);
}

// A crash handler raises a fault anew with the siginfo that it got: sent, but with the code and address of a fault.
static void sent_fault(int s, siginfo_t *i, void *context)
{
    (void)context;
    printf("sent: %d, code %d, errno %d, address %lx\n", s == i->si_signo, i->si_code, i->si_errno, (unsigned long)(uintptr_t)i->si_addr);
}

static long send_fault(int sig)
{
    siginfo_t i;
    memset(&i, 0, sizeof i);
    i.si_signo = sig;
    i.si_code = 2;
    i.si_addr = (void *)0x1234;
    return syscall(SYS_rt_sigqueueinfo, getpid(), sig, &i);
}

static void raised_anew(void)
{
    const int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    struct sigaction sa = {.sa_sigaction = sent_fault, .sa_flags = SA_SIGINFO};
    int st;
    for (int k = 0; k < 5; k++) {
        sigaction(sigs[k], &sa, NULL);
        CHECK(send_fault(sigs[k]) == 0);
        fflush(stdout);
        if (fork() == 0) {
            signal(sigs[k], SIG_DFL);
            send_fault(sigs[k]);
            _exit(1);
        }
        wait(&st);
        CHECK(WIFSIGNALED(st) && WTERMSIG(st) == sigs[k]);
    }
}

// What a program sends itself with the code of a fault, read from a descriptor.
static void read_fault(void)
{
    sigset_t set = set_of(SIGFPE, 0, 0), old;
    struct signalfd_siginfo got;
    sigprocmask(SIG_BLOCK, &set, &old);
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    const int errors[] = {0, ENOTEMPTY};
    for (int i = 0; i < 2; i++) {
        siginfo_t si = {.si_signo = SIGFPE, .si_errno = errors[i], .si_code = 1};
        TRY(syscall(SYS_rt_sigqueueinfo, getpid(), si.si_signo, &si));
        CHECK(read(fd, &got, sizeof got) == sizeof got);
        printf("%s code %d errno %s\n", name((int)got.ssi_signo), got.ssi_code, got.ssi_errno ? strerror(got.ssi_errno) : "0");
    }
    close(fd);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

int main(void)
{
    order();
    waits();
    nesting();
    fault_blocks();
    raised_anew();
    read_fault();
    return 0;
}
