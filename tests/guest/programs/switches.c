// Switches that become jump tables, search trees and bit tests, an interpreter loop, and computed gotos.
#include "t.h"

__attribute__((noinline)) static int dense(int x)
{
    switch (x) {
#define C(n) case n: return (n) * 37 + 5
        C(-3); C(-2); C(-1); C(0); C(1); C(2); C(3); C(4); C(5); C(6); C(7); C(8); C(9); C(10); C(11);
    case 12: case 13: case 14: x += 100; __attribute__((fallthrough));
    case 15: return x;
        C(16); C(17); C(18); C(19); C(20);
    default: return -1;
    }
}
__attribute__((noinline)) static int sparse(uint32_t x)
{
    switch (x) {
    case 1: return 1;
    case 100: return 2;
    case 10000: return 3;
    case 1000000: return 4;
    case 0x7fffffff: return 5;
    case 0x80000000: return 6;
    case 0xffffffff: return 7;
    default: return 0;
    }
}
__attribute__((noinline)) static int letters(int c)
{
    switch (c) {
    case 'a': case 'e': case 'i': case 'o': case 'u': return 1;
    case '0' ... '9': return 2;
    case ' ': case '\t': case '\n': return 3;
    }
    return 0;
}
__attribute__((noinline)) static int wide(uint64_t x)
{
    switch (x) {
    case 0: return 1;
    case 0x100000000: return 2;
    case 0x8000000000000000: return 3;
    default: return 4;
    }
}

static int vm_switch(const uint8_t *code, int n)
{
    int acc = 0, count = n;
    for (const uint8_t *p = code;;)
        switch (*p++) {
        case 0: acc += *p++; break;
        case 1: acc ^= *p++ << 3; break;
        case 2: acc = acc * 5 + 1; break;
        case 3: acc = (int)((unsigned)acc >> 1); break;
        case 4: if (acc & 1) p++; break;
        case 5: if (--count > 0) p = code; break;
        case 6: acc = -acc; break;
        case 7: return acc;
        }
}
static int vm_goto(const uint8_t *code, int n)
{
    static void *const label[] = {&&add, &&xor, &&mul, &&shr, &&skip, &&loop, &&neg, &&end};
    int acc = 0, count = n;
    const uint8_t *p = code;
#define NEXT goto *label[*p++]
    NEXT;
add: acc += *p++; NEXT;
xor: acc ^= *p++ << 3; NEXT;
mul: acc = acc * 5 + 1; NEXT;
shr: acc = (int)((unsigned)acc >> 1); NEXT;
skip: if (acc & 1) p++; NEXT;
loop: if (--count > 0) p = code; NEXT;
neg: acc = -acc; NEXT;
end: return acc;
}

int main(void)
{
    for (int i = -6; i < 25; i++) printf("%d ", dense(OPAQUE(i)));
    const uint32_t probe[] = {0, 1, 2, 99, 100, 101, 10000, 1000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xffffffff};
    for (unsigned i = 0; i < sizeof probe / sizeof *probe; i++) printf("%d ", sparse(OPAQUE(probe[i])));
    int count[4] = {0};
    for (const char *s = "The quick brown fox jumps over 13 lazy dogs\n in 2023\t"; *s; s++) count[letters(*s)]++;
    printf("\n%d %d %d %d\n", count[0], count[1], count[2], count[3]);
    printf("%d %d %d %d\n", wide(OPAQUE(0ull)), wide(OPAQUE(0x100000000ull)), wide(OPAQUE(1ull << 63)), wide(OPAQUE(1ull)));
    static const uint8_t code[] = {0, 9, 1, 77, 2, 4, 6, 3, 0, 200, 2, 4, 3, 6, 5, 7};
    printf("%d %d\n", vm_switch(code, 30000), vm_goto(code, 30000));
    return 0;
}
