// Signals and threads: to one thread, to the process with one thread that lets it in, masks that a new thread inherits,
// a thread that collects by sigwait, handlers that run in many threads at once, masks that protect.
#include "t.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

enum { N = 5, EACH = 100 };
static pthread_t threads[N];
static pid_t tids[N];
static atomic_int ready, hits[N], wrong, stop, inside_violations;
static __thread int me = -1;
static __thread volatile int guarded;
static pthread_barrier_t barrier;

static void handler(int s, siginfo_t *si, void *uc)
{
    (void)s, (void)uc;
    if (me < 0) { wrong++; return; }
    if (syscall(SYS_gettid) != tids[me]) wrong++;
    if (si->si_code == SI_QUEUE && si->si_value.sival_int != me) wrong++;
    if (guarded) inside_violations++;
    hits[me]++;
}
static void on(int s)
{
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(s, &sa, NULL);
}

static void *target(void *arg)
{
    me = (int)(intptr_t)arg;
    tids[me] = (pid_t)syscall(SYS_gettid);
    ready++;
    sigset_t block, old;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigaddset(&block, SIGRTMIN + 1);
    uint32_t x = 1;
    while (!stop) { // half of the time guarded by the mask
        pthread_sigmask(SIG_BLOCK, &block, &old);
        guarded = 1;
        for (int i = 0; i < 50; i++) t_random(&x);
        guarded = 0;
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        for (int i = 0; i < 50; i++) t_random(&x);
    }
    return (void *)(uintptr_t)(x == 0);
}

static int inherited[3];
static void *inherits(void *arg)
{
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    inherited[0] = sigismember(&now, SIGUSR2), inherited[1] = sigismember(&now, SIGTERM), inherited[2] = sigismember(&now, SIGUSR1);
    sigset_t pending;
    sigpending(&pending);
    return (void *)(intptr_t)(sigismember(&pending, SIGUSR2) + 10 * sigismember(&pending, SIGTERM) + 0 * (arg != NULL));
}

static void *collector(void *arg)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    sigaddset(&set, SIGTERM);
    uintptr_t sum = 0;
    for (;;) {
        siginfo_t si;
        int s = sigwaitinfo(&set, &si);
        if (s == SIGTERM) return (void *)sum;
        sum = sum * 3 + (uintptr_t)si.si_value.sival_int;
        (*(atomic_int *)arg)++;
    }
}

static atomic_int process_hits, process_wrong;
static pthread_t only;
static void process_handler(int s)
{
    (void)s;
    if (!pthread_equal(pthread_self(), only)) process_wrong++;
    process_hits++;
}
static void *lets_in(void *arg)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    pthread_barrier_wait(&barrier);
    while (process_hits < 50) {}
    return arg;
}

int main(void)
{
    on(SIGUSR1);
    on(SIGRTMIN + 1);
    for (intptr_t i = 0; i < N; i++) pthread_create(&threads[i], NULL, target, (void *)i);
    while (ready < N) usleep(100);
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGUSR1);
    sigaddset(&mine, SIGRTMIN + 1);
    pthread_sigmask(SIG_BLOCK, &mine, NULL); // the main thread has no part in it
    for (int i = 0; i < EACH; i++)
        for (int k = 0; k < N; k++) {
            if (i % 2) pthread_sigqueue(threads[k], SIGRTMIN + 1, (union sigval){.sival_int = k});
            else syscall(SYS_tgkill, getpid(), tids[k], SIGUSR1);
            if (i % 16 == 0) sched_yield();
        }
    for (int k = 0; k < N; k++)
        while (hits[k] < EACH / 2) usleep(1000); // every real-time one arrives
    stop = 1;
    for (int k = 0; k < N; k++) pthread_join(threads[k], NULL);
    CHECK(wrong == 0 && inside_violations == 0);
    for (int k = 0; k < N; k++) CHECK(hits[k] > EACH / 2 && hits[k] <= EACH);
    while (syscall(SYS_tgkill, getpid(), tids[0], SIGUSR1) == 0) usleep(100); // joined, and not quite gone
    CHECK(errno == ESRCH);

    sigset_t two;
    sigemptyset(&two);
    sigaddset(&two, SIGUSR2);
    sigaddset(&two, SIGTERM);
    pthread_sigmask(SIG_SETMASK, &two, NULL);
    pthread_kill(pthread_self(), SIGUSR2); // pending for this thread alone
    kill(getpid(), SIGTERM);               // pending for the process
    pthread_t t;
    void *r;
    pthread_create(&t, NULL, inherits, NULL);
    pthread_join(t, &r);
    printf("inherited %d %d %d, pending there %d\n", inherited[0], inherited[1], inherited[2], (int)(intptr_t)r);
    siginfo_t si;
    CHECK(sigwaitinfo(&two, &si) == SIGUSR2 && si.si_code == SI_TKILL);
    CHECK(sigwaitinfo(&two, &si) == SIGTERM && si.si_code == SI_USER && si.si_pid == getpid());

    static atomic_int collected;
    sigset_t rt;
    sigemptyset(&rt);
    sigaddset(&rt, SIGRTMIN + 3);
    pthread_sigmask(SIG_BLOCK, &rt, NULL);
    pthread_create(&t, NULL, collector, &collected);
    for (int i = 0; i < 30; i++) sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = i * i});
    while (collected < 30) usleep(500);
    kill(getpid(), SIGTERM);
    pthread_join(t, &r);
    printf("collected %08x\n", (unsigned)(uintptr_t)r);

    sigset_t hup;
    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hup, NULL);
    signal(SIGHUP, process_handler);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&only, NULL, lets_in, NULL);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 50; i++) {
        kill(getpid(), SIGHUP);
        while (process_hits <= i) usleep(100);
    }
    pthread_join(only, NULL);
    CHECK(process_hits == 50 && process_wrong == 0);
    return 0;
}
