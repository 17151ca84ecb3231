// Processes that share this one's memory and are killed at any moment: in mmap, in code that was never run, making threads
// of their own. What they held must not stop those who go on.
#include <sched.h>

#include "t.h"

enum { PAGE = 65536, STACK = 256 * 1024 };

static int work_on_maps(void *arg)
{
    (void)arg;
    for (;;) {
        void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(p, PAGE, PROT_READ);
        munmap(p, PAGE);
    }
    return 0;
}

static void nothing(int sig) { (void)sig; }

static int work_on_actions(void *arg)
{
    (void)arg;
    for (;;) {
        signal(SIGUSR1, nothing);
        signal(SIGUSR1, SIG_IGN);
    }
    return 0;
}

// The same code again and again: its translation is thrown away each time.
static int (*volatile code)(void);

static int work_on_code(void *arg)
{
    for (;;) {
        t_flush(arg, 64);
        code();
    }
    return 0;
}

#if defined __arm__
static const uint32_t words[] = {0xe3a00007, 0xe12fff1e}; // mov r0, #7; bx lr
#elif defined __sparc__
static const uint32_t words[] = {0x81c3e008, 0x90102007}; // retl; mov 7, %o0
#elif defined __x86_64__
static const uint32_t words[] = {0x000007b8, 0x9090c300}; // mov $7, %eax; ret
#endif

static void pause_ns(long ns)
{
    const struct timespec t = {0, ns};
    nanosleep(&t, NULL);
}

static void round_of(const char *name, int (*work)(void *), int flags, int rounds)
{
    static char stack[STACK] __attribute__((aligned(16)));
    uint32_t seed = 4711;
    int killed = 0, right = 0;
    for (int i = 0; i < rounds; i++) {
        int st = 0;
        pid_t p = clone(work, stack + STACK, CLONE_VM | flags | SIGCHLD, (void *)(uintptr_t)code);
        if (p < 0) break;
        pause_ns(200000 + (long)(t_random(&seed) % 1000000));
        kill(p, SIGKILL);
        // not waited for yet: as long as it is a zombie its id is not another's
        void *m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(m, 1, PAGE);
        munmap(m, PAGE);
        t_flush((void *)(uintptr_t)code, 64);
        signal(SIGUSR2, nothing);
        right += code() == 7;
        killed += waitpid(p, &st, 0) == p && WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL;
    }
    printf("%s: %d killed, %d right\n", name, killed, right);
}

int main(void)
{
    void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(p, words, sizeof words);
    t_flush(p, sizeof words);
    code = (int (*)(void))(uintptr_t)p;
    round_of("maps", work_on_maps, 0, 30);
    round_of("actions", work_on_actions, CLONE_SIGHAND, 30);
    round_of("code", work_on_code, 0, 60);
    return 0;
}
