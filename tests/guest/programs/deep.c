// Two hundred thousand frames, far more than any return stack remembers: mutual recursion, returns of calls through
// pointers, sibling calls between them, longjmp, siglongjmp out of a handler and swapcontext across all of them.
#include "t.h"
#include <pthread.h>
#include <setjmp.h>
#include <ucontext.h>

#pragma GCC diagnostic ignored "-Winfinite-recursion" // they end by jumps
#define NOINLINE __attribute__((noinline, noclone))
enum { FRAMES = 200000 };
static const size_t STACK = 128u << 20;

// three functions that call each other; each level gives a value of its own
NOINLINE static uint32_t fa(uint32_t n);
NOINLINE static uint32_t fb(uint32_t n);
NOINLINE static uint32_t fc(uint32_t n);
static uint32_t fa(uint32_t n) { return n == 0 ? 1 : fb(n - 1) * 3 + n; }
static uint32_t fb(uint32_t n) { return n == 0 ? 2 : (fc(n - 1) ^ n) + 7; }
static uint32_t fc(uint32_t n) { return n == 0 ? 3 : fa(n - 1) * 5 - n; }

// through pointers, a different callee by a random sequence, so that returns do not follow a pattern
typedef uint32_t step(uint32_t n, uint32_t seed);
NOINLINE static step p0, p1, p2, p3;
static step *const volatile steps[4] = {p0, p1, p2, p3};
static step *next(uint32_t *seed) { return steps[t_random(seed) & 3]; }
static uint32_t p0(uint32_t n, uint32_t s) { return n == 0 ? s : next(&s)(n - 1, s) + 1; }
static uint32_t p1(uint32_t n, uint32_t s) { return n == 0 ? s : next(&s)(n - 1, s) * 3; }
static uint32_t p2(uint32_t n, uint32_t s) { return n == 0 ? s : next(&s)(n - 1, s) ^ n; }
static uint32_t p3(uint32_t n, uint32_t s) { return n == 0 ? s : next(&s)(n - 1, s); } // a sibling call

NOINLINE static int even(int n);
NOINLINE static int odd(int n);
static int even(int n) { return n == 0 ? 1 : odd(n - 1); } // sibling calls: no frames at all
static int odd(int n) { return n == 0 ? 0 : even(n - 1); }

static jmp_buf top;
static sigjmp_buf sigtop;
static volatile int reached;
NOINLINE static int jump(int n)
{
    reached = n;
    if (n == FRAMES) longjmp(top, n);
    return jump(n + 1) + n;
}
NOINLINE static int jump_by_signal(int n)
{
    reached = n;
    if (n == FRAMES) raise(SIGUSR1);
    return jump_by_signal(n + 1) + n;
}
static void handler(int s) { siglongjmp(sigtop, s); }

// a jump half the way up, then on, then back: the frames in between go, those above stay
static jmp_buf half;
NOINLINE static uint32_t down_again(uint32_t n)
{
    if (n == 0) longjmp(half, 5);
    return down_again(n - 1) + 1;
}
NOINLINE static uint32_t half_way(uint32_t n)
{
    if (n == 0) return setjmp(half) == 0 ? down_again(FRAMES / 2) : 1000;
    return half_way(n - 1) * 3 + n;
}

// a context at the bottom of deep frames, entered from deep frames
static ucontext_t here, there;
static volatile int visits;
NOINLINE static uint32_t switch_at(ucontext_t *from, ucontext_t *to, uint32_t n)
{
    if (n == 0) {
        for (int i = 0; i < 3; i++) {
            visits++;
            swapcontext(from, to);
        }
        return 9;
    }
    return switch_at(from, to, n - 1) * 7 + n;
}
static uint32_t other_result;
static void other(void) { other_result = switch_at(&there, &here, FRAMES / 2); }

static void *run(void *arg)
{
    (void)arg;
    for (uint32_t n = FRAMES - 2; n <= FRAMES; n++) printf("mutual %u: %u\n", n, fa(n));
    for (uint32_t s = 1; s < 4; s++) printf("pointers %u: %u\n", s, p0(FRAMES, s));
    printf("siblings %d %d\n", even(FRAMES * 5), odd(FRAMES * 5));
    volatile int kept = 77;
    int r = setjmp(top);
    if (r == 0) jump(0);
    printf("longjmp %d, reached %d, kept %d\n", r, reached, kept);
    printf("after it %u\n", fa(FRAMES));
    signal(SIGUSR1, handler);
    for (volatile int i = 0; i < 3; i++) {
        r = sigsetjmp(sigtop, 1);
        if (r == 0) jump_by_signal(0);
        printf("siglongjmp %s, reached %d, kept %d\n", r == SIGUSR1 ? "SIGUSR1" : "?", reached, kept);
    }
    printf("half %u\n", half_way(FRAMES / 2));
    getcontext(&there);
    there.uc_stack.ss_size = STACK / 2;
    there.uc_stack.ss_sp = mmap(NULL, STACK / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    there.uc_link = &here;
    makecontext(&there, other, 0);
    uint32_t mine = switch_at(&here, &there, FRAMES / 2);
    while (!other_result) swapcontext(&here, &there);
    printf("contexts %u %u, visits %d\n", mine, other_result, visits);
    return NULL;
}

int main(void)
{
    pthread_t t;
    pthread_attr_t a;
    pthread_attr_init(&a);
    CHECK(pthread_attr_setstacksize(&a, STACK) == 0);
    if (pthread_create(&t, &a, run, NULL)) return 1;
    pthread_join(t, NULL);
    return 0;
}
