// Coroutines of different depths that switch by _setjmp and _longjmp between their stacks, in an order that no return
// stack can follow: a million times in a long run.
#include "t.h"
#include <setjmp.h>
#include <ucontext.h>

#define NOINLINE __attribute__((noinline, noclone))
enum { N = 16 };
static ucontext_t scheduler, ctx[N];
static jmp_buf back, at[N];
static uint32_t sum[N];
static int left, switches;

// A level of recursion, so that a switch happens some frames below body; each frame checks itself.
NOINLINE static uint32_t level(int id, int depth, uint32_t v)
{
    if (depth) {
        uint32_t mark = v * 31 + (uint32_t)depth, r = level(id, depth - 1, mark);
        return r ^ OPAQUE(mark);
    }
    if (_setjmp(at[id]) == 0) _longjmp(back, 1);
    return v + 1;
}
static void body(int id)
{
    uint32_t s = (uint32_t)id * 77 + 1;
    swapcontext(&ctx[id], &scheduler);
    for (;;) {
        int depth = (int)(t_random(&s) % 12);
        sum[id] = sum[id] * 5 + level(id, depth, s);
    }
}

int main(int argc, char **argv)
{
    static volatile uint32_t pick = 12345;
    switches = argc > 1 ? atoi(argv[1]) : getenv("CALQUE_LONG") ? 1000000 : 200000;
    for (int i = 0; i < N; i++) {
        getcontext(&ctx[i]);
        ctx[i].uc_stack.ss_size = 65536;
        ctx[i].uc_stack.ss_sp = malloc(65536);
        makecontext(&ctx[i], (void (*)(void))body, 1, i);
        swapcontext(&scheduler, &ctx[i]);
    }
    for (volatile int i = 0; i < N; i++)
        if (_setjmp(back) == 0) swapcontext(&scheduler, &ctx[i]); // runs up to its first jump back here
    for (left = switches; left > 0; left--) {
        uint32_t s = pick;
        int id = (int)(t_random(&s) % N);
        pick = s;
        if (_setjmp(back) == 0) _longjmp(at[id], 1);
    }
    for (int i = 0; i < N; i++) printf("%d: %08x\n", i, sum[i]);
    return 0;
}
