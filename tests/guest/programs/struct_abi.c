// Structures by value in every size, mixed with wide and floating-point arguments, and variable arguments.
#include "t.h"
#include <stdarg.h>

#define NOINLINE __attribute__((noinline, noclone))
struct s1 { char a; };
struct s3 { char a[3]; };
struct s4 { int a; };
struct s6 { short a[3]; };
struct s8 { int a, b; };
struct sd { double d; };
struct sm { char c; double d; short s; long long l; };
struct big { int a[25]; };
union u { long long l; char c[5]; };

NOINLINE struct s1 f1(struct s1 x) { x.a++; return x; }
NOINLINE struct s3 f3(int pad, struct s3 x) { x.a[2] += (char)pad; return x; }
NOINLINE struct s4 f4(struct s4 x, struct s4 y) { x.a -= y.a; return x; }
NOINLINE struct s6 f6(struct s6 x, char c) { x.a[1] = (short)(x.a[1] * c); return x; }
NOINLINE struct s8 f8(int a, struct s8 x, long long l) { x.a += a; x.b ^= (int)(l >> 32); return x; }
NOINLINE struct sd fd(float f, struct sd x, double d) { x.d = x.d * d + f; return x; }
NOINLINE struct sm fm(int a, struct sm x, int b, struct sm y)
{
    struct sm r = {(char)(x.c + y.c), x.d / y.d, (short)(x.s - y.s + a), x.l * y.l + b};
    return r;
}
NOINLINE struct big fb(struct big x, int k)
{
    for (int i = 0; i < 25; i++) x.a[i] = x.a[24 - i] * k;
    return x;
}
NOINLINE union u fu(union u x) { x.l = ~x.l; return x; }
NOINLINE long long many(int a, long long b, int c, double d, short e, float f, char g, long long h, unsigned i, double j, int k)
{
    printf("%d %lld %d %g %d %g %d %lld %u %g %d\n", a, b, c, d, e, (double)f, g, h, i, j, k);
    return a + b * c + (long long)(d * 8) + e + (long long)f + g + h + i + (long long)j + k;
}

NOINLINE double sum(const char *types, ...)
{
    va_list ap, copy;
    double r = 0;
    va_start(ap, types);
    va_copy(copy, ap);
    for (int pass = 0; pass < 2; pass++)
        for (const char *t = types; *t; t++) {
            va_list *p = pass ? &copy : &ap;
            switch (*t) {
            case 'i': r += va_arg(*p, int); break;
            case 'l': r += (double)va_arg(*p, long long); break;
            case 'd': r += va_arg(*p, double); break;
            case 'p': r += *va_arg(*p, int *); break;
            case 's': r += va_arg(*p, struct s8).b; break;
            case 'm': r += va_arg(*p, struct sm).d; break;
            case 'b': r += va_arg(*p, struct big).a[7]; break;
            }
        }
    va_end(ap);
    va_end(copy);
    return r;
}

int main(void)
{
    printf("%d\n", f1((struct s1){'x'}).a);
    struct s3 r3 = f3(3, (struct s3){{1, 2, 3}});
    printf("%d %d %d\n", r3.a[0], r3.a[1], r3.a[2]);
    printf("%d\n", f4((struct s4){5}, (struct s4){7}).a);
    struct s6 r6 = f6((struct s6){{-1, -2, -3}}, 9);
    printf("%d %d %d\n", r6.a[0], r6.a[1], r6.a[2]);
    struct s8 r8 = f8(10, (struct s8){1, 2}, 0x1234567800000000);
    printf("%d %x\n", r8.a, (unsigned)r8.b);
    printf("%g\n", fd(1.5f, (struct sd){2.25}, 4).d);
    struct sm m = {'A', 7.5, -3, 1LL << 40}, m2 = {'!', 2.5, 4, -3};
    struct sm rm = fm(1, m, 2, m2);
    printf("%d %g %d %lld\n", rm.c, rm.d, rm.s, rm.l);
    struct big b, rb;
    for (int i = 0; i < 25; i++) b.a[i] = i * i;
    rb = fb(b, 3);
    printf("%d %d %d %d\n", rb.a[0], rb.a[12], rb.a[23], b.a[24]);
    printf("%lld\n", fu((union u){-42}).l);
    printf("%lld\n", many(1, -2, 3, 4.5, -5, 6.5f, 'g', 8LL << 33, 4000000000u, 1e10, -11));
    int seven = 7;
    printf("%g\n", sum("ildpsmbidl", 1, 2LL << 35, 3.5, &seven, (struct s8){8, 9}, m, b, -10, .25, -3LL));
    printf("%g\n", sum("dldldldl", 1., 2LL, 3., 4LL, 5., 6LL, 7., 8LL));
    printf("%g\n", sum("ilililid", 1, 2LL, 3, 4LL, 5, 6LL, 7, 8.));
    return 0;
}
