// setjmp and longjmp across many frames, sigsetjmp restoring the mask, values kept in volatile and callee-saved
// variables, and returns that mix with jumps.
#include "t.h"
#include <setjmp.h>

#pragma GCC diagnostic ignored "-Winfinite-recursion" // it ends by longjmp

static jmp_buf top, mid;
static sigjmp_buf sig;
static int depth_reached;

__attribute__((noinline)) static int dive(int depth, int limit)
{
    volatile char pad[64];
    pad[depth & 63] = (char)depth;
    depth_reached = depth;
    if (depth == limit) longjmp(top, depth + 1);
    int r = dive(depth + 1, limit) + pad[depth & 63];
    return r + 1;
}

__attribute__((noinline)) static int mixed(int depth)
{
    if (depth == 0) longjmp(mid, 77);
    if (depth % 3 == 0) {
        jmp_buf here;
        int v = setjmp(here);
        if (v == 0) longjmp(here, depth);
        if (v != depth) printf("wrong value %d at depth %d\n", v, depth);
    }
    return mixed(depth - 1) + 1;
}

static void handler(int s)
{
    siglongjmp(sig, s);
}

int main(void)
{
    static int limit;
    for (limit = 1; limit <= 20000; limit = limit * 3 + 1) {
        volatile int kept = limit * 7;
        int r = setjmp(top);
        if (r == 0) dive(0, limit);
        printf("depth %d: returned %d, reached %d, kept %d\n", limit, r, depth_reached, kept);
    }
    if (setjmp(mid) == 0) mixed(1000);
    else puts("mixed came back");
    static int total;
    for (volatile int i = 0; i < 50000; i++) {
        int r = setjmp(top);
        if (r == 0) longjmp(top, (int)(i & 7) + 1);
        total += r;
    }
    printf("total %d\n", total);
    struct sigaction sa = {.sa_handler = handler};
    sigaction(SIGUSR1, &sa, NULL);
    for (volatile int i = 0; i < 1000; i++) {
        if (sigsetjmp(sig, 1) == 0) raise(SIGUSR1);
        sigset_t now;
        sigprocmask(SIG_BLOCK, NULL, &now);
        if (sigismember(&now, SIGUSR1)) puts("the mask was not restored");
    }
    if (setjmp(top) == 0) longjmp(top, 0);
    else puts("longjmp of 0 gives 1");
    return 0;
}
