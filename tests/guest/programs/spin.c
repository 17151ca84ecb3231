// Loops that wait for a flag and make no system call: set by a handler of alarm or setitimer, by a signal of another
// process or thread, by a thread; the flag tested at the top, at the bottom, in the middle, through a call, by a
// comparison of two variables, and with the whole loop in one line of code.
#include "t.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/time.h>

static volatile sig_atomic_t flag, count, finished;
static volatile int value[4];
static void set_flag(int s) { (void)s; flag = 1; count++; }

static void timer(int ms)
{
    struct itimerval it = {.it_value = {.tv_usec = ms * 1000}};
    flag = 0;
    setitimer(ITIMER_REAL, &it, NULL);
}
__attribute__((noinline)) static int look(void) { return flag; }
typedef int looker(void);
static looker *volatile looks = look;

static void *by_thread(void *arg)
{
    struct timespec ts = {0, 5000000};
    nanosleep(&ts, NULL);
    __atomic_store_n((volatile sig_atomic_t *)arg, 1, __ATOMIC_SEQ_CST);
    return NULL;
}
static void *signals(void *arg)
{
    for (int i = 0; i < 20; i++) {
        struct timespec ts = {0, 1000000};
        nanosleep(&ts, NULL);
        pthread_kill(*(pthread_t *)arg, SIGUSR1);
    }
    finished = 1;
    return NULL;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 1000);
    signal(SIGALRM, set_flag);
    signal(SIGUSR1, set_flag);
    timer(10);
    while (!flag) {}
    puts("while");
    timer(10);
    do {} while (!flag);
    puts("do");
    timer(10);
    for (;;) {
        value[0]++;
        if (flag) break;
        value[1]++;
    }
    printf("middle %d\n", value[0] - value[1]);
    timer(10);
    while (!look()) {}
    puts("call");
    timer(10);
    while (!looks()) {}
    puts("call through a pointer");
    timer(10);
    unsigned spins = 0;
    while (flag == value[2]) spins += 3;
    puts(spins % 3 == 0 ? "comparison" : "?");
    timer(10);
again:
    if (!flag) goto again;
    puts("goto");
    timer(10);
    switch (1) {
        do {
        case 1: value[3] += flag;
        } while (value[3] == 0);
    }
    puts("switch");
    flag = 0;
    alarm(1);
    while (!flag) {}
    puts("alarm");

    pthread_t t, self = pthread_self();
    flag = 0;
    pthread_create(&t, NULL, by_thread, (void *)&flag);
    while (!flag) {}
    pthread_join(t, NULL);
    puts("thread");
    flag = 0;
    pthread_create(&t, NULL, by_thread, (void *)&flag);
    while (__atomic_load_n(&flag, __ATOMIC_ACQUIRE) == 0) {}
    pthread_join(t, NULL);
    puts("thread, acquire");
    flag = 0;
    pthread_create(&t, NULL, by_thread, (void *)&flag);
    sig_atomic_t one = 1;
    while (!__atomic_compare_exchange_n(&flag, &one, 7, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) one = 1;
    pthread_join(t, NULL);
    printf("thread, exchange %d\n", (int)flag);
    flag = 0, count = 0;
    pthread_create(&t, NULL, signals, &self);
    while (!finished) {}
    pthread_join(t, NULL);
    CHECK(count >= 1 && count <= 20);
    // signals of another process
    static volatile sig_atomic_t turn;
    count = 0;
    pid_t p = fork();
    if (p == 0) {
        struct timespec ts = {0, 10000000};
        for (int i = 0; i < 3; i++) nanosleep(&ts, NULL), kill(getppid(), SIGUSR1);
        _exit(0);
    }
    while (count < 1) turn++;
    int st;
    while (waitpid(p, &st, 0) != p) {}
    CHECK(WIFEXITED(st) && count >= 1 && count <= 3);
    return 0;
}
