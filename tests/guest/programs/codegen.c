// Much generated code, more than any cache of translations holds when it is made small: threads write, flush and call
// functions, each in pages of its own and some in shared ones, while another thread recurses and one spins.
#include "code.h"
#include <pthread.h>

enum { THREADS = 3, FUNCTIONS = 1024 };
static int rounds;
static volatile int stop;
static volatile unsigned spun;
static pthread_barrier_t start;

static void *generate(void *arg)
{
    uint32_t seed = (uint32_t)(intptr_t)arg * 7919 + 1;
    const size_t size = FUNCTIONS * CODE_BYTES;
    char *m = code_pages(size);
    uintptr_t wrong = 0;
    pthread_barrier_wait(&start);
    for (int r = 0; r < rounds; r++) {
        uint32_t s = seed + (uint32_t)r;
        for (int i = 0; i < FUNCTIONS; i++) code_constant(m + i * CODE_BYTES, t_random(&s) & 0xffff);
        t_flush(m, size);
        s = seed + (uint32_t)r;
        for (int i = 0; i < FUNCTIONS; i++) wrong += code_call(m + i * CODE_BYTES) != (t_random(&s) & 0xffff);
        if (r % 4 == 3) {
            munmap(m, size);
            m = code_pages(size);
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
