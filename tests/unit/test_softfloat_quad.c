/*
 * Softfloat's quad precision against GCC's own (__float128 of libgcc, sqrtf128, fmaf128 and friends of
 * glibc's libm), which honour the rounding mode of fenv and raise its flags, tininess after rounding as x86.
 *
 * Not compared: which of two NaNs is chosen (libgcc has the x87's rule), DENORMAL.
 */
#include "ir/softfloat/softfloat.h"
#include "tests/unit/test_softfloat_gen.h"

#include <fenv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

__extension__ typedef __float128 quad;

quad fmaf128(quad a, quad b, quad c);
quad sqrtf128(quad a);
quad rintf128(quad a);
quad nearbyintf128(quad a);
quad remainderf128(quad a, quad b);
quad scalbnf128(quad a, int n);

static unsigned long count;

union q {
    quad f;
    sf_f128 bits;
    u128 i;
    double d;
    float s;
    u64 u;
};

/* Kept out of line and called through a table, so that nothing moves across the calls that set the mode. */
typedef void (*host_fn)(union q *r, const union q *a, const union q *b, const union q *c);
typedef void (*soft_fn)(struct sf_env *env, union q *r, const union q *a, const union q *b, const union q *c);

#define OP(name, host_expr, soft_expr)                                                                       \
    static void host_##name(union q *r, const union q *a, const union q *b, const union q *c)                \
    {                                                                                                        \
        (void)b, (void)c;                                                                                    \
        host_expr;                                                                                           \
    }                                                                                                        \
    static void soft_##name(struct sf_env *env, union q *r, const union q *a, const union q *b,              \
                            const union q *c)                                                                \
    {                                                                                                        \
        (void)b, (void)c;                                                                                    \
        soft_expr;                                                                                           \
    }

OP(add, r->f = a->f + b->f, r->bits = sf_add_f128(env, a->bits, b->bits))
OP(sub, r->f = a->f - b->f, r->bits = sf_sub_f128(env, a->bits, b->bits))
OP(mul, r->f = a->f * b->f, r->bits = sf_mul_f128(env, a->bits, b->bits))
OP(div, r->f = a->f / b->f, r->bits = sf_div_f128(env, a->bits, b->bits))
OP(fma, r->f = fmaf128(a->f, b->f, c->f), r->bits = sf_fma_f128(env, a->bits, b->bits, c->bits, 0))
OP(sqrt, r->f = sqrtf128(a->f), r->bits = sf_sqrt_f128(env, a->bits))
OP(rint, r->f = rintf128(a->f), r->bits = sf_rint_f128(env, a->bits, env->rm, true))
OP(nearbyint, r->f = nearbyintf128(a->f), r->bits = sf_rint_f128(env, a->bits, env->rm, false))
OP(to_f64, r->d = (double)a->f, r->u = sf_f128_to_f64(env, a->bits))
OP(to_f32, r->s = (float)a->f, r->u = sf_f128_to_f32(env, a->bits))
OP(from_f64, r->f = a->d, r->bits = sf_f64_to_f128(env, a->u))
OP(from_f32, r->f = a->s, r->bits = sf_f32_to_f128(env, (u32)a->u))
OP(from_s32, r->f = (s32)a->u, r->bits = sf_s32_to_f128(env, (s32)a->u))
OP(from_u32, r->f = (u32)a->u, r->bits = sf_u32_to_f128(env, (u32)a->u))
OP(from_s64, r->f = (s64)a->u, r->bits = sf_s64_to_f128(env, (s64)a->u))
OP(from_u64, r->f = a->u, r->bits = sf_u64_to_f128(env, a->u))
OP(less, r->u = a->f < b->f, r->u = sf_cmp_f128(env, a->bits, b->bits, true) == SF_LT)
OP(equal, r->u = a->f == b->f, r->u = sf_cmp_f128(env, a->bits, b->bits, false) == SF_EQ)
OP(unordered, r->u = __builtin_isunordered(a->f, b->f),
   r->u = sf_cmp_f128(env, a->bits, b->bits, false) == SF_UNORDERED)

/* libgcc's conversions clamp, a NaN by its sign: SPARC's row. */
#define TO_INT(name, type)                                                                                   \
    OP(name, r->u = (u64)(type)a->f, env->convert = SF_CONVERT_SPARC;                                        \
       r->u = (u64)sf_f128_##name(env, a->bits, SF_RTZ))
TO_INT(to_s32, s32)
TO_INT(to_u32, u32)
TO_INT(to_s64, s64)
TO_INT(to_u64, u64)
/* Exact, so the mode must not matter; in glibc it reaches the sign of a zero, which IEEE 754 5.3.1 says is
 * a's. */
OP(rem, (fesetround(FE_TONEAREST), r->f = remainderf128(a->f, b->f)),
   r->bits = sf_rem_f128(env, a->bits, b->bits))
OP(scalbn, r->f = scalbnf128(a->f, (s32)(s16)b->u), r->bits = sf_scalbn_f128(env, a->bits, (s16)b->u))

enum { QUAD, DOUBLE, SINGLE, INT };
static const struct op {
    const char *name;
    host_fn host;
    soft_fn soft;
    int from, to;
} ops[] = {
#define ROW(name, from, to) {#name, host_##name, soft_##name, from, to},
    ROW(add, QUAD, QUAD) ROW(sub, QUAD, QUAD) ROW(mul, QUAD, QUAD) ROW(div, QUAD, QUAD) ROW(sqrt, QUAD, QUAD)
        ROW(fma, QUAD, QUAD) ROW(rint, QUAD, QUAD) ROW(nearbyint, QUAD, QUAD) ROW(to_f64, QUAD, DOUBLE)
            ROW(to_f32, QUAD, SINGLE) ROW(from_f64, DOUBLE, QUAD) ROW(from_f32, SINGLE, QUAD)
                ROW(from_s32, INT, QUAD) ROW(from_u32, INT, QUAD) ROW(from_s64, INT, QUAD)
                    ROW(from_u64, INT, QUAD) ROW(less, QUAD, INT) ROW(equal, QUAD, INT)
                        ROW(unordered, QUAD, INT) ROW(to_s32, QUAD, INT) ROW(to_u32, QUAD, INT)
                            ROW(to_s64, QUAD, INT) ROW(to_u64, QUAD, INT) ROW(rem, QUAD, QUAD)
                                ROW(scalbn, QUAD, QUAD)};

static const int fe_modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};

static u32 flags_of_fenv(int fe)
{
    return (fe & FE_INVALID ? SF_INVALID : 0) | (fe & FE_DIVBYZERO ? SF_DIVZERO : 0) |
           (fe & FE_OVERFLOW ? SF_OVERFLOW : 0) | (fe & FE_UNDERFLOW ? SF_UNDERFLOW : 0) |
           (fe & FE_INEXACT ? SF_INEXACT : 0);
}

static bool is_nan(u128 i)
{
    return (i << 1) > (u128)0x7fff << 113;
}

static u32 run_host(const struct op *op, enum sf_rm rm, union q *r, const union q *a, const union q *b,
                    const union q *c)
{
    host_fn volatile fn = op->host;

    fesetround(fe_modes[rm]);
    feclearexcept(FE_ALL_EXCEPT);
    fn(r, a, b, c);
    u32 flags = flags_of_fenv(fetestexcept(FE_ALL_EXCEPT));
    fesetround(FE_TONEAREST);
    return flags;
}

static bool agrees(const struct op *op, enum sf_rm rm, const union q *a, const union q *b, const union q *c)
{
    struct sf_env env;
    union q want = {.i = 0}, got = {.i = 0};

    sf_env_init(&env, SF_RULE_X86);
    env.rm = (u8)rm;
    u32 flags = run_host(op, rm, &want, a, b, c);
    op->soft(&env, &got, a, b, c);
    u32 mine = env.flags & SF_IEEE_FLAGS & ~(u32)SF_DENORMAL;
    bool any_nan = op->from == QUAD && op->to == QUAD && is_nan(a->i) && is_nan(b->i) && is_nan(want.i);
    if (mine == flags && (any_nan ? is_nan(got.i) : got.i == want.i)) return true;
    print_error("%s rm %d (%016lx%016lx, %016lx%016lx, %016lx%016lx): got %016lx%016lx flags %02x, want "
                "%016lx%016lx flags %02x\n",
                op->name, rm, a->bits.hi, a->bits.lo, b->bits.hi, b->bits.lo, c->bits.hi, c->bits.lo,
                got.bits.hi, got.bits.lo, mine, want.bits.hi, want.bits.lo, flags);
    return false;
}

static struct gen generator(int from)
{
    static const u8 exp_bits[] = {15, 11, 8, 11}, frac_bits[] = {112, 52, 23, 52};
    return (struct gen){0x9e3779b97f4a7c15ull, exp_bits[from], frac_bits[from]};
}

/* Half of the operands of narrowing ops come from around the narrow format's range. */
static u128 quad_near(struct gen *g, const struct op *op)
{
    unsigned range = op->to == DOUBLE ? 1200 : op->to == SINGLE ? 170 : 130;

    if (op->to == QUAD && gen_below(g, 4)) return gen_one(g);
    u128 frac = gen_frac(g);
    if (gen_below(g, 2)) frac &= ~gen_ones(50 + gen_below(g, 40));
    return gen_make(g, gen_below(g, 2), 16383 + gen_below(g, 2 * range) - range, frac);
}

/* For fma: often an addend that all but cancels the product. No NaN, as the choice among three is not
 * compared. */
static u128 third_operand(struct gen *g, const union q *a, const union q *b)
{
    union q c = {.i = gen_beside(g, gen_below(g, 2) ? a->i : b->i)};

    if (g->exp_bits == 15 && gen_below(g, 2)) {
        c.f = -(a->f * b->f);
        c.i ^= gen_below(g, 4) ? gen_below(g, 4) : gen_frac(g);
    }
    return is_nan(c.i) ? (u128)gen_below(g, 2) : c.i;
}

static void softfloat_equals_libgcc(void **state)
{
    const struct op *op = *state;
    struct gen g = generator(op->from);
    unsigned wrong = 0;
    union q a = {.i = 0}, b = {.i = 0}, c = {.i = 0};

    for (unsigned long i = 0; i < count && wrong < 10; i++) {
        a.i = op->from == INT    ? (u64)((s64)gen_u64(&g) >> gen_below(&g, 64))
              : op->from == QUAD ? quad_near(&g, op)
                                 : gen_one(&g);
        b.i = gen_beside(&g, a.i);
        c.i = third_operand(&g, &a, &b);
        wrong += !agrees(op, i & 3, &a, &b, &c);
    }
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[ARRAY_LEN(ops)];

    count = gen_count(argc, argv, 100000);
    for (size_t i = 0; i < ARRAY_LEN(ops); i++)
        tests[i] = (struct CMUnitTest){ops[i].name, softfloat_equals_libgcc, NULL, NULL, (void *)&ops[i]};
    return cmocka_run_group_tests_name("softfloat_quad", tests, NULL, NULL);
}
