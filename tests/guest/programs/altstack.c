// Alternate stacks: the main stack's overflow caught on one, again and again and in threads; handlers nested on it, a
// second fault on it, what sigaltstack says and refuses while it is in use.
#include "t.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>

#pragma GCC diagnostic ignored "-Winfinite-recursion" // ended by a signal
#define NOINLINE __attribute__((noinline, noclone))
enum { ALT = 65536 };
static __thread sigjmp_buf out;
static __thread char *alt;
static __thread volatile int on_alt, faults, depth;
static __thread volatile uintptr_t deepest;

static bool within(void *p) { return (char *)p >= alt && (char *)p < alt + ALT; }
static void overflow(int s, siginfo_t *si, void *uc)
{
    volatile char here = 0;
    (void)uc;
    on_alt += within((void *)&here);
    faults += s == SIGSEGV && (uintptr_t)si->si_addr < deepest + 4096 && deepest - (uintptr_t)si->si_addr < 1u << 20;
    siglongjmp(out, 1);
}
NOINLINE static int recurse(int n)
{
    volatile char frame[200];
    frame[n % 200] = (char)n;
    deepest = (uintptr_t)frame;
    depth = n;
    return recurse(n + 1) + frame[n % 200];
}
static void use_alt(void)
{
    alt = mmap(NULL, ALT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t ss = {.ss_sp = alt, .ss_size = ALT};
    if (sigaltstack(&ss, NULL)) puts("sigaltstack fails");
}
static void overflow_times(const char *who, int n)
{
    for (volatile int i = 0; i < n; i++)
        if (sigsetjmp(out, 1) == 0) recurse(0);
    printf("%s: %d overflows, %d on the alternate stack, deep %s\n", who, faults, on_alt, depth > 100 ? "enough" : "NO");
}
static void *thread(void *arg)
{
    use_alt();
    overflow_times(arg, 3);
    return NULL;
}

// handlers on the alternate stack that nest: the second goes on below the first
static volatile uintptr_t sp_of[3];
static volatile int level, refused, flags_inside;
static void inner(int s)
{
    volatile char here = (char)s;
    sp_of[level++] = (uintptr_t)&here;
    stack_t ss = {.ss_flags = SS_DISABLE}, now;
    sigaltstack(NULL, &now);
    flags_inside += now.ss_flags == SS_ONSTACK;
    refused += sigaltstack(&ss, NULL) == -1 && errno == EPERM;
    if (s == SIGUSR1) raise(SIGUSR2);
    if (s == SIGUSR2) raise(SIGHUP);
}
static void set(int s, void (*h)(int), int flags)
{
    struct sigaction sa = {.sa_handler = h, .sa_flags = flags};
    sigaction(s, &sa, NULL);
}

// the handler's own use of a bad address, on the alternate stack
static char *bad;
static sigjmp_buf fixed;
static volatile int twice;
static void again(int s, siginfo_t *si, void *uc)
{
    (void)s, (void)si, (void)uc;
    if (twice++ == 0) *(volatile char *)bad = 1;
    siglongjmp(fixed, 1);
}

static int dies(void (*f)(void))
{
    fflush(stdout);
    pid_t p = fork();
    if (p == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        f();
        _exit(99);
    }
    int st;
    waitpid(p, &st, 0);
    return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}
static void overflow_without(void)
{
    set(SIGSEGV, inner, 0);
    stack_t off = {.ss_flags = SS_DISABLE};
    sigaltstack(&off, NULL);
    recurse(0);
}
static void overflow_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    recurse(0);
}
static void overflow_blocked(void)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, SIGSEGV);
    sigprocmask(SIG_BLOCK, &s, NULL);
    recurse(0);
}

int main(void)
{
    struct rlimit small = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_STACK, &small);
    struct sigaction sa = {.sa_sigaction = overflow, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &sa, NULL);
    use_alt();
    overflow_times("main", 5);
    pthread_t t;
    pthread_create(&t, NULL, thread, (void *)"thread");
    pthread_join(t, NULL);
    for (int i = 0; i < 3; i++) set((int[]){SIGUSR1, SIGUSR2, SIGHUP}[i], inner, SA_ONSTACK);
    raise(SIGUSR1);
    CHECK(level == 3 && sp_of[0] > sp_of[1] && sp_of[1] > sp_of[2] && within((void *)sp_of[2]) && within((void *)sp_of[0]));
    CHECK(refused == 3 && flags_inside == 3);
    stack_t now, tiny = {.ss_sp = alt, .ss_size = 100}, odd = {.ss_sp = alt, .ss_size = ALT, .ss_flags = 77};
    sigaltstack(NULL, &now);
    CHECK(now.ss_flags == 0);
    TRY(sigaltstack(&tiny, NULL));
    TRY(sigaltstack(&odd, NULL));
    bad = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sa = (struct sigaction){.sa_sigaction = again, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigaction(SIGSEGV, &sa, NULL);
    if (sigsetjmp(fixed, 1) == 0) *(volatile char *)bad = 1;
    printf("faults on it %d\n", twice);
    printf("without one %d, ignored %d, blocked %d\n", dies(overflow_without) == -SIGSEGV, dies(overflow_ignored) == -SIGSEGV, dies(overflow_blocked) == -SIGSEGV);
    return 0;
}
