// A process with busy threads forks many times: whatever lock any of them holds at that moment, the child works. The
// threads map and unmap, move the break, open files, change handlers and masks, make threads, write and call code.
#include "code.h"
#include <pthread.h>
#include <stdatomic.h>

static atomic_int stop, rounds[3];
static void handler(int s) { (void)s; }

static void *memory(void *arg)
{
    while (!stop) {
        char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        p[100] = 1;
        mprotect(p, 8192, PROT_READ);
        munmap(p, 65536);
        sbrk(65536);
        sbrk(-65536);
        int fd = open("/dev/null", O_RDWR);
        (void)!write(fd, "x", 1);
        close(fd);
        rounds[0]++;
    }
    return arg;
}
static void *nothing(void *arg) { return arg; }
static void *handlers(void *arg)
{
    sigset_t set, old;
    sigfillset(&set);
    while (!stop) {
        struct sigaction sa = {.sa_handler = rounds[1] & 1 ? handler : SIG_IGN};
        sigaction(SIGUSR2, &sa, NULL);
        pthread_sigmask(SIG_BLOCK, &set, &old);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        pthread_kill(pthread_self(), SIGUSR2);
        pthread_t t;
        if (pthread_create(&t, NULL, nothing, NULL) == 0) pthread_join(t, NULL);
        rounds[1]++;
    }
    return arg;
}

static void *code(void *arg)
{
    char *m = code_pages(4096);
    while (!stop) {
        if (!code_generate(m, 1024, 200)) return &stop;
        rounds[2]++;
    }
    return arg;
}

// What a child does: a bit of everything that its parent's threads may have been in the middle of.
static int child(void)
{
    char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return 1;
    p[65535] = 7;
    struct sigaction sa = {.sa_handler = handler};
    if (sigaction(SIGUSR2, &sa, NULL) || raise(SIGUSR2)) return 2;
    if (!code_generate(code_pages(4096), 1024, 70)) return 3;
    if (munmap(p, 65536)) return 4;
    sbrk(4096); // libc's own idea of the break may be stale: no matter whether it succeeds
    int fd = open("/dev/null", O_WRONLY);
    return fd < 0 || write(fd, "x", 1) != 1 ? 6 : 40;
}

int main(int argc, char **argv)
{
    static void *(*const work[3])(void *) = {memory, handlers, code};
    const int forks = argc > 1 ? atoi(argv[1]) : getenv("CALQUE_LONG") ? 300 : 60;
    pthread_t t[3];
    sigset_t u2;
    sigemptyset(&u2);
    sigaddset(&u2, SIGUSR2);
    signal(SIGUSR2, handler);
    for (int i = 0; i < 3; i++) pthread_create(&t[i], NULL, work[i], NULL);
    int good = 0;
    for (int i = 0; i < forks; i++) {
        pid_t p = i % 8 == 7 ? vfork() : fork();
        if (p == 0) _exit(i % 8 == 7 ? 40 : child());
        int st = 0;
        while (waitpid(p, &st, 0) == -1 && errno == EINTR) {}
        good += WIFEXITED(st) && WEXITSTATUS(st) == 40;
    }
    for (int i = 0; i < 3; i++)
        while (rounds[i] == 0) usleep(1000);
    stop = 1;
    int failed = 0;
    for (int i = 0; i < 3; i++) {
        void *r;
        pthread_join(t[i], &r);
        failed += r != NULL;
    }
    printf("forks that worked: %s, threads that failed: %d\n", good == forks ? "all" : "NOT ALL", failed);
    if (good != forks) printf("%d of %d\n", good, forks);
    return 0;
}
