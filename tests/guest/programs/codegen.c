// Much generated code, more than any cache of translations holds when it is made small: threads write, flush and call
// functions, each in pages of its own and some in shared ones, while another thread recurses and one spins.
#include "t.h"
#include <pthread.h>

#if defined __arm__
enum { WORDS = 3 };
static void emit(uint32_t *p, unsigned v) // mov r0, #(v & 255); orr r0, r0, #(v & 0xff00); bx lr
{
    p[0] = 0xe3a00000u | (v & 0xff);
    p[1] = 0xe3800c00u | (v >> 8 & 0xff);
    p[2] = 0xe12fff1eu;
}
#elif defined __sparc__
enum { WORDS = 3 };
static void emit(uint32_t *p, unsigned v) // sethi %hi(v), %o0; retl; or %o0, %lo(v), %o0
{
    p[0] = 0x11000000u | v >> 10;
    p[1] = 0x81c3e008u;
    p[2] = 0x90122000u | (v & 0x3ff);
}
#elif defined __x86_64__
enum { WORDS = 2 };
static void emit(uint32_t *p, unsigned v) // mov eax, v; ret
{
    unsigned char code[8] = {0xb8, (unsigned char)v, (unsigned char)(v >> 8), 0, 0, 0xc3};
    memcpy(p, code, sizeof code);
}
#endif

enum { THREADS = 3, FUNCTIONS = 1024 };
static int rounds;
static volatile int stop;
static volatile unsigned spun;
static pthread_barrier_t start;

static unsigned call(void *f) { return ((unsigned (*)(void))f)(); }

static void *generate(void *arg)
{
    uint32_t seed = (uint32_t)(intptr_t)arg * 7919 + 1;
    const size_t size = FUNCTIONS * 16;
    uint32_t *m = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t wrong = 0;
    pthread_barrier_wait(&start);
    for (int r = 0; r < rounds; r++) {
        uint32_t s = seed + (uint32_t)r;
        for (int i = 0; i < FUNCTIONS; i++) emit(m + i * 4, t_random(&s) & 0xffff);
        t_flush(m, size);
        s = seed + (uint32_t)r;
        for (int i = 0; i < FUNCTIONS; i++) wrong += call(m + i * 4) != (t_random(&s) & 0xffff);
        if (r % 4 == 3) {
            munmap(m, size);
            m = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        }
    }
    return (void *)wrong;
}

__attribute__((noinline)) static uint32_t deep(uint32_t n) { return n == 0 ? 1 : deep(n - 1) * 3 + n; }
static void *recurse(void *arg)
{
    uint32_t want = deep(3000);
    uintptr_t wrong = 0;
    pthread_barrier_wait(&start);
    while (!stop) wrong += deep(3000) != want;
    return (void *)(wrong + (uintptr_t)arg);
}
static void *spin(void *arg)
{
    pthread_barrier_wait(&start);
    while (!stop) spun++;
    return arg;
}
static void *sleep_long(void *arg)
{
    pthread_barrier_wait(&start);
    while (!stop) usleep(1000);
    return arg;
}

int main(void)
{
    pthread_t t[THREADS], others[3];
    rounds = getenv("CALQUE_LONG") ? 400 : 12;
    pthread_barrier_init(&start, NULL, THREADS + 3);
    pthread_create(&others[0], NULL, recurse, NULL);
    pthread_create(&others[1], NULL, spin, NULL);
    pthread_create(&others[2], NULL, sleep_long, NULL);
    for (intptr_t i = 0; i < THREADS; i++) pthread_create(&t[i], NULL, generate, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(t[i], &wrong);
        printf("generator %d: %d wrong\n", i, (int)(intptr_t)wrong);
    }
    stop = 1;
    for (int i = 0; i < 3; i++) {
        void *wrong;
        pthread_join(others[i], &wrong);
        printf("other %d: %d wrong\n", i, (int)(intptr_t)wrong);
    }
    return 0;
}
