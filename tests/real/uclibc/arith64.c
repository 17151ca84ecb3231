// arith64.c: the arithmetic that GCC calls for on 32-bit processors, for a C library without libgcc.
//
// Debian's libgcc for 32-bit SPARC holds V8+ instructions, and one object of it would turn a pure V8 program
// into a V8+ one. These are the same functions under the names that GCC emits: 64-bit products, quotients,
// shifts, counts and comparisons, and conversions between 64-bit integers and floating point. Everything is
// done on 32-bit halves, so that no function here is compiled into a call of itself. Big-endian and
// little-endian alike. Called by guest programs only; the self-test below (-DARITH64_TEST, run on the host
// and on the guest) compares with the compiler's own arithmetic.

typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

// A 64-bit value as its halves. A union, because shifting by 32 may itself be a call.
typedef union {
    u64 whole;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    struct {
        u32 high, low;
    };
#else
    struct {
        u32 low, high;
    };
#endif
} halves;

#ifdef ARITH64_TEST
#define NAME(f) test_##f
#else
#define NAME(f) f
#endif

static u64 join(u32 high, u32 low)
{
    halves h = {.high = high, .low = low};
    return h.whole;
}

static u32 high_of(u64 x)
{
    return ((halves){.whole = x}).high;
}

static u32 low_of(u64 x)
{
    return ((halves){.whole = x}).low;
}

static int leading_zeros(u32 x)
{
    int n = 0;
    if (x == 0) return 32;
    for (int step = 16; step; step /= 2) {
        if (x >> (32 - step) == 0) {
            n += step;
            x <<= step;
        }
    }
    return n;
}

// Shifts: `by` is 0 to 63; a larger one is the program's error.
u64 NAME(__ashldi3)(u64 x, int by)
{
    u32 high = high_of(x), low = low_of(x);
    if (by == 0) return x;
    if (by >= 32) return join(low << (by - 32), 0);
    return join(high << by | low >> (32 - by), low << by);
}

u64 NAME(__lshrdi3)(u64 x, int by)
{
    u32 high = high_of(x), low = low_of(x);
    if (by == 0) return x;
    if (by >= 32) return join(0, high >> (by - 32));
    return join(high >> by, low >> by | high << (32 - by));
}

s64 NAME(__ashrdi3)(s64 x, int by)
{
    s32 high = (s32)high_of((u64)x);
    u32 low = low_of((u64)x);
    if (by == 0) return x;
    if (by >= 32) return (s64)join((u32)(high >> 31), (u32)(high >> (by - 32)));
    return (s64)join((u32)(high >> by), low >> by | (u32)high << (32 - by));
}

// The full product of two words, from products of 16-bit digits.
static u64 multiply_words(u32 a, u32 b)
{
    u32 a1 = a >> 16, a0 = a & 0xffff, b1 = b >> 16, b0 = b & 0xffff;
    u32 low = a0 * b0, cross = a1 * b0 + (low >> 16), other = (cross & 0xffff) + a0 * b1;
    return join(a1 * b1 + (cross >> 16) + (other >> 16), other << 16 | (low & 0xffff));
}

u64 NAME(__muldi3)(u64 a, u64 b)
{
    u64 low = multiply_words(low_of(a), low_of(b));
    return join(high_of(low) + high_of(a) * low_of(b) + low_of(a) * high_of(b), low_of(low));
}

// Divide a:b by d, where a < d, a bit at a time.
static u32 divide_two_by_one(u32 a, u32 b, u32 d, u32 *rest)
{
    u32 quotient = 0;
    for (int i = 0; i < 32; i++) {
        u32 carry = a >> 31;
        a = a << 1 | b >> 31;
        b <<= 1;
        quotient <<= 1;
        if (carry || a >= d) {
            a -= d;
            quotient |= 1;
        }
    }
    *rest = a;
    return quotient;
}

// n / d for a divisor of two words: the quotient has one word. Shift and subtract.
static u32 divide_by_two(u64 n, u64 d, u64 *rest)
{
    int shift = leading_zeros(high_of(d)) - leading_zeros(high_of(n));
    u32 quotient = 0;
    for (d = NAME(__ashldi3)(d, shift < 0 ? 0 : shift); shift >= 0; shift--) {
        quotient <<= 1;
        if (n >= d) {
            n -= d;
            quotient |= 1;
        }
        d = NAME(__lshrdi3)(d, 1);
    }
    *rest = n;
    return quotient;
}

// Division by zero does what the processor does with it: the last branch divides a word by zero.
u64 NAME(__udivmoddi4)(u64 n, u64 d, u64 *rest)
{
    u32 high, low, r;
    u64 ignored;
    if (!rest) rest = &ignored;
    if (n < d) {
        *rest = n;
        return 0;
    }
    if (high_of(d)) return join(0, divide_by_two(n, d, rest));
    high = high_of(n) / low_of(d);
    r = high_of(n) % low_of(d);
    if (r == 0 && high_of(n) == 0) {
        low = low_of(n) / low_of(d);
        r = low_of(n) % low_of(d);
    } else {
        low = divide_two_by_one(r, low_of(n), low_of(d), &r);
    }
    *rest = join(0, r);
    return join(high, low);
}

u64 NAME(__udivdi3)(u64 n, u64 d)
{
    return NAME(__udivmoddi4)(n, d, 0);
}

u64 NAME(__umoddi3)(u64 n, u64 d)
{
    u64 rest;
    NAME(__udivmoddi4)(n, d, &rest);
    return rest;
}

static u64 magnitude(s64 x)
{
    return x < 0 ? 0 - (u64)x : (u64)x;
}

// The quotient is truncated; the rest has the sign of the dividend.
s64 NAME(__divmoddi4)(s64 n, s64 d, s64 *rest)
{
    u64 r, q = NAME(__udivmoddi4)(magnitude(n), magnitude(d), &r);
    *rest = (s64)(n < 0 ? 0 - r : r);
    return (s64)((n < 0) != (d < 0) ? 0 - q : q);
}

s64 NAME(__divdi3)(s64 n, s64 d)
{
    s64 rest;
    return NAME(__divmoddi4)(n, d, &rest);
}

s64 NAME(__moddi3)(s64 n, s64 d)
{
    s64 rest;
    NAME(__divmoddi4)(n, d, &rest);
    return rest;
}

// 0, 1, 2 for less, equal, greater.
int NAME(__ucmpdi2)(u64 a, u64 b)
{
    if (high_of(a) != high_of(b)) return high_of(a) < high_of(b) ? 0 : 2;
    return low_of(a) < low_of(b) ? 0 : low_of(a) > low_of(b) ? 2 : 1;
}

int NAME(__cmpdi2)(s64 a, s64 b)
{
    if (high_of((u64)a) != high_of((u64)b)) return (s32)high_of((u64)a) < (s32)high_of((u64)b) ? 0 : 2;
    return NAME(__ucmpdi2)((u64)a, (u64)b);
}

// Counts. Leading and trailing zeros of 0 are undefined by contract; here they are the width.
int NAME(__clzsi2)(u32 x)
{
    return leading_zeros(x);
}

int NAME(__clzdi2)(u64 x)
{
    return high_of(x) ? leading_zeros(high_of(x)) : 32 + leading_zeros(low_of(x));
}

int NAME(__ctzsi2)(u32 x)
{
    return x ? 31 - leading_zeros(x & (0 - x)) : 32;
}

int NAME(__ctzdi2)(u64 x)
{
    return low_of(x) ? NAME(__ctzsi2)(low_of(x)) : 32 + NAME(__ctzsi2)(high_of(x));
}

int NAME(__ffssi2)(u32 x)
{
    return x ? NAME(__ctzsi2)(x) + 1 : 0;
}

int NAME(__ffsdi2)(u64 x)
{
    return x ? NAME(__ctzdi2)(x) + 1 : 0;
}

int NAME(__popcountsi2)(u32 x)
{
    x -= x >> 1 & 0x55555555;
    x = (x & 0x33333333) + (x >> 2 & 0x33333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f;
    x += x >> 8;
    return (int)((x + (x >> 16)) & 0x3f);
}

int NAME(__popcountdi2)(u64 x)
{
    return NAME(__popcountsi2)(high_of(x)) + NAME(__popcountsi2)(low_of(x));
}

int NAME(__paritysi2)(u32 x)
{
    return NAME(__popcountsi2)(x) & 1;
}

int NAME(__paritydi2)(u64 x)
{
    return NAME(__popcountdi2)(x) & 1;
}

u32 NAME(__bswapsi2)(u32 x)
{
    u32 swapped = (x & 0x00ff00ff) << 8 | (x >> 8 & 0x00ff00ff);
    return swapped << 16 | swapped >> 16;
}

u64 NAME(__bswapdi2)(u64 x)
{
    return join(NAME(__bswapsi2)(low_of(x)), NAME(__bswapsi2)(high_of(x)));
}

// Integers from floating point, truncated. Out of range is the program's error, as in C. A float is exact as
// a double.
#define TWO_32 4294967296.0

u64 NAME(__fixunsdfdi)(double x)
{
    u32 high;
    if (!(x >= 1.0)) return 0;
    high = (u32)(x / TWO_32);
    return join(high, (u32)(x - high * TWO_32));
}

s64 NAME(__fixdfdi)(double x)
{
    return (s64)(x < 0 ? 0 - NAME(__fixunsdfdi)(-x) : NAME(__fixunsdfdi)(x));
}

u64 NAME(__fixunssfdi)(float x)
{
    return NAME(__fixunsdfdi)(x);
}

s64 NAME(__fixsfdi)(float x)
{
    return NAME(__fixdfdi)(x);
}

// Floating point from integers. Both parts of the sum are exact, so that the one addition rounds.
double NAME(__floatundidf)(u64 x)
{
    return high_of(x) * TWO_32 + low_of(x);
}

double NAME(__floatdidf)(s64 x)
{
    return (s32)high_of((u64)x) * TWO_32 + low_of((u64)x);
}

// A double holds 53 bits of the magnitude. What would not fit is folded into one bit that a float cannot hold
// either, so that the sum below is exact and only the step to float rounds.
static u64 fold(u64 magnitude)
{
    u32 low = low_of(magnitude);
    if (high_of(magnitude) >> 21 && (low & 0x7ff)) return join(high_of(magnitude), (low & ~0x7ffu) | 0x800);
    return magnitude;
}

float NAME(__floatundisf)(u64 x)
{
    return (float)NAME(__floatundidf)(fold(x));
}

float NAME(__floatdisf)(s64 x)
{
    double folded = NAME(__floatundidf)(fold(magnitude(x)));
    return (float)(x < 0 ? -folded : folded);
}

#ifdef ARITH64_TEST
#include <stdio.h>

static unsigned long failures;

static void expect(const char *what, u64 a, u64 b, u64 want, u64 have)
{
    if (want != have && failures++ < 20)
        printf("%s(%016llx, %016llx): want %016llx, have %016llx\n", what, a, b, want, have);
}

static u64 bits(double x)
{
    union {
        double d;
        u64 u;
    } u = {.d = x};
    return u.u;
}

static void test_pair(u64 a, u64 b)
{
    expect("mul", a, b, a * b, test___muldi3(a, b));
    expect("ucmp", a, b, a < b ? 0 : a == b ? 1 : 2, (u64)test___ucmpdi2(a, b));
    expect("cmp", a, b, (s64)a < (s64)b ? 0 : a == b ? 1 : 2, (u64)test___cmpdi2((s64)a, (s64)b));
    if (b == 0 || (a == 1ull << 63 && b == ~0ull)) return;
    expect("udiv", a, b, a / b, test___udivdi3(a, b));
    expect("umod", a, b, a % b, test___umoddi3(a, b));
    expect("div", a, b, (u64)((s64)a / (s64)b), (u64)test___divdi3((s64)a, (s64)b));
    expect("mod", a, b, (u64)((s64)a % (s64)b), (u64)test___moddi3((s64)a, (s64)b));
}

static void test_counts(u64 a)
{
    u32 word = (u32)a;
    if (a) {
        expect("clzdi", a, 0, (u64)__builtin_clzll(a), (u64)test___clzdi2(a));
        expect("ctzdi", a, 0, (u64)__builtin_ctzll(a), (u64)test___ctzdi2(a));
    }
    if (word) {
        expect("clzsi", word, 0, (u64)__builtin_clz(word), (u64)test___clzsi2(word));
        expect("ctzsi", word, 0, (u64)__builtin_ctz(word), (u64)test___ctzsi2(word));
    }
    expect("ffssi", word, 0, (u64)__builtin_ffs((s32)word), (u64)test___ffssi2(word));
    expect("ffsdi", a, 0, (u64)__builtin_ffsll((s64)a), (u64)test___ffsdi2(a));
    expect("popcount", a, 0, (u64)__builtin_popcountll(a), (u64)test___popcountdi2(a));
    expect("parity", a, 0, (u64)__builtin_parityll(a), (u64)test___paritydi2(a));
    expect("paritysi", word, 0, (u64)__builtin_parity(word), (u64)test___paritysi2(word));
    expect("bswap", a, 0, __builtin_bswap64(a), test___bswapdi2(a));
}

static void test_one(u64 a)
{
    double d = (double)(s64)a;
    float f = (float)(s64)a;
    for (int by = 0; by < 64; by++) {
        expect("ashl", a, (u64)by, a << by, test___ashldi3(a, by));
        expect("lshr", a, (u64)by, a >> by, test___lshrdi3(a, by));
        expect("ashr", a, (u64)by, (u64)((s64)a >> by), (u64)test___ashrdi3((s64)a, by));
    }
    test_counts(a);
    expect("floatdidf", a, 0, bits((double)(s64)a), bits(test___floatdidf((s64)a)));
    expect("floatundidf", a, 0, bits((double)a), bits(test___floatundidf(a)));
    expect("floatdisf", a, 0, bits((float)(s64)a), bits(test___floatdisf((s64)a)));
    expect("floatundisf", a, 0, bits((float)a), bits(test___floatundisf(a)));
    for (; d >= 0.1 || d <= -0.1; d /= 7)
        if (d < 9223372036854775808.0) expect("fixdfdi", bits(d), 0, (u64)(s64)d, (u64)test___fixdfdi(d));
    for (; f >= 0.1f || f <= -0.1f; f /= 7)
        if (f < 9223372036854775808.0f) expect("fixsfdi", bits(f), 0, (u64)(s64)f, (u64)test___fixsfdi(f));
    if ((double)a < 18446744073709551616.0)
        expect("fixunsdfdi", a, 0, (u64)(double)a, test___fixunsdfdi((double)a));
    if ((float)a < 18446744073709551616.0f)
        expect("fixunssfdi", a, 0, (u64)(float)a, test___fixunssfdi((float)a));
}

// A random value of a random width, sometimes next to a power of two.
static u64 next_value(void)
{
    static u64 state = 88172645463325252ull;
    u64 x;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    x = state >> (state * 3 >> 58);
    return state & 1 ? x : (1ull << (x & 63)) + (x >> 60) - (state >> 62);
}

int main(void)
{
    test_one(0);
    for (int i = 0; i < 200000; i++) {
        u64 a = next_value(), b = next_value();
        test_pair(a, b);
        test_pair(a, a);
        if (i % 20 == 0) test_one(a);
    }
    printf("arith64: %lu failures\n", failures);
    return failures != 0;
}
#endif
