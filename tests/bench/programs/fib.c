// Recursive calls: Fibonacci numbers the slow way.
#include <stdio.h>

__attribute__((noinline, noclone, optimize("no-inline", "no-optimize-sibling-calls"))) static unsigned fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int main(void)
{
    printf("%u\n", fib(35));
    return 0;
}
