// Signals sent by oneself: handlers with and without siginfo, masks, nesting, pending ones, one-shot handlers, the
// alternate stack, sigsuspend, queued values.
#include "t.h"

static volatile int count, depth, max_depth;
static volatile siginfo_t last;
static sigset_t in_handler;

static void plain(int s) { count += s == 40 ? 100 : 1; }
static void info(int s, siginfo_t *si, void *uc)
{
    (void)uc;
    last.si_signo = s;
    last.si_code = si->si_code;
    last.si_pid = si->si_pid;
    last.si_value = si->si_value;
    sigprocmask(SIG_BLOCK, NULL, &in_handler);
}
static void nest(int s)
{
    if (++depth > max_depth) max_depth = depth;
    if (depth < 5) raise(s);
    depth--;
}
static char *alt;
static volatile bool on_alt;
static void where(int s)
{
    volatile char here = (char)s;
    on_alt = (char *)&here >= alt && (char *)&here < alt + 65536;
}

static void set(int s, void (*h)(int), int flags)
{
    struct sigaction sa = {.sa_handler = h, .sa_flags = flags};
    sigemptyset(&sa.sa_mask);
    if (sigaction(s, &sa, NULL)) perror("sigaction");
}

static void masks(void)
{
    sigset_t block, old, pending;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigaddset(&block, 40);
    CHECK(sigprocmask(SIG_BLOCK, &block, &old) == 0);
    count = 0;
    raise(SIGUSR1), raise(SIGUSR1), raise(SIGUSR1);
    CHECK(count == 0);
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGUSR1) == 1 && sigismember(&pending, SIGUSR2) == 0);
    set(40, plain, 0);
    for (int i = 0; i < 3; i++) sigqueue(getpid(), 40, (union sigval){.sival_int = i});
    CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
    CHECK(count == 1 + 3 * 100);
}

static void suspend(void)
{
    sigset_t block, none, now;
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR2);
    set(SIGUSR2, plain, 0);
    sigprocmask(SIG_BLOCK, &block, NULL);
    count = 0;
    raise(SIGUSR2);
    CHECK(sigsuspend(&none) == -1 && errno == EINTR && count == 1);
    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR2) == 1);
    raise(SIGUSR2);
    siginfo_t si;
    struct timespec ts = {5, 0}, zero = {0, 0};
    CHECK(sigtimedwait(&block, &si, &ts) == SIGUSR2 && si.si_signo == SIGUSR2);
    CHECK(sigtimedwait(&block, &si, &zero) == -1 && errno == EAGAIN);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(void)
{
    set(SIGUSR1, plain, 0);
    for (int i = 0; i < 10; i++) raise(SIGUSR1);
    printf("count %d\n", count);
    struct sigaction sa = {.sa_sigaction = info, .sa_flags = SA_SIGINFO}, old;
    sigemptyset(&sa.sa_mask);
    sigaddset(&sa.sa_mask, SIGHUP);
    CHECK(sigaction(SIGUSR2, &sa, NULL) == 0);
    kill(getpid(), SIGUSR2);
    CHECK(last.si_signo == SIGUSR2 && last.si_code == SI_USER && last.si_pid == getpid());
    CHECK(sigismember(&in_handler, SIGHUP) == 1 && sigismember(&in_handler, SIGUSR2) == 1 && sigismember(&in_handler, SIGINT) == 0);
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 0x12345678});
    CHECK(last.si_code == SI_QUEUE && last.si_value.sival_int == 0x12345678);
    CHECK(sigaction(SIGUSR2, NULL, &old) == 0 && old.sa_sigaction == info && (old.sa_flags & SA_SIGINFO) && sigismember(&old.sa_mask, SIGHUP));
    set(SIGUSR1, nest, SA_NODEFER);
    raise(SIGUSR1);
    printf("nested %d\n", max_depth);
    set(SIGUSR1, plain, SA_RESETHAND);
    raise(SIGUSR1);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
    set(SIGUSR1, plain, 0);
    masks();
    suspend();
    alt = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t ss = {.ss_sp = alt, .ss_size = 65536}, got;
    CHECK(sigaltstack(&ss, NULL) == 0);
    set(SIGUSR1, where, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK(on_alt);
    set(SIGUSR1, where, 0);
    raise(SIGUSR1);
    CHECK(!on_alt);
    CHECK(sigaltstack(NULL, &got) == 0 && got.ss_sp == alt && got.ss_size == 65536 && got.ss_flags == 0);
    set(SIGUSR1, SIG_IGN, 0);
    raise(SIGUSR1);
    TRY(sigaction(SIGKILL, &sa, NULL));
    TRY(sigaction(99, &sa, NULL));
    TRY(kill(getpid(), 99));
    return 0;
}
