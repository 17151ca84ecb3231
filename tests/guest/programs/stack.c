// The stack: large frames, alloca, growth to megabytes, a fault beyond the limit that a handler on another stack sees.
#include "t.h"
#include <alloca.h>
#include <setjmp.h>

#pragma GCC diagnostic ignored "-Winfinite-recursion" // it ends at the guard page

static sigjmp_buf out;
static char alt[65536] __attribute__((aligned(16)));
static void overflow(int s) { siglongjmp(out, s); }

__attribute__((noinline)) static unsigned frame(unsigned n)
{
    volatile char big[100000];
    memset((char *)big, (int)n, sizeof big);
    unsigned r = n ? frame(n - 1) : 0;
    return r * 3 + (unsigned char)big[n * 7] + (unsigned char)big[sizeof big - 1];
}
__attribute__((noinline)) static unsigned vla(unsigned n)
{
    volatile unsigned v[n * 1000 + 1];
    for (unsigned i = 0; i <= n * 1000; i += 100) v[i] = i;
    unsigned r = v[n * 1000 / 100 * 100];
    return n ? r + vla(n - 1) : r;
}
__attribute__((noinline)) static unsigned endless(unsigned n)
{
    volatile char pad[1000];
    pad[n % 1000] = 1;
    return endless(n + 1) + (unsigned)pad[n % 1000];
}

int main(void)
{
    printf("frames %u\n", frame(60));
    printf("arrays %u\n", vla(50));
    unsigned sum = 0;
    for (unsigned i = 1; i < 100; i++) {
        unsigned char *p = alloca(i * 100);
        memset(p, (int)i, i * 100);
        sum += p[i * 99];
    }
    printf("alloca %u\n", sum);
    stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
    struct sigaction sa = {.sa_handler = overflow, .sa_flags = SA_ONSTACK};
    sigaltstack(&ss, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    for (volatile int i = 0; i < 3; i++)
        if (sigsetjmp(out, 1) == 0) sum += endless(0);
        else puts("overflow seen");
    return 0;
}
