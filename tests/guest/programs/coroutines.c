// Coroutines by makecontext and swapcontext: generators that switch at different depths of their stacks.
#include "t.h"
#include <ucontext.h>

enum { N = 4, SWITCHES = 50000 };
static ucontext_t main_ctx, ctx[N];
static uint32_t value[N];
static int finished;

__attribute__((noinline)) static void yield_deep(int id, int depth)
{
    volatile int keep = depth * 3 + id;
    if (depth) yield_deep(id, depth - 1);
    else swapcontext(&ctx[id], &main_ctx);
    if (keep != depth * 3 + id) puts("a local changed");
}
static void body(int id, int rounds)
{
    uint32_t s = (uint32_t)id + 1;
    double d = id;
    for (int i = 0; i < rounds; i++) {
        value[id] = value[id] * 31 + t_random(&s);
        d += 0.5;
        yield_deep(id, i % (id * 7 + 1));
    }
    if (d != id + rounds * 0.5) puts("a double changed");
    finished++;
}

int main(void)
{
    for (int i = 0; i < N; i++) {
        getcontext(&ctx[i]);
        ctx[i].uc_stack.ss_size = 65536;
        ctx[i].uc_stack.ss_sp = malloc(65536);
        ctx[i].uc_link = &main_ctx;
        makecontext(&ctx[i], (void (*)(void))body, 2, i, SWITCHES / N);
    }
    for (int round = 0; round <= SWITCHES / N; round++)
        for (int i = 0; i < N; i++) swapcontext(&main_ctx, &ctx[i]);
    printf("%d finished: %08x %08x %08x %08x\n", finished, value[0], value[1], value[2], value[3]);
    return 0;
}
