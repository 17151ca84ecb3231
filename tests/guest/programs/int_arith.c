// Integer arithmetic at the corners, 8 to 64 bits, with operands that the compiler cannot fold.
#include "t.h"

static const uint64_t corner[] = {0, 1, 2, 3, 7, 31, 32, 33, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
                                  0x80000000u, 0xfffffffeu, 0xffffffffu, 0x100000000u, 0x123456789abcdefu,
                                  0x7fffffffffffffffu, 0x8000000000000000u, 0xfffffffffffffffeu,
                                  0xffffffffffffffffu};
enum { CORNERS = sizeof corner / sizeof *corner };

static void pair32(uint32_t a, uint32_t b)
{
    int32_t sa = (int32_t)a, sb = (int32_t)b;
    printf("%08x %08x: %x %x %x %x", a, b, a + b, a - b, a * b, (unsigned)(a < b) | (unsigned)(sa < sb) << 1);
    printf(" %" PRIx64 " %" PRIx64, (uint64_t)a * b, (uint64_t)((int64_t)sa * sb));
    if (b) printf(" %x %x", a / b, a % b);
    if (b && !(sa == INT32_MIN && sb == -1)) printf(" %d %d", sa / sb, sa % sb);
    uint32_t n = b & 31;
    printf(" %x %x %x %x\n", a << n, a >> n, (unsigned)(sa >> n), a << n | (n ? a >> (32 - n) : 0));
}

static void pair64(uint64_t a, uint64_t b)
{
    int64_t sa = (int64_t)a, sb = (int64_t)b;
    printf("%" PRIx64 " %" PRIx64 ": %" PRIx64 " %" PRIx64 " %" PRIx64, a, b, a + b, a - b, a * b);
    printf(" %d%d%d%d", a < b, a <= b, sa < sb, sa <= sb);
    if (b) printf(" %" PRIx64 " %" PRIx64, a / b, a % b);
    if (b && !(sa == INT64_MIN && sb == -1)) printf(" %" PRId64 " %" PRId64, sa / sb, sa % sb);
    unsigned n = b & 63;
    printf(" %" PRIx64 " %" PRIx64 " %" PRIx64 "\n", a << n, a >> n, (uint64_t)(sa >> n));
}

static void overflow(int32_t a, int32_t b)
{
    int32_t r;
    int64_t w;
    int o = __builtin_add_overflow(a, b, &r) | __builtin_sub_overflow(a, b, &r) << 1 | __builtin_mul_overflow(a, b, &r) << 2;
    o |= __builtin_add_overflow((int64_t)a << 32, (int64_t)b << 32, &w) << 3;
    o |= __builtin_mul_overflow((int64_t)a << 20, (int64_t)b, &w) << 4;
    printf("overflow %d %d: %x\n", a, b, o);
}

static void narrow(uint32_t a)
{
    int8_t c = (int8_t)a;
    int16_t s = (int16_t)a;
    uint8_t uc = (uint8_t)(a + 200);
    uint16_t us = (uint16_t)(a * 3);
    printf("narrow %x: %d %d %u %u %d %d\n", a, c, s, uc, us, (int8_t)(c << 1), (int16_t)(s >> 3));
    if (a) printf("bits: %d %d", __builtin_clz(a), __builtin_ctz(a));
    printf(" %d %d %x %x\n", __builtin_popcount(a), __builtin_parity(a), __builtin_bswap32(a), __builtin_bswap16((uint16_t)a));
}

struct fields {
    unsigned a : 3, b : 13, c : 16;
    int d : 5, e : 27;
    uint64_t f : 40;
};

int main(void)
{
    for (int i = 0; i < CORNERS; i++)
        for (int j = 0; j < CORNERS; j++) {
            pair64(OPAQUE(corner[i]), OPAQUE(corner[j]));
            if (corner[i] <= UINT32_MAX && corner[j] <= UINT32_MAX) {
                pair32(OPAQUE((uint32_t)corner[i]), OPAQUE((uint32_t)corner[j]));
                overflow(OPAQUE((int32_t)corner[i]), OPAQUE((int32_t)corner[j]));
            }
        }
    for (int i = 0; i < CORNERS; i++) narrow(OPAQUE((uint32_t)corner[i]));
    struct fields f = {0};
    for (int i = 0; i < CORNERS; i++) {
        f.a += corner[i];
        f.b ^= corner[i] >> 3;
        f.c -= corner[i];
        f.d = (int)corner[i];
        f.e += f.d;
        f.f = f.f * 3 + corner[i];
        printf("fields %u %u %u %d %d %" PRIx64 "\n", f.a, f.b, f.c, f.d, f.e, (uint64_t)f.f);
    }
    uint32_t s = 1, h = T_HASH_START;
    for (int i = 0; i < 20000; i++) {
        uint64_t a = (uint64_t)t_random(&s) << 32 | t_random(&s), b = t_random(&s) >> (s & 31);
        uint64_t r[] = {a * b, b ? a / b : 0, b ? a % b : 0, a >> (b & 63), (uint64_t)((int64_t)a >> (b & 63)), a << (b & 63)};
        for (unsigned k = 0; k < sizeof r / sizeof *r; k++)
            for (int byte = 0; byte < 8; byte++) h = (h ^ (uint8_t)(r[k] >> 8 * byte)) * 16777619u;
    }
    printf("random %08x\n", h);
    return 0;
}
