/*
 * Softfloat where the host has no instruction to compare with: half precision, rounding ties away and to odd,
 * tininess before rounding, ARM's flushing, integers of any width with a binary point.
 *
 * The oracle rounds by looking up: exact results are had in __float128 (112 bits hold any sum, product or
 * fused sum of halves), and the two halves around one are found in a table of all of them. A quotient or root
 * of halves that is inexact lies too far from any half and from the middle of two for quad's own rounding to
 * matter.
 */
#include "ir/softfloat/softfloat.h"
#include "tests/unit/test_softfloat_gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

__extension__ typedef __float128 quad;

quad sqrtf128(quad a);
quad scalbnf128(quad a, int n);
quad floorf128(quad a);

#define INF16      0x7c00u
#define SUBNORMALS 0x0400u /* halves below this are subnormal */

static unsigned long count;
static quad
    value_of[INF16 + 1]; /* of the half with these bits; infinity's place holds 65536, the next in line */

static void fill_values(void)
{
    for (unsigned i = 0; i <= INF16; i++) {
        unsigned exp = i >> 10, frac = i & 1023;
        value_of[i] = scalbnf128(exp ? 1024 + frac : frac, exp ? (int)exp - 25 : -24);
    }
}

static quad half_value(unsigned h)
{
    return h & 0x8000 ? -value_of[h & 0x7fff] : value_of[h & 0x7fff];
}

/* Chooses between the neighbours low and low + 1 by how far x is on the way from one to the other. */
static bool goes_up(quad low, quad x, quad high, bool low_odd, bool neg, enum sf_rm rm)
{
    quad middle = (low + high) / 2;

    if (x == low) return false;
    switch (rm) {
    case SF_RNE: return x > middle || (x == middle && low_odd);
    case SF_RNA: return x >= middle;
    case SF_RUP: return !neg;
    case SF_RDN: return neg;
    case SF_ODD: return !low_odd;
    default: return false;
    }
}

/* The half for 0 <= x, INF16 if it rounds beyond the last one. */
static unsigned round_magnitude(quad x, bool neg, enum sf_rm rm)
{
    unsigned low = 0, high = INF16;

    if (x >= value_of[INF16])
        return rm == SF_RNE || rm == SF_RNA || rm == (neg ? SF_RDN : SF_RUP) ? INF16 : INF16 - 1;
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        *(value_of[middle] <= x ? &low : &high) = middle;
    }
    return low + goes_up(value_of[low], x, value_of[low + 1], low & 1, neg, rm);
}

/* After rounding: with one binade more room below, is it still less than the least normal number? */
static bool is_tiny(quad x, bool neg, const struct sf_env *env, bool before)
{
    quad least = value_of[SUBNORMALS];
    if (before || x < least / 2) return x > 0 && x < least;
    return x < least && value_of[round_magnitude(2 * x, neg, env->rm)] < 2 * least;
}

struct answer {
    unsigned bits;
    u32 flags;
};

static struct answer expected(quad exact, const struct sf_env *env)
{
    bool neg = exact < 0;
    quad x = neg ? -exact : exact;
    bool arm = env->ftz == SF_FTZ_ARM && env->flush_f16, x86 = env->ftz == SF_FTZ_X86 && env->flush_f16;
    bool tiny = is_tiny(x, neg, env, arm || env->tininess == SF_TINY_BEFORE);
    unsigned h = round_magnitude(x, neg, env->rm);
    u32 flags = value_of[h] != x ? SF_INEXACT : 0;

    if (tiny && (arm || x86)) return (struct answer){neg ? 0x8000 : 0, SF_UNDERFLOW | (x86 ? SF_INEXACT : 0)};
    flags |= h == INF16 || x >= value_of[INF16] ? SF_OVERFLOW | SF_INEXACT : 0;
    flags |= tiny && (flags & SF_INEXACT) ? SF_UNDERFLOW : 0;
    return (struct answer){h | (neg ? 0x8000 : 0), flags};
}

/* --- arithmetic
 * ------------------------------------------------------------------------------------------------- */

enum op {
    ADD,
    SUB,
    MUL,
    DIV,
    SQRT,
    FMA,
    FMSUB,
    FNMADD,
    FNEGATED,
    HALVED,
    FROM_F64,
    FROM_F32,
    FROM_F128,
    OPS
};
static const char *const op_names[OPS] = {"add",      "sub",      "mul",      "div",      "sqrt",
                                          "fma",      "fmsub",    "fnmadd",   "fnegated", "halved",
                                          "from_f64", "from_f32", "from_f128"};

static unsigned soft(enum op op, struct sf_env *env, const u16 *x, quad wide)
{
    double d = (double)wide;
    float f = (float)wide;
    u64 d_bits;
    u32 f_bits;
    sf_f128 q;

    memcpy(&d_bits, &d, sizeof(d_bits));
    memcpy(&f_bits, &f, sizeof(f_bits));
    memcpy(&q, &wide, sizeof(q));
    switch (op) {
    case ADD: return sf_add_f16(env, x[0], x[1]);
    case SUB: return sf_sub_f16(env, x[0], x[1]);
    case MUL: return sf_mul_f16(env, x[0], x[1]);
    case DIV: return sf_div_f16(env, x[0], x[1]);
    case SQRT: return sf_sqrt_f16(env, x[0] & 0x7fff);
    case FMA: return sf_fma_f16(env, x[0], x[1], x[2], 0);
    case FMSUB: return sf_fma_f16(env, x[0], x[1], x[2], SF_NEG_ADDEND);
    case FNMADD: return sf_fma_f16(env, x[0], x[1], x[2], SF_NEG_PRODUCT);
    case FNEGATED: return sf_fma_f16(env, x[0], x[1], x[2], SF_NEG_RESULT) ^ 0x8000;
    case HALVED: return sf_fma_f16(env, x[0], x[1], x[2], SF_HALVE);
    case FROM_F64: return sf_f64_to_f16(env, d_bits);
    case FROM_F32: return sf_f32_to_f16(env, f_bits);
    default: return sf_f128_to_f16(env, q);
    }
}

static quad exact_result(enum op op, const quad *v, quad wide)
{
    switch (op) {
    case ADD: return v[0] + v[1];
    case SUB: return v[0] - v[1];
    case MUL: return v[0] * v[1];
    case DIV: return v[0] / v[1];
    case SQRT: return sqrtf128(v[0] < 0 ? -v[0] : v[0]);
    case FMSUB: return v[0] * v[1] - v[2];
    case FNMADD: return v[2] - v[0] * v[1];
    case HALVED: return (v[0] * v[1] + v[2]) / 2;
    case FROM_F64: return (double)wide;
    case FROM_F32: return (float)wide;
    case FROM_F128: return wide;
    default: return v[0] * v[1] + v[2];
    }
}

static bool is_finite_half(unsigned h)
{
    return (h & 0x7fff) < INF16;
}

/* A subnormal operand under ARM's flushing: zero, and DENORMAL is raised. */
static quad operand(unsigned h, const struct sf_env *env, u32 *flags)
{
    bool subnormal = (h & 0x7fff) < SUBNORMALS && h & 0x7fff;
    if (!env->daz || !env->flush_f16 || !subnormal) return half_value(h);
    *flags |= SF_DENORMAL;
    return 0;
}

static struct sf_env random_env(struct gen *g)
{
    struct sf_env env;
    sf_env_init(&env, SF_RULE_ARM);
    env.rm = (u8)gen_below(g, SF_ODD + 1);
    env.tininess = gen_below(g, 2) ? SF_TINY_BEFORE : SF_TINY_AFTER;
    if (gen_below(g, 3) == 0) {
        env.ftz = gen_below(g, 2) ? SF_FTZ_ARM : SF_FTZ_X86;
        env.daz = SF_DAZ_ARM;
        env.flush_f16 = gen_below(g, 4) != 0;
    }
    return env;
}

static unsigned arity(enum op op)
{
    return op >= FROM_F64 ? 0 : op == SQRT ? 1 : op >= FMA ? 3 : 2;
}

static bool agrees(enum op op, struct sf_env env, const u16 *x, quad wide)
{
    u32 input_flags = 0;
    quad v[3] = {0};

    if (op >= FROM_F64) /* the source is f32 or wider and flushes on its own; the half never does */
        env.ftz = env.daz = 0;
    for (unsigned i = 0; i < arity(op); i++) v[i] = operand(x[i], &env, &input_flags);
    if (op == DIV && v[1] == 0) return true;
    quad exact = exact_result(op, v, wide);
    struct answer want = expected(exact, &env);
    unsigned got = soft(op, &env, x, wide);
    u32 flags = env.flags & SF_IEEE_FLAGS;
    unsigned sign_of_zero = exact == 0 ? 0x8000 : 0;
    if ((got | sign_of_zero) == (want.bits | sign_of_zero) && flags == (want.flags | input_flags))
        return true;
    print_error(
        "%s rm %d tininess %d ftz %d/%d (%04x, %04x, %04x; %g): got %04x flags %02x, want %04x flags %02x\n",
        op_names[op], env.rm, env.tininess, env.ftz, env.flush_f16, x[0], x[1], x[2], (double)wide, got,
        flags, want.bits, want.flags | input_flags);
    return false;
}

/* Near half the distance of two halves, or anything in and around their range. */
static quad wide_operand(struct gen *g)
{
    unsigned h = gen_below(g, INF16);
    quad x = gen_below(g, 2) ? (value_of[h] + value_of[h + 1]) / 2 : value_of[h];
    int far = (int)gen_below(g, 110);

    x += scalbnf128((int)gen_below(g, 3) - 1, -far);
    if (gen_below(g, 16) == 0) x = scalbnf128(x, (int)gen_below(g, 80) - 40);
    return gen_below(g, 2) ? -x : x;
}

static void softfloat_half_equals_table(void **state)
{
    enum op op = (enum op)(*(const char *const **)state - op_names);
    struct gen g = {0x9e3779b97f4a7c15ull, 5, 10};
    unsigned wrong = 0;

    for (unsigned long i = 0; i < count && wrong < 10; i++) {
        u16 x[3];
        x[0] = op == SQRT ? (u16)i : (u16)gen_one(&g);
        x[1] = (u16)gen_beside(&g, x[0]);
        x[2] = (u16)gen_beside(&g, gen_below(&g, 2) ? x[0] : x[1]);
        struct sf_env env = random_env(&g);
        if (is_finite_half(x[0]) && is_finite_half(x[1]) && is_finite_half(x[2]))
            wrong += !agrees(op, env, x, wide_operand(&g));
    }
    assert_int_equal(wrong, 0);
}

/* --- integers
 * --------------------------------------------------------------------------------------------------- */

struct integer {
    unsigned bits, fbits;
    bool is_signed;
};

/* ARM's FPToFixed: rounded, then clamped with INVALID in place of INEXACT. */
static u64 expected_int(quad x, enum sf_rm rm, const struct integer *t, u32 *flags)
{
    quad low = floorf128(x), max = scalbnf128(1, (int)(t->bits - t->is_signed)),
         min = t->is_signed ? -max : 0;
    bool low_odd = low / 2 != floorf128(low / 2);
    bool up = x != low;

    if (up && rm == SF_RNE) up = x - low > (quad)0.5 || (x - low == (quad)0.5 && low_odd);
    if (up && rm == SF_RNA) up = x - low > (quad)0.5 || (x - low == (quad)0.5 && x > 0);
    if (up && rm == SF_RTZ) up = x < 0;
    if (rm == SF_RDN) up = false;
    if (rm == SF_ODD) up = x != low && !low_odd;
    quad r = low + up;
    *flags = r < min || r >= max ? SF_INVALID : x != low ? SF_INEXACT : 0;
    r = r < min ? min : r >= max ? max - 1 : r;
    return r < 0 ? (u64)(s64)r : (u64)r;
}

static double around_integers(struct gen *g, const struct integer *t)
{
    double v = (double)scalbnf128((s64)gen_u64(g) >> gen_below(g, 64), -(int)t->fbits);
    switch (gen_below(g, 3)) {
    case 0: return v;
    case 1: return v + (double)scalbnf128((int)gen_below(g, 5) - 2, -(int)t->fbits - 1);
    default: return (double)scalbnf128((quad)v, (int)gen_below(g, 12) - 6);
    }
}

static void softfloat_to_int_clamps_as_arm(void **state)
{
    struct gen g = {0x9e3779b97f4a7c15ull, 11, 52};
    (void)state;

    for (unsigned long i = 0; i < count; i++) {
        struct integer t = {8u << gen_below(&g, 4), gen_below(&g, 4) ? 0 : gen_below(&g, 65),
                            gen_below(&g, 2)};
        double d = around_integers(&g, &t);
        struct sf_env env;
        u64 bits;
        u32 flags;

        sf_env_init(&env, SF_RULE_ARM);
        memcpy(&bits, &d, sizeof(bits));
        enum sf_rm rm = gen_below(&g, SF_ODD + 1);
        u64 got = sf_f64_to_int(&env, bits, rm, t.bits, t.is_signed, t.fbits);
        u64 want = expected_int(scalbnf128(d, (int)t.fbits), rm, &t, &flags);
        if (got != want || (env.flags & SF_IEEE_FLAGS) != flags)
            fail_msg("%a to %s%u.%u rm %d: got %lx flags %02x, want %lx flags %02x", d,
                     t.is_signed ? "s" : "u", t.bits, t.fbits, rm, got, env.flags & SF_IEEE_FLAGS, want,
                     flags);
    }
}

static void softfloat_int_to_half_equals_table(void **state)
{
    struct gen g = {0x9e3779b97f4a7c15ull, 5, 10};
    (void)state;

    for (unsigned long i = 0; i < count; i++) {
        u64 v = (u64)((s64)gen_u64(&g) >> gen_below(&g, 64));
        unsigned fbits = gen_below(&g, 65), is_signed = gen_below(&g, 2);
        struct sf_env env = random_env(&g);
        env.ftz = 0;
        struct answer want = expected(scalbnf128(is_signed ? (quad)(s64)v : (quad)v, -(int)fbits), &env);
        unsigned got = sf_int_to_f16(&env, v, is_signed, fbits);
        if (got != want.bits || (env.flags & SF_IEEE_FLAGS) != want.flags)
            fail_msg("%lx.%u signed %u rm %d: got %04x flags %02x, want %04x flags %02x", v, fbits, is_signed,
                     env.rm, got, env.flags & SF_IEEE_FLAGS, want.bits, want.flags);
    }
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[OPS + 2];

    count = gen_count(argc, argv, 100000);
    fill_values();
    for (int i = 0; i < OPS; i++)
        tests[i] =
            (struct CMUnitTest){op_names[i], softfloat_half_equals_table, NULL, NULL, (void *)&op_names[i]};
    tests[OPS] = (struct CMUnitTest)cmocka_unit_test(softfloat_to_int_clamps_as_arm);
    tests[OPS + 1] = (struct CMUnitTest)cmocka_unit_test(softfloat_int_to_half_equals_table);
    return cmocka_run_group_tests_name("softfloat_half", tests, NULL, NULL);
}
