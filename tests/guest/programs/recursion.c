// Recursion far past any return stack, mutual, through pointers, and returning different ways at every level.
#include "t.h"

#define NOINLINE __attribute__((noinline, noclone))
NOINLINE static uint32_t down(uint32_t n) { return n == 0 ? 1 : down(n - 1) * 3 + n; }
NOINLINE static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
NOINLINE static int ack(int m, int n) { return m == 0 ? n + 1 : n == 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
NOINLINE static int odd(int n);
NOINLINE static int even(int n) { return n == 0 ? 1 : odd(n - 1) + 0 * n; }
NOINLINE static int odd(int n) { return n == 0 ? 0 : even(n - 1) ^ 0; }

typedef int walker(int depth, void *next);
NOINLINE static int walk_a(int depth, void *next) { return depth == 0 ? 0 : ((walker *)next)(depth - 1, (void *)walk_a) + 1; }
NOINLINE static int walk_b(int depth, void *next) { return depth == 0 ? 0 : ((walker *)next)(depth - 1, (void *)walk_b) + 2; }

NOINLINE static int hanoi(int n, int from, int to)
{
    return n == 0 ? 0 : hanoi(n - 1, from, 6 - from - to) + from * to + hanoi(n - 1, 6 - from - to, to);
}

NOINLINE static int branchy(int n, uint32_t s)
{
    if (n == 0) return (int)(s & 3);
    switch (t_random(&s) % 5) {
    case 0: return branchy(n - 1, s);
    case 1: return branchy(n - 1, s) + 1;
    case 2: return -branchy(n - 1, s);
    case 3: return branchy(n - 1, s) ^ n;
    default: return branchy(n / 2, s) + branchy(n / 2 - (n > 1), s + 1);
    }
}

int main(void)
{
    for (uint32_t n = 1; n < 40000; n = n * 5 + 3) printf("down %u: %u\n", n, down(n));
    printf("fib %d, ack %d, hanoi %d\n", fib(24), ack(2, 300), hanoi(14, 1, 3));
    printf("even %d odd %d\n", even(30000), odd(30001));
    printf("walk %d %d\n", walk_a(20001, (void *)walk_b), walk_b(20000, (void *)walk_a));
    for (uint32_t s = 1; s < 10; s++) printf("branchy %d\n", branchy(300, s * 99991));
    return 0;
}
