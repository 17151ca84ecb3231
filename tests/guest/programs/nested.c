// Functions inside functions: GCC calls them through instructions that it writes to the stack, and so asks for an executable
// one.
#include "t.h"

typedef int visitor(int);

static int each(const int *v, int n, visitor *f)
{
    int sum = 0;
    for (int i = 0; i < n; i++) sum = sum * 7 % 10007 + f(v[i]);
    return sum;
}

static int deep(int depth, const int *v, int n, visitor *outer)
{
    int calls = 0;
    int inner(int x)
    {
        calls++;
        return x + depth * outer(x);
    }
    int r = depth ? deep(depth - 1, v, n, inner) : each(v, n, OPAQUE(outer));
    printf("depth %d: %d, %d calls\n", depth, r, calls);
    return r + calls;
}

int main(void)
{
    int words[64], scale = OPAQUE(3);
    uint32_t seed = 5;
    for (int i = 0; i < 64; i++) words[i] = (int)(t_random(&seed) % 1000);
    int direction = -1;
    int compare(const void *a, const void *b) { return direction * (*(const int *)a - *(const int *)b); }
    int scaled(int x) { return x * scale; }
    qsort(words, 64, sizeof words[0], OPAQUE(compare));
    printf("largest %d, smallest %d\n", words[0], words[63]);
    direction = 1;
    qsort(words, 64, sizeof words[0], OPAQUE(compare));
    printf("smallest %d, largest %d\n", words[0], words[63]);
    printf("%d\n", deep(5, words, 64, OPAQUE(scaled)));
    return 0;
}
