// Interruption by timers: alarm, setitimer, timer_create, EINTR and SA_RESTART, pause, nanosleep's remainder, and
// a loop that only a handler ends.
#include "t.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks, stop;
static void tick(int s) { (void)s; ticks++; }
static void stopper(int s) { (void)s; stop = 1; }
static int wake_fd;
static void waker(int s)
{
    (void)s;
    if (ticks++ == 2 && write(wake_fd, "!", 1) != 1) _exit(9);
}
static void set(int s, void (*h)(int), int flags)
{
    struct sigaction sa = {.sa_handler = h, .sa_flags = flags};
    sigaction(s, &sa, NULL);
}
static void every(int which, int usec)
{
    struct itimerval it = {{0, usec}, {0, usec}};
    setitimer(which, &it, NULL);
}

int main(void)
{
    int fd[2];
    char c = 0;
    if (pipe(fd)) return 1;
    wake_fd = fd[1];
    set(SIGALRM, tick, 0);
    every(ITIMER_REAL, 20000);
    CHECK(read(fd[0], &c, 1) == -1 && errno == EINTR);
    CHECK(pause() == -1 && errno == EINTR);
    struct pollfd p = {fd[0], POLLIN, 0};
    CHECK(poll(&p, 1, 5000) == -1 && errno == EINTR);
    CHECK(select(0, NULL, NULL, NULL, &(struct timeval){5, 0}) == -1 && errno == EINTR);
    struct timespec ts = {5, 0}, left = {0, 0};
    CHECK(nanosleep(&ts, &left) == -1 && errno == EINTR && left.tv_sec == 4);
    CHECK(ticks >= 5);
    ticks = 0;
    set(SIGALRM, waker, SA_RESTART);
    CHECK(read(fd[0], &c, 1) == 1 && c == '!' && ticks >= 3);
    every(ITIMER_REAL, 0);

    set(SIGALRM, stopper, 0);
    CHECK(alarm(1) == 0 && alarm(1) <= 1);
    every(ITIMER_REAL, 30000);
    unsigned long spins = 0;
    while (!stop) spins++;
    CHECK(spins > 0);
    every(ITIMER_REAL, 0);

    set(SIGVTALRM, tick, 0);
    ticks = 0;
    every(ITIMER_VIRTUAL, 5000);
    uint32_t s = 1, sum = 0;
    for (int i = 0; i < 3000000 || ticks < 5; i++) sum += t_random(&s);
    every(ITIMER_VIRTUAL, 0);
    CHECK(ticks >= 5 && sum != 0);

    timer_t t;
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    set(SIGUSR1, tick, 0);
    ticks = 0;
    CHECK(timer_create(CLOCK_MONOTONIC, &ev, &t) == 0);
    struct itimerspec its = {{0, 10000000}, {0, 10000000}}; // again and again: one may come before the pause
    CHECK(timer_settime(t, 0, &its, NULL) == 0);
    while (!ticks) pause();
    CHECK(timer_delete(t) == 0);

    // results of a computation under a storm of signals
    set(SIGALRM, tick, SA_RESTART);
    every(ITIMER_REAL, 300);
    uint32_t h = T_HASH_START;
    s = 12345;
    for (int i = 0; i < 2000000; i++) {
        uint32_t x = t_random(&s);
        h = (h ^ x) * 16777619u;
        if ((x & 0xfff) == 0) h ^= (uint32_t)getppid() * 0;
    }
    every(ITIMER_REAL, 0);
    printf("%08x\n", h);
    return 0;
}
