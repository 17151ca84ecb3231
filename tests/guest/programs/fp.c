// Floating point: arithmetic, conversions and comparisons at the corners, printed bit by bit. A NaN prints as "nan":
// which NaN comes out differs between processors.
#include "t.h"
#include <float.h>
#include <math.h>

static const double corner[] = {0.0, -0.0, 1.0, -1.0, 0.1, 1.5, -2.5, 3.0, 1e10, -1e15, 1e300, -1e-300, 2147483647.0, 2147483648.0,
                                -2147483648.0, -2147483649.0, 4294967295.0, 4294967296.0, 9007199254740993.0, DBL_MIN, DBL_MAX,
                                DBL_EPSILON, 0x1p-1074, 0x1.fffffffffffffp-1023, INFINITY, -INFINITY, NAN, 0x1.fffffep127, 0x1.ffffffp127,
                                0x1p-149, 0x1p-150, 0x1.000002p-126};
enum { N = sizeof corner / sizeof *corner };

static void out(double d)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    if (d != d) printf(" nan");
    else printf(" %016" PRIx64, u);
}
static void outf(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    if (f != f) printf(" nan");
    else printf(" %08x", u);
}

static void pair(double a, double b)
{
    out(a), out(b), printf(":");
    out(a + b), out(a - b), out(a * b), out(a / b);
    float x = (float)a, y = (float)b;
    outf(x + y), outf(x - y), outf(x * y), outf(x / y);
    printf(" %d%d%d%d%d%d %d%d%d\n", a < b, a <= b, a > b, a >= b, a == b, a != b, x < y, x == y, isunordered(a, b));
}

static void single(double a)
{
    out(a), printf(" sqrt"), out(sqrt(a)), outf(sqrtf((float)a));
    printf(" neg"), out(-a), out(fabs(a)), outf(-(float)a);
    printf(" round"), out(floor(a)), out(ceil(a)), out(trunc(a)), out(rint(a));
    if (a > -2147483649.0 && a < 2147483648.0) printf(" int %d %d", (int)a, (int)(float)(a / 2));
    if (a > -1 && a < 4294967296.0) printf(" unsigned %u", (unsigned)a);
    if (fabs(a) < 9e18) printf(" long %lld", (long long)a);
    printf(" class %d%d%d%d\n", isnan(a), !!isinf(a), !!signbit(a) && !isnan(a), isnormal(a));
}

static void integers(void)
{
    const int64_t v[] = {0, 1, -1, 16777217, -16777219, INT32_MAX, INT32_MIN, UINT32_MAX, 9007199254740993, INT64_MAX, INT64_MIN};
    for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
        int64_t n = OPAQUE(v[i]);
        out((double)n), outf((float)n), out((double)(uint64_t)n), outf((float)(uint64_t)n), out((double)(int)n), outf((float)(unsigned)n);
        puts("");
    }
}

// A chaotic computation: one wrong bit changes everything after it.
static void logistic(void)
{
    double x = 0.3, y = 1;
    float f = 0.3f;
    for (int i = 0; i < 20000; i++) {
        x = 3.99 * x * (1 - x);
        f = 3.97f * f * (1 - f);
        y = sqrt(y + x) / (1 + f);
    }
    out(x), out(y), outf(f);
    puts("");
}

int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) pair(OPAQUE(corner[i]), OPAQUE(corner[j]));
    for (int i = 0; i < N; i++) single(OPAQUE(corner[i]));
    integers();
    logistic();
    printf("%a %g %.17g %a\n", 0x1.8p3, 1e-5, 0.1, (double)FLT_MIN);
    printf("%.15g %.15g %.15g %.15g\n", sin(1.0), exp(2.0), log(10.0), pow(2.5, 3.5));
    return 0;
}
